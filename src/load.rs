//! The door for policies: from files or texts to a [`Policy`]. The only place of the library that reads files.
//!
//! A policy is a folder with all its `.ward` files, at any depth, and one optional `catalogue.yaml` at its root; or one
//! file; or texts in memory ([`PolicyFiles`]). Any error refuses the whole load, and all errors are reported together:
//! a file passed over in silence may hold the rule that denies.

mod bundle;
mod folder;

use crate::diagnostic::{Code, Diagnostic, Severity, render};
use crate::eval::Policy;
use crate::model::catalogue_file::{ReadCatalogue, read_catalogue};
use crate::model::resolve::{self, Property, resolve};
use crate::source::{Source, SourceId, Sources, Span};
use crate::syntax;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// Codes of what is wrong with files and folders.
pub mod codes {
    use super::Code;

    /// A file that is not there, or cannot be read.
    pub const UNREADABLE: Code = Code::new("WK501", "unreadable", "a file or folder that cannot be read");
    /// No rule anywhere.
    pub const NO_RULES: Code = Code::new("WK503", "no-rules", "a policy without a single rule");
    /// More than one catalogue.
    pub const TWO_CATALOGUES: Code = Code::new("WK504", "two-catalogues", "a second catalogue");
    /// A link that leads out of the folder, or to a folder.
    pub const LINK: Code = Code::new("WK505", "link", "a link that leads out of the folder, or to a folder");
    /// Too many files, too deep, too large.
    pub const TOO_MUCH: Code = Code::new("WK506", "too-much", "more files, or larger ones, than a policy may have");
    /// A file without an item.
    pub const EMPTY_FILE: Code = Code::new("WK507", "empty-file", "a `.ward` file with nothing in it");
    /// A catalogue beside the file.
    pub const CATALOGUE_BESIDE: Code =
        Code::new("WK508", "catalogue-beside", "a catalogue that lies beside the file and is not read");
    /// The list of problems was cut.
    pub const MORE: Code = Code::new("WK509", "more-problems", "more problems than are shown");

    /// Bytes that are no bundle.
    pub const NO_BUNDLE: Code = Code::new("WK510", "no-bundle", "bytes that are no bundle of a policy");
    /// A bundle of another release.
    pub const BUNDLE_RELEASE: Code = Code::new("WK511", "bundle-release", "a bundle that another release made");
    /// A bundle that is not as it was made.
    pub const DAMAGED_BUNDLE: Code = Code::new("WK512", "damaged-bundle", "a bundle that is cut off or altered");

    /// All of them.
    pub const ALL: &[Code] = &[
        UNREADABLE,
        NO_RULES,
        TWO_CATALOGUES,
        LINK,
        TOO_MUCH,
        EMPTY_FILE,
        CATALOGUE_BESIDE,
        MORE,
        NO_BUNDLE,
        BUNDLE_RELEASE,
        DAMAGED_BUNDLE,
    ];
}

/// Problems reported by one load; what is beyond is counted.
pub const MOST_PROBLEMS: usize = 200;

/// Largest file, in bytes.
pub const LARGEST_FILE: usize = 64 << 20;

/// Why a policy was refused: every problem, with its place. As text it shows each error with an excerpt and a fix.
///
/// ```
/// let error = wardkey::Policy::parse("role == Nurse -> allow EHR").unwrap_err();
/// assert!(error.diagnostics()[0].is_error());
/// assert!(error.to_string().contains("write `=` for `==`"));
/// ```
#[derive(Clone)]
pub struct LoadError {
    diagnostics: Vec<Diagnostic>,
    sources: Arc<Sources>,
}

impl LoadError {
    /// All problems, warnings among them, by file and place.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// The texts that the places are in.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, diagnostic) in self.diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).enumerate() {
            if at > 0 {
                writeln!(f)?;
            }
            write!(f, "{}", render(diagnostic, &self.sources, false))?;
        }
        Ok(())
    }
}

impl fmt::Debug for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "policy refused\n{self}")
    }
}

impl std::error::Error for LoadError {}

