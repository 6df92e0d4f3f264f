"""Conditions in SQL, run by real databases over random rows, beside what the policy says of each row."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import wardkey

CATALOGUE = """
ward: 1
types:
  place: {tree: {hospital: [{floor_4: [ward_4, ward_5]}, {floor_5: [ward_6]}]}}
attributes:
  role: [Nurse, Sales]
  kind: {one of: [chart, image], open: true}
  code: {type: text, case: exact}
  owner: {type: text, case: exact}
  area: {type: place, inner: itself, omitted: absent}
  room: place
  secret: bool
  open: {type: bool, omitted: true}
  level: {type: whole, omitted: absent}
  limit: whole
  share: decimal
  made: date
  since: datetime
  at: time
entitlements: [file]
"""

TESTS = [
    "role = Nurse",
    "kind = chart",
    "kind in [image, Kiosk, Mass]",
    "kind starts with ch",
    'kind ends with "_a"',
    'kind contains "100%"',
    'kind matches "c*t"',
    'code = "É1"',
    'code in [A, "b\'c"]',
    "code = user.owner",
    "area in floor_4",
    "area is exactly floor_4",
    "area not in [ward_4, floor_5]",
    "room in floor_4",
    "room is exactly ward_4",
    "room in hospital",
    "secret",
    "open",
    "level >= 3",
    "level in 2..4",
    "level < user.limit",
    "limit = 3",
    "share > 0.5",
    "made >= 2026-06-01",
    "made in 2026-01-01..2026-12-31",
    "since < 2026-06-01T12:00:00Z",
    "at in 07:00..19:00",
    "level is known",
    "limit is known",
    "level is absent",
    "limit is absent",
    "open is absent",
]

COLUMNS: dict[str, tuple[str, st.SearchStrategy[Any]]] = {
    "role": ("text", st.sampled_from(["Nurse", "Sales", "NURSE"])),
    "kind": (
        "text",
        st.sampled_from(["chart", "CHART", "image", "\u212aiosk", "ma\u017fs", "x_a", "xa", "is 100%", "c\u0301t", "chat", "KİOSK"]),
    ),
    "code": ("text", st.sampled_from(["É1", "E\u03011", "é1", "A", "a", "b'c"])),
    "owner": ("text", st.sampled_from(["É1", "E\u03011", "A", "x"])),
    "area": ("text", st.sampled_from(["hospital", "floor_4", "Ward_4", "ward_5", "floor_5", "ward_6"])),
    "room": ("text", st.sampled_from(["hospital", "floor_4", "Ward_4", "ward_5", "floor_5", "ward_6"])),
    "secret": ("boolean", st.booleans()),
    "open": ("boolean", st.booleans()),
    "level": ("integer", st.integers(0, 6)),
    "limit": ("integer", st.integers(0, 6)),
    "share": ("decimal(18,9)", st.sampled_from([Decimal("0.5"), Decimal("0.500000001"), Decimal("0.1")])),
    "made": ("date", st.dates(date(2025, 12, 1), date(2027, 2, 1))),
    "since": (
        "timestamptz",
        st.datetimes(datetime(2026, 6, 1), datetime(2026, 6, 2)).map(lambda at: at.replace(tzinfo=timezone.utc))
        | st.just(datetime(2026, 6, 1, 7, tzinfo=timezone(timedelta(hours=-5)))),
    ),
    "at": ("time", st.times() | st.sampled_from([time(7), time(19)])),
}

Query = Callable[[str, list[list[Any]]], list[bool]]


def from_duckdb() -> Query:
    connection = duckdb.connect()
    connection.execute("set timezone = 'America/Chicago'")
    names = ", ".join(f'"{name}" {kind}' for name, (kind, _) in COLUMNS.items())
    connection.execute(f"create table rows (number integer, {names})")

    def query(condition: str, rows: list[list[Any]]) -> list[bool]:
        connection.execute("delete from rows")
        marks = ", ".join("?" * (len(COLUMNS) + 1))
        connection.executemany(f"insert into rows values ({marks})", [[at, *row] for at, row in enumerate(rows)])
        return [answer for (answer,) in connection.execute(f"select {condition} from rows order by number").fetchall()]

    return query


def literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, (bool, int, Decimal)):
        return str(value)
    text = value if isinstance(value, str) else value.isoformat()
    return "'" + text.replace("'", "''") + "'"


class Postgres:
    """A server of its own, asked by its own client."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        found = shutil.which("postgres") or next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))), None)
        if found is None or shutil.which("psql") is None:
            pytest.skip("there is no PostgreSQL here")
        self.binaries = Path(found).resolve().parent
        # it refuses to run as root
        self.user = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
        if self.user:
            shutil.chown(folder, "postgres", "postgres")
        data = folder / "data"
        self.run(self.binaries / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C")
        options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
        self.run(self.binaries / "pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start")

    def run(self, *command: Any, text: str | None = None) -> str:
        words = list(map(str, command))
        done = subprocess.run(  # type: ignore[call-overload]
            words, input=text, capture_output=True, text=True, cwd=self.folder, timeout=120, **self.user
        )
        assert done.returncode == 0, done.stderr
        return str(done.stdout)

    def stop(self) -> None:
        self.run(self.binaries / "pg_ctl", "-D", self.folder / "data", "-m", "immediate", "stop")

    def query(self, condition: str, rows: list[list[Any]]) -> list[bool]:
        names = ", ".join(f'"{name}" {kind}' for name, (kind, _) in COLUMNS.items())
        values = ",\n".join("(" + ", ".join(map(literal, [at, *row])) + ")" for at, row in enumerate(rows))
        script = (
            f"set timezone = 'America/Chicago';\ncreate temporary table rows (number integer, {names});\n"
            f"insert into rows values {values};\nselect {condition} from rows order by number;\n"
        )
        psql = [shutil.which("psql"), "-h", self.folder, "-U", "postgres", "-qAt", "-v", "ON_ERROR_STOP=1"]
        answers = self.run(*psql, text=script).split()
        return [{"t": True, "f": False}[answer] for answer in answers]


def from_spark() -> Iterator[Query]:
    """A session on this machine. Where pyspark is not installed the tests are skipped."""
    sql = pytest.importorskip("pyspark.sql")
    kinds = {"text": "string", "integer": "int", "timestamptz": "timestamp", "time": "string"}
    names = ", ".join(f"`{name}` {kinds.get(kind, kind)}" for name, (kind, _) in COLUMNS.items())
    settings = {
        "spark.sql.session.timeZone": "America/Chicago",
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.shuffle.partitions": "1",
    }
    builder = sql.SparkSession.builder.master("local[1]").appName("wardkey")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()

    def query(condition: str, rows: list[list[Any]]) -> list[bool]:
        plain = [[str(value) if isinstance(value, time) else value for value in row] for row in rows]
        frame = session.createDataFrame([(at, *row) for at, row in enumerate(plain)], f"number int, {names}")
        answers = frame.selectExpr("number", f"{condition} as answer").collect()
        return [row["answer"] for row in sorted(answers)]

    yield query
    session.stop()


@pytest.fixture(scope="module", params=["duckdb", "postgres", "spark"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Query]]:
    if request.param == "duckdb":
        yield "duckdb", from_duckdb()
        return
    if request.param == "spark":
        for query in from_spark():
            yield "spark", query
        return
    folder = tmp_path_factory.mktemp("postgres")
    for parent in [folder, *folder.parents[:3]]:
        parent.chmod(parent.stat().st_mode | 0o055) if parent.owner() != "postgres" and os.geteuid() == 0 else None
    server = Postgres(folder)
    try:
        yield "postgres", server.query
    finally:
        server.stop()


# for these Spark has no words: it composes no letters, and has no times of day
WORDS = (" with ", " contains ", "matches", "code = ", "at in")
BEYOND_SPARK = {test for test in TESTS if any(word in test for word in WORDS)}


@st.composite
def conditions(draw: st.DrawFn, tests: list[str], depth: int = 2) -> str:
    if depth == 0 or draw(st.booleans()):
        return draw(st.sampled_from(tests))
    joint = draw(st.sampled_from(["and", "or", "not"]))
    if joint == "not":
        return f"not ({draw(conditions(tests, depth - 1))})"
    return f"({draw(conditions(tests, depth - 1))} {joint} {draw(conditions(tests, depth - 1))})"


def sayable(dialect: str) -> list[str]:
    return [test for test in TESTS if dialect != "spark" or test not in BEYOND_SPARK]


def rules_of(tests: list[str]) -> st.SearchStrategy[list[tuple[str, str]]]:
    effects = st.sampled_from(["allow", "deny", "offer", "override allow", "override deny"])
    return st.lists(st.tuples(conditions(tests), effects), min_size=1, max_size=5)


ROWS = st.lists(
    st.tuples(*(st.none() | values for _, values in COLUMNS.values())).map(list), min_size=20, max_size=40
)


def load(rules: str) -> wardkey.Policy | None:
    """The policy; none where the language refuses a test of what is known, since not knowing would open a door."""
    try:
        return wardkey.parse(rules, catalogue=CATALOGUE)
    except wardkey.PolicyError as error:
        if {problem.code for problem in error.diagnostics if problem.severity == "error"} == {"WK116"}:
            return None
        raise


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), rows=ROWS, known=st.sets(st.sampled_from(sorted(COLUMNS)), max_size=4))
def test_a_database_finds_the_rows_that_the_policy_allows(
    database: tuple[str, Query], data: st.DataObject, rows: list[list[Any]], known: set[str]
) -> None:
    dialect, query = database
    rules = data.draw(rules_of(sayable(dialect)))
    text = "\n".join(f"{condition} -> {effect} file" for condition, effect in rules)
    policy = load(text)
    assume(policy is not None)
    assert policy is not None
    # what is known of the first row is known of all, and told beforehand
    names = list(COLUMNS)
    given_before = {name: rows[0][names.index(name)] for name in known if rows[0][names.index(name)] is not None}
    for row in rows:
        for name, value in given_before.items():
            row[names.index(name)] = value
    sql = policy.to_sql("file", dialect, given_before)
    expected = [policy.allows(dict(zip(names, row, strict=True)), "file") for row in rows]
    assert query(sql, rows) == expected, sql


