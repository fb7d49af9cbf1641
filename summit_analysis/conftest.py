"""Examples in docstrings speak of the shipped ledger, loaded once for all of them, as `ledger`, and of `charts`."""

from typing import Any

import pytest

from summit_analysis import charts, load

collect_ignore = ["report/warm.py"]
"""It freezes what is imported, so that DuckDB would report at the end that nothing of it was freed."""


@pytest.fixture(autouse=True, scope="session")
def ledger_of_the_examples(doctest_namespace: dict[str, Any]) -> None:
    """Give each example the names `ledger` and `charts`."""
    doctest_namespace |= {"ledger": load(), "charts": charts}
