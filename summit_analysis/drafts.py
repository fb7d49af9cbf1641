"""A copy of the ledger of one's own, and new rows in it that are written only if the tables still pass the check."""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from summit_analysis import files, schema
from summit_analysis.errors import ChoiceError, FolderError, FrameError, LedgerError
from summit_analysis.tables import check

Row = Mapping[str, object]


def copy_data(folder: str | os.PathLike[str]) -> Path:
    """Copy the shipped tables into a folder of one's own.

    Parameters
    ----------
    folder : path
        Must not exist yet, or be empty.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    FolderError
        If there is something in `folder` already: nobody's work is written over.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     mine = copy_data(Path(parent, "mine"))
    ...     print(mine.name, "breaks", len(check(mine)), "rules")
    mine breaks 0 rules
    """
    target = Path(folder)
    with files.new_folder(target) as fresh:
        shutil.copytree(files.shipped("data"), fresh, dirs_exist_ok=True)
    return target


def add_rows(folder: str | os.PathLike[str], **rows: pd.DataFrame | Iterable[Row]) -> None:
    """Append rows to tables of a copy: all of them if the tables then pass `check`, else none.

    Parameters
    ----------
    folder : path
        A folder that `copy_data` made; never the shipped one.
    **rows : pandas.DataFrame or iterable of mappings
        By table, each row by column: ``claims=[{"claim_id": …}]``. Columns left out stay empty, as do missing values;
        days may be dates or text, amounts numbers.

    Raises
    ------
    LedgerError
        If the new rows break the schema or a rule; ``.findings`` says which, why, and what would be right.
    ChoiceError
        If there is no such table.
    FrameError
        If a table has no such column.
    FolderError
        If `folder` is the shipped one, or no folder of tables, or if a table is saved by somebody else meanwhile.

    >>> import tempfile
    >>> page = {"source_id": "town-gazette-20250212", "publisher": "Town Gazette", "published_on": "2025-02-12"}
    >>> page |= {"language": "en", "kind": "news", "read_as": "original", "note": "Invented"}
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     mine = copy_data(Path(parent, "mine"))
    ...     add_rows(mine, sources=[page])
    ...     print((mine / "sources.csv").read_text(encoding="utf-8").splitlines()[-1])
    ...     try:
    ...         add_rows(mine, sources=[page])
    ...     except LedgerError as refused:
    ...         print(refused.findings.loc[0, "problem"])  # doctest: +ELLIPSIS
    town-gazette-20250212,Town Gazette,,,2025-02-12,,en,news,original,Invented
    key stands twice (...)
    """
    target = files.existing_folder(folder)
    if target.resolve() == files.shipped("data").resolve():
        raise FolderError("the shipped tables are not written to; make a copy of your own with copy_data(folder)")
    before = check(target)
    with tempfile.TemporaryDirectory() as parent:
        fresh = Path(shutil.copytree(target, Path(parent, "tables")))
        read = dict(_append(fresh, table, new) for table, new in rows.items())
        after = check(fresh)
        columns = ["table", "column", "value", "problem"]
        caused = after[~after[columns].apply(tuple, axis=1).isin(before[columns].apply(tuple, axis=1))]
        if len(caused):
            raise LedgerError(caused.reset_index(drop=True))
        grown = {target / name: (fresh / name).read_bytes() for name in read}
    for name, content in read.items():
        if (target / name).read_bytes() != content:
            raise FolderError(f"{target / name} was saved again while rows were added: none was; add them once more")
    files.write_all(grown)


def _append(folder: Path, table: str, rows: pd.DataFrame | Iterable[Row]) -> tuple[str, bytes]:
    """Append to a table in `folder`; return the name of its file and what was in it."""
    if table not in schema.resources():
        raise ChoiceError("table", table, schema.resources())
    records = rows.to_dict("records") if isinstance(rows, pd.DataFrame) else list(rows)
    columns = list(schema.fields(table))
    for record in records:
        unknown = [name for name in record if name not in columns]
        if unknown:
            raise FrameError(f"no column {unknown[0]!r} in {table}.csv; it has: {', '.join(columns)}")
    path = folder / schema.resources()[table]["path"]
    before, text = path.read_bytes(), files.read_text(path)
    added = io.StringIO(newline="")
    if text and not text.endswith("\n"):
        added.write("\n")
    csv.writer(added, lineterminator="\n").writerows(
        [_written(record.get(column)) for column in columns] for record in records
    )
    files.write_text(path, text + added.getvalue())
    return path.name, before


def _written(value: object) -> str:
    """Write one cell the way the tables do: days in ISO form, whole numbers without decimals, yes and no."""
    if pd.isna(value):
        return ""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