def test_each_test_alone_and_its_opposite(database: tuple[str, Query]) -> None:
    dialect, query = database
    names = list(COLUMNS)
    for test in sayable(dialect):
        for condition in (test, f"not ({test})"):
            for effect in ("allow", "deny"):
                others = "" if effect == "allow" else "\nalways -> allow file"
                policy = load(f"{condition} -> {effect} file{others}")
                if policy is None:
                    continue
                rows = [[None] * len(names), *some_rows()]
                expected = [policy.allows(dict(zip(names, row, strict=True)), "file") for row in rows]
                assert query(policy.to_sql("file", dialect), rows) == expected, (condition, effect)


@pytest.mark.parametrize("test", sorted(BEYOND_SPARK))
def test_what_spark_has_no_words_for(test: str) -> None:
    policy = load(f"{test} -> allow file")
    assert policy is not None
    with pytest.raises(wardkey.SqlError):
        policy.to_sql("file", "spark")


def some_rows() -> list[list[Any]]:
    """Rows that have every value of the columns with few of them."""
    texts: dict[str, list[Any]] = {
        "role": ["Nurse", "Sales"],
        "kind": ["chart", "CHART", "\u212aiosk", "ma\u017fs", "x_a", "xa", "is 100%", "c\u0301t", "KİOSK"],
        "code": ["É1", "E\u03011", "é1", "A", "a", "b'c"],
        "owner": ["É1", "A"],
        "area": ["hospital", "floor_4", "Ward_4", "floor_5", "ward_6"],
        "room": ["hospital", "floor_4", "Ward_4", "floor_5", "ward_6"],
        "secret": [True, False],
        "open": [False, True],
        "level": [0, 2, 3, 4, 5],
        "limit": [3, 4],
        "share": [Decimal("0.5"), Decimal("0.500000001")],
        "made": [date(2026, 5, 31), date(2026, 6, 1), date(2027, 1, 1), date(2026, 12, 31)],
        "since": [datetime(2026, 6, 1, 12, tzinfo=timezone.utc), datetime(2026, 6, 1, 11, 59, 59, 999999, timezone.utc)],
        "at": [time(7), time(19), time(6, 59, 59, 999999)],
    }
    longest = max(map(len, texts.values()))
    return [[values[at % len(values)] for values in texts.values()] for at in range(longest)]


