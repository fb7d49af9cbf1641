"""What the schema cannot say about one cell or one name of a column: how it is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from summit_analysis import schema
from summit_analysis.defects import COLUMNS, Tables, finding
from summit_analysis.exports import FORMULA_MARKS

_PLACEHOLDER = r"(?i)(?:n/?a|nan|null|none|nil|#n/a|\?+|-+)"
_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
# eighteen digits: more than all money there is, and they fit an integer of the machine
_WRITTEN = {
    "date": r"\d{4}-\d{2}-\d{2}",
    "number": r"\d{1,18}(?:\.\d{1,18})?",
    "integer": r"\d{1,18}",
    "year": r"\d{4}",
}


def headers(tables: Tables) -> Iterator[pd.DataFrame]:
    """Find columns whose name only blanks keep from being right: the schema's reader strips them, no other one does."""
    for table, frame in tables.items():
        names = [name for name in frame if name != name.strip() and name.strip() in schema.fields(table)]
        rows = [(table, None, name.strip(), name, "blanks around the column's name", "Delete them") for name in names]
        yield pd.DataFrame(rows, columns=COLUMNS)


def cells(tables: Tables) -> Iterator[pd.DataFrame]:
    """Find cells with what no reader sees, means or should run, and figures and days in another form than ours."""
    for table, frame in tables.items():
        for name, field in schema.fields(table).items():
            if name in frame:
                for wrong, problem, remedy in _wrong(frame[name], field):
                    yield finding(table, frame, wrong, name, problem, remedy)


def _wrong(written: pd.Series, field: dict[str, Any]) -> Iterator[tuple[pd.Series, str, str]]:
    yield written.str.contains(_CONTROL), "control character in the cell", "Delete the invisible character"
    if field["type"] == "string" and "enum" not in field.get("constraints", {}):
        nothing = written.str.fullmatch(_PLACEHOLDER)
        yield nothing, "word that stands for nothing", "Leave the cell empty if unknown, or write the full name"
        formula = written.str.startswith(FORMULA_MARKS)
        yield formula, "a spreadsheet would run it as a formula", "Begin with a letter or digit"
    elif field["type"] in _WRITTEN:
        odd = written.ne("") & ~written.str.fullmatch(_WRITTEN[field["type"]])
        yield odd, f"not written as a plain {field['type']}", schema.expected(field)
