"""Examples in docstrings speak of the shipped ledger: it is loaded once for all of them, as ``ledger = load()``."""

from typing import Any

import pytest

from summit_analysis import load


@pytest.fixture(autouse=True, scope="session")
def ledger_of_the_examples(doctest_namespace: dict[str, Any]) -> None:
    """Give each example the name `ledger`."""
    doctest_namespace["ledger"] = load()
