//! Parameters that come to something else where the outcome stays.
//!
//! The one idea: what a parameter comes to follows from which sources of it certainly apply and which only may, where a source is a
//! value, or an attribute that it is taken from, with the strength of the rules that set it. So contexts are looked for in which some
//! source is not the same in both versions; what the parameter comes to there, both versions say.

use super::{PolicyDiff, other_entries};
use crate::analyse::solver::Lit;
use crate::analyse::undecided::{Reason, Undecided};
use crate::analyse::votes::{Vote, Votes};
use crate::analyse::witness::Witness;
use crate::eval::{Outcome, Policy};
use crate::model::name::fold;
use crate::model::read::write;
use crate::model::{
    AttributeId, Catalogue, Effect, EffectKind, Name, Parameter, Setting, SettingValue, State, Type, Value,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// Changes of one parameter that are told, and contexts that are looked at for them.
const CHANGES: usize = 4;
const TRIES: usize = 24;

/// What a parameter comes to otherwise, where the outcome is the same by both versions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ParameterDiff {
    /// Its name.
    pub parameter: String,
    /// Each change that was found, no two of the same values.
    pub changes: Vec<ParameterChange>,
    /// Whether these are all, but for values that attributes have.
    pub is_complete: bool,
}

/// What a parameter comes to in some contexts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ParameterChange {
    /// By the old version.
    pub from: Vec<ParameterValue>,
    /// By the new version.
    pub to: Vec<ParameterValue>,
    /// A context that shows it.
    pub witness: Witness,
}

impl ParameterChange {
    /// Whether the same values become the same others, be they certain or not.
    fn is_like(&self, other: &Self) -> bool {
        let values = |values: &[ParameterValue]| values.iter().map(|value| value.value.clone()).collect::<Vec<_>>();
        let is_of_values = values(&self.from) != values(&self.to);
        let is_like = values(&self.from) == values(&other.from) && values(&self.to) == values(&other.to);
        is_like && (is_of_values || (&self.from, &self.to) == (&other.from, &other.to))
    }
}

/// One value of a parameter.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ParameterValue {
    /// As people write it; none where it comes from an attribute that is unknown or has no value.
    pub value: Option<String>,
    /// Whether it certainly applies.
    pub is_settled: bool,
}

impl std::fmt::Display for ParameterValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let value = self.value.as_deref().unwrap_or("a value that is not known");
        write!(f, "{}{value}", if self.is_settled { "" } else { "perhaps " })
    }
}

/// What a parameter is set from: the strength of the rule, and the value or the attribute.
type Source = (u8, String);

/// Whether a source certainly applies, and whether it may.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Applies {
    sure: Lit,
    may: Lit,
}

/// By parameter, in folded form.
type Sources = BTreeMap<String, BTreeMap<Source, Applies>>;

