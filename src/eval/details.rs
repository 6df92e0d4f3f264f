//! Everything behind one decision, from the three-valued value of each effect on the entitlement.

use super::facts::Facts;
use super::support::Support;
use super::values::Values;
use super::{Context, EntitlementId, FiredRule, Outcome, Parameters, Policy, combine};
use crate::compile::{EffectId, IndexedEffect, NodeId, Tri};
use crate::model::rule::EffectKind;
use crate::model::{AttributeId, Catalogue, Effect, Rank, SettingValue, State};
use jiff::Timestamp;

/// The values of every effect on an entitlement in a context, at one instant.
#[derive(Clone, Debug)]
pub(super) struct Details<'a> {
    policy: &'a Policy,
    context: &'a Context,
    entitlement: EntitlementId,
    effects: &'a [EffectId],
    values: Values<'a>,
    /// Present where asking could make a difference that the values do not show.
    asking: Option<Values<'a>>,
    is_approved: bool,
}

/// What must stay the same for a decision to hold.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Snapshot {
    outcome: Outcome,
    rules: Vec<usize>,
    outranked: Vec<usize>,
    missing: Vec<AttributeId>,
    parameters: Parameters,
}

impl<'a> Details<'a> {
    /// Works out all values. Cost: one evaluation of each condition about the entitlement.
    pub fn new(policy: &'a Policy, context: &'a Context, entitlement: EntitlementId) -> Self {
        let index = policy.index();
        let is_ours = policy.knows(context, entitlement);
        let effects = if is_ours { index.effects(entitlement.in_catalogue()) } else { &[] };
        let facts = Facts::of(policy, context);
        let roots = effects.iter().map(|&id| index.effect(id).when);
        let values = Values::new(facts, index.pool(), roots);
        let mut details = Self { policy, context, entitlement, effects, values, asking: None, is_approved: false };
        details.settle();
        details
    }

    /// The same at another instant.
    pub fn at(&self, now: Timestamp) -> Self {
        let values = self.values.with(self.values.facts().at(now));
        let mut details = Self { values, asking: None, ..*self };
        details.settle();
        details
    }

    fn settle(&mut self) {
        self.asking = self.policy.index().asks_if_known().then(|| self.values.asking());
        let now = self.values.facts().now();
        let is_ours = self.policy.knows(self.context, self.entitlement);
        self.is_approved = is_ours && self.policy.is_approved(self.context, self.entitlement.in_catalogue(), now);
    }

