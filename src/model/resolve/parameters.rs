//! `with`: parameters found, their values read or bound to an attribute.

use super::Resolver;
use super::names::{Subject, Word, attribute_name, with_suggestion};
use super::operators::{describe, same_kind};
use crate::diagnostic::Diagnostic;
use crate::model::catalogue::{Combine, Parameter, Type};
use crate::model::name::{fold, folded};
use crate::model::rule::{Setting, SettingValue};
use crate::model::{NOW, NameType, ParameterId, Value, codes};
use crate::syntax::ast;

impl Resolver<'_> {
    pub(super) fn parameters(&mut self, effect: &ast::Effect) -> Option<Vec<Setting>> {
        let mut settings: Vec<Setting> = Vec::new();
        let mut all_fine = true;
        for written in &effect.parameters {
            match self.setting(written) {
                Some(setting) if settings.iter().any(|other| other.parameter == setting.parameter) => {
                    self.report(
                        Diagnostic::error(
                            codes::PARAMETER_TWICE,
                            written.span,
                            format!("`{}` is set twice", written.name.joined()),
                        )
                        .help("several values stand in a list: `= [a, b]`"),
                    );
                    all_fine = false;
                }
                Some(setting) => settings.push(setting),
                None => all_fine = false,
            }
        }
        all_fine.then_some(settings)
    }

    fn setting(&mut self, written: &ast::Parameter) -> Option<Setting> {
        let name = written.name.joined();
        let Some((index, _, parameter)) = self.catalogue.parameters.get_full(&*folded(&name)) else {
            let error = Diagnostic::error(
                codes::UNKNOWN_PARAMETER,
                written.name.span,
                format!("there is no parameter `{name}`"),
            );
            let names = self.catalogue.parameters.values().map(|parameter| parameter.name.as_str());
            let error = with_suggestion(error, &name, written.name.span, names);
            let error = if error.help.is_empty() {
                error.help(format!("declare it in the catalogue under `parameters:`, such as `{name}: text`"))
            } else {
                error
            };
            self.report(error);
            return None;
        };
        let value = match &written.value {
            ast::ParameterValue::One(operand) => SettingValue::Constants(vec![self.constant(parameter, operand)?]),
            ast::ParameterValue::List(operands) => self.constants(parameter, operands, written)?,
            ast::ParameterValue::From(path) => self.value_of_attribute(parameter, path)?,
        };
        Some(Setting { parameter: ParameterId::new(index), value })
    }

    fn constants(
        &mut self,
        parameter: &Parameter,
        operands: &[ast::Operand],
        written: &ast::Parameter,
    ) -> Option<SettingValue> {
        if parameter.combine != Combine::All && operands.len() > 1 && self.catalogue.is_declared {
            self.report(
                Diagnostic::error(codes::WRONG_OPERATOR, written.span, format!("`{}` takes one value", parameter.name))
                    .help("for several values the catalogue must say `combine: all`"),
            );
            return None;
        }
        let values: Vec<Option<Value>> = operands.iter().map(|operand| self.constant(parameter, operand)).collect();
        Some(SettingValue::Constants(values.into_iter().collect::<Option<_>>()?))
    }

    fn constant(&mut self, parameter: &Parameter, operand: &ast::Operand) -> Option<Value> {
        let (text, span) = match operand {
            ast::Operand::Literal(literal) => (literal.text.as_str(), literal.span),
            ast::Operand::Exactly(name) => (name.text.as_str(), name.span),
            ast::Operand::Path(path) => match path.segments.as_slice() {
                [only] => (only.text.as_str(), only.span),
                _ => {
                    let name = path.joined();
                    self.report(
                        Diagnostic::error(
                            codes::VALUE_OR_ATTRIBUTE,
                            path.span,
                            format!("`{name}` reads as an attribute"),
                        )
                        .help(format!(
                            "write `{} from {name}` for its value, or `{} = \"{name}\"` for the text",
                            parameter.name, parameter.name
                        )),
                    );
                    return None;
                }
            },
        };
        let word = Word { text, exact: false, span };
        self.read_as(&parameter.name, element_type(&parameter.ty), &word)
    }

    fn value_of_attribute(&mut self, parameter: &Parameter, path: &ast::Path) -> Option<SettingValue> {
        let folded = attribute_name(path);
        if let Some(subject) = self.find_subject(&folded, path) {
            if subject.is_clock() {
                self.report(
                    Diagnostic::error(codes::BUILT_IN, path.span, format!("`{}` cannot be passed on", subject.name))
                        .help("pass `now` on: `from now`"),
                );
                return None;
            }
            self.check_parameter_type(parameter, &subject)?;
            return Some(SettingValue::Attribute(subject.attribute()));
        }
        if let Some((attribute, hierarchy, column)) = self.find_column(&folded) {
            let text = Type::Name(NameType::default());
            let source = Subject {
                input: crate::model::Input::Attribute(attribute),
                ty: &text,
                name: path.joined(),
                span: path.span,
            };
            debug_assert!(column < self.catalogue.hierarchy(hierarchy).columns.len());
            self.check_parameter_type(parameter, &source)?;
            return Some(SettingValue::Column(attribute, column));
        }
        self.subject(path).map(|_| SettingValue::Attribute(NOW))
    }

    fn check_parameter_type(&mut self, parameter: &Parameter, source: &Subject) -> Option<()> {
        let target = element_type(&parameter.ty);
        let source_type = element_type(source.ty);
        // a text takes any name; what is inferred takes anything
        let is_text = |ty: &Type| matches!(ty, Type::Name(NameType { values: None, .. }));
        let takes_name = is_text(target) && matches!(source_type, Type::Name(_) | Type::Node(_));
        if !self.catalogue.is_declared || takes_name || same_kind(target, source_type) {
            return Some(());
        }
        self.report(
            Diagnostic::error(
                codes::TYPE_CLASH,
                source.span,
                format!("`{}` does not fit the parameter `{}`", source.name, parameter.name),
            )
            .at(format!("holds {}, the parameter {}", describe(source_type), describe(target))),
        );
        None
    }

    /// `location.printer`: the attribute, its hierarchy, and the column's number.
    fn find_column(&self, folded: &str) -> Option<(crate::model::AttributeId, crate::model::HierarchyId, usize)> {
        let (owner, column) = folded.rsplit_once('.')?;
        let (index, _, attribute) = self.catalogue.attributes.get_full(owner)?;
        let Type::Node(hierarchy) = attribute.ty else { return None };
        let column = self.catalogue.hierarchy(hierarchy).columns.iter().position(|name| fold(name) == column)?;
        Some((crate::model::AttributeId::new(index), hierarchy, column))
    }
}

fn element_type(ty: &Type) -> &Type {
    match ty {
        Type::Set(element) => element,
        other => other,
    }
}
