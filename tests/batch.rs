//! Columns against contexts: a batch says of every row what the policy says of a context built from it.
//!
//! The ordinary run compares some 50,000 rows of random policies; `WARDKEY_ROWS=5000000` for more, `WARDKEY_SEED=7` for where
//! to begin.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use indexmap::{IndexMap, IndexSet};
use serde_json::Value as Json;
use wardkey::eval::Input;
use wardkey::{Batch, Context, Counts, Dictionary, Error, Outcome, Policy, PolicyFiles};
use wardkey_testing::generate::{GeneratedContext, GeneratedPolicy};
use wardkey_testing::random::Random;
use wardkey_testing::workload::Workload;

/// Rows for each random policy.
const ROWS: usize = 60;

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |value| value.parse().expect("a whole number"))
}

/// Rows by column: the dictionary of each, and its keys.
struct Table<'p> {
    rows: usize,
    columns: Vec<(Dictionary<'p>, Vec<u32>)>,
}

impl<'p> Table<'p> {
    /// The same contexts column by column. What cannot be read refuses its rows; what is not declared has no column.
    fn new(policy: &'p Policy, contexts: &[Json]) -> Self {
        let names: IndexSet<&String> =
            contexts.iter().flat_map(|context| context.as_object().unwrap().keys()).collect();
        let column = |name: &&String| {
            let mut dictionary = policy.dictionary(name).ok()?;
            let mut known: IndexMap<String, u32> = IndexMap::new();
            let mut key = |value: &Json| {
                *known.entry(value.to_string()).or_insert_with(|| {
                    let pushed = dictionary.push(Input::from(value.clone()));
                    pushed.unwrap_or_else(|problem| dictionary.refuse(problem))
                })
            };
            let keys = contexts.iter().map(|context| context.get(name).map_or(Dictionary::OMITTED, &mut key)).collect();
            Some((dictionary, keys))
        };
        Self { rows: contexts.len(), columns: names.iter().filter_map(column).collect() }
    }

    fn batch(&'p self, policy: &'p Policy) -> Batch<'p> {
        let columns: Vec<_> = self.columns.iter().map(|(dictionary, keys)| (dictionary, keys.as_slice())).collect();
        policy.batch(self.rows, &columns).unwrap()
    }
}

/// A row, and what the context says that was built from it.
fn check_rows(policy: &Policy, batch: &Batch<'_>, built: &[Result<Context, Error>]) -> Result<(), String> {
    let ids: Vec<_> = policy.entitlement_ids().collect();
    let mut counts = vec![[0u64; 4]; ids.len()];
    let mut refused = Vec::new();
    let mut visited = 0;
    let mut failed = None;
    batch.each(0..usize::MAX, |row| {
        let at = row.number();
        visited += usize::from(at == visited);
        let context = match &built[at] {
            Ok(context) => Some(context),
            Err(_) => {
                refused.push(at);
                None
            }
        };
        if row.refused().is_some() != context.is_none() {
            failed.get_or_insert(format!("row {at}: {:?} against {:?}", row.refused(), built[at]));
            return;
        }
        let expected: Vec<Outcome> =
            ids.iter().map(|&id| context.map_or(Outcome::Denied, |context| policy.outcome(context, id))).collect();
        let found: Vec<Outcome> = ids.iter().map(|&id| row.outcome(id)).collect();
        if found != expected {
            failed.get_or_insert(format!("row {at}: {found:?} instead of {expected:?}"));
        }
        let Some(_) = context else { return };
        let mut listed = vec![Outcome::NotGranted; ids.len()];
        row.answers().for_each(|(id, outcome)| listed[id.in_catalogue().index()] = outcome);
        if listed != expected {
            failed.get_or_insert(format!("row {at} lists {listed:?} instead of {expected:?}"));
        }
        counts.iter_mut().zip(&expected).for_each(|(counts, &outcome)| counts[outcome as usize] += 1);
    });
    if let Some(failed) = failed {
        return Err(failed);
    }
    if visited != built.len() {
        return Err(format!("{visited} rows were visited"));
    }
    check_columns(policy, batch, built)?;
    check_counts(policy, batch, &counts, refused.len())?;
    let reported: Vec<usize> = batch.refused(0..built.len()).into_iter().map(|(row, _)| row).collect();
    if reported == refused { Ok(()) } else { Err(format!("{reported:?} are refused instead of {refused:?}")) }
}

/// One entitlement after the other, each in two ranges.
fn check_columns(policy: &Policy, batch: &Batch<'_>, built: &[Result<Context, Error>]) -> Result<(), String> {
    let half = built.len() / 2;
    for id in policy.entitlement_ids() {
        let expected: Vec<Outcome> = built
            .iter()
            .map(|context| context.as_ref().map_or(Outcome::Denied, |context| policy.outcome(context, id)))
            .collect();
        let mut found = Vec::new();
        batch.outcomes(id, 0..half, &mut found);
        batch.outcomes(id, half..built.len(), &mut found);
        if found != expected {
            return Err(format!("{}: {found:?} instead of {expected:?}", policy.entitlement_name(id)));
        }
    }
    Ok(())
}

