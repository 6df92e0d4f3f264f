//! Text patterns: `starts with`, `ends with`, `contains`, and globs of `*` and `?`.

use super::condition::{Choice, Pattern};
use super::value::Name;

impl Pattern {
    /// Whether a name matches. Cost: length of the text times length of the pattern at worst.
    pub fn matches(&self, name: &Name) -> bool {
        let side = |choice: &Choice| if choice.exact { name.spelled.clone() } else { name.folded.clone() };
        let wanted =
            |choice: &Choice| if choice.exact { choice.name.spelled.clone() } else { choice.name.folded.clone() };
        match self {
            Self::Prefix(choice) => side(choice).starts_with(&*wanted(choice)),
            Self::Suffix(choice) => side(choice).ends_with(&*wanted(choice)),
            Self::Substring(choice) => side(choice).contains(&*wanted(choice)),
            Self::Glob(choice) => glob(&wanted(choice), &side(choice)),
        }
    }
}

/// Greedy matching with one point to come back to: the last `*` is the only one that ever needs to take more.
fn glob(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut next) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(next) {
            Some('*') => {
                star = Some((next, at));
                next += 1;
            }
            Some(&wanted) if wanted == '?' || Some(&wanted) == text.get(at) => {
                at += 1;
                next += 1;
            }
            _ => match star {
                Some((after, from)) => {
                    star = Some((after, from + 1));
                    at = from + 1;
                    next = after + 1;
                }
                None => return false,
            },
        }
    }
    pattern.get(next..).is_none_or(|rest| rest.iter().all(|&character| character == '*'))
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
