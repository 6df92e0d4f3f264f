//! A rule as it is meant: one condition, effects on sets of entitlements, and what to tell the person.

use super::condition::Condition;
use super::value::Value;
use super::{AttributeId, EntitlementId, ParameterId};
use crate::source::Span;
pub use crate::syntax::ast::EffectKind;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A rule. Identical unnamed rules of several places are one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rule {
    /// As written, or the hash of the normalised rule.
    pub id: Arc<str>,
    /// Whether the id was written.
    pub is_named: bool,
    /// The rule in canonical form, without comments.
    pub text: String,
    /// Where it stands; more than one for identical unnamed rules.
    pub spans: Vec<Span>,
    /// When it applies: the condition, minus `unless`, within `from` and `until`.
    #[serde(skip, default = "Condition::elsewhere")]
    pub condition: Condition,
    /// What it does. An effect whose `where` compares a tag with a context attribute is split by what is left of it.
    pub effects: Vec<Effect>,
    /// Texts for the person concerned: (language tag in small letters, text).
    pub because: Vec<(Option<String>, String)>,
    /// Evaluated and explained, not enforced.
    pub is_trial: bool,
    /// Parked: absent from decisions.
    pub is_disabled: bool,
}

/// One effect of a rule.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Effect {
    /// What it does.
    pub kind: EffectKind,
    /// Second tier.
    pub is_override: bool,
    /// What is left of `where` for these targets; mostly `Constant(true)`.
    #[serde(skip, default = "Condition::elsewhere")]
    pub guard: Condition,
    /// Sorted, no duplicates, closed downward.
    pub targets: Vec<EntitlementId>,
    /// What it sets.
    pub parameters: Vec<Setting>,
    /// Where.
    pub span: Span,
}

/// A parameter set by an effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// Which.
    pub parameter: ParameterId,
    /// To what.
    pub value: SettingValue,
}

/// Where a parameter's value comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SettingValue {
    /// A constant, or several.
    Constants(Vec<Value>),
    /// The value of an attribute.
    Attribute(AttributeId),
    /// A column of the node that the attribute holds: `location.printer`.
    Column(AttributeId, usize),
}

impl Effect {
    /// Its strength: override deny > override allow > deny > allow > offer; `require` gives nothing and has none.
    pub fn rank(&self) -> Option<Rank> {
        match (self.kind, self.is_override) {
            (EffectKind::Deny, true) => Some(Rank::OverrideDeny),
            (EffectKind::Allow, true) => Some(Rank::OverrideAllow),
            (EffectKind::Deny, false) => Some(Rank::Deny),
            (EffectKind::Allow, false) => Some(Rank::Allow),
            (EffectKind::Offer, _) => Some(Rank::Offer),
            (EffectKind::Require, _) => None,
        }
    }

    /// Whose parameters count before whose: `require` over override allow over allow over offer.
    pub fn strength(&self) -> u8 {
        match (self.kind, self.is_override) {
            (EffectKind::Require, _) => 3,
            (EffectKind::Allow, true) => 2,
            (EffectKind::Allow, false) => 1,
            (EffectKind::Offer | EffectKind::Deny, _) => 0,
        }
    }
}

/// Strength of an effect, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Rank {
    Offer,
    Allow,
    Deny,
    OverrideAllow,
    OverrideDeny,
}
