//! Texts that stand for all texts, as far as patterns and names tell them apart.
//!
//! The one idea: patterns and names are automata that read a text together, one character after another; texts that lead to
//! the same state are not told apart by any of them. A walk through all states, shortest texts first, finds a text for each.

use super::undecided::{Reason, Undecided};
use crate::model::name::fold;
use crate::model::{Choice, Name, Pattern};
use rustc_hash::FxHashMap;
use std::collections::{BTreeSet, VecDeque};

/// Most steps of the walk: states times characters.
const STEPS: usize = 100_000;

/// Characters tried for all that no pattern mentions.
const OTHERS: &str = "xyzqjwvkpgbfmucldhsnriotae0123456789";

/// One place of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Symbol {
    Character(char),
    AnyOne,
    AnyMany,
}

/// A pattern or a name, read character by character.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Reader {
    symbols: Vec<Symbol>,
    /// Whether characters are compared as spelled.
    is_exact: bool,
}

/// By reader, at which of its places a text may stand.
type Places = Box<[Box<[u64]>]>;

impl Reader {
    fn of_pattern(pattern: &Pattern) -> Self {
        let (choice, before, after) = match pattern {
            Pattern::Prefix(choice) => (choice, false, true),
            Pattern::Suffix(choice) => (choice, true, false),
            Pattern::Substring(choice) => (choice, true, true),
            Pattern::Glob(choice) => {
                let symbol = |character| match character {
                    '*' => Symbol::AnyMany,
                    '?' => Symbol::AnyOne,
                    other => Symbol::Character(other),
                };
                return Self { symbols: wanted(choice).chars().map(symbol).collect(), is_exact: choice.exact };
            }
        };
        let many = |is_there: bool| is_there.then_some(Symbol::AnyMany);
        let symbols = many(before).into_iter().chain(wanted(choice).chars().map(Symbol::Character)).chain(many(after));
        Self { symbols: symbols.collect(), is_exact: choice.exact }
    }

    fn of_name(choice: &Choice) -> Self {
        Self { symbols: wanted(choice).chars().map(Symbol::Character).collect(), is_exact: choice.exact }
    }

    fn start(&self) -> Box<[u64]> {
        let mut places = vec![0; self.symbols.len() / 64 + 1];
        self.enter(&mut places, 0);
        places.into()
    }

    /// Stands at a place, and behind what may be nothing.
    fn enter(&self, places: &mut [u64], mut at: usize) {
        places[at / 64] |= 1 << (at % 64);
        while self.symbols.get(at) == Some(&Symbol::AnyMany) {
            at += 1;
            places[at / 64] |= 1 << (at % 64);
        }
    }

    fn step(&self, places: &[u64], spelled: char, folded: char) -> Box<[u64]> {
        let read = if self.is_exact { spelled } else { folded };
        let mut next = vec![0; places.len()];
        for (at, symbol) in self.symbols.iter().enumerate() {
            if places[at / 64] & 1 << (at % 64) == 0 {
                continue;
            }
            match symbol {
                Symbol::AnyMany => self.enter(&mut next, at),
                Symbol::AnyOne => self.enter(&mut next, at + 1),
                Symbol::Character(wanted) if *wanted == read => self.enter(&mut next, at + 1),
                Symbol::Character(_) => {}
            }
        }
        next.into()
    }

    fn accepts(&self, places: &[u64]) -> bool {
        let end = self.symbols.len();
        places[end / 64] & 1 << (end % 64) != 0
    }
}

fn wanted(choice: &Choice) -> &str {
    if choice.exact { &choice.name.spelled } else { &choice.name.folded }
}

/// What an attribute's tests compare texts with.
#[derive(Clone, Debug, Default)]
pub(super) struct Mentioned<'t> {
    pub choices: Vec<&'t Choice>,
    pub patterns: Vec<&'t Pattern>,
}

