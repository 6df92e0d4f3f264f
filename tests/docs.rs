//! What the documents say, held against what the library does: examples load, limits and codes agree, links lead somewhere.
//!
//! It cannot read prose. It reads what stands in blocks, tables and links, so a statement that matters belongs there.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use wardkey::source::Sources;
use wardkey::{Diagnostic, Outcome, Policy, PolicyFiles, eval, suite, syntax};

const DOCUMENTS: &[&str] = &[
    "README.md",
    "CONTRIBUTING.md",
    "docs/language.md",
    "docs/command-line.md",
    "docs/analysis.md",
    "crates/wardkey-cli/findings.md",
    "docs/ci.md",
    "docs/ARCHITECTURE.md",
    "docs/python.md",
    "docs/decisions/0001-language.md",
    "docs/decisions/0002-dependencies.md",
    "policies/hospital/README.md",
];

/// What the tour speaks of, declared.
const TOUR_CATALOGUE: &str = r#"
ward: 1
time_zone: America/Chicago
types:
  place: {tree: places.csv}
attributes:
  role: [Physician, Nurse, Therapist, Administrator]
  network: [clinical, public, home]
  device.managed: bool
  department: [Marketing, IT]
  emergency: {type: bool, from: context, omitted: false}
  employment: [active, terminated]
  ward: {type: place, inner: itself}
  location: {type: place, from: context}
parameters:
  approver: text
  term: duration
  audit: {one of: [normal, high], combine: most}
  queue: text
  reauth: {type: duration, combine: least}
tags:
  phi: bool
entitlements:
  Intranet: {phi: false}
  EHR: {phi: true}
  "Secure Messaging": {phi: true}
  Marketo: {phi: false}
  "Follow-me print": {phi: false}
resources:
  patient_record: {phi: true, actions: [read, write], attributes: {ward: {type: place, inner: itself}}}
"#;

/// The tables that the examples name.
const PLACES: &str = "node,parent,printer\nhospital,,\nfloor_4,hospital,PRN-4\nward_4,floor_4,\nicu,hospital,PRN-ICU\n\
                      lobby,hospital,\ncafeteria,hospital,\n";
const TOPICS: &str =
    "node,parent\ndiabetes,\npregnancy,\ngestational_diabetes,diabetes\ngestational_diabetes,pregnancy\n";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn document(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A block of a document: its language, empty where it is indented, and its text.
struct Block {
    language: String,
    line: usize,
    text: String,
}

/// Fenced and indented blocks, in order.
fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut lines = text.lines().enumerate().peekable();
    while let Some((at, line)) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let inside = lines.by_ref().map(|(_, line)| line).take_while(|line| !line.starts_with("```"));
            let text = inside.map(|line| format!("{line}\n")).collect();
            blocks.push(Block { language: language.to_owned(), line: at + 1, text });
        } else if let Some(first) = line.strip_prefix("    ") {
            let mut text = format!("{first}\n");
            while let Some((_, line)) = lines.next_if(|(_, line)| line.is_empty() || line.starts_with("    ")) {
                text.push_str(line.strip_prefix("    ").unwrap_or(""));
                text.push('\n');
            }
            blocks.push(Block { language: String::new(), line: at + 1, text });
        }
    }
    blocks
}

/// The text between a heading and the next of its level.
fn section<'t>(text: &'t str, heading: &str) -> &'t str {
    let start = text.find(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no `{heading}`"));
    let body = &text[start + heading.len() + 2..];
    body.find("\n## ").map_or(body, |end| &body[..end])
}

fn the_block(text: &str, heading: &str, language: &str) -> String {
    let found = blocks(section(text, heading)).into_iter().find(|block| block.language == language);
    found.unwrap_or_else(|| panic!("no `{language}` block below `{heading}`")).text
}

