//! Record batches against contexts: a row comes to what the policy says of a context built from it, whatever the columns are
//! made of.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use arrow_array::builder::{ListBuilder, StringBuilder, StringDictionaryBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Int8Type, Int32Type, UInt16Type};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DurationSecondArray, Float64Array,
    Int64Array, LargeStringArray, RecordBatch, RecordBatchOptions, StringArray, StringViewArray, StructArray,
    Time32SecondArray, TimestampMillisecondArray, UInt8Array,
};
use arrow_schema::{DataType, Field, Schema};
use std::collections::BTreeSet;
use std::sync::Arc;
use wardkey::{Outcome, Policy, PolicyFiles};
use wardkey_arrow::{OnError, Options, Plan, Shape, evaluate};
use wardkey_testing::agree::outcome_of;
use wardkey_testing::generate::{GeneratedContext, GeneratedPolicy};
use wardkey_testing::random::Random;
use wardkey_testing::read::read_context;
use wardkey_testing::reference::Reference;

const CATALOGUE: &str = r#"
ward: 1
time_zone: Europe/Berlin
types:
  place: {tree: {hospital: {north: [n1, n2], south: [s1]}}}
attributes:
  role: [Nurse, Sales]
  location: place
  device.managed: bool
  age: {type: whole, range: 0..120}
  dose: decimal
  hired: date
  shift: time
  term: duration
  teams: {set of: text}
entitlements: [EHR, CRM, Marketo]
assume: ["not (role = Sales and location = n1)"]
"#;

const RULES: &str = r#"
role = Nurse -> allow EHR
role = Sales and device.managed -> allow CRM
always -> offer Marketo
age < 18 -> deny all
dose > 2.5 -> deny EHR
hired < 2020-01-01 -> deny CRM
shift in 22:00..06:00 -> deny EHR
term >= 90d -> deny Marketo
teams has red -> allow Marketo
location in south -> deny Marketo
date = 2026-07-02 -> deny EHR
"#;

fn policy() -> Policy {
    PolicyFiles::new().catalogue("catalogue.yaml", CATALOGUE).rules("a.ward", RULES).load().unwrap()
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter(columns).unwrap()
}

fn array(array: impl Array + 'static) -> ArrayRef {
    Arc::new(array)
}

/// The words in a column of outcomes.
fn words(batch: &RecordBatch, name: &str) -> Vec<String> {
    let column = batch.column_by_name(name).unwrap().as_dictionary::<Int8Type>();
    column.downcast_dict::<StringArray>().unwrap().into_iter().map(|word| word.unwrap().to_owned()).collect()
}

fn messages(error: &wardkey_arrow::Error) -> Vec<String> {
    error.mistakes().iter().map(ToString::to_string).collect()
}

