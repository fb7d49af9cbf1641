"""What became of each pledge as of a day, how strong the evidence is, and over how many years it is to be spent."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

import pandas as pd

from summit_analysis.base.days import one_day, period_bounds
from summit_analysis.base.kept import kept
from summit_analysis.base.text import Row
from summit_analysis.ledger.tables import Ledger

SUMMIT_WEEK = (pd.Timestamp("2025-02-06"), pd.Timestamp("2025-02-11"))
"""First and last day: from the science days to the leaders' plenary."""
SUMMIT_DAY = "2025-02-10"
"""Opening of the summit proper, a day on which the ECB published: the one day whose rate serves all rows."""
HEADLINE = "france-109bn"
"""The pledge of the headlines."""
HEADLINE_DAY = "2025-02-09"
"""The Sunday on which the French president named it."""

STEPS = ("announced", "site-chosen", "financed", "permitted", "under-construction", "operating")
"""How far a pledge can come, in order."""
CHANGES = ("enlarged", "scaled-back", "withdrawn")
STRENGTHS = ("primary", "news", "mirror", "undated")
"""Evidence, strongest first: the actor itself; a text of its own; a copy of another's text; no day or period known."""
_SURE_FIRST = ("yes", "possibly", "no")
_DAYS_PER_YEAR = 365.25


@kept
def last_day(ledger: Ledger) -> pd.Timestamp:
    """Return the latest day on which any source of the ledger was published: nothing can be known to be later."""
    return ledger.sources["published_on"].max()


@kept
def dated_updates(ledger: Ledger, as_of: str | dt.date | None = None) -> pd.DataFrame:
    """Give each update the days between which it happened, and whether it had by a day.

    Parameters
    ----------
    ledger : Ledger
    as_of : str or datetime.date, optional
        Default: the last day in the data, on which every update counts.

    Returns
    -------
    pandas.DataFrame
        The table ``updates`` in order of time with ``first_on``, ``last_on`` (first and last possible day; a period
        ends no later than the last day in the data, NaT if nothing is known), ``happened`` (``yes``, ``possibly``,
        ``no``) and ``strength`` (one of `STRENGTHS`).
    """
    if as_of is not None:
        dated, day = dated_updates(ledger), pd.Timestamp(one_day(as_of).item())
        if day < last_day(ledger):
            certain = dated["happened"].where(dated["last_on"] <= day, "possibly")
            dated["happened"] = certain.mask(dated["first_on"] > day, "no")
        # what is known on the last day in the data has happened, also if nobody says when
        return dated
    updates, sources = ledger.updates, ledger.sources.set_index("source_id")
    begins, ends = period_bounds(updates["updated_period"])
    first = updates["updated_on"].fillna(begins)
    last = updates["updated_on"].fillna(ends.clip(upper=last_day(ledger)))
    kind, read_as = (updates["source_id"].map(sources[column]) for column in ("kind", "read_as"))
    evidence = [(first.isna(), "undated"), (read_as == "mirror", "mirror"), (kind == "primary", "primary")]
    strength = pd.Series("news", updates.index).case_when(evidence)
    dated = updates.assign(first_on=first, last_on=last, happened="yes", strength=strength)
    return dated.sort_values(["last_on", "first_on"], na_position="first", kind="stable")


def status(ledger: Ledger, as_of: str | dt.date | None = None) -> pd.DataFrame:
    """Say what became of each pledge.

    Parameters
    ----------
    ledger : Ledger
    as_of : str or datetime.date, optional
        Default: the last day in the data, and of a later day nothing more is known than on that one.

    Returns
    -------
    pandas.DataFrame
        One row per pledge in table order. As of an earlier day those that somebody had announced by then: a pledge
        whose ``announced_on`` is not known has no row, as it is in no sum of `total`, which counts them.

        - ``furthest``: the furthest of `STEPS` it had certainly reached (``announced`` if no update says more);
        - ``furthest_possible``: the furthest it may have reached, where only a period is known;
        - ``withdrawn``: ``yes``, ``possibly`` or ``no``;
        - ``last_change``, ``last_change_on``: the last of enlarged, scaled-back, withdrawn, and its day (last possible
          day of a period);
        - ``strength``: evidence for ``furthest``, the strongest of `STRENGTHS`;
        - ``updates``, ``source_ids``: how many updates count by then, and their sources (joined by semicolons).

    What was known at the summit, and on the last day in the data:

    >>> then, now = (status(ledger, day).set_index("pledge_id") for day in ("2025-02-11", None))
    >>> [found.loc["fluidstack-supercomputer", "withdrawn"] for found in (then, now)]
    ['no', 'yes']

    A week before the summit most of them had not been announced, and of twelve nobody knows the day:

    >>> len(status(ledger, "2025-02-04")), len(status(ledger)), int(ledger.pledges["announced_on"].isna().sum())
    (26, 83, 12)
    """
    found = every_status(ledger, as_of)
    if as_of is None or (day := pd.Timestamp(one_day(as_of).item())) >= last_day(ledger):
        return found
    announced = ledger.pledges["announced_on"] <= day
    return found[found["pledge_id"].isin(ledger.pledges.loc[announced, "pledge_id"])].reset_index(drop=True)


@kept
def every_status(ledger: Ledger, as_of: str | dt.date | None = None) -> pd.DataFrame:
    """Return the columns of `status` for every pledge, as if each had been announced."""
    told: dict[str, list[Row]] = defaultdict(list)
    for update in dated_updates(ledger, as_of).itertuples():
        told[update.pledge_id].append(update)
    rows = []
    for pledge in ledger.pledges["pledge_id"]:
        updates = told[pledge]
        sure = [update for update in updates if update.happened == "yes"]
        furthest, possible = _furthest(sure), _furthest([update for update in updates if update.happened != "no"])
        withdrawn = [update.happened for update in updates if update.status == "withdrawn"]
        change = next((update for update in reversed(sure) if update.status in CHANGES), None)
        strengths = [update.strength for update in sure if update.status == furthest]
        rows.append(
            {
                "pledge_id": pledge,
                "furthest": furthest,
                "furthest_possible": possible,
                "withdrawn": min(withdrawn, key=_SURE_FIRST.index, default="no"),
                "last_change": change.status if change else None,
                "last_change_on": change.last_on if change else pd.NaT,
                "strength": min(strengths, key=STRENGTHS.index, default=None),
                "updates": len(sure),
                "source_ids": ";".join(update.source_id for update in sure),
            }
        )
    found = pd.DataFrame(rows)
    return found.astype(dict.fromkeys(("last_change", "strength"), "str") | {"last_change_on": "datetime64[us]"})


def _furthest(updates: list[Row]) -> str:
    steps = [update.status for update in updates if update.status in STEPS]
    return max(steps, key=STEPS.index, default="announced")


def years_between(begins: pd.Series, ends: pd.Series) -> pd.Series:
    """Count the years from one day or year to another, both counted whole.

    Parameters
    ----------
    begins, ends : pandas.Series of str
        ``YYYY`` or ``YYYY-MM-DD``, as ``horizon_start`` and ``horizon_end`` of the table ``pledges``.

    Returns
    -------
    pandas.Series of float
        NaN where one of the two is missing.

    >>> years_between(pd.Series(["2025", "2024-07-01"]), pd.Series(["2029", "2025-06-30"])).tolist()
    [5.0, 1.0]
    """
    # a year alone counts whole
    first, last = pd.to_datetime((begins + "-01-01").str[:10]), pd.to_datetime((ends + "-12-31").str[:10])
    return (((last - first).dt.days + 1) / _DAYS_PER_YEAR).round(2)