#[test]
fn every_example_of_rules_can_be_read() {
    let mut read = 0;
    for name in ["README.md", "docs/language.md"] {
        // `[` begins the form of a rule, which is no rule
        let rules = blocks(&document(name)).into_iter();
        for block in rules.filter(|block| block.language.is_empty() && !block.text.starts_with('[')) {
            let mut problems = Vec::new();
            let mut sources = Sources::default();
            let id = sources.add_rules(name, block.text.as_str());
            let items = syntax::parse_file(id, &block.text, &mut problems);
            let shown: Vec<_> =
                problems.iter().map(|problem| wardkey::diagnostic::render(problem, &sources, false)).collect();
            assert!(shown.is_empty(), "{name}, line {}:\n{}", block.line, shown.join("\n"));
            assert!(!items.is_empty(), "{name}, line {}: no rule", block.line);
            read += 1;
        }
    }
    assert!(read >= 4, "only {read} examples: were they found?");
}

fn tour() -> Policy {
    let rules = the_block(&document("docs/language.md"), "## A tour", "");
    let files = PolicyFiles::new().rules("tour.ward", rules).catalogue("catalogue.yaml", TOUR_CATALOGUE);
    files.table("places.csv", PLACES).load().unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_tour_is_a_policy() {
    let policy = tour();
    assert!(policy.diagnostics().iter().all(|problem| !problem.is_error()));
    let context = policy.context().set("role", "Physician").set("emergency", true).set("employment", "active");
    let context = context.set("network", "public").build().expect("a context");
    let decision = policy.decide_named(&context, "EHR").expect("the entitlement");
    assert_eq!(decision.outcome(), Outcome::Allowed);
    assert_eq!(&*decision.rules()[0].rule.id, "break_glass");
}

#[test]
fn the_first_line_of_the_readme_is_a_whole_policy() {
    let all = blocks(&document("README.md"));
    let first = all.iter().find(|block| block.language.is_empty()).expect("a rule");
    let policy = Policy::parse(&first.text).unwrap_or_else(|error| panic!("{error}"));
    assert!(policy.entitlement("iTunes").is_ok());
}

#[test]
fn the_catalogue_example_loads() {
    let catalogue = the_block(&document("docs/language.md"), "## The catalogue", "yaml");
    let files =
        PolicyFiles::new().rules("rules.ward", "role = Nurse -> allow EHR").catalogue("catalogue.yaml", catalogue);
    let files = files.table("places.csv", PLACES).table("topics.csv", TOPICS);
    let policy = files.load().unwrap_or_else(|error| panic!("{error}"));
    assert!(policy.diagnostics().is_empty(), "{:?}", policy.diagnostics());
}

#[test]
fn the_examples_of_tests_are_read_and_hold() {
    let rules = "quiet_bedside: role = Sales and location in care_area -> deny iTunes\nrole = Sales -> allow iTunes";
    let catalogue = "ward: 1\ntypes: {place: {tree: {campus: [{care_area: [icu]}, lobby, cafeteria]}}}\n\
                     attributes: {role: [Sales], location: place}\nentitlements: [iTunes]";
    let policy = PolicyFiles::new().rules("rules.ward", rules).catalogue("catalogue.yaml", catalogue).load();
    let policy = policy.unwrap_or_else(|error| panic!("{error}"));
    let suite = suite_of(&the_block(&document("docs/language.md"), "## Policy tests", "yaml"));
    assert_eq!(suite.check(&policy), Vec::<Diagnostic>::new());
    assert_eq!(suite.run(&policy).passed(), 2);
    suite_of(&the_block(&document("docs/command-line.md"), "## Policy tests", "yaml"));
}

/// A suite, read without a problem.
fn suite_of(text: &str) -> suite::Suite {
    let (mut sources, mut problems) = (Sources::default(), Vec::new());
    let id = sources.add("example.test.yaml", text);
    let suite = suite::read(id, text, &mut problems);
    assert_eq!(problems, []);
    suite.expect("tests")
}

#[test]
fn a_message_in_the_readme_is_what_is_shown() {
    let readme = document("README.md");
    let all = blocks(&readme);
    let shown = all.iter().find(|block| block.text.contains("error[WK")).expect("an example of a message");
    let rules = "role=Sales and location=care_area or network=guest -> deny iTunes\n";
    let error = PolicyFiles::new().rules("quiet.ward", rules).load().expect_err("a mistake");
    let (_, message) = shown.text.split_once('\n').expect("a command and what it shows");
    assert!(shown.text.contains(rules.trim()), "{}", shown.text);
    assert_eq!(message.trim_end(), error.to_string().trim_end());
}

#[test]
fn what_the_readme_shows_of_an_explanation_is_so() {
    let readme = document("README.md");
    let all = blocks(&readme);
    let shown =
        all.iter().find(|block| block.text.starts_with("$ wardkey explain")).expect("an explanation").text.clone();
    let policy = Policy::load(root().join("policies/hospital")).unwrap_or_else(|error| panic!("{error}"));
    let context = policy.context().json(document("examples/sales_rep.json")).build().expect("a context");
    let decision = policy.decide_named(&context, "iTunes").expect("the entitlement");
    assert!(shown.contains(&format!("iTunes: {}", decision.outcome())), "{shown}");
    for rule in decision.rules().iter().chain(&decision.outranked()) {
        assert!(!rule.rule.is_named || shown.contains(&*rule.rule.id), "{shown}");
    }
    for text in decision.because(Some("es")) {
        assert!(shown.contains(text), "{text}");
    }
}

#[test]
fn the_table_of_limits_agrees_with_the_constants() {
    let language = document("docs/language.md");
    let table = section(&language, "## Limits");
    let mib = |bytes: usize| format!("{} MiB", bytes >> 20);
    let kib = |bytes: usize| format!("{} KiB", bytes >> 10);
    assert_eq!(syntax::limits::LIST_ENTRIES, 10_000);
    let rows = [
        ("one file", mib(syntax::limits::FILE_BYTES)),
        ("one item", kib(syntax::limits::ITEM_BYTES)),
        ("nesting of parentheses", syntax::limits::NESTING.to_string()),
        ("`not` inside one another", syntax::limits::NESTING.to_string()),
        ("one quoted text", kib(syntax::limits::TEXT_BYTES)),
        ("entries of a list", "10,000".to_owned()),
        ("a context as JSON", mib(eval::limits::JSON_BYTES)),
        ("objects within objects of a context", eval::limits::DEPTH.to_string()),
        ("elements of a set, or of `approved`", "10,000".to_owned()),
        ("attributes of a context, names of attributes", "100,000, 1,024 bytes each".to_owned()),
    ];
    assert_eq!((eval::limits::ELEMENTS, eval::limits::ATTRIBUTES, eval::limits::NAME_BYTES), (10_000, 100_000, 1_024));
    for (what, limit) in rows {
        assert!(table.contains(&format!("| {what} | {limit} |")), "{what}: {limit}");
    }
    // those that only their module sees
    let rows = [
        ("10,000 files", "src/load/folder.rs", "MOST_FILES: usize = 10_000;"),
        ("512 MiB", "src/load/folder.rs", "MOST_BYTES: usize = 512 << 20;"),
        ("32 folders deep", "src/load/folder.rs", "DEEPEST: usize = 32;"),
        ("1,000,000, 64 deep", "src/model/catalogue_file/hierarchies.rs", "MAX_LEVELS: usize = 64;"),
        ("1,000,000, 64 deep", "src/model/yaml.rs", "MAX_NODES: usize = 1_000_000;"),
        ("| 1,000,000 |", "src/model/resolve/lets.rs", "MOST_PARTS: u64 = 1_000_000;"),
        ("67,108,864 terms", "src/compile/limits.rs", "BITS: usize = 1 << 26;"),
        ("1,024 MiB of rows", "src/compile/limits.rs", "WORDS: usize = 1 << 27;"),
        ("9 decimal places", "src/model/number.rs", "PLACES: usize = 9;"),
        ("| 200, then a count |", "src/load.rs", "MOST_PROBLEMS: usize = 200;"),
        ("| 400 days |", "src/eval/validity.rs", "from_hours(400 * 24)"),
    ];
    for (limit, file, constant) in rows {
        assert!(table.contains(limit), "no `{limit}` in the table");
        assert!(document(file).contains(constant), "{limit}: no `{constant}` in {file}");
    }
}

#[test]
fn every_range_of_codes_is_there_and_every_code_has_a_range() {
    let language = document("docs/language.md");
    let named: BTreeSet<char> = language
        .match_indices("`WK")
        .filter(|(at, _)| language[at + 4..].starts_with("xx`"))
        .map(|(at, _)| char_at(&language, at + 3))
        .collect();
    let there: BTreeSet<char> = wardkey::codes().iter().map(|code| char_at(code.id, 2)).collect();
    assert_eq!(named, there);
    for name in DOCUMENTS {
        let text = document(name);
        for (at, _) in text.match_indices("WK") {
            let code: String = text[at..].chars().take(5).collect();
            let is_code = code.len() == 5 && code[2..].bytes().all(|byte| byte.is_ascii_digit());
            assert!(!is_code || wardkey::codes().iter().any(|known| known.id == code), "{name}: {code}");
        }
    }
}

fn char_at(text: &str, at: usize) -> char {
    text[at..].chars().next().expect("a character")
}

#[test]
fn the_example_of_a_decision_has_the_keys_of_one() {
    let example = the_block(&document("docs/command-line.md"), "## JSON", "json");
    let example: serde_json::Value = serde_json::from_str(&example).expect("JSON");
    let policy = tour();
    let context = policy.context().build().expect("a context");
    let record = policy.decide_named(&context, "EHR").expect("the entitlement").record(None);
    let keys = |json: &serde_json::Value| json.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&example["decisions"][0]), keys(&serde_json::to_value(record).expect("JSON")));
    for schema in ["decisions", "evaluation", "explanation", "diagnostics", "tests", "test-file"] {
        let text = document(&format!("docs/schema/{schema}.schema.json"));
        serde_json::from_str::<serde_json::Value>(&text).unwrap_or_else(|error| panic!("{schema}: {error}"));
    }
}