@pytest.mark.parametrize(
    ("rules", "what"),
    [
        ("labels has secret -> allow file", "labels has secret"),
        ("name = Ärger -> allow file", "name = Ärger"),
        ("time in 07:00..19:00 -> allow file", "time in 07:00..19:00"),
        ("address in 10.0.0.0/8 -> allow file", "address in 10.0.0.0/8"),
        ('name matches "a?b" -> allow file', 'name matches "a?b"'),
    ],
)
def test_what_cannot_be_said_is_an_error(rules: str, what: str) -> None:
    policy = wardkey.parse(rules)
    with pytest.raises(wardkey.SqlError) as refused:
        policy.to_sql("file", "postgres")
    assert refused.value.problems[0].what == what


def test_names_of_any_case_are_not_compared_with_each_other() -> None:
    policy = wardkey.parse("one = user.other -> allow file", catalogue=CATALOGUE.replace("limit:", "one: text\n  other: text\n  limit:"))
    with pytest.raises(wardkey.SqlError, match="case: exact"):
        policy.to_sql("file", "duckdb")


def test_a_row_says_otherwise_than_a_default_and_the_context_than_a_row() -> None:
    policy = wardkey.parse("open and area is absent -> allow file", catalogue=CATALOGUE)
    for name in ("open", "area"):
        assert f'"{name}"' in policy.to_sql("file", "duckdb")
        assert f'"{name}"' not in policy.to_sql("file", "duckdb", {"open": True, "area": wardkey.ABSENT})


