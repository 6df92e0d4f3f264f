//! casbin: an enforcer an entitlement, its policy a table of cells, its matcher a call of one function a column.
//!
//! A row is a conjunction, the rows that deny first, and casbin's own effect "priority" stops at the first that fits. Its
//! answer is whether somebody may, not whether a rule denies: it is checked for that. A place is written as its path, so
//! that to lie within an area is to begin with its path. What a cell says:
//!
//! | cell | fits |
//! |---|---|
//! | *(empty)* | anything |
//! | `=a\|b`, `!a\|b` | one of these words, none of these |
//! | `^/building_1/floor_4/`, `~/…` | a path that begins so, one that does not |
//! | `[3-9`, `]3-9` | a number of this range, both ends included; one outside |
//! | `x;y` | both |

use super::Engine;
use crate::translate::{self, Is, Rules, Test, Value};
use crate::wait::ready;
use crate::workload::Answer;
use casbin::function_map::OperatorFunction;
use casbin::rhai::{Dynamic, INT, ImmutableString};
use casbin::{CoreApi, DefaultModel, Enforcer, NullAdapter};
use wardkey_testing::workload::{Attribute, Situation, Vocabulary, Workload};

/// The columns; those of places are one.
const COLUMNS: [&str; 10] = [
    "role",
    "department",
    "place",
    "device_type",
    "device_managed",
    "network",
    "hour",
    "clearance",
    "language",
    "status",
];

/// An enforcer an entitlement.
pub struct Casbin {
    enforcers: Vec<Enforcer>,
}

impl Engine for Casbin {
    type Context = Vec<Dynamic>;
    type Question = usize;

    const NAME: &'static str = "casbin";
    const CRATE: Option<&'static str> = Some("casbin");
    const DETAIL: &'static str = "an enforcer per entitlement";
    const IS_ONE_CALL: bool = false;
    const TELLS_DENIALS: bool = false;

    fn load(workload: &Workload) -> Result<Self, String> {
        let model = ready(DefaultModel::from_str(&model())).map_err(|error| error.to_string())?;
        let paths = Paths::new(&workload.vocabulary);
        let enforcer = |rules: &Rules<'_>| enforcer(model.clone(), &paths, rules);
        let enforcers = translate::by_entitlement(workload).iter().map(enforcer).collect::<Result<_, _>>()?;
        Ok(Self { enforcers })
    }

    fn context(&mut self, workload: &Workload, situation: &Situation) -> Vec<Dynamic> {
        let place = situation[Attribute::Location.index()];
        let path = Dynamic::from(ImmutableString::from(Paths::path(&workload.vocabulary, place)));
        let flat = translate::values(&workload.vocabulary, situation);
        let value = |column: &&str| match flat.iter().find(|(field, _)| field == column) {
            None => path.clone(),
            Some((_, Value::Text(text))) => Dynamic::from(ImmutableString::from(*text)),
            Some((_, Value::Number(number))) => Dynamic::from(INT::try_from(*number).expect("an hour is small")),
            Some((_, Value::Flag(flag))) => Dynamic::from(ImmutableString::from(flag.to_string())),
        };
        COLUMNS.iter().map(value).collect()
    }

    fn question(&mut self, _: &Workload, _: &Situation, entitlement: usize) -> usize {
        entitlement
    }

    fn decide(&mut self, context: &Vec<Dynamic>, question: &usize) -> Answer {
        let may = self.enforcers[*question].enforce(context.clone()).expect("the matcher runs");
        if may { Answer::Given } else { Answer::Nothing }
    }

    fn entitlements(&mut self, context: &Vec<Dynamic>, mut each: impl FnMut(usize, Answer)) {
        (0..self.enforcers.len()).for_each(|at| each(at, self.decide(context, &at)));
    }
}

/// The path of every place, by its name.
struct Paths<'a>(std::collections::HashMap<&'a str, String>);

impl<'a> Paths<'a> {
    fn new(vocabulary: &'a Vocabulary) -> Self {
        let names = &vocabulary.values[Attribute::Location.index()];
        Self(names.iter().enumerate().map(|(at, name)| (name.as_str(), Self::path(vocabulary, at))).collect())
    }