impl Mentioned<'_> {
    /// Those of declared names that are mentioned, and so many others.
    pub fn among<'n>(&self, declared: impl Iterator<Item = &'n Name>, is_exact: bool, mut others: usize) -> Vec<Name> {
        let mut found = Vec::new();
        for name in declared {
            let is_mentioned = self.choices.iter().any(|choice| choice.name.folded == name.folded);
            if is_mentioned || others > 0 {
                if is_exact {
                    found.push(name.clone());
                } else {
                    found.extend(self.spellings(name));
                }
                others -= usize::from(!is_mentioned);
            }
        }
        found
    }

    /// A declared name as it is spelled, and in whatever other spellings are told apart by what is mentioned with `exactly`.
    fn spellings(&self, name: &Name) -> Vec<Name> {
        let of_patterns = self.patterns.iter().map(|pattern| Reader::of_pattern(pattern));
        let readers = of_patterns.chain(self.choices.iter().map(|choice| Reader::of_name(choice)));
        let readers: Vec<Reader> = readers.filter(|reader| reader.is_exact).collect();
        if readers.is_empty() {
            return vec![name.clone()];
        }
        let start: Places = readers.iter().map(Reader::start).collect();
        let mut states: FxHashMap<Places, String> = FxHashMap::from_iter([(start, String::new())]);
        for character in name.spelled.chars() {
            let mut next: FxHashMap<Places, String> = FxHashMap::default();
            let other = respelled(&character.to_string()).and_then(|text| text.chars().next());
            let mut all: Vec<_> = states.into_iter().collect();
            all.sort_unstable_by(|(_, one), (_, other)| one.cmp(other));
            for (places, text) in all {
                for spelled in [Some(character), other].into_iter().flatten() {
                    let read = readers.iter().zip(&places);
                    let places = read.map(|(reader, places)| reader.step(places, spelled, spelled)).collect();
                    next.entry(places).or_insert_with(|| format!("{text}{spelled}"));
                }
            }
            states = next;
        }
        let mut texts: Vec<String> = states.into_values().collect();
        texts.sort_unstable();
        let others = texts.iter().filter(|text| **text != *name.spelled).map(|text| Name::new(text));
        std::iter::once(name.clone()).chain(others).collect()
    }
}

/// For everything that the mentioned names and patterns tell apart, at least one text, and up to `count`; shortest first. Texts
/// are not empty. Errors: there are too many states.
pub(super) fn stand_ins(mentioned: &Mentioned<'_>, is_exact: bool, count: usize) -> Result<Vec<Name>, Undecided> {
    let name = |text: &str| if is_exact { Name::exact(text) } else { Name::new(text) };
    if mentioned.patterns.is_empty() {
        return Ok(without_patterns(mentioned, name, count));
    }
    let mut readers: Vec<Reader> = mentioned.patterns.iter().map(|pattern| Reader::of_pattern(pattern)).collect();
    readers.extend(mentioned.choices.iter().map(|choice| Reader::of_name(choice)));
    if is_exact {
        readers.iter_mut().for_each(|reader| reader.is_exact = true);
    }
    Ok(walk(&readers, count)?.iter().map(|text| name(text)).collect())
}

/// Names as they are mentioned, in another spelling where that is told apart, and others.
fn without_patterns(mentioned: &Mentioned<'_>, name: impl Fn(&str) -> Name, count: usize) -> Vec<Name> {
    let mut texts: BTreeSet<String> = BTreeSet::new();
    for choice in &mentioned.choices {
        texts.insert(choice.name.spelled.to_string());
        if choice.exact {
            texts.extend(respelled(&choice.name.spelled));
        }
    }
    let known: BTreeSet<String> = texts.iter().map(|text| fold(text)).collect();
    let others = std::iter::once("other".to_owned()).chain((2..).map(|at| format!("other{at}")));
    let others: Vec<String> = others.filter(|text| !known.contains(text)).take(count).collect();
    texts.iter().chain(&others).map(|text| name(text)).collect()
}

/// A text that is the same but for case.
fn respelled(text: &str) -> Option<String> {
    let change = |text: &str, at: usize, character: char| {
        let changed: Vec<char> = if character.is_lowercase() {
            character.to_uppercase().collect()
        } else {
            character.to_lowercase().collect()
        };
        let mut other: String = text[..at].to_owned();
        other.extend(changed);
        other.push_str(&text[at + character.len_utf8()..]);
        other
    };
    let mut others = text.char_indices().map(|(at, character)| change(text, at, character));
    others.find(|other| other != text && fold(other) == fold(text))
}

