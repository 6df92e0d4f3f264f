"""What tests share."""

from pathlib import Path

import pytest

import wardkey

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def hospital() -> wardkey.Policy:
    return wardkey.load(REPOSITORY / "policies" / "hospital")


@pytest.fixture
def music() -> wardkey.Policy:
    return wardkey.parse(
        "music: role = Sales -> allow iTunes with volume = 3\n"
        'quiet: role = Sales and location = care_area -> deny iTunes because "Quiet, please" es "Silencio, por favor"\n'
    )
