"""Finding the files of policy tests."""

from __future__ import annotations

import os
from pathlib import Path

ENDING = ".test.yaml"


def tests(path: str | os.PathLike[str]) -> list[tuple[str, str]]:
    """Names and texts of the tests at a path: a file, or every file that ends in `.test.yaml` below a folder."""
    where = Path(path)
    files = sorted(where.rglob(f"*{ENDING}")) if where.is_dir() else [where]
    if not files:
        raise FileNotFoundError(f"there are no tests in `{where}`: no file `*{ENDING}`")
    return [(str(file), file.read_text("utf-8")) for file in files]