    fn path(vocabulary: &Vocabulary, place: usize) -> String {
        let names = translate::path(vocabulary, place);
        names.iter().map(|place| format!("/{}", vocabulary.value(Attribute::Location, *place))).collect::<String>()
            + "/"
    }
}

fn model() -> String {
    let columns = COLUMNS.join(", ");
    let matcher = COLUMNS.map(|column| format!("(p.{column} == \"\" || fits(r.{column}, p.{column}))")).join(" && ");
    format!(
        "[request_definition]\nr = {columns}\n\n[policy_definition]\np = {columns}, eft\n\n\
         [policy_effect]\ne = priority(p.eft) || deny\n\n[matchers]\nm = {matcher}\n"
    )
}

fn enforcer(model: DefaultModel, paths: &Paths<'_>, rules: &Rules<'_>) -> Result<Enforcer, String> {
    let mut enforcer = ready(Enforcer::new(model, NullAdapter)).map_err(|error| error.to_string())?;
    enforcer.add_function("fits", OperatorFunction::Arg2(fits));
    let sides = [("deny", &rules.denies), ("allow", &rules.allows)];
    let conjunctions = sides.into_iter().flat_map(|(effect, conditions)| {
        conditions.iter().flat_map(translate::conjunctions).map(move |tests| (effect, tests))
    });
    let mut rows: Vec<Vec<String>> = Vec::new();
    for row in conjunctions.map(|(effect, tests)| row(paths, &tests, effect)) {
        // a policy is a set: casbin refuses rows that come twice
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
    if rows.is_empty() {
        // without any row the matcher would be asked with empty cells, which fit everybody
        rows.push(row(paths, &[], "deny"));
    }
    enforcer.get_mut_model().add_policies("p", "p", rows);
    Ok(enforcer)
}

fn row(paths: &Paths<'_>, tests: &[Test<'_>], effect: &str) -> Vec<String> {
    let column = |test: &Test<'_>| if test.field.starts_with("place_") { "place" } else { test.field };
    let cell = |name: &str| {
        let cells = tests.iter().filter(|test| column(test) == name).map(|test| cell(paths, test));
        cells.collect::<Vec<_>>().join(";")
    };
    COLUMNS.iter().map(|name| cell(name)).chain([effect.to_owned()]).collect()
}

fn cell(paths: &Paths<'_>, test: &Test<'_>) -> String {
    let sign = |plain: char, negated: char| if test.is_negated { negated } else { plain };
    match &test.is {
        Is::Text(word) => format!("{}{word}", sign('=', '!')),
        Is::Any(words) => format!("{}{}", sign('=', '!'), words.join("|")),
        Is::Within(area) => format!("{}{}", sign('^', '~'), paths.0[area]),
        Is::Range(low, high) => format!("{}{low}-{high}", sign('[', ']')),
        Is::Flag(flag) => format!("{}{flag}", sign('=', '!')),
    }
}

/// Whether a value fits a cell: the function that the matcher calls.
fn fits(value: Dynamic, cell: Dynamic) -> Dynamic {
    let cell = cell.into_immutable_string().expect("a cell is a text");
    cell.split(';').all(|one| fits_one(&value, one)).into()
}

fn fits_one(value: &Dynamic, cell: &str) -> bool {
    let (sign, rest) = cell.split_at(1);
    if let Ok(number) = value.as_int() {
        let (low, high) = rest.split_once('-').expect("a range has two ends");
        let is_within = |low: INT, high: INT| (low..=high).contains(&number);
        return is_within(low.parse().expect("a number"), high.parse().expect("a number")) == (sign == "[");
    }
    let text = value.read_lock::<ImmutableString>().expect("any other value is a text");
    match sign {
        "=" => rest.split('|').any(|word| *text == word),
        "!" => rest.split('|').all(|word| *text != word),
        "^" => text.starts_with(rest),
        _ => !text.starts_with(rest),
    }
}
