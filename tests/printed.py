"""The shipped tables as text, with their corrections, read without the code under test."""

import csv

from summit_analysis.base import files


def cells(table):
    """Return the rows of a table as dicts of text; a key is the first column."""
    rows, key = _rows(table), next(iter(_rows(table)[0]))
    by_key = {row[key]: row for row in rows}
    for fix in _rows("corrections"):
        if fix["table"] == table:
            by_key[fix["key"]][fix["column"]] = fix["new"]
    return rows


def _rows(table):
    with (files.shipped("data") / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
