//! How good policy tests are: what of the rules they show, which changes of rules they notice, and the tests that are missing.

use crate::findings::{self, Progress};
use serde::Serialize;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use wardkey::analyse::{Coverage, Fate, Goal, GoalExample, GoalKind, Mutant, Shown, Witness, mutants};
use wardkey::suite::Suite;
use wardkey::{Analysis, Policy};

/// What became of the goals that [`Coverage`] sets.
pub struct Reached {
    goals: Vec<(Goal, State)>,
}

/// What became of a goal.
enum State {
    Reached,
    /// No test reaches it, though this context does.
    Missing(Box<GoalExample>),
    /// No context does.
    Impossible,
    Undecided(String),
}

/// What became of the [`mutants`].
pub struct Mutation {
    mutants: Vec<(Mutant, Fate)>,
}

/// A test that is missing.
struct Missing<'m> {
    name: String,
    context: &'m Witness,
    expected: Shown,
}

/// Compares the contexts of tests with what they could show; `steps` are those of the solver for one question.
pub fn coverage(policy: &Policy, suites: &[&Suite], steps: u64, progress: Progress) -> Reached {
    let coverage = Coverage::new(&Analysis::new(policy).with_steps(steps));
    let mut is_reached = vec![false; coverage.goals().len()];
    for (context, looked_at) in suites.iter().flat_map(|suite| suite.cases(policy)) {
        coverage.reached(&context, &looked_at).into_iter().for_each(|at| is_reached[at] = true);
    }
    let missing: Vec<usize> = (0..is_reached.len()).filter(|&at| !is_reached[at]).collect();
    let mut examples = findings::examples(&coverage, &missing, progress).into_iter();
    let goals = coverage.goals().iter().zip(is_reached).map(|(goal, is_reached)| {
        let state = if is_reached {
            State::Reached
        } else {
            match examples.next() {
                Some(Ok(Some(example))) => State::Missing(Box::new(example)),
                Some(Ok(None)) | None => State::Impossible,
                Some(Err(undecided)) => State::Undecided(undecided.to_string()),
            }
        };
        (goal.clone(), state)
    });
    Reached { goals: goals.collect() }
}

/// Changes each rule in small ways and sees whether tests notice, all of which must pass; `steps` as above.
///
/// Errors: a changed rule is refused.
pub fn mutation(
    policy: &Policy,
    suites: &[&Suite],
    steps: u64,
    progress: Progress,
) -> Result<Mutation, wardkey::Error> {
    let all = mutants(policy);
    let notices = |changed: &Policy, about: &BTreeSet<String>| suites.iter().any(|suite| suite.notices(changed, about));
    let fates = findings::fates(policy, (&all, steps), &notices, progress)?;
    Ok(Mutation { mutants: all.into_iter().zip(fates).collect() })
}

/// Reached and possible, of goals of a kind.
#[derive(Default)]
pub(crate) struct Tally {
    pub reached: usize,
    pub possible: usize,
    pub impossible: usize,
}

impl Tally {
    pub fn percent(&self) -> f64 {
        if self.possible == 0 { 100.0 } else { 100.0 * self.reached as f64 / self.possible as f64 }
    }
}

impl Reached {
    pub(crate) fn tally(&self, counts: impl Fn(GoalKind) -> bool) -> Tally {
        let mut tally = Tally::default();
        for (_, state) in self.goals.iter().filter(|(goal, _)| counts(goal.kind)) {
            match state {
                State::Reached => tally.reached += 1,
                State::Impossible => tally.impossible += 1,
                State::Missing(_) | State::Undecided(_) => {}
            }
            tally.possible += usize::from(!matches!(state, State::Impossible));
        }
        tally
    }

    /// Of everything that can be reached, in percent.
    pub fn percent(&self) -> f64 {
        self.tally(|_| true).percent()
    }

    pub(crate) fn is_undecided(&self) -> bool {
        self.goals.iter().any(|(_, state)| matches!(state, State::Undecided(_)))
    }

    pub(crate) fn missing(&self) -> impl Iterator<Item = (&Goal, &GoalExample)> {
        self.goals.iter().filter_map(|(goal, state)| match state {
            State::Missing(example) => Some((goal, &**example)),
            _ => None,
        })
    }