#[test]
fn the_files_of_the_readme_exist_and_it_is_short() {
    let readme = document("README.md");
    assert!(readme.lines().count() <= 130, "{} lines", readme.lines().count());
    let mut found = 0;
    for block in blocks(&readme).iter().filter(|block| block.language == "sh" || block.text.starts_with('$')) {
        for word in block.text.lines().next().unwrap_or("").split_whitespace().filter(|word| word.contains('/')) {
            assert!(root().join(word).exists(), "{word}");
            found += 1;
        }
    }
    assert!(found >= 3, "only {found} files: were they found?");
}

#[test]
fn links_lead_somewhere() {
    let mut followed = 0;
    for name in DOCUMENTS {
        let text = document(name);
        for link in links(&text).filter(|link| !link.contains("://")) {
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let here = root().join(name);
            let target = if path.is_empty() { here } else { here.parent().unwrap_or(Path::new("")).join(path) };
            assert!(target.exists(), "{name}: {link}");
            if !anchor.is_empty() {
                let there = fs::read_to_string(&target).expect("a document");
                let is_there = there.lines().filter(|line| line.starts_with('#')).any(|line| slug(line) == anchor);
                assert!(is_there, "{name}: {link}");
            }
            followed += 1;
        }
    }
    assert!(followed > 20, "only {followed} links: were they found?");
}

/// Targets of `[text](target)`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("](").filter_map(|(at, _)| text[at + 2..].split_once(')').map(|(link, _)| link))
}

/// A heading's anchor: small letters, blanks as `-`.
fn slug(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase();
    words
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}
