//! Building contexts: what is accepted, and every mistake of a host with the message it gets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde::Serialize;
use serde_json::json;
use std::collections::HashMap;
use wardkey::eval::Input;
use wardkey::model::State;
use wardkey::{Context, Error, Policy, PolicyFiles};

const CATALOGUE: &str = r#"
ward: 1
time_zone: Europe/Berlin
types:
  place: {tree: {hospital: {floor_4: [room_401, room_402], cafeteria: []}}}
  person: {id: true}
attributes:
  id: person
  role: [Nurse, Sales]
  location: {type: place, from: context}
  bed: {type: place, inner: refused, omitted: absent}
  network: {one of: [ward, home], from: context, omitted: home}
  device.managed: {type: bool, from: context}
  age: {type: whole, range: 0..120, omitted: absent}
  weight: {type: decimal, unit: kg}
  started: date
  languages: {set of: [en, es]}
  address: address
assume:
  - not (network = ward and location is absent)
entitlements:
  EHR: {}
  Marketo: {}
groups:
  media: [Marketo]
resources:
  patient_record: {actions: [read], attributes: {ward: place}}
"#;

fn policy() -> Policy {
    let rules = "role = Nurse -> allow EHR";
    PolicyFiles::new().catalogue("catalogue.yaml", CATALOGUE).rules("rules.ward", rules).load().unwrap()
}

fn state(policy: &Policy, context: &Context, name: &str) -> State {
    let at = policy.rule_set().catalogue.attributes.get_index_of(name).unwrap();
    context.state(policy, wardkey::model::AttributeId::new(at)).clone()
}

fn states(json: &str) -> impl Fn(&str) -> String {
    let policy = policy();
    let context = policy.context().json(json).build().unwrap();
    move |name| match state(&policy, &context, name) {
        State::Unknown => "unknown".to_owned(),
        State::Absent => "absent".to_owned(),
        State::Present(value) => {
            let attribute = &policy.rule_set().catalogue.attributes[name];
            wardkey::model::read::write(&value, &policy.rule_set().catalogue, &attribute.ty)
        }
    }
}

fn refusal(json: &str) -> Error {
    policy().context().json(json).build().unwrap_err()
}

#[test]
fn names_are_found_nested_dotted_with_user_and_in_any_case() {
    let of = states(
        r#"{"user": {"Role": "nurse"}, "device": {"managed": true}, "patient_record.ward": "floor_4", "USER.age": 80}"#,
    );
    assert_eq!(of("role"), "nurse");
    assert_eq!(of("device.managed"), "true");
    assert_eq!(of("patient_record.ward"), "floor_4");
    assert_eq!(of("age"), "80");
}

