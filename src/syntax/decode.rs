//! Bytes to text: UTF-8, a byte order mark skipped.

use super::codes;
use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, Span};

/// Bytes that are not UTF-8.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotUtf8 {
    /// Bytes of [`NotUtf8::readable`] that stand before the first wrong one.
    pub offset: usize,
    /// The text with U+FFFD for what could not be read: to be kept as the source, so that the place can be shown.
    pub readable: String,
    /// The likely encoding, if the file begins like one.
    encoding: Option<&'static str>,
}

impl NotUtf8 {
    /// The error to report; `source` is where [`NotUtf8::readable`] was put.
    pub fn diagnostic(&self, source: SourceId) -> Diagnostic {
        let width = self.readable.get(self.offset..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let span = Span::new(source, self.offset, self.offset + width);
        let diagnostic =
            Diagnostic::error(codes::NOT_UTF8, span, "this file is not UTF-8 text").at("the first byte that is none");
        match self.encoding {
            Some(encoding) => diagnostic.help(format!("it looks like {encoding}: save it as UTF-8")),
            None => diagnostic.help("save it as UTF-8: editors offer this where they ask for the encoding"),
        }
    }
}

/// The text of a file. A leading byte order mark is left out; offsets count without it.
///
/// # Errors
/// [`NotUtf8`] with the place of the first byte that is not UTF-8.
pub fn decode(bytes: &[u8]) -> Result<String, NotUtf8> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => Err(NotUtf8 {
            offset: error.valid_up_to(),
            readable: String::from_utf8_lossy(bytes).into_owned(),
            encoding: encoding(bytes),
        }),
    }
}

fn encoding(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("UTF-16"),
        [0x50, 0x4b, 3, 4, ..] => Some("a word processor's file"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]

    use super::*;

    #[test]
    fn the_mark_is_skipped() {
        assert_eq!(decode(b"\xef\xbb\xbfrole").as_deref(), Ok("role"));
        assert_eq!(decode("Größe".as_bytes()).as_deref(), Ok("Größe"));
    }

    #[test]
    fn the_place_is_that_of_the_readable_text() {
        let wrong = decode(b"\xef\xbb\xbfab\xe9c").expect_err("Latin-1");
        assert_eq!((wrong.offset, wrong.readable.as_str()), (2, "ab\u{fffd}c"));
        assert_eq!(decode(b"\xff\xfea\0").expect_err("UTF-16").encoding, Some("UTF-16"));
    }
}