    pub fn policy(&self) -> &'a Policy {
        self.policy
    }

    pub fn context(&self) -> &'a Context {
        self.context
    }

    pub fn entitlement(&self) -> EntitlementId {
        self.entitlement
    }

    pub fn values(&self) -> &Values<'a> {
        &self.values
    }

    fn catalogue(&self) -> &'a Catalogue {
        &self.policy.rule_set().catalogue
    }

    fn asking(&self) -> &Values<'a> {
        self.asking.as_ref().unwrap_or(&self.values)
    }

    /// The values, and those that show what asking could change where they differ.
    pub fn all_values(&self) -> impl Iterator<Item = &Values<'a>> {
        std::iter::once(&self.values).chain(&self.asking)
    }

    /// Every effect on the entitlement, trial rules' included, with its value.
    pub fn effects(&self) -> impl Iterator<Item = (&'a IndexedEffect, Tri)> + '_ {
        let index = self.policy.index();
        self.effects.iter().map(|&id| index.effect(id)).map(|effect| (effect, self.values.node(effect.when)))
    }

    /// Those that are enforced.
    pub fn enforced(&self) -> impl Iterator<Item = (&'a IndexedEffect, Tri)> + '_ {
        self.effects().filter(|(effect, _)| !effect.is_trial)
    }

    /// Those that fire, `require` left out, with their rank.
    fn firing(&self) -> impl Iterator<Item = (&'a IndexedEffect, Rank)> + '_ {
        let fired = self.enforced().filter(|(effect, value)| value.fires(effect.restricts));
        fired.filter_map(|(effect, _)| Some((effect, effect.rank?)))
    }

    /// The strongest rank that fires.
    pub fn winner(&self) -> Option<Rank> {
        self.firing().map(|(_, rank)| rank).max()
    }

    pub fn outcome(&self) -> Outcome {
        if !self.policy.knows(self.context, self.entitlement) {
            return Outcome::Denied;
        }
        self.policy.outcome_of(self.winner(), || self.is_approved)
    }

    /// Positions of the rules that fire in the winning rank; they are in the order of ids.
    pub fn deciding(&self) -> Vec<usize> {
        let winner = self.winner();
        in_order(self.firing().filter(|&(_, rank)| Some(rank) == winner).map(|(effect, _)| effect.rule()))
    }

    /// Positions of the rules that fire in lower ranks only.
    pub fn outranked(&self) -> Vec<usize> {
        let winner = self.winner();
        let deciding = self.deciding();
        let lower = self.firing().filter(|&(_, rank)| Some(rank) != winner).map(|(effect, _)| effect.rule());
        in_order(lower.filter(|rule| deciding.binary_search(rule).is_err()))
    }

    /// A rule as it fired, in the winning rank or in the others.
    pub fn fired(&self, rule: usize, in_winning_rank: bool) -> FiredRule<'a> {
        let winner = self.winner();
        let its =
            self.firing().filter(|(effect, rank)| effect.rule() == rule && (Some(*rank) == winner) == in_winning_rank);
        let nodes: Vec<NodeId> = its.map(|(effect, _)| effect.when).collect();
        let is_certain = nodes.iter().any(|&node| self.values.node(node) == Tri::True);
        let missing = if is_certain { Vec::new() } else { self.values.missing(nodes) };
        FiredRule { rule: &self.policy.rule_set().rules[rule], is_certain, missing: self.names(&missing) }
    }

    /// The strongest rank of which an effect certainly fires, whatever is asked.
    fn certain(&self, values: &Values<'_>) -> Option<Rank> {
        let certain = self.enforced().filter(|(effect, _)| values.node(effect.when) == Tri::True);
        certain.filter_map(|(effect, _)| effect.rank).max()
    }

    /// Attributes that could change the outcome if they were known, and those that a parameter lacks.
    pub fn missing(&self) -> Vec<AttributeId> {
        let asking = self.asking();
        let certain = self.certain(asking);
        let above = self.enforced().filter(|(effect, _)| effect.rank.is_some() && effect.rank > certain);
        let open = above.map(|(effect, _)| effect.when).filter(|&node| asking.node(node) == Tri::Unknown);
        let mut missing = asking.missing(open);
        for attribute in self.sources() {
            if *self.values.facts().state(attribute) == State::Unknown {
                missing.push(attribute);
            }
        }
        missing.sort_unstable();
        missing.dedup();
        missing
    }

    /// The model's effect.
    pub fn effect_of(&self, effect: &IndexedEffect) -> &'a Effect {
        &self.policy.rule_set().rules[effect.rule()].effects[effect.effect()]
    }

    /// Whether an effect's parameters count, if its condition allows, given the rank that decides.
    fn gives_parameters(&self, effect: &IndexedEffect, winner: Rank) -> bool {
        match self.effect_of(effect).kind {
            EffectKind::Require => true,
            EffectKind::Offer => winner == Rank::Offer,
            EffectKind::Allow => matches!(winner, Rank::Allow | Rank::OverrideAllow),
            EffectKind::Deny => false,
        }
    }

    /// The enforced effects whose parameters may count; none where nothing is given.
    fn contributors(&self) -> impl Iterator<Item = (&'a IndexedEffect, Tri)> + '_ {
        let winner = self.winner().filter(|rank| !matches!(rank, Rank::Deny | Rank::OverrideDeny));
        self.enforced().filter(move |(effect, _)| winner.is_some_and(|winner| self.gives_parameters(effect, winner)))
    }

    pub fn parameters(&self) -> Parameters {
        let possible = self.contributors().filter(|(_, value)| *value != Tri::False);
        let contributions = possible.map(|(effect, value)| (self.effect_of(effect), value == Tri::True));
        combine::combine(self.values.facts(), contributions)
    }

    /// Attributes from which parameters of the decision come.
    fn sources(&self) -> impl Iterator<Item = AttributeId> + '_ {
        let possible = self.contributors().filter(|(_, value)| *value != Tri::False);
        possible.flat_map(|(effect, _)| &self.effect_of(effect).parameters).filter_map(|setting| match setting.value {
            SettingValue::Constants(_) => None,
            SettingValue::Attribute(attribute) | SettingValue::Column(attribute, _) => Some(attribute),
        })
    }

    /// Attributes such that while they stay the same, so does the decision; whether `approved` is one of them, too.
    pub fn depends_on(&self) -> (Vec<AttributeId>, bool) {
        let winner = self.winner();
        let threshold = winner.min(self.certain(&self.values)).min(self.certain(self.asking()));
        let ranked = self.enforced().filter(|(effect, _)| effect.rank.is_some() && effect.rank >= threshold);
        let with_parameters = self.contributors().filter(|(effect, _)| !self.effect_of(effect).parameters.is_empty());
        let roots: Vec<NodeId> = ranked.chain(with_parameters).map(|(effect, _)| effect.when).collect();
        let mut attributes = Support::new(&self.values).of(&roots);
        if let Some(asking) = &self.asking {
            attributes.extend(Support::new(asking).of(&roots));
        }
        attributes.extend(self.sources());
        attributes.sort_unstable();
        attributes.dedup();
        (attributes, winner == Some(Rank::Offer))
    }

    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            outcome: self.outcome(),
            rules: self.deciding(),
            outranked: self.outranked(),
            missing: self.missing(),
            parameters: self.parameters(),
        }
    }

    /// Names in alphabetical order, so that the order of declarations never shows.
    pub fn names(&self, attributes: &[AttributeId]) -> Vec<&'a str> {
        let catalogue = self.catalogue();
        let mut names: Vec<&str> = attributes.iter().map(|&id| catalogue.attribute(id).name.as_str()).collect();
        names.sort_unstable();
        names
    }

    /// Whether a parameter of the decision shows the instant itself.
    pub fn shows_now(&self) -> bool {
        self.sources().any(|attribute| attribute == crate::model::NOW)
    }
}

fn in_order(rules: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut rules: Vec<usize> = rules.collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}
