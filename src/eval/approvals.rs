//! Reading the approved requests of a context, and until when one of them counts.

use super::context::Approval;
use super::error::{Problem, ProblemKind};
use super::input::Given;
use super::limits::ELEMENTS;
use super::{Context, EntitlementId, Policy};
use crate::model::name::fold;
use crate::model::read::{Reader, did_you_mean, shown};
use crate::model::{Catalogue, Type, Value};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value as Json};

/// Until when a request for an entitlement, or for what it is a part of, counts as approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Approved {
    /// Nobody approved it.
    Never,
    /// Before this instant, if it is known to be before it.
    Before(Timestamp),
    /// Without end.
    Always,
}

impl Policy {
    /// Until when a context has the entitlement approved, whatever the time of the context is.
    pub(crate) fn approved(&self, context: &Context, entitlement: EntitlementId) -> Approved {
        let covering = context.approvals.iter().filter(|approval| self.covers(approval, entitlement.in_catalogue()));
        // none is without end, and so later than any
        let latest = covering.map(|approval| approval.until).max_by_key(|until| (until.is_none(), *until));
        match latest {
            None => Approved::Never,
            Some(Some(end)) => Approved::Before(end),
            Some(None) => Approved::Always,
        }
    }
}

/// The approvals that can be read, and what is wrong with the others.
pub(super) fn read(catalogue: &Catalogue, given: &Given) -> (Vec<Approval>, Vec<Problem>) {
    let list = match given {
        // nobody approved anything that is known of
        Given::Omitted | Given::Unknown | Given::Absent | Given::Value(Json::Null) => return (vec![], vec![]),
        Given::Value(Json::Array(list)) => list.as_slice(),
        Given::Value(one) => std::slice::from_ref(one),
        Given::NotFinite(_) => return (vec![], vec![wrong_form()]),
    };
    if list.len() > ELEMENTS {
        let message = format!("`approved` lists more than {ELEMENTS} entitlements");
        return (vec![], vec![Problem::new(ProblemKind::InvalidValue, Some("approved"), message)]);
    }
    let (mut approvals, mut problems) = (Vec::new(), Vec::new());
    for json in list {
        match approval(catalogue, json) {
            Ok(approval) => approvals.push(approval),
            Err(problem) => problems.push(problem),
        }
    }
    (approvals, problems)
}

fn wrong_form() -> Problem {
    let message = "`approved` lists entitlements, or objects with `entitlement` and `until`";
    let help = r#"write ["Marketo", {"entitlement": "EHR", "until": "2026-12-31"}]"#.to_owned();
    Problem::new(ProblemKind::InvalidValue, Some("approved"), message).help(Some(help))
}

fn approval(catalogue: &Catalogue, json: &Json) -> Result<Approval, Problem> {
    match json {
        Json::String(name) => named(catalogue, name, None),
        Json::Object(object) => with_end(catalogue, object),
        _ => Err(wrong_form()),
    }
}

fn with_end(catalogue: &Catalogue, object: &Map<String, Json>) -> Result<Approval, Problem> {
    if object.keys().any(|key| key != "entitlement" && key != "until") {
        return Err(wrong_form());
    }
    let name = object.get("entitlement").and_then(Json::as_str).ok_or_else(wrong_form)?;
    let until = match object.get("until") {
        None | Some(Json::Null) => None,
        Some(Json::String(text)) => Some(end(catalogue, text)?),
        Some(_) => return Err(wrong_form()),
    };
    named(catalogue, name, until)
}

fn named(catalogue: &Catalogue, name: &str, until: Option<Timestamp>) -> Result<Approval, Problem> {
    let folded = fold(name);
    if let Some(at) = catalogue.entitlements.get_index_of(&folded) {
        return Ok(Approval { covers: vec![crate::model::EntitlementId::new(at)], until });
    }
    if let Some(group) = catalogue.groups.get(&folded) {
        return Ok(Approval { covers: group.members.clone(), until });
    }
    let names = catalogue.entitlements.values().map(|entitlement| entitlement.name.as_str());
    let help = did_you_mean(name, names).map(|near| format!("did you mean `{near}`?"));
    let message = format!("`approved`: there is no entitlement {}", shown(name));
    Err(Problem::new(ProblemKind::UnknownEntitlement, Some("approved"), message).help(help))
}

/// The first instant after an end: that of the next day for a date, which is included; the instant itself for a date-time.
fn end(catalogue: &Catalogue, text: &str) -> Result<Timestamp, Problem> {
    let zone = catalogue.zones.first().map(|zone| &zone.zone);
    let reader = Reader { hierarchies: &catalogue.hierarchies, zone };
    if let Ok(Value::Date(date)) = reader.read(text, &Type::Date) {
        return Ok(date.tomorrow().map_or(Timestamp::MAX, |next| start_of_day(zone.unwrap_or(&TimeZone::UTC), next)));
    }
    match reader.read(text, &Type::DateTime) {
        Ok(Value::DateTime(at)) => Ok(at),
        Ok(_) => Err(wrong_form()),
        Err(misread) => {
            let message = format!("`approved`: {misread}");
            Err(Problem::new(ProblemKind::InvalidValue, Some("approved"), message).help(misread.help()))
        }
    }
}

/// The first instant of a day that exists: some days do not begin at midnight.
fn start_of_day(zone: &TimeZone, date: jiff::civil::Date) -> Timestamp {
    date.to_zoned(zone.clone()).and_then(|day| day.start_of_day()).map_or(Timestamp::MAX, |day| day.timestamp())
}
