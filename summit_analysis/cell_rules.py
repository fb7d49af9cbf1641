"""What the schema cannot say about one cell or one name of a column: how it is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from summit_analysis import schema
from summit_analysis.defects import COLUMNS, Tables, finding
from summit_analysis.exports import FORMULA_MARKS

_PLACEHOLDER = r"(?i)(?:n/?a|nan|null|none|nil|#n/a|\?+|-+)"
_HIDDEN = "[\\x00-\\x1f\\x7f-\\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
"""Characters that break lines, turn the direction of a text, or stand where nothing is seen."""
MONEY = "currency units"
"""Unit of the columns that hold sums."""
# eighteen digits: more than all money there is, and they fit an integer of the machine
_WRITTEN = {
    "date": "[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "number": r"[0-9]{1,18}(?:\.[0-9]{1,18})?",
    "integer": "[0-9]{1,18}",
    "year": "[0-9]{4}",
}


def headers(tables: Tables) -> Iterator[pd.DataFrame]:
    """Find columns whose name only blanks keep from being right: the schema's reader strips them, no other one does."""
    for table, frame in tables.items():
        names = [name for name in frame if name != name.strip() and name.strip() in schema.fields(table)]
        rows = [(table, None, name.strip(), name, "blanks around the column's name", "Delete them") for name in names]
        yield pd.DataFrame(rows, columns=COLUMNS)


def hidden(tables: Tables) -> Iterator[pd.DataFrame]:
    """Find characters that nobody sees; nothing else can be said of such a cell that a reader would understand."""
    for table, frame in tables.items():
        for name, written in frame.items():
            if written.str.contains(_HIDDEN).any():
                first = written.str.extract(f"({_HIDDEN})", expand=False)
                for character in first.dropna().unique():
                    problem = f"hidden character U+{ord(character):04X} in the cell"
                    yield finding(table, frame, first.eq(character), str(name), problem, "Delete it")


def cells(tables: Tables) -> Iterator[pd.DataFrame]:
    """Find cells with what no reader means or should run, and figures and days in another form than ours."""
    for table, frame in tables.items():
        for name, field in schema.fields(table).items():
            if name in frame:
                for wrong, problem, remedy in _wrong(frame[name], field):
                    yield finding(table, frame, wrong, name, problem, remedy)


def _wrong(written: pd.Series, field: dict[str, Any]) -> Iterator[tuple[pd.Series, str, str]]:
    if field["type"] == "string" and "enum" not in field.get("constraints", {}):
        nothing = written.str.fullmatch(_PLACEHOLDER)
        yield nothing, "word that stands for nothing", "Leave the cell empty if unknown, or write the full name"
        formula = written.str.startswith(FORMULA_MARKS)
        yield formula, "a spreadsheet would run it as a formula", "Begin with a letter or digit"
    elif field["type"] in _WRITTEN:
        # 50.000 is fifty thousand in French: a sum has no point
        form = _WRITTEN["integer" if field.get("unit") == MONEY else field["type"]]
        odd = written.ne("") & ~written.str.fullmatch(form)
        yield odd, f"not written as a plain {field['type']}", schema.expected(field)
