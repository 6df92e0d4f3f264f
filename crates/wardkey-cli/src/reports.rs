//! What a check finds, in the forms that other programs read: one line each, annotations of GitHub, a code quality report of GitLab,
//! JUnit, SARIF 2.1.0.
//!
//! Each form is made from diagnostics alone. Places are lines and columns from 1, columns in characters.

use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use wardkey::diagnostic::{Diagnostic, Severity};
use wardkey::source::{Place, Sources, Span};
use wardkey::{Code, Finding};

/// A problem that is reported.
#[derive(Clone, Copy)]
pub(crate) struct Found<'d> {
    pub diagnostic: &'d Diagnostic,
    /// The texts that its places are in.
    pub sources: &'d Sources,
    /// What more is known of it, if it is about all rules together.
    pub finding: Option<&'d Finding>,
    /// Why it is suppressed, if a comment does that.
    pub reason: Option<&'d str>,
}

/// Where a problem is: its first and last place.
fn places(Found { diagnostic, sources, .. }: &Found<'_>) -> Option<(Place, Place)> {
    diagnostic.span().map(|span| ends(span, sources))
}

fn ends(span: Span, sources: &Sources) -> (Place, Place) {
    (sources.place(span), sources.place(Span { start: span.end, ..span }))
}

/// The message, and what can be done.
fn whole(diagnostic: &Diagnostic) -> String {
    let lines =
        std::iter::once(diagnostic.message.clone()).chain(diagnostic.help.iter().map(|help| format!("help: {help}")));
    lines.collect::<Vec<_>>().join("\n")
}

/// `file:line:column: warning[WK702] message`
pub(crate) fn concise(found: &[Found<'_>]) -> Vec<String> {
    let line = |problem: &Found<'_>| {
        let place = places(problem).map_or_else(String::new, |(start, _)| format!("{start}: "));
        let diagnostic = problem.diagnostic;
        let message = crate::policy::one_line(&diagnostic.message);
        format!("{place}{}[{}] {message}", diagnostic.severity.as_str(), diagnostic.code)
    };
    found.iter().map(line).collect()
}

/// Workflow commands: `::warning file=…,line=…::message`.
pub(crate) fn github(found: &[Found<'_>]) -> Vec<String> {
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let line = |problem: &Found<'_>| {
        let diagnostic = problem.diagnostic;
        let kind = match diagnostic.severity {
            Severity::Note => "notice",
            other => other.as_str(),
        };
        let title = property(&format!("{} {}", diagnostic.code, diagnostic.code.name));
        let place = places(problem).map_or_else(String::new, |(start, end)| {
            let file = property(&start.file);
            format!(
                "file={file},line={},col={},endLine={},endColumn={},",
                start.line, start.column, end.line, end.column
            )
        });
        format!("::{kind} {place}title={title}::{}", data(&whole(diagnostic)))
    };
    found.iter().map(line).collect()
}

/// A code quality report.
pub(crate) fn gitlab(found: &[Found<'_>]) -> Json {
    let mut seen: BTreeMap<u64, u64> = BTreeMap::new();
    let one = |problem: &Found<'_>| {
        let diagnostic = problem.diagnostic;
        let place = places(problem);
        let file = place.as_ref().map_or("policy", |(start, _)| &start.file);
        let print = fingerprint(&[diagnostic.code.id, file, &diagnostic.message]);
        // the same thing twice in one file is two
        let times = seen.entry(print).or_default();
        *times += 1;
        let severity = match diagnostic.severity {
            Severity::Error => "major",
            Severity::Warning => "minor",
            Severity::Note => "info",
        };
        json!({
            "description": whole(diagnostic),
            "check_name": format!("{} {}", diagnostic.code, diagnostic.code.name),
            "fingerprint": format!("{print:016x}{times:04x}"),
            "severity": severity,
            "location": { "path": file, "lines": { "begin": place.as_ref().map_or(1, |(start, _)| start.line) } },
        })
    };
    Json::Array(found.iter().map(one).collect())
}

