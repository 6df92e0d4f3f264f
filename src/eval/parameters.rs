//! What goes with what is given: the parameters of all contributing effects, combined as the catalogue says.

use crate::model::{Combine, Value};

/// The combined parameters of a decision, in the catalogue's order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters {
    pub(super) list: Vec<GivenParameter>,
}

/// One parameter of a decision.
#[derive(Clone, Debug, PartialEq)]
pub struct GivenParameter {
    /// As declared.
    pub name: String,
    /// How its values were combined.
    pub combine: Combine,
    /// One as a rule; several where all count, in a conflict, and where it is not certain which counts.
    pub values: Vec<GivenValue>,
    /// Whether rules of equal rank give different values to a parameter that can have but one.
    pub is_conflict: bool,
}

/// One value of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct GivenValue {
    /// The value; none where it comes from an attribute that is unknown or has none.
    pub value: Option<Value>,
    /// The value as people write it; empty for none.
    pub text: String,
    /// Whether it certainly applies. A host treats duties that may apply as due.
    pub is_settled: bool,
}

impl GivenParameter {
    /// Whether every value certainly applies.
    pub fn is_settled(&self) -> bool {
        self.values.iter().all(|value| value.is_settled)
    }
}

impl Parameters {
    /// The parameter of that name, found without regard to case.
    pub fn get(&self, name: &str) -> Option<&GivenParameter> {
        let folded = crate::model::name::fold(name);
        self.list.iter().find(|parameter| crate::model::name::fold(&parameter.name) == folded)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &GivenParameter> {
        self.list.iter()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}
