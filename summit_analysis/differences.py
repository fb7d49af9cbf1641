"""Tell which outputs of a notebook moved from one run to the next."""

from __future__ import annotations

import difflib
import html
import itertools
import re

import nbformat
import pandas as pd

_PICTURE = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=]+")
_FLEETING = re.compile(rf"{_PICTURE.pattern}|0x[0-9a-f]{{8,}}")
"""Pictures (their text form is compared) and memory addresses."""
_TAG = re.compile(r"<style.*?</style>|<[^>]*>", re.DOTALL)


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """Return the cells that are executed."""
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


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
        was, now = _lines(before), _lines(after)
        for tag, *ends in difflib.SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
            if tag != "equal":
                sides = was[ends[0] : ends[1]], now[ends[2] : ends[3]]
                rows += [(name, number, *pair) for pair in itertools.zip_longest(*sides, fillvalue="")]
    return pd.DataFrame(rows, columns=["notebook", "cell", "before", "after"])


def redrawn(old: nbformat.NotebookNode, new: nbformat.NotebookNode) -> bool:
    """Tell whether a picture looks otherwise than before, also where its text form says the same."""
    return _pictures(old) != _pictures(new)


def _pictures(notebook: nbformat.NotebookNode) -> list[str]:
    pages = [output.get("data", {}).get("text/html", "") for cell in code_cells(notebook) for output in cell.outputs]
    return [picture for page in pages for picture in _PICTURE.findall(page)]


def _lines(cell: nbformat.NotebookNode) -> list[str]:
    return _FLEETING.sub("…", "\n".join(_text(output) for output in cell.get("outputs", []))).splitlines()


def _text(output: nbformat.NotebookNode) -> str:
    """What a reader sees of an output; a figure's text form says more than its picture."""
    data = output.get("data", {})
    shown = output.get("text") or output.get("evalue") or data.get("text/markdown") or data.get("text/plain", "")
    # the plain form of a styled table or of HTML is only the name of its class
    return html.unescape(_TAG.sub(" ", data["text/html"])) if shown.startswith("<") and "text/html" in data else shown