/// Texts of a policy in memory, or gathered from elsewhere than a folder.
///
/// ```
/// # fn main() -> Result<(), wardkey::LoadError> {
/// let policy = wardkey::PolicyFiles::new()
///     .catalogue("catalogue.yaml", "ward: 1\nattributes: {role: [Nurse, Sales]}\nentitlements: {EHR: {}}")
///     .rules("clinical.ward", "role = Nurse -> allow EHR")
///     .load()?;
/// let context = policy.context().set("role", "Nurse").build().unwrap();
/// assert!(policy.decide_named(&context, "EHR").unwrap().is_allowed());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct PolicyFiles {
    rules: Vec<(String, Vec<u8>)>,
    catalogues: Vec<(String, Vec<u8>)>,
    tables: BTreeMap<String, Vec<u8>>,
    /// What was wrong with the files themselves: where, and what.
    problems: Vec<(String, Diagnostic)>,
    /// Where the problems of a folder point to; made before any text, so that a place is at hand.
    sources: Sources,
}

impl PolicyFiles {
    /// No texts yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text of rules, with the name that messages give it.
    #[must_use]
    pub fn rules(mut self, name: impl Into<String>, text: impl Into<Vec<u8>>) -> Self {
        self.rules.push((name.into(), text.into()));
        self
    }

    /// Adds the catalogue. A second one is an error of the load.
    #[must_use]
    pub fn catalogue(mut self, name: impl Into<String>, text: impl Into<Vec<u8>>) -> Self {
        self.catalogues.push((name.into(), text.into()));
        self
    }

    /// Adds a table that the catalogue names, such as `places.csv`.
    #[must_use]
    pub fn table(mut self, name: impl Into<String>, text: impl Into<Vec<u8>>) -> Self {
        self.tables.insert(name.into(), text.into());
        self
    }

    /// Loads the policy. The order in which texts were added does not matter.
    ///
    /// Errors: every mistake in every text. Cost: about 30 microseconds a rule.
    pub fn load(self) -> Result<Policy, LoadError> {
        Loader::load(self)
    }

    /// The files of the policy at a path: a folder, or one `.ward` file. What is wrong with the files is told at load.
    ///
    /// It is what [`Policy::load`] loads, save where the path is a bundle.
    pub fn read(path: impl AsRef<Path>) -> Self {
        folder::read(path.as_ref())
    }

    /// Whether there is a bundle at a path, rather than files.
    pub fn is_bundle(path: impl AsRef<Path>) -> bool {
        folder::read_bundle(path.as_ref()).is_some()
    }

    /// The bytes of the rules or the catalogue of that name, to be changed before they are loaded.
    pub fn bytes_mut(&mut self, name: &str) -> Option<&mut Vec<u8>> {
        let texts = self.rules.iter_mut().chain(&mut self.catalogues);
        texts.into_iter().find(|(other, _)| other == name).map(|(_, bytes)| bytes)
    }

    fn problem(&mut self, name: impl Into<String>, code: Code, message: impl Into<String>, help: &str) {
        let name = name.into();
        let id = self.sources.add(name.clone(), "");
        let diagnostic = Diagnostic::error(code, Span::new(id, 0, 0), message).help(help);
        self.problems.push((name, diagnostic));
    }
}

impl Policy {
    /// Loads a policy from a folder, from one `.ward` file, which then has no catalogue, or from a file with a bundle.
    ///
    /// Errors: every mistake in every file, and files that cannot be read.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, LoadError> {
        match folder::read_bundle(path.as_ref()) {
            Some((name, bytes)) => bundle::open(&bytes, &name),
            None => folder::read(path.as_ref()).load(),
        }
    }

    /// Loads a policy from one text of rules, without a catalogue.
    ///
    /// Errors: every mistake in it.
    ///
    /// ```
    /// let policy = wardkey::Policy::parse("role=Sales and location=care_area -> deny iTunes").unwrap();
    /// let context = policy.context().set("role", "Sales").set("location", "care_area").build().unwrap();
    /// assert_eq!(policy.decide_named(&context, "iTunes").unwrap().outcome(), wardkey::Outcome::Denied);
    /// ```
    pub fn parse(rules: &str) -> Result<Self, LoadError> {
        PolicyFiles::new().rules("<rules>", rules).load()
    }

    /// Reads a property of this policy: `never EHR allowed when network = public`, `always Email allowed or offered unless
    /// employment = ended`, `no context allows both Orders and Payments`. What it names includes what lies below that.
    ///
    /// Errors: it cannot be read, or names what the policy does not have.
    ///
    /// ```
    /// use wardkey::{Analysis, Policy, analyse::ProofVerdict};
    ///
    /// let policy = Policy::parse("role = Nurse -> allow EHR\nnetwork = public -> deny EHR")?;
    /// let property = policy.property("never EHR allowed when network = public")?;
    /// assert_eq!(Analysis::new(&policy).prove(&property).verdict, ProofVerdict::Holds);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn property(&self, text: &str) -> Result<Property, LoadError> {
        let (mut sources, mut diagnostics) = (Sources::default(), Vec::new());
        let source = sources.add("<property>", text);
        let found = resolve::property(self.rule_set(), (source, text, 0), &mut diagnostics);
        found.ok_or_else(|| LoadError { diagnostics, sources: Arc::new(sources) })
    }
}

