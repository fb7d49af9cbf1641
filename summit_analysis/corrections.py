"""Apply `corrections.csv`: the tables keep what was published, the corrections say openly what is right."""

from __future__ import annotations

import csv
import io
from typing import Protocol

import pandas as pd

from summit_analysis import schema
from summit_analysis.defects import COLUMNS, NONE, Tables

TABLE = "corrections"
Complaint = tuple[str, str, str, str]
"""Column, value, problem and remedy of a finding."""


class _Correction(Protocol):
    """A row of the table."""

    table: str
    key: str
    column: str
    old: str
    new: str


_NEEDED = ("table", "key", "column", "old", "new", "corrected_on")


def corrected(tables: Tables) -> tuple[Tables, pd.DataFrame]:
    """Put the right values in place of the wrong ones, in the order of the days of correction.

    Parameters
    ----------
    tables : dict of str to pandas.DataFrame
        See `defects.Tables`; never changed.

    Returns
    -------
    tables : dict of str to pandas.DataFrame
        With the cells that a correction replaces; those of a correction that is itself wrong stay as they are.
    findings : pandas.DataFrame
        As `tables.check`: corrections that point nowhere, or whose old value no longer stands.
    """
    if not set(_NEEDED) <= set(tables.get(TABLE, ())) or tables[TABLE].empty:
        return tables, NONE
    right, found = dict(tables), []
    for correction in tables[TABLE].sort_values("corrected_on", kind="stable").itertuples():
        place, complaint = _place(correction, right)
        if complaint:
            found.append((TABLE, correction.Index, *complaint))
            continue
        if right[correction.table] is tables[correction.table]:
            right[correction.table] = tables[correction.table].copy()
        right[correction.table].loc[place, correction.column] = correction.new
    return right, pd.DataFrame(found, columns=COLUMNS)


def as_csv(table: pd.DataFrame) -> str:
    """Write a table of texts as the file it was read from."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([list(table.columns), *table.itertuples(index=False)])
    return buffer.getvalue()


def _place(correction: _Correction, tables: Tables) -> tuple[int | None, Complaint | None]:
    """Find the row that is meant, or say what is wrong."""
    if complaint := _names_no_column(correction, tables):
        return None, complaint
    name, table = correction.table, tables[correction.table]
    key = _key(name)
    rows = table.index[table[key].agg(";".join, axis=1) == correction.key]
    if len(rows) != 1:
        return None, ("key", correction.key, f"names {len(rows)} rows of {name}", f"Write {';'.join(key)} of one row")
    if correction.old == correction.new:
        return None, ("new", correction.new, "the same as the old value", "Delete the correction")
    said = table.loc[rows[0], correction.column]
    if said != correction.old:
        problem = f"no longer stands: {name}, row {rows[0]}, says {said!r}"
        return None, ("old", correction.old, problem, "Delete the correction if the table was mended, else correct it")
    return rows[0], None


def _names_no_column(correction: _Correction, tables: Tables) -> Complaint | None:
    name = correction.table
    if name == TABLE or name not in schema.resources() or name not in tables:
        return "table", name, "names no table that can be corrected", "Name another table of this folder"
    if not set(_key(name)) <= set(tables[name].columns):
        return "key", correction.key, f"{name} lacks its key", f"Restore the column(s) {', '.join(_key(name))}"
    free = [column for column in tables[name].columns if column not in _key(name)]
    if correction.column not in free:
        problem = f"not a column of {name} that can be corrected"
        return "column", correction.column, problem, f"Use one of: {', '.join(free)}"
    return None


def _key(table: str) -> list[str]:
    key: list[str] = schema.resources()[table]["schema"]["primaryKey"]
    return key
