//! "Did you mean": a declared word that looks much like a wrong one, or none.

use super::super::name::fold;
use unicode_security::skeleton;

/// The candidate nearest to a wrong word; near misses only: the same but for blanks, `-` and `_`; the same to the eye; or
/// one slip (two from 6 letters, three from 10). Among equals the first. Cost: one comparison per candidate of like length.
pub fn did_you_mean<'n>(wrong: &str, candidates: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let folded = fold(wrong);
    let length = folded.chars().count();
    // long texts are no slips of the pen, and comparing them costs their product
    if length == 0 || length > 200 {
        return None;
    }
    let allowed = match length {
        0..=2 => 0,
        3..=5 => 1,
        6..=9 => 2,
        _ => 3,
    };
    let (bare, seen) = (without_joiners(&folded), skeleton(&folded).collect::<String>());
    let mut best: Option<(usize, &'n str)> = None;
    for candidate in candidates {
        let other = fold(candidate);
        let Some(distance) = distance(&folded, &bare, &seen, length, &other, allowed) else { continue };
        if best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

fn distance(folded: &str, bare: &str, seen: &str, length: usize, other: &str, allowed: usize) -> Option<usize> {
    if folded == other || (!bare.is_empty() && bare == without_joiners(other)) || skeleton(other).eq(seen.chars()) {
        return Some(0);
    }
    if other.chars().count().abs_diff(length) > allowed {
        return None;
    }
    let distance = strsim::osa_distance(folded, other);
    // a word of which most letters differ is another word
    (distance <= allowed && distance * 2 < length).then_some(distance)
}

fn without_joiners(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, ' ' | '-' | '_' | '.')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_misses_only() {
        let words = ["care_area", "cafeteria", "Sales", "R&D", "id", "Secure Messaging", "role", "rule"];
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
            ("Marketing", None),
            ("", None),
        ] {
            assert_eq!(did_you_mean(wrong, words), right, "{wrong}");
        }
    }
}
