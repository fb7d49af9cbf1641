"""Signatories as sources count them, against the names that stood on the list of that day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from summit_analysis.claims import period_bounds
from summit_analysis.signing import last_reading, names_listed

if TYPE_CHECKING:
    from summit_analysis.tables import Ledger

MEASURES = {"states": "state", "all": "all"}
"""What a count is of, and the row of `names_listed` it is held against."""


def claimed_counts(ledger: Ledger, declaration: str) -> pd.DataFrame:
    """Hold every count of signatories against the names listed on its day.

    Parameters
    ----------
    ledger : Ledger
    declaration : str
        Its id, such as ``paris-2025``.

    Returns
    -------
    pandas.DataFrame
        One row per figure printed, a source that prints two having two; in order of days, those without a day last:

        - ``source_id``, ``as_of``, ``note`` as in the table ``counts``;
        - ``first_on``, ``last_on``: the days it can speak of: its own, else the day or month of its source, else
          any day from the adoption to the last reading;
        - ``measure``: ``states``, or ``all`` (with organisations); ``count``: the figure;
        - ``low``, ``high``: how many names of that measure were certainly and possibly listed on those days;
        - ``difference``: by how many ``count`` is above or below that, 0 within;
        - ``fits``: ``names`` (as many were listed), ``possible`` (inside an open range), ``other-measure`` (as many
          were listed with organisations, or without), ``neither``.

    Raises
    ------
    ChoiceError
        If the declaration is unknown.

    The 61 of the first reports are one more than the names on the list of that day:

    >>> counts = claimed_counts(ledger, "paris-2025").set_index("source_id")
    >>> print(*counts.loc["thejournal-61-202502", ["measure", "count", "low", "high", "fits"]])
    all 61 60 60 neither
    """
    counts = _with_days(ledger, declaration)
    rows = counts.rename(columns={"count_states": "states", "count_total": "all"}).melt(
        ["source_id", "as_of", "first_on", "last_on", "note"], list(MEASURES), "measure", "count"
    )
    rows = rows.dropna(subset="count").astype({"count": "int64"})
    spans = {
        days: names_between(ledger, declaration, *days)
        for days in set(zip(rows["first_on"], rows["last_on"], strict=True))
    }
    beside = [spans[row.first_on, row.last_on] for row in rows.itertuples()]
    for end in ("low", "high"):
        rows[end] = [names.loc[MEASURES[m], end] for names, m in zip(beside, rows["measure"], strict=True)]
    rows["difference"] = rows["count"] - rows["count"].clip(rows["low"], rows["high"])
    other = dict(zip(MEASURES, reversed(MEASURES.values()), strict=True))
    swapped = [names.loc[other[m]] for names, m in zip(beside, rows["measure"], strict=True)]
    as_many = [names["low"] == count == names["high"] for names, count in zip(swapped, rows["count"], strict=True)]
    rows["fits"] = [
        _fit(row.difference, row.low == row.high, other) for row, other in zip(rows.itertuples(), as_many, strict=True)
    ]
    order = ["as_of", "first_on", "last_on", "source_id", "measure"]
    rows = rows.sort_values(order, ascending=[True] * 4 + [False], na_position="last", ignore_index=True)
    columns = ["source_id", "as_of", "first_on", "last_on", "measure", "count", "low", "high", "difference", "fits"]
    return rows[[*columns, "note"]]


def _with_days(ledger: Ledger, declaration: str) -> pd.DataFrame:
    """Give each count the first and the last day it can speak of."""
    until = last_reading(ledger, declaration)
    adopted = ledger.declarations.set_index("declaration_id").loc[declaration, "adopted_on"]
    counts = ledger.counts[ledger.counts["declaration_id"] == declaration]
    sources = ledger.sources.set_index("source_id").loc[counts["source_id"]].set_index(counts.index)
    begins, ends = period_bounds(sources["published_period"])
    known = counts["as_of"].fillna(sources["published_on"])
    # a page of the month of adoption cannot count names before there are any
    first = known.fillna(begins.clip(lower=adopted)).fillna(adopted)
    return counts.assign(first_on=first, last_on=known.fillna(ends.clip(upper=until)).fillna(until))


def names_between(ledger: Ledger, declaration: str, first: pd.Timestamp, last: pd.Timestamp) -> pd.DataFrame:
    """Count the names listed at least (``low``) and at most (``high``) on any day of a span, as `names_listed` does."""
    rows = ledger.signatures[ledger.signatures["declaration_id"] == declaration]
    moves = pd.concat([rows["listed_on"], rows["absent_from"]]).dropna()
    # what is known changes on the days of the table, and on the day after
    days = {*moves, *(moves + pd.Timedelta(days=1))}
    days = {first, last, *(day for day in days if first < day < last)}
    found = pd.concat([names_listed(ledger, declaration, day.date()) for day in days]).groupby(level=0, sort=False)
    return pd.DataFrame({"low": found["low"].min(), "high": found["high"].max()})


def _fit(difference: int, certain: bool, as_many: bool) -> str:
    if difference == 0:
        return "names" if certain else "possible"
    return "other-measure" if as_many else "neither"
