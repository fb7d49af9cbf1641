"""What all commands print with."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

out = Console()
err = Console(stderr=True)


def print_frame(frame, title: str) -> None:
    """Print a data frame as a table, missing cells empty."""
    table = Table(title=title, title_justify="left")
    for column in frame.columns:
        table.add_column(str(column), overflow="fold")
    # a missing cell stays NaN among the texts, and rich prints texts only
    for row in frame.astype("str").fillna("").itertuples(index=False):
        table.add_row(*row)
    out.print(table, markup=False)
