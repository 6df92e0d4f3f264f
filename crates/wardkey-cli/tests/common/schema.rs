//! JSON against a JSON Schema, as far as the schemas of this project go. A keyword that is not known here fails, so that
//! none is passed over.

use serde_json::Value as Json;
use std::path::Path;

/// Where a value does not fit a schema of `docs/schema`, which is named without its ending.
pub fn problems(schema: &str, value: &Json) -> Vec<String> {
    let root = load(&format!("{schema}.schema.json"));
    let mut found = Vec::new();
    Check { root: &root }.value(&root, value, "", &mut found);
    found
}

fn load(file: &str) -> Json {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

struct Check<'s> {
    root: &'s Json,
}

impl Check<'_> {
    fn value(&self, schema: &Json, value: &Json, at: &str, found: &mut Vec<String>) {
        let Some(keywords) = schema.as_object() else { panic!("a schema is an object: {schema}") };
        for (keyword, content) in keywords {
            self.keyword(keyword, content, schema, value, at, found);
        }
    }

    fn keyword(&self, keyword: &str, content: &Json, schema: &Json, value: &Json, at: &str, found: &mut Vec<String>) {
        let mut wrong = |what: String| found.push(format!("{at}: {what}"));
        match keyword {
            "$schema" | "$id" | "$defs" | "title" | "description" => {}
            "format" => {
                if let (Some("date-time"), Some(text)) = (content.as_str(), value.as_str())
                    && text.parse::<jiff::Timestamp>().is_err()
                {
                    wrong(format!("{text} is no date-time"));
                }
            }
            "$ref" => self.reference(content.as_str().unwrap(), value, at, found),
            "type" => {
                let names: Vec<&str> = content.as_array().map_or_else(
                    || vec![content.as_str().unwrap()],
                    |list| list.iter().filter_map(Json::as_str).collect(),
                );
                if !names.iter().any(|name| is_of(name, value)) {
                    wrong(format!("{value} is not of type {content}"));
                }
            }
            "enum" => {
                if !content.as_array().unwrap().contains(value) {
                    wrong(format!("{value} is none of {content}"));
                }
            }
            "pattern" => {
                assert_eq!(content, "^WK[0-9]{3}$", "the only pattern known here");
                let digits = value.as_str().and_then(|text| text.strip_prefix("WK")).unwrap_or("");
                if digits.len() != 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                    wrong(format!("{value} does not match {content}"));
                }
            }
            "minimum" => {
                if value.as_f64().is_some_and(|number| number < content.as_f64().unwrap()) {
                    wrong(format!("{value} is less than {content}"));
                }
            }
            "minProperties" => {
                if value.as_object().is_some_and(|object| (object.len() as u64) < content.as_u64().unwrap()) {
                    wrong(format!("fewer than {content} entries"));
                }
            }
            "required" => {
                let Some(object) = value.as_object() else { return };
                for name in content.as_array().unwrap().iter().filter_map(Json::as_str) {
                    if !object.contains_key(name) {
                        wrong(format!("`{name}` is missing"));
                    }
                }
            }
            "properties" => {
                for (name, schema) in content.as_object().unwrap() {
                    if let Some(value) = value.get(name) {
                        self.value(schema, value, &format!("{at}/{name}"), found);
                    }
                }
            }
            "additionalProperties" => self.others(content, schema, value, at, found),
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    self.value(content, item, &format!("{at}/{index}"), found);
                }
            }
            "anyOf" => {
                let fits = |schema: &Json| {
                    let mut found = Vec::new();
                    self.value(schema, value, at, &mut found);
                    found.is_empty()
                };
                if !content.as_array().unwrap().iter().any(fits) {
                    wrong(format!("{value} fits none of {content}"));
                }
            }
            other => panic!("the keyword `{other}` is not known here"),
        }
    }

    fn others(&self, content: &Json, schema: &Json, value: &Json, at: &str, found: &mut Vec<String>) {
        let known = |name: &str| schema.get("properties").is_some_and(|properties| properties.get(name).is_some());
        for (name, value) in value.as_object().into_iter().flatten().filter(|(name, _)| !known(name)) {
            match content {
                Json::Bool(false) => found.push(format!("{at}: `{name}` is not known")),
                schema => self.value(schema, value, &format!("{at}/{name}"), found),
            }
        }
    }

    fn reference(&self, to: &str, value: &Json, at: &str, found: &mut Vec<String>) {
        let (file, pointer) = to.split_once('#').unwrap();
        if file.is_empty() {
            self.value(self.root.pointer(pointer).unwrap(), value, at, found);
        } else {
            let root = load(file);
            Check { root: &root }.value(root.pointer(pointer).unwrap(), value, at, found);
        }
    }
}

fn is_of(name: &str, value: &Json) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("no type `{other}`"),
    }
}

#[test]
fn the_checker_finds_what_does_not_fit() {
    let answer = serde_json::json!({ "passed": -1, "failed": "0", "files": [{ "file": 5 }], "more": true });
    let found = problems("tests", &answer);
    assert_eq!(found.len(), 10, "{found:#?}");
}
