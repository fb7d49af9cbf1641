"""How far a total moves with the currency it is put into, the day of the rate and the convention."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from summit_analysis.claims import date_claims, printed_figures
from summit_analysis.comparisons import stated_claims
from summit_analysis.conventions import PERIODS, Period
from summit_analysis.conversion import normalise
from summit_analysis.days import one_day
from summit_analysis.quotes import quote
from summit_analysis.rates import EURO, Rates, clean_code
from summit_analysis.reckoning import reckon_selected
from summit_analysis.resolving import Rule
from summit_analysis.selection import select

if TYPE_CHECKING:
    from summit_analysis.tables import Ledger

ANNOUNCED = "2025-02-09"
"""The Sunday on which the French president named the 109 billion."""
DOLLAR = "USD"


def total_by_convention(
    ledger: Ledger,
    *,
    to: str = EURO,
    rule: Rule = "full-range",
    where: str | Iterable[str] | None = None,
    on: str | dt.date = ANNOUNCED,
) -> pd.DataFrame:
    """Count each euro once under every convention for the rate.

    Only the rate changes from row to row: the claims read, envelopes and ties stay.

    Parameters
    ----------
    ledger : Ledger
    to : str
        ISO 4217 code.
    rule, where
        As in `total`.
    on : str or datetime.date
        See `shared_rates`; by default a Sunday.

    Returns
    -------
    pandas.DataFrame
        One row per convention:

        - ``convention``: first those that give each claim a rate of its own, ``own-day`` (what `total` does; a claim
          known by its month or year takes the mean), ``announcement-day`` (of its pledge; the own day where there is
          none), ``own-month`` and ``own-year`` (means); then those of `shared_rates`, one rate for all claims;
        - ``day``, ``period``: the rate of a shared one; for the others ``day`` is NaT;
        - ``to``, ``low``, ``high``: the total as printed, whole units of `to`;
        - ``moved_low``, ``moved_high``: by how much they differ from ``own-day``, as a share of it.

    Raises
    ------
    ChoiceError
        If `rule` or `where` is not known.
    MissingRateError
        If a claim has no rate under one of the conventions.
    FrameError
        If `on` is not a day.

    Notes
    -----
    As in `compare_pledges`, conversions into a currency in which nobody stated the amount are not read: at the rate
    of another day they would pass for a disagreement. All pledges count as announced.

    >>> in_dollars = total_by_convention(ledger, to="USD", where="france-109bn").set_index("convention")
    >>> round(float(in_dollars.loc["next-published", "high"]))
    112488000000
    """
    to = clean_code(to)
    rows = select(ledger, to=to, rule=rule, where=where)
    claims = stated_claims(ledger, rule)
    claims = claims[claims["pledge_id"].isin(rows["pledge_id"])]
    claims = printed_figures(date_claims(dataclasses.replace(ledger, claims=claims)))
    said, own = claims["valued_on"], claims["valued_by"].where(claims["valued_by"].isin(PERIODS), "day")
    announced = claims["pledge_id"].map(ledger.pledges.set_index("pledge_id")["announced_on"])
    each = {
        "own-day": (said, own),
        "announcement-day": (announced.fillna(said), own.mask(announced.notna(), "day")),
        "own-month": (said, own.replace("day", "month")),
        "own-year": (said, "year"),
    }
    shared = shared_rates(ledger.rates, on)
    found = []
    for name, (days, periods) in (each | shared).items():
        bounds = _bounds(claims.assign(day=days, period=periods), to, ledger.rates)
        counted = reckon_selected(ledger, rows.drop(columns=["low", "high"]).join(bounds, on="pledge_id"))
        found.append((name, *shared.get(name, (pd.NaT, "")), to, *counted.sums()))
    table = pd.DataFrame(found, columns=["convention", "day", "period", "to", "low", "high"])
    moved = table[["low", "high"]] / table.loc[0, ["low", "high"]].astype(float) - 1
    return table.join(moved.add_prefix("moved_"))


def shared_rates(rates: Rates, on: str | dt.date = ANNOUNCED) -> dict[str, tuple[pd.Timestamp, Period]]:
    """Name the rates around a day that may serve all claims at once.

    Parameters
    ----------
    rates : Rates
    on : str or datetime.date

    Returns
    -------
    dict of str to (pandas.Timestamp, str)
        Day and period of ``last-published`` (on or before `on`: of a Sunday, the Friday), ``next-published`` (after
        it: the Monday; absent where the file ends), ``dollar-cheapest`` and ``dollar-dearest`` (the days of that month
        on which a euro bought most, and fewest, dollars), ``month-mean``, ``year-mean`` (with their first day) and
        ``last-day`` (of the file).

    Raises
    ------
    MissingRateError
        If there is no rate on that day.
    """
    day, days = one_day(on), rates.days
    month, year = day.astype("datetime64[M]"), day.astype("datetime64[Y]")
    of_month = days[days.astype("datetime64[M]") == month]
    dollars = rates.table[np.isin(days, of_month), rates.column[DOLLAR]]
    single = {
        "last-published": [np.datetime64(quote(DOLLAR, on=day.item(), rates=rates).rate_date)],
        "next-published": days[days > day][:1],
        "dollar-cheapest": of_month[[dollars.argmax()]],
        "dollar-dearest": of_month[[dollars.argmin()]],
    }
    shared: dict[str, tuple[pd.Timestamp, Period]] = {
        name: (_stamp(found[0]), "day") for name, found in single.items() if len(found)
    }
    shared |= {"month-mean": (_stamp(month), "month"), "year-mean": (_stamp(year), "year")}
    return shared | {"last-day": (_stamp(days[-1]), "day")}


def spread(table: pd.DataFrame) -> pd.Series:
    """Say how far the conventions move a total.

    Parameters
    ----------
    table : pandas.DataFrame
        Of `total_by_convention`, for one currency or several.

    Returns
    -------
    pandas.Series
        By currency: the distance between the lowest and the highest lower bound, or of the upper bounds where that is
        wider; whole units of the currency.
    """
    bounds = table.groupby("to", sort=False)[["low", "high"]]
    return (bounds.max() - bounds.min()).max(axis=1)


def _stamp(day: np.datetime64) -> pd.Timestamp:
    return pd.Timestamp(day.astype("datetime64[D]").item())


def _bounds(claims: pd.DataFrame, to: str, rates: Rates) -> pd.DataFrame:
    """Return the lowest and the highest figure about each pledge, each claim at the rate of its day and period."""
    parts = [
        normalise(rows, amounts=["low", "high"], date="day", to=to, period=period, rates=rates, provenance=False)
        for period, rows in claims.groupby("period")
    ]
    pledges = pd.concat(parts).groupby("pledge_id")
    return pd.DataFrame({"low": pledges[f"low_{to}"].min(), "high": pledges[f"high_{to}"].max()})
