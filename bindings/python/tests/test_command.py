"""The command that the wheel brings along."""

import signal
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import pytest

import wardkey
from conftest import REPOSITORY

HOSPITAL = str(REPOSITORY / "policies" / "hospital")


def run(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "wardkey", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **options)  # type: ignore[call-overload, no-any-return]


def test_checks_and_tests_a_policy() -> None:
    assert run("check", "--no-analysis", HOSPITAL).returncode == 0
    done = run("test", HOSPITAL)
    assert done.returncode == 0 and "passed" in done.stdout


def test_exit_codes_are_those_of_the_command(tmp_path: Path) -> None:
    policy = tmp_path / "a.ward"
    policy.write_text("role == Nurse -> allow EHR")
    refused = run("check", str(policy))
    assert refused.returncode == 1 and "WK028" in refused.stdout + refused.stderr
    usage = run("chekc")
    assert usage.returncode == 2 and "check" in usage.stderr and "Usage" in usage.stderr
    shown = run("--version")
    assert (shown.returncode, shown.stdout) == (0, f"wardkey {wardkey.__version__}\n")


def test_reads_standard_input() -> None:
    done = run("fmt", "-", input="role=Nurse->allow EHR")
    assert done.stdout == "role = Nurse -> allow EHR\n"


def test_the_script_is_installed() -> None:
    script = Path(sys.executable).with_name("wardkey")
    if not script.exists():
        pytest.skip("the package is not installed")
    done = subprocess.run([script, "--version"], capture_output=True, text=True, timeout=60)
    assert done.stdout == f"wardkey {version('wardkey')}\n"


def test_an_interrupt_ends_it() -> None:
    command = [sys.executable, "-m", "wardkey", "check", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == -signal.SIGINT
