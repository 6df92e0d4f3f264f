//! What is found in a policy, and what of it the author has answered in a comment with a reason.
//!
//! `# wardkey: allow never-matters: the auditor wants this written out`, above a rule, suppresses warnings and notes of that code
//! whose primary place is in the rule; `allow-file` those of the whole file. Errors are never suppressed. A comment that has no
//! reason, names no code, or suppresses nothing is a warning of its own. What such comments look like is in `syntax::remarks`.

use crate::analyse::check::codes;
use crate::analyse::{Analysis, Finding};
use crate::diagnostic::{Code, Diagnostic};
use crate::eval::Policy;
use crate::load::LoadError;
use crate::model::read::{did_you_mean, shown};
use crate::source::{SourceId, Sources, Span};
use crate::syntax::remarks::{About, Remark, Says, rule_remarks, yaml_remarks};

/// Every diagnostic code, by number.
pub fn codes() -> Vec<Code> {
    let layers = [
        crate::syntax::codes::ALL,
        crate::model::codes::ALL,
        crate::model::catalogue_file::codes::ALL,
        crate::load::codes::ALL,
        crate::suite::codes::ALL,
        codes::ALL,
    ];
    let mut all: Vec<Code> = layers.iter().flat_map(|codes| codes.iter().copied()).collect();
    all.sort_by_key(|code| code.id);
    all
}

/// One thing found in a policy.
#[derive(Clone, Debug)]
pub struct Reviewed {
    /// What was found.
    pub finding: Finding,
    /// Whether it is about all rules together.
    pub is_of_analysis: bool,
    /// Why it is suppressed, if a comment does that.
    pub reason: Option<String>,
}