struct Loader {
    sources: RefCell<Sources>,
    diagnostics: Vec<Diagnostic>,
}

impl Loader {
    fn load(files: PolicyFiles) -> Result<Policy, LoadError> {
        let PolicyFiles { mut rules, catalogues, tables, problems, sources } = files;
        let diagnostics = problems.into_iter().map(|(_, problem)| problem).collect();
        let mut loader = Self { sources: RefCell::new(sources), diagnostics };
        rules.sort();
        let texts = loader.texts(rules);
        let last = loader.last_text(&texts);
        let mut files = loader.split(&texts);
        let mut diagnostics = std::mem::take(&mut loader.diagnostics);
        let catalogue = loader.catalogue(catalogues, &tables);
        let Self { sources, diagnostics: mut beyond } = loader;
        let sources = Arc::new(sources.into_inner());

        let lets: Vec<_> = files.iter_mut().flat_map(syntax::Items::lets).collect();
        let mut count = 0;
        let mut rules =
            files.iter_mut().flat_map(|file| std::iter::from_fn(|| file.next_rule())).inspect(|_| count += 1);
        // a catalogue that could not be read would make every name of the rules an error
        let rule_set = match catalogue {
            Ok(catalogue) => resolve(&lets, &mut rules, catalogue, sources.clone(), &mut beyond),
            Err(()) => None,
        };
        rules.by_ref().for_each(drop);
        diagnostics.extend(files.into_iter().flat_map(syntax::Items::into_diagnostics));
        if count == 0 && !diagnostics.iter().any(Diagnostic::is_error) {
            diagnostics.retain(|diagnostic| diagnostic.code != codes::EMPTY_FILE);
            diagnostics.extend(last.map(no_rules));
        }
        diagnostics.append(&mut beyond);
        let is_refused = diagnostics.iter().any(Diagnostic::is_error);
        let diagnostics = in_order(diagnostics, &sources);
        match rule_set {
            Some(rule_set) if !is_refused => Policy::from_rule_set(rule_set, diagnostics)
                .map_err(|error| LoadError { diagnostics: too_large(&error, &sources), sources }),
            _ => Err(LoadError { diagnostics, sources }),
        }
    }

    /// The texts of rules, those that are none reported.
    fn texts(&mut self, rules: Vec<(String, Vec<u8>)>) -> Vec<(SourceId, Arc<str>)> {
        let ids = rules.into_iter().filter_map(|(name, bytes)| self.text(name, bytes, true)).collect::<Vec<_>>();
        let sources = self.sources.get_mut();
        ids.into_iter().filter_map(|id| Some((id, sources.get(id)?.shared_text()))).collect()
    }

    /// Where a policy without rules is said to have none; a place is made where no file was given and nothing else is wrong.
    fn last_text(&mut self, texts: &[(SourceId, Arc<str>)]) -> Option<SourceId> {
        match texts.last() {
            Some((id, _)) => Some(*id),
            None if self.diagnostics.iter().any(Diagnostic::is_error) => None,
            None => Some(self.sources.get_mut().add_rules("policy", "")),
        }
    }

