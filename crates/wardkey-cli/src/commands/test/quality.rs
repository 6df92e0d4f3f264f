//! How good the tests are: what of the rules they show, which changes of rules they notice, and the tests that are missing.

use crate::failure::Failure;
use crate::findings;
use crate::policy::TestFile;
use crate::screen::{Screen, Style, count, plain};
use crate::table::Table;
use serde::Serialize;
use serde_json::{Value as Json, json};
use std::path::Path;
use wardkey::analyse::{Coverage, Fate, Goal, GoalExample, GoalKind, Mutant, Shown, Witness, mutants};
use wardkey::{Analysis, Policy};

/// What is listed for people; JSON has all.
const LISTED: usize = 20;

/// What became of the goals.
pub(super) struct Reached {
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

/// What became of the mutants.
pub(super) struct Mutation {
    mutants: Vec<(Mutant, Fate)>,
}

/// A test that is missing.
struct Missing<'m> {
    name: String,
    context: &'m Witness,
    expected: Shown,
}

/// Compares the contexts of the tests with what they could show.
pub(super) fn coverage(policy: &Policy, files: &[TestFile], steps: u64) -> Reached {
    let coverage = Coverage::new(&Analysis::new(policy).with_steps(steps));
    let mut is_reached = vec![false; coverage.goals().len()];
    for (context, looked_at) in
        files.iter().filter_map(|file| file.suite.as_ref()).flat_map(|suite| suite.cases(policy))
    {
        coverage.reached(&context, &looked_at).into_iter().for_each(|at| is_reached[at] = true);
    }
    let missing: Vec<usize> = (0..is_reached.len()).filter(|&at| !is_reached[at]).collect();
    let mut examples = findings::examples(&coverage, &missing).into_iter();
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

/// Changes each rule in small ways and sees whether the tests notice.
pub(super) fn mutation(policy: &Policy, files: &[TestFile], steps: u64) -> Result<Mutation, Failure> {
    let all = mutants(policy);
    let notices = |changed: &Policy, about: &std::collections::BTreeSet<String>| {
        files.iter().filter_map(|file| file.suite.as_ref()).any(|suite| suite.notices(changed, about))
    };
    let fates = findings::fates(policy, &all, steps, &notices)?;
    Ok(Mutation { mutants: all.into_iter().zip(fates).collect() })
}

/// Reached and possible, of goals of a kind.
#[derive(Default)]
struct Tally {
    reached: usize,
    possible: usize,
    impossible: usize,
    undecided: usize,
}

impl Tally {
    fn percent(&self) -> f64 {
        if self.possible == 0 { 100.0 } else { 100.0 * self.reached as f64 / self.possible as f64 }
    }
}

impl Reached {
    fn tally(&self, counts: impl Fn(GoalKind) -> bool) -> Tally {
        let mut tally = Tally::default();
        for (_, state) in self.goals.iter().filter(|(goal, _)| counts(goal.kind)) {
            match state {
                State::Reached => tally.reached += 1,
                State::Impossible => tally.impossible += 1,
                State::Undecided(_) => tally.undecided += 1,
                State::Missing(_) => {}
            }
            tally.possible += usize::from(!matches!(state, State::Impossible));
        }
        tally
    }

    /// Of everything that can be reached, in percent.
    pub fn percent(&self) -> f64 {
        self.tally(|_| true).percent()
    }

    pub fn is_undecided(&self) -> bool {
        self.goals.iter().any(|(_, state)| matches!(state, State::Undecided(_)))
    }

    pub fn show(&self, policy: &Policy, screen: &mut Screen) {
        let mut table = Table::new(["", "reached", "of", "", "beyond any context"], &[1, 2, 3, 4]);
        table.group("coverage", Style::Bold);
        let kinds: [(&str, &[GoalKind]); 3] = [
            ("rules that apply", &[GoalKind::Applies]),
            ("tests that decide", &[GoalKind::Holds, GoalKind::Fails]),
            ("edges of ranges", &[GoalKind::Edge]),
        ];
        for (name, kinds) in kinds {
            let tally = self.tally(|kind| kinds.contains(&kind));
            let style = if tally.reached == tally.possible { Style::Good } else { Style::Fair };
            table.row([
                (name.to_owned(), Style::Normal),
                (tally.reached.to_string(), style),
                (tally.possible.to_string(), Style::Normal),
                (format!("{:.0} %", tally.percent().floor()), style),
                (tally.impossible.to_string(), Style::Dim),
            ]);
        }
        table.print(screen);
        let missing: Vec<_> = self.missing().collect();
        if missing.is_empty() {
            return;
        }
        screen.line("");
        screen.line(screen.paint("no test shows", Style::Bold));
        for (goal, example) in missing.iter().take(LISTED) {
            let place = goal.span.map(|span| policy.sources().place(span));
            let place = place.map_or_else(String::new, |place| format!("  {}:{}", plain(&place.file), place.line));
            let place = screen.paint(&place, Style::Dim);
            screen.line(format!("  {}{place}", plain(&words(goal))));
            screen.line(format!(
                "    {}: {}",
                plain(&example.expected.entitlement),
                plain(&example.context.to_string())
            ));
        }
        if missing.len() > LISTED {
            screen.line(format!("  and {} more; `--generate FILE` writes all of them", missing.len() - LISTED));
        }
    }

    fn missing(&self) -> impl Iterator<Item = (&Goal, &GoalExample)> {
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
    fn number(&self, is_it: impl Fn(&Fate) -> bool) -> usize {
        self.mutants.iter().filter(|(_, fate)| is_it(fate)).count()
    }

    /// Killed, of those that somebody could notice, in percent.
    pub fn percent(&self) -> f64 {
        let killed = self.number(|fate| *fate == Fate::Killed);
        let possible = self.number(|fate| *fate != Fate::Equivalent);
        if possible == 0 { 100.0 } else { 100.0 * killed as f64 / possible as f64 }
    }

    pub fn is_undecided(&self) -> bool {
        self.mutants.iter().any(|(_, fate)| matches!(fate, Fate::Undecided { .. }))
    }

    pub fn show(&self, screen: &mut Screen) {
        let survivors: Vec<_> = self.survivors().collect();
        if !survivors.is_empty() {
            screen.line(screen.paint("no test notices", Style::Bold));
        }
        for (mutant, context, expected) in survivors.iter().take(LISTED) {
            screen.line(format!("  {}: {}", plain(&mutant.rule), plain(&mutant.change)));
            let outcome = crate::show::outcome_words(expected.outcome);
            let text = format!("{} is {outcome} where {context}", expected.entitlement);
            screen.line(format!("    missing test: {}", plain(&text)));
        }
        if survivors.len() > LISTED {
            screen.line(format!("  and {} more; `--generate FILE` writes all of them", survivors.len() - LISTED));
        }
        let (killed, equivalent) =
            (self.number(|fate| *fate == Fate::Killed), self.number(|fate| *fate == Fate::Equivalent));
        let undecided = self.number(|fate| matches!(fate, Fate::Undecided { .. }));
        let undecided = if undecided > 0 { format!(", {undecided} undecided") } else { String::new() };
        let style = if survivors.is_empty() { Style::Good } else { Style::Fair };
        let score = screen.paint(&format!("{:.1} %", self.percent()), style);
        let all = count(self.mutants.len(), "small change", "small changes");
        screen.line(format!(
            "mutation score {score}: of {all} tests notice {killed}, miss {}, {equivalent} change nothing{undecided}",
            survivors.len()
        ));
    }

    fn survivors(&self) -> impl Iterator<Item = (&Mutant, &Witness, &Shown)> {
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

fn words(goal: &Goal) -> String {
    let Goal { rule, text, .. } = goal;
    match goal.kind {
        GoalKind::Applies => format!("{rule}: it applies"),
        GoalKind::Holds => format!("{rule}: `{text}` decides by holding"),
        GoalKind::Fails => format!("{rule}: `{text}` decides by not holding"),
        GoalKind::Edge => format!("{rule}: `{text}` decides at its very edge"),
    }
}

/// Writes the tests that are missing as a test file, which must not be there yet. Gives their number.
pub(super) fn generate(
    path: &Path,
    reached: Option<&Reached>,
    mutation: Option<&Mutation>,
    screen: &mut Screen,
) -> Result<usize, Failure> {
    let tests: Vec<Missing<'_>> = reached
        .map(Reached::tests)
        .into_iter()
        .flatten()
        .chain(mutation.map(Mutation::tests).into_iter().flatten())
        .collect();
    let mut text = String::from("# Written from the rules: look at each outcome before you keep it.\ntests:\n");
    let mut names = std::collections::BTreeSet::new();
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
    if tests.is_empty() {
        text = "tests: []\n".to_owned();
    }
    if path.as_os_str() == "-" {
        screen.line(text.trim_end());
    } else {
        let mut file = std::fs::File::create_new(path).map_err(|error| Failure::file(path, &error))?;
        std::io::Write::write_all(&mut file, text.as_bytes()).map_err(|error| Failure::file(path, &error))?;
    }
    Ok(tests.len())
}
