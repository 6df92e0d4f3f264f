//! The values that a policy knows beforehand: all that its catalogue declares and its rules mention, each read once, when
//! the policy is loaded.
//!
//! A value has a number, found by the very text that a host gives; with the number go the value itself and its class in the
//! compiled policy. So binding a known value is one search and a store, without reading, folding or allocating. What is
//! not found here, be it another spelling or a value that no rule tells apart, is read by type as ever.

use super::given;
use super::limits::NAME_BYTES;
use super::words::{NONE, Words};
use crate::compile::Index;
use crate::model::read::write;
use crate::model::{Attribute, AttributeId, Catalogue, Input, NOW, NumberType, Omitted, RuleSet, State, Test, Type};
use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;
use std::hash::{Hash, Hasher};

/// Values known of one attribute, and of all together; what comes after is read by type.
const MOST_VALUES: usize = 65_536;
const MOST_VALUES_IN_ALL: usize = 262_144;
/// Values of a range of whole numbers that are known one by one, and the first number that is not found by its position.
const MOST_NUMBERS: usize = 1_024;

/// What is known of all attributes.
#[derive(Clone, Debug)]
pub(crate) struct Vocabulary {
    /// The number of each attribute, by the names under which hosts mostly give it.
    names: Words,
    attributes: Box<[Lexicon]>,
}

/// The values of one attribute.
#[derive(Clone, Debug)]
pub(super) struct Lexicon {
    words: Words,
    states: Box<[State]>,
    /// By whole number, the number of its state.
    numbers: Box<[u32]>,
    /// Those of `false` and `true`.
    flags: [u32; 2],
    /// What the attribute feeds.
    feeds: Box<[Feed]>,
}

/// A classed input that an attribute feeds.
#[derive(Clone, Debug)]
struct Feed {
    /// Its number in the index.
    input: usize,
    /// By state, its class.
    classes: Box<[u32]>,
}

impl Vocabulary {
    /// The number of [`State::Unknown`] in every attribute.
    pub const UNKNOWN: u32 = 0;
    /// The number of [`State::Absent`] in every attribute.
    pub const ABSENT: u32 = 1;

    /// What the rules and their catalogue know. Cost: one reading of each value.
    pub fn new(rules: &RuleSet, index: &Index) -> Self {
        let catalogue = &rules.catalogue;
        let mut mentioned = mentioned(catalogue, index);
        let mut left = MOST_VALUES_IN_ALL;
        let attributes = catalogue.attributes.values().enumerate().map(|(at, attribute)| {
            let id = AttributeId::new(at);
            let texts = declared(catalogue, attribute).into_iter().chain(std::mem::take(&mut mentioned[at]));
            let values = Values::read(catalogue, id, texts.take(left.min(MOST_VALUES)));
            left -= values.texts.len();
            values.lexicon(id, index)
        });
        Self { names: names(catalogue), attributes: attributes.collect() }
    }

    /// Feeds what the numbers of values hang on.
    pub fn hash_numbering(&self, hasher: &mut impl Hasher) {
        self.attributes.iter().for_each(|lexicon| lexicon.states.hash(hasher));
    }

    /// The attribute that goes by that very name.
    #[inline]
    pub fn attribute(&self, name: &[u8]) -> Option<AttributeId> {
        self.names.find(name).map(|at| AttributeId::new(at as usize))
    }

    /// The values of an attribute.
    #[inline]
    pub fn lexicon(&self, attribute: AttributeId) -> &Lexicon {
        &self.attributes[attribute.index()]
    }

    /// The state of that number.
    pub fn state(&self, attribute: AttributeId, code: u32) -> &State {
        let lexicon = self.attributes.get(attribute.index());
        lexicon.and_then(|lexicon| lexicon.states.get(code as usize)).unwrap_or(&State::Unknown)
    }

    /// The number of a state. Cost: a look at each.
    pub fn code(&self, attribute: AttributeId, state: &State) -> Option<u32> {
        let states = &self.lexicon(attribute).states;
        states.iter().position(|known| known == state).and_then(|at| u32::try_from(at).ok())
    }

    /// The classed inputs that an attribute feeds, each with the class of a known state.
    pub fn classes(&self, attribute: AttributeId, code: u32) -> impl Iterator<Item = (usize, u32)> {
        self.lexicon(attribute).classes(code)
    }

    /// The classed inputs that an attribute feeds.
    pub fn inputs(&self, attribute: AttributeId) -> impl Iterator<Item = usize> {
        self.lexicon(attribute).feeds.iter().map(|feed| feed.input)
    }
}

impl Lexicon {
    /// The number of the state that a text stands for.
    #[inline]
    pub fn text(&self, text: &[u8]) -> Option<u32> {
        self.words.find(text)
    }

    /// The number of the state that a whole number stands for.
    #[inline]
    pub fn number(&self, number: u64) -> Option<u32> {
        self.numbers.get(usize::try_from(number).ok()?).copied().filter(|&code| code != NONE)
    }