#[test]
fn what_is_left_out() {
    let of = states(r#"{"role": null, "device": null}"#);
    assert_eq!((of("role").as_str(), of("age").as_str(), of("network").as_str()), ("unknown", "absent", "home"));
    // a default stands for what was left out, not for what is said to be unknown
    let of = states(r#"{"network": {"$": "unknown"}, "age": {"$": "unknown"}, "role": {"$": "absent"}}"#);
    assert_eq!((of("role").as_str(), of("age").as_str(), of("network").as_str()), ("absent", "unknown", "unknown"));
}

#[test]
fn values_are_read_by_type() {
    let of = states(
        r#"{"id": 4711, "weight": 72.50, "started": "2026-02-28", "languages": ["EN", "es", "EN"],
            "address": "::ffff:10.4.0.1", "now": "2026-11-23T10:00:00", "bed": "room_401"}"#,
    );
    assert_eq!(of("id"), "4711");
    assert_eq!(of("weight"), "72.5kg");
    assert_eq!(of("languages"), "[EN, es]");
    assert_eq!(of("address"), "10.4.0.1");
    // without an offset, in the time zone of the policy
    assert_eq!(of("now"), "2026-11-23T09:00:00Z");
    assert_eq!(of("bed"), "room_401");
    let of = states(r#"{"languages": {"$": "set", "has": ["en"], "may_have": ["es", "en"], "others": true}}"#);
    assert_eq!(of("languages"), "[en, es?, …]");
}

#[test]
fn mistakes_are_all_reported_in_one_go() {
    let error = refusal(r#"{"rol": "Nurse", "role": "Nrse", "age": 130, "started": "2026-02-30", "languages": "en"}"#);
    let shown = error.to_string();
    assert_eq!(error.problems().len(), 5, "{shown}");
    assert!(error.is_unknown_attribute() && error.is_invalid_value() && !error.violates_assumption());
    for part in ["did you mean `role`?", "did you mean `Nurse`?", "`age`: `130` is not between", "`languages`: "] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
}

#[test]
fn each_mistake_has_its_message() {
    for (json, message) in [
        (
            r#"{"colour": "red"}"#,
            "the catalogue declares no attribute `colour` (declare it in the catalogue, or leave it out)",
        ),
        (r#"{"time": "10:00"}"#, "`time` follows from `now` (give `now`, such as \"2026-11-23T10:00:00-06:00\")"),
        (
            r#"{"role": ["Nurse"]}"#,
            "`role`: a list is given where one value is expected (write `Nurse`, without brackets)",
        ),
        (
            r#"{"languages": [["en"]]}"#,
            "`languages`: a list is given where one value is expected (give a text, a number, `true` or `false`)",
        ),
        (
            r#"{"languages": ["en", null]}"#,
            "`languages`: an element is null (give a text, a number, `true` or `false`)",
        ),
        (
            r#"{"role": {"$": "set", "has": ["Nurse"]}}"#,
            "`role`: a set is given where one value is expected (give one value)",
        ),
        (
            r#"{"languages": {"$": "set", "have": ["en"]}}"#,
            "`languages`: `have` has no place in a partly known set (a set has lists `has` and `may_have`, and `others`: true or false)",
        ),
        (
            r#"{"bed": "floor_4"}"#,
            "`bed`: `floor_4` is divided further (name what lies within, such as `room_401`, `room_402`)",
        ),
        (r#"{"device.managed": 1}"#, "`device.managed`: `1` is not `true` or `false` (write `true`)"),
        (r#"{"age": 1e40}"#, "`age`: a number of more than 15 digits may have been rounded (give it as a text)"),
        (r#"{"approved": ["Marketing"]}"#, "`approved`: there is no entitlement `Marketing`"),
        (r#"{"approved": ["EHRR"]}"#, "`approved`: there is no entitlement `EHRR` (did you mean `EHR`?)"),
        (r#"{"approved": [{"entitlement": "EHR", "til": "2026-01-01"}]}"#, "`approved` lists entitlements, or objects"),
        (r#"{"approved": [{"entitlement": "EHR", "until": "tomorrow"}]}"#, "`approved`: `tomorrow` is not"),
        ("[1]", "a context is an object with a value for each attribute"),
        ("{\"role\": ", "the context is not JSON: line 1, column 9"),
        (
            r#"{"network": "ward", "location": {"$": "absent"}}"#,
            "the context contradicts the assumption `not (network = ward and location is absent)`",
        ),
    ] {
        let shown = refusal(json).to_string();
        assert!(shown.starts_with(message), "{json}: {shown}");
    }
    assert!(refusal(r#"{"network": "ward", "location": {"$": "absent"}}"#).violates_assumption());
    let not_a_number = policy().context().set("age", f64::NAN).build().unwrap_err();
    assert_eq!(
        not_a_number.to_string(),
        "`age`: `NaN` is not a number that a policy can compare (leave the attribute out if its value is not known)"
    );
}

#[test]
fn deep_nesting_is_refused() {
    let mut value = json!("x");
    for _ in 0..200 {
        value = json!({ "a": value });
    }
    let error = policy().context().set("device", value).build().unwrap_err();
    assert!(error.is_invalid_value() && error.to_string().contains("nested deeper"), "{error}");
}

#[test]
fn lenient_building_takes_what_it_cannot_read_for_unknown() {
    let policy = policy();
    let builder = policy.context().json(r#"{"role": "Nrse", "colour": "red", "network": "hme", "approved": ["X"]}"#);
    let context = builder.lenient().build().unwrap();
    assert_eq!(context.passed_over(), ["colour"]);
    let unusable: Vec<_> = context.unusable().iter().map(|problem| problem.attribute.as_deref().unwrap()).collect();
    assert_eq!(unusable, ["role", "network", "approved"]);
    assert_eq!(state(&policy, &context, "role"), State::Unknown);
    // never the default
    assert_eq!(state(&policy, &context, "network"), State::Unknown);
}

#[test]
fn without_a_catalogue_unknown_names_are_passed_over() {
    let policy =
        PolicyFiles::new().rules("rules.ward", "role=Sales and location=care_area -> deny iTunes").load().unwrap();
    let context = policy.context().json(r#"{"role": "Sales", "shoe_size": 44}"#).build().unwrap();
    assert_eq!(context.passed_over(), ["shoe_size"]);
}

#[test]
fn contexts_come_from_the_hosts_own_types() {
    #[derive(Serialize)]
    struct Device {
        managed: bool,
    }
    #[derive(Serialize)]
    struct Person<'a> {
        role: &'a str,
        device: Device,
        age: Option<u8>,
        weight: f32,
        languages: Vec<&'a str>,
    }
    let person =
        Person { role: "Nurse", device: Device { managed: true }, age: None, weight: 0.1, languages: vec!["en"] };
    let policy = policy();
    let context = policy.context().values(&person).build().unwrap();
    assert!(policy.decide_named(&context, "EHR").unwrap().is_allowed());
    let shown = policy.context().values(&HashMap::from([("weight", f64::NAN)])).build().unwrap_err().to_string();
    assert_eq!(shown, "the context cannot be read: `NaN` is not a number that a policy can compare");
    let set = policy
        .context()
        .set("role", "Nurse")
        .set("age", 80)
        .set("languages", ["en", "es"])
        .set("device.managed", Some(true))
        .set("network", Input::unknown())
        .set("role", "Sales");
    let context = set.build().unwrap();
    assert!(!policy.decide_named(&context, "EHR").unwrap().is_allowed());
    assert!(policy.context().values(&7).build().is_err());
}

#[test]
fn unknown_entitlements_are_errors_of_the_host() {
    let policy = policy();
    let error = policy.entitlement("EHRs").unwrap_err();
    assert!(error.is_unknown_entitlement());
    assert_eq!(error.to_string(), "there is no entitlement `EHRs` (did you mean `EHR`?)");
    assert_eq!(
        policy.entitlement("media").unwrap_err().to_string(),
        "a group cannot be asked about: `media` (ask about its members: `Marketo`)"
    );
}

#[test]
fn contexts_and_policies_go_between_threads() {
    fn is_shareable<T: Send + Sync>() {}
    is_shareable::<Policy>();
    is_shareable::<Context>();
    is_shareable::<wardkey::Decision<'_>>();
}

#[test]
fn a_long_name_is_not_repeated_for_each_that_stands_within() {
    let policy = Policy::parse("role = Nurse -> allow EHR").unwrap();
    let inner: Vec<String> = (0..1000).map(|number| format!("\"k{number}\": 1")).collect();
    let json = format!("{{\"{}\": {{{}}}}}", "n".repeat(100_000), inner.join(", "));
    let error = policy.context().json(&json).build().unwrap_err();
    assert_eq!(error.problems().len(), 1);
    assert!(error.to_string().len() < 1000);
}

#[test]
fn a_context_has_a_limit_of_attributes() {
    let policy = Policy::parse("role = Nurse -> allow EHR").unwrap();
    let each: Vec<String> = (0..100_002).map(|number| format!("\"k{number}\": 1")).collect();
    let error = policy.context().json(format!("{{{}}}", each.join(", "))).build().unwrap_err();
    assert_eq!(error.problems().len(), 1);
}

#[test]
fn a_context_has_a_limit_of_bytes_and_of_elements() {
    let policy = policy();
    let long = format!(r#"{{"role": "Nurse"{}}}"#, " ".repeat(16 << 20));
    let error = policy.context().json(&long).build().unwrap_err();
    assert_eq!(error.to_string(), "the context is larger than 16 MiB");
    assert_eq!(policy.binder().json(&policy, &long).unwrap_err(), error);
    let many = |count: usize| vec!["en"; count];
    assert!(policy.context().set("languages", many(10_000)).build().is_ok());
    let error = policy.context().set("languages", many(10_001)).build().unwrap_err();
    assert!(error.to_string().starts_with("`languages`: there are more than 10000 elements"), "{error}");
    let error = policy.context().set("approved", vec!["EHR"; 10_001]).build().unwrap_err();
    assert_eq!(error.to_string(), "`approved` lists more than 10000 entitlements");
}

#[test]
fn a_context_is_changed_in_place() {
    let policy = policy();
    let mut context = policy.context().set("role", "Sales").build().unwrap();
    let before = context.clone();
    context.change(&policy, "role", "NURSE").unwrap();
    assert!(policy.decide_named(&context, "EHR").unwrap().is_allowed());
    // left out, it is as the catalogue says
    context.change(&policy, "network", "ward").unwrap();
    context.change(&policy, "network", Input::omitted()).unwrap();
    assert_eq!(policy.decide_named(&context, "EHR").unwrap().record(None).defaults, Vec::<String>::new());
    assert_eq!(state(&policy, &context, "network"), state(&policy, &before, "network"));
    // an object changes several at once, or none of them
    let both = json!({"managed": true, "colour": "red"});
    assert!(context.change(&policy, "device", both).unwrap_err().is_unknown_attribute());
    assert_eq!(state(&policy, &context, "device.managed"), State::Unknown);
    context.change(&policy, "device", json!({"managed": true})).unwrap();
    assert_ne!(state(&policy, &context, "device.managed"), State::Unknown);
    // an assumption holds afterwards, too
    context.change(&policy, "location", Input::absent()).unwrap();
    let error = context.change(&policy, "network", "ward").unwrap_err();
    assert!(error.violates_assumption());
    assert!(policy.decide_named(&context, "EHR").unwrap().is_allowed());
    let other = Policy::parse("role = Nurse -> allow EHR").unwrap();
    assert!(context.change(&other, "role", "Nurse").unwrap_err().is_other_policy());
}

#[test]
fn two_values_of_one_attribute_in_one_object_are_a_mistake() {
    let policy = Policy::parse("role = Nurse -> deny EHR\nalways -> allow EHR").unwrap();
    for json in [
        r#"{"role": "Nurse", "user": {"role": "Physician"}}"#,
        r#"{"ROLE": "Nurse", "role": "Physician"}"#,
        r#"{"role": "Nurse", "user.role": null}"#,
    ] {
        let error = policy.context().json(json).build().unwrap_err();
        assert!(error.to_string().contains("one attribute with two values"), "{error}");
    }
    assert!(policy.context().json(r#"{"role": "Nurse", "user.role": "Nurse"}"#).build().is_ok());
    assert!(policy.context().json(r#"{"role": "Nurse"}"#).json(r#"{"role": "Physician"}"#).build().is_ok());
}

#[test]
fn what_is_left_out_later_is_left_out_with_all_its_members() {
    let policy = Policy::parse("device.managed and device.floor = 4 and role = Nurse -> allow EHR").unwrap();
    let whole = r#"{"role": "Nurse", "device": {"managed": true, "floor": 4}}"#;
    let ehr = policy.entitlement("EHR").unwrap();
    let known = |context: &Context| policy.decide(context, ehr).missing().len();
    let later = policy.context().json(whole).json(r#"{"device": null}"#).build().unwrap();
    assert_eq!(known(&later), 2);
    // within one object order means nothing
    for text in [r#"{"device": null, "device.floor": 4}"#, r#"{"device.floor": 4, "device": null}"#] {
        assert_eq!(known(&policy.context().json(whole).json(text).build().unwrap()), 1, "{text}");
    }
    let mut context = policy.context().json(whole).build().unwrap();
    context.change(&policy, "device", Input::omitted()).unwrap();
    assert_eq!(known(&context), 2);
    let mut context = policy.context().json(whole).build().unwrap();
    context.update(&policy, |builder| builder.json(r#"{"device": {"managed": null}, "role": "Sales"}"#)).unwrap();
    assert_eq!(policy.decide(&context, ehr).depends_on(), ["role"]);
    assert!(context.update(&policy, |builder| builder.set("device.floor", "high")).unwrap_err().is_invalid_value());
    let mut session = policy.session(policy.context().json(whole).build().unwrap()).unwrap();
    session.update(|builder| builder.json(r#"{"device": null}"#)).unwrap();
    assert_eq!(known(session.context()), 2);
}

#[test]
fn one_name_with_two_values_is_a_mistake_in_json_too() {
    let policy = Policy::parse("role = Nurse and device.managed -> allow EHR").unwrap();
    let mut binder = policy.binder();
    for (text, name) in [
        (r#"{"role": "Clerk", "role": "Nurse"}"#, "role"),
        (r#"{"role": "Clerk", "ROLE": "Nurse"}"#, "ROLE"),
        (r#"{"device": {"managed": true, "managed": false}}"#, "managed"),
    ] {
        for error in [policy.context().json(text).build().unwrap_err(), binder.json(&policy, text).unwrap_err()] {
            assert_eq!(error.problems()[0].attribute.as_deref(), Some(name), "{text}: {error}");
            assert!(error.to_string().contains("give it once"), "{error}");
        }
    }
    let same = policy.context().json(r#"{"role": "Nurse", "role": "Nurse"}"#).build();
    assert!(same.is_ok(), "{same:?}");
    let deep = format!("{}1{}", r#"{"a":"#.repeat(300), "}".repeat(300));
    assert!(policy.context().json(&deep).build().unwrap_err().to_string().starts_with("objects are nested deeper"));
}

#[test]
fn a_session_tells_what_it_passed_over() {
    let policy = Policy::parse("role = Nurse -> allow EHR").unwrap();
    let mut session = policy.session(policy.context().build().unwrap()).unwrap();
    session.set("shoe", 42).unwrap();
    assert_eq!(session.context().passed_over(), ["shoe"]);
    session.update(|builder| builder.json(r#"{"role": "Nurse", "shoe": null, "hat": {"size": 7}}"#)).unwrap();
    assert_eq!(session.context().passed_over(), ["hat.size"]);
    session.set("hat", Input::omitted()).unwrap();
    assert!(session.context().passed_over().is_empty());
}
