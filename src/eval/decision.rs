//! One answer and what stands behind it.

use super::details::Details;
use super::validity::valid_until;
use super::{Context, DecisionRecord, EntitlementId, Outcome, Parameters, Policy, ValidUntil};
use crate::model::Rule;
use std::sync::OnceLock;

/// The answer for one entitlement in one context. Everything beyond the outcome is worked out when first asked for.
///
/// ```
/// use wardkey::{Outcome, Policy};
///
/// let policy = Policy::parse(
///     "staff: role = Nurse -> allow EHR with reauth = 12h\n\
///      off_site: network = guest -> deny EHR because \"Patient data stays inside\"",
/// )?;
/// let context = policy.context().set("role", "Nurse").set("network", "guest").build()?;
/// let decision = policy.decide_named(&context, "EHR")?;
///
/// assert_eq!(decision.outcome(), Outcome::Denied);
/// assert_eq!(decision.because(Some("en")), ["Patient data stays inside"]);
/// assert_eq!(&*decision.rules()[0].rule.id, "off_site");
/// assert_eq!(&*decision.outranked()[0].rule.id, "staff");
/// assert_eq!(decision.depends_on(), ["network"]);
///
/// let inside = policy.context().set("role", "Nurse").set("network", "office").build()?;
/// let decision = policy.decide_named(&inside, "EHR")?;
/// assert_eq!(decision.parameters().get("reauth").unwrap().values[0].text, "12h");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Decision<'a> {
    policy: &'a Policy,
    context: &'a Context,
    entitlement: EntitlementId,
    outcome: Outcome,
    details: OnceLock<Box<Details<'a>>>,
}

/// A rule that fired.
#[derive(Clone, Debug)]
pub struct FiredRule<'a> {
    /// Which.
    pub rule: &'a Rule,
    /// Whether its condition certainly holds. A rule that restricts fires when it only may hold, too.
    pub is_certain: bool,
    /// What would have to be known to be certain: names of attributes.
    pub missing: Vec<&'a str>,
}

impl<'a> Decision<'a> {
    pub(super) fn new(policy: &'a Policy, context: &'a Context, entitlement: EntitlementId, outcome: Outcome) -> Self {
        Self { policy, context, entitlement, outcome, details: OnceLock::new() }
    }

    /// The values of every effect on the entitlement.
    pub(super) fn details(&self) -> &Details<'a> {
        self.details.get_or_init(|| Box::new(Details::new(self.policy, self.context, self.entitlement)))
    }

    /// The answer.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Whether it is given.
    pub fn is_allowed(&self) -> bool {
        self.outcome.is_allowed()
    }

    /// What was asked about.
    pub fn entitlement(&self) -> EntitlementId {
        self.entitlement
    }

    /// Its name.
    pub fn entitlement_name(&self) -> &'a str {
        self.policy.entitlement_name(self.entitlement)
    }

    /// The context it was decided in.
    pub fn context(&self) -> &'a Context {
        self.context
    }

    /// The rules that decided: all that fired in the winning rank, by id. Empty where no rule fired (`not granted`).
    pub fn rules(&self) -> Vec<FiredRule<'a>> {
        let details = self.details();
        details.deciding().into_iter().map(|rule| details.fired(rule, true)).collect()
    }

    /// The rules that decided, by id, as [`Self::rules`] has them but read off the bits that decided: no condition is
    /// evaluated again, and nothing is allocated. Cost: that of the decision itself.
    pub fn deciding(&self) -> impl Iterator<Item = &'a Rule> + 'a {
        let (policy, context, entitlement) = (self.policy, self.context, self.entitlement);
        let ours = policy.knows(context, entitlement).then_some(entitlement.in_catalogue());
        let effects = ours.into_iter().flat_map(|id| policy.index().deciding(id, context.placement()));
        // the bits of a rank are in the order of rules
        let mut last = None;
        effects
            .map(|effect| effect.rule())
            .filter(move |&rule| last.replace(rule) != Some(rule))
            .map(|rule| &policy.rule_set().rules[rule])
    }

    /// Rules that fired in weaker ranks only, by id.
    pub fn outranked(&self) -> Vec<FiredRule<'a>> {
        let details = self.details();
        details.outranked().into_iter().map(|rule| details.fired(rule, false)).collect()
    }

    /// What the deciding rules say to the person concerned, each text once: in the wanted language if there is a text in it
    /// (`es` is found by `es-MX`), else without a language, else in the rule's first language.
    pub fn because(&self, language: Option<&str>) -> Vec<&'a str> {
        let mut texts = Vec::new();
        for fired in self.rules() {
            for text in in_language(fired.rule, language) {
                if !texts.contains(&text) {
                    texts.push(text);
                }
            }
        }
        texts
    }

    /// What goes with what is given; empty unless allowed or offered.
    pub fn parameters(&self) -> Parameters {
        self.details().parameters()
    }

    /// Attributes that are not known, or not wholly, and could change the outcome, and those that a parameter lacks; by
    /// name. While the list is empty nothing that could be asked changes the outcome.
    pub fn missing(&self) -> Vec<&'a str> {
        let details = self.details();
        details.names(&details.missing())
    }

    /// Attributes left out on which the decision depends and for which a default stepped in; by name.
    pub fn defaults_applied(&self) -> Vec<&'a str> {
        let (mut attributes, _) = self.details().depends_on();
        attributes.retain(|attribute| self.context.is_default(self.policy, *attribute));
        self.details().names(&attributes)
    }

    /// Attributes such that while they stay the same, and until [`Self::valid_until`], so do outcome, deciding rules,
    /// parameters and what is missing; by name. `now` stands for the clock; `approved` for approved requests.
    pub fn depends_on(&self) -> Vec<&'a str> {
        let (attributes, on_approval) = self.details().depends_on();
        let mut names = self.details().names(&attributes);
        names.extend(on_approval.then_some("approved"));
        names.sort_unstable();
        names
    }

    /// How long the decision holds if nothing changes but the time: until outcome, deciding or outranked rules, parameters
    /// or what is missing change. Cost: see [`ValidUntil`].
    pub fn valid_until(&self) -> ValidUntil {
        valid_until(self.details())
    }

    /// Everything above as plain data, with texts in the wanted language.
    pub fn record(&self, language: Option<&str>) -> DecisionRecord {
        DecisionRecord::of(self, language)
    }
}

/// A rule's texts in the language that serves best.
fn in_language<'r>(rule: &'r Rule, language: Option<&str>) -> Vec<&'r str> {
    let wanted = language.map(str::to_ascii_lowercase);
    let primary = wanted.as_deref().and_then(|tag| tag.split(['-', '_']).next());
    let first = rule.because.first().and_then(|(language, _)| language.as_deref());
    for choice in [wanted.as_deref(), primary, None, first] {
        let texts: Vec<&str> =
            rule.because.iter().filter(|(tag, _)| tag.as_deref() == choice).map(|(_, text)| text.as_str()).collect();
        if !texts.is_empty() {
            return texts;
        }
    }
    Vec::new()
}
