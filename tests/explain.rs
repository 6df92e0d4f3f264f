//! Explanations: every part of every rule that speaks of an entitlement, and nothing that is to stay unsaid.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use wardkey::explain::{Explanation, Fires, Joint, Part, Shown, Tree, Truth};
use wardkey::{Outcome, Policy, PolicyFiles};

fn explain(policy: &Policy, context: &str, entitlement: &str) -> Explanation {
    let context = policy.context().json(context).build().unwrap();
    policy.explain(&context, policy.entitlement(entitlement).unwrap(), None)
}

/// `id part effect fires …` of each rule.
fn parts(explanation: &Explanation) -> Vec<String> {
    let rule = |rule: &wardkey::explain::RuleExplanation| {
        let effects = rule.effects.iter().map(|effect| format!("{} {:?}", effect.effect, effect.fires));
        format!("{} {:?}: {}", rule.id, rule.part, effects.collect::<Vec<_>>().join(", "))
    };
    explanation.rules.iter().map(rule).collect()
}

/// `+a -(b) ?c`: each part with what it came to, nested in brackets.
fn notation(tree: &Tree) -> String {
    let mark = match tree.value {
        Truth::True => '+',
        Truth::False => '-',
        Truth::Unknown => '?',
    };
    let children: Vec<String> = tree.children.iter().map(notation).collect();
    let inside = if children.is_empty() { String::new() } else { format!(" ({})", children.join(", ")) };
    format!("{mark}{}{inside}", tree.text)
}

#[test]
fn rules_come_by_the_part_they_had() {
    let policy = Policy::parse(
        "a: role = Nurse -> allow E
b: place = icu -> deny E
c: night -> require E with audit = high
trial d: role = Nurse -> deny E
e: role = Sales -> offer E
f: emergency -> override allow E
g: role = Nurse -> allow Other
disabled h: role = Nurse -> deny E",
    )
    .unwrap();
    let explanation = explain(&policy, r#"{"role": "Nurse", "place": "icu", "emergency": true}"#, "E");
    assert_eq!(explanation.decision.outcome, Outcome::Allowed);
    assert_eq!(
        parts(&explanation),
        [
            "f Decided: override allow Certain",
            "a Outranked: allow Certain",
            "b Outranked: deny Certain",
            "c Adds: require Possible",
            "d Trial: deny Certain",
            "e Idle: offer No",
        ]
    );
}

#[test]
fn a_deny_that_only_may_apply_decides() {
    let policy = Policy::parse("a: role = Nurse -> allow E\nb: place = icu -> deny E").unwrap();
    let explanation = explain(&policy, r#"{"role": "Nurse"}"#, "E");
    assert_eq!(parts(&explanation), ["b Decided: deny Possible", "a Outranked: allow Certain"]);
    assert_eq!(explanation.rules[0].effects[0].fires, Fires::Possible);
}

#[test]
fn the_tree_keeps_the_words_of_the_author() {
    let policy = Policy::parse(
        "let staff = role in [Nurse, Physician]
r: staff and not (shift = off or staff)
  -> allow E
  unless alarm
  unless place = icu and late
  from 2026-01-01 until 2026-02-01T00:00:00Z",
    )
    .unwrap();
    let explanation = explain(
        &policy,
        r#"{"role": "Nurse", "place": "icu", "shift": "on", "alarm": false, "now": "2026-01-05T00:00:00Z"}"#,
        "E",
    );
    let tree = &explanation.rules[0].condition;
    assert_eq!(
        notation(tree),
        "-all of these (+staff (+role in [Nurse, Physician]), -not (shift = off or staff) (+one of these (-shift = off, \
         +staff)), +not alarm (-alarm), ?not (place = icu and late) (?all of these (+place = icu, ?late)), \
         +from 2026-01-01, +until 2026-02-01T00:00:00Z)"
    );
    assert_eq!(tree.joint, Joint::All);
}

#[test]
fn a_where_that_reads_the_context_is_told_apart() {
    let policy = PolicyFiles::new()
        .catalogue(
            "catalogue.yaml",
            "ward: 1
time_zone: UTC
attributes: {unit: [north, south], role: [Nurse]}
tags: {owner: {one of: [north, south], default: north}}
entitlements: {A: {}, B: {owner: south}}",
        )
        .rules("p.ward", "r: role = Nurse -> allow all where owner = user.unit")
        .load()
        .unwrap();
    let explanation = explain(&policy, r#"{"role": "Nurse", "unit": "north"}"#, "B");
    let effect = &explanation.rules[0].effects[0];
    assert_eq!((effect.fires, effect.guard.as_ref().map(|guard| guard.value)), (Fires::No, Some(Truth::False)));
    assert_eq!(explanation.rules[0].condition.value, Truth::True);
}

#[test]
fn what_is_not_to_be_disclosed_is_withheld_present_or_absent() {
    let policy = PolicyFiles::new()
        .catalogue(
            "catalogue.yaml",
            "ward: 1
time_zone: UTC
attributes: {illness: {type: text, disclose: false, omitted: absent}, other: text}
entitlements: {A: {}}",
        )
        .rules("p.ward", "r: illness = cold -> allow A")
        .load()
        .unwrap();
    let read = |context: &str| {
        let explanation = explain(&policy, context, "A");
        explanation.rules[0].condition.reads[0].shown.clone()
    };
    assert_eq!(read(r#"{"illness": "flu"}"#), Shown::Withheld);
    assert_eq!(read("{}"), Shown::Withheld);
    assert_eq!(read(r#"{"illness": {"$": "unknown"}}"#), Shown::Unknown);
}

#[test]
fn nothing_explains_the_answer_of_another_policy() {
    let policy = Policy::parse("a: role = Nurse -> allow E").unwrap();
    let other = Policy::parse("b: role = Sales -> allow E, F").unwrap();
    let context = other.context().set("role", "Sales").build().unwrap();
    let explanation = policy.explain(&context, other.entitlement("F").unwrap(), None);
    assert_eq!(explanation.decision.outcome, Outcome::Denied);
    assert!(explanation.rules.is_empty());
    let explanation = policy.explain(&context, policy.entitlement("E").unwrap(), None);
    assert_eq!((explanation.decision.outcome, explanation.rules.len()), (Outcome::Denied, 0));
}

#[test]
fn explaining_agrees_with_deciding() {
    let policy = Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/hospital")).unwrap();
    for file in ["nurse", "patient", "sales_rep", "emergency"] {
        let path = format!("{}/examples/{file}.json", env!("CARGO_MANIFEST_DIR"));
        let context = policy.context().json(std::fs::read_to_string(path).unwrap()).build().unwrap();
        for id in policy.entitlement_ids() {
            let explanation = policy.explain(&context, id, None);
            let decided =
                explanation.rules.iter().filter(|rule| rule.part == Part::Decided).map(|rule| rule.id.as_str());
            assert!(decided.eq(explanation.decision.rules.iter().map(String::as_str)), "{explanation:?}");
            for rule in explanation.rules.iter().filter(|rule| rule.part == Part::Decided) {
                assert!(rule.effects.iter().any(|effect| effect.fires != Fires::No), "{rule:?}");
            }
        }
    }
}
