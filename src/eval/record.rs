//! A decision as plain data, for machines: the JSON of every face.

use super::{Decision, GivenParameter, Outcome, Parameters};
use crate::model::{Combine, Number, Value};
use serde::Serialize;
use serde_json::Value as Json;

/// A decision and what stands behind it, owned and serialisable.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DecisionRecord {
    /// What was asked about.
    pub entitlement: String,
    /// The answer.
    pub outcome: Outcome,
    /// Ids of the rules that decided.
    pub rules: Vec<String>,
    /// What they say to the person concerned.
    pub because: Vec<String>,
    /// A scalar each, or a list where there are several or all count.
    pub parameters: serde_json::Map<String, serde_json::Value>,
    /// Names of parameters of which not every value certainly applies.
    pub unsettled: Vec<String>,
    /// Names of parameters that can have but one value and got several.
    pub conflicts: Vec<String>,
    /// Attributes nobody gave and that could change the outcome.
    pub missing: Vec<String>,
    /// Ids of rules that fired and were outranked.
    pub outranked: Vec<String>,
    /// Attributes left out for which a default stepped in.
    pub defaults: Vec<String>,
    /// Attributes on which the decision depends.
    pub depends_on: Vec<String>,
    /// In UTC, RFC 3339; null unless the kind is `until` or `horizon`.
    pub valid_until: Option<String>,
    /// `until`, `never`, `unknown` or `horizon`.
    pub valid_until_kind: &'static str,
}

impl DecisionRecord {
    pub(super) fn of(decision: &Decision<'_>, language: Option<&str>) -> Self {
        let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let valid_until = decision.valid_until();
        let parameters = decision.parameters();
        let those = |wanted: fn(&GivenParameter) -> bool| {
            parameters.iter().filter(|parameter| wanted(parameter)).map(|parameter| parameter.name.clone()).collect()
        };
        Self {
            entitlement: decision.entitlement_name().to_owned(),
            outcome: decision.outcome(),
            rules: decision.rules().iter().map(|fired| fired.rule.id.to_string()).collect(),
            because: owned(decision.because(language)),
            parameters: parameters.to_json(),
            unsettled: those(|parameter| !parameter.is_settled()),
            conflicts: those(|parameter| parameter.is_conflict),
            missing: owned(decision.missing()),
            outranked: decision.outranked().iter().map(|fired| fired.rule.id.to_string()).collect(),
            defaults: owned(decision.defaults_applied()),
            depends_on: owned(decision.depends_on()),
            valid_until: valid_until.timestamp().map(|at| at.to_string()),
            valid_until_kind: valid_until.kind(),
        }
    }
}

impl Parameters {
    /// By name a scalar, or a list where there are several values or all count: as [`DecisionRecord::parameters`] has them.
    ///
    /// ```
    /// let policy = wardkey::Policy::parse("role = Nurse -> allow EHR with audit = full").unwrap();
    /// let context = policy.context().set("role", "Nurse").build().unwrap();
    /// let decision = policy.decide_named(&context, "EHR").unwrap();
    /// assert_eq!(decision.parameters().to_json()["audit"], "full");
    /// ```
    pub fn to_json(&self) -> serde_json::Map<String, Json> {
        self.iter().map(|parameter| (parameter.name.clone(), json(parameter))).collect()
    }
}

/// A scalar, or a list where there are several values or all count.
fn json(parameter: &GivenParameter) -> Json {
    let scalar = |given: &super::GivenValue| match &given.value {
        None => Json::Null,
        Some(Value::Bool(value)) => Json::Bool(*value),
        Some(Value::Number(value)) => number(*value, &given.text),
        Some(_) => Json::String(given.text.clone()),
    };
    match parameter.values.as_slice() {
        [only] if parameter.combine != Combine::All => scalar(only),
        values => Json::Array(values.iter().map(scalar).collect()),
    }
}

/// A number if its type has no unit and JSON's binary numbers say exactly that, else as text.
fn number(number: Number, text: &str) -> Json {
    let spelled = number.to_string();
    let json = match spelled.parse::<i64>() {
        Ok(whole) => Some(Json::from(whole)),
        Err(_) => spelled.parse::<f64>().ok().map(Json::from),
    };
    let is_exact = |json: &Json| spelled == text && Number::parse(&json.to_string()) == Some(number);
    json.filter(is_exact).unwrap_or_else(|| Json::String(text.to_owned()))
}
