//! "Did you mean": a declared word that looks much like a wrong one, or none.

use super::super::name::fold;
use unicode_security::skeleton;

/// The candidate nearest to a wrong word; near misses only: the same but for blanks, `-`, `_` and `.`; the same to the eye;
/// or one slip (two from 6 letters, three from 10). Other digits are another thing: `ward_4` is no slip of `ward_5`. Among
/// equals the first.
///
/// Cost: one look at each candidate's length, and one comparison with each of like length.
pub fn did_you_mean<'n>(wrong: &str, candidates: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let wrong = Wrong::new(wrong)?;
    let mut best: Option<(usize, &'n str)> = None;
    for candidate in candidates {
        let Some(distance) = wrong.distance(candidate) else { continue };
        if best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Longest text that is looked at: longer ones are no slips of the pen, and comparing them costs their product.
const MAX_LENGTH: usize = 200;

/// A wrong word in the forms in which it is compared.
struct Wrong {
    folded: String,
    length: usize,
    allowed: usize,
    bare: String,
    look: String,
    is_ascii: bool,
}

impl Wrong {
    fn new(text: &str) -> Option<Self> {
        let folded = fold(text);
        let length = folded.chars().count();
        if length == 0 || length > MAX_LENGTH {
            return None;
        }
        let allowed = match length {
            0..=2 => 0,
            3..=5 => 1,
            6..=9 => 2,
            _ => 3,
        };
        let (bare, look) = (without_joiners(&folded), skeleton(&folded).collect());
        Some(Self { length, allowed, bare, look, is_ascii: folded.is_ascii(), folded })
    }

    fn distance(&self, candidate: &str) -> Option<usize> {
        // joiners apart, a candidate in ASCII of another length cannot be near
        let is_ascii = candidate.is_ascii() && self.is_ascii;
        if is_ascii && candidate.len().abs_diff(self.length) > self.allowed.max(4) {
            return None;
        }
        let other = fold(candidate);
        let is_bare_match = !self.bare.is_empty() && joined_matches(&self.bare, &other);
        if self.folded == other || is_bare_match || (!is_ascii && skeleton(&other).eq(self.look.chars())) {
            return Some(0);
        }
        let is_near_in_length = other.chars().count().abs_diff(self.length) <= self.allowed;
        if !is_near_in_length || !digits(&self.folded).eq(digits(&other)) {
            return None;
        }
        let distance = strsim::osa_distance(&self.folded, &other);
        // a word of which most letters differ is another word
        (distance <= self.allowed && distance * 2 < self.length).then_some(distance)
    }
}

fn is_joiner(character: char) -> bool {
    matches!(character, ' ' | '-' | '_' | '.')
}

fn without_joiners(text: &str) -> String {
    text.chars().filter(|&c| !is_joiner(c)).collect()
}

fn joined_matches(bare: &str, other: &str) -> bool {
    other.chars().filter(|&c| !is_joiner(c)).eq(bare.chars())
}

fn digits(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(char::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_misses_only() {
        let words = ["care_area", "cafeteria", "Sales", "R&D", "id", "Secure Messaging", "role", "rule", "ward_4"];
        for (wrong, right) in [
            ("care_aera", Some("care_area")),
            ("CareArea", Some("care_area")),
            ("care-area", Some("care_area")),
            ("Slaes", Some("Sales")),
            ("S\u{430}les", Some("Sales")),
            ("SecureMessaging", Some("Secure Messaging")),
            ("rol", Some("role")),
            ("rxle", Some("role")),
            ("xy", None),
            ("ward", None),
            ("ward_5", None),
            ("ward4", Some("ward_4")),
            ("Marketing", None),
            ("", None),
        ] {
            assert_eq!(did_you_mean(wrong, words), right, "{wrong}");
        }
    }
}