def test_the_clock_is_the_hosts() -> None:
    policy = wardkey.parse("time in 07:00..19:00 and kind = chart -> allow file")
    noon = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
    assert "chart" in policy.to_sql("file", "spark", {"now": noon})
    assert policy.to_sql("file", "spark", {"now": noon.replace(hour=3)}) == "FALSE"


def test_names_and_texts_are_quoted() -> None:
    policy = wardkey.parse('"a""b" = "c\'d\\e" -> allow file')
    assert policy.to_sql("file", "postgres") == (
        """COALESCE((lower(translate("a""b", 'ſ\u212aİ', 'skı')) IN ('c''d\\e')), FALSE)"""
    )
    assert policy.to_sql("file", "spark").endswith("""IN ('c\\'d\\\\e')), FALSE)""")


def test_options_that_make_no_sense(music: wardkey.Policy) -> None:
    with pytest.raises(ValueError, match="there is no dialect `oracle`"):
        music.to_sql("iTunes", "oracle")
    with pytest.raises(wardkey.SqlError, match="no such attribute"):
        music.to_sql("iTunes", "duckdb", columns={"rolle": "r"})
    with pytest.raises(wardkey.UnknownEntitlementError):
        music.to_sql("iTune", "duckdb")
    assert music.to_sql("iTunes", "duckdb", {"role": "Nurse"}) == "FALSE"


def test_columns_are_named_as_attributes_are() -> None:
    policy = wardkey.parse("age >= 18 -> allow file")
    for name in ("age", "AGE", "user.age"):
        assert "(p.years)" in policy.to_sql("file", "duckdb", columns={name: "p.years"}), name
