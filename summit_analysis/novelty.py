"""What had been announced already, and what was new: announced money by day, and the summit week against before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from summit_analysis.claims import RULED, value_claims
from summit_analysis.days import one_day
from summit_analysis.outcomes import dated_updates, last_day
from summit_analysis.rates import EURO, clean_code
from summit_analysis.resolving import Rule
from summit_analysis.rungs import explain_ladder
from summit_analysis.selection import select
from summit_analysis.totals import total

if TYPE_CHECKING:
    from summit_analysis.tables import Ledger

SUMMIT_WEEK = (pd.Timestamp("2025-02-06"), pd.Timestamp("2025-02-11"))
"""First and last day: from the science days to the leaders' plenary."""
OPENING = pd.Timestamp("2025-02-10")


def announced_by_day(
    ledger: Ledger,
    *,
    to: str = EURO,
    rule: Rule = "full-range",
    where: str | Iterable[str] | None = None,
    days: Iterable[str | dt.date] | None = None,
) -> pd.DataFrame:
    """Follow the announced money day by day, each euro once as of that day.

    Parameters
    ----------
    ledger : Ledger
    to, rule, where
        As in `total`.
    days : iterable of str or datetime.date, optional
        Default: the days on which the total changes or a pledge is announced.

    Returns
    -------
    pandas.DataFrame
        One row per day, in order: ``day``; ``low``, ``high`` (figures printed, whole units of `to`: those of `total` as
        of that day); ``new`` (pledges announced since the row before), ``new_counted`` (those of them that are in the
        sum themselves) and ``now_inside`` (pledges counted in the row before for which an envelope stands now), ids
        joined by semicolons.

    Raises
    ------
    ChoiceError
        If `rule` or `where` is not known.
    FrameError
        If one of `days` is not a day.

    On the Sunday an envelope took the place of what had been announced one by one:

    >>> found = announced_by_day(ledger, where="france-109bn", days=["2025-02-08", "2025-02-09"])
    >>> (found.set_index("day")[["low", "high"]] / 1e9).round(1)
                  low   high
    day
    2025-02-08   55.8   75.8
    2025-02-09  109.0  109.0
    """
    to = clean_code(to)
    pledges = select(ledger, to=to, rule=rule, where=where)[["pledge_id", "announced_on"]]
    moving = _moving(ledger, pledges, rule, to) if days is None else {pd.Timestamp(one_day(day).item()) for day in days}
    rows, since, level, counted = [], pd.Timestamp.min, (0.0, 0.0), pd.Series(dtype="str")
    for day in sorted(moving):
        found = total(ledger, to, rule, where, as_of=day.date())
        new = pledges.loc[pledges["announced_on"].between(since, day, inclusive="right"), "pledge_id"]
        if days is None and new.empty and (found.low, found.high) == level:
            continue
        inside = found.left_out.loc[found.left_out["counted_in"] != "", "pledge_id"]
        ids = [new, new[new.isin(found.counted["pledge_id"])], counted[counted.isin(inside)]]
        rows.append((day, found.low, found.high, *map(";".join, ids)))
        since, level, counted = day, (found.low, found.high), found.counted["pledge_id"]
    return pd.DataFrame(rows, columns=["day", "low", "high", "new", "new_counted", "now_inside"])


def new_or_known(
    ledger: Ledger,
    *,
    to: str = EURO,
    rule: Rule = "full-range",
    where: str | Iterable[str] | None = None,
    week: tuple[str | dt.date, str | dt.date] = SUMMIT_WEEK,
) -> pd.DataFrame:
    """Set what had been announced before the summit week against what was new in it.

    Parameters
    ----------
    ledger : Ledger
    to, rule, where
        As in `total`.
    week : pair of str or datetime.date
        First and last day.

    Returns
    -------
    pandas.DataFrame
        One row per pledge announced by the last day of the week, or undated, in table order:

        - ``pledge_id``, ``announced_on``; ``announced``: ``before``, ``in-week`` or ``undated``;
        - ``new_money``: ``yes``, ``partly``, ``no``, ``unknown``, as in the table;
        - ``low``, ``high``: its figures printed, whole units of `to`;
        - ``counted_in``: the row that stands for it in the total as of the last day, itself if counted, else empty;
        - ``low_new``, ``high_new``: what it brings to the money that is certainly and possibly new (`ladder`): they add
          up to that rung, so what lies in an envelope brings nothing of its own, and a tie takes off.

    Inside the 109 billion of February 2025 lies money of May 2024:

    >>> found = new_or_known(ledger).set_index("pledge_id")
    >>> found.loc["amazon-choose-france-2024", ["announced", "new_money", "counted_in"]].tolist()
    ['before', 'no', 'france-109bn']
    """
    first, last = (pd.Timestamp(one_day(day).item()) for day in week)
    rows = select(ledger, to=to, rule=rule, where=where, as_of=last.date())
    found = total(ledger, to, rule, where, as_of=last.date())
    holder = pd.concat([found.counted.assign(counted_in=found.counted["pledge_id"]), found.left_out])
    pieces = explain_ladder(ledger, to, rule, where, as_of=last.date())
    new = pieces[pieces["rung"] == "new-money"].groupby("pledge_id")[["low", "high"]].sum()
    day = rows["announced_on"]
    columns = ["pledge_id", "announced_on", "announced", "new_money", "low", "high", "counted_in"]
    return rows.assign(
        announced=np.select([day.isna(), day < first], ["undated", "before"], "in-week"),
        counted_in=rows["pledge_id"].map(holder.set_index("pledge_id")["counted_in"]),
    )[columns].assign(**{f"{end}_new": rows["pledge_id"].map(new[end]).fillna(0.0) for end in ("low", "high")})


def _moving(ledger: Ledger, pledges: pd.DataFrame, rule: Rule, to: str) -> set[pd.Timestamp]:
    """Return the days on which the total may change: an announcement, a claim that comes later, an update."""
    claims = value_claims(ledger, to=to).merge(pledges, on="pledge_id").sort_values("known_on", kind="stable")
    claims = claims[claims["standing"].isin(RULED)]
    if rule == "full-range":
        # a claim inside the hull of those before it moves nothing
        least, most = (claims.groupby("pledge_id")[f"{end}_{to}"] for end in ("low", "high"))
        bounds = pd.concat([least.cummin(), most.cummax()], axis=1)
        claims = claims[bounds.ne(bounds.groupby(claims["pledge_id"]).shift()).any(axis=1)]
    updates = dated_updates(ledger).merge(pledges, on="pledge_id")
    updates = updates[updates["status"].eq("withdrawn") | updates["amount_is"].isin(["new-total", "increase"])]
    later = claims.loc[claims["known_on"] > claims["announced_on"], "known_on"]
    days = pd.concat([pledges["announced_on"], later, updates["first_on"], updates["last_on"]]).dropna()
    return {*days[days <= last_day(ledger)], last_day(ledger)}
