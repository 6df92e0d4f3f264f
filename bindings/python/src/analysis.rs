//! Questions about whole policies: findings, two versions compared, properties proved, what would have to be otherwise, policy tests,
//! the standard layout.

use crate::classes::{Class, raise};
use crate::columns::names;
use crate::data;
use crate::decision::Decision;
use crate::errors;
use crate::policy::{Asked, Policy, result};
use crate::wait::wait;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use rayon::prelude::*;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use wardkey::analyse::{PolicyDiff, STEPS, UnitReport, Verdict};
use wardkey::source::Sources;
use wardkey::suite::{Suite, SuiteProperty};
use wardkey::{Analysis, Context, Diagnostic, EntitlementId, Finding, Outcome, Reviewed, Timestamp};
use wardkey_cli::findings::{Progress, blackout, changes, proofs};
use wardkey_cli::{json as answers, quality};

// what signatures say
const _: () = assert!(STEPS == 100_000);

/// A text of rules in the standard layout, every comment kept.
#[pyfunction]
#[pyo3(signature = (text, /, *, name = "<rules>"))]
pub(crate) fn format(py: Python<'_>, text: &str, name: &str) -> PyResult<String> {
    let mut sources = Sources::default();
    let source = sources.add_rules(name, text);
    let formatted = py.detach(|| wardkey::syntax::format(source, text));
    formatted.map_err(|problems| errors::problems(py, &problems, &sources))
}

/// What people get otherwise by the second version of a policy.
#[pyfunction]
#[pyo3(signature = (old, new, /, *, steps = 100_000))]
pub(crate) fn diff<'py>(
    py: Python<'py>,
    old: &Bound<'_, Policy>,
    new: &Bound<'_, Policy>,
    steps: u64,
) -> PyResult<Bound<'py, PyAny>> {
    let (old, new) = (old.get().asked.clone(), new.get().asked.clone());
    let compared = wait(py, move || compare(&old.policy, &new.policy, steps))?;
    result(py, "policy_diff", &compared.map_err(|error| errors::context(py, &error))?)
}

fn compare(old: &wardkey::Policy, new: &wardkey::Policy, steps: u64) -> Result<Json, wardkey::Error> {
    let diff = PolicyDiff::new(old, new)?.with_steps(steps);
    let found = changes(&diff, Progress::Hidden);
    let entitlements = found.iter().map(|entitlement| {
        let mut json = json!(entitlement);
        for (change, found) in json["changes"].as_array_mut().into_iter().flatten().zip(&entitlement.changes) {
            let regions = change["regions"].as_array_mut().into_iter().flatten();
            regions.zip(&found.regions).for_each(|(json, region)| json["text"] = json!(region.to_string()));
        }
        json
    });
    let entitlements: Vec<Json> = entitlements.collect();
    Ok(json!({
        "verdict": Verdict::of_all(&found),
        "entitlements": entitlements,
        "catalogue": diff.catalogue_changes(),
    }))
}