#[test]
fn every_type_is_read_as_the_policy_reads_it() {
    let policy = policy();
    let mut dictionary = StringDictionaryBuilder::<UInt16Type>::new();
    dictionary.append_value("Nurse");
    dictionary.append_null();
    dictionary.append_value("Nurse");
    dictionary.append_value("Sales");
    let mut teams = ListBuilder::new(StringBuilder::new());
    for row in [&["red", "blue"][..], &[], &["blue"], &["red"]] {
        row.iter().for_each(|team| teams.values().append_value(team));
        teams.append(true);
    }
    let managed = StructArray::from(vec![(
        Arc::new(Field::new("managed", DataType::Boolean, true)),
        array(BooleanArray::from(vec![Some(true), Some(true), None, Some(true)])),
    )]);
    let midnight = 1_782_943_200_000; // 2026-07-02 in Berlin
    let rows = batch(vec![
        ("role", array(dictionary.finish())),
        ("location", array(StringViewArray::from(vec!["n2", "s1", "north", "s1"]))),
        ("device", array(managed)),
        ("age", array(UInt8Array::from(vec![Some(40), Some(17), None, Some(18)]))),
        ("dose", array(Decimal128Array::from(vec![250, 251, 100, 100]).with_precision_and_scale(5, 2).unwrap())),
        ("hired", array(Date32Array::from(vec![18_262, 18_262, 18_261, 18_261]))),
        ("shift", array(Time32SecondArray::from(vec![21_600, 21_599, 79_199, 79_200]))),
        ("term", array(DurationSecondArray::from(vec![90 * 86_400 - 1, 0, 90 * 86_400, 0]))),
        ("teams", array(teams.finish())),
        (
            "now",
            array(
                TimestampMillisecondArray::from(vec![midnight - 1, midnight, midnight, midnight - 1])
                    .with_timezone("UTC"),
            ),
        ),
    ]);
    let contexts = [
        r#"{"role": "Nurse", "location": "n2", "device.managed": true, "age": 40, "dose": 2.5, "hired": "2020-01-01",
            "shift": "06:00", "term": "7775999s", "teams": ["red", "blue"], "now": "2026-07-01T23:59:59.999+02:00"}"#,
        r#"{"location": "s1", "device.managed": true, "age": 17, "dose": 2.51, "hired": "2020-01-01",
            "shift": "05:59:59", "term": "0s", "teams": [], "now": "2026-07-02T00:00:00+02:00"}"#,
        r#"{"role": "Nurse", "location": "north", "dose": 1, "hired": "2019-12-31",
            "shift": "21:59:59", "term": "90d", "teams": ["blue"], "now": "2026-07-02T00:00:00+02:00"}"#,
        r#"{"role": "Sales", "location": "s1", "device.managed": true, "age": 18, "dose": 1, "hired": "2019-12-31",
            "shift": "22:00", "term": "0s", "teams": ["red"], "now": "2026-07-01T23:59:59.999+02:00"}"#,
    ];
    let evaluated = evaluate(&policy, &rows, &Options::default()).unwrap();
    for id in policy.entitlement_ids() {
        let expected =
            contexts.map(|json| policy.outcome(&policy.context().json(json).build().unwrap(), id).to_string());
        assert_eq!(words(&evaluated.batch, policy.entitlement_name(id)), expected, "{}", policy.entitlement_name(id));
        for outcome in [Outcome::Denied, Outcome::NotGranted, Outcome::Offered, Outcome::Allowed] {
            let number = expected.iter().filter(|word| *word == outcome.as_str()).count() as u64;
            assert_eq!(evaluated.counts.get(id, outcome), number);
        }
    }
    // the answers differ, or the test would show nothing
    assert_eq!(words(&evaluated.batch, "EHR"), ["allowed", "denied", "denied", "denied"]);
    assert_eq!(words(&evaluated.batch, "Marketo"), ["allowed", "denied", "denied", "denied"]);
}

