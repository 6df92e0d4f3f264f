"""An access review of a hospital with 100,000 people on its books: who holds a licence that the policy no longer gives.

    pip install wardkey polars numpy matplotlib && python access_review.py [PEOPLE] [FOLDER]

The cells (`# %%`) also run one by one in a notebook. FOLDER gets `review.svg`, the picture, and `review.csv`, a line for each licence that
changes hands, with the rule that says so. People are made up, always the same ones.
"""

# %% The policy, and what a licence is
import sys
import time
from pathlib import Path

import matplotlib
import numpy as np
import polars as pl

import wardkey

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

PEOPLE = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 100_000
FOLDER = Path(sys.argv[2]) if len(sys.argv) > 2 else Path()
HERE = Path(__file__).parent if "__file__" in globals() else Path()
NOW = "2026-11-23T10:00:00-06:00"

policy = wardkey.load(HERE / ".." / ".." / "policies" / "hospital")
LICENCES = {name: one for name, one in policy.catalogue.entitlements.items() if one.tags["licensed"] == "true" and one.parent is None}


def monthly(licence: str) -> float:
    """What a seat costs, in USD a month."""
    amount, unit = LICENCES[licence].facts["cost"].split(" ", 1)
    assert unit == "USD/month"
    return float(amount)


# %% Before the review: what must be true whoever there is
for sentence in [
    "never all allowed when employment = terminated",
    "never EHR allowed when role = workforce and not (privacy_training within 365d)",
    "never EHR allowed when role = workforce and not (privacy_training within 365d) and not emergency",
    "no context allows both CRM and Payroll",
]:
    print(policy.prove(sentence))

# %% The people: what the HR system says of them, a year ago and today
DEPARTMENTS = {
    "Nurse": ("Nursing", 30), "Charge Nurse": ("Nursing", 4), "Midwife": ("Nursing", 2), "Scrub Nurse": ("Surgery", 3),
    "Attending": ("Medicine", 8), "Resident": ("Medicine", 6), "Surgeon": ("Surgery", 3), "Anesthetist": ("Surgery", 2),
    "Therapist": ("Medicine", 4), "Dietitian": ("Medicine", 1), "Pharmacist": ("Pharmacy", 2),
    "Radiology Technician": ("Radiology", 3), "Lab Technician": ("Laboratory", 4), "Finance Administrator": ("Finance", 1),
    "Finance Analyst": ("Finance", 2), "Billing Specialist": ("Finance", 3), "Health Records Specialist": ("Records", 3),
    "Sales": ("Sales", 2), "Sales Operations Administrator": ("Sales", 0.5), "Marketing Specialist": ("Marketing", 2),
    "HR Administrator": ("HR", 1), "IT Administrator": ("IT", 2), "Researcher": ("R&D", 4), "Student": ("Nursing", 4),
    "Volunteer": (None, 2), "Vendor Technician": ("IT", 1.5),
}  # fmt: skip
random = np.random.default_rng(20261123)
roles = list(DEPARTMENTS)
weights = np.array([weight for _, weight in DEPARTMENTS.values()])
now_role = random.choice(roles, PEOPLE, p=weights / weights.sum())
moved = random.random(PEOPLE) < 0.09
was_role = np.where(moved, random.choice(roles, PEOPLE, p=weights / weights.sum()), now_role)
status = random.choice(["active", "leave", "terminated"], PEOPLE, p=[0.92, 0.03, 0.05])
today = np.datetime64("2026-11-23")
hired = today - random.integers(1, 365 * 12, PEOPLE).astype("timedelta64[D]")
trained = today - random.integers(0, 400, PEOPLE).astype("timedelta64[D]")
temporary = np.isin(now_role, ["Student", "Volunteer", "Vendor Technician"])
contract = today + random.integers(-60, 300, PEOPLE).astype("timedelta64[D]")

people = pl.DataFrame({"id": [f"E-{number:06}" for number in range(PEOPLE)]}).with_columns(
    role=pl.Series(now_role),
    was=pl.Series(was_role),
    employment=pl.Series(status),
    hired=pl.Series(hired).cast(pl.Date),
    privacy_training=pl.Series(trained).cast(pl.Date),
    contract_end=pl.when(pl.Series(temporary)).then(pl.Series(contract).cast(pl.Date)),
    suspended=pl.Series(random.random(PEOPLE) < 0.002),
)
department = {role: name for role, (name, _) in DEPARTMENTS.items()}
print(people)

# %% The situation in which a review asks: everybody at a desk of the hospital, with a device of the hospital, signed in well
DESK = {
    "now": NOW, "location": "lobby", "network": "office", "country": "US", "address": "10.20.4.7",
    "device.managed": True, "device.type": "workstation", "device.os": "24.4", "device.name": "WS-1", "device.encrypted": True,
    "device.checked": "2026-11-23T06:00:00-06:00", "sign_in.risk": 0, "sign_in.strong": True,
}  # fmt: skip


def given(table: pl.DataFrame, role: str) -> pl.DataFrame:
    """What the policy gives each of them at the desk: a row for each person and licence."""
    asked = table.select("id", "employment", "hired", "privacy_training", "contract_end", "suspended", role=role)
    asked = asked.with_columns(department=pl.col("role").replace_strict(department))
    answers = policy.evaluate(asked, keep="id", constants=DESK, entitlements=list(LICENCES), shape="long")
    return pl.DataFrame(answers).cast({"entitlement": pl.String, "outcome": pl.String})


start = time.perf_counter()
today_given = given(people, "role")
seconds = time.perf_counter() - start
print(f"{today_given.height:,} questions answered in {seconds:.2f} s")