impl PolicyDiff<'_> {
    /// What an effect sets, given by the positions of its rule and in it: parameters and sources in words that both versions have in common.
    pub(super) fn settings(&self, (rule, effect): (usize, usize)) -> Vec<(String, Source)> {
        let (version, effect) = self.effect(rule, effect);
        let is_new = std::ptr::eq(version, self.new);
        let (other, mark) = if is_new { (self.old, "new ") } else { (self.new, "old ") };
        let (own, its) = (&version.rule_set().catalogue, &other.rule_set().catalogue);
        let words = |setting: &Setting| {
            let parameter = &own.parameters[setting.parameter.index()];
            let key = fold(&parameter.name);
            // what combines otherwise now, or is read from other entries, is compared as if nothing were the same
            let is_alike = its.parameters.get(&key).is_none_or(|other| is_alike(parameter, other));
            let mark = if is_alike && self.other_nodes(setting, own).is_empty() { "" } else { mark };
            let sources = sources(setting, parameter, own);
            sources
                .into_iter()
                .map(move |source| (key.clone(), (effect.strength(), format!("{mark}{source}"))))
                .collect::<Vec<_>>()
        };
        effect.parameters.iter().flat_map(words).collect()
    }

    /// The version that an effect is of, and the effect as it is there.
    fn effect(&self, rule: usize, effect: usize) -> (&Policy, &Effect) {
        let of_new = self.new.rule_set().rules.len();
        let (version, rule) = match rule.checked_sub(of_new) {
            Some(rule) => (self.old, rule),
            None => (self.new, rule),
        };
        (version, &version.rule_set().rules[rule].effects[effect])
    }

    /// Every parameter that comes to something else in a context in which both versions come to the same. What is found is told, even
    /// where of another parameter something was not found out.
    pub(super) fn parameters(
        &self,
        votes: &mut Votes<'_>,
        (name, found): (&str, &mut Vec<ParameterDiff>),
        (before, now): (&[Vote], &[Vote]),
    ) -> Result<(), Undecided> {
        let old = self.sources_of(votes, before);
        let new = self.sources_of(votes, now);
        let agree = {
            let (before, now) = (votes.tally_of(before, |_| true), votes.tally_of(now, |_| true));
            votes.agree(&before, &now)
        };
        let mut parameters: Vec<&String> = old.keys().chain(new.keys()).collect();
        parameters.sort_unstable();
        parameters.dedup();
        let mut answer = Ok(());
        for parameter in parameters {
            let (was, is) = (old.get(parameter), new.get(parameter));
            if was == is {
                continue;
            }
            let nothing = BTreeMap::new();
            let sources = (was.unwrap_or(&nothing), is.unwrap_or(&nothing));
            let examples = self.examples(parameter, now.iter().chain(before));
            match self.parameter(votes, (name, parameter), (agree, &examples), sources) {
                Ok(diff) => found.extend(diff),
                Err(undecided) => answer = Err(undecided),
            }
        }
        answer
    }

    fn sources_of(&self, votes: &mut Votes<'_>, of: &[Vote]) -> Sources {
        let (by_allow, by_offer) = votes.giving(of);
        let gives = votes.space.solver.any([by_allow, by_offer]);
        let mut found: BTreeMap<String, BTreeMap<Source, Vec<Applies>>> = BTreeMap::new();
        for vote in of.iter().filter(|vote| !vote.is_trial) {
            let counts = match vote.kind {
                EffectKind::Require => gives,
                EffectKind::Allow => by_allow,
                EffectKind::Offer => by_offer,
                EffectKind::Deny => continue,
            };
            let effect = self.both.index().effect(vote.effect);
            let signal = votes.space.signal(effect.when);
            let settings = self.settings((effect.rule(), effect.effect()));
            if settings.is_empty() {
                continue;
            }
            let solver = &mut votes.space.solver;
            let applies = Applies { sure: solver.all([counts, signal.sure]), may: solver.all([counts, signal.may]) };
            for (parameter, source) in settings {
                found.entry(parameter).or_default().entry(source).or_default().push(applies);
            }
        }
        let solver = &mut votes.space.solver;
        let mut any = |all: Vec<Applies>| Applies {
            sure: solver.any(all.iter().map(|one| one.sure)),
            may: solver.any(all.iter().map(|one| one.may)),
        };
        let joined = found.into_iter().map(|(parameter, sources)| {
            let sources = sources.into_iter().map(|(source, all)| (source, any(all))).collect();
            (parameter, sources)
        });
        joined.collect()
    }

    fn parameter(
        &self,
        votes: &mut Votes<'_>,
        (name, parameter): (&str, &str),
        (agree, examples): (Lit, &[Vec<Example>]),
        (was, is): (&BTreeMap<Source, Applies>, &BTreeMap<Source, Applies>),
    ) -> Result<Option<ParameterDiff>, Undecided> {
        let solver = &mut votes.space.solver;
        let never = Applies { sure: solver.constant(false), may: solver.constant(false) };
        let mut pairs: Vec<(Lit, Lit)> = Vec::new();
        for source in was.keys().chain(is.keys().filter(|source| !was.contains_key(*source))) {
            let (was, is) = (was.get(source).unwrap_or(&never), is.get(source).unwrap_or(&never));
            pairs.extend([(was.sure, is.sure), (was.may, is.may)]);
        }
        let mut differs = Vec::new();
        for &(was, is) in &pairs {
            differs.push(solver.all([was, !is]));
            differs.push(solver.all([!was, is]));
        }
        let mut wanted = vec![agree, solver.any(differs)];
        let mut diff = ParameterDiff { parameter: self.spelled(parameter), changes: Vec::new(), is_complete: false };
        let is_taken = was.keys().chain(is.keys()).any(|(_, source)| source.contains(FROM));
        let mut is_unsure = false;
        let known = votes.space.all_known();
        let known = votes.space.solver.all(known);
        for _ in 0..TRIES {
            // people think of what is known first
            let known = [wanted.as_slice(), &[known]].concat();
            let found = match votes.space.find(&known)? {
                None => votes.space.find(&wanted)?,
                found => found,
            };
            let Some(found) = found else {
                diff.is_complete = !is_unsure;
                break;
            };
            let solver = &mut votes.space.solver;
            let is_approved = solver.holds(votes.is_approved);
            let here: Vec<Lit> = pairs.iter().flat_map(|&(was, is)| [was, is]).collect();
            let here: Vec<Lit> = here.into_iter().map(|lit| if solver.holds(lit) { !lit } else { lit }).collect();
            let block = solver.any(here);
            wanted.push(block);
            let approved = if is_approved { &[name][..] } else { &[] };
            let mut contexts = examples.iter().map(|example| self.plain(with(found.clone(), example), approved));
            let shown = contexts.find_map(|witness| Some((self.change(&witness, name, parameter)?, witness)));
            match shown {
                Some((change, witness)) => {
                    let shows = |shorter: &Witness| self.change(shorter, name, parameter).as_ref() == Some(&change);
                    let witness = witness.shortened(&|_| false, &shows);
                    let change = ParameterChange { from: change.0, to: change.1, witness };
                    if !diff.changes.iter().any(|known| known.is_like(&change)) {
                        diff.changes.push(change);
                    }
                }
                // other sources, and yet the same, as far as this context goes
                None => is_unsure |= is_taken,
            }
            if diff.changes.len() == CHANGES {
                break;
            }
        }
        if diff.changes.is_empty() {
            return if diff.is_complete { Ok(None) } else { Err(Reason::Parameters.into()) };
        }
        Ok(Some(diff))
    }

    /// Values for attributes that the parameter is taken from, to be looked at in turn: something, where a text is free; then each of some
    /// nodes whose entries are others now.
    fn examples<'v>(&self, parameter: &str, votes: impl Iterator<Item = &'v Vote>) -> Vec<Vec<Example>> {
        let catalogue = &self.both.rule_set().catalogue;
        let (mut texts, mut nodes): (Vec<Example>, Vec<Example>) = (Vec::new(), Vec::new());
        for vote in votes {
            let effect = self.both.index().effect(vote.effect);
            let (version, effect) = self.effect(effect.rule(), effect.effect());
            let own = &version.rule_set().catalogue;
            for setting in &effect.parameters {
                let (SettingValue::Attribute(id) | SettingValue::Column(id, _)) = setting.value else { continue };
                let Some(at) = catalogue.attributes.get_index_of(&fold(&own.attribute(id).name)) else { continue };
                let id = AttributeId::new(at);
                if fold(&own.parameters[setting.parameter.index()].name) != parameter || nodes.len() >= TRIES {
                    continue;
                }
                match &catalogue.attribute(id).ty {
                    Type::Name(names) if names.values.is_none() => {
                        let text = Name::new(&format!("some {}", catalogue.attribute(id).name));
                        add(&mut texts, Example { id, value: Value::Name(text), is_for_free: true });
                    }
                    Type::Node(hierarchy) => {
                        for key in self.other_nodes(setting, own).iter().take(TRIES) {
                            if let Some(node) = catalogue.hierarchy(*hierarchy).find(key) {
                                add(&mut nodes, Example { id, value: Value::Node(node), is_for_free: false });
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
        let with_node = |node: Example| texts.iter().cloned().chain([node]).collect();
        let with_nodes: Vec<Vec<Example>> = nodes.into_iter().map(with_node).collect();
        std::iter::once(texts.clone()).chain(with_nodes).collect()
    }

    /// Of a setting that is read from a column: the nodes whose entry there is another in the other version.
    fn other_nodes(&self, setting: &Setting, own: &Catalogue) -> &[String] {
        let SettingValue::Column(id, column) = setting.value else { return &[] };
        let attribute = own.attribute(id);
        let Type::Node(hierarchy) = attribute.ty else { return &[] };
        let Some(column) = own.hierarchy(hierarchy).columns.get(column) else { return &[] };
        self.other_nodes.get(&(fold(&attribute.name), column.clone())).map_or(&[], Vec::as_slice)
    }

    /// What a parameter comes to by the old version and by the new, in a context in which they come to the same outcome and it is given;
    /// none where it is the same.
    fn change(
        &self,
        witness: &Witness,
        name: &str,
        parameter: &str,
    ) -> Option<(Vec<ParameterValue>, Vec<ParameterValue>)> {
        let of = |policy: &Policy| {
            let context = witness.context_in(policy)?;
            let decision = policy.decide(&context, policy.entitlement(name).ok()?);
            let parameters = decision.parameters();
            let values = parameters.get(parameter).into_iter().flat_map(|given| &given.values).map(|value| {
                let text = (!value.text.is_empty()).then(|| value.text.clone());
                ParameterValue { value: text, is_settled: value.is_settled }
            });
            Some((decision.outcome(), values.collect::<Vec<_>>()))
        };
        let ((was, from), (is, to)) = (of(self.old)?, of(self.new)?);
        let is_given = matches!(is, Outcome::Allowed | Outcome::Offered);
        (was == is && is_given && from != to).then_some((from, to))
    }

    /// A parameter's name as the new version has it, else as the old one does.
    fn spelled(&self, parameter: &str) -> String {
        let find = |policy: &Policy| policy.rule_set().catalogue.parameters.get(parameter).map(|one| one.name.clone());
        find(self.new).or_else(|| find(self.old)).unwrap_or_default()
    }
}

/// A value that an attribute may have.
#[derive(Clone, PartialEq)]
struct Example {
    id: AttributeId,
    value: Value,
    /// Only if nothing is said of it.
    is_for_free: bool,
}

fn add(examples: &mut Vec<Example>, example: Example) {
    if !examples.contains(&example) {
        examples.push(example);
    }
}

/// What was found, with examples.
fn with(mut found: Vec<(AttributeId, State)>, examples: &[Example]) -> Vec<(AttributeId, State)> {
    for Example { id, value, is_for_free } in examples {
        let is_said = |known: &(AttributeId, State)| known.0 == *id && known.1 != State::Unknown;
        if !is_for_free || !found.iter().any(is_said) {
            found.retain(|(known, _)| known != id);
            found.push((*id, State::Present(value.clone())));
        }
    }
    found
}

/// By attribute and column, in folded form and as declared, the nodes whose entry is another in the other version.
pub(super) type OtherNodes = BTreeMap<(String, String), Vec<String>>;

/// Of every attribute that holds a place in both versions.
pub(super) fn other_nodes(old: &Catalogue, new: &Catalogue) -> OtherNodes {
    let mut found = OtherNodes::new();
    for (key, attribute) in &new.attributes {
        let before = old.attributes.get(key).map(|other| &other.ty);
        let (Type::Node(now), Some(Type::Node(before))) = (&attribute.ty, before) else { continue };
        let (before, now) = (old.hierarchy(*before), new.hierarchy(*now));
        for column in &now.columns {
            let nodes: Vec<String> = other_entries(before, now, column).into_iter().map(str::to_owned).collect();
            if !nodes.is_empty() {
                found.insert((key.clone(), column.clone()), nodes);
            }
        }
    }
    found
}

/// Before the name of an attribute that a value is taken from.
const FROM: char = '\u{0}';

/// What a setting is from, in words that do not depend on the version.
fn sources(setting: &Setting, parameter: &Parameter, catalogue: &Catalogue) -> Vec<String> {
    match &setting.value {
        SettingValue::Constants(values) => values.iter().map(|value| write(value, catalogue, &parameter.ty)).collect(),
        SettingValue::Attribute(id) => vec![format!("{FROM}{}", fold(&catalogue.attribute(*id).name))],
        SettingValue::Column(id, column) => {
            let attribute = catalogue.attribute(*id);
            let columns = match &attribute.ty {
                Type::Node(hierarchy) => catalogue.hierarchy(*hierarchy).columns.as_slice(),
                _ => &[],
            };
            let column = columns.get(*column).map_or("", String::as_str);
            vec![format!("{FROM}{}.{}", fold(&attribute.name), fold(column))]
        }
    }
}

/// Whether values come to the same by both declarations.
fn is_alike(one: &Parameter, other: &Parameter) -> bool {
    one.combine == other.combine && one.ty == other.ty
}
