"""Questions about whole policies."""

import json
import pickle
from datetime import datetime, timezone
from pathlib import Path

import pytest

import wardkey
from conftest import REPOSITORY


def test_findings_are_shown_by_a_context() -> None:
    policy = wardkey.parse("a: role = Nurse -> allow EHR\nb: role = Nurse and floor = 4 -> allow EHR")
    (finding,) = policy.check()
    assert (finding.diagnostic.name, finding.rules[0], finding.is_undecided) == ("never-matters", "b", False)
    assert str(finding).startswith("warning[WK")
    assert pickle.loads(pickle.dumps(finding)) == finding


def test_rules_whose_time_is_over() -> None:
    policy = wardkey.parse("a: role = Nurse -> allow EHR until 2026-01-01")
    (zone,) = policy.check()
    assert zone.diagnostic.code == "WK403" and zone.diagnostic == policy.diagnostics[0]
    over = policy.check(now=datetime(2026, 11, 22, tzinfo=timezone.utc))
    assert len(over) > 1 and over == policy.check(now="2026-11-22T00:00:00Z")
    with pytest.raises(ValueError):
        policy.check(now="soon")
    with pytest.raises(wardkey.ContextError):
        policy.check(now=datetime(2026, 11, 22))


def test_two_versions_differ_in_what_people_get(music: wardkey.Policy) -> None:
    old = wardkey.parse("music: role = Sales -> allow iTunes")
    assert not wardkey.diff(music, music) and wardkey.diff(music, music).verdict == "equivalent"
    diff = wardkey.diff(old, music)
    assert diff and diff.verdict == "less"
    (entitlement,) = diff.entitlements
    for change in entitlement.changes:
        assert old.outcome(change.witness, "iTunes") is change.before
        assert music.outcome(change.witness, "iTunes") is change.after
    assert {(change.before, change.after) for change in entitlement.changes} == {("allowed", "denied"), ("not_granted", "denied")}
    assert wardkey.RuleName("quiet", "new") in entitlement.changes[0].regions[0].applies
    assert pickle.loads(pickle.dumps(diff)) == diff


def test_policy_tests_run(hospital: wardkey.Policy, tmp_path: Path) -> None:
    report = hospital.test(REPOSITORY / "policies" / "hospital")
    assert report and report.passed > 100 and report.failed == 0
    some = hospital.test(REPOSITORY / "policies" / "hospital", only="nurse")
    assert 0 < some.passed < report.passed
    with pytest.raises(FileNotFoundError):
        hospital.test(tmp_path)


def test_a_policy_test_that_fails_says_why(music: wardkey.Policy) -> None:
    text = "tests: [{name: a seller, context: {role: Sales}, expect: {iTunes: allowed}}]"
    report = music.test_text(text, name="my.test.yaml")
    assert not report and (report.passed, report.failed) == (0, 1)
    (result,) = report.results
    assert result.place.file == "my.test.yaml"
    assert result.differences == (wardkey.Difference("outcome", "allowed", "denied"),)
    assert result.why is not None and result.why.missing == ("location",) and not result.why.rules[0].is_certain
    with pytest.raises(wardkey.PolicyError, match="did you mean `iTunes`"):
        music.test_text(text.replace("iTunes", "iTune"))


def test_formatting_keeps_comments() -> None:
    assert wardkey.format("# why\nrole=Nurse  ->allow   EHR # here") == "# why\nrole = Nurse -> allow EHR # here\n"
    with pytest.raises(wardkey.PolicyError, match="my.ward:1"):
        wardkey.format("role == Nurse -> allow EHR", name="my.ward")


SUPPRESSED = """nurses: role = Nurse -> allow EHR
# wardkey: allow never-matters: the auditor wants this written out
again: role = Nurse and floor = 4 -> allow EHR
# wardkey: allow never-fires: nothing of the kind
third: role = Sales -> allow CRM
"""


def test_comments_suppress_what_is_answered() -> None:
    policy = wardkey.parse(SUPPRESSED)
    (unused,) = policy.check()
    assert unused.diagnostic.code == "WK793" and unused.reason is None and unused.diagnostic.fix_is_safe
    place = unused.diagnostic.place
    assert place is not None and SUPPRESSED.encode()[place.start : place.end] == b"never-fires"
    reasons = {one.diagnostic.name: one.reason for one in policy.check(suppressed=True)}
    assert reasons["never-matters"] == "the auditor wants this written out" and len(reasons) == 2


def test_a_property_holds_in_every_context_or_is_shown_not_to() -> None:
    policy = wardkey.parse("nurses: role = Nurse -> allow EHR\npublic: network = public -> deny EHR")
    proof = policy.prove("never EHR allowed when network = public")
    assert proof and proof.verdict == "holds" and not proof.is_vacuous and not proof.counterexamples
    fails = policy.prove("never EHR allowed when network = guest")
    assert not fails and fails.verdict == "fails"
    (example,) = fails.counterexamples
    assert example.decisions == (wardkey.Shown("EHR", wardkey.Outcome.ALLOWED, ("nurses",)),)
    assert policy.outcome(example.witness, "EHR") is wardkey.Outcome.ALLOWED
    assert pickle.loads(pickle.dumps(fails)) == fails
    assert "nurses" in fails._repr_html_()
    with pytest.raises(wardkey.PolicyError, match="did you mean"):
        policy.prove("never EHP allowed when network = guest")


