"""The review with a few thousand people: every line of it asked again, one by one."""

import csv
import subprocess
import sys
from pathlib import Path


def test_review(tmp_path: Path) -> None:
    script = Path(__file__).with_name("access_review.py")
    run = subprocess.run([sys.executable, script, "3000", tmp_path], check=True, capture_output=True, text=True)
    assert "holds: never all allowed when employment = terminated" in run.stdout
    assert "fails: never EHR allowed when role = workforce and not (privacy_training within 365d)\n  EHR: allowed by break_glass" in run.stdout
    assert "EHR: allowed with any one of\n  emergency = true\n  privacy_training = 2025-11-23" in run.stdout
    assert (tmp_path / "review.svg").read_text().count("take back") == 1
    lines = list(csv.DictReader((tmp_path / "review.csv").open()))
    assert len(lines) > 1000 and {line["action"] for line in lines} == {"ask again", "give", "take back"}
    given = {"give": "allowed", "ask again": "offered"}
    assert all(given.get(line["action"], line["outcome"]) == line["outcome"] != "" for line in lines)
    # the rule that is named says what was decided: leavers keep nothing, whatever they held
    denied = [line for line in lines if "leavers" in line["rules"]]
    assert denied and all((line["action"], line["outcome"]) == ("take back", "denied") for line in denied)
    assert all(line["rules"] != "no rule gives it" for line in lines if line["outcome"] != "not_granted")
