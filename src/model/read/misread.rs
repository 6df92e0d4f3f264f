//! Why a text was not read as a value, in words for the one who wrote it.

use super::super::Number;
use super::suggest::did_you_mean;
use std::fmt::{self, Write as _};

/// Characters of a user's text that a message repeats.
const SHOWN: usize = 60;
/// Declared values that a help line lists.
const LISTED: usize = 8;

/// A text that is not a value of its type. `Display` is the message, without the attribute's name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misread {
    /// Not written as values of that type are.
    Form {
        /// What was written.
        text: String,
        /// `a date`
        expected: &'static str,
        /// What to write.
        help: Option<String>,
    },
    /// Written rightly, but there is no such thing: 30 February, 25 o'clock.
    Impossible {
        /// What was written.
        text: String,
        /// Why there is no such thing: `February 2026 has 28 days`.
        reason: String,
        /// What to write.
        help: Option<String>,
    },
    /// Not one of the declared values or nodes.
    Undeclared {
        /// What was written.
        text: String,
        /// The hierarchy, if the type is one.
        hierarchy: Option<String>,
        /// A declared value that looks much like it.
        near: Option<String>,
        /// The first declared values.
        some: Vec<String>,
        /// How many are declared.
        count: usize,
    },
    /// A zone where a node is expected.
    Zone {
        /// What was written.
        text: String,
        /// Its hierarchy.
        hierarchy: String,
    },
    /// Too small or too large a number.
    OutOfRange {
        /// What was written.
        text: String,
        /// Smallest.
        low: Number,
        /// Largest.
        high: Number,
        /// Of the type.
        unit: Option<String>,
    },
    /// A wrong, missing or superfluous unit.
    Unit {
        /// What was written.
        text: String,
        /// The digits.
        number: String,
        /// The declared unit; none: the type has none.
        unit: Option<String>,
    },
    /// One value for a set.
    OneForSeveral {
        /// What was written.
        text: String,
    },
}

impl Misread {
    pub(super) fn form(text: &str, expected: &'static str, help: Option<String>) -> Self {
        Self::Form { text: text.to_owned(), expected, help }
    }

    pub(super) fn impossible(text: &str, reason: impl Into<String>, help: Option<String>) -> Self {
        Self::Impossible { text: text.to_owned(), reason: reason.into(), help }
    }

    pub(super) fn undeclared<'n>(
        text: &str,
        hierarchy: Option<&str>,
        names: impl Iterator<Item = &'n str> + Clone,
    ) -> Self {
        Self::Undeclared {
            text: text.to_owned(),
            hierarchy: hierarchy.map(str::to_owned),
            near: did_you_mean(text, names.clone()).map(str::to_owned),
            some: names.clone().take(LISTED).map(str::to_owned).collect(),
            count: names.count(),
        }
    }

    /// A line that can be typed or acted on.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Form { help, .. } | Self::Impossible { help, .. } => help.clone(),
            Self::Undeclared { near: Some(near), .. } => Some(format!("did you mean {}?", shown(near))),
            Self::Undeclared { some, .. } if some.is_empty() => None,
            Self::Undeclared { some, count, .. } => Some(declared_are(some, *count)),
            Self::Zone { .. } => Some("name a node that lies in the zone".to_owned()),
            Self::OutOfRange { .. } => Some("both ends are allowed".to_owned()),
            Self::Unit { text, number, unit: Some(unit) } if text == number => {
                Some(format!("write {}", shown(&format!("{number}{unit}"))))
            }
            Self::Unit { number, unit: Some(unit), .. } => {
                Some(format!("write {} if that is the unit meant", shown(&format!("{number}{unit}"))))
            }
            Self::Unit { number, unit: None, .. } => Some(format!("write {}", shown(number))),
            Self::OneForSeveral { text } => Some(format!("write a list: {}", shown(&format!("[{text}]")))),
        }
    }
}

impl fmt::Display for Misread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form { text, expected, .. } => write!(f, "{} is not {expected}", shown(text)),
            Self::Impossible { text, reason, .. } => write!(f, "{} does not exist: {reason}", shown(text)),
            Self::Undeclared { text, hierarchy: Some(hierarchy), .. } => {
                write!(f, "{} is not in {}", shown(text), shown(hierarchy))
            }
            Self::Undeclared { text, hierarchy: None, .. } => {
                write!(f, "{} is not one of the declared values", shown(text))
            }
            Self::Zone { text, hierarchy } => {
                write!(f, "{} is a zone of {}, not a value", shown(text), shown(hierarchy))
            }
            Self::OutOfRange { text, low, high, unit } => {
                let unit = unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
                write!(f, "{} is not between {low}{unit} and {high}{unit}", shown(text))
            }
            Self::Unit { text, number, unit: Some(_) } if text == number => {
                write!(f, "{} lacks its unit", shown(text))
            }
            Self::Unit { text, unit: Some(unit), .. } => write!(f, "{} is not in {}", shown(text), shown(unit)),
            Self::Unit { text, unit: None, .. } => write!(f, "{} has a unit, but the type has none", shown(text)),
            Self::OneForSeveral { text } => write!(f, "{} is one value where a set is expected", shown(text)),
        }
    }
}

fn declared_are(some: &[String], count: usize) -> String {
    let listed: Vec<String> = some.iter().map(|word| shown(word)).collect();
    let more = count.saturating_sub(some.len());
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("declared are {}{rest}", listed.join(", "))
}

/// A user's words in backticks: clipped, and characters that would not print, or would print elsewhere, escaped.
pub fn shown(text: &str) -> String {
    let mut out = String::from("`");
    let mut characters = text.chars();
    for character in characters.by_ref().take(SHOWN) {
        if is_hidden(character) {
            let _ = write!(out, "{}", character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    if characters.next().is_some() {
        out.push('…');
    }
    out.push('`');
    out
}

/// Controls, and format characters that turn or hide text.
pub(crate) fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}
