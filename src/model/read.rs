//! Reading a value by its declared type, and writing it back.
//!
//! One reader serves rules, catalogues, contexts and tests, so a word means the same wherever it stands. Reading is
//! strict: what is not exactly of the form is refused, with what to type instead. Names of attributes are not known
//! here; callers put them before the message.

mod clock;
mod misread;
mod network;
mod suggest;
mod write;

pub use misread::Misread;
pub(crate) use misread::is_hidden;
pub use misread::shown;
pub use network::{read_address, read_network};
pub use suggest::did_you_mean;
pub use write::{write, write_duration};

use super::catalogue::{NameType, NumberType, Type};
use super::hierarchy::Hierarchy;
use super::value::{Name, Value};
use super::{HierarchyId, Number, Version};
use indexmap::IndexMap;
use jiff::tz::TimeZone;

/// Reads values. Cheap to make, holds only what types refer to.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// What [`Type::Node`] refers to.
    pub hierarchies: &'a IndexMap<String, Hierarchy>,
    /// For date-times without an offset; none: they are refused.
    pub zone: Option<&'a TimeZone>,
}

impl Reader<'_> {
    /// Reads one value. A number of a type with a unit may leave the unit out, as in contexts and in the catalogue.
    ///
    /// Errors: the text is not of that type, or outside its values or range. A set is never one value.
    pub fn read(&self, text: &str, ty: &Type) -> Result<Value, Misread> {
        self.read_by(text, ty, false)
    }

    /// Reads one value as it stands in a rule: a number of a type with a unit must carry it.
    ///
    /// Errors: as [`Reader::read`], and a missing unit.
    pub fn read_literal(&self, text: &str, ty: &Type) -> Result<Value, Misread> {
        self.read_by(text, ty, true)
    }

    fn read_by(&self, text: &str, ty: &Type, needs_unit: bool) -> Result<Value, Misread> {
        match ty {
            Type::Bool => read_bool(text),
            Type::Name(names) => read_name(text, names),
            Type::Number(kind) => read_number(text, kind, needs_unit),
            Type::Time => clock::read_time(text).map(Value::Time),
            Type::Date => clock::read_date(text).map(Value::Date),
            Type::DateTime => clock::read_date_time(text, self.zone).map(Value::DateTime),
            Type::Weekday => clock::read_weekday(text).map(Value::Weekday),
            Type::Duration => clock::read_duration(text).map(Value::Duration),
            Type::Node(id) => self.read_node(text, *id),
            Type::Set(_) => Err(Misread::OneForSeveral { text: text.to_owned() }),
            Type::Address => read_address(text).map(Value::Ip),
            Type::Version => read_version(text),
        }
    }

    fn read_node(&self, text: &str, id: HierarchyId) -> Result<Value, Misread> {
        let Some((_, hierarchy)) = self.hierarchies.get_index(id.index()) else {
            return Err(Misread::undeclared(text, None, std::iter::empty()));
        };
        if let Some(node) = hierarchy.find(text) {
            return Ok(Value::Node(node));
        }
        let folded = super::name::fold(text);
        if hierarchy.zones.contains_key(&folded) {
            return Err(Misread::Zone { text: text.to_owned(), hierarchy: hierarchy.name.clone() });
        }
        let names = hierarchy.nodes.values().map(|node| node.name.as_str());
        Err(Misread::undeclared(text, Some(&hierarchy.name), names))
    }
}

fn read_bool(text: &str) -> Result<Value, Misread> {
    match text {
        "true" => Ok(Value::Bool(true)),
        "false" => Ok(Value::Bool(false)),
        _ => {
            let help = match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" | "1" | "y" | "t" => Some("write `true`".to_owned()),
                "false" | "no" | "off" | "0" | "n" | "f" => Some("write `false`".to_owned()),
                _ => Some("write `true` or `false`".to_owned()),
            };
            Err(Misread::form(text, "`true` or `false`", help))
        }
    }
}

/// The value keeps the spelling of the text, not that of the declaration: `exactly` asks for the spelling that came.
fn read_name(text: &str, names: &NameType) -> Result<Value, Misread> {
    let name = if names.is_exact { Name::exact(text) } else { Name::new(text) };
    match &names.values {
        Some(values) if !names.is_open && !values.contains_key(&*name.folded) => {
            Err(Misread::undeclared(text, None, values.values().map(|value| &*value.spelled)))
        }
        _ => Ok(Value::Name(name)),
    }
}

fn read_version(text: &str) -> Result<Value, Misread> {
    if let Some(version) = Version::parse(text) {
        return Ok(Value::Version(version));
    }
    let bare = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let help = match Version::parse(bare) {
        Some(_) => format!("write `{bare}`, without the letter"),
        None => "write one to four numbers with points between, such as `17.2.0` or `2.0.0-rc.1`".to_owned(),
    };
    Err(Misread::form(text, "a version", Some(help)))
}

