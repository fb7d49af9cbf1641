"""Run the notebooks, and tell which of their outputs moved."""

from __future__ import annotations

import copy
import difflib
import html
import itertools
import re
from collections.abc import Callable
from pathlib import Path

import nbformat
import pandas as pd
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from summit_analysis import files
from summit_analysis.errors import NotebookError

CELL_SECONDS = 300
_FLEETING = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=]+|0x[0-9a-f]{8,}")
"""Pictures (their text form is compared) and memory addresses."""
_TAG = re.compile(r"<style.*?</style>|<[^>]*>", re.DOTALL)


def notebook_paths(folder: Path | None = None) -> list[Path]:
    """Return the notebooks of a folder (default: those of this installation) in reading order."""
    return sorted((folder or files.shipped("notebooks")).glob("[0-9][0-9]-*.ipynb"))


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """Return the cells that are executed."""
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


def execute(path: Path, *, on_cell: Callable[[], None] | None = None) -> nbformat.NotebookNode:
    """Run a notebook from top to bottom in a fresh kernel and return it with its outputs; the file stays as it is.

    Parameters
    ----------
    path : pathlib.Path
    on_cell : callable, optional
        Called after each code cell.

    Raises
    ------
    NotebookError
        If a cell raises, hangs for 300 seconds or kills the kernel; names the notebook and the cell.
    """
    notebook = nbformat.read(path, as_version=4)
    done = 0

    def count(cell: nbformat.NotebookNode, cell_index: int, **_: object) -> None:
        nonlocal done
        if cell.cell_type == "code":
            done += 1
            if on_cell:
                on_cell()

    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_executed=count,
        extra_arguments=["--log-level=40"],
    )
    try:
        client.execute()
    except CellExecutionError as error:
        raise NotebookError(f"{path.name}, code cell {done}: {error.ename}: {error.evalue}") from error
    except CellTimeoutError as error:
        raise NotebookError(f"{path.name}, code cell {done + 1}: no end after {CELL_SECONDS} s") from error
    except DeadKernelError as error:
        raise NotebookError(f"{path.name}, code cell {done + 1}: the kernel died") from error
    return _without_times(notebook)


def moved(old: nbformat.NotebookNode, new: nbformat.NotebookNode, name: str) -> pd.DataFrame:
    """Compare the outputs of two runs of a notebook.

    Returns
    -------
    pandas.DataFrame
        One row per line of output that differs: ``notebook``, ``cell`` (number of the code cell), ``before``,
        ``after``.
    """
    rows = []
    for number, (before, after) in enumerate(zip(code_cells(old), code_cells(new), strict=False), 1):
        pair = [_lines(before), _lines(after)]
        for tag, *place in difflib.SequenceMatcher(None, *pair, autojunk=False).get_opcodes():
            if tag != "equal":
                was, now = pair[0][place[0] : place[1]], pair[1][place[2] : place[3]]
                rows += [(name, number, *sides) for sides in itertools.zip_longest(was, now, fillvalue="")]
    return pd.DataFrame(rows, columns=["notebook", "cell", "before", "after"])


def rewrite(path: Path, notebook: nbformat.NotebookNode) -> None:
    """Write a notebook in place of the old one, atomically."""
    files.write_text(path, nbformat.writes(notebook) + "\n")


def _lines(cell: nbformat.NotebookNode) -> list[str]:
    return _FLEETING.sub("…", "\n".join(_text(output) for output in cell.get("outputs", []))).splitlines()


def _text(output: nbformat.NotebookNode) -> str:
    """What a reader sees of an output; a figure's text form says more than its picture."""
    data = output.get("data", {})
    shown = output.get("text") or output.get("evalue") or data.get("text/markdown") or data.get("text/plain", "")
    # the plain form of a styled table or of HTML is only the name of its class
    return html.unescape(_TAG.sub(" ", data["text/html"])) if shown.startswith("<") and "text/html" in data else shown


def _without_times(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    clean = copy.deepcopy(notebook)
    for cell in clean.cells:
        # the hour of a run would make every commit differ
        cell.metadata.pop("execution", None)
    clean.metadata.get("language_info", {}).pop("version", None)
    return clean
