"""Who says what about a pledge, and the day each claim is valued on."""

from __future__ import annotations

import numpy as np
import pandas as pd

from summit_analysis.conversion import normalise
from summit_analysis.rates import EURO

VALUED_BY = ("own-day", "source-day", "announcement-day", "earliest-day", "month", "year", "nothing")
"""How the day of a claim was found, best first."""


RULED = ("stands", "derived")
"""Standings of claims that a rule may read."""


def date_claims(ledger) -> pd.DataFrame:
    """Give each claim the day, or the period, at whose rate it is valued.

    Parameters
    ----------
    ledger : Ledger

    Returns
    -------
    pandas.DataFrame
        The table ``claims`` with ``valued_on`` (day, or first day of the period) and ``valued_by``:

        - ``own-day``: the day of the statement;
        - ``source-day``: the day its source was published;
        - ``announcement-day``: the day of the announcement, where the claim's period allows it;
        - ``earliest-day``: its ``not_before``, where the day found, or its period, begins earlier;
        - ``month``, ``year``: the mean of its period;
        - ``nothing``: no day and no period are known.
    """
    claims = ledger.claims
    published = claims["source_id"].map(ledger.sources.set_index("source_id")["published_on"])
    announced = claims["pledge_id"].map(ledger.pledges.set_index("pledge_id")["announced_on"])
    period = claims["claimed_period"]
    announced = announced.where(_allowed(announced, period))
    # "2025" begins on 2025-01-01, "2025-05" on 2025-05-01
    begins = pd.to_datetime(period.str.cat(["-01-01"] * len(period)).str[:10])
    unit = period.str.len().map({4.0: "year", 7.0: "month"})

    day = claims["claimed_on"].fillna(published).fillna(announced).fillna(begins)
    found = [claims["claimed_on"].notna(), published.notna(), announced.notna(), begins.notna()]
    by = pd.Series(np.select(found, ["own-day", "source-day", "announcement-day", unit], "nothing"), claims.index)
    early = claims["not_before"].notna() & ~(day >= claims["not_before"])
    return claims.assign(
        valued_on=day.mask(early, claims["not_before"]),
        valued_by=by.mask(early, "earliest-day").astype("str"),
    )


def value_claims(ledger, *, to: str = EURO) -> pd.DataFrame:
    """Put every claim into one currency, each at the rate of its day or period.

    Parameters
    ----------
    ledger : Ledger
    to : str
        ISO 4217 code of the target.

    Returns
    -------
    pandas.DataFrame
        `date_claims` with the figures as printed, ``low``, ``high`` (whole units of the claim's currency; one figure
        fills both), ``open_low``, ``open_high``, and the columns of `normalise`: ``low_<to>``, ``high_<to>``,
        ``rate``, ``factor``, ``rate_date``, ``rate_source``, ``rate_status``.

    Raises
    ------
    MissingRateError
        If a claim with a figure has no rate on its day.
    """
    dated = printed_figures(date_claims(ledger))
    period = dated["valued_by"].where(dated["valued_by"].isin(["month", "year"]), "day")
    parts = [
        normalise(rows, amounts=["low", "high"], date="valued_on", to=to, period=name, rates=ledger.rates)
        for name, rows in dated.groupby(period)
    ]
    return pd.concat(parts).loc[dated.index]


def printed_figures(claims: pd.DataFrame) -> pd.DataFrame:
    """Add the figures as printed, ``low`` and ``high``, and the flags ``open_low`` (up to), ``open_high``."""
    return claims.assign(
        low=claims["amount_low"].fillna(claims["amount_high"]),
        high=claims["amount_high"].fillna(claims["amount_low"]),
        open_low=claims["qualifier"].eq("up-to"),
        open_high=claims["qualifier"].eq("at-least"),
    )


def _allowed(day: pd.Series, period: pd.Series) -> pd.Series:
    text = day.dt.strftime("%Y-%m-%d")
    inside = [
        isinstance(d, str) and (not isinstance(p, str) or d.startswith(p)) for d, p in zip(text, period, strict=True)
    ]
    return pd.Series(inside, day.index)
