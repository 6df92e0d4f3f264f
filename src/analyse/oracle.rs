//! Every finding of random policies by other means: boxes taken from boxes instead of a solver, over the same classes.
//!
//! The dimensions are the attributes with the states that stand for their classes, those together that a test reads together; what a
//! test comes to at a point is what the evaluator says there. All else is written again from the description of the findings:
//! what fires, what decides, what each rule changes, and what that is called. Compared is both ways, what is found and what is not.

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::disallowed_methods)]

    use super::super::boxes::{Points, Region};
    use super::super::check::codes;
    use super::super::space::{Space, attributes_of};
    use super::super::*;
    use crate::diagnostic::Severity;
    use crate::eval::{Outcome, Trial};
    use crate::model::{ConditionKind, EffectKind, Rank, SetValue, Setting, SettingValue, State};
    use std::collections::{BTreeMap, BTreeSet, HashMap};
    use wardkey_testing::generate::GeneratedPolicy;
    use wardkey_testing::random::Random;

    /// Points of a dimension, and boxes of a union, beyond which a policy is passed over.
    const MOST: usize = 1_500;

    /// States of attributes, together.
    type Point = Vec<(AttributeId, State)>;

    /// What could not be looked at, since it is too large for boxes.
    #[derive(Debug)]
    struct TooLarge;

    /// All contexts that an entitlement's rules tell apart.
    struct Tables<'a> {
        analysis: &'a Analysis<'a>,
        dimensions: Vec<Vec<Point>>,
        full: Region,
        /// Contradicts no assumption.
        permitted: Region,
        /// And everything that is read is known.
        known: Region,
        /// By condition, where it is certain, and where it is possible.
        conditions: HashMap<NodeId, (Region, Region)>,
    }

    fn small(region: Region) -> Result<Region, TooLarge> {
        if region.size() <= MOST { Ok(region) } else { Err(TooLarge) }
    }

    impl<'a> Tables<'a> {
        fn new(analysis: &'a Analysis<'a>, space: &Space<'_>, roots: &[NodeId]) -> Result<Self, TooLarge> {
            let mut dimensions = dimensions(space)?;
            let read = |node: NodeId| {
                let nodes = analysis.pool.reach([node], |_| true);
                let tests = nodes.into_iter().filter_map(|node| match analysis.pool.node(node) {
                    Node::Test(test) => Some(analysis.pool.test(*test)),
                    _ => None,
                });
                tests.map(attributes_of).collect::<Vec<_>>()
            };
            let there: BTreeSet<AttributeId> = dimensions
                .iter()
                .filter_map(|points| points.first())
                .flatten()
                .map(|(attribute, _)| *attribute)
                .collect();
            // what is assumed of other attributes alone says nothing of these
            let assumed: Vec<NodeId> = analysis.assumed.iter().map(|assumed| assumed.node).collect();
            let assumed: Vec<NodeId> =
                assumed.into_iter().filter(|&node| read(node).iter().flatten().all(|at| there.contains(at))).collect();
            for together in roots.iter().chain(&assumed).flat_map(|&node| read(node)) {
                dimensions = joined(dimensions, &together)?;
            }
            // a request was approved, or not
            dimensions.push(vec![Vec::new(); 2]);
            let full = Region::cube(dimensions.iter().map(|points| Points::new(points.len(), |_| true)).collect());
            let mut tables = Self {
                analysis,
                dimensions,
                permitted: full.clone(),
                known: full.clone(),
                full,
                conditions: HashMap::new(),
            };
            for node in assumed {
                let may = tables.condition(node)?.1;
                tables.permitted = small(tables.permitted.and(&may))?;
            }
            tables.known = small(tables.permitted.and(&tables.all_known()))?;
            Ok(tables)
        }

        /// Where everything that is read is known, whatever is assumed.
        fn all_known(&self) -> Region {
            let is_known = |(_, state): &(AttributeId, State)| match state {
                State::Unknown => false,
                State::Present(Value::Set(set)) => !set.open && set.possible.is_empty(),
                _ => true,
            };
            let known = |points: &Vec<Point>| Points::new(points.len(), |at| points[at].iter().all(is_known));
            Region::cube(self.dimensions.iter().map(known).collect())
        }

        /// The second of two points of the last dimension.
        fn approved(&self) -> Region {
            let last = self.dimensions.len() - 1;
            let points =
                |(at, points): (usize, &Vec<Point>)| Points::new(points.len(), |point| at != last || point == 1);
            Region::cube(self.dimensions.iter().enumerate().map(points).collect())
        }

        fn condition(&mut self, node: NodeId) -> Result<(Region, Region), TooLarge> {
            use crate::compile::Node;
            if let Some(known) = self.conditions.get(&node) {
                return Ok(known.clone());
            }
            let pool = &self.analysis.pool;
            let found = match pool.node(node) {
                Node::Constant(true) => (self.full.clone(), self.full.clone()),
                Node::Constant(false) => (Region::default(), Region::default()),
                Node::Test(test) => self.test(pool.test(*test)),
                Node::Not(inner) => {
                    let (sure, may) = self.condition(*inner)?;
                    (small(self.full.without(&may))?, small(self.full.without(&sure))?)
                }
                Node::And(parts) => {
                    let mut all = (self.full.clone(), self.full.clone());
                    for &part in parts {
                        let (sure, may) = self.condition(part)?;
                        all = (small(all.0.and(&sure))?, small(all.1.and(&may))?);
                    }
                    all
                }
                Node::Or(parts) => {
                    let mut any = (Region::default(), Region::default());
                    for &part in parts {
                        let (sure, may) = self.condition(part)?;
                        any = (small(any.0.or(&sure))?, small(any.1.or(&may))?);
                    }
                    any
                }
            };
            self.conditions.insert(node, found.clone());
            Ok(found)
        }

        fn test(&self, test: &Test) -> (Region, Region) {
            let read = attributes_of(test);
            let place =
                |points: &Vec<Point>| points.first().is_some_and(|point| point.iter().any(|(id, _)| read.contains(id)));
            let at = self.dimensions.iter().position(place).expect("what is read has a dimension");
            let value = |point: &Point| {
                let mut trial = Trial::new(self.analysis.policy);
                point.iter().for_each(|(attribute, state)| trial.put(*attribute, state.clone()));
                trial.value(test)
            };
            let values: Vec<Tri> = self.dimensions[at].iter().map(value).collect();
            let region = |fits: &dyn Fn(Tri) -> bool| {
                let of = |(dimension, points): (usize, &Vec<Point>)| {
                    Points::new(points.len(), |point| dimension != at || fits(values[point]))
                };
                Region::cube(self.dimensions.iter().enumerate().map(of).collect())
            };
            (region(&|value| value == Tri::True), region(&|value| value != Tri::False))
        }
    }

    /// Every state of every attribute that stands for a class, attributes with classes together in one dimension.
    fn dimensions(space: &Space<'_>) -> Result<Vec<Vec<Point>>, TooLarge> {
        let mut found: Vec<Vec<Point>> = Vec::new();
        for variable in &space.variables {
            let mut points: Vec<Point> = Vec::new();
            for class in &variable.classes {
                let point: Point = variable.attributes.iter().copied().zip(class.states.iter().cloned()).collect();
                if !points.contains(&point) {
                    points.push(point);
                }
            }
            found.push(points);
        }
        for set in &space.sets {
            let elements: Vec<Value> = set.atoms.iter().map(|(value, _)| value.clone()).collect();
            if elements.len() > 6 {
                return Err(TooLarge);
            }
            found.push(states_of_set(&elements).into_iter().map(|state| vec![(set.attribute, state)]).collect());
        }
        if found.iter().any(|points| points.len() > MOST) { Err(TooLarge) } else { Ok(found) }
    }

    /// Each element in, out or perhaps in; or anything else may be in; or nothing is known.
    fn states_of_set(elements: &[Value]) -> Vec<State> {
        let mut sets = vec![SetValue::default()];
        for element in elements {
            let mut more = sets.clone();
            more.iter_mut().for_each(|set| set.members.push(element.clone()));
            let mut perhaps = sets.clone();
            perhaps.iter_mut().for_each(|set| set.possible.push(element.clone()));
            sets.extend(more);
            sets.extend(perhaps);
        }
        let open: Vec<SetValue> = sets
            .iter()
            .filter(|set| set.possible.is_empty())
            .map(|set| SetValue { open: true, ..set.clone() })
            .collect();
        let present = sets.into_iter().chain(open).map(|set| State::Present(Value::Set(set)));
        present.chain([State::Unknown]).collect()
    }

    /// Makes one dimension of all that a test reads.
    fn joined(dimensions: Vec<Vec<Point>>, together: &[AttributeId]) -> Result<Vec<Vec<Point>>, TooLarge> {
        let is_read = |points: &Vec<Point>| points[0].iter().any(|(attribute, _)| together.contains(attribute));
        let (near, mut far): (Vec<_>, Vec<_>) = dimensions.into_iter().partition(is_read);
        let mut product: Vec<Point> = vec![Vec::new()];
        let is_any = !near.is_empty();
        for points in near {
            if product.len() * points.len() > MOST {
                return Err(TooLarge);
            }
            product = product
                .iter()
                .flat_map(|left| points.iter().map(move |right| [left.clone(), right.clone()].concat()))
                .collect();
        }
        if is_any {
            far.push(product);
        }
        Ok(far)
    }

    /// An effect, and where it fires.
    #[derive(Clone)]
    struct Fired {
        rule: usize,
        kind: EffectKind,
        rank: Option<Rank>,
        is_trial: bool,
        settings: Vec<Setting>,
        fires: Region,
        /// Where its condition is certain, and where it is possible.
        certain: Region,
        possible: Region,
    }

    /// What a unit's rules come to.
    struct Unit<'a> {
        tables: Tables<'a>,
        all: Vec<Fired>,
    }

    const OUTCOMES: [Outcome; 4] = [Outcome::Denied, Outcome::NotGranted, Outcome::Offered, Outcome::Allowed];

    impl Unit<'_> {
        /// Where each outcome is, by some of the rules.
        fn outcomes(&self, counts: impl Fn(usize) -> bool) -> Result<[Region; 4], TooLarge> {
            let of = |rank: Rank| {
                let own =
                    self.all.iter().filter(|fired| !fired.is_trial && fired.rank == Some(rank) && counts(fired.rule));
                Region::any(own.map(|fired| &fired.fires))
            };
            let denied = of(Rank::OverrideDeny).or(&of(Rank::Deny).without(&of(Rank::OverrideAllow)));
            let offered = of(Rank::Offer);
            let given = of(Rank::OverrideAllow).or(&of(Rank::Allow)).or(&offered.and(&self.tables.approved()));
            let allowed = small(given.without(&denied))?;
            let offered = small(offered.without(&denied).without(&allowed))?;
            let nothing = small(self.tables.full.without(&denied).without(&allowed).without(&offered))?;
            Ok([denied, nothing, offered, allowed])
        }

        fn rules(&self) -> BTreeSet<usize> {
            self.all.iter().map(|fired| fired.rule).collect()
        }

        fn of_rule(&self, rule: usize) -> impl Iterator<Item = &Fired> {
            self.all.iter().filter(move |fired| fired.rule == rule)
        }

        /// Where a rule makes a difference beside others: another outcome, or a parameter that no other of its kind sets so.
        fn difference(&self, rule: usize, others: impl Fn(usize) -> bool) -> Result<Region, TooLarge> {
            let with = self.outcomes(|other| other == rule || others(other))?;
            let without = self.outcomes(|other| other != rule && others(other))?;
            let mut found = Region::default();
            for (with, without) in with.iter().zip(&without) {
                found = small(found.or(&with.without(without)))?;
            }
            let [denied, nothing, ..] = &with;
            for own in self.of_rule(rule).filter(|fired| !fired.is_trial) {
                for setting in &own.settings {
                    let says_so = |other: &&Fired| {
                        let alike = (other.kind, other.rank) == (own.kind, own.rank) && !other.is_trial;
                        other.rule != rule && others(other.rule) && alike && other.settings.contains(setting)
                    };
                    let same: Vec<&Fired> = self.all.iter().filter(says_so).collect();
                    let [possible, certain] =
                        [|fired: &Fired| fired.possible.clone(), |fired: &Fired| fired.certain.clone()].map(|of| {
                            let others: Vec<Region> = same.iter().map(|fired| of(fired)).collect();
                            of(own).without(&Region::any(&others)).without(denied).without(nothing)
                        });
                    // given at all, or no longer for certain
                    found = small(found.or(&possible).or(&certain))?;
                }
            }
            small(found.and(&self.tables.permitted))
        }
    }

    /// What a rule does in one unit.
    #[derive(Clone, Copy, Default)]
    struct Does {
        fires: bool,
        fires_while_unknown: bool,
        /// It would fire, but for an assumption.
        fires_unassumed: bool,
        matters: bool,
        matters_while_unknown: bool,
        is_constant: bool,
        /// It denies; then, whether it takes something away.
        takes: Option<bool>,
        is_trial: bool,
    }

    fn unit<'a>(analysis: &'a Analysis<'a>, at: usize) -> Result<Option<Unit<'a>>, TooLarge> {
        let policy = analysis.policy;
        let index = policy.index();
        let Some(&entitlement) = index.sharing(at).first() else { return Ok(None) };
        let effects = index.effects(entitlement);
        let roots: Vec<NodeId> = effects.iter().map(|&id| index.effect(id).when).collect();
        let Ok(space) = analysis.space(&roots) else { return Err(TooLarge) };
        let mut tables = Tables::new(analysis, &space, &roots)?;
        let mut all = Vec::new();
        for &id in effects {
            let effect = index.effect(id);
            let written = &policy.rule_set().rules[effect.rule()].effects[effect.effect()];
            let (sure, may) = tables.condition(effect.when)?;
            all.push(Fired {
                rule: effect.rule(),
                kind: written.kind,
                rank: effect.rank,
                is_trial: effect.is_trial,
                settings: written.parameters.clone(),
                fires: if effect.restricts { may.clone() } else { sure.clone() },
                certain: sure,
                possible: may,
            });
        }
        Ok(Some(Unit { tables, all }))
    }

    fn does(unit: &Unit<'_>, rule: usize) -> Result<Does, TooLarge> {
        let (permitted, known) = (&unit.tables.permitted, &unit.tables.known);
        let anywhere = Region::any(unit.of_rule(rule).map(|fired| &fired.fires));
        let fires = small(anywhere.and(permitted))?;
        let is_trial = unit.of_rule(rule).all(|fired| fired.is_trial);
        let difference = unit.difference(rule, |other| other != rule)?;
        let denies = unit.of_rule(rule).any(|fired| fired.kind == EffectKind::Deny && !fired.is_trial);
        let gives = |fired: &Fired| matches!(fired.kind, EffectKind::Allow | EffectKind::Offer) && !fired.is_trial;
        let mut takes = None;
        if denies {
            let [_, _, offered, allowed] = unit.outcomes(|other| other != rule)?;
            // where nothing is given at all it stands for rules to come
            takes = Some(!unit.all.iter().any(gives) || !fires.and(&offered.or(&allowed)).is_empty());
        }
        let in_the_known = !fires.and(known).is_empty();
        Ok(Does {
            fires: in_the_known,
            fires_while_unknown: !in_the_known && !fires.is_empty(),
            fires_unassumed: !anywhere.and(&unit.tables.all_known()).is_empty(),
            matters: !difference.and(known).is_empty(),
            matters_while_unknown: !difference.is_empty(),
            is_constant: in_the_known && known.without(&fires).is_empty(),
            takes,
            is_trial,
        })
    }

    /// A finding: its code, what it says in short, and its rules.
    type Told = (&'static str, &'static str, Vec<usize>);

    /// What is to be said of a rule, by what it does in all units.
    fn of_rule(policy: &Policy, rule: usize, does: &[Does]) -> Vec<Told> {
        let mut told = Vec::new();
        let mut tell = |code: crate::diagnostic::Code, what: &'static str| told.push((code.name, what, vec![rule]));
        if does.iter().all(|does| !does.fires) {
            let what = if does.iter().any(|does| does.fires_while_unknown) {
                "only where something is unknown"
            } else if does.iter().any(|does| does.fires_unassumed) {
                "the catalogue assumes otherwise"
            } else {
                ""
            };
            tell(codes::NEVER_FIRES, what);
        }
        let enforced: Vec<&Does> = does.iter().filter(|does| !does.is_trial).collect();
        if !enforced.is_empty() && enforced.iter().all(|does| does.fires && !does.matters) {
            let is_needed = enforced.iter().any(|does| does.matters_while_unknown);
            tell(codes::NEVER_MATTERS, if is_needed { "only where something is unknown" } else { "" });
        }
        let is_always = policy.rule_set().rules[rule].condition.kind == ConditionKind::Constant(true);
        if !is_always && does.iter().all(|does| does.is_constant) {
            tell(codes::ALWAYS_APPLIES, "");
        }
        // of what is said to matter
        let denies: Vec<bool> =
            does.iter().filter(|does| does.fires && does.matters).filter_map(|does| does.takes).collect();
        if !denies.is_empty() && denies.iter().all(|takes| !takes) {
            tell(codes::INERT_DENY, "");
        }
        told
    }

    /// Rules that deny, with those of their tier that they meet.
    fn meetings(unit: &Unit<'_>, met: &mut BTreeMap<usize, BTreeSet<usize>>) {
        let is_override = |fired: &Fired| matches!(fired.rank, Some(Rank::OverrideAllow | Rank::OverrideDeny));
        for deny in unit.all.iter().filter(|fired| fired.kind == EffectKind::Deny && !fired.is_trial) {
            for give in unit.all.iter().filter(|fired| !fired.is_trial && is_override(fired) == is_override(deny)) {
                let gives = matches!(give.kind, EffectKind::Allow | EffectKind::Offer);
                if gives && !deny.fires.and(&give.fires).and(&unit.tables.known).is_empty() {
                    met.entry(deny.rule).or_default().insert(give.rule);
                }
            }
        }
    }

    /// Rules that set a parameter of one value to several, where nothing stronger sets it and it is given.
    fn conflicts(policy: &Policy, unit: &Unit<'_>, found: &mut BTreeSet<Vec<usize>>) -> Result<(), TooLarge> {
        let [_, _, offered, allowed] = unit.outcomes(|_| true)?;
        let is_one = |setting: &Setting| {
            policy.rule_set().catalogue.parameters[setting.parameter.index()].combine == crate::model::Combine::One
        };
        let enforced = unit.all.iter().filter(|fired| !fired.is_trial);
        let settings: Vec<(&Fired, &Setting)> = enforced
            .flat_map(|fired| fired.settings.iter().filter(|set| is_one(set)).map(move |set| (fired, set)))
            .collect();
        let strength = |fired: &Fired| (fired.kind == EffectKind::Require, fired.rank);
        for (at, (one, mine)) in settings.iter().enumerate() {
            for (other, its) in &settings[at + 1..] {
                let (SettingValue::Constants(a), SettingValue::Constants(b)) = (&mine.value, &its.value) else {
                    continue;
                };
                let text = |value: &Value| match value {
                    Value::Name(name) => name.folded.to_string(),
                    value => format!("{value:?}"),
                };
                let (a, b): (BTreeSet<_>, BTreeSet<_>) = (a.iter().map(text).collect(), b.iter().map(text).collect());
                if mine.parameter != its.parameter || a == b || strength(one) != strength(other) {
                    continue;
                }
                let stronger = settings
                    .iter()
                    .filter(|(fired, set)| set.parameter == mine.parameter && strength(fired) > strength(one));
                let stronger = Region::any(stronger.map(|(fired, _)| &fired.certain));
                let given = if one.kind == EffectKind::Offer { &offered } else { &allowed };
                let here = one.certain.and(&other.certain).without(&stronger).and(given).and(&unit.tables.permitted);
                if !here.is_empty() {
                    let mut rules = vec![one.rule, other.rule];
                    rules.sort_unstable();
                    found.insert(rules);
                }
            }
        }
        Ok(())
    }

    /// What is to be found of a policy, and its units.
    fn expected<'a>(analysis: &'a Analysis<'a>) -> Result<(BTreeSet<Told>, Vec<Unit<'a>>), TooLarge> {
        let policy = analysis.policy;
        let (mut all, mut met, mut clash) = (BTreeMap::<usize, Vec<Does>>::new(), BTreeMap::new(), BTreeSet::new());
        let mut units = Vec::new();
        for at in 0..analysis.units() {
            let Some(unit) = unit(analysis, at)? else { continue };
            for rule in unit.rules() {
                all.entry(rule).or_default().push(does(&unit, rule)?);
            }
            meetings(&unit, &mut met);
            conflicts(policy, &unit, &mut clash)?;
            units.push(unit);
        }
        let mut told: BTreeSet<Told> = all.iter().flat_map(|(&rule, does)| of_rule(policy, rule, does)).collect();
        told.extend(
            met.into_iter().map(|(deny, gives)| (codes::MEETS.name, "", std::iter::once(deny).chain(gives).collect())),
        );
        told.extend(clash.into_iter().map(|rules| (codes::CONFLICT.name, "", rules)));
        Ok((told, units))
    }

    /// What was found, in the same form.
    fn found(policy: &Policy, findings: &[Finding]) -> BTreeSet<Told> {
        let rules = &policy.rule_set().rules;
        let number = |id: &std::sync::Arc<str>| rules.iter().position(|rule| rule.id == *id).unwrap();
        let compared = [codes::NEVER_FIRES, codes::NEVER_MATTERS, codes::ALWAYS_APPLIES, codes::MEETS];
        let compared = compared.into_iter().chain([codes::INERT_DENY, codes::CONFLICT]).collect::<Vec<_>>();
        let mut found = BTreeSet::new();
        for finding in findings.iter().filter(|finding| compared.contains(&finding.diagnostic.code)) {
            let phrases = ["only where something is unknown", "the catalogue assumes otherwise"];
            let phrase = phrases.into_iter().find(|phrase| finding.diagnostic.message.contains(phrase));
            let mut rules: Vec<usize> = finding.rules.iter().map(number).collect();
            match finding.diagnostic.code {
                codes::MEETS => rules[1..].sort_unstable(),
                codes::CONFLICT => rules.sort_unstable(),
                // whom it blames is looked at by itself
                _ => rules.truncate(1),
            }
            found.insert((finding.diagnostic.code.name, phrase.unwrap_or(""), rules));
        }
        found
    }

    /// Those that a finding blames leave the rule nothing to decide, and none of them could be spared.
    fn check_blame(policy: &Policy, finding: &Finding, units: &[Unit<'_>]) -> Result<bool, TooLarge> {
        let number = |id: &std::sync::Arc<str>| policy.rule_set().rules.iter().position(|rule| rule.id == *id).unwrap();
        let rules: Vec<usize> = finding.rules.iter().map(number).collect();
        let (rule, blamed) = (rules[0], &rules[1..]);
        let mut own = units.iter().filter(|unit| unit.rules().contains(&rule));
        // several units may blame several, and four at most are named
        let (Some(unit), None, true) = (own.next(), own.next(), blamed.len() < 4) else { return Ok(false) };
        let is_note = finding.diagnostic.severity == Severity::Note;
        let matters = |others: &dyn Fn(usize) -> bool| {
            let difference = unit.difference(rule, others)?;
            let within = if is_note { &unit.tables.known } else { &unit.tables.permitted };
            Ok(!difference.and(within).is_empty())
        };
        assert!(!matters(&|other| blamed.contains(&other))?, "{finding:?}");
        for &spared in blamed {
            // what sets parameters needs rules that give, too, which are not to blame
            let is_needed =
                matters(&|other| other != spared && blamed.contains(&other))? || matters(&|other| other != spared)?;
            assert!(is_needed, "{finding:?} could spare {spared}");
        }
        Ok(true)
    }

    /// Whether each outcome is possible at all, and where everything is known.
    fn check_outcomes(analysis: &Analysis<'_>, at: usize, unit: &Unit<'_>) -> Result<(), TooLarge> {
        let first = analysis.policy.index().sharing(at)[0];
        let mut votes = analysis.votes(analysis.policy.numbered(first), &[]).map_err(|_| TooLarge)?;
        let known = votes.space.all_known();
        for (outcome, region) in OUTCOMES.into_iter().zip(unit.outcomes(|_| true)?) {
            for (wanted, within) in [(&[][..], &unit.tables.permitted), (&known, &unit.tables.known)] {
                let witness = votes.witness(wanted, outcome).unwrap();
                assert_eq!(witness.is_some(), !region.and(within).is_empty(), "{outcome:?} {witness:?}");
            }
        }
        Ok(())
    }

    #[derive(Debug, Default)]
    struct Tried {
        policies: usize,
        passed_over: usize,
        blamed: usize,
        found: BTreeMap<&'static str, usize>,
    }

    fn try_policy(seed: u64, tried: &mut Tried) {
        let mut random = Random::new(seed ^ 0x00b0);
        let generated = GeneratedPolicy::random(&mut random);
        let Ok(policy) = load(&generated) else { return };
        let analysis = Analysis::new(&policy).with_overlaps();
        let findings = analysis.check();
        let undecided: Vec<&Finding> = findings.iter().filter(|finding| finding.is_undecided()).collect();
        if !undecided.is_empty() {
            assert!(
                !undecided.iter().any(|finding| finding.diagnostic.message.contains("mistake")),
                "seed {seed}: {undecided:?}"
            );
            tried.passed_over += 1;
            return;
        }
        let Ok((wanted, units)) = expected(&analysis) else {
            tried.passed_over += 1;
            return;
        };
        let found = found(&policy, &findings);
        let text = || format!("seed {seed}\n{}\n{}", generated.world.catalogue().unwrap_or_default(), generated.text());
        let missing: Vec<_> = wanted.difference(&found).collect();
        let extra: Vec<_> = found.difference(&wanted).collect();
        assert!(missing.is_empty() && extra.is_empty(), "not found {missing:?}, found {extra:?}\n{}", text());
        for (at, unit) in units.iter().enumerate() {
            let _ = check_outcomes(&analysis, at, unit);
        }
        for finding in findings.iter().filter(|finding| finding.diagnostic.code == codes::NEVER_MATTERS) {
            tried.blamed += usize::from(check_blame(&policy, finding, &units).unwrap_or(false));
        }
        tried.policies += 1;
        for (code, ..) in found {
            *tried.found.entry(code).or_default() += 1;
        }
    }

    /// A random policy as one of this library, which its own tests have twice.
    pub fn load(generated: &GeneratedPolicy) -> Result<Policy, crate::LoadError> {
        let mut files = crate::PolicyFiles::new();
        if let Some(catalogue) = generated.world.catalogue() {
            files = files.catalogue("catalogue.yaml", catalogue);
        }
        for (name, text) in generated.world.tables() {
            files = files.table(name, text);
        }
        files.rules("rules.ward", generated.text()).load()
    }

    #[test]
    fn boxes_find_what_the_solver_finds() {
        let count: u64 = std::env::var("WARDKEY_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(150);
        let mut tried = Tried::default();
        for seed in 0..count {
            try_policy(seed, &mut tried);
        }
        assert!(tried.policies as u64 * 2 > count && tried.blamed > 0, "{tried:?}");
        assert!(tried.found.len() == 6, "{tried:?}");
        println!("{tried:?}");
    }
}