#[test]
fn shapes_carry_the_kept_columns() {
    let policy = policy();
    let rows = batch(vec![
        ("id", array(Int64Array::from(vec![7, 8]))),
        ("Position", array(LargeStringArray::from(vec!["nurse", "Sales"]))),
        ("age", array(Float64Array::from(vec![30.0, 40.0]))),
        ("note", array(BinaryArray::from_vec(vec![b"x", b"y"]))),
    ]);
    let mut options = Options {
        keep: vec!["id".to_owned(), "age".to_owned()],
        ignore: vec!["note".to_owned()],
        rename: [("Position".to_owned(), "role".to_owned())].into(),
        entitlements: vec!["marketo".to_owned(), "EHR".to_owned()],
        ..Options::default()
    };
    let names =
        |batch: &RecordBatch| batch.schema().fields().iter().map(|field| field.name().clone()).collect::<Vec<_>>();
    let wide = evaluate(&policy, &rows, &options).unwrap().batch;
    assert_eq!(names(&wide), ["id", "age", "Marketo", "EHR"]);
    assert_eq!(words(&wide, "EHR"), ["denied", "denied"], "the dose may be too high: nobody said");

    options.shape = Shape::Long;
    let long = evaluate(&policy, &rows, &options).unwrap().batch;
    assert_eq!(names(&long), ["id", "age", "entitlement", "outcome"]);
    assert_eq!(long.column(0).as_primitive::<arrow_array::types::Int64Type>().values(), &[7, 7, 8, 8]);
    let named: Vec<_> = long
        .column(2)
        .as_dictionary::<Int32Type>()
        .downcast_dict::<StringArray>()
        .unwrap()
        .into_iter()
        .flatten()
        .collect();
    assert_eq!(named, ["Marketo", "EHR", "Marketo", "EHR"]);
    assert_eq!(words(&long, "outcome"), ["denied", "denied", "denied", "denied"]);

    options.shape = Shape::Lists;
    let rows = batch(vec![
        ("id", array(Int64Array::from(vec![7, 8]))),
        ("role", array(StringArray::from(vec!["Nurse", "Nurse"]))),
        ("age", array(Int64Array::from(vec![30, 17]))),
        ("location", array(StringArray::from(vec!["n1", "n1"]))),
        ("term", array(StringArray::from(vec!["1d", "1d"]))),
        ("dose", array(StringArray::from(vec!["1", "1"]))),
        ("shift", array(StringArray::from(vec!["12:00", "12:00"]))),
        ("now", array(StringArray::from(vec!["2026-07-01T12:00:00Z"; 2]))),
    ]);
    let options = Options { keep: vec!["id".to_owned()], shape: Shape::Lists, ..Options::default() };
    let lists = evaluate(&policy, &rows, &options).unwrap().batch;
    let of_row = |name: &str, row: usize| {
        let list = lists.column_by_name(name).unwrap().as_list::<i32>().value(row);
        let list = list.as_dictionary::<Int32Type>();
        list.downcast_dict::<StringArray>().unwrap().into_iter().map(|it| it.unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!((of_row("allowed", 0), of_row("offered", 0)), (vec!["EHR".to_owned()], vec!["Marketo".to_owned()]));
    assert_eq!((of_row("allowed", 1), of_row("offered", 1)), (vec![], vec![]));
}

#[test]
fn a_schema_that_does_not_fit_is_told_at_once() {
    let list = DataType::List(Arc::new(Field::new("item", DataType::Utf8, true)));
    let fields = [
        ("rolle", DataType::Utf8),
        ("location", list),
        ("age", DataType::Binary),
        ("user.dose", DataType::Int8),
        ("dose", DataType::Int8),
        ("EHR", DataType::Utf8),
        ("id", DataType::Utf8),
    ];
    let schema = Schema::new(fields.map(|(name, data_type)| Field::new(name, data_type, true)).to_vec());
    let options = Options {
        keep: vec!["EHR".to_owned(), "idd".to_owned(), "id".to_owned()],
        ignore: vec!["nothing".to_owned()],
        entitlements: vec!["EHR".to_owned(), "EMR".to_owned()],
        ..Options::default()
    };
    let error = Plan::new(&policy(), &schema, &options).unwrap_err();
    assert!(error.is_of_schema());
    let columns = "the columns are `rolle`, `location`, `age`, `user.dose`, `dose`, `EHR`, `id`";
    let expected = [
        "column `rolle`: the catalogue declares no attribute `rolle` (did you mean `role`?)",
        "column `location`: a list where `location` has one value (give one value in each row)",
        "column `age`: an attribute cannot be of the type Binary (turn it into text, a number, a date or a list before, or ignore the column)",
        "`user.dose` and `dose` are one attribute (ignore one of them)",
        &format!("there is no column `idd` ({columns})"),
        &format!("there is no column `nothing` ({columns})"),
        "there is no entitlement `EMR` (did you mean `EHR`?)",
        "the output would have two columns `EHR` (keep it under another name: rename the column before)",
    ];
    assert_eq!(messages(&error), expected);
}

#[test]
fn values_that_cannot_be_used_stop_or_are_unknown_or_leave_the_row_out() {
    let policy = policy();
    let rows = batch(vec![
        ("id", array(Int64Array::from(vec![1, 2, 3, 4, 5]))),
        ("role", array(StringArray::from(vec!["Nurse", "Nurze", "Sales", "Nurse", "Nurze"]))),
        ("location", array(StringArray::from(vec!["n2", "n2", "n1", "n2", "n2"]))),
        ("age", array(Float64Array::from(vec![30.0, 30.0, 30.0, f64::NAN, 30.0]))),
    ]);
    let mut options = Options { keep: vec!["id".to_owned()], ..Options::default() };
    let error = evaluate(&policy, &rows, &options).unwrap_err();
    assert!(!error.is_of_schema());
    let found = messages(&error);
    assert!(found[0].starts_with("row 1: `role`: "), "{found:?}");
    assert!(found[0].ends_with(", in 2 rows (did you mean `Nurse`?)"), "{found:?}");
    assert!(found[1].starts_with("row 3: `age`: ") && found[1].contains("NaN"), "{found:?}");
    assert_eq!(found.len(), 2);

    options.on_error = OnError::Unknown;
    let evaluated = evaluate(&policy, &rows, &options).unwrap();
    let unusable: Vec<_> =
        evaluated.unusable.iter().map(|it| (it.column.as_deref().unwrap(), it.row.unwrap(), it.rows)).collect();
    assert_eq!(unusable, [("role", 1, 2), ("age", 3, 1)]);
    assert_eq!(evaluated.skipped.len(), 1, "{:?}", evaluated.skipped);
    assert_eq!(evaluated.skipped[0].0, 2);
    assert!(evaluated.skipped[0].1.contains("assumption"), "{:?}", evaluated.skipped);
    assert_eq!((evaluated.batch.num_rows(), evaluated.counts.rows(), evaluated.counts.refused()), (4, 4, 1));

    options.on_error = OnError::Skip;
    let evaluated = evaluate(&policy, &rows, &options).unwrap();
    let skipped: Vec<usize> = evaluated.skipped.iter().map(|(row, _)| *row).collect();
    assert_eq!(skipped, [1, 2, 3, 4]);
    let ids = evaluated.batch.column(0).as_primitive::<arrow_array::types::Int64Type>();
    assert_eq!((ids.values().to_vec(), evaluated.batch.num_rows()), (vec![1], 1));
    assert_eq!(words(&evaluated.batch, "EHR").len(), 1);

    let contradiction = rows.slice(2, 1);
    options.on_error = OnError::Stop;
    let error = evaluate(&policy, &contradiction, &options).unwrap_err();
    assert!(messages(&error)[0].starts_with("row 0: the context contradicts the assumption"), "{error}");
}

#[test]
fn texts_are_split_for_sets_and_constants_fill_in() {
    let policy = policy();
    let rows = batch(vec![
        ("teams", array(StringArray::from(vec![Some("blue; red"), Some(""), None]))),
        ("role", array(StringArray::from(vec!["Nurse"; 3]))),
    ]);
    let options = Options {
        constants: [
            ("location".to_owned(), "n2".into()),
            ("age".to_owned(), 30.into()),
            ("term".to_owned(), "1d".into()),
        ]
        .into(),
        separator: Some(';'),
        ..Options::default()
    };
    let evaluated = evaluate(&policy, &rows, &options).unwrap();
    assert_eq!(words(&evaluated.batch, "Marketo"), ["allowed", "offered", "offered"]);
    let twice = Options { constants: [("role".to_owned(), "Sales".into())].into(), ..Options::default() };
    let error = evaluate(&policy, &rows, &twice).unwrap_err();
    assert_eq!(messages(&error), ["`role` has one value for all rows, and the column `role` (ignore the column)"]);
    let wrong = Options { constants: [("age".to_owned(), "old".into())].into(), ..options };
    assert!(evaluate(&policy, &rows, &wrong).unwrap_err().is_of_schema());
}

#[test]
fn a_batch_without_rows_or_columns_is_no_mistake() {
    let policy = policy();
    let none = RecordBatch::new_empty(Arc::new(Schema::new(vec![Field::new("role", DataType::Utf8, true)])));
    assert_eq!(evaluate(&policy, &none, &Options::default()).unwrap().batch.num_rows(), 0);
    let options = RecordBatchOptions::new().with_row_count(Some(3));
    let bare = RecordBatch::try_new_with_options(Arc::new(Schema::empty()), vec![], &options).unwrap();
    let evaluated = evaluate(&policy, &bare, &Options::default()).unwrap();
    assert_eq!((evaluated.batch.num_rows(), evaluated.counts.rows()), (3, 3));
}

/// More rows than are decided together, some of them left out, in every shape.
#[test]
fn rows_stay_in_order_on_any_number_of_threads() {
    const ROWS: i64 = 20_000;
    let catalogue = "ward: 1\nattributes: {role: [Nurse, Sales]}\nentitlements: [EHR, CRM]";
    let rules = "role = Nurse -> allow EHR\nrole = Sales -> offer CRM";
    let policy = PolicyFiles::new().catalogue("catalogue.yaml", catalogue).rules("a.ward", rules).load().unwrap();
    let role = |id: i64| ["Nurse", "Nurze", "Sales", "Nurse", "Sales"][id as usize % 5];
    let rows = batch(vec![
        ("id", array(Int64Array::from_iter_values(0..ROWS))),
        ("role", array(StringArray::from_iter_values((0..ROWS).map(role)))),
    ]);
    let evaluated = |threads, shape| {
        let options = Options { keep: vec!["id".to_owned()], shape, on_error: OnError::Skip, ..Options::default() };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| evaluate(&policy, &rows, &options).unwrap().batch)
    };
    let left: Vec<i64> = (0..ROWS).filter(|&id| role(id) != "Nurze").collect();
    let is_nurse: Vec<bool> = left.iter().map(|&id| role(id) == "Nurse").collect();
    let word = |is_given, given: &str| if is_given { given.to_owned() } else { "not_granted".to_owned() };
    let of_row = |&nurse: &bool| [word(nurse, "allowed"), word(!nurse, "offered")];
    for threads in [1, 3] {
        let wide = evaluated(threads, Shape::Wide);
        assert_eq!(wide.column(0).as_ref(), &Int64Array::from(left.clone()) as &dyn Array);
        assert_eq!(words(&wide, "EHR"), is_nurse.iter().map(|nurse| of_row(nurse)[0].clone()).collect::<Vec<_>>());
        assert_eq!(words(&wide, "CRM"), is_nurse.iter().map(|nurse| of_row(nurse)[1].clone()).collect::<Vec<_>>());
        let long = evaluated(threads, Shape::Long);
        assert_eq!(words(&long, "outcome"), is_nurse.iter().flat_map(of_row).collect::<Vec<_>>());
        let lists = evaluated(threads, Shape::Lists);
        let lengths = |at: usize| lists.column(at).as_list::<i32>().offsets().lengths().collect::<Vec<_>>();
        assert_eq!(lengths(1), is_nurse.iter().map(|&nurse| usize::from(nurse)).collect::<Vec<_>>());
        assert_eq!(lengths(2), is_nurse.iter().map(|&nurse| usize::from(!nurse)).collect::<Vec<_>>());
    }
}

/// Contexts as JSON columns, against the same contexts one by one, and against the reference evaluator.
#[test]
fn rows_are_decided_as_contexts() {
    let mut decided = 0;
    for seed in 0..150 {
        let mut random = Random::new(seed);
        let generated = GeneratedPolicy::random(&mut random);
        let policy = generated.load().unwrap();
        let contexts: Vec<_> = (0..40)
            .map(|_| {
                let mut context = GeneratedContext::random(&mut random, &generated.world);
                context.entries.retain(|(name, _)| name != "never_declared");
                context.json()
            })
            .collect();
        let names: BTreeSet<&String> =
            contexts.iter().flat_map(|context| context.as_object().unwrap().keys()).collect();
        let json = [("ARROW:extension:name".to_owned(), "arrow.json".to_owned())];
        let columns = names.iter().map(|name| {
            let texts = contexts.iter().map(|context| context.get(*name).map(ToString::to_string));
            let field = Field::new(name.as_str(), DataType::Utf8, true).with_metadata(json.clone().into());
            (field, array(StringArray::from_iter(texts)))
        });
        let (fields, arrays): (Vec<_>, Vec<_>) = columns.unzip();
        let length = RecordBatchOptions::new().with_row_count(Some(contexts.len()));
        let rows = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &length).unwrap();
        let options = Options { on_error: OnError::Skip, ..Options::default() };
        let evaluated = evaluate(&policy, &rows, &options).unwrap_or_else(|error| panic!("{seed}: {error}"));
        let built: Vec<_> = contexts.iter().map(|json| policy.context().json(json.to_string()).build()).collect();
        let refused: Vec<usize> = (0..built.len()).filter(|&at| built[at].is_err()).collect();
        assert_eq!(evaluated.skipped.iter().map(|(row, _)| *row).collect::<Vec<_>>(), refused, "{seed}");
        for id in policy.entitlement_ids() {
            let outcomes: Vec<Outcome> = built.iter().flatten().map(|context| policy.outcome(context, id)).collect();
            let expected: Vec<String> = outcomes.iter().map(ToString::to_string).collect();
            assert_eq!(words(&evaluated.batch, policy.entitlement_name(id)), expected, "{seed}\n{}", generated.text());
            let rules = policy.rule_set();
            let facts = contexts.iter().filter_map(|json| read_context(rules, json).ok());
            let verdicts = facts.filter_map(|facts| {
                let reference = Reference::new(rules, &facts);
                (!reference.violates_assumption()).then(|| reference.decide(id.in_catalogue()).outcome)
            });
            let outcomes: Vec<_> = outcomes.into_iter().map(outcome_of).collect();
            assert_eq!(outcomes, verdicts.collect::<Vec<_>>(), "{seed}\n{}", generated.text());
            decided += expected.len();
        }
    }
    assert!(decided > 10_000, "{decided}");
}
