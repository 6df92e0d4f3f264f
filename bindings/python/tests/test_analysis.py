"""Questions about whole policies."""

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
    assert policy.check() == ()
    over = policy.check(now=datetime(2026, 11, 22, tzinfo=timezone.utc))
    assert over and over == policy.check(now="2026-11-22T00:00:00Z")
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
