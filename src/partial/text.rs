//! Forms as text in the language: parentheses only where needed, and `let`s only where a text would pass what one item of
//! the language may hold.

use super::forms::{Form, FormId, Forms, Joint, TestId};
use super::words::Words;
use crate::model::{AttributeId, Input, Test};
use std::collections::HashMap;

/// Bytes beyond which a part is written as a `let` of its own.
const PART: usize = 4 << 10;
/// Bytes of one text beyond which it is split.
const WHOLE: usize = 16 << 10;
/// Parentheses in parentheses beyond which a part is written as a `let` of its own.
const DEPTH: usize = 16;

/// What never holds: the language has no word of its own for it.
pub(super) const NEVER: &str = "not always";

/// Writes forms.
pub(super) struct Writer<'a> {
    words: Vec<Words>,
    /// Yes/no attributes, by their tests: that it is true, and that it has no value.
    truths: HashMap<TestId, (AttributeId, bool)>,
    /// Whether a name alone may stand in an `or`, where it could be taken for a value.
    may_stand_alone: bool,
    is_taken: &'a dyn Fn(&str) -> bool,
    pieces: HashMap<FormId, Piece>,
    named: HashMap<FormId, String>,
    /// What parts written on their own stand for, each naming only earlier ones.
    pub lets: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
struct Piece {
    text: String,
    joint: Option<Joint>,
    depth: usize,
}

impl<'a> Writer<'a> {
    /// `words` are those of the forms' tests, by number; `is_taken` tells names that no `let` may have.
    pub fn new(forms: &Forms, words: Vec<Words>, may_stand_alone: bool, is_taken: &'a dyn Fn(&str) -> bool) -> Self {
        let truths = forms.tests().filter_map(|(id, test, _)| match test {
            Test::Is(Input::Attribute(attribute)) => Some((id, (*attribute, true))),
            Test::IsAbsent(attribute) => Some((id, (*attribute, false))),
            _ => None,
        });
        let truths = truths.collect();
        let (pieces, named, lets) = (HashMap::new(), HashMap::new(), Vec::new());
        Self { words, truths, may_stand_alone, is_taken, pieces, named, lets }
    }

    /// The text of a form. Cost: the forms reached that were not written before.
    pub fn text(&mut self, forms: &Forms, root: FormId) -> String {
        for id in forms.reach([root]) {
            if !self.pieces.contains_key(&id) {
                let piece = self.piece(forms, id);
                self.pieces.insert(id, piece);
            }
        }
        self.pieces.get(&root).map_or_else(String::new, |piece| piece.text.clone())
    }

    fn piece(&mut self, forms: &Forms, id: FormId) -> Piece {
        let alone = |text: String| Piece { text, joint: None, depth: 0 };
        match forms.form(id) {
            Form::Constant(true) => alone("always".to_owned()),
            Form::Constant(false) => alone(NEVER.to_owned()),
            Form::Test(test, is_positive) => alone(self.test(*test, *is_positive)),
            Form::Join(joint, _) => self.join(forms, *joint, forms.parts(id)),
        }
    }

    fn test(&self, test: TestId, is_positive: bool) -> String {
        let words = self.words.get(test.index());
        words.map_or_else(String::new, |words| if is_positive { words.holds.clone() } else { words.fails.clone() })
    }

    fn join(&mut self, forms: &Forms, joint: Joint, parts: &[FormId]) -> Piece {
        let mut texts = Vec::with_capacity(parts.len());
        let mut depth = 0;
        let truths = self.truths_compared(forms, joint, parts);
        for &part in parts {
            match truths.iter().find(|(is, absent, _)| *is == part || *absent == part) {
                Some((is, _, text)) if *is == part => texts.push(text.clone()),
                Some(_) => {}
                None => {
                    let (text, inner) = self.part(forms, joint, part);
                    depth = depth.max(inner);
                    texts.push(text);
                }
            }
        }
        let joint_left = (texts.len() > 1).then_some(joint);
        Piece { text: self.joined(joint, texts), joint: joint_left, depth }
    }

