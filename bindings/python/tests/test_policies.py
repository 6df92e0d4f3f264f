"""Loading policies, and what they say of themselves."""

import copy
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import wardkey
from conftest import REPOSITORY


def test_loads_a_folder_by_path_or_text() -> None:
    folder = REPOSITORY / "policies" / "hospital"
    assert wardkey.load(folder) == wardkey.load(str(folder))


def test_loads_several_texts_with_a_catalogue_and_its_tables() -> None:
    policy = wardkey.parse(
        {"a.ward": "place in floor_4 -> allow EHR", "b.ward": "role = Nurse -> allow Email"},
        catalogue=(
            "ward: 1\ntypes: {place: {tree: places.csv}}\n"
            "attributes: {role: [Nurse], place: place}\nentitlements: [EHR, Email]\n"
        ),
        tables={"places.csv": "node,parent\nfloor_4,\nward_4,floor_4\n"},
    )
    assert policy.entitlement_names == ("EHR", "Email")
    assert policy.allows({"place": "ward_4"}, "EHR")


def test_a_refused_policy_carries_every_mistake_with_its_place() -> None:
    with pytest.raises(wardkey.PolicyError) as refused:
        wardkey.parse({"one.ward": "role == Nurse -> allow EHR", "two.ward": "role = Nurse => allow EHR"})
    error = refused.value
    assert [problem.place and problem.place.file for problem in error.diagnostics] == ["one.ward", "two.ward"]
    first = error.diagnostics[0]
    assert (first.severity, first.help) == ("error", ("write `=` for `==`",))
    assert first.fix is not None and first.fix[0].text == "="
    assert "role == Nurse" in str(error)
    assert isinstance(error, (wardkey.WardkeyError, ValueError))
    again = pickle.loads(pickle.dumps(error))
    assert again.diagnostics == error.diagnostics and str(again) == str(error)


def test_a_file_that_is_not_there_is_a_refused_policy(tmp_path: Path) -> None:
    with pytest.raises(wardkey.PolicyError, match="WK501"):
        wardkey.load(tmp_path / "nothing")


@pytest.mark.parametrize("rules", [5, None, b"role = Nurse -> allow EHR", {"a.ward": 5}, ["role = Nurse -> allow EHR"]])
def test_what_is_no_text_is_a_type_error(rules: object) -> None:
    with pytest.raises(TypeError):
        wardkey.parse(rules)  # type: ignore[arg-type]


def test_a_policy_is_pickled_and_copied(hospital: wardkey.Policy) -> None:
    again = pickle.loads(pickle.dumps(hospital))
    assert again == hospital and hash(again) == hash(hospital) and again.sources == hospital.sources
    assert copy.copy(hospital) is hospital and copy.deepcopy(hospital) is hospital
    assert hospital != wardkey.parse("role = Nurse -> allow EHR")
    assert hospital != "a policy"


def test_a_damaged_bundle_is_refused(hospital: wardkey.Policy, tmp_path: Path) -> None:
    bundle = hospital.to_bundle()
    (tmp_path / "policy.bundle").write_bytes(bundle)
    assert wardkey.load(tmp_path / "policy.bundle") == hospital
    for bad in [b"", bundle[:100], bundle[:-1], bundle[:-1] + bytes([bundle[-1] ^ 1])]:
        with pytest.raises(wardkey.PolicyError):
            wardkey.Policy.from_bundle(bad)


def test_rules_and_diagnostics_are_data() -> None:
    policy = wardkey.parse({"a.ward": 'trial nurses: role = Nurse -> allow EHR because de "Ja"', "b.ward": "# nothing"})
    (rule,) = policy.rules
    assert (rule.id, rule.is_named, rule.is_trial, str(rule)) == ("nurses", True, True, "nurses")
    assert str(rule.places[0]) == "a.ward:1:1"
    assert rule.because == (wardkey.Because("de", "Ja"),)
    assert [problem.name for problem in policy.diagnostics] == ["empty-file"]
    assert pickle.loads(pickle.dumps(rule)) == rule


def test_classes_cannot_be_made_or_changed(music: wardkey.Policy) -> None:
    decision = music.decide({}, "iTunes")
    for kind in (wardkey.Policy, wardkey.Context, wardkey.Decision, wardkey.Session, wardkey.Delta):
        with pytest.raises(TypeError):
            kind()
    for thing in (music, decision, music.context(), decision.context):
        with pytest.raises(AttributeError):
            thing.outcome = "allowed"  # type: ignore[union-attr, misc, method-assign]


def test_is_shown_in_a_notebook(music: wardkey.Policy) -> None:
    hostile = wardkey.parse('"<script>": role = "<b>" -> deny EHR because "<i>"')
    decision = hostile.decide({}, "EHR")
    shown = [hostile, decision, hostile.entitlements(), hostile.session().set("role", "x"), decision.explain()]
    shown.append(wardkey.diff(hostile, music))
    for thing in shown:
        html = thing._repr_html_()  # type: ignore[attr-defined]
        assert html.startswith("<") and "<script>" not in html and "<b>\"" not in html and "<i>\"" not in html
    assert repr(music).startswith("<wardkey.Policy: 2 rules, 1 entitlements, ")


def test_threads_share_a_policy(hospital: wardkey.Policy) -> None:
    contexts = [{"role": "physician", "department": name} for name in ("surgery", "oncology", "pharmacy", "it")]
    lenient = [hospital.context(context, lenient=True) for context in contexts]
    alone = [hospital.entitlements(context).outcomes for context in lenient]
    barrier = threading.Barrier(4)

    def ask(at: int) -> bool:
        barrier.wait()
        return all(hospital.entitlements(lenient[(at + turn) % 4]).outcomes == alone[(at + turn) % 4] for turn in range(200))

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(ask, range(4)))


def test_others_run_while_a_policy_loads() -> None:
    text = "\n".join(f"rule_{at}: role = r{at} and floor = {at} -> allow e{at % 50}" for at in range(20_000))
    turns = 0
    done = threading.Event()

    def count() -> None:
        nonlocal turns
        while not done.wait(0.001):
            turns += 1

    other = threading.Thread(target=count)
    other.start()
    wardkey.parse(text)
    done.set()
    other.join()
    assert turns > 3


def test_what_words_stand_for_is_data(hospital: wardkey.Policy) -> None:
    catalogue = hospital.catalogue
    assert catalogue.is_declared and tuple(catalogue.entitlements) == hospital.entitlement_names
    assert tuple(catalogue.attributes) == hospital.attribute_names
    ehr = catalogue.entitlements["EHR"]
    assert (ehr.facts["seats"], ehr.facts["cost"], ehr.tags["owner"], ehr.tags["licensed"]) == ("2600", "70 USD/month", "Medicine", "true")
    assert catalogue.entitlements["EHR.chart"].parent == "EHR" and catalogue.entitlements["patient_record.read"].is_resource
    location, suspended = catalogue.attributes["location"], catalogue.attributes["suspended"]
    assert location.type == "tree" and location.is_of_situation and location.may_change
    assert location.values is not None and "cafeteria" in location.values
    assert (suspended.omitted, suspended.default, suspended.is_of_situation) == ("default", "false", False)
    teams = catalogue.attributes["teams"]
    assert teams.is_set and teams.type == "text" and teams.values is None and teams.omitted == "absent"
    assert not catalogue.attributes["manager"].may_disclose
    assert pickle.loads(pickle.dumps(catalogue)) == catalogue
    assert not wardkey.parse("role = Nurse -> allow EHR").catalogue.is_declared
