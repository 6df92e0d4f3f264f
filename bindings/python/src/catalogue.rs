//! What a policy's words stand for: attributes and entitlements, as data.

use crate::policy::{Policy, result};
use pyo3::prelude::*;
use serde_json::{Map, Value as Json, json};
use wardkey::model::read::write;
use wardkey::model::{Attribute, Catalogue, Entitlement, EntitlementKind, Omitted, Origin, State, Tag, Type};

#[pymethods]
impl Policy {
    /// Attributes and entitlements, as the catalogue declares them, or as the rules use them where there is none.
    #[getter]
    fn catalogue<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let catalogue = &self.asked.policy.rule_set().catalogue;
        let attributes = catalogue.attributes.values().map(|attribute| self::attribute(attribute, catalogue));
        let entitlements = catalogue.entitlements.values().map(|one| entitlement(one, catalogue));
        let json = json!({
            "is_declared": catalogue.is_declared,
            "attributes": attributes.collect::<Vec<_>>(),
            "entitlements": entitlements.collect::<Vec<_>>(),
        });
        result(py, "catalogue", &json)
    }
}

fn attribute(attribute: &Attribute, catalogue: &Catalogue) -> Json {
    let (is_set, of) = match &attribute.ty {
        Type::Set(of) => (true, &**of),
        other => (false, other),
    };
    let values: Option<Vec<&str>> = match of {
        Type::Name(name) => name.values.as_ref().map(|values| values.values().map(|name| &*name.spelled).collect()),
        Type::Node(id) => Some(catalogue.hierarchy(*id).nodes.values().map(|node| node.name.as_str()).collect()),
        _ => None,
    };
    let default = match &attribute.omitted {
        Omitted::Default(value) => Some(write(value, catalogue, &attribute.ty)),
        Omitted::Unknown | Omitted::Absent => None,
    };
    json!({
        "name": attribute.name,
        "type": word(of),
        "is_set": is_set,
        "values": values,
        "is_open": matches!(of, Type::Name(name) if name.is_open),
        "omitted": match attribute.omitted {
            Omitted::Unknown => "unknown",
            Omitted::Absent => "absent",
            Omitted::Default(_) => "default",
        },
        "default": default,
        "is_of_situation": attribute.origin == Origin::Context,
        "may_disclose": attribute.may_disclose,
        "may_change": attribute.may_change,
    })
}

/// As the catalogue calls it.
fn word(ty: &Type) -> &'static str {
    match ty {
        Type::Bool => "bool",
        Type::Name(name) if name.values.is_some() => "one of",
        Type::Name(name) if name.is_exact => "id",
        Type::Name(_) => "text",
        Type::Number(number) if number.is_whole => "whole",
        Type::Number(_) => "decimal",
        Type::Time => "time",
        Type::Date => "date",
        Type::DateTime => "datetime",
        Type::Weekday => "weekday",
        Type::Duration => "duration",
        Type::Node(_) => "tree",
        Type::Set(_) => "set of",
        Type::Address => "address",
        Type::Version => "version",
    }
}

fn entitlement(entitlement: &Entitlement, catalogue: &Catalogue) -> Json {
    let tag = |(tag, state): (&Tag, &State)| {
        let value = match state {
            State::Present(value) => json!(write(value, catalogue, &tag.ty)),
            State::Absent | State::Unknown => Json::Null,
        };
        (tag.name.clone(), value)
    };
    let tags: Map<String, Json> = catalogue.tags.values().zip(&entitlement.tags).map(tag).collect();
    json!({
        "name": entitlement.name,
        "is_resource": matches!(entitlement.kind, EntitlementKind::Resource | EntitlementKind::ResourceAction),
        "parent": entitlement.parent.map(|parent| &catalogue.entitlement(parent).name),
        "tags": tags,
        "facts": entitlement.facts,
    })
}