    /// The number of the state that `true` or `false` stands for.
    #[inline]
    pub fn flag(&self, flag: bool) -> Option<u32> {
        Some(self.flags[usize::from(flag)]).filter(|&code| code != NONE)
    }

    /// The classed inputs that the attribute feeds, each with the class of a state.
    #[inline]
    pub fn classes(&self, code: u32) -> impl Iterator<Item = (usize, u32)> {
        self.feeds.iter().filter_map(move |feed| Some((feed.input, *feed.classes.get(code as usize)?)))
    }
}

/// Values of an attribute in the making.
struct Values {
    texts: Vec<(String, u32)>,
    states: IndexSet<State, FxBuildHasher>,
}

impl Values {
    fn read(catalogue: &Catalogue, id: AttributeId, texts: impl Iterator<Item = String>) -> Self {
        let mut values = Self { texts: Vec::new(), states: [State::Unknown, State::Absent].into_iter().collect() };
        // an instant is the context's own: it can be asked for without the policy
        if id == NOW {
            return values;
        }
        for text in texts {
            if let Ok(value) = given::read_text(catalogue, catalogue.attribute(id), &text) {
                let (code, _) = values.states.insert_full(State::Present(value));
                values.texts.push((text, u32::try_from(code).unwrap_or(NONE)));
            }
        }
        values
    }

    fn lexicon(self, id: AttributeId, index: &Index) -> Lexicon {
        let words = Words::new(self.texts.iter().map(|(text, code)| (text.as_str(), *code)));
        let find = |text: &str| words.find(text.as_bytes()).unwrap_or(NONE);
        let mut numbers: Vec<u32> = (0..MOST_NUMBERS).map(|number| find(&number.to_string())).collect();
        numbers.truncate(numbers.iter().rposition(|&code| code != NONE).map_or(0, |last| last + 1));
        let fed = index.inputs().enumerate().filter(|(_, (input, _))| attribute_of(*input) == id);
        let feeds = fed.map(|(input, (_, classes))| {
            let classes = self.states.iter().map(|state| classes.class(state)).collect();
            Feed { input, classes }
        });
        Lexicon {
            feeds: feeds.collect(),
            flags: [find("false"), find("true")],
            numbers: numbers.into(),
            states: self.states.into_iter().collect(),
            words,
        }
    }
}

/// The attribute that an input is read from.
fn attribute_of(input: Input) -> AttributeId {
    match input {
        Input::Attribute(attribute) => attribute,
        Input::Time(_) | Input::Date(_) | Input::Weekday(_) => NOW,
    }
}

/// The names of attributes as declared and as compared, each also with `user.` before it.
fn names(catalogue: &Catalogue) -> Words {
    let mut names = Vec::new();
    for (at, (folded, attribute)) in (0..).zip(&catalogue.attributes) {
        for name in [folded, &attribute.name] {
            names.extend([name.clone(), format!("user.{name}")].map(|name| (name, at)));
        }
    }
    names.retain(|(name, _)| name.len() <= NAME_BYTES);
    names.retain(|(name, at)| find_attribute(catalogue, name).is_some_and(|found| found.index() == *at as usize));
    Words::new(names.iter().map(|(name, at)| (name.as_str(), *at)))
}

/// The attribute of a name in any spelling; none for approved requests.
fn find_attribute(catalogue: &Catalogue, name: &str) -> Option<AttributeId> {
    let known = given::known_name(name);
    catalogue.attributes.get_index_of(&known).filter(|_| known != given::APPROVED).map(AttributeId::new)
}

/// The texts of declared values: as declared and as compared.
fn declared(catalogue: &Catalogue, attribute: &Attribute) -> Vec<String> {
    let mut texts = match &attribute.ty {
        Type::Bool => vec!["true".to_owned(), "false".to_owned()],
        Type::Name(names) => {
            let values = names.values.iter().flatten();
            values.flat_map(|(folded, name)| [name.spelled.to_string(), folded.clone()]).collect()
        }
        Type::Number(kind) => numbers(kind),
        Type::Weekday => ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].map(str::to_owned).to_vec(),
        Type::Node(hierarchy) => {
            let nodes = &catalogue.hierarchy(*hierarchy).nodes;
            nodes.iter().take(MOST_VALUES).flat_map(|(folded, node)| [node.name.clone(), folded.clone()]).collect()
        }
        Type::Time | Type::Date | Type::DateTime | Type::Duration | Type::Set(_) | Type::Address | Type::Version => {
            Vec::new()
        }
    };
    if let Omitted::Default(value) = &attribute.omitted {
        texts.push(write(value, catalogue, &attribute.ty));
    }
    texts
}

/// The values of a small range of whole numbers.
fn numbers(kind: &NumberType) -> Vec<String> {
    let whole = |number: crate::model::Number| number.to_string().parse::<i64>().ok();
    match kind.range.map(|(low, high)| (whole(low), whole(high))) {
        Some((Some(low), Some(high))) if kind.is_whole && high.saturating_sub(low) < MOST_NUMBERS as i64 => {
            (low..=high).map(|number| number.to_string()).collect()
        }
        _ => Vec::new(),
    }
}