/// The counts of two ranges, together.
fn check_counts(policy: &Policy, batch: &Batch<'_>, expected: &[[u64; 4]], refused: usize) -> Result<(), String> {
    let mut counts = Counts::new(policy);
    assert!(counts.merge(&batch.count(0..batch.rows() / 3)));
    assert!(counts.merge(&batch.count(batch.rows() / 3..batch.rows())));
    if counts.refused() != refused as u64 || counts.rows() + counts.refused() != batch.rows() as u64 {
        return Err(format!("{} refused, {} decided", counts.refused(), counts.rows()));
    }
    for (id, expected) in policy.entitlement_ids().zip(expected) {
        let found = [Outcome::Denied, Outcome::NotGranted, Outcome::Offered, Outcome::Allowed]
            .map(|outcome| counts.get(id, outcome));
        if found != *expected {
            return Err(format!("{} counts {found:?} instead of {expected:?}", policy.entitlement_name(id)));
        }
    }
    Ok(())
}

#[test]
fn a_row_is_decided_as_its_context() {
    let policies = setting("WARDKEY_ROWS", 50_000) / ROWS as u64;
    let first = setting("WARDKEY_SEED", 0);
    let (mut decided, mut refused) = (0, 0);
    for seed in first..first + policies {
        let mut random = Random::new(seed);
        let generated = GeneratedPolicy::random(&mut random);
        let policy = generated.load().unwrap();
        // some attributes are left out in every row, so that there is no column
        let names: Vec<&String> = policy.rule_set().catalogue.attributes.values().map(|it| &it.name).collect();
        let left_out: Vec<&str> = names.into_iter().map(String::as_str).filter(|_| random.chance(20)).collect();
        let contexts: Vec<Json> = (0..ROWS)
            .map(|_| {
                let mut context = GeneratedContext::random(&mut random, &generated.world);
                context.entries.retain(|(name, _)| !left_out.contains(&name.as_str()) && name != "never_declared");
                context.json()
            })
            .collect();
        let built: Vec<_> = contexts.iter().map(|json| policy.context().json(json.to_string()).build()).collect();
        let table = Table::new(&policy, &contexts);
        check_rows(&policy, &table.batch(&policy), &built)
            .unwrap_or_else(|difference| panic!("WARDKEY_SEED={seed}: {difference}\n{}", generated.text()));
        refused += built.iter().filter(|context| context.is_err()).count();
        decided += built.iter().filter(|context| context.is_ok()).count();
    }
    assert!(decided > 10 * refused && refused > 0, "{decided} decided, {refused} refused");
}

#[test]
fn the_workload_is_decided_row_by_row() {
    for size in [10, 300, 3_000] {
        let workload = Workload::generate(size, 5);
        let policy = workload.policy().unwrap();
        let people: Vec<Json> = workload
            .situations
            .iter()
            .map(|situation| {
                let person = serde_json::to_value(workload.person(situation)).unwrap();
                let mut flat = person.as_object().unwrap().clone();
                let device = flat.remove("device").unwrap();
                for (name, value) in device.as_object().unwrap() {
                    flat.insert(format!("device.{name}"), value.clone());
                }
                Json::Object(flat)
            })
            .collect();
        let built: Vec<_> = people.iter().map(|json| policy.context().json(json.to_string()).build()).collect();
        let table = Table::new(&policy, &people);
        check_rows(&policy, &table.batch(&policy), &built).unwrap();
    }
}

#[test]
fn more_combinations_than_are_kept_are_still_right() {
    // an `or` of pairs is no function of one attribute, and 90,000 pairs come up, each twice
    let policy = Policy::parse("a < user.b -> allow X\na = user.b -> deny Y\nalways -> allow Y").unwrap();
    let (x, y) = (policy.entitlement("X").unwrap(), policy.entitlement("Y").unwrap());
    let mut a = policy.dictionary("a").unwrap();
    let mut b = policy.dictionary("b").unwrap();
    for number in 0..300 {
        assert_eq!((a.push(number), b.push(number)), (Ok(number), Ok(number)));
    }
    // in an order that has nothing to do with the numbers
    let pairs: Vec<(u32, u32)> =
        (0..180_000u32).map(|at| at.wrapping_mul(7_919) % 90_000).map(|at| (at / 300, at % 300)).collect();
    let (of_a, of_b): (Vec<u32>, Vec<u32>) = pairs.iter().copied().unzip();
    let batch = policy.batch(pairs.len(), &[(&a, &of_a), (&b, &of_b)]).unwrap();
    let mut at = 0;
    batch.each(0..pairs.len(), |row| {
        let (a, b) = pairs[at];
        assert_eq!(row.outcome(x).is_allowed(), a < b, "{a} {b}");
        assert_eq!(row.outcome(y), if a == b { Outcome::Denied } else { Outcome::Allowed }, "{a} {b}");
        at += 1;
    });
    assert_eq!(at, pairs.len());
}