def test_every_smallest_change_leads_to_what_is_wanted(hospital: wardkey.Policy) -> None:
    policy = wardkey.parse("role = Nurse and (network = ward or badge = gold) -> allow EHR")
    context = {"role": "Nurse", "network": "guest", "badge": "red"}
    found = policy.counterfactuals(context, "EHR")
    assert found and found.outcome == "not_granted" and found.is_complete
    assert [one.attributes for one in found.changes] == [("badge",), ("network",)]
    for change in found.changes:
        assert policy.allows(change.witness, "EHR")
    assert policy.decide(context, "EHR").counterfactuals() == found
    assert pickle.loads(pickle.dumps(found)) == found
    kept = policy.counterfactuals(context, "EHR", keep=["badge"])
    assert [one.attributes for one in kept.changes] == [("network",)]
    assert not policy.counterfactuals({}, "EHR", keep=["badge", "network", "role"])
    assert policy.counterfactuals(context, "EHR", outcome="not_granted").changes == ()
    # the role is of the person, and the catalogue lets that stay
    clerk = json.loads((REPOSITORY / "examples" / "nurse.json").read_text()) | {"role": "Finance Analyst"}
    assert not any("role" in one.attributes for one in hospital.counterfactuals(clerk, "EHR").changes)
    assert any("role" in one.attributes for one in hospital.counterfactuals(clerk, "EHR", change=["role"]).changes)


def test_what_cannot_be_asked_of_changes_is_named() -> None:
    policy = wardkey.parse("role = Nurse -> allow EHR")
    with pytest.raises(wardkey.ContextError, match="did you mean `role`") as error:
        policy.counterfactuals({}, "EHR", keep=["rol"])
    assert error.value.problems[0].attribute == "rol"
    with pytest.raises(wardkey.ContextError, match="cannot both"):
        policy.counterfactuals({}, "EHR", keep=["role"], change=["role"])
    with pytest.raises(ValueError, match="there is no outcome `granted`"):
        policy.counterfactuals({}, "EHR", outcome="granted")
    with pytest.raises(wardkey.UndecidedError, match="steps"):
        policy.counterfactuals({}, "EHR", steps=0)


def test_what_tests_do_not_show() -> None:
    policy = wardkey.parse("nurses: role = Nurse and age >= 18 -> allow EHR")
    text = """
    tests: [{name: a nurse, context: {role: Nurse, age: 40}, expect: {EHR: allowed}}]
    properties: [never EHR allowed when role = Sales, never EHR allowed when age >= 90]
    """
    report = policy.test_text(text, coverage=True, mutate=True)
    assert report.failed == 0 and [proof.verdict for proof in report.properties] == ["holds", "fails"] and not report
    assert report.coverage is not None and 0 < report.coverage.percent < 100
    for goal in report.coverage.missing:
        assert goal.expected is not None and goal.context is not None
        assert policy.outcome(goal.context, goal.expected.entitlement) is goal.expected.outcome
    assert report.mutation is not None and report.mutation.survivors
    better = policy.test_text(report.missing_tests, coverage=True, mutate=True)
    assert better and better.passed > 2
    assert better.coverage is not None and better.mutation is not None
    assert better.coverage.percent == 100 and not better.mutation.survivors
    assert pickle.loads(pickle.dumps(report)) == report
    with pytest.raises(ValueError, match="some tests fail"):
        policy.test_text(text.replace("allowed}}", "denied}}"), mutate=True)


def test_what_closes_while_nobody_knows(hospital: wardkey.Policy) -> None:
    report = hospital.blackout()
    assert not report.undecided
    employment = next(one for one in report.attributes if one.attribute == "employment")
    assert "EHR" in employment.closes and "EHR" not in employment.break_glass_holds
    assert pickle.loads(pickle.dumps(report)) == report


def test_parameters_that_come_to_something_else_are_a_difference() -> None:
    old = wardkey.parse("nurses: role = Nurse -> allow EHR with audit = high")
    new = wardkey.parse("nurses: role = Nurse -> allow EHR")
    diff = wardkey.diff(old, new)
    assert diff and diff.verdict == "equivalent"
    ((parameter,),) = [one.parameters for one in diff.entitlements]
    (change,) = parameter.changes
    assert (parameter.parameter, str(change), change.witness) == ("audit", "high to not set", {"role": "Nurse"})
    assert str(diff) == "verdict: equivalent\nEHR: equivalent\n  audit: high to not set"
    assert "high to not set" in diff._repr_html_() and pickle.loads(pickle.dumps(diff)) == diff


def test_a_name_that_no_test_has_is_a_mistake(hospital: wardkey.Policy) -> None:
    with pytest.raises(ValueError, match="no test has `zzz` in its name"):
        hospital.test(REPOSITORY / "policies" / "hospital", only="zzz")
    music = wardkey.parse("role = Nurse -> allow EHR")
    assert music.test_text("tests: [{name: n, context: {role: Nurse}, expect: {EHR: allowed}}]").missing_tests == ""


def test_what_would_have_to_be_otherwise_can_be_handed_over(hospital: wardkey.Policy) -> None:
    nurse = json.loads((REPOSITORY / "examples" / "nurse.json").read_text())
    found = hospital.counterfactuals(nurse, "Payroll", change="user.role", keep={"network", "emergency"})
    assert found
    for change in found.changes:
        assert hospital.allows(nurse, "Payroll", **change.values), change
    assert any('"Finance Administrator"' in way for change in found.changes for way in change.examples)


def test_long_work_is_not_waited_for_after_an_interrupt(hospital: wardkey.Policy) -> None:
    import signal
    import threading
    import time

    def interrupt() -> None:
        time.sleep(0.3)
        signal.raise_signal(signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    start = time.monotonic()
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        hospital.test(REPOSITORY / "policies" / "hospital", mutate=True)
    # with all its mutants it takes much longer
    assert time.monotonic() - start < 6
    thread.join()
