//! Parameters of `with`, and how several values of one become one.

use super::codes;
use super::names::Names;
use super::walk::Walk;
use crate::diagnostic::Diagnostic;
use crate::model::catalogue::{Combine, Parameter, Type};
use crate::model::read::shown;
use crate::model::yaml::{Entry, Node};

const COMBINE: &[(&str, Combine)] =
    &[("one", Combine::One), ("all", Combine::All), ("least", Combine::Least), ("most", Combine::Most)];

impl<'n> Walk<'n, '_> {
    /// The section `parameters`.
    pub(super) fn read_parameters(&mut self, section: Option<&'n Node>) {
        let Some(section) = section else { return };
        let expected = "a map of parameters to their types: `reauth: duration`";
        let Some(entries) = self.map(section, "`parameters`", expected) else { return };
        let mut names = Names::new("parameter");
        for entry in entries {
            if !self.is_usable_path("parameter", &entry.key, entry.key_span) {
                continue;
            }
            let Some(folded) = names.add(self, &entry.key, entry.key_span) else { continue };
            match self.parameter(entry) {
                Some(parameter) => {
                    self.catalogue.parameters.insert(folded, parameter);
                }
                None => {
                    self.unreadable.insert(folded);
                }
            }
        }
    }

    fn parameter(&mut self, entry: &'n Entry) -> Option<Parameter> {
        let what = format!("the parameter {}", shown(&entry.key));
        let (ty, fields) = self.read_type(&entry.value, &what, &["combine"])?;
        if let Type::Set(_) = ty {
            let message = format!("{what} holds single values, not sets");
            let help = "give it the type of one value and `combine: all`: several values then come together";
            self.report(Diagnostic::error(codes::OPTION, entry.value.span, message).help(help));
            return None;
        }
        let mut combine = Combine::One;
        if let Some(node) = fields.and_then(|fields| fields.value("combine"))
            && let Some(chosen) = self.choice(node, "`combine`", COMBINE)
        {
            combine = chosen;
            if matches!(combine, Combine::Least | Combine::Most) && !is_ordered(&ty) {
                let message = format!("the values of {what} have no order");
                let help =
                    "`least` and `most` go with numbers, times, versions and closed lists; else write `one` or `all`";
                self.report(Diagnostic::error(codes::OPTION, node.span, message).help(help));
            }
        }
        Some(Parameter { name: entry.key.clone(), ty, combine, span: Some(entry.key_span) })
    }
}

/// Whether one value can be less than another; closed values stand in the order of their declaration.
fn is_ordered(ty: &Type) -> bool {
    match ty {
        Type::Name(names) => names.values.is_some() && !names.is_open,
        Type::Bool | Type::Node(_) | Type::Set(_) | Type::Address => false,
        _ => true,
    }
}
