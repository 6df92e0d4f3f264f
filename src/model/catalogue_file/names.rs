//! Declared names: what cannot be one, and which two cannot stand side by side.
//!
//! Names match without regard to case, so `EHR` and `ehr` are one name twice. Names that only look alike, such as
//! `Sales` with a Cyrillic `а`, would let a rule miss what it seems to name.

use super::codes;
use super::walk::Walk;
use crate::diagnostic::Diagnostic;
use crate::model::name::{fold, nfc};
use crate::model::read::{is_hidden, shown};
use crate::model::yaml;
use crate::source::Span;
use std::collections::HashMap;
use unicode_security::{MixedScript, RestrictionLevel, RestrictionLevelDetection, skeleton};

/// Longest name in bytes.
const MAX_NAME: usize = 1024;

/// The names declared so far in one vocabulary.
pub(super) struct Names {
    /// `attribute`, `value`
    what: &'static str,
    is_exact: bool,
    seen: HashMap<String, (String, Span)>,
    /// By what the name looks like; kept only once a name outside ASCII has come: names in ASCII are told apart by their
    /// readers, and codes such as `O10` and `010` are legitimate neighbours.
    looks: Option<HashMap<String, (String, Span)>>,
}

impl Names {
    pub(super) fn new(what: &'static str) -> Self {
        Self { what, is_exact: false, seen: HashMap::new(), looks: None }
    }

    /// Names compared as spelled.
    pub(super) fn exact(what: &'static str) -> Self {
        Self { is_exact: true, ..Self::new(what) }
    }

    /// Adds a name and gives the form in which it is compared; none if it was refused, which is reported.
    pub(super) fn add(&mut self, walk: &mut Walk<'_, '_>, name: &str, span: Span) -> Option<String> {
        if !walk.is_usable(self.what, name, span) {
            return None;
        }
        let folded = if self.is_exact { nfc(name) } else { fold(name) };
        if let Some((other, first)) = self.seen.get(&folded) {
            walk.report(taken(self.what, name, span, other, *first));
            return None;
        }
        if let Some((other, first)) = self.look_alike(&folded, name) {
            let message = format!("the {} {} looks like {} and is another name", self.what, shown(name), shown(&other));
            walk.report(
                Diagnostic::error(codes::CONFUSABLE, span, message)
                    .label(first, "looks the same")
                    .help("type the name anew, in one alphabet"),
            );
            return None;
        }
        self.seen.insert(folded.clone(), (name.to_owned(), span));
        if let Some(looks) = &mut self.looks {
            looks.insert(skeleton(&folded).collect(), (name.to_owned(), span));
        }
        Some(folded)
    }

    /// A name that came before, differs, looks the same, and is outside ASCII if this one is not.
    fn look_alike(&mut self, folded: &str, name: &str) -> Option<(String, Span)> {
        if self.looks.is_none() && name.is_ascii() {
            return None;
        }
        let seen = &self.seen;
        let looks = self.looks.get_or_insert_with(|| {
            seen.iter().map(|(folded, place)| (skeleton(folded).collect(), place.clone())).collect()
        });
        let look: String = skeleton(folded).collect();
        looks.get(&look).filter(|(other, _)| !(name.is_ascii() && other.is_ascii())).cloned()
    }
}

fn taken(what: &str, name: &str, span: Span, other: &str, first: Span) -> Diagnostic {
    let message = if name == other {
        format!("the {what} {} is declared twice", shown(name))
    } else {
        format!("the {what} {} is the same name as {}", shown(name), shown(other))
    };
    let diagnostic = Diagnostic::error(codes::NAME_TAKEN, span, message).at("again here").label(first, "first here");
    if name == other {
        diagnostic.help("keep one of the two")
    } else {
        diagnostic.help("names match without regard to case: keep one of the two, or rename one")
    }
}

impl Walk<'_, '_> {
    /// Whether a text can be a name; if not, it is reported.
    pub(super) fn is_usable(&mut self, what: &str, name: &str, span: Span) -> bool {
        let Some((message, help)) = refusal(name) else { return self.is_of_one_script(what, name, span) };
        if name.chars().any(is_hidden) && self.is_reported_hidden(span) {
            return false;
        }
        let message = format!("the {what} {} {message}", shown(name));
        self.report(Diagnostic::error(codes::BAD_NAME, span, message).help(help));
        false
    }

    /// A name of several parts joined by points, each usable.
    pub(super) fn is_usable_path(&mut self, what: &str, name: &str, span: Span) -> bool {
        if name.split('.').any(|part| part.trim() != part || part.is_empty()) && !name.is_empty() {
            let message = format!("the {what} {} has a point that joins nothing", shown(name));
            let help = "a point stands between two words: `device.managed`";
            self.report(Diagnostic::error(codes::BAD_NAME, span, message).help(help));
            return false;
        }
        self.is_usable(what, name, span)
    }

    fn is_of_one_script(&mut self, what: &str, name: &str, span: Span) -> bool {
        if name.is_ascii() {
            return true;
        }
        // several words may be of several alphabets, `MRT Кабинет`, and Latin goes with Chinese, Japanese, Korean
        let mixed =
            |word: &str| !word.is_single_script() && !word.check_restriction_level(RestrictionLevel::HighlyRestrictive);
        let Some(word) = name.split(|c: char| !c.is_alphanumeric()).find(|word| mixed(word)) else { return true };
        let message = format!("the {what} {} mixes alphabets in one word", shown(name));
        let foreign = word.chars().find(|c| !c.is_ascii()).map(|c| format!("`{c}` (U+{:04X})", u32::from(c)));
        let help = format!("type it anew in one alphabet; look at {}", foreign.unwrap_or_default());
        self.report(Diagnostic::error(codes::CONFUSABLE, span, message).help(help));
        false
    }

    /// Whether the look at the characters has reported one within this place.
    fn is_reported_hidden(&mut self, span: Span) -> bool {
        let within = |place: Span| place.source == span.source && place.start >= span.start && place.end <= span.end;
        let mut hidden = self.diagnostics().iter().filter(|diagnostic| diagnostic.code == yaml::HIDDEN);
        hidden.any(|diagnostic| diagnostic.span().is_some_and(within))
    }
}

fn refusal(name: &str) -> Option<(String, &'static str)> {
    if name.is_empty() {
        return Some(("is empty".to_owned(), "give it a name"));
    }
    if name.len() > MAX_NAME {
        return Some((format!("has more than {MAX_NAME} bytes"), "give it a shorter name"));
    }
    if let Some(hidden) = name.chars().find(|&c| is_hidden(c)) {
        let message = format!("contains a character that does not show (U+{:04X})", u32::from(hidden));
        return Some((message, "type the name anew"));
    }
    if name.trim() != name {
        return Some(("begins or ends with a blank".to_owned(), "take the blank away: it would be part of the name"));
    }
    None
}
