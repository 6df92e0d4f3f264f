//! Answers for programs. The forms are described by the JSON Schemas in `docs/schema/`.

use crate::reports::Found;
use crate::screen::Screen;
use serde::Serialize;
use serde_json::{Value as Json, json};
use wardkey::diagnostic::Severity;
use wardkey::source::{Sources, Span};

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
fn one(&Found { diagnostic, sources, finding, reason }: &Found<'_>) -> Json {
    let place = diagnostic.span().map(|span| range(span, sources));
    let labels =
        diagnostic.labels.iter().map(|label| json!({ "place": range(label.span, sources), "message": label.message }));
    let edits = diagnostic.fix.as_ref().map(|fix| {
        let edit = |(span, text): &(Span, String)| json!({ "place": range(*span, sources), "text": text });
        fix.edits.iter().map(edit).collect::<Vec<_>>()
    });
    let mut json = json!({
        "code": diagnostic.code.id,
        "name": diagnostic.code.name,
        "severity": diagnostic.severity.as_str(),
        "message": diagnostic.message,
        "place": place,
        "labels": labels.collect::<Vec<_>>(),
        "help": diagnostic.help,
        "fix": edits,
        "fix_is_safe": diagnostic.fix.as_ref().is_some_and(|fix| fix.is_safe),
    });
    if let (Some(reason), Json::Object(object)) = (reason, &mut json) {
        object.insert("reason".to_owned(), json!(reason));
    }
    if let (Some(finding), Json::Object(object)) = (finding, &mut json) {
        object.insert("rules".to_owned(), json!(finding.rules.iter().map(|id| &**id).collect::<Vec<_>>()));
        object.insert("entitlements".to_owned(), json!(finding.entitlements));
        object.insert("witness".to_owned(), json!(finding.witness));
    }
    json
}

/// File, first and last line and column (from 1, in characters, the end excluded), and bytes (from 0, the end excluded).
pub(crate) fn range(span: Span, sources: &Sources) -> Json {
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
