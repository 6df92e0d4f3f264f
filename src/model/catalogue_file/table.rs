//! Tables: comma-separated values with places, strict as to quotes and columns (RFC 4180, LF or CRLF).
//!
//! Read here and not by a general reader because each field needs its place in the file, and because a doubtful table
//! must be refused, not guessed at.

use super::codes;
use crate::diagnostic::Diagnostic;
use crate::model::read::shown;
use crate::model::yaml;
use crate::source::{SourceId, Span};

/// One field.
pub(super) struct Field {
    pub(super) text: String,
    pub(super) span: Span,
}

/// A table with as many fields in each row as in the header.
pub(super) struct Table {
    pub(super) header: Vec<Field>,
    pub(super) rows: Vec<Vec<Field>>,
}

/// Reads a table; none if there is no header. A bad row is reported and left out.
pub(super) fn read(source: SourceId, text: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<Table> {
    if text.len() > yaml::MAX_BYTES {
        let message = format!("the table has {} bytes, more than {}", text.len(), yaml::MAX_BYTES);
        diagnostics.push(Diagnostic::error(yaml::TOO_LARGE, Span::new(source, 0, 0), message));
        return None;
    }
    yaml::scan(source, text, diagnostics);
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut reader = Reader { source, text, at: start };
    let mut table: Option<Table> = None;
    while reader.at < text.len() {
        match (reader.row(), &mut table) {
            (Ok(row), _) if row.iter().all(|field| field.text.is_empty()) && row.len() == 1 => {}
            (Ok(header), None) => table = Some(Table { header, rows: Vec::new() }),
            (Ok(row), Some(table)) => match wrong_length(&row, &table.header) {
                Some(diagnostic) if diagnostics.len() < yaml::MAX_PROBLEMS => diagnostics.push(diagnostic),
                Some(_) => {}
                None => table.rows.push(row),
            },
            (Err(diagnostic), _) => {
                if diagnostics.len() < yaml::MAX_PROBLEMS {
                    diagnostics.push(*diagnostic);
                }
                reader.skip_line();
            }
        }
        if table.as_ref().is_some_and(|table| table.rows.len() > yaml::MAX_NODES) {
            let message = format!("the table has more than {} rows", yaml::MAX_NODES);
            diagnostics.push(Diagnostic::error(yaml::TOO_LARGE, Span::new(source, reader.at, reader.at), message));
            return None;
        }
    }
    if table.is_none() {
        let diagnostic = Diagnostic::error(codes::EMPTY, Span::new(source, 0, 0), "the table is empty");
        diagnostics.push(diagnostic.help("its first line names the columns: `node,parent`"));
    }
    table
}

fn wrong_length(row: &[Field], header: &[Field]) -> Option<Diagnostic> {
    if row.len() == header.len() {
        return None;
    }
    let (first, last) = (row.first()?, row.last()?);
    let fields = if row.len() == 1 { "field" } else { "fields" };
    let message = format!("the row has {} {fields}, the header {}", row.len(), header.len());
    let help = "a text with a comma goes in quotes; an empty field is nothing between two commas";
    Some(Diagnostic::error(codes::TABLE, first.span.to(last.span), message).help(help))
}

struct Reader<'t> {
    source: SourceId,
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_line(&mut self) {
        self.at += self.rest().find('\n').map_or(self.rest().len(), |newline| newline + 1);
    }

    fn row(&mut self) -> Result<Vec<Field>, Box<Diagnostic>> {
        let mut fields = Vec::new();
        loop {
            fields.push(self.field()?);
            let rest = self.rest();
            if rest.starts_with(',') {
                self.at += 1;
            } else {
                self.at += if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with('\n')) };
                return Ok(fields);
            }
        }
    }

    fn field(&mut self) -> Result<Field, Box<Diagnostic>> {
        if self.rest().starts_with('"') {
            return self.quoted();
        }
        let start = self.at;
        let length = self.rest().find([',', '\n']).unwrap_or(self.rest().len());
        let text = self.rest().get(..length).unwrap_or_default();
        let text = if self.rest().get(length..).is_some_and(|rest| rest.starts_with('\n')) {
            text.strip_suffix('\r').unwrap_or(text)
        } else {
            text
        };
        let text = text.to_owned();
        self.at += text.len();
        let span = Span::new(self.source, start, self.at);
        if text.contains('"') {
            let message = format!("a quotation mark stands inside {}", shown(&text));
            let help = "put the whole field in quotes and double the inner ones: `\"the \"\"old\"\" ward\"`";
            return Err(Diagnostic::error(codes::TABLE, span, message).help(help).into());
        }
        Ok(Field { text, span })
    }

    fn quoted(&mut self) -> Result<Field, Box<Diagnostic>> {
        let (start, mut text) = (self.at, String::new());
        self.at += 1;
        loop {
            let Some(end) = self.rest().find('"') else {
                let line = self.text.get(start..).and_then(|rest| rest.find('\n')).unwrap_or(self.text.len() - start);
                let span = Span::new(self.source, start, start + line);
                self.at = self.text.len();
                let message = "a quotation mark is opened and not closed";
                return Err(Diagnostic::error(codes::TABLE, span, message)
                    .help("close it, or double it if it is meant")
                    .into());
            };
            text.push_str(self.rest().get(..end).unwrap_or_default());
            self.at += end + 1;
            if self.rest().starts_with('"') {
                text.push('"');
                self.at += 1;
            } else {
                break;
            }
        }
        let span = Span::new(self.source, start, self.at);
        if !self.rest().is_empty() && !self.rest().starts_with([',', '\n']) && !self.rest().starts_with("\r\n") {
            let message = "a field goes on behind its closing quotation mark";
            return Err(Diagnostic::error(codes::TABLE, span, message).help("put the whole field in quotes").into());
        }
        Ok(Field { text, span })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    fn show(text: &str) -> (Vec<Vec<String>>, Vec<String>) {
        let mut sources = Sources::default();
        let source = sources.add("t.csv", text);
        let mut diagnostics = Vec::new();
        let table = read(source, text, &mut diagnostics);
        let texts = |row: Vec<Field>| row.into_iter().map(|field| field.text).collect();
        let rows = table.map(|table| std::iter::once(table.header).chain(table.rows).map(texts).collect());
        let problems = diagnostics.iter().map(|diagnostic| {
            let place = diagnostic.span().map(|span| sources.place(span).line).unwrap_or_default();
            format!("{place} {}", diagnostic.message)
        });
        (rows.unwrap_or_default(), problems.collect())
    }

    #[test]
    fn reads_quotes_line_ends_and_a_byte_order_mark() {
        let (rows, problems) = show("\u{feff}node,parent\r\n\"a, \"\"b\"\"\",\r\n\r\nc,\"x\ny\"");
        assert_eq!(rows, [["node", "parent"], ["a, \"b\"", ""], ["c", "x\ny"]]);
        assert!(problems.is_empty(), "{problems:?}");
    }

    #[test]
    fn refuses_doubtful_rows_and_reads_on() {
        let (rows, problems) = show("node,parent\na,b,c\nd \"e\",f\n\"g\"h,i\nj,k\n\"l,m\n");
        assert_eq!(rows, [["node", "parent"], ["j", "k"]]);
        assert_eq!(
            problems,
            [
                "2 the row has 3 fields, the header 2",
                "3 a quotation mark stands inside `d \"e\"`",
                "4 a field goes on behind its closing quotation mark",
                "6 a quotation mark is opened and not closed",
            ]
        );
        assert_eq!(show("").1, ["1 the table is empty"]);
    }
}
