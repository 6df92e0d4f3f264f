//! Values as text, for parameters.

use super::Reference;
use jiff::SignedDuration;
use wardkey::model::{HierarchyId, Type, Value};

/// Days of the week by number, 0 = Monday.
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

impl Reference<'_> {
    /// A value as text; nodes by the name in the hierarchy of their type.
    pub(super) fn text(&self, value: &Value, ty: &Type) -> String {
        match (value, ty) {
            (Value::Node(node), Type::Node(hierarchy)) => self.node_text(*hierarchy, *node),
            _ => text_of(value),
        }
    }

    fn node_text(&self, hierarchy: HierarchyId, node: wardkey::model::NodeIndex) -> String {
        self.rules.catalogue.hierarchy(hierarchy).node(node).name.clone()
    }
}

/// A value as it would be written in a rule. A node by its number, since its hierarchy is not known here.
pub fn text_of(value: &Value) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        Value::Name(name) => name.spelled.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Time(time) => time.strftime("%H:%M").to_string(),
        Value::Date(date) => date.to_string(),
        Value::DateTime(instant) => instant.to_string(),
        Value::Weekday(day) => WEEKDAYS.get(usize::from(*day)).copied().unwrap_or_default().to_owned(),
        Value::Duration(duration) => duration_text(*duration),
        Value::Node(node) => node.index().to_string(),
        Value::Set(set) => set.members.iter().map(text_of).collect::<Vec<_>>().join(", "),
        Value::Ip(address) => address.to_string(),
        Value::Version(version) => version.to_string(),
    }
}

/// The largest unit that leaves a whole number.
fn duration_text(duration: SignedDuration) -> String {
    let seconds = duration.as_secs();
    let units = [("d", 24 * 60 * 60), ("h", 60 * 60), ("min", 60), ("s", 1)];
    let fitting = units.into_iter().find(|(_, unit)| seconds % unit == 0);
    fitting.map_or_else(String::new, |(name, unit)| format!("{}{name}", seconds / unit))
}
