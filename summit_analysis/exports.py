"""Write frames for others to open: a cell that a spreadsheet would run as a formula is only text."""

from __future__ import annotations

import pandas as pd

FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet takes for a formula (OWASP, CSV injection)."""
BYTE_ORDER_MARK = "\ufeff"


def csv_text(frame: pd.DataFrame) -> str:
    r"""Write a frame as CSV for spreadsheets: no text begins a formula, an apostrophe stands before it.

    Parameters
    ----------
    frame : pandas.DataFrame
        Numbers stay as they are, negative ones too.

    Returns
    -------
    str
        Without the index; commas, line ends are single line feeds. Begins with a byte order mark: Excel takes the
        letters of a file without one for those of its own code page.

    >>> csv_text(pd.DataFrame({"note": ["=1+1", "plain"], "moved": [-2.5, 1.0]}))
    "\ufeffnote,moved\n'=1+1,-2.5\nplain,1.0\n"
    """
    texts = [place for place, kind in enumerate(frame.dtypes) if not pd.api.types.is_numeric_dtype(kind)]
    safe = frame.copy()
    for place in texts:
        safe.isetitem(place, safe.iloc[:, place].map(_disarmed))
    text: str = safe.rename(columns=_disarmed).to_csv(index=False, lineterminator="\n")
    return BYTE_ORDER_MARK + text


def _disarmed(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_MARKS) else cell
