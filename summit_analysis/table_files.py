"""Read the files of a folder as tables of texts; what spoils a whole file is named once, by its cause."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from pathlib import Path

import pandas as pd

from summit_analysis import files, schema
from summit_analysis.defects import COLUMNS, Tables

_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
_SAVE = (
    "save it as CSV with commas: LibreOffice asks for the separator, Excel takes the list separator of the system's "
    "region settings"
)
_CONFLICT = re.compile("^(?:<{7}|>{7})[ \r\n]", re.MULTILINE)
_WORKBOOK = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How the files of Excel begin, new and old."""

_Defect = tuple[int | None, str, str, str, str]
"""Row, column, value, problem and remedy of a finding."""


def read_texts(folder: Path) -> tuple[Tables, pd.DataFrame]:
    """Read each table of a folder as text.

    Returns
    -------
    texts : dict of str to pandas.DataFrame
        See `defects.Tables`; without those whose file or header is not what the schema says.
    findings : pandas.DataFrame
        As `tables.check`: files that cannot be read, and headers that are not those of the schema.
    """
    texts: Tables = {}
    found = []
    for name, resource in schema.resources().items():
        rows, defects = _read(folder / resource["path"], list(schema.fields(name)))
        if rows:
            texts[name] = _as_frame(rows)
        found += [(name, *defect) for defect in defects]
    return texts, pd.DataFrame(found, columns=COLUMNS)


def _read(path: Path, names: list[str]) -> tuple[list[list[str]], list[_Defect]]:
    """Return the rows of a file, header first, none if it is no table, and what is wrong with the file."""
    defect: _Defect | None
    rows: list[list[str]] = []
    try:
        text = files.read_text(path)
        defect = _spoilt_text(text, names)
        if not defect:
            rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
            defect = _spoilt_rows(rows, names)
    except FileNotFoundError:
        defect = None, "", "", "file is missing", f"Put {path.name} into the folder"
    except UnicodeDecodeError as error:
        row = error.object[: error.start].count(b"\n") + 1
        defect = row, "", "", f"byte 0x{error.object[error.start]:02x} is not UTF-8", "Save the file as UTF-8"
        if error.object.startswith(_WORKBOOK):
            defect = None, "", "", "an Excel workbook, not CSV", f"Open it and {_SAVE}"
    except (OSError, csv.Error) as error:
        defect = None, "", "", f"not readable ({error})", "Save the file as CSV with commas"
    # once the columns are off, what would be said about cells is noise
    wrong = [defect] if defect else _header(rows[0], names)
    return [] if wrong else rows, wrong


def _spoilt_text(text: str, names: list[str]) -> _Defect | None:
    if conflict := _CONFLICT.search(text):
        row = text[: conflict.start()].count("\n") + 1
        return (
            row,
            "",
            conflict[0].strip(),
            "mark of a merge conflict",
            "Keep one of the two versions, delete the marks",
        )
    # the header stands below a title now and then
    lines = io.StringIO(text[:10_000], newline=None).read().split("\n")[:5]
    if lines[0].casefold().startswith("sep="):
        return 1, "", lines[0], "line for Excel, not the header", f"Delete this line; if need be, {_SAVE}"
    for mark, name in _SEPARATORS.items():
        if any(len({cell.strip('" ').casefold() for cell in line.split(mark)} & {*names}) > 1 for line in lines):
            return None, "", "", f"cells are separated by {name}, not by commas", f"Open the file and {_SAVE}"
    return None


def _spoilt_rows(rows: list[list[str]], names: list[str]) -> _Defect | None:
    if not rows:
        return None, "", "", "file is empty", "Write at least the header row"
    headers = [number for number, row in enumerate(rows, 1) if {*names} <= {*row}]
    if headers[1:]:
        return headers[1], "", "", "the header stands here again", "Delete the row"
    if headers and headers[0] > 1:
        return (
            1,
            "",
            ",".join(rows[0])[:60],
            f"the header stands in row {headers[0]}",
            "Delete the rows above the header",
        )
    if 2 * len({name.strip() for name in rows[0]} & {*names}) < len(names):
        header = ",".join(names)
        return 1, "", ",".join(rows[0])[:60], "not the header of this table", f"Begin the file with {header}"
    return None


def _header(header: list[str], names: list[str]) -> list[_Defect]:
    """Compare the names of columns with the schema's; blanks around them are found by `cell_rules`."""
    written = [name.strip() for name in header]
    remedy = "Add the column, also if its cells are empty"
    wrong = [(name, "", "column is missing", remedy) for name in names if name not in written]
    for name, count in Counter(written).items():
        if not name:
            wrong.append(("", "", "column has no name", "Name the column or delete it"))
        elif name not in names:
            wrong.append((name, name, "column is not in the schema", "Delete the column or correct its name"))
        elif count > 1:
            wrong.append((name, name, "column stands twice", "Delete one of the two"))
    if not wrong and written != names:
        wrong.append(("", ",".join(written), "columns are out of order", f"Order them so: {','.join(names)}"))
    return [(None, *found) for found in wrong]


def _as_frame(rows: list[list[str]]) -> pd.DataFrame:
    header, *records = rows
    width = len(header)
    # short and long rows are reported from the schema; here they only must not shift
    even = [(record + [""] * width)[:width] for record in records]
    frame = pd.DataFrame(even, columns=header, index=pd.RangeIndex(2, len(records) + 2), dtype="str")
    return frame.loc[:, ~frame.columns.duplicated()]
