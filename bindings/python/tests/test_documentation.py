"""Examples in docstrings and in documents run as they stand."""

import doctest
import importlib
import re
from pathlib import Path

import pytest

import wardkey
from conftest import REPOSITORY

PACKAGE = Path(wardkey.__file__).parent
DOCUMENTS = [PACKAGE / "_wardkey.pyi", REPOSITORY / "docs" / "python.md"]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_examples_of_a_document(path: Path) -> None:
    text = path.read_text("utf-8").replace("\\\\n", "\\n")
    # what closes a docstring or a block is no part of an example
    text = re.sub(r'^ *("""|```.*)$', "", text, flags=re.MULTILINE)
    test = doctest.DocTestParser().get_doctest(text, {}, path.name, str(path), 0)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    result = runner.run(test)
    assert result.attempted > 10 and result.failed == 0


@pytest.mark.parametrize("name", ["__init__", "_errors", "_plain", "_results"])
def test_examples_of_a_module(name: str) -> None:
    module = importlib.import_module("wardkey" if name == "__init__" else f"wardkey.{name}")
    result = doctest.testmod(module)
    assert result.failed == 0


def test_everything_that_is_exported_is_explained() -> None:
    for name in wardkey.__all__:
        thing = getattr(wardkey, name)
        assert name.startswith("__") or name.isupper() or thing.__doc__, name
        if isinstance(thing, type) and thing.__module__ == "wardkey":
            for member in vars(thing):
                assert member.startswith("_") or getattr(thing, member).__doc__, f"{name}.{member}"