#[pymethods]
impl Policy {
    /// Everything that `wardkey check` finds, in the policy as it is and by looking at all contexts.
    #[pyo3(signature = (*, now = None, overlaps = false, suppressed = false, steps = 100_000))]
    fn check<'py>(
        &self,
        py: Python<'py>,
        now: Option<&Bound<'_, PyAny>>,
        overlaps: bool,
        suppressed: bool,
        steps: u64,
    ) -> PyResult<Bound<'py, PyAny>> {
        let now = now.map(instant).transpose()?;
        let asked = self.asked.clone();
        let found = wait(py, move || {
            let policy = &asked.policy;
            let mut analysis = Analysis::new(policy).with_steps(steps);
            if overlaps {
                analysis = analysis.with_overlaps();
            }
            if let Some(now) = now {
                analysis = analysis.at(now);
            }
            let units: Vec<UnitReport> = (0..analysis.units()).into_par_iter().map(|at| analysis.unit(at)).collect();
            wardkey::review(Ok(policy), Some((&analysis, analysis.conclude(&units))))
        })?;
        let wanted = found.iter().filter(|one| suppressed || one.reason.is_none());
        let findings = wanted.map(|one| finding(one, self.asked.policy.sources())).collect();
        result(py, "findings", &Json::Array(findings))
    }

    /// Whether something that is said of the policy holds in every context.
    #[pyo3(signature = (sentence, /, *, steps = 100_000))]
    fn prove<'py>(&self, py: Python<'py>, sentence: &str, steps: u64) -> PyResult<Bound<'py, PyAny>> {
        let policy = &self.asked.policy;
        let property = policy.property(sentence).map_err(|error| errors::refused(py, &error))?;
        let property = SuiteProperty { name: sentence.to_owned(), property };
        let asked = self.asked.clone();
        let prove = move || {
            let analysis = Analysis::new(&asked.policy).with_steps(steps);
            proofs(&analysis, vec![property], Progress::Hidden)
        };
        let proved = wait(py, prove)?;
        result(py, "proof", &json!(proved.first()))
    }

    /// Every smallest change of a context in which an entitlement would come to another outcome.
    #[pyo3(signature = (
        context, entitlement, /, *, outcome = None, change = None, keep = None, steps = 100_000, **attributes
    ))]
    #[expect(clippy::too_many_arguments, reason = "one for each that Python has")]
    fn counterfactuals<'py>(
        &self,
        py: Python<'py>,
        context: Option<&Bound<'_, PyAny>>,
        entitlement: &Bound<'_, PyString>,
        outcome: Option<&str>,
        change: Option<Bound<'py, PyAny>>,
        keep: Option<Bound<'py, PyAny>>,
        steps: u64,
        attributes: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let id = self.asked.entitlement(entitlement)?;
        let context = self.asked.with(py, context, attributes, |bind| bind.keep())?;
        counterfactuals(py, (&self.asked, &context, id), outcome, (change, keep), steps)
    }

    /// What closes while nobody knows an attribute.
    #[pyo3(signature = (*, steps = 100_000))]
    fn blackout<'py>(&self, py: Python<'py>, steps: u64) -> PyResult<Bound<'py, PyAny>> {
        let asked = self.asked.clone();
        let look = move || blackout(&Analysis::new(&asked.policy).with_steps(steps), Progress::Hidden);
        let (attributes, undecided) = wait(py, look)?;
        result(py, "blackout_report", &json!({ "attributes": attributes, "undecided": undecided }))
    }

    /// Runs policy tests in YAML: files, or folders that hold such files.
    #[pyo3(signature = (path, /, *, only = None, coverage = false, mutate = false, steps = 100_000))]
    fn test<'py>(
        &self,
        py: Python<'py>,
        path: &Bound<'_, PyAny>,
        only: Option<String>,
        coverage: bool,
        mutate: bool,
        steps: u64,
    ) -> PyResult<Bound<'py, PyAny>> {
        let gather = py.import("wardkey._files")?.getattr("tests")?;
        let texts: Vec<(String, String)> = gather.call1((path,))?.extract()?;
        self.run_tests(py, &texts, Wanted { only, coverage, mutate, steps })
    }

    /// Runs policy tests from one text in YAML.
    #[pyo3(signature = (text, /, *, name = "<tests>", only = None, coverage = false, mutate = false, steps = 100_000))]
    #[expect(clippy::too_many_arguments, reason = "one for each that Python has")]
    fn test_text<'py>(
        &self,
        py: Python<'py>,
        text: String,
        name: &str,
        only: Option<String>,
        coverage: bool,
        mutate: bool,
        steps: u64,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.run_tests(py, &[(name.to_owned(), text)], Wanted { only, coverage, mutate, steps })
    }
}

#[pymethods]
impl Decision {
    /// Every smallest change of the context in which it would come to another outcome.
    #[pyo3(signature = (*, outcome = None, change = None, keep = None, steps = 100_000))]
    fn counterfactuals<'py>(
        &self,
        py: Python<'py>,
        outcome: Option<&str>,
        change: Option<Bound<'py, PyAny>>,
        keep: Option<Bound<'py, PyAny>>,
        steps: u64,
    ) -> PyResult<Bound<'py, PyAny>> {
        counterfactuals(py, (&self.asked, &self.context, self.id), outcome, (change, keep), steps)
    }
}

fn counterfactuals<'py>(
    py: Python<'py>,
    (asked, context, id): (&Arc<Asked>, &Arc<Context>, EntitlementId),
    outcome: Option<&str>,
    (change, keep): (Option<Bound<'py, PyAny>>, Option<Bound<'py, PyAny>>),
    steps: u64,
) -> PyResult<Bound<'py, PyAny>> {
    let wanted = outcome.map_or(Ok(Outcome::Allowed), |outcome| {
        let all = [Outcome::Allowed, Outcome::Offered, Outcome::NotGranted, Outcome::Denied];
        let unknown = || PyValueError::new_err(format!("`outcome`: there is no outcome `{outcome}`"));
        all.into_iter().find(|one| one.as_str() == outcome).ok_or_else(unknown)
    })?;
    let (change, keep) = (names("change", change.as_ref())?, names("keep", keep.as_ref())?);
    let free = Analysis::new(&asked.policy).changeable(&change, &keep).map_err(|error| errors::context(py, &error))?;
    let (asked, context) = (asked.clone(), context.clone());
    let look = move || {
        let analysis = Analysis::new(&asked.policy).with_steps(steps);
        analysis.counterfactuals(&context, id, wanted, &|item| free.contains(&item))
    };
    match wait(py, look)? {
        Ok(found) => result(py, "counterfactuals", &json!(found)),
        Err(undecided) => Err(raise(py, Class::Undecided, (undecided.to_string(),))),
    }
}

