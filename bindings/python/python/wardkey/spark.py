"""Policies over data frames of Spark: every row decided where it lies.

The policy travels once, as a bundle, and each executor loads it once, however many tasks it runs. The wheel must be installed there;
nothing else of this package is needed. What decides is :func:`batches`, a function from record batches to record batches, which serves
Dask, Ray and DataFusion as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, TypeAlias

from ._wardkey import Evaluated, Policy

__all__ = ["batches", "evaluate"]

# pyarrow has no types of its own, and Spark need not be here
RecordBatch: TypeAlias = Any
Schema: TypeAlias = Any
DataFrame: TypeAlias = Any


@lru_cache(maxsize=8)
def _load(bundle: bytes) -> Policy:
    return Policy.from_bundle(bundle)


def _record_batches(evaluated: Evaluated) -> Iterator[RecordBatch]:
    import pyarrow

    table = pyarrow.table(evaluated)
    # dictionaries become the plain texts that every engine knows
    yield from table.cast(_plain_schema(table.schema)).to_batches()


def _plain_schema(schema: Schema) -> Schema:
    """A schema with texts instead of dictionaries."""
    import pyarrow

    def plain(kind: Any) -> Any:
        if pyarrow.types.is_dictionary(kind):
            return kind.value_type
        if pyarrow.types.is_list(kind):
            return pyarrow.list_(plain(kind.value_type))
        return kind

    return pyarrow.schema([field.with_type(plain(field.type)) for field in schema])


def batches(policy: Policy, **options: Any) -> Callable[[Iterable[Any]], Iterator[RecordBatch]]:
    """A function from record batches to record batches with the outcomes, which can be sent to other processes.

    `options` are those of :meth:`Policy.evaluate`.
    """
    return _Batches(policy.to_bundle(), options)


class _Batches:
    def __init__(self, bundle: bytes, options: dict[str, Any]) -> None:
        self.bundle = bundle
        self.options = options

    def __call__(self, batches: Iterable[Any]) -> Iterator[RecordBatch]:
        policy = _load(self.bundle)
        for batch in batches:
            yield from _record_batches(policy.evaluate(batch, **self.options))


class _Broadcast:
    """As :class:`_Batches`, with the bundle sent to each executor once instead of with each task."""

    def __init__(self, bundle: Any, options: dict[str, Any]) -> None:
        self.bundle = bundle
        self.options = options

    def __call__(self, batches: Iterable[Any]) -> Iterator[RecordBatch]:
        yield from _Batches(self.bundle.value, self.options)(batches)


def evaluate(policy: Policy, frame: DataFrame, **options: Any) -> DataFrame:
    """A data frame with the outcomes for each row of another, lazily, as Spark does everything.

    `options` are those of :meth:`Policy.evaluate`. Raises `ColumnsError` at once where columns do not fit; values that cannot be read
    end the job, unless `on_error` says otherwise.
    """
    import pyarrow
    from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema

    # an empty table names every mistake of columns now, and says what comes out
    empty = to_arrow_schema(frame.schema).empty_table()
    schema = _plain_schema(pyarrow.schema(policy.evaluate(empty, **options)))
    bundle = frame.sparkSession.sparkContext.broadcast(policy.to_bundle())
    return frame.mapInArrow(_Broadcast(bundle, options), from_arrow_schema(schema))