/// Everything that was found in a policy, or in what was refused: what the load says, what an analysis found, and what is wrong with
/// comments that suppress, each with the reason of the comment that suppresses it. What the load says comes first, the rest in the
/// order of places.
///
/// ```
/// use wardkey::{Analysis, Policy, review};
///
/// let why = "# wardkey: allow never-matters: the auditor wants this written out";
/// let again = "again: role = Nurse and night -> allow EHR";
/// let policy = Policy::parse(&format!("nurses: role = Nurse -> allow EHR\n{why}\n{again}"))?;
/// let analysis = Analysis::new(&policy);
/// let found = review(Ok(&policy), Some((&analysis, analysis.check())));
/// let reasons: Vec<_> = found.iter().map(|one| (one.finding.diagnostic.code.name, one.reason.as_deref())).collect();
/// assert!(reasons.contains(&("never-matters", Some("the auditor wants this written out"))));
/// # Ok::<(), wardkey::LoadError>(())
/// ```
pub fn review(loaded: Result<&Policy, &LoadError>, analysed: Option<(&Analysis<'_>, Vec<Finding>)>) -> Vec<Reviewed> {
    let of_load = loaded.map_or_else(LoadError::diagnostics, Policy::diagnostics);
    let is_cut = of_load.iter().any(|diagnostic| diagnostic.code.name == "more-problems");
    let one = |finding, is_of_analysis| Reviewed { finding, is_of_analysis, reason: None };
    let mut all: Vec<Reviewed> = of_load.iter().map(|diagnostic| one(diagnostic.clone().into(), false)).collect();
    let mut looked_for: Vec<Code> = Vec::new();
    // what is wrong may keep the rest from being found
    if loaded.is_ok() && !is_cut {
        looked_for.extend(codes().into_iter().filter(|code| !codes::ALL.contains(code)));
    }
    if let Some((analysis, findings)) = analysed {
        if !is_cut && !findings.iter().any(Finding::is_undecided) {
            looked_for.extend(codes::ALL.iter().filter(|&&code| analysis.looks_for(code)));
        }
        all.extend(findings.into_iter().map(|finding| one(finding, true)));
    }
    let mut suppressions = Suppressions::of(loaded.map_or_else(LoadError::sources, Policy::sources));
    for Reviewed { finding, reason, .. } in &mut all {
        *reason = suppressions.find(&finding.diagnostic).map(|suppression| suppression.reason.clone());
    }
    let problems = suppressions.problems(|code| looked_for.contains(&code));
    all.extend(problems.into_iter().map(|problem| one(problem.into(), false)));
    let place = |one: &Reviewed| one.finding.diagnostic.span();
    all[of_load.len()..].sort_by_key(|one| (place(one).is_none(), place(one)));
    all
}

/// One code that a comment suppresses beside one rule, or in one file.
#[derive(Clone, Debug)]
struct Suppression {
    /// What it suppresses.
    code: Code,
    /// Why, in the author's words.
    reason: String,
    /// Where the code stands in it.
    place: Span,
    about: Option<Scope>,
    /// Whether it has suppressed something.
    is_used: bool,
    /// Whether it would have suppressed something that is an error.
    meets_error: bool,
}

/// Where findings are suppressed.
#[derive(Clone, Copy, Debug)]
enum Scope {
    /// In these bytes of a text.
    Stretch(Span),
    /// In one file of rules.
    Rules(SourceId),
    /// In the catalogue and its tables.
    Catalogue,
}

/// All comments of a policy that suppress something.
#[derive(Clone, Debug, Default)]
struct Suppressions {
    comments: Vec<Comment>,
    /// What is wrong with comments by themselves.
    problems: Vec<Diagnostic>,
    /// Texts of rules; those of the catalogue and its tables are the others.
    rules: Vec<SourceId>,
}

/// A comment with a reason.
#[derive(Clone, Debug)]
struct Comment {
    /// What to take out so that nothing of it is left.
    whole: Span,
    /// Its list of codes.
    list: Span,
    suppresses: Vec<Suppression>,
    /// Whether it also names what is no code.
    names_unknown: bool,
}

impl Suppressions {
    /// Those in the rules and the catalogue of a load. Cost: nearly nothing where there are none.
    fn of(sources: &Sources) -> Self {
        let mut all = Self::default();
        let known = codes();
        for (id, source) in sources.iter() {
            let is_table = source.name().to_lowercase().ends_with(".csv");
            let remarks = match source.is_rules() {
                true => rule_remarks(id, source.text()),
                false if is_table => Vec::new(),
                false => yaml_remarks(id, source.text()),
            };
            if source.is_rules() {
                all.rules.push(id);
            }
            for remark in remarks {
                all.add(remark, &known);
            }
        }
        all
    }

    fn add(&mut self, remark: Remark, known: &[Code]) {
        let Remark { span, whole, about, says } = remark;
        let Says::Allow { codes: named, list, reason } = says else {
            let message = "this comment means nothing to `check`";
            let help = "write `# wardkey: allow CODE: REASON`, or `allow-file` for the whole file";
            return self.problems.push(Diagnostic::warning(codes::UNCLEAR, span, message).help(help));
        };
        if named.is_empty() || reason.is_empty() {
            let lacks = if named.is_empty() { "what is suppressed" } else { "why" };
            let message = format!("this comment does not say {lacks}, so nothing is suppressed");
            let names: Vec<&str> = named.iter().map(|(name, _)| name.as_str()).collect();
            let names = if names.is_empty() { "never-matters".to_owned() } else { names.join(", ") };
            let help = format!("write `# wardkey: allow {names}: REASON`");
            return self.problems.push(Diagnostic::warning(codes::NO_REASON, span, message).help(help));
        }
        let about = match about {
            About::Stretch(stretch) => Some(Scope::Stretch(stretch)),
            About::File if self.rules.contains(&span.source) => Some(Scope::Rules(span.source)),
            About::File => Some(Scope::Catalogue),
            About::Nothing => None,
        };
        let mut comment = Comment { whole, list, suppresses: Vec::new(), names_unknown: false };
        for (name, place) in named {
            let is_it = |code: &&Code| code.id.eq_ignore_ascii_case(&name) || code.name == name.to_lowercase();
            let Some(&code) = known.iter().find(is_it) else {
                comment.names_unknown = true;
                self.problems.push(unknown(&name, place, known));
                continue;
            };
            let reason = reason.clone();
            comment.suppresses.push(Suppression { code, reason, place, about, is_used: false, meets_error: false });
        }
        self.comments.push(comment);
    }

    /// The comment that suppresses a warning or a note, which is in use from then on; none for an error.
    fn find(&mut self, diagnostic: &Diagnostic) -> Option<&Suppression> {
        let place = diagnostic.span()?;
        let Self { comments, rules, .. } = self;
        let covers = |suppression: &&mut Suppression| {
            suppression.code == diagnostic.code
                && match suppression.about {
                    Some(Scope::Stretch(stretch)) => {
                        place.source == stretch.source && (stretch.start..stretch.end).contains(&place.start)
                    }
                    Some(Scope::Rules(source)) => place.source == source,
                    Some(Scope::Catalogue) => !rules.contains(&place.source),
                    None => false,
                }
        };
        let found = comments.iter_mut().flat_map(|comment| &mut comment.suppresses).find(covers)?;
        if diagnostic.is_error() {
            found.meets_error = true;
            return None;
        }
        found.is_used = true;
        Some(found)
    }

    /// What is wrong with the comments, as far as it can be told: a code that was not looked for may be suppressed by none.
    /// To be asked when everything that was found has been through [`Self::find`].
    fn problems(&self, was_looked_for: impl Fn(Code) -> bool) -> Vec<Diagnostic> {
        let mut found = self.problems.clone();
        for comment in &self.comments {
            let is_idle = |one: &&Suppression| !one.is_used && was_looked_for(one.code);
            let (idle, kept): (Vec<&Suppression>, Vec<&Suppression>) = comment.suppresses.iter().partition(is_idle);
            let mut problems: Vec<Diagnostic> = idle.iter().map(|&one| unused(one)).collect();
            let is_clear = !comment.names_unknown && idle.iter().all(|one| !one.meets_error);
            // one edit for all idle codes of a comment
            if let Some(first) = problems.first_mut().filter(|_| is_clear) {
                let kept: Vec<&str> = kept.iter().map(|one| one.code.name).collect();
                *first = match kept.is_empty() {
                    true => first.clone().mend(comment.whole, ""),
                    false => first.clone().mend(comment.list, kept.join(", ")),
                };
            }
            found.append(&mut problems);
        }
        found.sort_by_key(Diagnostic::span);
        found
    }
}

fn unknown(name: &str, place: Span, known: &[Code]) -> Diagnostic {
    let message = format!("there is no finding {}", shown(name));
    let diagnostic = Diagnostic::warning(codes::UNKNOWN_CODE, place, message);
    match did_you_mean(name, known.iter().map(|code| code.name)) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")).replace(place, near),
        None => {
            diagnostic.help("write what stands in brackets before a finding: `WK702`, or its name: `never-matters`")
        }
    }
}

fn unused(suppression: &Suppression) -> Diagnostic {
    let Suppression { code, place, .. } = suppression;
    if suppression.meets_error {
        let message = format!("`{}` is an error here, and errors are not suppressed", code.name);
        return Diagnostic::warning(codes::UNUSED, *place, message).help("mend it");
    }
    let message = format!("this suppresses nothing: there is no `{}` {}", code.name, beside(suppression));
    Diagnostic::warning(codes::UNUSED, *place, message).help("remove it")
}

fn beside(suppression: &Suppression) -> &'static str {
    match suppression.about {
        Some(Scope::Stretch(_)) => "where it stands",
        Some(Scope::Rules(_)) => "in this file",
        Some(Scope::Catalogue) => "in the catalogue",
        None => "as no rule stands right below",
    }
}
