"""What all commands print with."""

from __future__ import annotations

import codecs
import io
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    import pandas as pd


class Lang(StrEnum):
    """The two languages of texts, figures and pages."""

    en = "en"
    fr = "fr"


out = Console()
err = Console(stderr=True)

_PLAIN = {"✓": "=", "✗": "x", "–": "-", "—": "-", "−": "-", "≈": "~", "≥": ">=", "≤": "<=", "×": "x", "→": "->"}
_PLAIN |= {
    "‹": "<",
    "›": ">",
    "«": '"',
    "»": '"',
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "€": "EUR",
    "£": "GBP",
    "œ": "oe",
}
"""How a mark is written where the code page of the output lacks it."""


def plain_output() -> None:
    """Let no character end the program: one that the output's code page lacks is written in plain ones, or as ?."""
    codecs.register_error("plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="plain")


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    near = (_PLAIN.get(each) or unicodedata.normalize("NFKD", each) for each in lacking)
    return "".join(each.encode("ascii", "ignore").decode() or "?" for each in near), error.end


def print_frame(frame: pd.DataFrame, title: str) -> None:
    """Print a data frame as a table, missing cells empty."""
    table = Table(title=title, title_justify="left")
    for column in frame.columns:
        table.add_column(str(column), overflow="fold")
    # a missing cell stays NaN among the texts, and rich prints texts only
    for row in frame.astype("str").fillna("").itertuples(index=False):
        table.add_row(*row)
    out.print(table, markup=False)


@contextmanager
def progress_bars() -> Iterator[Callable[[str, int, int], None]]:
    """Yield a function that shows how far each piece of work is: its name, steps done, steps in all."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=err) as progress:
        bars: dict[str, TaskID] = {}

        def tell(name: str, done: int, steps: int) -> None:
            if name not in bars:
                bars[name] = progress.add_task(name, total=steps)
            progress.update(bars[name], completed=done, total=steps)

        yield tell