#[test]
fn approvals_count_until_they_end() {
    let rules = "always -> offer Marketo\nteam = red -> deny Marketo";
    let catalogue = "ward: 1\nattributes: {team: text}\nentitlements: [Marketo]";
    let policy = PolicyFiles::new().catalogue("catalogue.yaml", catalogue).rules("a.ward", rules).load().unwrap();
    let marketo = policy.entitlement("Marketo").unwrap();
    let mut approved = policy.dictionary("approved").unwrap();
    let lasting = approved.push(serde_json::json!(["Marketo"])).unwrap();
    let ending = approved.push(serde_json::json!([{"entitlement": "Marketo", "until": "2026-11-22"}])).unwrap();
    assert!(approved.push("Marketto").unwrap_err().to_string().contains("did you mean `Marketo`?"));
    let mut now = policy.dictionary("now").unwrap();
    let (before, after) = (now.push("2026-11-22T23:59:59Z").unwrap(), now.push("2026-11-23T00:00:00Z").unwrap());
    let mut team = policy.dictionary("team").unwrap();
    let (red, blue) = (team.push("red").unwrap(), team.push("blue").unwrap());
    let none = Dictionary::OMITTED;
    let rows = [
        (lasting, before, blue, Outcome::Allowed),
        (ending, before, blue, Outcome::Allowed),
        (ending, after, blue, Outcome::Offered),
        (ending, none, blue, Outcome::Offered),
        (none, before, blue, Outcome::Offered),
        (lasting, before, red, Outcome::Denied),
    ];
    let keys: [Vec<u32>; 3] = [
        rows.iter().map(|row| row.0).collect(),
        rows.iter().map(|row| row.1).collect(),
        rows.iter().map(|row| row.2).collect(),
    ];
    let batch = policy.batch(rows.len(), &[(&approved, &keys[0]), (&now, &keys[1]), (&team, &keys[2])]).unwrap();
    let mut outcomes = Vec::new();
    batch.outcomes(marketo, 0..rows.len(), &mut outcomes);
    assert_eq!(outcomes, rows.map(|row| row.3));
    let counts = batch.count(0..rows.len());
    assert_eq!(counts.get(marketo, Outcome::Allowed), 2);
    assert_eq!(counts.get(marketo, Outcome::Offered), 3);
    assert_eq!(counts.get(marketo, Outcome::Denied), 1);
}

#[test]
fn columns_that_do_not_fit_are_refused_together() {
    let policy = Policy::parse("role = Nurse -> allow EHR").unwrap();
    let other = Policy::parse("role = Nurse -> allow EMR").unwrap();
    let mut role = policy.dictionary("role").unwrap();
    let nurse = role.push("Nurse").unwrap();
    let foreign = other.dictionary("role").unwrap();
    let error = policy.batch(2, &[(&role, &[nurse, nurse + 1]), (&foreign, &[nurse])]).unwrap_err();
    let messages: Vec<&str> = error.problems().iter().map(|problem| problem.message.as_str()).collect();
    let expected = [
        "the column `role` has a value 1 of 1",
        "the column `role` was read for another policy",
        "`role` has two columns",
        "the column `role` has 1 rows instead of 2",
        "the column `role` has a value 0 of 0",
    ];
    assert_eq!(messages, expected);
    // a row without a number leaves the attribute out
    let batch = policy.batch(1, &[(&role, &[Dictionary::OMITTED])]).unwrap();
    batch.each(0..1, |row| assert_eq!(row.allowed().count(), 0));
    // an entitlement of another policy is denied
    let emr = other.entitlement("EMR").unwrap();
    batch.each(0..1, |row| assert_eq!(row.outcome(emr), Outcome::Denied));
    assert!(!Counts::new(&other).merge(&batch.count(0..1)));
}

#[test]
fn a_dictionary_serves_one_batch_after_the_other() {
    let policy =
        Policy::parse("role = Nurse -> allow EHR\nrole starts with \"nu\" -> deny EMR\nalways -> allow EMR").unwrap();
    let (ehr, emr) = (policy.entitlement("EHR").unwrap(), policy.entitlement("EMR").unwrap());
    let mut role = policy.dictionary("role").unwrap();
    for _ in 0..2 {
        let keys = [role.push("Nurse").unwrap(), role.push("Sales").unwrap()];
        let batch = policy.batch(2, &[(&role, &keys)]).unwrap();
        let mut outcomes = Vec::new();
        batch.outcomes(ehr, 0..2, &mut outcomes);
        batch.outcomes(emr, 0..2, &mut outcomes);
        assert_eq!(outcomes, [Outcome::Allowed, Outcome::NotGranted, Outcome::Denied, Outcome::Allowed]);
        role.clear();
        assert!(role.is_empty());
    }
}
