//! Answers for programs. The forms are described by the JSON Schemas in `docs/schema/`.

use crate::reports::Found;
use crate::screen::Screen;
use serde::Serialize;
use serde_json::{Value as Json, json};
use wardkey::Policy;
use wardkey::diagnostic::{Diagnostic, Severity};
use wardkey::source::{Sources, Span};
use wardkey::suite::{self, WhyRule};

/// Writes a value, indented for people who look.
pub(crate) fn print(value: &impl Serialize, screen: &mut Screen) {
    // values made here have text keys and no infinite numbers, so nothing can fail
    screen.line(serde_json::to_string_pretty(value).unwrap_or_default());
}

/// Problems found by a check, and those that comments suppress.
pub(crate) fn diagnostics(found: &[Found<'_>], suppressed: &[Found<'_>]) -> Json {
    let count = |severity| found.iter().filter(|problem| problem.diagnostic.severity == severity).count();
    json!({
        "errors": count(Severity::Error),
        "warnings": count(Severity::Warning),
        "notes": count(Severity::Note),
        "diagnostics": found.iter().map(one).collect::<Vec<_>>(),
        "suppressed": suppressed.iter().map(one).collect::<Vec<_>>(),
    })
}

/// A problem; what all rules together show says more.
fn one(&Found { diagnostic: found, sources, finding, reason }: &Found<'_>) -> Json {
    let mut json = diagnostic(found, sources);
    if let Some(reason) = reason {
        json["reason"] = json!(reason);
    }
    if let Some(finding) = finding {
        json["rules"] = json!(finding.rules.iter().map(|id| &**id).collect::<Vec<_>>());
        json["entitlements"] = json!(finding.entitlements);
        json["witness"] = json!(finding.witness);
    }
    json
}

/// A problem by itself.
pub fn diagnostic(diagnostic: &Diagnostic, sources: &Sources) -> Json {
    let labels =
        diagnostic.labels.iter().map(|label| json!({ "place": range(label.span, sources), "message": label.message }));
    let edits = diagnostic.fix.as_ref().map(|fix| {
        let edit = |(span, text): &(Span, String)| json!({ "place": range(*span, sources), "text": text });
        fix.edits.iter().map(edit).collect::<Vec<_>>()
    });
    json!({
        "code": diagnostic.code.id,
        "name": diagnostic.code.name,
        "severity": diagnostic.severity.as_str(),
        "message": diagnostic.message,
        "place": diagnostic.span().map(|span| range(span, sources)),
        "labels": labels.collect::<Vec<_>>(),
        "help": diagnostic.help,
        "fix": edits,
        "fix_is_safe": diagnostic.fix.as_ref().is_some_and(|fix| fix.is_safe),
    })
}

/// What came of one expectation in one context; `sources` are those of the tests.
pub fn test_result(policy: &Policy, sources: &Sources, result: &suite::Result) -> Json {
    let differences = result
        .differences
        .iter()
        .map(|difference| json!({ "what": difference.what, "expected": difference.expected, "got": difference.got }));
    let rule = |rule: &WhyRule| {
        json!({
            "id": rule.id,
            "is_named": rule.is_named,
            "text": rule.text,
            "place": rule.span.map(|span| range(span, policy.sources())),
            "is_certain": rule.is_certain,
        })
    };
    let why = result.why.as_ref().map(|why| {
        json!({
            "outcome": why.outcome,
            "rules": why.rules.iter().map(rule).collect::<Vec<_>>(),
            "outranked": why.outranked.iter().map(rule).collect::<Vec<_>>(),
            "missing": why.missing,
            "because": why.because,
        })
    });
    json!({
        "test": result.test,
        "context": result.context,
        "entitlement": result.entitlement,
        "is_passed": result.is_passed(),
        "place": range(result.span, sources),
        "differences": differences.collect::<Vec<_>>(),
        "why": why,
    })
}

/// File, first and last line and column (from 1, in characters, the end excluded), and bytes (from 0, the end excluded).
pub fn range(span: Span, sources: &Sources) -> Json {
    let start = sources.place(span);
    let end = sources.place(Span { start: span.end, ..span });
    json!({
        "file": start.file,
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
        "start": span.start,
        "end": span.end,
    })
}
