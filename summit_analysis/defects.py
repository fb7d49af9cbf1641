"""What is wrong with a table: one finding per defect, with row, column, value, problem and remedy."""

from __future__ import annotations

import pandas as pd

Tables = dict[str, pd.DataFrame]
"""Tables as text: every cell a string, an empty cell an empty string, the index the row number in the file."""

COLUMNS = ["table", "row", "column", "value", "problem", "remedy"]
NONE = pd.DataFrame(columns=COLUMNS)
"""No finding."""


def finding(table: str, frame: pd.DataFrame, wrong: pd.Series, column: str, problem: str, remedy: str) -> pd.DataFrame:
    """Write one finding for each row marked in `wrong`."""
    # nearly always: building an empty frame 250 times was most of the time of a check
    if not wrong.any():
        return NONE
    bad = frame.loc[wrong.to_numpy()]
    return pd.DataFrame(
        {"table": table, "row": bad.index, "column": column, "value": bad[column], "problem": problem, "remedy": remedy}
    )


def have(tables: Tables, table: str, *columns: str) -> bool:
    """Whether a table could be read and has the columns that a rule speaks of."""
    return table in tables and set(columns) <= set(tables[table].columns)
