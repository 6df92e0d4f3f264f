//! What holds for every text: what is printed is read back, layout and comments change nothing, nothing panics.

#![allow(clippy::expect_used, clippy::panic)]

use super::ast::{
    Comparison, Condition, ConditionKind, Effect, EffectKind, HasHow, Item, Let, Literal, Member, Members, Name,
    Operand, Operator, Parameter, ParameterValue, Path, PatternKind, Rule, State, Targets,
};
use super::erase::erase;
use super::shape::shape;
use super::tokens::{is_glued, tokens};
use super::{format, parse_condition, parse_file, print_condition, print_item};
use crate::diagnostic::{Diagnostic, render};
use crate::source::{SourceId, Sources, Span};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

fn source() -> SourceId {
    Sources::default().add("test.ward", "")
}

fn nowhere() -> Span {
    Span::new(source(), 0, 0)
}

fn name(text: &str, quoted: bool) -> Name {
    Name { text: text.to_owned(), quoted, span: nowhere() }
}

/// Plain words, among them those that mean something in other places.
const WORDS: [&str; 24] = [
    "role",
    "Sales",
    "location",
    "in-patient",
    "Größe",
    "отдел",
    "_x",
    "n3",
    "ward_4",
    "any",
    "none",
    "only",
    "on",
    "at",
    "within",
    "exactly",
    "empty",
    "known",
    "starts",
    "ends",
    "contains",
    "matches",
    "trialled",
    "orders",
];
const TEXTS: [&str; 10] =
    ["Secure Messaging", "R&D", "or", "say \"hi\"", "a.b", "\\\\print01\\4W", "# no comment", "-> (", "日本語", "x"];
const LITERALS: [&str; 18] = [
    "5",
    "-5",
    "1.5",
    "20%",
    "90d",
    "15min",
    "07:00",
    "2026-01-05",
    "2026-01-05T07:00",
    "2026-01-05T07:00:30-06:00",
    "10.4.0.1",
    "10.4.0.0/16",
    "fe80::1",
    "::1",
    "17.2.0",
    "2.0.0-rc.1",
    "true",
    "false",
];
const RANGES: [(&str, &str); 6] = [
    ("18", "65"),
    ("-5", "1.5"),
    ("07:00", "19:00"),
    ("22:00", "06:00"),
    ("18:00", "24:00"),
    ("2026-01-05", "2026-02-01"),
];

fn a_name() -> impl Strategy<Value = Name> {
    prop_oneof![4 => select(&WORDS[..]).prop_map(|text| name(text, false)), 1 => select(&TEXTS[..]).prop_map(|text| name(text, true))]
}

fn a_path() -> impl Strategy<Value = Path> {
    let one = a_name().prop_map(|name| vec![name]);
    prop_oneof![4 => one, 1 => vec(a_name(), 2..4)].prop_map(|segments| Path { segments, span: nowhere() })
}

fn literal(text: &str) -> Literal {
    let shape =
        if matches!(text, "true" | "false") { super::ast::Shape::Bool } else { shape(text).expect("a literal") };
    Literal { text: text.to_owned(), shape, span: nowhere() }
}

fn an_operand() -> impl Strategy<Value = Operand> {
    prop_oneof![
        4 => a_path().prop_map(Operand::Path),
        3 => select(&LITERALS[..]).prop_map(|text| Operand::Literal(literal(text))),
        1 => select(&TEXTS[..]).prop_map(|text| Operand::Exactly(name(text, true))),
    ]
}

fn a_range() -> impl Strategy<Value = (Operand, Operand)> {
    let literals =
        select(&RANGES[..]).prop_map(|(low, high)| (Operand::Literal(literal(low)), Operand::Literal(literal(high))));
    prop_oneof![2 => literals, 1 => (a_path().prop_map(Operand::Path), a_path().prop_map(Operand::Path))]
}

fn a_member() -> impl Strategy<Value = Member> {
    prop_oneof![4 => an_operand().prop_map(Member::One), 1 => a_range().prop_map(|(low, high)| Member::Range(low, high))]
}

fn some_members() -> impl Strategy<Value = Members> {
    prop_oneof![
        2 => vec(a_member(), 1..5).prop_map(|list| Members::List(list, nowhere())),
        2 => an_operand().prop_map(Members::One),
        1 => a_range().prop_map(|(low, high)| Members::Range(low, high)),
    ]
}

fn is_set_word(members: &Members) -> bool {
    matches!(members, Members::One(Operand::Path(path)) if path.segments.len() == 1
        && path.segments.iter().any(|name| !name.quoted && ["any", "none", "only"].contains(&name.text.as_str())))
}

