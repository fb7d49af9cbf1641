"""What all commands print with."""

from __future__ import annotations

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
