//! From the text of a test file to a [`Suite`]: every problem of form at once, each with its place.

use super::values::{Given, Values, is_null};
use super::{Case, Expectation, Stated, Suite, Test, Until, Word, codes};
use crate::diagnostic::{Code, Diagnostic};
use crate::eval::Outcome;
use crate::model::name::fold;
use crate::model::read::shown;
use crate::model::yaml::{self, Entry, Kind, Node};
use crate::source::{SourceId, Span};
use indexmap::IndexMap;
use jiff::Timestamp;
use std::collections::HashMap;

/// Reads a test file. All problems go to `diagnostics`; none is given back if one of them is an error.
///
/// Cost: linear in the text, save for `like`, which copies a context.
pub fn read(source: SourceId, text: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<Suite> {
    let mut reader = Reader { file: text, problems: Vec::new() };
    let suite = match yaml::read(source, text, &mut reader.problems) {
        Some(Node { kind: Kind::Empty, span }) => {
            reader.no_tests(span);
            None
        }
        Some(root) => reader.file(&root),
        None => None,
    };
    let is_refused = reader.problems.iter().any(Diagnostic::is_error);
    diagnostics.append(&mut reader.problems);
    suite.filter(|_| !is_refused)
}

struct Reader<'f> {
    /// The text of the file.
    file: &'f str,
    problems: Vec<Diagnostic>,
}

/// A context as written, before `like` is followed.
struct Written<'y> {
    span: Span,
    like: Option<&'y Node>,
    values: Values,
}

/// Contexts by name, `like` followed; and which of them somebody used.
struct Contexts {
    ready: IndexMap<String, Values>,
    spans: HashMap<String, Span>,
    used: std::collections::HashSet<String>,
}

const FILE_KEYS: &[&str] = &["now", "contexts", "tests", "properties"];
const TEST_KEYS: &[&str] = &["name", "context", "with", "now", "expect"];
const EXPECT_KEYS: &[&str] = &["outcome", "rules", "parameters", "missing", "because", "valid_until"];
const OUTCOMES: &[&str] = &["allowed", "offered", "denied", "not_granted"];