fn an_operator() -> impl Strategy<Value = Operator> {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    let signs = select(vec![Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual]);
    let hows = select(vec![HasHow::One, HasHow::Any, HasHow::All, HasHow::None, HasHow::Only]);
    let states = select(vec![State::Empty, State::Known, State::Unknown, State::Absent]);
    let patterns =
        select(vec![PatternKind::StartsWith, PatternKind::EndsWith, PatternKind::Contains, PatternKind::Matches]);
    let zone = option::of(select(&TEXTS[..]).prop_map(|text| name(text, true)));
    prop_oneof![
        (signs, an_operand()).prop_map(|(sign, operand)| Operator::Compare(sign, operand)),
        (any::<bool>(), some_members(), option::of(some_members()), zone)
            .prop_map(|(negated, right, on, at)| Operator::In { negated, right, on, at }),
        (hows, some_members())
            .prop_filter("asks for a list", |(_, members)| !is_set_word(members))
            .prop_map(|(how, members)| Operator::Has(how, members)),
        (any::<bool>(), an_operand()).prop_map(|(negated, right)| Operator::Exactly { negated, right }),
        (any::<bool>(), states).prop_map(|(negated, state)| Operator::State { negated, state }),
        (patterns, vec(an_operand(), 1..4)).prop_map(|(kind, texts)| Operator::Pattern(kind, texts)),
        Just(Operator::Within(literal("365d"))),
    ]
}

fn condition(kind: ConditionKind) -> Condition {
    Condition { kind, span: nowhere() }
}

fn a_condition() -> impl Strategy<Value = Condition> {
    let test = (a_path(), option::weighted(0.8, an_operator()))
        .prop_map(|(subject, operator)| condition(ConditionKind::Test { subject, operator }));
    let leaf = prop_oneof![8 => test, 1 => Just(condition(ConditionKind::Always))];
    leaf.prop_recursive(4, 12, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| condition(ConditionKind::Not(Box::new(inner)))),
            vec(inner.clone(), 2..4).prop_map(|parts| condition(ConditionKind::And(parts))),
            vec(inner, 2..4).prop_map(|parts| condition(ConditionKind::Or(parts))),
        ]
    })
}

fn distinct_paths() -> impl Strategy<Value = Vec<Path>> {
    subsequence(WORDS.to_vec(), 1..4).prop_map(|words| {
        words.into_iter().map(|word| Path { segments: vec![name(word, false)], span: nowhere() }).collect()
    })
}

fn some_targets() -> impl Strategy<Value = Targets> {
    let except = prop_oneof![Just(Vec::new()), distinct_paths()];
    prop_oneof![
        3 => distinct_paths().prop_map(Targets::Named),
        1 => (except, option::of(a_condition())).prop_map(|(except, filter)| Targets::All { span: nowhere(), except, filter }),
    ]
}

fn some_parameters() -> impl Strategy<Value = Vec<Parameter>> {
    let value = prop_oneof![
        2 => an_operand().prop_map(ParameterValue::One),
        1 => vec(an_operand(), 1..4).prop_map(ParameterValue::List),
        1 => a_path().prop_map(ParameterValue::From),
    ];
    (distinct_paths(), vec(value, 3)).prop_map(|(names, values)| {
        names.into_iter().zip(values).map(|(name, value)| Parameter { name, value, span: nowhere() }).collect()
    })
}

fn an_effect() -> impl Strategy<Value = Effect> {
    use EffectKind::{Allow, Deny, Offer, Require};
    let verbs =
        select(vec![(false, Allow), (false, Deny), (true, Allow), (true, Deny), (false, Offer), (false, Require)]);
    let parameters = prop_oneof![2 => Just(Vec::new()), 1 => some_parameters()];
    (verbs, some_targets(), parameters).prop_map(|((is_override, kind), targets, parameters)| Effect {
        is_override,
        kind,
        targets,
        parameters,
        span: nowhere(),
    })
}

fn some_reasons() -> impl Strategy<Value = Vec<(Option<Name>, Name)>> {
    (any::<bool>(), subsequence(vec!["en", "is", "or", "de", "pt-BR", "all"], 0..3), vec(select(&TEXTS[..]), 3))
        .prop_map(|(first_plain, languages, texts)| {
            let plain = first_plain.then_some(None);
            let languages = plain.into_iter().chain(languages.into_iter().map(|tag| Some(name(tag, false))));
            languages.zip(texts.into_iter().map(|text| name(text, true))).collect()
        })
}

