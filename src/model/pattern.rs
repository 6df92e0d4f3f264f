//! Text patterns: `starts with`, `ends with`, `contains`, and globs of `*` and `?`.

use super::condition::{Choice, Pattern};
use super::value::Name;
use std::str::Chars;

impl Pattern {
    /// Whether a name matches. Cost: length of the text times length of the pattern at worst; nothing is allocated.
    pub fn matches(&self, name: &Name) -> bool {
        match self {
            Self::Prefix(choice) => side(name, choice).starts_with(wanted(choice)),
            Self::Suffix(choice) => side(name, choice).ends_with(wanted(choice)),
            Self::Substring(choice) => side(name, choice).contains(wanted(choice)),
            Self::Glob(choice) => glob(wanted(choice), side(name, choice)),
        }
    }
}

/// The form of a name that a choice is compared with.
fn side<'n>(name: &'n Name, choice: &Choice) -> &'n str {
    if choice.exact { &name.spelled } else { &name.folded }
}

fn wanted(choice: &Choice) -> &str {
    side(&choice.name, choice)
}

/// Greedy matching with one point to come back to: the last `*` is the only one that ever needs to take more.
fn glob(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    // what follows the star, and the text from which that is tried
    let mut star: Option<(Chars<'_>, Chars<'_>)> = None;
    loop {
        let mut rest = text.clone();
        let Some(character) = rest.next() else { break };
        let mut next = pattern.clone();
        match next.next() {
            Some('*') => {
                star = Some((next.clone(), text.clone()));
                pattern = next;
            }
            Some(wanted) if wanted == '?' || wanted == character => (pattern, text) = (next, rest),
            _ => {
                let Some((after, from)) = &mut star else { return false };
                from.next();
                (pattern, text) = (after.clone(), from.clone());
            }
        }
    }
    pattern.all(|character| character == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        for (pattern, text, is_match) in [
            ("*", "", true),
            ("?", "", false),
            ("a*b", "ab", true),
            ("a*b", "axxb", true),
            ("a*b", "axxbc", false),
            ("*.hospital.org", "mail.hospital.org", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*a*b*", "xxaxxbxx", true),
            ("?é?", "aéb", true),
            ("a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaa", false),
        ] {
            assert_eq!(glob(pattern, text), is_match, "{pattern} {text}");
        }
    }
}
