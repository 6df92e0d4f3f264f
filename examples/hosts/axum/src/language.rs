//! Which of the languages a person reads the policy's reasons are told in: `Accept-Language` against what was written.

use axum::http::{HeaderMap, header};
use wardkey::Decision;

/// The language most wanted in which a deciding rule has a text. None where it has none: the rule's own choice then serves.
pub fn best(headers: &HeaderMap, decision: &Decision<'_>) -> Option<String> {
    let rules = decision.rules();
    let written = |tag: &str| {
        let texts = rules.iter().flat_map(|fired| &fired.rule.because);
        texts.filter_map(|(language, _)| language.as_deref()).any(|language| language == tag)
    };
    let lines = headers.get_all(header::ACCEPT_LANGUAGE).iter().filter_map(|line| line.to_str().ok());
    let is_there = |tag: &String| written(tag) || tag.split('-').next().is_some_and(written);
    wanted(lines).into_iter().find(is_there)
}

/// The tags of `Accept-Language`, in small letters, the most wanted first.
fn wanted<'h>(lines: impl Iterator<Item = &'h str>) -> Vec<String> {
    let mut tags: Vec<(f32, String)> = Vec::new();
    for range in lines.flat_map(|line| line.split(',')) {
        let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
        let quality = parameters.trim().strip_prefix("q=").and_then(|quality| quality.parse().ok()).unwrap_or(1.0);
        if quality > 0.0 {
            tags.push((quality, tag.trim().to_ascii_lowercase()));
        }
    }
    // equals stay in the order given
    tags.sort_by(|a, b| b.0.total_cmp(&a.0));
    tags.into_iter().map(|(_, tag)| tag).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use wardkey::Policy;

    #[test]
    fn the_most_wanted_language_that_is_written() {
        let policy = Policy::parse(
            "a: role = Sales -> deny EHR because en \"no\" es \"no, gracias\"\nb: role = Nurse -> deny EHR because \"no\"",
        )
        .unwrap();
        let of = |role: &str, accept: &'static str| {
            let context = policy.context().set("role", role).build().unwrap();
            let decision = policy.decide_named(&context, "EHR").unwrap();
            let headers = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, HeaderValue::from_static(accept))]);
            best(&headers, &decision)
        };
        let sales = |accept| of("Sales", accept);
        assert_eq!(sales("es").as_deref(), Some("es"));
        assert_eq!(sales("en;q=0.5, es-MX").as_deref(), Some("es-mx"));
        assert_eq!(sales("fr, es;q=0.3, en;q=0.8").as_deref(), Some("en"));
        assert_eq!(sales("es;q=0, fr, *"), None);
        assert_eq!(sales("EN;q=zero").as_deref(), Some("en"));
        assert_eq!(of("Nurse", "es"), None);
    }
}
