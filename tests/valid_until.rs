//! `valid_until` against brute force: the decision is made again for every minute, and the first that differs must be the
//! one foretold. Over midnights, changes of the weekday, bounds of dates and changes of the clock in three time zones.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use jiff::{SignedDuration, Timestamp};
use wardkey::eval::{FiredRule, Input, ValidUntil};
use wardkey::{Policy, PolicyFiles};

fn policy(zone: &str, rules: &str) -> Policy {
    let catalogue = format!(
        "ward: 1
time_zone: {zone}
attributes:
  role: [Nurse, Sales]
  trained: {{type: date, omitted: absent}}
  badge: {{type: datetime, omitted: absent}}
  shift_start: {{type: time, omitted: absent}}
  first_day: {{type: date, omitted: absent}}
  free_day: {{type: weekday, omitted: absent}}
  network: [ward, home]
parameters:
  audit: [normal, high]
calendars:
  holiday: [2026-12-25, 2027-01-01, 2026-03-29]
entitlements: {{EHR: {{}}}}
"
    );
    PolicyFiles::new().catalogue("catalogue.yaml", catalogue).rules("rules.ward", rules).load().unwrap()
}

/// Everything of the decision that must stay, and how long it is said to; the latter only if it is not as before.
fn decide(policy: &Policy, attributes: &str, now: Timestamp, before: &str) -> (String, Option<ValidUntil>) {
    let attributes = if attributes.is_empty() { String::new() } else { format!(", {attributes}") };
    let context = policy.context().json(format!(r#"{{"now": "{now}"{attributes}}}"#)).build().unwrap();
    let decision = policy.decide_named(&context, "EHR").unwrap();
    let ids = |rules: Vec<FiredRule<'_>>| rules.iter().map(|fired| format!("{} ", fired.rule.id)).collect::<String>();
    let shown = format!(
        "{} by {}over {}missing {:?} with {:?}",
        decision.outcome(),
        ids(decision.rules()),
        ids(decision.outranked()),
        decision.missing(),
        decision.parameters(),
    );
    let validity = (shown != before).then(|| decision.valid_until());
    (shown, validity)
}

fn decision(policy: &Policy, attributes: &str, now: Timestamp) -> (String, ValidUntil) {
    let (shown, validity) = decide(policy, attributes, now, "");
    (shown, validity.unwrap())
}

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// Walks minute by minute from `from` over `days`, and at every change compares the instant with what was foretold since
/// the last change. Returns the number of changes.
fn check(policy: &Policy, attributes: &str, from: &str, days: i64) -> usize {
    let start: Timestamp = from.parse().unwrap();
    let end = start.checked_add(SignedDuration::from_hours(24 * days)).unwrap();
    let (mut shown, mut foretold) = decision(policy, attributes, start);
    let (mut at, mut changes) = (start, 0);
    while at < end {
        at = at.checked_add(MINUTE).unwrap();
        let (now, valid_until) = decide(policy, attributes, at, &shown);
        if now == shown {
            let is_over = matches!(foretold, ValidUntil::Until(until) if until <= at);
            assert!(!is_over, "{foretold:?} foretold, but nothing changed by {at}: {shown}");
        } else {
            assert_eq!(foretold, ValidUntil::Until(at), "{shown}\nbecame\n{now}");
            changes += 1;
            (shown, foretold) = (now, valid_until.unwrap());
        }
    }
    changes
}

#[test]
fn hours_of_the_day() {
    let policy = policy("America/Chicago", "time in 07:00..19:00 -> allow EHR");
    assert_eq!(check(&policy, "", "2026-06-01T12:00:00Z", 3), 6);
    // the clock is put forward on 8 March, back on 1 November 2026
    assert_eq!(check(&policy, "", "2026-03-07T12:30:00Z", 3), 7);
    assert_eq!(check(&policy, "", "2026-10-31T11:00:00Z", 3), 6);
}

#[test]
fn nights_belong_to_the_day_on_which_they_begin() {
    let rules = "time in 22:00..06:00 on Fri -> allow EHR\ntime in 23:00..01:00 on Mon..Wed -> offer EHR";
    for zone in ["America/Chicago", "Europe/Berlin", "Africa/Cairo"] {
        let policy = policy(zone, rules);
        assert_eq!(check(&policy, "", "2026-06-01T12:00:00Z", 7), 8, "{zone}");
    }
}

#[test]
fn a_time_that_is_skipped_and_a_time_that_comes_twice() {
    let rules =
        "time in 02:15..02:45 -> allow EHR\ntime in 01:30..02:30 -> offer EHR\ntime in 00:00..00:30 -> deny EHR";
    // 02:00 is put forward to 03:00 on 8 March, 02:00 back to 01:00 on 1 November
    check(&policy("America/Chicago", rules), "", "2026-03-07T20:00:00Z", 2);
    check(&policy("America/Chicago", rules), "", "2026-10-31T20:00:00Z", 2);
    // 29 March and 25 October
    check(&policy("Europe/Berlin", rules), "", "2026-03-28T12:00:00Z", 2);
    check(&policy("Europe/Berlin", rules), "", "2026-10-24T12:00:00Z", 2);
    // 24 April 2026 begins at 01:00; 29 October ends with an hour that comes twice
    check(&policy("Africa/Cairo", rules), "", "2026-04-22T12:00:00Z", 3);
    check(&policy("Africa/Cairo", rules), "", "2026-10-28T12:00:00Z", 3);
}

#[test]
fn days_that_do_not_begin_at_midnight() {
    let rules = "weekday in Fri -> allow EHR\ndate in 2026-04-24..2026-04-25 -> override allow EHR with audit = high";
    let policy = policy("Africa/Cairo", rules);
    check(&policy, "", "2026-04-22T12:00:00Z", 5);
    let (_, foretold) = decision(&policy, "", "2026-04-23T12:00:00Z".parse().unwrap());
    // the first instant of that Friday is 01:00 in summer time
    assert_eq!(foretold, ValidUntil::Until("2026-04-24T01:00:00+03:00".parse().unwrap()));
}

#[test]
fn weekdays_and_dates() {
    let rules = "weekday in [Sat, Sun] -> allow EHR
date in holiday -> override allow EHR
date in 2026-12-28..2026-12-30 -> deny EHR";
    for zone in ["America/Chicago", "Europe/Berlin", "Pacific/Auckland"] {
        let policy = policy(zone, rules);
        check(&policy, "", "2026-12-20T03:17:00Z", 14);
        check(&policy, "", "2026-03-27T00:00:00Z", 4);
    }
}

#[test]
fn from_and_until() {
    let rules =
        "always -> allow EHR from 2026-11-01 until 2026-11-02\nalways -> offer EHR until 2026-11-04T10:30-06:00";
    let policy = policy("America/Chicago", rules);
    assert_eq!(check(&policy, "", "2026-10-31T00:00:00Z", 6), 3);
    let (_, foretold) = decision(&policy, "", "2026-11-05T00:00:00Z".parse().unwrap());
    assert_eq!(foretold, ValidUntil::Never);
}

#[test]
fn since_a_date_or_an_instant() {
    let rules = "trained within 3d -> allow EHR\nbadge within 36h -> offer EHR";
    let policy = policy("Europe/Berlin", rules);
    let attributes = r#""trained": "2026-03-27", "badge": "2026-03-30T10:00:00+02:00""#;
    // an instant is included: one nanosecond later the length has passed
    let (_, foretold) = decision(&policy, attributes, "2026-03-31T12:00:00+02:00".parse().unwrap());
    assert_eq!(foretold, ValidUntil::Until("2026-03-31T22:00:00.000000001+02:00".parse().unwrap()));
    assert_eq!(check(&policy, r#""trained": "2026-03-27""#, "2026-03-25T00:00:00Z", 8), 2);
}

#[test]
fn the_clock_against_attributes() {
    let rules = "date >= user.first_day -> allow EHR\ntime >= user.shift_start -> offer EHR\nweekday = user.free_day -> deny EHR\nnow < user.badge -> require EHR with audit = high";
    let policy = policy("America/Chicago", rules);
    let attributes =
        r#""first_day": "2026-03-08", "shift_start": "02:30", "free_day": "Tue", "badge": "2026-03-09T13:00:00Z""#;
    assert!(check(&policy, attributes, "2026-03-06T00:00:00Z", 6) >= 5);
}

#[test]
fn two_time_zones() {
    let rules = "time in 08:00..17:00 at \"Europe/Berlin\" -> allow EHR\ntime in 07:00..19:00 -> offer EHR";
    let policy = policy("America/Chicago", rules);
    check(&policy, "", "2026-03-07T00:00:00Z", 3);
    check(&policy, "", "2026-03-27T00:00:00Z", 4);
}

#[test]
fn what_is_missing_may_change_with_the_time() {
    let rules =
        "role = Nurse and time in 07:00..19:00 -> allow EHR\nnetwork = home and time in 20:00..21:00 -> deny EHR";
    let policy = policy("America/Chicago", rules);
    assert_eq!(check(&policy, "", "2026-06-01T00:00:00Z", 2), 8);
}

#[test]
fn approvals_end() {
    let policy = policy("America/Chicago", "always -> offer EHR");
    let attributes = r#""approved": [{"entitlement": "EHR", "until": "2026-11-01"}]"#;
    assert_eq!(check(&policy, attributes, "2026-10-31T00:00:00Z", 3), 1);
    let (_, foretold) = decision(&policy, attributes, "2026-10-31T12:00:00Z".parse().unwrap());
    assert_eq!(foretold, ValidUntil::Until("2026-11-02T00:00:00-06:00".parse().unwrap()));
}

#[test]
fn never_unknown_and_too_far_ahead() {
    let rules = "role = Nurse and time in 07:00..19:00 -> allow EHR\nrole = Sales -> offer EHR until 2039-01-01";
    let policy = policy("America/Chicago", rules);
    let now: Timestamp = "2026-06-01T00:00:00Z".parse().unwrap();
    let far = now.checked_add(SignedDuration::from_hours(400 * 24)).unwrap();
    assert_eq!(decision(&policy, r#""role": "Sales""#, now).1, ValidUntil::Horizon(far));
    assert_eq!(decision(&policy, r#""role": {"$": "absent"}"#, now).1, ValidUntil::Never);
    let context = policy.context().set("role", "Nurse").build().unwrap();
    assert_eq!(policy.decide_named(&context, "EHR").unwrap().valid_until(), ValidUntil::Unknown);
    let context = policy.context().set("role", Input::absent()).build().unwrap();
    assert_eq!(policy.decide_named(&context, "EHR").unwrap().valid_until(), ValidUntil::Never);
}

#[test]
fn nothing_overflows_at_the_ends_of_time() {
    let rules = "time in 07:00..19:00 -> allow EHR\ntrained within 3650000d -> offer EHR\ndate in 2026-01-01..9999-12-31 -> deny EHR";
    let policy = policy("Pacific/Auckland", rules);
    for now in ["9999-12-30T12:00:00Z", "-009999-01-03T00:00:00Z"] {
        let json = format!(r#"{{"now": "{now}", "trained": "9999-12-31"}}"#);
        if let Ok(context) = policy.context().json(&json).build() {
            let _ = policy.decide_named(&context, "EHR").unwrap().valid_until();
        }
    }
}