/// Which tests are run, and what is to be known of them.
struct Wanted {
    only: Option<String>,
    coverage: bool,
    mutate: bool,
    steps: u64,
}

impl Policy {
    fn run_tests<'py>(
        &self,
        py: Python<'py>,
        texts: &[(String, String)],
        wanted: Wanted,
    ) -> PyResult<Bound<'py, PyAny>> {
        let policy = &self.asked.policy;
        let mut sources = Sources::default();
        let mut problems = Vec::new();
        let mut suites: Vec<Suite> = Vec::new();
        for (name, text) in texts {
            let source = sources.add(name.as_str(), text.as_str());
            if let Some(mut suite) = wardkey::suite::read(source, text, &mut problems) {
                problems.extend(suite.check(policy));
                wanted.only.iter().for_each(|only| suite.retain_named(only));
                suites.push(suite);
            }
        }
        if problems.iter().any(Diagnostic::is_error) {
            return Err(errors::problems(py, &problems, &sources));
        }
        let asked = self.asked.clone();
        let report = wait(py, move || report(&asked.policy, &sources, &suites, &wanted))?;
        result(py, "test_report", &report.map_err(PyValueError::new_err)?)
    }
}

/// What came of tests, and how good they are. Errors: some fail, so that none could notice a change of a rule.
fn report(policy: &wardkey::Policy, sources: &Sources, suites: &[Suite], wanted: &Wanted) -> Result<Json, String> {
    if let Some(only) = &wanted.only
        && suites.iter().all(|suite| suite.expectations() + suite.stated() == 0)
    {
        return Err(format!("no test has `{only}` in its name"));
    }
    let reports: Vec<_> = suites.iter().map(|suite| suite.run(policy)).collect();
    if wanted.mutate && reports.iter().any(|report| report.failed() > 0) {
        return Err("some tests fail, so that none could notice a change (first mend them, or the rules)".to_owned());
    }
    let analysis = Analysis::new(policy).with_steps(wanted.steps);
    let properties = suites.iter().flat_map(|suite| suite.properties(policy)).collect();
    let suites: Vec<&Suite> = suites.iter().collect();
    let coverage = wanted.coverage.then(|| quality::coverage(policy, &suites, wanted.steps, Progress::Hidden));
    let mutation = wanted.mutate.then(|| quality::mutation(policy, &suites, wanted.steps, Progress::Hidden));
    let mutation = mutation.transpose().map_err(|error| error.to_string())?;
    let (missing, number) = quality::missing_tests(coverage.as_ref(), mutation.as_ref());
    let results = reports.iter().flat_map(|report| &report.results);
    Ok(json!({
        "results": results.map(|result| answers::test_result(policy, sources, result)).collect::<Vec<_>>(),
        "properties": proofs(&analysis, properties, Progress::Hidden),
        "coverage": coverage.as_ref().map(quality::Reached::to_json),
        "mutation": mutation.as_ref().map(quality::Mutation::to_json),
        "missing_tests": if number == 0 { "" } else { missing.as_str() },
    }))
}

/// An aware datetime, or the text of one.
fn instant(now: &Bound<'_, PyAny>) -> PyResult<Timestamp> {
    let json = crate::given::to_json(now, "now")?;
    let text = json.as_str().unwrap_or_default();
    text.parse()
        .map_err(|_| PyValueError::new_err(format!("`now`: `{json}` is no instant (give a datetime with its offset)")))
}

fn finding(found: &Reviewed, sources: &Sources) -> Json {
    let Finding { diagnostic, rules, entitlements, witness } = &found.finding;
    json!({
        "diagnostic": data::diagnostic(diagnostic, sources),
        "rules": rules.iter().map(|id| &**id).collect::<Vec<_>>(),
        "entitlements": entitlements,
        "witness": witness,
        "reason": found.reason,
    })
}