fn a_rule() -> impl Strategy<Value = Rule> {
    let bounds =
        (option::weighted(0.2, Just(literal("2026-01-05"))), option::weighted(0.2, Just(literal("2026-02-01T07:00Z"))));
    let head = (any::<bool>(), any::<bool>(), option::weighted(0.3, a_name()), a_condition());
    (head, vec(an_effect(), 1..4), vec(a_condition(), 0..2), some_reasons(), bounds).prop_map(
        |((disabled, trial, id, condition), effects, unless, because, (from, until))| Rule {
            disabled,
            trial,
            id,
            condition,
            effects,
            unless,
            because,
            from,
            until,
            span: nowhere(),
        },
    )
}

fn an_item() -> impl Strategy<Value = Item> {
    let a_let =
        (a_name(), a_condition()).prop_map(|(name, condition)| Item::Let(Let { name, condition, span: nowhere() }));
    prop_oneof![4 => a_rule().prop_map(Item::Rule), 1 => a_let]
}

/// Reads a text that must be sound; without places.
fn read(text: &str) -> Vec<Item> {
    let mut problems = Vec::new();
    let mut items = parse_file(source(), text, &mut problems);
    assert!(problems.is_empty(), "{text}\n{problems:#?}");
    items.iter_mut().for_each(|item| erase(item, nowhere()));
    items
}

/// The same tokens with other blanks, lines and comments between them.
fn relaid(text: &str, choices: &[u8]) -> String {
    let list = tokens(text);
    let mut out = String::new();
    for (index, token) in list.iter().enumerate() {
        if let Some(left) = index.checked_sub(1).and_then(|left| list.get(left)) {
            // A name and its dot, and a colon and its blank, stay as they are.
            let tight = token.is(".") || left.is(".");
            let gap = match choices.get(index % choices.len()).copied().unwrap_or(0) % 12 {
                _ if tight => "",
                0 => "\n  ",
                1 => "\n\n\t",
                2 => " # why not\n ",
                3 => "\n  # on its own\n    ",
                4 => "  ",
                5 => "\r\n  ",
                6 if is_glued(left, token) => "",
                _ if is_glued(left, token) => "",
                _ => " ",
            };
            out.push_str(gap);
        }
        out.push_str(token.text);
    }
    out
}

fn comments(text: &str) -> usize {
    tokens(text).iter().filter(|token| token.kind == super::tokens::Kind::Comment).count()
}