/// FNV-1a, 64 bits: the same in every release, unlike the hash of the standard library.
fn fingerprint(parts: &[&str]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A test suite with a failed test for each problem that counts, a passed one if there is none.
pub(crate) fn junit(found: &[Found<'_>], counts: impl Fn(Severity) -> bool) -> Vec<String> {
    let failed: Vec<&Found<'_>> = found.iter().filter(|problem| counts(problem.diagnostic.severity)).collect();
    let tests = failed.len().max(1);
    let mut lines = vec![
        r#"<?xml version="1.0" encoding="UTF-8"?>"#.to_owned(),
        format!(r#"<testsuites name="wardkey check" tests="{tests}" failures="{}">"#, failed.len()),
        format!(r#"  <testsuite name="wardkey check" tests="{tests}" failures="{}">"#, failed.len()),
    ];
    if failed.is_empty() {
        lines.push(r#"    <testcase name="policy" classname="wardkey"/>"#.to_owned());
    }
    for problem in failed {
        let diagnostic = problem.diagnostic;
        let place = places(problem);
        let file = place.as_ref().map_or("policy", |(start, _)| &start.file);
        let name = match &place {
            Some((start, _)) => format!("{} {}:{}", diagnostic.code, start.line, start.column),
            None => diagnostic.code.to_string(),
        };
        lines.push(format!(r#"    <testcase name="{}" classname="{}">"#, xml(&name), xml(file)));
        let (message, kind) = (xml(&crate::policy::one_line(&diagnostic.message)), diagnostic.severity.as_str());
        lines
            .push(format!(r#"      <failure message="{message}" type="{kind}">{}</failure>"#, xml(&whole(diagnostic))));
        lines.push("    </testcase>".to_owned());
    }
    lines.extend(["  </testsuite>".to_owned(), "</testsuites>".to_owned()]);
    lines
}

/// A text within XML; what XML cannot hold is left out.
fn xml(text: &str) -> String {
    let holds = |character: &char| !character.is_control() || matches!(character, '\n' | '\t');
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars().filter(holds).filter(|character| !matches!(character, '\u{fffe}' | '\u{ffff}')) {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// SARIF 2.1.0, with the rules that were found. What is suppressed is in it, and said to be so.
pub(crate) fn sarif(found: &[Found<'_>]) -> Json {
    let mut codes: Vec<Code> = found.iter().map(|problem| problem.diagnostic.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let rule = |code: &Code| {
        json!({
            "id": code.id,
            "name": code.name,
            "shortDescription": { "text": code.summary },
            "fullDescription": { "text": code.summary },
            "help": { "text": format!("wardkey check --explain {}", code.id) },
        })
    };
    let result = |problem: &Found<'_>| {
        let Found { diagnostic, sources, .. } = *problem;
        let mut result = json!({
            "ruleId": diagnostic.code.id,
            "ruleIndex": codes.binary_search(&diagnostic.code).unwrap_or_default(),
            "level": diagnostic.severity.as_str(),
            "message": { "text": whole(diagnostic) },
        });
        let Some(object) = result.as_object_mut() else { return result };
        if let Some(span) = diagnostic.span() {
            object.insert("locations".to_owned(), json!([{ "physicalLocation": physical(span, sources) }]));
        }
        let related = diagnostic.labels.iter().skip(1).enumerate().map(|(at, label)| {
            json!({ "id": at, "physicalLocation": physical(label.span, sources), "message": { "text": label.message } })
        });
        let related: Vec<Json> = related.collect();
        if !related.is_empty() {
            object.insert("relatedLocations".to_owned(), Json::Array(related));
        }
        if let Some(fix) = &diagnostic.fix {
            let changes = fix.edits.iter().map(|(span, text)| {
                json!({
                    "artifactLocation": artifact(*span, sources),
                    "replacements": [{ "deletedRegion": region(*span, sources), "insertedContent": { "text": text } }],
                })
            });
            let changes: Vec<Json> = changes.collect();
            object.insert("fixes".to_owned(), json!([{ "artifactChanges": changes }]));
        }
        if let Some(reason) = problem.reason {
            object.insert("suppressions".to_owned(), json!([{ "kind": "inSource", "justification": reason }]));
        }
        result
    };
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "wardkey",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": codes.iter().map(rule).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": found.iter().map(result).collect::<Vec<_>>(),
        }],
    })
}

fn physical(span: Span, sources: &Sources) -> Json {
    json!({ "artifactLocation": artifact(span, sources), "region": region(span, sources) })
}

fn artifact(span: Span, sources: &Sources) -> Json {
    json!({ "uri": uri(&sources.place(span).file) })
}

fn region(span: Span, sources: &Sources) -> Json {
    let (start, end) = ends(span, sources);
    json!({ "startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column })
}

/// A path as a relative reference: what a URI cannot hold is written as bytes.
fn uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}