fn read_number(text: &str, kind: &NumberType, needs_unit: bool) -> Result<Value, Misread> {
    let digits = without_unit(text, kind, needs_unit)?;
    let Some(number) = Number::parse(digits) else { return Err(not_a_number(text, digits, kind)) };
    if kind.is_whole && !number.is_whole() {
        let help = "leave out what stands behind the point, or declare the type as `decimal`".to_owned();
        return Err(Misread::form(text, "a whole number", Some(help)));
    }
    match kind.range {
        Some((low, high)) if number < low || number > high => {
            Err(Misread::OutOfRange { text: text.to_owned(), low, high, unit: kind.unit.clone() })
        }
        _ => Ok(Value::Number(number)),
    }
}

/// Takes the declared unit off; one blank may stand before it.
fn without_unit<'t>(text: &'t str, kind: &NumberType, needs_unit: bool) -> Result<&'t str, Misread> {
    let end = text.char_indices().rev().find(|(_, c)| c.is_ascii_digit()).map_or(0, |(at, _)| at + 1);
    let (digits, suffix) = text.split_at(end);
    let found = suffix.strip_prefix(' ').unwrap_or(suffix);
    let wrong = || Misread::Unit { text: text.to_owned(), number: digits.to_owned(), unit: kind.unit.clone() };
    match &kind.unit {
        Some(unit) if found == unit => Ok(digits),
        // a unit may itself end in a digit (`m2`): then it is not in the suffix
        Some(unit) => match text.strip_suffix(unit.as_str()) {
            Some(number) if !unit.is_empty() && Number::parse(number.trim_end()).is_some() => Ok(number.trim_end()),
            _ if suffix.is_empty() && !needs_unit => Ok(text),
            _ if Number::parse(digits).is_some() => Err(wrong()),
            _ => Ok(text),
        },
        None if !suffix.is_empty() && Number::parse(digits).is_some() => Err(wrong()),
        None => Ok(text),
    }
}

fn not_a_number(text: &str, digits: &str, kind: &NumberType) -> Misread {
    let expected = if kind.is_whole { "a whole number" } else { "a number" };
    let plain: String = digits.chars().filter(|c| !matches!(c, '_' | '\'' | ' ' | '+')).collect();
    let dotted = plain.replacen(',', ".", 1);
    let looks_numeric = digits.bytes().filter(u8::is_ascii_digit).count() > 0;
    let help = if looks_numeric && Number::parse(&plain).is_some() {
        Some(format!("write `{plain}`"))
    } else if looks_numeric && Number::parse(&dotted).is_some() {
        Some(format!("write a point: `{dotted}`"))
    } else if looks_numeric && is_digits_and_points(digits) {
        Some("a number has at most nine places behind the point and 29 before it".to_owned())
    } else {
        None
    };
    Misread::form(text, expected, help)
}

