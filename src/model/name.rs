//! How names are compared: NFC, Unicode simple case folding, NFC; never the locale.
//!
//! Simple folding maps one character to one, so glob `?` counts right, `İ` and `ı` stay apart from `i`, and `ß` equals `ẞ`
//! but not `ss`. The tables are those of the pinned `unicode-case-mapping` release.

use super::value::Name;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// NFC of a text.
pub fn nfc(text: &str) -> String {
    if is_nfc(text) { text.to_owned() } else { text.nfc().collect() }
}

/// The form in which names are compared.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let folded = text.nfc().map(|character| {
        let simple = unicode_case_mapping::case_folded(character);
        simple.and_then(|code| char::from_u32(code.get())).unwrap_or(character)
    });
    folded.nfc().collect()
}

impl Name {
    /// A name compared without regard to case.
    pub fn new(text: &str) -> Self {
        Self { folded: fold(text).into(), spelled: nfc(text).into() }
    }

    /// A name compared as spelled.
    pub fn exact(text: &str) -> Self {
        let spelled: std::sync::Arc<str> = nfc(text).into();
        Self { folded: spelled.clone(), spelled }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_simply() {
        assert_eq!(fold("iTunes"), "itunes");
        assert_eq!(fold("STRASSE"), fold("strasse"));
        assert_ne!(fold("Straße"), fold("strasse"));
        assert_eq!(fold("ẞ"), fold("ß"));
        assert_ne!(fold("İ"), fold("i"));
        assert_ne!(fold("ı"), fold("i"));
        assert_eq!(fold("e\u{301}"), fold("É"));
        assert_eq!(fold("ΣΑΣ"), fold("σας"));
    }
}
