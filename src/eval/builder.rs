//! Building a context: names found, values read by type, defaults applied; every problem collected.

use super::cells::Cell;
use super::context::{Approval, Change};
use super::error::{Problem, ProblemKind};
use super::given::{self, APPROVED, Unreadable, known_name};
use super::input::Given;
use super::limits::{ATTRIBUTES, DEPTH, JSON_BYTES, NAME_BYTES};
use super::once::{self, Once};
use super::vocabulary::Vocabulary;
use super::{Context, Error, Input, Policy, approvals, assumptions};
use crate::model::AttributeId;
use crate::model::name::fold;
use crate::model::read::{did_you_mean, shown};
use indexmap::IndexMap;
use serde_json::Value as Json;

/// Problems up to which a similar name is sought for each.
const MOST_SUGGESTIONS: usize = 100;

/// Collects the attributes of a [`Context`]. Nothing fails before [`Self::build`], which reports every problem at once.
///
/// ```
/// use serde::Serialize;
/// use wardkey::Policy;
///
/// #[derive(Serialize)]
/// struct Device {
///     managed: bool,
/// }
/// #[derive(Serialize)]
/// struct Person {
///     device: Device,
/// }
///
/// let policy = Policy::parse("role = Nurse and device.managed and floor = 4 -> allow EHR")?;
/// let context = policy
///     .context()
///     .set("role", "Nurse") // pairs,
///     .json(r#"{"floor": 4}"#) // JSON,
///     .values(&Person { device: Device { managed: true } }) // or what serialises to a map: `device.managed`
///     .build()?;
/// assert!(policy.decide_named(&context, "EHR")?.is_allowed());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ContextBuilder<'a> {
    policy: &'a Policy,
    /// By folded name, `user.` dropped: the name as given, and what was given.
    given: IndexMap<String, (String, Given)>,
    problems: Vec<Problem>,
    is_lenient: bool,
    is_within_object: bool,
}

impl<'a> ContextBuilder<'a> {
    pub(super) fn new(policy: &'a Policy) -> Self {
        Self { policy, given: IndexMap::new(), problems: Vec::new(), is_lenient: false, is_within_object: false }
    }

    /// Sets an attribute; nested objects set attributes with dotted names. A later value of the same attribute replaces an
    /// earlier one, and what is left out later is left out, be it one attribute or all of an object. `approved` takes the names of entitlements for which a request was approved, or
    /// `{"entitlement": …, "until": …}`.
    #[must_use]
    pub fn set(mut self, name: &str, value: impl Into<Input>) -> Self {
        self.add(name, value.into().0, 0);
        self
    }

    /// Sets attributes from a JSON object, of at most [`JSON_BYTES`].
    #[must_use]
    pub fn json(mut self, text: impl AsRef<[u8]>) -> Self {
        let text = text.as_ref();
        if text.len() > JSON_BYTES {
            self.too_much(format!("the context is larger than {} MiB", JSON_BYTES >> 20));
            return self;
        }
        match serde_json::from_slice::<Once>(text) {
            Ok(Once(json)) => self.object(json),
            Err(error) => {
                let (line, column) = (error.line(), error.column());
                let name = once::name_of(&error);
                let message = match &name {
                    Some(name) => format!("{} has two values: line {line}, column {column}", shown(name)),
                    None if error.to_string().starts_with("recursion limit") => {
                        format!("objects are nested deeper than {DEPTH}: line {line}, column {column}")
                    }
                    None => format!("the context is not JSON: line {line}, column {column}"),
                };
                let help = name.is_some().then(|| "give it once".to_owned());
                let problem = Problem::new(ProblemKind::InvalidValue, name.as_deref(), message);
                self.problems.push(problem.help(help));
            }
        }
        self
    }

    /// Sets attributes from anything that serialises to a map, such as a struct.
    #[must_use]
    pub fn values(mut self, values: &(impl serde::Serialize + ?Sized)) -> Self {
        match super::serialise::to_json(values) {
            Ok(json) => self.object(json),
            Err(error) => {
                let problem =
                    Problem::new(ProblemKind::InvalidValue, None, format!("the context cannot be read: {error}"));
                self.problems.push(problem);
            }
        }
        self
    }

    /// Passes over names that are not declared, and takes a value that cannot be read for unknown.
    #[must_use]
    pub fn lenient(mut self) -> Self {
        self.is_lenient = true;
        self
    }

