"""The shipped tables as text, with their corrections, read without the code under test."""

import csv

from summit_analysis.base import files
from summit_analysis.ledger import schema


def cells(table):
    """Return the rows of a table as dicts of text; a key is the first column."""
    rows, key = _rows(table), next(iter(schema.fields(table)))
    by_key = {row[key]: row for row in rows}
    for fix in _rows("corrections"):
        if fix["table"] == table:
            by_key[fix["key"]][fix["column"]] = fix["new"]
    return rows


def _rows(table):
    path = files.shipped("data") / schema.resources()[table]["path"]
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