/// By attribute, the texts of values that rules compare it with.
fn mentioned(catalogue: &Catalogue, index: &Index) -> Vec<IndexSet<String, FxBuildHasher>> {
    let mut mentioned = vec![IndexSet::default(); catalogue.attributes.len()];
    for (_, test) in index.pool().tests() {
        match test {
            Test::OneOf(Input::Attribute(attribute), choices) => {
                let texts = choices.iter().flat_map(|choice| [&choice.name.spelled, &choice.name.folded]);
                mentioned[attribute.index()].extend(texts.map(|text| text.to_string()));
            }
            Test::InRanges(Input::Attribute(attribute), ranges) => {
                let ty = &catalogue.attribute(*attribute).ty;
                let bounds = ranges.iter().flat_map(|range| [&range.low, &range.high]).flatten();
                mentioned[attribute.index()].extend(bounds.map(|(value, _)| write(value, catalogue, ty)));
            }
            _ => {}
        }
    }
    mentioned
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::PolicyFiles;

    const CATALOGUE: &str = r#"
ward: 1
types:
  place: {tree: {Hospital: {floor_4: [Room_401]}}}
attributes:
  role: [Nurse, "R&D"]
  location: place
  bed: {type: place, inner: refused}
  managed: bool
  age: {type: whole, range: -1..120}
  weight: {type: decimal, unit: kg}
  day: weekday
  topic: {one of: [Care], open: true}
entitlements: [EHR]
"#;

    fn vocabulary(rules: &str) -> (crate::Policy, Vocabulary) {
        let policy = PolicyFiles::new().catalogue("catalogue.yaml", CATALOGUE).rules("a.ward", rules).load().unwrap();
        let vocabulary = Vocabulary::new(policy.rule_set(), policy.index());
        (policy, vocabulary)
    }

    #[test]
    fn a_known_text_stands_for_the_value_it_is_read_as() {
        let rules = "role = Nurse and weight < 80kg and topic = Feeding and age > 18 -> allow EHR";
        let (policy, vocabulary) = vocabulary(rules);
        let catalogue = &policy.rule_set().catalogue;
        let known = [
            ("role", "Nurse nurse R&D"),
            ("location", "Hospital hospital Room_401 room_401"),
            ("bed", "Room_401"),
            ("managed", "true false"),
            ("age", "-1 0 18 120"),
            ("weight", "80kg"),
            ("day", "Mon Sun"),
            ("topic", "Care feeding Feeding"),
        ];
        for (name, texts) in known {
            let id = vocabulary.attribute(name.as_bytes()).unwrap();
            for text in texts.split(' ') {
                let lexicon = vocabulary.lexicon(id);
                let code = lexicon.text(text.as_bytes()).unwrap_or_else(|| panic!("{name}: {text}"));
                let value = given::read_text(catalogue, catalogue.attribute(id), text).unwrap();
                assert_eq!(vocabulary.state(id, code), &State::Present(value), "{name}: {text}");
                let at = policy.index().inputs().position(|(input, _)| input == Input::Attribute(id));
                let classes: Vec<_> = lexicon.classes(code).collect();
                assert_eq!(classes.len(), usize::from(at.is_some()), "{name}");
                for (input, class) in classes {
                    let (_, of_input) = policy.index().inputs().nth(input).unwrap();
                    assert_eq!(class, of_input.class(vocabulary.state(id, code)), "{name}: {text}");
                }
            }
        }
        let unknown = [("role", "NURSE"), ("bed", "Hospital"), ("age", "121"), ("weight", "80"), ("topic", "Other")];
        for (name, text) in unknown {
            let id = vocabulary.attribute(name.as_bytes()).unwrap();
            assert_eq!(vocabulary.lexicon(id).text(text.as_bytes()), None, "{name}: {text}");
        }
    }

    #[test]
    fn numbers_and_flags_are_found_as_their_texts_are() {
        let (_, vocabulary) = vocabulary("age > 18 and managed -> allow EHR");
        let lexicon = |name: &[u8]| vocabulary.lexicon(vocabulary.attribute(name).unwrap());
        let (age, managed) = (lexicon(b"age"), lexicon(b"managed"));
        assert_eq!(age.number(18), age.text(b"18"));
        assert_eq!((age.number(121), age.flag(true)), (None, None));
        assert_eq!(managed.flag(true), managed.text(b"true"));
        assert_eq!(managed.number(1), None);
    }

    #[test]
    fn names_are_found_as_hosts_give_them() {
        let (_, vocabulary) = vocabulary("role = Nurse -> allow EHR");
        assert_eq!(vocabulary.attribute(b"user.role"), vocabulary.attribute(b"role"));
        assert!(vocabulary.attribute(b"now").is_some());
        assert_eq!((vocabulary.attribute(b"ROLE"), vocabulary.attribute(b"approved")), (None, None));
    }
}