    /// A test for each goal that is not reached; contexts that several have in common are one.
    fn tests(&self) -> Vec<Missing<'_>> {
        let mut tests: Vec<Missing<'_>> = Vec::new();
        for (goal, example) in self.missing() {
            let expected = example.expected.clone();
            add(&mut tests, Missing { name: words(goal), context: &example.context, expected });
        }
        tests
    }

    /// As `docs/schema/tests.schema.json` describes it.
    pub fn to_json(&self) -> Json {
        #[derive(Serialize)]
        struct Told<'g> {
            #[serde(flatten)]
            goal: &'g Goal,
            state: &'static str,
            example: Option<&'g GoalExample>,
            undecided: Option<&'g str>,
        }
        let told = |(goal, state): &'_ (Goal, State)| -> Json {
            let (word, example, undecided) = match state {
                State::Reached => ("reached", None, None),
                State::Missing(example) => ("missing", Some(&**example), None),
                State::Impossible => ("impossible", None, None),
                State::Undecided(why) => ("undecided", None, Some(why.as_str())),
            };
            json!(Told { goal, state: word, example, undecided })
        };
        json!({ "percent": self.percent(), "goals": self.goals.iter().map(told).collect::<Vec<_>>() })
    }
}

impl Mutation {
    /// How many mutants there are.
    pub(crate) fn len(&self) -> usize {
        self.mutants.len()
    }

    pub(crate) fn number(&self, is_it: impl Fn(&Fate) -> bool) -> usize {
        self.mutants.iter().filter(|(_, fate)| is_it(fate)).count()
    }

    /// Killed, of those that somebody could notice, in percent.
    pub fn percent(&self) -> f64 {
        let killed = self.number(|fate| *fate == Fate::Killed);
        let possible = self.number(|fate| *fate != Fate::Equivalent);
        if possible == 0 { 100.0 } else { 100.0 * killed as f64 / possible as f64 }
    }

    pub(crate) fn is_undecided(&self) -> bool {
        self.mutants.iter().any(|(_, fate)| matches!(fate, Fate::Undecided { .. }))
    }

    pub(crate) fn survivors(&self) -> impl Iterator<Item = (&Mutant, &Witness, &Shown)> {
        self.mutants.iter().filter_map(|(mutant, fate)| match fate {
            Fate::Survived { context, expected } => Some((mutant, context, expected)),
            _ => None,
        })
    }

    fn tests(&self) -> Vec<Missing<'_>> {
        let mut tests: Vec<Missing<'_>> = Vec::new();
        for (mutant, context, expected) in self.survivors() {
            let name = format!("{}: would be noticed if {}", mutant.rule, mutant.change);
            add(&mut tests, Missing { name, context, expected: expected.clone() });
        }
        tests
    }

    /// As `docs/schema/tests.schema.json` describes it.
    pub fn to_json(&self) -> Json {
        let told = |(mutant, fate): &(Mutant, Fate)| {
            let mut json = json!(fate);
            if let Json::Object(object) = &mut json {
                object.insert("rule".to_owned(), json!(&*mutant.rule));
                object.insert("change".to_owned(), json!(mutant.change));
            }
            json
        };
        json!({ "percent": self.percent(), "mutants": self.mutants.iter().map(told).collect::<Vec<_>>() })
    }
}

/// Adds a test, unless one that is there shows the same.
fn add<'m>(tests: &mut Vec<Missing<'m>>, test: Missing<'m>) {
    if !tests.iter().any(|known| known.context == test.context && known.expected == test.expected) {
        tests.push(test);
    }
}

/// A goal in words.
pub(crate) fn words(goal: &Goal) -> String {
    let Goal { rule, text, .. } = goal;
    match goal.kind {
        GoalKind::Applies => format!("{rule}: it applies"),
        GoalKind::Holds => format!("{rule}: `{text}` decides by holding"),
        GoalKind::Fails => format!("{rule}: `{text}` decides by not holding"),
        GoalKind::Edge => format!("{rule}: `{text}` decides at its very edge"),
    }
}

/// The tests that are missing, as the text of a test file, and their number.
pub fn missing_tests(reached: Option<&Reached>, mutation: Option<&Mutation>) -> (String, usize) {
    let tests: Vec<Missing<'_>> = reached
        .map(Reached::tests)
        .into_iter()
        .flatten()
        .chain(mutation.map(Mutation::tests).into_iter().flatten())
        .collect();
    if tests.is_empty() {
        return ("tests: []\n".to_owned(), 0);
    }
    let mut text = String::from("# Written from the rules: look at each outcome before you keep it.\ntests:\n");
    let mut names = BTreeSet::new();
    for test in &tests {
        let name = (1..).map(|time| if time == 1 { test.name.clone() } else { format!("{} ({time})", test.name) });
        // there are more numbers than tests
        let Some(name) = name.into_iter().find(|name| names.insert(name.clone())) else { continue };
        let mut rules = test.expected.rules.clone();
        // generated ids change with the rule, so nothing is expected of them
        rules.retain(|id| !id.starts_with("r-"));
        let mut expected = json!({ "outcome": test.expected.outcome });
        if rules.len() == test.expected.rules.len() {
            expected["rules"] = json!(rules);
        }
        text += &format!("  - name: {}\n", json!(name));
        text += &format!("    context: {}\n", test.context.to_json());
        text += &format!("    expect: {{{}: {expected}}}\n", json!(test.expected.entitlement));
    }
    (text, tests.len())
}
