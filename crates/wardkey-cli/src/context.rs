//! `--context`, `--now`, `--lenient`, `--lang`: who asks, and in what situation.

use crate::failure::Failure;
use crate::policy::{is_stdin, load_clean, read_file, read_stdin};
use crate::screen::{Screen, plain};
use clap::Args;
use serde_json::Value as Json;
use std::path::Path;
use wardkey::model::{State, Value};
use wardkey::{Context, Policy};

/// What describes the person and the situation.
#[derive(Args, Debug)]
pub(crate) struct Situation {
    /// Who asks, and in what situation: a JSON file, `-`, or JSON that begins with `{`
    #[arg(long, short, value_name = "CONTEXT")]
    context: String,
    /// The time: a date-time with its offset, such as 2026-11-23T10:00:00-06:00, or `now` for this moment
    #[arg(long, value_name = "TIME")]
    now: Option<String>,
    /// Pass over attributes that the catalogue does not declare, and values that it does not know
    #[arg(long)]
    lenient: bool,
    /// Language of the texts for the person, such as `es`; else the attribute `language`
    #[arg(long, value_name = "LANGUAGE")]
    lang: Option<String>,
}

impl Situation {
    /// Loads the policy that the situation is for.
    ///
    /// Errors: it cannot be opened or has mistakes, or policy and context would both be read from standard input.
    pub fn policy(&self, path: &Path, screen: &mut Screen) -> Result<Policy, Failure> {
        if self.context == "-" && is_stdin(path) {
            let failure = Failure::new("policy and context cannot both come from standard input");
            return Err(failure.help("give one of them as a file"));
        }
        load_clean(path, screen)
    }

    /// Reads the context for a policy. Attributes that were passed over are told on standard error.
    ///
    /// Errors: it cannot be opened, is no JSON, or the policy refuses it.
    pub fn read(&self, policy: &Policy, screen: &mut Screen) -> Result<Context, Failure> {
        let mut builder = policy.context().json(self.json()?);
        if let Some(now) = &self.now {
            builder = builder.set("now", instant(now)?);
        }
        if self.lenient {
            builder = builder.lenient();
        }
        let context = builder.build().map_err(|error| self.refused(&error))?;
        for name in context.passed_over() {
            screen.note(format!("the policy does not know `{}`: passed over", plain(name)));
        }
        for message in unusable(&context) {
            screen.note(format!("{}: taken as not known", plain(&message)));
        }
        Ok(context)
    }

    /// The language in which to speak to the person: `--lang`, else the attribute `language`.
    pub fn language(&self, policy: &Policy, context: &Context) -> Option<String> {
        if self.lang.is_some() {
            return self.lang.clone();
        }
        let at = policy.rule_set().catalogue.attributes.get_index_of("language")?;
        match context.state(policy, wardkey::model::AttributeId::new(at)) {
            State::Present(Value::Name(name)) => Some(name.spelled.to_string()),
            _ => None,
        }
    }

    /// The text, which is a JSON object.
    fn json(&self) -> Result<String, Failure> {
        if self.context.trim_start().starts_with('{') {
            return parse(self.context.as_bytes(), "the context");
        }
        if self.context == "-" {
            return parse(&read_stdin()?, "standard input");
        }
        let path = Path::new(&self.context);
        if path.is_dir() {
            return Err(Failure::new(format!("`{}` is a folder, not a context", self.context)));
        }
        let help = "--context is a file, `-`, or JSON itself: '{\"role\": \"Nurse\"}'";
        let bytes = read_file(path).map_err(|failure| failure.help(help))?;
        parse(&bytes, &self.context)
    }

    fn refused(&self, error: &wardkey::Error) -> Failure {
        let lenient = "`--lenient` passes it over".to_owned();
        let reasons = error.problems().iter().map(|problem| {
            let mut help = problem.help.clone();
            if help.is_none() && error.is_unknown_attribute() && !self.lenient {
                help = Some(lenient.clone());
            }
            (problem.message.clone(), help)
        });
        Failure::all(reasons)
    }
}

/// What is wrong with values that were taken as not known.
pub(crate) fn unusable(context: &Context) -> Vec<String> {
    context.unusable().iter().map(|problem| problem.message.clone()).collect()
}

fn parse(bytes: &[u8], name: &str) -> Result<String, Failure> {
    let text = std::str::from_utf8(bytes).map_err(|_| Failure::new(format!("{name} is not UTF-8 text")))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let json: Json = serde_json::from_str(text).map_err(|error| {
        let place = format!("{name}, line {}, column {}", error.line(), error.column());
        Failure::new(format!("{place}: this is not JSON ({})", in_words(&error)))
    })?;
    if !json.is_object() {
        let failure = Failure::new(format!("{name} is JSON, but not a table of attributes"));
        return Err(failure.help("write {\"role\": \"Nurse\", \"location\": \"ward_4\"}"));
    }
    Ok(text.to_owned())
}

/// The message without its place, which is told apart.
pub(crate) fn in_words(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let end = message.rfind(" at line ").unwrap_or(message.len());
    message.get(..end).unwrap_or_default().to_owned()
}

/// An instant, as [`instant`] reads it.
pub(crate) fn timestamp(text: &str) -> Result<wardkey::Timestamp, Failure> {
    let text = instant(text)?;
    text.parse().map_err(|_| Failure::new(format!("`{text}` is no date-time with an offset")))
}

/// A date-time with its offset, or this moment. The clock is read only where somebody asked for it by `--now now`; the
/// library never does.
#[allow(clippy::disallowed_methods)]
pub(crate) fn instant(text: &str) -> Result<String, Failure> {
    if text == "now" {
        return Ok(jiff::Timestamp::now().to_string());
    }
    match text.parse::<jiff::Timestamp>() {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => {
            let failure = Failure::new(format!("`{text}` is no date-time with an offset"));
            Err(failure.help("write date, time and offset: 2026-11-23T10:00:00-06:00"))
        }
    }
}