    /// What is given, by the names as they are compared.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.given.keys().map(String::as_str)
    }

    fn object(&mut self, json: Json) {
        match json {
            Json::Object(object) => {
                // the order within one object means nothing, so here nothing may replace anything
                let earlier = std::mem::take(&mut self.given);
                self.is_within_object = true;
                object.into_iter().for_each(|(name, json)| self.add(&name, Given::Value(json), 0));
                self.is_within_object = false;
                let later = std::mem::replace(&mut self.given, earlier);
                for (known, (_, given)) in &later {
                    self.leave_out_below(known, given);
                }
                self.given.extend(later);
            }
            _ => self.not_an_object(),
        }
    }

    fn not_an_object(&mut self) {
        let help = r#"write {"role": "Nurse", "device": {"managed": true}}"#.to_owned();
        let problem =
            Problem::new(ProblemKind::InvalidValue, None, "a context is an object with a value for each attribute");
        self.problems.push(problem.help(Some(help)));
    }

    fn add(&mut self, name: &str, given: Given, depth: usize) {
        if name.len() > NAME_BYTES {
            return self.too_much(format!("a name is longer than {NAME_BYTES} bytes"));
        }
        if self.given.len() >= ATTRIBUTES {
            return self.too_much(format!("there are more than {ATTRIBUTES} attributes"));
        }
        match given {
            Given::Value(Json::Object(object)) if !object.contains_key("$") && fold(name) != APPROVED => {
                if depth >= DEPTH {
                    let message = format!("{}: objects are nested deeper than {DEPTH}", shown(name));
                    self.problems.push(Problem::new(ProblemKind::InvalidValue, Some(name), message));
                    return;
                }
                for (key, json) in object {
                    self.add(&format!("{name}.{key}"), Given::Value(json), depth + 1);
                }
            }
            given => {
                let known = known_name(name);
                if let (true, Some((other, before))) = (self.is_within_object, self.given.get(&known))
                    && *before != given
                {
                    let message = format!("{} and {} are one attribute with two values", shown(other), shown(name));
                    let problem = Problem::new(ProblemKind::InvalidValue, Some(name), message);
                    self.problems.push(problem.help(Some("give it once".to_owned())));
                    return;
                }
                if !self.is_within_object {
                    self.leave_out_below(&known, &given);
                }
                self.given.insert(known, (name.to_owned(), given));
            }
        }
    }

    /// An object that is left out leaves out what was said before of its members.
    fn leave_out_below(&mut self, known: &str, given: &Given) {
        if given.is_omitted() {
            self.given.retain(|other, _| !is_below(other, known));
        }
    }

    /// Said once, however often it is so.
    fn too_much(&mut self, message: String) {
        let problem = Problem::new(ProblemKind::InvalidValue, None, message);
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// Reads and checks everything. Errors: every problem of the context, see [`Error`].
    ///
    /// Cost: linear in what was given, and each computed test of the policy once; deciding afterwards is cheap.
    pub fn build(self) -> Result<Context, Error> {
        let policy = self.policy;
        let read = self.read()?;
        let mut context = Context { passed_over: read.passed_over, unusable: read.unusable, ..policy.blank().clone() };
        for change in read.changes {
            context.set(policy, change);
        }
        assumptions::check(policy, &context)?;
        context.settle(policy);
        Ok(context)
    }

    /// Reads everything. Errors: every problem of what was given, whatever the assumptions are.
    pub(super) fn read(mut self) -> Result<Read, Error> {
        let catalogue = &self.policy.rule_set().catalogue;
        let mut read = Read::default();
        let approved = self.given.shift_remove(APPROVED);
        let all = std::mem::take(&mut self.given);
        for (folded, (name, given)) in &all {
            match catalogue.attributes.get_index_of(folded) {
                Some(at) => self.attribute(&mut read, AttributeId::new(at), name, given),
                None if given.is_omitted() => {
                    // of a context that is changed, all members
                    let attributes = catalogue.attributes.keys().enumerate();
                    let below = attributes.filter(|(_, key)| is_below(key, folded) && !all.contains_key(*key));
                    let ids = below.map(|(at, _)| AttributeId::new(at));
                    read.changes.extend(ids.map(|id| Change::Attribute(id, None)));
                }
                None => self.undeclared(&mut read, folded, name),
            }
        }
        if let Some((_, given)) = approved {
            let approvals = self.approvals(&mut read, &given);
            read.changes.push(Change::Approvals(approvals));
        }
        if self.problems.is_empty() { Ok(read) } else { Err(Error::new(self.problems)) }
    }

    fn attribute(&mut self, read: &mut Read, id: AttributeId, name: &str, given: &Given) {
        match given::read(&self.policy.rule_set().catalogue, self.policy.vocabulary(), id, given) {
            Ok(cell) => read.changes.push(Change::Attribute(id, cell)),
            Err(Unreadable { message, help }) => {
                let message = format!("{}: {message}", shown(name));
                let problem = Problem::new(ProblemKind::InvalidValue, Some(name), message).help(help);
                if self.is_lenient {
                    read.changes.push(Change::Attribute(id, Some(Cell::Known(Vocabulary::UNKNOWN))));
                    read.unusable.push(problem);
                } else {
                    self.problems.push(problem);
                }
            }
        }
    }

    fn undeclared(&mut self, read: &mut Read, folded: &str, name: &str) {
        let catalogue = &self.policy.rule_set().catalogue;
        let problem = |message: String| Problem::new(ProblemKind::UnknownAttribute, Some(name), message);
        if matches!(folded, "time" | "date" | "weekday") {
            let help = "give `now`, such as \"2026-11-23T10:00:00-06:00\"".to_owned();
            let problem = problem(format!("{} follows from `now`", shown(name)));
            self.problems.push(problem.help(Some(help)).near(Some("now")));
        } else if self.is_lenient || !catalogue.is_declared {
            read.passed_over.push(name.to_owned());
        } else {
            let names = catalogue.attributes.values().map(|attribute| attribute.name.as_str());
            let near = if self.problems.len() < MOST_SUGGESTIONS { did_you_mean(folded, names) } else { None };
            let help = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => "declare it in the catalogue, or leave it out".to_owned(),
            };
            let message = format!("the catalogue declares no attribute {}", shown(name));
            self.problems.push(problem(message).help(Some(help)).near(near));
        }
    }

    fn approvals(&mut self, read: &mut Read, given: &Given) -> Vec<Approval> {
        let (approvals, problems) = approvals::read(&self.policy.rule_set().catalogue, given);
        // without a catalogue an entitlement is unknown as soon as its last rule is gone
        if self.is_lenient || !self.policy.rule_set().catalogue.is_declared {
            read.unusable.extend(problems);
        } else {
            self.problems.extend(problems);
        }
        approvals
    }
}

/// Whether a name is that of a member of an object.
fn is_below(name: &str, object: &str) -> bool {
    name.strip_prefix(object).is_some_and(|rest| rest.starts_with('.'))
}

/// What a builder has read.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub changes: Vec<Change>,
    pub passed_over: Vec<String>,
    pub unusable: Vec<Problem>,
}
