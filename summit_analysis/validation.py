"""Hold tables against the schema with frictionless, and put what it finds into our own words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

import pandas as pd

from summit_analysis import schema
from summit_analysis.defects import COLUMNS

if TYPE_CHECKING:
    from frictionless import Error, ReportTask

Finding = tuple[str, int | None, str, str, str, str]
"""What stands in `defects.COLUMNS`."""

_ROW = {
    "extra-cell": ("more cells than columns", "Put a text with commas into double quotes"),
    "missing-cell": ("fewer cells than columns", "Add the commas that are missing"),
    "blank-row": ("row is empty", "Delete the row"),
    "unique-error": ("stands twice in this column", "Each row needs its own"),
}
_CONSTRAINT = {
    "required": "cell is empty",
    "enum": "word is not allowed",
    "pattern": "not written as this column wants it",
    "minimum": "too small",
    "maximum": "too large",
    "maxLength": "too long",
}


def against_schema(contents: Mapping[str, bytes]) -> pd.DataFrame:
    """Check tables against the schema.

    Parameters
    ----------
    contents : mapping of str to bytes
        What stands in the file of each table. What refers to other rows and tables is checked by `rules`.

    Returns
    -------
    pandas.DataFrame
        As `tables.check`.
    """
    rows = [row for table, content in contents.items() for row in _found(table, content)]
    return pd.DataFrame(rows, columns=COLUMNS)


@lru_cache(maxsize=64)
def _found(table: str, content: bytes) -> tuple[Finding, ...]:
    """Ask frictionless about one table; once for a content: who loads a folder again has changed few of its tables."""
    from frictionless import Dialect, Schema
    from frictionless.formats import CsvControl
    from frictionless.resources import TableResource

    resource = schema.resources()[table]
    columns = {name: value for name, value in resource["schema"].items() if name != "foreignKeys"}
    # said, as frictionless guesses what it is not told: line ends of Windows turned texts with semicolons into columns
    control = CsvControl(delimiter=",", quote_char='"', double_quote=True, skip_initial_space=False)
    file = TableResource(
        name=table,
        data=content,
        format="csv",
        encoding=resource["encoding"],
        dialect=Dialect(controls=[control]),
        schema=Schema.from_descriptor(columns),
    )
    return tuple(finding for task in file.validate().tasks for finding in _described(task))


def _described(task: ReportTask) -> list[Finding]:
    from frictionless.errors import BlankRowError, ExtraCellError, MissingCellError

    # in a row that is empty, too short or too long, what is said about cells is noise
    uneven = [
        error for error in reversed(task.errors) if isinstance(error, BlankRowError | MissingCellError | ExtraCellError)
    ]
    ragged = {error.row_number: error for error in uneven}
    even = [error for error in task.errors if getattr(error, "row_number", None) not in ragged]
    return [_describe(task.name, error) for error in [*ragged.values(), *even]]


def _describe(table: str, error: Error) -> Finding:
    from frictionless.errors import PrimaryKeyError

    row = getattr(error, "row_number", None)
    column = getattr(error, "field_name", None) or ""
    value = getattr(error, "cell", None) or ""
    fields = schema.fields(table)
    if isinstance(error, PrimaryKeyError):
        names = schema.resources()[table]["schema"]["primaryKey"]
        cells = dict(zip(fields, error.cells, strict=False))
        value = ", ".join(str(cells.get(name, "")) for name in names)
        return table, row, ", ".join(names), value, f"key stands twice ({error.note})", "Give each row its own key"
    if error.type in _ROW:
        problem, remedy = _ROW[error.type]
        return table, row, column if error.type == "unique-error" else "", str(value), problem, remedy
    if column not in fields:
        return table, row, column, str(value), error.message, "Compare the table with the column dictionary"
    problem = f"not a {fields[column]['type']}"
    if error.type == "constraint-error":
        name = error.note.split('"')[1]
        problem, value = _CONSTRAINT.get(name, f"breaks {name}"), "" if name == "required" else value
    return table, row, column, str(value), problem, schema.expected(fields[column])