impl Reader<'_> {
    fn error(&mut self, code: Code, span: Span, message: impl Into<String>) -> &mut Diagnostic {
        let at = self.problems.len();
        self.problems.push(Diagnostic::error(code, span, message));
        &mut self.problems[at]
    }

    fn error_with_help(&mut self, code: Code, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.problems.push(Diagnostic::error(code, span, message).help(help));
    }

    fn no_tests(&mut self, span: Span) {
        let help = "write `tests:` with a list of tests, each with `name`, `context` and `expect`";
        self.problems.push(Diagnostic::warning(codes::NO_TESTS, span, "this file holds no tests").help(help));
    }

    fn file(&mut self, root: &Node) -> Option<Suite> {
        let entries = self.map(root, "a test file")?;
        self.unknown_keys(entries, FILE_KEYS, "a test file");
        let now = get(entries, "now").and_then(|node| self.now(node));
        let contexts = get(entries, "contexts").and_then(|node| self.map(node, "`contexts`")).unwrap_or_default();
        let mut contexts = self.contexts(contexts);
        let tests = match get(entries, "tests") {
            Some(node) => self.list(node, "`tests`").unwrap_or_default(),
            None => &[],
        };
        let properties = self.properties(get(entries, "properties"));
        if tests.is_empty() && properties.is_empty() {
            self.no_tests(root.span);
        }
        let tests: Vec<(Test, Span)> =
            tests.iter().filter_map(|test| self.test(test, &mut contexts, now.as_ref())).collect();
        self.same_names(&tests);
        self.unused(&contexts);
        Some(Suite { tests: tests.into_iter().map(|(test, _)| test).collect(), properties })
    }

    /// Sentences, each alone or as the one value of its name.
    fn properties(&mut self, node: Option<&Node>) -> Vec<Stated> {
        let items = node.and_then(|node| self.list(node, "`properties`")).unwrap_or_default();
        let mut stated = Vec::new();
        for item in items {
            let (name, sentence) = match &item.kind {
                Kind::Map(entries) => match entries.as_slice() {
                    [only] => (Some(only.key.clone()), &only.value),
                    _ => (None, item),
                },
                _ => (None, item),
            };
            if let Some(text) = self.text(sentence, "a property", "a sentence, such as `never EHR allowed when ..`") {
                let span = yaml::literal_span(self.file, sentence.span, text);
                let sentence = Word { text: text.to_owned(), span };
                stated.push(Stated { name, sentence });
            }
        }
        stated
    }

    /// Names are how people speak of tests, so no two are alike.
    fn same_names(&mut self, tests: &[(Test, Span)]) {
        let mut seen: HashMap<String, Span> = HashMap::new();
        for (test, span) in tests.iter().filter(|(test, _)| !test.name.is_empty()) {
            if let Some(first) = seen.insert(fold(&test.name), *span) {
                let message = format!("two tests are named `{}`", test.name);
                let problem = Diagnostic::error(codes::DUPLICATE_TEST, *span, message).label(first, "first here");
                self.problems.push(problem.help("give each test its own name"));
            }
        }
    }

    fn unused(&mut self, contexts: &Contexts) {
        for name in contexts.ready.keys().filter(|name| !contexts.used.contains(*name)) {
            let Some(&span) = contexts.spans.get(name) else { continue };
            let message = format!("the context `{name}` is used by no test");
            self.problems.push(Diagnostic::warning(codes::UNUSED_CONTEXT, span, message));
        }
    }

    fn contexts(&mut self, entries: &[Entry]) -> Contexts {
        let mut written: IndexMap<&str, Written<'_>> = IndexMap::new();
        for entry in entries {
            if let Some(context) = self.written(&entry.value, entry.key_span) {
                written.insert(&entry.key, context);
            }
        }
        let spans = written.iter().map(|(name, context)| ((*name).to_owned(), context.span)).collect();
        let mut contexts = Contexts { ready: IndexMap::new(), spans, used: std::collections::HashSet::new() };
        for name in written.keys() {
            self.follow(name, &written, &mut contexts);
        }
        contexts
    }

    fn written<'y>(&mut self, node: &'y Node, span: Span) -> Option<Written<'y>> {
        if is_null(node) {
            return Some(Written { span, like: None, values: Values::default() });
        }
        let entries = self.map(node, "a context")?;
        let own: Vec<Entry> = entries.iter().filter(|entry| entry.key != "like").cloned().collect();
        Some(Written { span, like: get(entries, "like"), values: Values::flatten(&own, &mut self.problems) })
    }

    /// Walks from a context along `like` to one that is ready or stands alone, then back, merging.
    fn follow(&mut self, name: &str, written: &IndexMap<&str, Written<'_>>, contexts: &mut Contexts) {
        let mut path: Vec<&str> = Vec::new();
        let mut next = written.get_key_value(name);
        while let Some((name, context)) = next.filter(|(name, _)| !contexts.ready.contains_key(**name)) {
            if let Some(from) = path.iter().position(|seen| seen == name) {
                self.circle(&path[from..], written);
                break;
            }
            path.push(name);
            next = context.like.and_then(|like| self.like(like, written, contexts));
        }
        for name in path.into_iter().rev() {
            let Some(context) = written.get(name) else { continue };
            let base = context.like.and_then(Node::text).and_then(|like| contexts.ready.get(like));
            let mut values = base.cloned().unwrap_or_default();
            values.override_with(&context.values);
            contexts.ready.insert(name.to_owned(), values);
        }
    }

    fn like<'w, 'y>(
        &mut self,
        like: &Node,
        written: &'w IndexMap<&'y str, Written<'y>>,
        contexts: &mut Contexts,
    ) -> Option<(&'w &'y str, &'w Written<'y>)> {
        let name = self.text(like, "`like`", "the name of a context")?;
        contexts.used.insert(name.to_owned());
        let found = written.get_key_value(name);
        if found.is_none() {
            self.unknown_context(name, like.span, written.keys().copied());
        }
        found
    }

    fn circle(&mut self, names: &[&str], written: &IndexMap<&str, Written<'_>>) {
        let Some(first) = names.first().and_then(|name| written.get(name)) else { return };
        let way: Vec<String> = names.iter().chain(names.first()).map(|name| format!("`{name}`")).collect();
        let message = format!("these contexts are made from each other in a circle: {}", way.join(" like "));
        let problem = self.error(codes::LIKE_CYCLE, first.like.map_or(first.span, |like| like.span), message);
        problem.help.push("give one of them its values without `like`".to_owned());
    }

    fn unknown_context<'n>(&mut self, name: &str, span: Span, known: impl Iterator<Item = &'n str>) {
        let help = did_you_mean(name, known).unwrap_or_else(|| "declare it under `contexts:`".to_owned());
        self.error_with_help(codes::UNKNOWN_CONTEXT, span, format!("there is no context `{name}`"), help);
    }

    fn test(&mut self, node: &Node, contexts: &mut Contexts, now: Option<&Given>) -> Option<(Test, Span)> {
        let entries = self.map(node, "a test")?;
        self.unknown_keys(entries, TEST_KEYS, "a test");
        let name = match get(entries, "name") {
            Some(name) => self.text(name, "`name`", "a text").unwrap_or("").to_owned(),
            None => {
                let help = "begin the test with `- name: what it shows`";
                self.error_with_help(codes::MISSING_KEY, head(node), "this test has no `name`", help);
                String::new()
            }
        };
        let own = self.overrides(entries);
        let mut cases = self.cases(node, entries, contexts);
        for case in &mut cases {
            case.values.override_with(&own);
            if let Some(now) = now {
                case.values.default_to("now", now);
            }
        }
        let expect = self.expectations(node, entries);
        let span = get(entries, "name").map_or(node.span, |name| name.span);
        Some((Test { name, contexts: cases, expect }, span))
    }

    /// What `with` and `now` of a test say.
    fn overrides(&mut self, entries: &[Entry]) -> Values {
        let mut own = Values::default();
        if let Some(with) = get(entries, "with").filter(|node| !is_null(node))
            && let Some(with) = self.map(with, "`with`")
        {
            own = Values::flatten(with, &mut self.problems);
        }
        if let Some(now) = get(entries, "now").and_then(|node| self.now(node)) {
            let span = now.span;
            if let Some(other) = own.insert(now) {
                let problem = self.error(codes::ATTRIBUTE_TWICE, other.span, "`now` is given twice");
                problem.labels.push(crate::diagnostic::Label { span, message: "here, too".to_owned() });
            }
        }
        own
    }

    /// One case for each context that the test names.
    fn cases(&mut self, test: &Node, entries: &[Entry], contexts: &mut Contexts) -> Vec<Case> {
        let Some(node) = get(entries, "context") else {
            if get(entries, "with").is_none() {
                let help = "add `context:` with the name of a context, or with the values themselves: `{role: Nurse}`";
                self.error_with_help(codes::MISSING_KEY, head(test), "this test has no `context`", help);
            }
            return vec![Case { name: None, span: head(test), values: Values::default() }];
        };
        match &node.kind {
            Kind::Text(name) => self.named(&name.text, node.span, contexts).into_iter().collect(),
            Kind::List(items) => items.iter().filter_map(|item| self.listed(item, contexts)).collect(),
            Kind::Map(_) => self.inline(node, contexts).into_iter().collect(),
            Kind::Broken => Vec::new(),
            Kind::Empty => {
                let message = "`context` is empty";
                let help = "give the name of a context, or the values themselves: `{role: Nurse}`";
                self.error_with_help(codes::WRONG_SHAPE, node.span, message, help);
                Vec::new()
            }
        }
    }

    fn listed(&mut self, item: &Node, contexts: &mut Contexts) -> Option<Case> {
        match &item.kind {
            Kind::Map(_) => self.inline(item, contexts),
            _ => {
                let name = self.text(item, "an entry of `context`", "the name of a context")?.to_owned();
                self.named(&name, item.span, contexts)
            }
        }
    }

    fn named(&mut self, name: &str, span: Span, contexts: &mut Contexts) -> Option<Case> {
        let Some(values) = contexts.ready.get(name) else {
            // a context that is there but could not be read was reported already
            if !contexts.spans.contains_key(name) {
                let known: Vec<String> = contexts.ready.keys().cloned().collect();
                self.unknown_context(name, span, known.iter().map(String::as_str));
            }
            return None;
        };
        contexts.used.insert(name.to_owned());
        Some(Case { name: Some(name.to_owned()), span, values: values.clone() })
    }

    fn inline(&mut self, node: &Node, contexts: &mut Contexts) -> Option<Case> {
        let written = self.written(node, node.span)?;
        let mut values = Values::default();
        if let Some(like) = written.like
            && let Some(name) = self.text(like, "`like`", "the name of a context")
            && let Some(base) = self.named(name, like.span, contexts)
        {
            values = base.values;
        }
        values.override_with(&written.values);
        Some(Case { name: None, span: node.span, values })
    }

    fn expectations(&mut self, test: &Node, entries: &[Entry]) -> Vec<Expectation> {
        let help = "add `expect:` with a line for each entitlement, such as `EHR: allowed`";
        let Some(node) = get(entries, "expect") else {
            self.error_with_help(codes::MISSING_KEY, head(test), "this test has no `expect`", help);
            return Vec::new();
        };
        if is_null(node) {
            self.error_with_help(codes::MISSING_KEY, head(test), "`expect` of this test is empty", help);
            return Vec::new();
        }
        let Some(entries) = self.map(node, "`expect`") else { return Vec::new() };
        entries.iter().filter_map(|entry| self.expectation(entry)).collect()
    }

    fn expectation(&mut self, entry: &Entry) -> Option<Expectation> {
        let entitlement = Word { text: entry.key.clone(), span: entry.key_span };
        let mut expectation = Expectation {
            entitlement,
            outcome: None,
            rules: None,
            parameters: Vec::new(),
            missing: None,
            because: None,
            valid_until: None,
        };
        if let Kind::Text(..) = entry.value.kind {
            expectation.outcome = self.outcome(&entry.value);
            return Some(expectation);
        }
        if is_broken(&entry.value) {
            return None;
        }
        let Kind::Map(parts) = &entry.value.kind else {
            let message = format!("an outcome is expected for `{}`, not {}", entry.key, describe(&entry.value));
            let help = format!("write `{}: allowed`, or one of: {}", entry.key, OUTCOMES.join(", "));
            let span = if is_null(&entry.value) { entry.key_span } else { entry.value.span };
            self.error_with_help(codes::WRONG_SHAPE, span, message, help);
            return None;
        };
        self.unknown_keys(parts, EXPECT_KEYS, "an expectation");
        if parts.is_empty() {
            let message = format!("nothing is expected of `{}`", entry.key);
            let help = format!("write `{}: allowed`, or one of: {}", entry.key, OUTCOMES.join(", "));
            self.error_with_help(codes::MISSING_KEY, entry.key_span, message, help);
        }
        for part in parts {
            self.part(part, &mut expectation);
        }
        Some(expectation)
    }

    fn part(&mut self, part: &Entry, into: &mut Expectation) {
        let node = &part.value;
        match part.key.as_str() {
            "outcome" => into.outcome = self.outcome(node),
            "rules" => into.rules = self.words(node, "`rules`"),
            "missing" => into.missing = self.words(node, "`missing`"),
            "because" => into.because = self.words(node, "`because`"),
            "parameters" => into.parameters = self.parameters(node),
            "valid_until" => into.valid_until = self.until(node),
            _ => {}
        }
    }

    fn outcome(&mut self, node: &Node) -> Option<Outcome> {
        let text = self.text(node, "an outcome", "a word")?;
        let outcome = match text {
            "allowed" => Outcome::Allowed,
            "offered" => Outcome::Offered,
            "denied" => Outcome::Denied,
            "not_granted" => Outcome::NotGranted,
            _ => {
                let help = match text.to_lowercase().as_str() {
                    "allow" | "yes" | "true" | "granted" | "permit" => "write `allowed`".to_owned(),
                    "deny" | "false" | "forbidden" => "write `denied`".to_owned(),
                    "offer" => "write `offered`".to_owned(),
                    "no" | "none" | "not granted" | "not-granted" | "nothing" => {
                        "write `not_granted` where no rule gives it, `denied` where a rule takes it away".to_owned()
                    }
                    _ => did_you_mean(text, OUTCOMES.iter().copied())
                        .unwrap_or_else(|| format!("the outcomes are: {}", OUTCOMES.join(", "))),
                };
                self.error_with_help(codes::UNKNOWN_OUTCOME, node.span, format!("`{text}` is no outcome"), help);
                return None;
            }
        };
        Some(outcome)
    }

    fn parameters(&mut self, node: &Node) -> Vec<(Word, Option<Vec<Word>>)> {
        let Some(entries) = self.map(node, "`parameters`") else { return Vec::new() };
        let mut parameters = Vec::new();
        for entry in entries {
            let name = Word { text: entry.key.clone(), span: entry.key_span };
            if is_null(&entry.value) {
                parameters.push((name, None));
            } else if let Some(values) = self.words(&entry.value, "the value of a parameter") {
                parameters.push((name, Some(values)));
            }
        }
        parameters
    }

    fn until(&mut self, node: &Node) -> Option<Until> {
        let text = self.text(node, "`valid_until`", "a date-time, `never` or `unknown`")?;
        match text {
            "never" => Some(Until::Never),
            "unknown" => Some(Until::Unknown),
            _ => self.instant(text, node.span).map(Until::Instant),
        }
    }

    fn now(&mut self, node: &Node) -> Option<Given> {
        let text = self.text(node, "`now`", "a date-time")?;
        self.instant(text, node.span)?;
        Some(Given { name: "now".to_owned(), span: node.span, value: node.clone() })
    }

    fn instant(&mut self, text: &str, span: Span) -> Option<Timestamp> {
        let instant = text.parse().ok();
        if instant.is_none() {
            let message = format!("`{text}` is no date-time with an offset");
            let help = "write date, time and offset: `2026-11-23T10:00:00-06:00`";
            self.error_with_help(codes::BAD_INSTANT, span, message, help);
        }
        instant
    }

    /// A text, or a list of texts.
    fn words(&mut self, node: &Node, what: &str) -> Option<Vec<Word>> {
        match &node.kind {
            Kind::List(items) => {
                let entry = format!("an entry of {what}");
                Some(items.iter().filter_map(|item| self.word(item, &entry)).collect())
            }
            _ => Some(vec![self.word(node, what)?]),
        }
    }

    fn word(&mut self, node: &Node, what: &str) -> Option<Word> {
        let text = self.text(node, what, "a word or a text")?.to_owned();
        Some(Word { text, span: node.span })
    }

    fn text<'n>(&mut self, node: &'n Node, what: &str, form: &str) -> Option<&'n str> {
        if node.text().is_none() && !is_broken(node) {
            self.error(codes::WRONG_SHAPE, node.span, format!("{what} is {form}, not {}", describe(node)));
        }
        node.text()
    }

    fn map<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [Entry]> {
        if let Kind::Map(entries) = &node.kind {
            return Some(entries);
        }
        if is_broken(node) {
            return None;
        }
        let message = format!("{what} is a table of keys and values, not {}", describe(node));
        self.error_with_help(codes::WRONG_SHAPE, node.span, message, "write lines of the form `key: value`");
        None
    }

    fn list<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [Node]> {
        if let Kind::List(items) = &node.kind {
            return Some(items);
        }
        if is_null(node) || is_broken(node) {
            return Some(&[]);
        }
        let message = format!("{what} is a list, not {}", describe(node));
        self.error_with_help(codes::WRONG_SHAPE, node.span, message, "begin each entry with a dash: `- name: …`");
        None
    }

    fn unknown_keys(&mut self, entries: &[Entry], known: &[&str], what: &str) {
        for entry in entries.iter().filter(|entry| !known.contains(&entry.key.as_str())) {
            let message = format!("{what} has no key `{}`", entry.key);
            let help = did_you_mean(&entry.key, known.iter().copied())
                .unwrap_or_else(|| format!("the keys are: {}", known.join(", ")));
            self.error_with_help(codes::UNKNOWN_KEY, entry.key_span, message, help);
        }
    }
}

fn get<'e>(entries: &'e [Entry], key: &str) -> Option<&'e Node> {
    entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
}

/// What cannot be used was reported by whoever broke it.
fn is_broken(node: &Node) -> bool {
    matches!(node.kind, Kind::Broken)
}

/// What stands there, for messages.
fn describe(node: &Node) -> String {
    match node.text() {
        _ if is_null(node) => "nothing".to_owned(),
        Some(text) => shown(text),
        None if matches!(node.kind, Kind::Map(_)) => "a table of keys and values".to_owned(),
        None => node.describe().to_owned(),
    }
}

/// Where a table begins: its first key.
fn head(node: &Node) -> Span {
    match &node.kind {
        Kind::Map(entries) => entries.first().map_or(node.span, |entry| entry.key_span),
        _ => node.span,
    }
}

/// A help line with the nearest of the known words, if one is near.
pub(super) fn did_you_mean<'n>(word: &str, known: impl Iterator<Item = &'n str>) -> Option<String> {
    crate::model::read::did_you_mean(word, known).map(|name| format!("did you mean `{name}`?"))
}
