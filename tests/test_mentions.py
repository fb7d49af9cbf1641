"""Amounts of money in running text: our corpus, the titles in the ledger, what Babel writes, and any text at all."""

import tomllib
from pathlib import Path

import pandas as pd
import pytest

from summit_analysis import ChoiceError, FrameError, find_amounts

CORPUS = tomllib.loads((Path(__file__).parent / "corpus" / "amounts.toml").read_text(encoding="utf-8"))
ENTRIES = [(lang, entry) for lang, entries in CORPUS.items() for entry in entries]
COLUMNS = ["span", "low", "high", "scale", "qualifier", "currency", "inferred"]


def expected(entry):
    """Return the rows of a sentence as the corpus tells them."""
    rows = []
    for span, low, high, qualifier, currency, *inferred in entry["want"]:
        figures = (None, None, float(low)) if qualifier == "several" else (float(low), float(high), None)
        rows.append((span, *figures, qualifier, currency, bool(inferred)))
    return rows


def told(frame):
    """Return the same columns of a frame as plain tuples."""
    rows = frame[COLUMNS].astype(object).where(frame[COLUMNS].notna(), None)
    return [tuple(row) for row in rows.itertuples(index=False)]


def right(lang, entry):
    found = find_amounts(entry["text"])
    return told(found) == expected(entry) and (lang == "mixed" or set(found["language"]) <= {lang})


@pytest.mark.parametrize(("lang", "entry"), ENTRIES, ids=[entry["text"][:60] for _, entry in ENTRIES])
def test_a_sentence_gives_the_rows_of_the_corpus(lang, entry):
    if "miss" in entry:
        assert not right(lang, entry), f"no longer missed: {entry['miss']}"
        return
    found = find_amounts(entry["text"])
    assert told(found) == expected(entry)
    if lang != "mixed":
        assert set(found["language"]) <= {lang}
