"""Tables in, tables out."""

from datetime import datetime, timezone
from typing import Any

import duckdb
import numpy
import pandas
import polars
import pyarrow
import pytest

import wardkey

POLICY = wardkey.parse(
    "a: role = Nurse -> allow EHR, Email\nb: network = guest -> deny EHR\nc: role = Clerk -> offer EHR",
    catalogue="ward: 1\nattributes: {role: [Nurse, Clerk], network: [office, guest], teams: {set of: [x, y]}}\n"
    "entitlements: [EHR, Email]\n",
)
PEOPLE = {
    "id": [1, 2, 3, 4],
    "role": ["Nurse", "Nurse", "Clerk", None],
    "network": ["office", "guest", "office", "office"],
}
EXPECTED = {
    "id": [1, 2, 3, 4],
    "EHR": ["allowed", "denied", "offered", "not_granted"],
    "Email": ["allowed", "allowed", "not_granted", "not_granted"],
}


def relation() -> Any:
    people = pyarrow.table(PEOPLE)  # noqa: F841 - duckdb finds it by its name
    return duckdb.sql("select * from people")


TABLES = {
    "pyarrow.Table": lambda: pyarrow.table(PEOPLE),
    "pyarrow.RecordBatch": lambda: pyarrow.RecordBatch.from_pydict(PEOPLE),
    "pyarrow.RecordBatchReader": lambda: pyarrow.table(PEOPLE).to_reader(2),
    "chunks": lambda: pyarrow.concat_tables([pyarrow.table(PEOPLE).slice(0, 1), pyarrow.table(PEOPLE).slice(1)]),
    "polars": lambda: polars.DataFrame(PEOPLE),
    "polars categories": lambda: polars.DataFrame(PEOPLE).with_columns(polars.col("role").cast(polars.Categorical)),
    "pandas": lambda: pandas.DataFrame(PEOPLE),
    "pandas categories": lambda: pandas.DataFrame(PEOPLE).astype({"role": "category"}),
    "duckdb": relation,
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
def test_tables_of_every_library(table: Any) -> None:
    evaluated = POLICY.evaluate(table(), keep="id")
    assert evaluated.column_names == ["id", "EHR", "Email"]
    assert (evaluated.num_rows, len(evaluated), evaluated.decided) == (4, 4, 4)
    assert evaluated.to_pyarrow().to_pydict() == EXPECTED
    assert evaluated.to_polars().to_dict(as_series=False) == EXPECTED
    assert evaluated.to_pandas().astype(object).to_dict("list") == EXPECTED
    assert pyarrow.table(evaluated).equals(evaluated.to_pyarrow()), "it can be read twice"
    assert pyarrow.schema(evaluated).names == evaluated.column_names
    assert evaluated.counts["EHR"] == dict.fromkeys(wardkey.Outcome, 1)


def test_rows_are_decided_as_contexts_are(hospital: wardkey.Policy) -> None:
    names = ["role", "department", "employment"]
    people = [{"role": role, "department": "surgery"} for role in ("nurse", "physician", "janitor")]
    table = pandas.DataFrame([{name: person.get(name) for name in names} for person in people])
    rows = hospital.evaluate(table, on_error="unknown").to_pyarrow().to_pylist()
    for person, row in zip(people, rows, strict=True):
        context = hospital.context(person, lenient=True)
        assert row == hospital.entitlements(context).outcomes


def test_shapes() -> None:
    table = pyarrow.table(PEOPLE)
    lists = POLICY.evaluate(table, keep=["id"], shape="lists").to_pyarrow().to_pydict()
    assert lists["allowed"] == [["EHR", "Email"], ["Email"], [], []] and lists["offered"] == [[], [], ["EHR"], []]
    long = POLICY.evaluate(table, keep=("id",), shape="long", entitlements="EHR").to_pyarrow().to_pydict()
    assert long == {"id": [1, 2, 3, 4], "entitlement": ["EHR"] * 4, "outcome": EXPECTED["EHR"]}


def test_columns_are_mapped_by_name() -> None:
    table = pyarrow.table({"Job": PEOPLE["role"], "note": ["x"] * 4, "squads": ["x;y", "", None, "x"]})
    options: dict[str, Any] = {"rename": {"Job": "role", "squads": "teams"}, "ignore": ["note"], "separator": ";"}
    evaluated = POLICY.evaluate(table, constants={"network": "office"}, entitlements=["EHR"], **options)
    assert evaluated.to_pyarrow()["EHR"].to_pylist() == ["allowed", "allowed", "offered", "not_granted"]
    at = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
    day = wardkey.parse("time in 07:00..19:00 -> allow EHR")
    assert day.evaluate(pyarrow.table({"x": [1]}), constants={"now": at}).counts["EHR"][wardkey.Outcome.ALLOWED] == 1


def test_mistakes_are_named_all_at_once_before_any_row() -> None:
    table = pyarrow.table({"rolle": ["Nurse"], "network": [[["x"]]], "id": [1]})
    seen: list[int] = []
    with pytest.raises(wardkey.ColumnsError) as refused:
        POLICY.evaluate(table, keep="key", rename={"nothing": "role"}, entitlements="EHRR", progress=seen.append)
    assert {problem.column for problem in refused.value.problems} >= {"rolle", "network", "id", "key", "nothing"}
    assert "did you mean `role`?" in str(refused.value) and "EHR" in str(refused.value)
    assert not seen and all(problem.row is None for problem in refused.value.problems)


def test_values_that_cannot_be_read() -> None:
    table = pyarrow.table({"role": ["Nurse", "Nurze", "Nurze"]})
    chunks = pyarrow.concat_tables([table.slice(0, 1), table.slice(1)])
    with pytest.raises(wardkey.ColumnsError) as refused:
        POLICY.evaluate(chunks)
    (problem,) = refused.value.problems
    assert (problem.column, problem.row, problem.rows) == ("role", 1, 2)
    unknown = POLICY.evaluate(chunks, on_error="unknown")
    assert unknown.num_rows == 3 and len(unknown.unusable) == 1 and unknown.unusable[0].startswith("row 1: ")
    skipped = POLICY.evaluate(chunks, on_error="skip")
    assert skipped.num_rows == 1 and [row for row, _ in skipped.skipped] == [1, 2]


@pytest.mark.parametrize("table", [5, None, {"role": ["Nurse"]}, [1], numpy.array([1])])
def test_what_is_no_table_is_a_type_error(table: Any) -> None:
    with pytest.raises(TypeError, match="is no table of Arrow"):
        POLICY.evaluate(table)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"shape": "tall"}, ValueError),
        ({"on_error": "ignore"}, ValueError),
        ({"keep": 5}, TypeError),
        ({"keep": [5]}, TypeError),
        ({"separator": ";;"}, (TypeError, ValueError)),
        ({"constants": {"network": float("nan")}}, wardkey.ContextError),
        ({"constants": {"network": "gast"}}, wardkey.ColumnsError),
        ({"rename": {"role": 5}}, TypeError),
    ],
)
def test_options_that_make_no_sense(options: dict[str, Any], error: Any) -> None:
    with pytest.raises(error):
        POLICY.evaluate(pyarrow.table({"role": ["Nurse"]}), **options)