fn is_digits_and_points(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let points = text.bytes().filter(|&byte| byte == b'.').count();
    points <= 1
        && !text.starts_with('.')
        && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::{Node, NodeIndex};

    fn hierarchies() -> IndexMap<String, Hierarchy> {
        let node = |name: &str, parents: &[usize]| {
            let parents = parents.iter().map(|&at| NodeIndex::new(at)).collect();
            (name.to_ascii_lowercase(), Node { name: name.to_owned(), parents, columns: Vec::new() })
        };
        let nodes = [node("Hospital", &[]), node("care_area", &[0]), node("ward_4", &[1])].into_iter().collect();
        let mut place = Hierarchy::new("place".to_owned(), nodes, Vec::new()).unwrap();
        place.zones.insert("quiet_area".to_owned(), vec![NodeIndex::new(1)]);
        [("place".to_owned(), place)].into_iter().collect()
    }

    fn read(text: &str, ty: &Type) -> Result<Value, Misread> {
        Reader { hierarchies: &hierarchies(), zone: None }.read(text, ty)
    }

    /// Message and help, joined by ` | `.
    fn refusal(text: &str, ty: &Type) -> String {
        let misread = read(text, ty).unwrap_err();
        format!("{misread} | {}", misread.help().unwrap_or_default())
    }

    fn closed(words: &[&str]) -> Type {
        let values = words.iter().map(|word| Name::new(word)).map(|name| (name.folded.to_string(), name)).collect();
        Type::Name(NameType { values: Some(values), ..NameType::default() })
    }

    fn number(is_whole: bool, unit: Option<&str>) -> Type {
        Type::Number(NumberType { is_whole, unit: unit.map(str::to_owned), range: None })
    }

    #[test]
    fn bools_are_two_words() {
        assert_eq!(read("true", &Type::Bool), Ok(Value::Bool(true)));
        assert_eq!(refusal("yes", &Type::Bool), "`yes` is not `true` or `false` | write `true`");
        assert_eq!(refusal("Off", &Type::Bool), "`Off` is not `true` or `false` | write `false`");
        assert_eq!(refusal("maybe", &Type::Bool), "`maybe` is not `true` or `false` | write `true` or `false`");
    }

    #[test]
    fn names_are_found_without_regard_to_case_and_keep_their_spelling() {
        let ty = closed(&["Sales", "R&D"]);
        let read_back = read("SALES", &ty);
        assert!(matches!(read_back, Ok(Value::Name(name)) if &*name.folded == "sales" && &*name.spelled == "SALES"));
        assert_eq!(refusal("Slaes", &ty), "`Slaes` is not one of the declared values | did you mean `Sales`?");
        assert_eq!(refusal("Law", &ty), "`Law` is not one of the declared values | declared are `Sales`, `R&D`");
    }

    #[test]
    fn exact_and_open_names() {
        let exact = Type::Name(NameType { is_exact: true, ..NameType::default() });
        assert_ne!(read("a7", &exact), read("A7", &exact));
        let text = Type::Name(NameType::default());
        assert!(matches!(read("no", &text), Ok(Value::Name(name)) if &*name.spelled == "no"));
    }

    #[test]
    fn numbers_are_exact() {
        assert_eq!(read("1.10", &number(false, None)), read("1.1", &number(false, None)));
        assert!(refusal("1.5", &number(true, None)).starts_with("`1.5` is not a whole number"));
        assert_eq!(refusal("1,5", &number(false, None)), "`1,5` is not a number | write a point: `1.5`");
        assert_eq!(refusal("1_000", &number(false, None)), "`1_000` is not a number | write `1000`");
        assert_eq!(refusal("+5", &number(true, None)), "`+5` is not a whole number | write `5`");
        assert!(refusal("0.12345678901", &number(false, None)).contains("at most nine places"));
        assert_eq!(refusal("many", &number(true, None)), "`many` is not a whole number | ");
    }

    #[test]
    fn ranges_include_both_ends() {
        let range = Some((Number::from_whole(0), Number::from_whole(300)));
        let ty = Type::Number(NumberType { is_whole: true, unit: Some("kg".to_owned()), range });
        assert!(read("0", &ty).is_ok() && read("300kg", &ty).is_ok());
        assert_eq!(refusal("301", &ty), "`301` is not between 0 kg and 300 kg | both ends are allowed");
    }

    #[test]
    fn units_are_needed_in_rules_only() {
        let (kg, percent, area) = (number(false, Some("kg")), number(true, Some("%")), number(true, Some("m2")));
        assert_eq!(read("80kg", &kg), read("80", &kg));
        assert_eq!(read("80 kg", &kg), read("80", &kg));
        assert!(read("20%", &percent).is_ok() && read("20m2", &area).is_ok() && read("20", &area).is_ok());
        let none = IndexMap::new();
        let reader = Reader { hierarchies: &none, zone: None };
        assert!(reader.read_literal("80kg", &kg).is_ok() && reader.read_literal("20m2", &area).is_ok());
        let misread = reader.read_literal("80", &kg).unwrap_err();
        assert_eq!(misread.to_string(), "`80` lacks its unit");
        assert_eq!(misread.help().as_deref(), Some("write `80kg`"));
        assert_eq!(refusal("80lb", &kg), "`80lb` is not in `kg` | write `80kg` if that is the unit meant");
        assert_eq!(refusal("80kg", &number(true, None)), "`80kg` has a unit, but the type has none | write `80`");
    }

    #[test]
    fn nodes_are_found_zones_are_not_values() {
        let ty = Type::Node(HierarchyId::new(0));
        assert_eq!(read("HOSPITAL", &ty), Ok(Value::Node(NodeIndex::new(0))));
        assert_eq!(refusal("care_aera", &ty), "`care_aera` is not in `place` | did you mean `care_area`?");
        assert_eq!(
            refusal("Quiet_Area", &ty),
            "`Quiet_Area` is a zone of `place`, not a value | name a node that lies in the zone"
        );
    }

    #[test]
    fn versions() {
        assert_eq!(read("17.2", &Type::Version), read("17.2.0", &Type::Version));
        assert_eq!(refusal("v17.2", &Type::Version), "`v17.2` is not a version | write `17.2`, without the letter");
    }

    #[test]
    fn a_set_is_not_one_value() {
        let ty = Type::Set(Box::new(closed(&["a"])));
        assert_eq!(refusal("a", &ty), "`a` is one value where a set is expected | write a list: `[a]`");
    }

    #[test]
    fn control_characters_are_shown_escaped_and_long_texts_clipped() {
        let message = refusal(&format!("\u{202e}{}", "x".repeat(500)), &Type::Bool);
        assert!(message.starts_with("`\\u{202e}xxx") && message.contains('…') && message.len() < 200, "{message}");
    }
}
