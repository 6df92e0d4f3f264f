"""From record batches to record batches, as clusters use it, without a cluster."""

import pickle

import pyarrow
import pytest

import wardkey
import wardkey.spark

POLICY = wardkey.parse("a: role = Nurse -> allow EHR\nb: role = Clerk -> offer EHR")
TABLE = pyarrow.table({"id": [1, 2, 3], "role": ["Nurse", "Clerk", None]})


def test_goes_to_other_processes_and_gives_plain_texts() -> None:
    decide = pickle.loads(pickle.dumps(wardkey.spark.batches(POLICY, keep="id")))
    batches = list(decide(TABLE.to_batches(max_chunksize=2)))
    assert [batch.num_rows for batch in batches] == [2, 1]
    found = pyarrow.Table.from_batches(batches)
    assert found.schema.field("EHR").type == pyarrow.string()
    assert found["EHR"].to_pylist() == ["allowed", "offered", "not_granted"]


def test_lists_are_plain_too() -> None:
    (batch,) = wardkey.spark.batches(POLICY, shape="lists")(TABLE.select(["role"]).to_batches())
    assert batch.schema.field("allowed").type.value_type == pyarrow.string()
    assert batch.to_pydict() == {"allowed": [["EHR"], [], []], "offered": [[], ["EHR"], []]}


def test_mistakes_are_those_of_tables() -> None:
    closed = wardkey.parse(
        "role = Nurse -> allow EHR", catalogue="ward: 1\nattributes: {role: [Nurse]}\nentitlements: [EHR]"
    )
    with pytest.raises(wardkey.ColumnsError):
        list(wardkey.spark.batches(closed)(TABLE.to_batches()))
