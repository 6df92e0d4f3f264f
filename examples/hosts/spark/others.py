"""The same function from batches to batches on Dask and on Ray.

    pip install wardkey pyarrow 'pandas<3' 'dask[dataframe,distributed]' ray && python others.py
"""

import dask.dataframe
import pandas
import pyarrow
import ray
from dask.distributed import Client, LocalCluster

import wardkey
import wardkey.spark

POLICY = wardkey.parse("clinical: role in [Nurse, Physician] -> allow EHR\nguests: network = guest -> deny EHR")
ROWS = 200_000
PEOPLE = pandas.DataFrame(
    {
        "id": range(ROWS),
        "role": ["Nurse", "Clerk", "Physician", None] * (ROWS // 4),
        "network": ["office", "guest", "office", "office", "guest"] * (ROWS // 5),
    }
)


def expected() -> dict[str, int]:
    """How many come to each outcome, by one process."""
    counts = POLICY.evaluate(PEOPLE).counts["EHR"]
    return {outcome.value: count for outcome, count in counts.items() if count}


def on_dask() -> dict[str, int]:
    """Each partition is a batch."""
    decide = wardkey.spark.batches(POLICY, keep="id")

    def partition(frame: pandas.DataFrame) -> pandas.DataFrame:
        batches = pyarrow.Table.from_pandas(frame, preserve_index=False).to_batches()
        return pyarrow.Table.from_batches(decide(batches)).to_pandas()

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster):
        frame = dask.dataframe.from_pandas(PEOPLE, npartitions=4)
        meta = partition(PEOPLE.head(2))
        return dict(frame.map_partitions(partition, meta=meta)["EHR"].value_counts().compute())


def on_ray() -> dict[str, int]:
    """Each block is a table."""
    decide = wardkey.spark.batches(POLICY, keep="id")

    def block(table: pyarrow.Table) -> pyarrow.Table:
        return pyarrow.Table.from_batches(decide(table.to_batches()))

    ray.init(num_cpus=2, include_dashboard=False, _node_ip_address="127.0.0.1", log_to_driver=False)
    rows = ray.data.from_pandas(PEOPLE).map_batches(block, batch_format="pyarrow").groupby("EHR").count().take_all()
    ray.shutdown()
    return {row["EHR"]: row["count()"] for row in rows}


if __name__ == "__main__":
    answers = {"one process": expected(), "Dask": on_dask(), "Ray": on_ray()}
    for name, counts in answers.items():
        print(name, counts)
        assert counts == answers["one process"]