    /// The items of each text, and a warning for each that has none.
    fn split<'t>(&mut self, texts: &'t [(SourceId, Arc<str>)]) -> Vec<syntax::Items<'t>> {
        let files: Vec<_> = texts.iter().map(|(id, text)| (*id, syntax::Items::new(*id, text))).collect();
        for (id, _) in files.iter().filter(|(_, items)| items.is_empty()) {
            let warning = Diagnostic::warning(codes::EMPTY_FILE, Span::new(*id, 0, 0), "there is no rule in this file");
            self.diagnostics.push(warning.help("remove the file, or write a rule: `role = Nurse -> allow EHR`"));
        }
        files.into_iter().map(|(_, items)| items).collect()
    }

    /// `Err` where there is a catalogue that could not be read.
    fn catalogue(
        &mut self,
        catalogues: Vec<(String, Vec<u8>)>,
        tables: &BTreeMap<String, Vec<u8>>,
    ) -> Result<Option<ReadCatalogue>, ()> {
        let mut read = Ok(None);
        for (at, (name, bytes)) in catalogues.into_iter().enumerate() {
            let Some(id) = self.text(name, bytes, false) else {
                read = Err(());
                continue;
            };
            if at > 0 {
                let error = Diagnostic::error(codes::TWO_CATALOGUES, Span::new(id, 0, 0), "this is a second catalogue");
                self.diagnostics
                    .push(error.help("a policy has one `catalogue.yaml`, at its root: bring them together"));
                read = Err(());
                continue;
            }
            let text = self.sources.borrow().get(id).map(Source::shared_text).unwrap_or_default();
            let bad = RefCell::new(Vec::new());
            let find = |name: &str| {
                let bytes = tables.get(name)?;
                match syntax::decode(bytes) {
                    Ok(text) => Some((self.sources.borrow_mut().add(name, text.as_str()), text)),
                    Err(error) => {
                        let id = self.sources.borrow_mut().add(name, error.readable.as_str());
                        bad.borrow_mut().push(error.diagnostic(id));
                        None
                    }
                }
            };
            let mut diagnostics = Vec::new();
            let found = read_catalogue(id, &text, &find, &mut diagnostics);
            self.diagnostics.extend(bad.into_inner());
            self.diagnostics.extend(diagnostics);
            // what could be read of it serves to check the rules as well
            read = found.map(Some).ok_or(());
        }
        read
    }

    /// Adds a text, or reports why it is none.
    fn text(&mut self, name: String, bytes: Vec<u8>, is_rules: bool) -> Option<SourceId> {
        let sources = self.sources.get_mut();
        if bytes.len() > LARGEST_FILE {
            let id = sources.add(name, "");
            let error = Diagnostic::error(codes::TOO_MUCH, Span::new(id, 0, 0), "the file is larger than 64 MiB");
            self.diagnostics.push(error.help("split it into several files"));
            return None;
        }
        match syntax::decode(&bytes) {
            Ok(text) if is_rules => Some(sources.add_rules(name, text)),
            Ok(text) => Some(sources.add(name, text)),
            Err(error) => {
                let id = sources.add(name, error.readable.as_str());
                self.diagnostics.push(error.diagnostic(id));
                None
            }
        }
    }
}

fn no_rules(place: SourceId) -> Diagnostic {
    Diagnostic::error(codes::NO_RULES, Span::new(place, 0, 0), "there is no rule in this policy")
        .help("write one, such as `role = Nurse -> allow EHR`")
}

/// The compiled form passes its limits: that has no place but the policy.
fn too_large(error: &crate::eval::Error, sources: &Sources) -> Vec<Diagnostic> {
    let place = sources.iter().next().map(|(id, _)| Span::new(id, 0, 0));
    place
        .map(|span| {
            Diagnostic::error(codes::TOO_MUCH, span, error.to_string())
                .help("split the policy, or name fewer targets per rule")
        })
        .into_iter()
        .collect()
}

/// By file and place, cut at [`MOST_PROBLEMS`]; errors go before the rest where it is cut.
fn in_order(mut diagnostics: Vec<Diagnostic>, sources: &Sources) -> Vec<Diagnostic> {
    let beyond = diagnostics.len().saturating_sub(MOST_PROBLEMS);
    if beyond > 0 {
        diagnostics.sort_by_key(|diagnostic| (std::cmp::Reverse(diagnostic.severity), diagnostic.span()));
        diagnostics.truncate(MOST_PROBLEMS);
    }
    let name = |diagnostic: &Diagnostic| {
        let span = diagnostic.span();
        (span.and_then(|span| sources.get(span.source)).map(|source| source.name().to_owned()), span)
    };
    diagnostics.sort_by_cached_key(|diagnostic| (name(diagnostic), diagnostic.code, diagnostic.message.clone()));
    diagnostics.dedup();
    if let (true, Some(last)) = (beyond > 0, diagnostics.last().and_then(Diagnostic::span)) {
        let message = format!("{beyond} more problems are not shown");
        diagnostics.push(Diagnostic::new(codes::MORE, Severity::Note, last, message).help("mend these first"));
    }
    diagnostics
}