# %% What people hold: what came with the job of a year ago, and what somebody once gave by hand
a_year_ago = people.with_columns(
    employment=pl.lit("active"), suspended=pl.lit(False), contract_end=pl.lit(None, pl.Date), privacy_training=pl.lit(today)
)
held = given(a_year_ago, "was").filter(outcome="allowed").select("id", "entitlement")
held = held.join(people.filter(pl.col("hired") < pl.date(2025, 11, 23)), on="id", how="semi")
by_hand = pl.DataFrame(
    {
        "id": people["id"].sample(PEOPLE // 100, with_replacement=True, seed=1),
        "entitlement": pl.Series(list(LICENCES)).sample(PEOPLE // 100, with_replacement=True, seed=2),
    }
)
held = pl.concat([held, by_hand]).unique()

# %% The review: what goes back to the pool, what is still to be given, what needs a request
review = (
    today_given.join(held.with_columns(held=True), on=["id", "entitlement"], how="left")
    .with_columns(held=pl.col("held").fill_null(False))
    .with_columns(
        action=pl.when(pl.col("held") & (pl.col("outcome") == "allowed"))
        .then(pl.lit("keep"))
        .when(pl.col("held") & (pl.col("outcome") == "offered"))
        .then(pl.lit("ask again"))
        .when(pl.col("held"))
        .then(pl.lit("take back"))
        .when(pl.col("outcome") == "allowed")
        .then(pl.lit("give"))
    )
    .drop_nulls("action")
)
ACTIONS = ["keep", "ask again", "give", "take back"]
table = review.pivot("action", index="entitlement", values="id", aggregate_function="len").fill_null(0)
table = table.with_columns(pl.lit(0).alias(action) for action in ACTIONS if action not in table.columns)
cost = pl.col("entitlement").replace_strict({name: monthly(name) for name in LICENCES})
table = table.select(
    "entitlement", *ACTIONS, saved=cost * pl.col("take back"), spent=cost * pl.col("give")
).sort("saved", descending=True)
with pl.Config(tbl_rows=-1, thousands_separator=","):
    print(table)
back, missing = table["take back"].sum(), table["give"].sum()
print(f"{back:,} licences go back, {table['saved'].sum():,.0f} USD a month; {missing:,} are missing, {table['spent'].sum():,.0f} USD")

# %% With the reason for each, as an auditor wants it
rows = people.with_columns(department=pl.col("role").replace_strict(department)).drop("was").rows_by_key("id", named=True, unique=True)


def reasons(person: str, licences: list[str]) -> list[dict[str, str]]:
    """Why each of a person's licences changes hands. The person is read once."""
    context = policy.context({**DESK, **rows[person], "id": person})
    decisions = [policy.decide(context, licence) for licence in licences]
    return [
        {"rules": " ".join(rule.id for rule in decision.rules) or "no rule gives it", "because": "; ".join(decision.because("en"))}
        for decision in decisions
    ]


changes = review.filter(pl.col("action") != "keep").sort("id", "entitlement")
told = []
for (person,), licences in changes.group_by("id", maintain_order=True):
    told += reasons(str(person), licences["entitlement"].to_list())
changes = changes.select("id", "entitlement", "action", "outcome").hstack(pl.DataFrame(told))
changes.write_csv(FOLDER / "review.csv")
with pl.Config(tbl_rows=20, fmt_str_lengths=60):
    print(changes.filter(action="take back").group_by("rules", "because").len().sort("len", "rules", descending=[True, False]))

# %% One of them in full, and what would have to be otherwise
someone = changes.filter((pl.col("action") == "take back") & (pl.col("rules") == "training_due")).row(0, named=True)
decision = policy.decide({**DESK, **rows[someone["id"]], "id": someone["id"]}, someone["entitlement"])
print(decision.explain())
print(decision.counterfactuals(change=["privacy_training"], keep=["now"]))

# %% The picture
COLOURS = {"keep": "#8c959f", "ask again": "#bf8700", "give": "#2da44e", "take back": "#cf222e"}
pyplot.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "review"})
shown = table.sort("saved")
names = shown["entitlement"].to_list()
figure, (left, right) = pyplot.subplots(1, 2, figsize=(12, 0.3 * len(names) + 1.5), width_ratios=[3, 2], sharey=True)
whole = shown.select(pl.sum_horizontal(ACTIONS)).to_series().to_numpy()
reached = np.zeros(len(names))
for action in ACTIONS:
    share = 100 * shown[action].to_numpy() / whole
    left.barh(names, share, left=reached, color=COLOURS[action], label=action)
    reached += share
left.set_xlabel("% of licences held or due")
left.set_xlim(0, 100)
left.set_ylim(-0.6, len(names) - 0.4)
left.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=4, frameon=False)
right.barh(names, shown["saved"].to_numpy() / 1000, color=COLOURS["take back"])
right.barh(names, -shown["spent"].to_numpy() / 1000, color=COLOURS["give"])
right.axvline(0, color="black", linewidth=0.8)
right.set_xlabel("1,000 USD a month: needed | saved")
right.xaxis.set_major_formatter(lambda amount, _: f"{abs(amount):.0f}")
for axes in (left, right):
    axes.spines[["top", "right"]].set_visible(False)
figure.suptitle(f"Access review: {PEOPLE:,} people, {len(LICENCES)} licences", x=0.02, ha="left", weight="bold")
figure.tight_layout()
figure.savefig(FOLDER / "review.svg", metadata={"Date": None})