    /// A part of a join as it stands there, and how deep its parentheses go.
    fn part(&mut self, forms: &Forms, joint: Joint, id: FormId) -> (String, usize) {
        if let (Joint::Any, false, Form::Test(test, true)) = (joint, self.may_stand_alone, forms.form(id))
            && self.truths.get(test).is_some_and(|(_, is)| *is)
        {
            return (format!("{} = true", self.test(*test, true)), 0);
        }
        let Some(piece) = self.pieces.get(&id) else { return (String::new(), 0) };
        match piece.joint {
            Some(_) if piece.text.len() > PART || piece.depth >= DEPTH => (self.name(id), 0),
            Some(inner) if inner != joint => (format!("({})", piece.text), piece.depth + 1),
            _ => (piece.text.clone(), piece.depth),
        }
    }

    /// The name of a part that is written on its own.
    fn name(&mut self, id: FormId) -> String {
        if let Some(name) = self.named.get(&id) {
            return name.clone();
        }
        let text = self.pieces.get(&id).map(|piece| piece.text.clone()).unwrap_or_default();
        let name = self.new_let(text);
        self.named.insert(id, name.clone());
        name
    }

    fn new_let(&mut self, text: String) -> String {
        let mut number = self.lets.len() + 1;
        let mut name = format!("part_{number}");
        while (self.is_taken)(&name) || self.lets.iter().any(|(other, _)| *other == name) {
            number += 1;
            name = format!("part_{number}");
        }
        self.lets.push((name.clone(), text));
        name
    }

    /// Texts in one chain; groups of them as `let`s where the chain would be too long.
    fn joined(&mut self, joint: Joint, mut texts: Vec<String>) -> String {
        let word = match joint {
            Joint::All => " and ",
            Joint::Any => " or ",
        };
        while texts.len() > 2 && texts.iter().map(|text| text.len() + word.len()).sum::<usize>() > WHOLE {
            texts = groups(texts)
                .into_iter()
                .map(|group| match group.as_slice() {
                    [_] => group.concat(),
                    _ => self.new_let(group.join(word)),
                })
                .collect();
        }
        texts.join(word)
    }

    /// `not x and x is not absent` is `x = false`, and its negation `x != false`: each with the part that is put so, the part that
    /// goes with it, and the text.
    fn truths_compared(&self, forms: &Forms, joint: Joint, parts: &[FormId]) -> Vec<(FormId, FormId, String)> {
        let sign = if joint == Joint::All { "=" } else { "!=" };
        let truth = |part: &FormId| match forms.form(*part) {
            Form::Test(test, is_positive) if *is_positive == (joint == Joint::Any) => {
                self.truths.get(test).map(|&(attribute, is)| (*test, *part, attribute, is))
            }
            _ => None,
        };
        let truths: Vec<(TestId, FormId, AttributeId, bool)> = parts.iter().filter_map(truth).collect();
        let pair = |&(test, is_part, attribute, is): &(TestId, FormId, AttributeId, bool)| {
            let absent = truths.iter().find(|other| is && other.2 == attribute && !other.3)?;
            Some((is_part, absent.1, format!("{} {sign} false", self.test(test, true))))
        };
        truths.iter().filter_map(pair).collect()
    }
}

/// Texts in groups, each within the length of one text if it can be.
fn groups(texts: Vec<String>) -> Vec<Vec<String>> {
    let mut groups: Vec<Vec<String>> = Vec::new();
    let mut length = 0;
    for text in texts {
        let longer = length + text.len() + " and ".len();
        match groups.last_mut() {
            // two at least, so that there are always fewer groups than texts
            Some(group) if longer <= WHOLE || group.len() < 2 => {
                length = longer;
                group.push(text);
            }
            _ => {
                length = text.len();
                groups.push(vec![text]);
            }
        }
    }
    groups
}
