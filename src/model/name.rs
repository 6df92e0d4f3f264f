//! How names are compared: NFC, Unicode simple case folding, NFC; never the locale.
//!
//! Simple folding maps one character to one, so glob `?` counts right, `İ` and `ı` stay apart from `i`, and `ß` equals `ẞ`
//! but not `ss`. The tables are those of the pinned `unicode-case-mapping` release.

use super::value::Name;
use std::borrow::Cow;
use std::sync::Arc;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// NFC of a text.
pub fn nfc(text: &str) -> String {
    if is_nfc(text) { text.to_owned() } else { text.nfc().collect() }
}

/// The form in which names are compared.
pub fn fold(text: &str) -> String {
    folded(text).into_owned()
}

/// The form in which names are compared; borrowed where it is that of the text, as that of most names is.
pub fn folded(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        let is_folded = !text.bytes().any(|byte| byte.is_ascii_uppercase());
        return if is_folded { Cow::Borrowed(text) } else { Cow::Owned(text.to_ascii_lowercase()) };
    }
    let folded = text.nfc().map(|character| {
        let simple = unicode_case_mapping::case_folded(character);
        simple.and_then(|code| char::from_u32(code.get())).unwrap_or(character)
    });
    Cow::Owned(folded.nfc().collect())
}

impl Name {
    /// A name compared without regard to case.
    pub fn new(text: &str) -> Self {
        let spelled: Arc<str> = nfc(text).into();
        let folded = folded(text);
        Self { folded: if *folded == *spelled { spelled.clone() } else { folded.into() }, spelled }
    }

    /// A name compared as spelled.
    pub fn exact(text: &str) -> Self {
        let spelled: Arc<str> = nfc(text).into();
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