fn walk(readers: &[Reader], count: usize) -> Result<Vec<String>, Undecided> {
    let alphabet = alphabet(readers, count);
    let start: Places = readers.iter().map(Reader::start).collect();
    let mut visits: FxHashMap<Places, usize> = FxHashMap::default();
    let mut found: FxHashMap<Vec<bool>, usize> = FxHashMap::default();
    let mut texts = Vec::new();
    let mut queue = VecDeque::from([(start, String::new())]);
    let mut steps = 0;
    while let Some((places, text)) = queue.pop_front() {
        if !text.is_empty() {
            let accepted = readers.iter().zip(&places).map(|(reader, places)| reader.accepts(places)).collect();
            let known = found.entry(accepted).or_default();
            if *known < count {
                *known += 1;
                texts.push(text.clone());
            }
        }
        for &(spelled, folded) in &alphabet {
            steps += 1;
            if steps > STEPS {
                return Err(Reason::Patterns.into());
            }
            let next: Places =
                readers.iter().zip(&places).map(|(reader, places)| reader.step(places, spelled, folded)).collect();
            let seen = visits.entry(next.clone()).or_default();
            if *seen < count {
                *seen += 1;
                queue.push_back((next, format!("{text}{spelled}")));
            }
        }
    }
    Ok(texts)
}

/// The characters that readers tell apart, each as spelled and as folded, and as many others as are asked for.
fn alphabet(readers: &[Reader], others: usize) -> Vec<(char, char)> {
    let mut mentioned: BTreeSet<char> = BTreeSet::new();
    for reader in readers {
        for symbol in &reader.symbols {
            if let Symbol::Character(character) = symbol {
                mentioned.insert(*character);
                if reader.is_exact {
                    mentioned.extend(respelled(&character.to_string()).iter().flat_map(|text| text.chars()));
                }
            }
        }
    }
    let folded = |character: char| fold(&character.to_string()).chars().next().unwrap_or(character);
    let known: BTreeSet<char> = mentioned.iter().map(|&character| folded(character)).collect();
    let plain = OTHERS.chars().chain('\u{4e00}'..'\u{9fff}');
    let fresh = plain.filter(|character| !known.contains(character)).take(others);
    // what no pattern mentions comes first: shorter lists of readable texts
    fresh.chain(mentioned.iter().copied()).map(|character| (character, folded(character))).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn choice(text: &str, exact: bool) -> Choice {
        Choice { name: Name::new(text), exact }
    }

    fn told(patterns: &[Pattern], choices: &[Choice], name: &Name) -> Vec<bool> {
        let of_patterns = patterns.iter().map(|pattern| pattern.matches(name));
        of_patterns.chain(choices.iter().map(|choice| choice.is(name))).collect()
    }

    fn pattern() -> impl Strategy<Value = Pattern> {
        (0usize..4, "[abA*?]{1,4}", any::<bool>()).prop_map(|(kind, text, exact)| {
            let plain: String = text.chars().filter(|character| character.is_alphabetic()).collect();
            let plain = if plain.is_empty() { "a".to_owned() } else { plain };
            match kind {
                0 => Pattern::Prefix(choice(&plain, exact)),
                1 => Pattern::Suffix(choice(&plain, exact)),
                2 => Pattern::Substring(choice(&plain, exact)),
                _ => Pattern::Glob(choice(&text, exact)),
            }
        })
    }

    proptest! {
        /// Whatever a text is told apart as, some stand-in is, too.
        #[test]
        fn nothing_is_left_out(
            patterns in prop::collection::vec(pattern(), 0..4),
            names in prop::collection::vec(("[abA]{1,3}", any::<bool>()), 0..3),
            texts in prop::collection::vec("[abABx]{1,7}", 60),
        ) {
            let choices: Vec<Choice> = names.iter().map(|(text, exact)| choice(text, *exact)).collect();
            let mentioned = Mentioned { choices: choices.iter().collect(), patterns: patterns.iter().collect() };
            let found = stand_ins(&mentioned, false, 1).unwrap();
            let vectors: BTreeSet<Vec<bool>> = found.iter().map(|name| told(&patterns, &choices, name)).collect();
            for text in texts {
                prop_assert!(vectors.contains(&told(&patterns, &choices, &Name::new(&text))), "{text}");
            }
        }
    }

    #[test]
    fn too_many_states_are_refused() {
        let patterns: Vec<Pattern> =
            (0..10).map(|at| Pattern::Glob(choice(&format!("*a{}", "?".repeat(at)), false))).collect();
        let mentioned = Mentioned { choices: Vec::new(), patterns: patterns.iter().collect() };
        // 2^10 states are few enough, 2^40 are not
        assert_eq!(stand_ins(&mentioned, false, 1).unwrap().len(), 1 << 10);
        let many: Vec<Pattern> =
            (0..40).map(|at| Pattern::Glob(choice(&format!("*a{}", "?".repeat(at)), false))).collect();
        let mentioned = Mentioned { choices: Vec::new(), patterns: many.iter().collect() };
        assert!(stand_ins(&mentioned, false, 1).is_err());
    }
}
