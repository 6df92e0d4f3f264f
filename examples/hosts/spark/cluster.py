"""Five million people decided on a cluster of Spark: a master and two workers of its own, on this machine.

    pip install wardkey pyspark pyarrow 'pandas<3' && python cluster.py [ROWS]

The answers of the cluster are compared with those of one process over the same people, and the times are printed.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow
import pyspark
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

import wardkey
import wardkey.spark

PORT = 7177
ROLES = ["Nurse", "Physician", "Sales", "Clerk", "Student", "Volunteer", "Researcher"]
PLACES = ["ward", "office", "lab", "lobby"]

POLICY = wardkey.parse(
    """
clinical: role in [Nurse, Physician] and place != lobby -> allow EHR, orders
students: role = Student and supervised -> allow EHR
quiet: place = ward and role = Sales -> deny iTunes
music: role in [Sales, Clerk] -> allow iTunes
papers: role = Researcher -> offer archive
late: hours > 12 -> deny orders
"""
)


@contextmanager
def cluster() -> Iterator[str]:
    """A master and two workers, each with one core."""
    spark_class = Path(pyspark.__file__).parent / "bin" / "spark-class"
    environment = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1"}
    master = f"spark://127.0.0.1:{PORT}"
    commands = [["org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", str(PORT)]]
    commands += [["org.apache.spark.deploy.worker.Worker", "-c", "1", "-m", "1g", master]] * 2
    processes = []
    try:
        for command in commands:
            with open(os.devnull, "w") as nowhere:
                started = subprocess.Popen([spark_class, *command], env=environment, stdout=nowhere, stderr=nowhere)
            processes.append(started)
            time.sleep(3)
        yield master
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait()


def people(spark: SparkSession, rows: int) -> DataFrame:
    """People of whom each attribute is a function of their number."""

    def pick(values: list[str], step: int) -> f.Column:
        at = (f.col("id") / step).cast("long") % len(values)
        return f.element_at(f.array(*map(f.lit, values)), (at + 1).cast("int"))

    return spark.range(rows).select(
        "id",
        pick(ROLES, 1).alias("role"),
        pick(PLACES, 3).alias("place"),
        (f.col("id") % 5 == 0).alias("supervised"),
        (f.col("id") % 17).cast("int").alias("hours"),
    )


def main(rows: int) -> None:
    """Decides them on the cluster and here, and compares."""
    # the interpreter of the workers is this one, which has the wheel
    os.environ["PYSPARK_PYTHON"] = sys.executable
    with cluster() as master:
        builder = SparkSession.builder.master(master).appName("wardkey")
        settings = {
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.ui.enabled": "false",
            "spark.executor.memory": "768m",
            "spark.sql.execution.arrow.maxRecordsPerBatch": "65536",
        }
        for name, value in settings.items():
            builder = builder.config(name, value)
        spark = builder.getOrCreate()
        frame = people(spark, rows)
        names = POLICY.entitlement_names

        begun = time.monotonic()
        decided = wardkey.spark.evaluate(POLICY, frame, keep="id")
        counted = decided.groupBy(*names).count().collect()
        cluster_took = time.monotonic() - begun

        table = pyarrow.Table.from_batches(frame.toArrow().to_batches())
        begun = time.monotonic()
        here = POLICY.evaluate(table, keep="id")
        here_took = time.monotonic() - begun
        spark.stop()
    there: dict[str, dict[wardkey.Outcome, int]] = {name: dict.fromkeys(wardkey.Outcome, 0) for name in names}
    for row in counted:
        for name in names:
            there[name][wardkey.Outcome(row[name])] += row["count"]
    assert there == here.counts, (there, here.counts)
    print(f"{rows:,} people, {len(names)} entitlements: the same answers")
    print(f"two workers {cluster_took:.1f} s, one process {here_took:.2f} s without Spark")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000)