/// Every place of a diagnostic lies in the text, and it can be shown.
fn check_places(text: &str, problems: &[Diagnostic]) {
    let mut sources = Sources::default();
    let id = sources.add("test.ward", text);
    for problem in problems {
        assert!(!problem.labels.is_empty() && !problem.message.is_empty());
        let edits = problem.fix.iter().flat_map(|fix| &fix.edits).map(|(span, _)| *span);
        for span in problem.labels.iter().map(|label| label.span).chain(edits) {
            assert_eq!(span.source, id);
            assert!(text.get(span.start as usize..span.end as usize).is_some(), "{span:?} of {text:?} in {problem:?}");
        }
        assert!(!render(problem, &sources, false).is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn printed_items_are_read_back(items in vec(an_item(), 1..4)) {
        let text: Vec<String> = items.iter().map(print_item).collect();
        prop_assert_eq!(read(&text.join("\n")), items);
    }

    #[test]
    fn printed_conditions_are_read_back(condition in a_condition(), offset in 0usize..1_000) {
        let mut problems = Vec::new();
        let text = print_condition(&condition);
        let read = parse_condition(source(), &text, offset, &mut problems);
        prop_assert!(problems.is_empty(), "{} {:?}", text, problems);
        let again = read.map(|condition| print_condition(&condition));
        prop_assert_eq!(again, Some(text));
    }

    #[test]
    fn layout_and_comments_mean_nothing(items in vec(an_item(), 1..3), choices in vec(any::<u8>(), 1..40)) {
        let texts: Vec<String> = items.iter().map(|item| relaid(&print_item(item), &choices)).collect();
        let text = texts.join("\n# between\n\n");
        prop_assert_eq!(read(&text), items);
    }

    #[test]
    fn formatting_keeps_trees_and_comments(items in vec(an_item(), 1..3), choices in vec(any::<u8>(), 1..40)) {
        let texts: Vec<String> = items.iter().map(|item| relaid(&print_item(item), &choices)).collect();
        let text = texts.join("\n  # indented\n# between\n\n\n");
        let once = format(source(), &text).map_err(|problems| TestCaseError::fail(format!("{text}\n{problems:?}")))?;
        prop_assert_eq!(read(&once), items);
        prop_assert_eq!(comments(&once), comments(&text));
        let twice = format(source(), &once).map_err(|problems| TestCaseError::fail(format!("{once}\n{problems:?}")))?;
        prop_assert_eq!(twice, once);
    }

    #[test]
    fn mutants_are_read_or_refused(
        items in vec(an_item(), 1..3),
        edits in vec((any::<prop::sample::Index>(), 0u8..4, any::<prop::sample::Index>()), 1..4),
    ) {
        let text: Vec<String> = items.iter().map(print_item).collect();
        let text = mutated(&text.join("\n"), &edits);
        let mut problems = Vec::new();
        let items = parse_file(source(), &text, &mut problems);
        prop_assert!(!problems.is_empty() || !items.is_empty() || tokens(&text).is_empty(), "{}", text);
        check_places(&text, &problems);
        if problems.is_empty() {
            let once = format(source(), &text).map_err(|problems| TestCaseError::fail(format!("{text}\n{problems:?}")))?;
            prop_assert_eq!(print_all(&read(&once)), print_all(&items));
        }
    }

    #[test]
    fn any_characters_are_read_or_refused(text in "([a-z]|[ \n\"#(),.:=<>!\\[\\]-]|->|\\PC|[0-9]|and|or|not|deny|\\p{Cc}){0,80}") {
        let mut problems = Vec::new();
        let items = parse_file(source(), &text, &mut problems);
        check_places(&text, &problems);
        let is_blank = tokens(&text).iter().all(|token| token.kind == super::tokens::Kind::Comment);
        prop_assert!(!problems.is_empty() || !items.is_empty() || is_blank, "{:?}", text);
        let mut problems = Vec::new();
        parse_condition(source(), &text, 0, &mut problems);
        check_places(&text, &problems);
    }
}

fn print_all(items: &[Item]) -> Vec<String> {
    items.iter().map(print_item).collect()
}

/// What mutants may get in place of a token.
const INSERTED: [&str; 40] = [
    "and", "or", "not", "in", "is", "has", "allow", "deny", "require", "override", "all", "except", "where", "with",
    "unless", "because", "from", "until", "trial", "always", "true", "->", "=", "==", "(", ")", "[", "]", ",", "..",
    ":", ".", "AND", "90", "days", "\"open", "18-65", "&", "if", "\n",
];

/// A text with tokens deleted, doubled, swapped or replaced.
fn mutated(text: &str, edits: &[(prop::sample::Index, u8, prop::sample::Index)]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        lines.extend(tokens(line).iter().map(|token| token.text.to_owned()));
        lines.push("\n".to_owned());
    }
    for (place, edit, other) in edits {
        if lines.is_empty() {
            break;
        }
        let at = place.index(lines.len());
        match edit {
            0 => {
                lines.remove(at);
            }
            1 => lines.insert(at, lines.get(at).cloned().unwrap_or_default()),
            2 => {
                let other = other.index(lines.len());
                lines.swap(at, other);
            }
            _ => lines.insert(at, (*other.get(&INSERTED)).to_owned()),
        }
    }
    lines.join(" ").replace(" . ", ".").replace("\n ", "\n")
}

#[test]
fn hostile_texts_are_refused_in_bounded_time() {
    let texts = [
        "(".repeat(100_000),
        format!("{}a -> deny b", "not ".repeat(100_000)),
        format!("a{} -> deny b", " and a".repeat(50_000)),
        "\"".repeat(10_000_000),
        format!("a -> deny b because {}", "\"x\" ".repeat(10_000)),
        "(\n".repeat(100_000),
        "and (\n".repeat(30_000),
        format!("a -> {}", "deny b, ".repeat(7_000)),
        "a->deny b\n".repeat(50_000),
        format!("{}a", "not (".repeat(64)),
        "#".repeat(1_000_000),
        "# \u{0}\n".repeat(100_000),
        format!("a in [{}", "b..".repeat(20_000)),
        "x\u{301}".repeat(20_000),
    ];
    for text in texts {
        let mut problems = Vec::new();
        let items = parse_file(source(), &text, &mut problems);
        assert!(!problems.is_empty() || !items.is_empty(), "{}", &text[..10]);
        assert!(problems.len() <= super::limits::PROBLEMS + 3, "{} of {}", problems.len(), &text[..10]);
    }
}
