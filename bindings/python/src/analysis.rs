//! Questions about whole policies: findings, two versions compared, policy tests, the standard layout.

use crate::data;
use crate::errors;
use crate::policy::{Policy, result};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use rayon::prelude::*;
use serde_json::{Value as Json, json};
use wardkey::analyse::{EntitlementDiff, PolicyDiff, STEPS, UnitReport, Verdict};
use wardkey::source::Sources;
use wardkey::suite::{Report, Suite, Why, WhyRule};
use wardkey::{Analysis, Finding, Timestamp};

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
    let (old, new) = (&old.get().asked, &new.get().asked);
    let compared = py.detach(|| compare(&old.policy, &new.policy, steps));
    result(py, "policy_diff", &compared.map_err(|error| errors::context(py, &error))?)
}

fn compare(old: &wardkey::Policy, new: &wardkey::Policy, steps: u64) -> Result<Json, wardkey::Error> {
    let diff = PolicyDiff::new(old, new)?.with_steps(steps);
    let analysis = diff.analysis();
    let found: Vec<EntitlementDiff> =
        diff.touched().into_par_iter().map(|at| diff.entitlement(&analysis, at)).collect();
    let found: Vec<EntitlementDiff> = found.into_iter().filter(EntitlementDiff::is_change).collect();
    let entitlements = found.iter().map(|entitlement| {
        let mut json = serde_json::to_value(entitlement).unwrap_or_default();
        for (change, found) in json["changes"].as_array_mut().into_iter().flatten().zip(&entitlement.changes) {
            let regions = change["regions"].as_array_mut().into_iter().flatten();
            regions.zip(&found.regions).for_each(|(json, region)| json["text"] = json!(region.to_string()));
        }
        json
    });
    let entitlements: Vec<Json> = entitlements.collect();
    Ok(json!({ "verdict": verdict(&found), "entitlements": entitlements, "catalogue": diff.catalogue_changes() }))
}

/// Of the whole policy.
fn verdict(found: &[EntitlementDiff]) -> Verdict {
    let has = |one| found.iter().any(|entitlement| [one, Verdict::Incomparable].contains(&entitlement.verdict));
    match (has(Verdict::More), has(Verdict::Less)) {
        (false, false) => Verdict::Equivalent,
        (true, false) => Verdict::More,
        (false, true) => Verdict::Less,
        (true, true) => Verdict::Incomparable,
    }
}

#[pymethods]
impl Policy {
    /// What is likely not meant, found by looking at all contexts.
    #[pyo3(signature = (*, now = None, overlaps = false, steps = 100_000))]
    fn check<'py>(
        &self,
        py: Python<'py>,
        now: Option<&Bound<'_, PyAny>>,
        overlaps: bool,
        steps: u64,
    ) -> PyResult<Bound<'py, PyAny>> {
        let policy = &self.asked.policy;
        let mut analysis = Analysis::new(policy).with_steps(steps);
        if overlaps {
            analysis = analysis.with_overlaps();
        }
        if let Some(now) = now {
            analysis = analysis.at(instant(now)?);
        }
        let findings = py.detach(|| {
            let units: Vec<UnitReport> = (0..analysis.units()).into_par_iter().map(|at| analysis.unit(at)).collect();
            analysis.conclude(&units)
        });
        let findings = findings.iter().map(|found| finding(found, policy.sources()));
        result(py, "findings", &Json::Array(findings.collect()))
    }

    /// Runs policy tests in YAML: files, or folders that hold such files.
    #[pyo3(signature = (path, /, *, only = None))]
    fn test<'py>(&self, py: Python<'py>, path: &Bound<'_, PyAny>, only: Option<&str>) -> PyResult<Bound<'py, PyAny>> {
        let gather = py.import("wardkey._files")?.getattr("tests")?;
        let texts: Vec<(String, String)> = gather.call1((path,))?.extract()?;
        self.run_tests(py, &texts, only)
    }

    /// Runs policy tests from one text in YAML.
    #[pyo3(signature = (text, /, *, name = "<tests>", only = None))]
    fn test_text<'py>(
        &self,
        py: Python<'py>,
        text: String,
        name: &str,
        only: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.run_tests(py, &[(name.to_owned(), text)], only)
    }
}

impl Policy {
    fn run_tests<'py>(
        &self,
        py: Python<'py>,
        texts: &[(String, String)],
        only: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let policy = &self.asked.policy;
        let mut sources = Sources::default();
        let mut problems = Vec::new();
        let mut suites: Vec<Suite> = Vec::new();
        for (name, text) in texts {
            let source = sources.add(name.as_str(), text.as_str());
            if let Some(mut suite) = wardkey::suite::read(source, text, &mut problems) {
                problems.extend(suite.check(policy));
                only.into_iter().for_each(|only| suite.retain_named(only));
                suites.push(suite);
            }
        }
        if problems.iter().any(wardkey::Diagnostic::is_error) {
            return Err(errors::problems(py, &problems, &sources));
        }
        let reports: Vec<Report> = py.detach(|| suites.iter().map(|suite| suite.run(policy)).collect());
        let results = reports.iter().flat_map(|report| &report.results);
        let results = results.map(|result| test_result(policy, &sources, result));
        result(py, "test_report", &Json::Array(results.collect()))
    }
}

/// An aware datetime, or the text of one.
fn instant(now: &Bound<'_, PyAny>) -> PyResult<Timestamp> {
    let json = crate::given::to_json(now, "now")?;
    let text = json.as_str().unwrap_or_default();
    text.parse()
        .map_err(|_| PyValueError::new_err(format!("`now`: `{json}` is no instant (give a datetime with its offset)")))
}

fn finding(finding: &Finding, sources: &Sources) -> Json {
    json!({
        "diagnostic": data::diagnostic(&finding.diagnostic, sources),
        "rules": finding.rules.iter().map(|id| &**id).collect::<Vec<_>>(),
        "entitlements": finding.entitlements,
        "witness": finding.witness,
    })
}

fn test_result(policy: &wardkey::Policy, sources: &Sources, result: &wardkey::suite::Result) -> Json {
    let differences = result
        .differences
        .iter()
        .map(|difference| json!({ "what": difference.what, "expected": difference.expected, "got": difference.got }));
    json!({
        "test": result.test,
        "context": result.context,
        "entitlement": result.entitlement,
        "place": data::place(result.span, sources),
        "differences": differences.collect::<Vec<_>>(),
        "why": result.why.as_ref().map(|why| why_json(policy, why)),
    })
}

fn why_json(policy: &wardkey::Policy, why: &Why) -> Json {
    let rules = |rules: &[WhyRule]| rules.iter().map(|rule| why_rule(policy, rule)).collect::<Vec<_>>();
    json!({
        "outcome": why.outcome,
        "rules": rules(&why.rules),
        "outranked": rules(&why.outranked),
        "missing": why.missing,
        "because": why.because,
    })
}

fn why_rule(policy: &wardkey::Policy, rule: &WhyRule) -> Json {
    json!({
        "id": rule.id,
        "is_named": rule.is_named,
        "text": rule.text,
        "place": rule.span.map(|span| data::place(span, policy.sources())),
        "is_certain": rule.is_certain,
    })
}
