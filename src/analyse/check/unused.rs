//! WK711, WK712: an attribute that nothing reads, a zone that no rule names.

use super::{Analysis, Finding, codes};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::model::name::fold;
use crate::model::{AttributeId, NOW, Origin, SettingValue, Type};
use crate::source::Span;
use rustc_hash::FxHashSet;

pub(super) fn findings(analysis: &Analysis<'_>) -> Vec<Finding> {
    let rules = analysis.policy.rule_set();
    if !rules.catalogue.is_declared {
        return Vec::new();
    }
    let mut read: FxHashSet<AttributeId> = FxHashSet::from_iter([NOW]);
    for (_, test) in analysis.policy.index().pool().tests() {
        test.attributes(&mut |attribute| _ = read.insert(attribute));
    }
    for assumption in &rules.catalogue.assumptions {
        assumption
            .tests(&rules.lets, true, &mut |test, _, _| test.attributes(&mut |attribute| _ = read.insert(attribute)));
    }
    let effects = rules.rules.iter().flat_map(|rule| &rule.effects);
    for setting in effects.flat_map(|effect| &effect.parameters) {
        match setting.value {
            SettingValue::Attribute(attribute) | SettingValue::Column(attribute, _) => _ = read.insert(attribute),
            SettingValue::Constants(_) => {}
        }
    }
    let mut found = Vec::new();
    for (at, attribute) in rules.catalogue.attributes.values().enumerate() {
        // by its id a resource is told from others, in answers if not in rules
        let is_id =
            matches!((&attribute.origin, &attribute.ty), (Origin::Resource(_), Type::Name(name)) if name.is_exact);
        if !read.contains(&AttributeId::new(at)) && !is_id {
            let message = format!("no rule reads `{}`", attribute.name);
            found.extend(finding(codes::UNUSED_ATTRIBUTE, attribute.span, message));
        }
    }
    let texts = rules.rules.iter().map(|rule| &rule.text).chain(rules.lets.iter().map(|item| &item.text));
    let words: FxHashSet<String> = texts.flat_map(|text| words(&fold(text))).collect();
    for hierarchy in rules.catalogue.hierarchies.values() {
        for zone in hierarchy.zones.keys().filter(|zone| !words.contains(*zone)) {
            found.extend(finding(codes::UNUSED_ZONE, hierarchy.span, format!("no rule names the zone `{zone}`")));
        }
    }
    found
}

/// The words of a rule, and its quoted texts.
fn words(text: &str) -> Vec<String> {
    let quoted = text.split('"').skip(1).step_by(2);
    let plain = text.split(|character: char| !(character.is_alphanumeric() || "_-.".contains(character)));
    quoted.chain(plain).map(str::to_owned).collect()
}

fn finding(code: Code, span: Option<Span>, message: String) -> Option<Finding> {
    let diagnostic = Diagnostic::new(code, Severity::Note, span?, message).help("remove it if nothing else needs it");
    Some(Finding { diagnostic, rules: Vec::new(), entitlements: Vec::new(), witness: None })
}