def test_progress_is_told_and_may_stop() -> None:
    roles = pyarrow.DictionaryArray.from_arrays(numpy.zeros(700_000, dtype="int8"), ["Nurse"])
    table = pyarrow.table({"role": roles})
    seen: list[int] = []
    evaluated = POLICY.evaluate(table, entitlements="Email", progress=seen.append)
    assert seen == [1 << 18, 2 << 18, 700_000]
    assert evaluated.counts["Email"][wardkey.Outcome.ALLOWED] == 700_000

    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        POLICY.evaluate(table, progress=stop)


def test_what_is_kept_is_not_copied() -> None:
    ids = pyarrow.array(range(1000))
    kept = POLICY.evaluate(pyarrow.table({"id": ids}), keep="id").to_pyarrow()["id"].chunk(0)
    assert kept.buffers()[1].address == ids.buffers()[1].address


def test_an_empty_table() -> None:
    evaluated = POLICY.evaluate(pyarrow.table({"role": pyarrow.array([], pyarrow.string())}))
    assert evaluated.num_rows == 0 and evaluated.to_pyarrow().column_names == ["EHR", "Email"]


def test_what_is_asked_is_not_nothing(music: wardkey.Policy) -> None:
    with pytest.raises(ValueError, match="`entitlements` is empty"):
        music.evaluate(pyarrow.table({"role": ["Sales"]}), entitlements=[])


def test_mappings_and_objects_as_options() -> None:
    from types import MappingProxyType

    policy = wardkey.parse(MappingProxyType({"a.ward": "device.managed and floor = 4 -> allow EHR"}))
    table = pyarrow.table({"level": [4, 5]})
    answers = policy.evaluate(
        table, rename=MappingProxyType({"level": "floor"}), constants=MappingProxyType({"device": {"managed": True}})
    )
    assert pyarrow.table(answers)["EHR"].to_pylist() == ["allowed", "not_granted"]
    with pytest.raises(TypeError, match="`rename` is a mapping"):
        policy.evaluate(table, rename=["level"])  # type: ignore[arg-type]


def test_two_columns_of_one_name_are_not_kept(music: wardkey.Policy) -> None:
    table = pyarrow.Table.from_arrays([pyarrow.array(["Sales"]), pyarrow.array([1]), pyarrow.array([2])], names=["role", "id", "id"])
    with pytest.raises(wardkey.ColumnsError, match="there are two columns `id`"):
        music.evaluate(table, keep="id", ignore="id")
