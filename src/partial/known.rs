//! An attribute that is known against one that is open: a test of the open one against a value.
//!
//! Only where the two tests have the same value however the open side comes out, unknown and absent included, and where the
//! value may be shown and can be written in a rule. Else the test stays as it was written.

use crate::eval::{Facts, is_settled};
use crate::model::read::Reader;
use crate::model::{
    AttributeId, Choice, Element, How, Inner, Input, Name, Range, Relation, State, Test, Type, Value, read::write,
};
use crate::source::SourceId;
use crate::syntax::parse_condition;

/// Elements of a known set that are put into a test, at most.
const MOST_ELEMENTS: usize = 100;

/// Puts values in the place of attributes that are known.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub facts: &'a Facts<'a>,
    /// Any source: what is read to see whether it can be written needs a place.
    pub source: Option<SourceId>,
}

impl Known<'_> {
    /// The test with a value in the place of an attribute; none if it must stay as it is.
    pub fn put_in(self, test: &Test) -> Option<Test> {
        match test {
            Test::Compare(left, relation, right) => self.compare(*left, *relation, *right),
            Test::HasValueOf(set, attribute) => {
                let element = self.element(*set, self.value(*attribute)?)?;
                Some(Test::Has(*set, How::Any, vec![element]))
            }
            Test::HasSetOf(left, how, right) => {
                let Value::Set(set) = self.value(*right)? else { return None };
                // against an empty set the test has no list to name
                if set.members.is_empty() || set.members.len() > MOST_ELEMENTS {
                    return None;
                }
                let elements: Option<Vec<Element>> = set.members.iter().map(|each| self.element(*left, each)).collect();
                Some(Test::Has(*left, *how, elements?))
            }
            _ => None,
        }
    }

    /// The value of an attribute of which all is known and may be shown.
    fn value(&self, id: AttributeId) -> Option<&Value> {
        let may_show = self.facts.attribute(id).may_disclose && is_settled(self.facts, id);
        match self.facts.state(id) {
            State::Present(value) if may_show => Some(value),
            _ => None,
        }
    }

    fn compare(&self, left: Input, relation: Relation, right: Input) -> Option<Test> {
        let known = |input| match input {
            Input::Attribute(id) => self.value(id),
            _ => None,
        };
        match (known(left), known(right)) {
            (None, Some(value)) => self.against(left, relation, value),
            // `a < x` is `x > a`
            (Some(value), None) if relation != Relation::Within => self.after(value, relation, right),
            _ => None,
        }
    }

    /// `x` in a relation to a value.
    fn against(&self, open: Input, relation: Relation, value: &Value) -> Option<Test> {
        let up_to = |is_inside| Range { low: None, high: Some((value.clone(), is_inside)) };
        match (relation, value) {
            (Relation::Equal, _) => self.equal(open, value),
            (Relation::Within, Value::Node(node)) => Some(Test::Within(open, vec![*node])),
            (Relation::Less, _) => self.range(open, value, up_to(false)),
            (Relation::LessOrEqual, _) => self.range(open, value, up_to(true)),
            (Relation::Within, _) => None,
        }
    }

    /// A value in a relation to `x`.
    fn after(&self, value: &Value, relation: Relation, open: Input) -> Option<Test> {
        let from = |is_inside| Range { low: Some((value.clone(), is_inside)), high: None };
        match relation {
            Relation::Equal => self.equal(open, value),
            Relation::Less => self.range(open, value, from(false)),
            Relation::LessOrEqual => self.range(open, value, from(true)),
            Relation::Within => None,
        }
    }

    fn equal(&self, open: Input, value: &Value) -> Option<Test> {
        match (open, value) {
            (Input::Attribute(id), Value::Node(node)) => {
                let attribute = self.facts.attribute(id);
                let Type::Node(hierarchy) = attribute.ty else { return None };
                // an area that overlaps a node may not hold it
                let is_plain =
                    attribute.inner != Inner::Somewhere || self.facts.catalogue.hierarchy(hierarchy).is_leaf(*node);
                is_plain.then_some(Test::ExactlyNode(open, *node))
            }
            (_, Value::Name(name)) => {
                let fits = self.can_write(name) && self.is_a_value_of(open, value);
                fits.then(|| Test::OneOf(open, vec![choice(name)]))
            }
            (_, Value::Bool(true)) => Some(Test::Is(open)),
            (_, Value::Bool(false) | Value::Set(_) | Value::Ip(_)) => None,
            _ => {
                let point = Some((value.clone(), true));
                self.range(open, value, Range { low: point.clone(), high: point })
            }
        }
    }

    fn range(&self, open: Input, value: &Value, range: Range) -> Option<Test> {
        self.is_a_value_of(open, value).then(|| Test::InRanges(open, vec![range]))
    }

    /// Whether a value, as it is written, is one of the open side's type: of names and ranges it may take others.
    fn is_a_value_of(&self, open: Input, value: &Value) -> bool {
        match open {
            Input::Attribute(id) => self.is_of(value, &self.facts.attribute(id).ty),
            Input::Time(_) => self.is_of(value, &Type::Time),
            Input::Date(_) => self.is_of(value, &Type::Date),
            Input::Weekday(_) => self.is_of(value, &Type::Weekday),
        }
    }

    fn is_of(&self, value: &Value, ty: &Type) -> bool {
        let catalogue = self.facts.catalogue;
        // without a catalogue the type would be inferred from the value
        let is_fixed = catalogue.is_declared || matches!(ty, Type::Name(_));
        let reader = Reader { hierarchies: &catalogue.hierarchies, zone: None };
        let text = write(value, catalogue, ty);
        is_fixed && reader.read_literal(&text, ty).is_ok_and(|read| read == *value)
    }

    fn element(&self, set: AttributeId, value: &Value) -> Option<Element> {
        let Type::Set(element) = &self.facts.attribute(set).ty else { return None };
        match value {
            Value::Name(name) if self.is_of(value, element) => {
                self.can_write(name).then(|| Element::Name(choice(name)))
            }
            Value::Node(node) => Some(Element::Nodes(vec![*node])),
            _ => None,
        }
    }

    /// Whether a name can stand in a rule: what a context brings may hold anything.
    fn can_write(&self, name: &Name) -> bool {
        let Some(source) = self.source else { return false };
        let test = format!("x = {}", super::words::in_quotes(&name.spelled));
        !name.spelled.is_empty() && parse_condition(source, &test, 0, &mut Vec::new()).is_some()
    }
}

fn choice(name: &Name) -> Choice {
    Choice { name: name.clone(), exact: false }
}
