"""Who says what about a pledge, the day each claim is valued on, and where claims disagree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from summit_analysis.conversion import normalise
from summit_analysis.errors import FrameError
from summit_analysis.rates import EURO, clean_code

if TYPE_CHECKING:
    from summit_analysis.tables import Ledger

RULED = ("stands", "derived")
"""Standings of claims that a rule may read."""


def date_claims(ledger: Ledger) -> pd.DataFrame:
    """Give each claim the day, or the period, at whose rate it is valued.

    Parameters
    ----------
    ledger : Ledger

    Returns
    -------
    pandas.DataFrame
        The table ``claims`` with ``valued_on`` (day, or first day of the period), ``valued_by`` and ``known_on``
        (first day on which the claim counts: the end of a period, no later than the last day in the data, else
        ``valued_on``). ``valued_by`` is

        - ``own-day``: the day of the statement;
        - ``source-day``: the day its source was published;
        - ``announcement-day``: the day of the announcement, where the claim's period allows it;
        - ``earliest-day``: its ``not_before``, where the day found, or its period, begins earlier;
        - ``month``, ``year``: the mean of its period;
        - ``nothing``: no day and no period are known.

    A claim that only says 2025 takes the mean rate of that year, and counts from its end:

    >>> dated = date_claims(ledger).set_index("claim_id")
    >>> print(*dated.loc["telehouse-france--jde-telehouse-2025", ["claimed_period", "valued_by", "known_on"]])
    2025 year 2025-12-31 00:00:00
    """
    known_ledger(ledger)
    claims = ledger.claims
    published = claims["source_id"].map(ledger.sources.set_index("source_id")["published_on"])
    announced = claims["pledge_id"].map(ledger.pledges.set_index("pledge_id")["announced_on"])
    begins, ends = period_bounds(claims["claimed_period"])
    announced = announced.where(begins.isna() | announced.between(begins, ends))
    unit = claims["claimed_period"].str.len().map({4.0: "year", 7.0: "month"})

    day = claims["claimed_on"].fillna(published).fillna(announced).fillna(begins)
    found = [claims["claimed_on"].notna(), published.notna(), announced.notna(), begins.notna()]
    by = pd.Series(np.select(found, ["own-day", "source-day", "announcement-day", unit], "nothing"), claims.index)
    early = claims["not_before"].notna() & ~(day >= claims["not_before"])
    by = by.mask(early, "earliest-day").astype("str")
    day = day.mask(early, claims["not_before"])
    # nothing that is in the data became known after the last day in them
    ends = ends.clip(upper=ledger.sources["published_on"].max())
    known = day.where(~by.isin(["month", "year", "earliest-day"]), ends.fillna(day))
    return claims.assign(valued_on=day, valued_by=by, known_on=known)


def known_ledger(ledger: object) -> None:
    """Raise `FrameError` if a path or anything else is handed in as a ledger."""
    if not hasattr(ledger, "pledges"):
        raise FrameError(f"{ledger!r:.60} is not a ledger; hand in load(), or load(folder) for tables of your own")


def value_claims(ledger: Ledger, *, to: str = EURO) -> pd.DataFrame:
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

    Said on a Sunday, so at the rate of the Friday before:

    >>> dollars = value_claims(ledger, to="USD").set_index("claim_id")
    >>> said = dollars.loc["france-109bn--journalinfo-109bn-20250209"]
    >>> print(said["valued_on"].date(), said["rate"], said["rate_date"].date(), said["rate_status"])
    2025-02-09 1.0377 2025-02-07 carried
    """
    to = clean_code(to)
    dated = printed_figures(date_claims(ledger))
    period = dated["valued_by"].where(dated["valued_by"].isin(["month", "year"]), "day")
    parts = [
        normalise(rows, amounts=["low", "high"], date="valued_on", to=to, period=name, rates=ledger.rates)
        for name, rows in dated.groupby(period)
    ]
    return pd.concat(parts).loc[dated.index]


def printed_figures(claims: pd.DataFrame) -> pd.DataFrame:
    """Add ``low`` and ``high`` as printed, and the flags ``open_low`` ("up to") and ``open_high`` ("at least")."""
    return claims.assign(
        low=claims["amount_low"].fillna(claims["amount_high"]),
        high=claims["amount_high"].fillna(claims["amount_low"]),
        open_low=claims["qualifier"].eq("up-to"),
        open_high=claims["qualifier"].eq("at-least"),
    )


def compare_claims(ledger: Ledger, *, to: str = EURO) -> pd.DataFrame:
    """Set all claims about each pledge side by side.

    Parameters
    ----------
    ledger : Ledger
    to : str
        ISO 4217 code of the common currency.

    Returns
    -------
    pandas.DataFrame
        One row per claim, pledges in table order, within a pledge by size: ``pledge_id``, ``claim_id``,
        ``source_id``, ``kind``, ``read_as``, ``low``, ``high``, ``currency``, ``qualifier``, ``attributed_to``,
        ``low_<to>``, ``high_<to>``, ``valued_on``, ``valued_by``, ``known_on``, ``rate``, ``standing``,
        ``standing_reason``.

    Apollo's five billion are dollars; the article and one report made them euros:

    >>> claims = compare_claims(ledger)
    >>> apollo = claims[claims["pledge_id"] == "apollo-energy"]
    >>> print(apollo[["low", "currency", "qualifier", "kind", "standing"]].to_string(index=False))
             low currency qualifier     kind standing
    5000000000.0      USD     exact     news   stands
    5000000000.0      USD  at-least analysis   stands
    5000000000.0      USD     exact analysis   stands
    5000000000.0      USD  at-least     news   stands
    5000000000.0      EUR     exact     news     slip
    5000000000.0      EUR     exact     seed   stands
    """
    to = clean_code(to)
    valued = value_claims(ledger, to=to).merge(ledger.sources[["source_id", "kind", "read_as"]], on="source_id")
    order = valued["pledge_id"].map(pd.Series(range(len(ledger.pledges)), index=ledger.pledges["pledge_id"]))
    columns = [
        *("pledge_id", "claim_id", "source_id", "kind", "read_as", "low", "high", "currency", "qualifier"),
        *("attributed_to", f"low_{to}", f"high_{to}", "valued_on", "valued_by", "known_on", "rate"),
        *("standing", "standing_reason"),
    ]
    valued = valued.assign(order=order).sort_values(["order", f"high_{to}", f"low_{to}", "claim_id"])
    return valued[columns].reset_index(drop=True)


def conflicts(ledger: Ledger, *, to: str = EURO) -> pd.DataFrame:
    """Say for each pledge how far its claims are apart, and about what.

    Parameters
    ----------
    ledger : Ledger
    to : str
        ISO 4217 code of the common currency.

    Returns
    -------
    pandas.DataFrame
        One row per pledge with claims:

        - ``claims``, ``standing_claims``: how many there are, and how many a rule may read;
        - ``currency``: the one most of the latter use; ``low``, ``high``: their lowest and highest figure in it;
        - ``spread``: ``high`` / ``low``, 1 where they agree (NaN without figure);
        - ``spread_rates``: the widest ratio between conversions into `to` of one and the same printed figure, which
          comes only from the day each is valued on;
        - ``about``: what they disagree on, of ``amount``, ``currency``, ``scope``, ``attribution``, joined by commas.

    >>> campus = conflicts(ledger).set_index("pledge_id").loc["mgx-campus"]
    >>> print(f"{campus['low'] / 1e9:.0f} or {campus['high'] / 1e9:.0f} billion; they differ in {campus['about']}")
    30 or 50 billion; they differ in amount, currency, attribution
    """
    to = clean_code(to)
    compared = compare_claims(ledger, to=to)
    rows = [_conflict(pledge, rows, to) for pledge, rows in compared.groupby("pledge_id", sort=False)]
    return pd.DataFrame(rows)


def period_bounds(period: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return the first and the last day of periods written YYYY or YYYY-MM (NaT where empty)."""
    begins = pd.to_datetime(period.str.cat(["-01-01"] * len(period)).str[:10])
    month = begins + pd.offsets.MonthEnd(0)
    return begins, month.where(period.str.len() == 7, begins + pd.offsets.YearEnd(0)).where(begins.notna())


def _conflict(pledge: str, rows: pd.DataFrame, to: str) -> dict[str, object]:
    read = rows[rows["standing"].isin(RULED)]
    figures = read[read["high"].notna()]
    currency = read["currency"].mode().iloc[0] if len(read) else rows["currency"].mode().iloc[0]
    own = figures[figures["currency"] == currency]
    low, high = own["low"].min(), own["high"].max()
    same = figures.groupby(["currency", "low", "high"])[f"high_{to}"]
    about = {
        "amount": len(own.drop_duplicates(["low", "high"])) > 1,
        "currency": len(rows.loc[rows["standing"] != "derived", "currency"].unique()) > 1,
        "scope": rows["standing"].isin(["other-scope", "tally"]).any(),
        "attribution": len(rows["attributed_to"].dropna().unique()) > 1,
    }
    return {
        "pledge_id": pledge,
        "claims": len(rows),
        "standing_claims": len(read),
        "currency": currency,
        "low": low,
        "high": high,
        "spread": high / low,
        "spread_rates": (same.max() / same.min()).max(),
        "about": ", ".join(name for name, found in about.items() if found),
    }
