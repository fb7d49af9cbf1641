"""How pledges compare: per year, per inhabitant, per output; how far a total moves with the convention."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import numpy as np
import pandas as pd

from summit_analysis.base.days import PERIODS, Period, one_day
from summit_analysis.base.kept import kept
from summit_analysis.currency.rates import EURO, Rates, clean_code, quote
from summit_analysis.ledger.tables import Ledger
from summit_analysis.pledges.claims import Rule, date_claims, printed_figures, resolve_claims, select, spans
from summit_analysis.pledges.once import Once, forest_of
from summit_analysis.pledges.status import HEADLINE_DAY, SUMMIT_DAY, years_between

DOLLAR = "USD"
"""The currency in which output is compared, and whose rate says which day of a month was dear."""
HORIZONS = ("one-year", "multi-year", "unstated")


@kept
def compare_pledges(
    ledger: Ledger, *, to: str = EURO, on: str | dt.date = SUMMIT_DAY, rule: Rule = "full-range"
) -> pd.DataFrame:
    """Put every pledge that is no part of another beside the others, in one currency at the rate of one day.

    Parameters
    ----------
    ledger : Ledger
    to : str
        ISO 4217 code.
    on : str or datetime.date
        The day whose rate serves all rows.
    rule : str
        Which claims are read, see `resolve_claims`.

    Returns
    -------
    pandas.DataFrame
        One row per pledge without parent, summit and comparators, in table order:

        - ``pledge_id``, ``group``, ``recipient_country``;
        - ``low_printed``, ``high_printed``, ``currency``: lowest and highest figure read, as the sources print them;
          missing where they print several currencies;
        - ``rate``, ``rate_date``: the rate used, as `normalise` gives it (of two currencies missing);
        - ``low``, ``high``, ``open_low``, ``open_high``: the figures in whole units of `to`, and whether a claim says
          "up to" or "at least";
        - ``horizon``: ``one-year``, ``multi-year`` or ``unstated``; ``horizon_start``, ``horizon_end`` as in the
          table; ``years``: from the first to the last of them, both counted whole (2025 to 2029 are five, July 2024
          to June 2025 is one);
        - ``low_per_year``, ``high_per_year``: the figures divided by ``years``; ``high_per_year_fewer``: the high one
          divided by one year fewer, as who says "over four years" of 2025 to 2029;
        - ``gdp`` (whole US dollars of ``gdp_year``), ``share_low``, ``share_high``: the figures as a share of it (1 is
          one year's output), put into dollars at the mean rate of that year; ``low_per_person``, ``high_per_person``:
          divided by inhabitants. Empty where no single economy receives the money (``WLD``);
        - ``comparable``: a word for money of another kind (``no-money``, ``financing``, or as in the table), empty
          where nothing in the ledger says so; ``reason``, ``note`` (of the pledge);
        - ``claim_ids``: the claims read, joined by semicolons.

    Raises
    ------
    ChoiceError
        If the rule is not known.
    MissingRateError
        If a currency has no rate on that day.
    FrameError
        If `on` is not a day.

    Notes
    -----
    A conversion made by a source (``derived``, in a currency in which nobody stated the amount) is not read: on another
    day's rate it would look like a disagreement. Shares follow the IMF, which puts output into dollars at the market
    rates of its year; so they do not depend on `on`.

    >>> compared = compare_pledges(ledger).set_index("pledge_id")
    >>> float(compared.loc["france-109bn", "high_per_year"].round(-8) / 1e9)
    15.6
    """
    to, claims = clean_code(to), printed_figures(stated_claims(ledger, rule))
    pledges = ledger.pledges[ledger.pledges["parent_id"].isna()].set_index("pledge_id")
    if rule == "article":
        pledges = pledges[pledges.index.isin(claims["pledge_id"])]
    years = years_between(pledges["horizon_start"], pledges["horizon_end"])
    comparable, reason = pledges["other_money"], pledges["other_money_reason"]
    for other, word, why in (
        (pledges["pledger_kind"] == "public-bank", "financing", "a public bank lends, guarantees and buys shares"),
        (pledges["money_kind"] == "none", "no-money", "land or power, no money"),
    ):
        comparable, reason = comparable.mask(other, word), reason.mask(other, why)
    valued = ledger.rates.convert(claims, amounts=["low", "high"], to=to, on=on)
    first = valued.drop_duplicates("pledge_id").set_index("pledge_id")[["currency", "rate", "rate_date"]]
    printed = spans(valued)[["low", "high"]].add_suffix("_printed").join(first)
    one_currency = valued.groupby("pledge_id")["currency"].agg(lambda codes: len(set(codes)) == 1)
    frame = pledges.join(printed.where(one_currency)).join(spans(valued, to).drop(columns=["scale", "claims"]))
    frame = frame.join(_economy(claims, pledges, ledger)).assign(
        comparable=comparable,
        reason=reason,
        horizon=np.select([years <= 1, years > 1], HORIZONS[:2], HORIZONS[2]),
        years=years,
        open_low=lambda rows: rows["open_low"].eq(True),
        open_high=lambda rows: rows["open_high"].eq(True),
        low_per_year=lambda rows: rows["low"] / years,
        high_per_year=lambda rows: rows["high"] / years,
        high_per_year_fewer=lambda rows: rows["high"] / (years - 1).where(years > 1),
        low_per_person=lambda rows: rows["low"] / rows["population"],
        high_per_person=lambda rows: rows["high"] / rows["population"],
    )
    columns = [
        *("group", "recipient_country", "low_printed", "high_printed", "currency", "rate", "rate_date"),
        *("low", "high", "open_low", "open_high", "horizon", "horizon_start", "horizon_end", "years"),
        *("low_per_year", "high_per_year", "high_per_year_fewer", "gdp", "gdp_year", "share_low", "share_high"),
        *("low_per_person", "high_per_person", "comparable", "reason", "note", "claim_ids"),
    ]
    return frame[columns].reset_index()


def stated_claims(ledger: Ledger, rule: Rule = "full-range") -> pd.DataFrame:
    """Return the claims a rule reads, without conversions into a currency in which nobody stated the amount.

    Parameters
    ----------
    ledger : Ledger
    rule : str
        See `resolve_claims`.

    Returns
    -------
    pandas.DataFrame
        Rows of the table ``claims``.
    """
    ids = resolve_claims(ledger, rule)["claim_ids"].str.split(";").explode()
    claims = ledger.claims[ledger.claims["claim_id"].isin(ids)]
    stated = claims[claims["standing"] != "derived"].groupby("pledge_id")["currency"].agg(set)
    said = [
        pledge not in stated or currency in stated[pledge]
        for pledge, currency in zip(claims["pledge_id"], claims["currency"], strict=True)
    ]
    return claims[said]


def _economy(claims: pd.DataFrame, pledges: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Output, inhabitants, and the share of output, each claim in dollars at the mean rate of the output's year."""
    economies = ledger.economies.set_index("iso3")[["gdp", "gdp_year", "population"]]
    economy = pledges[["recipient_country"]].join(economies, on="recipient_country").drop(columns="recipient_country")
    years = claims["pledge_id"].map(economy["gdp_year"])
    dated = claims[years.notna()].assign(year=years.dropna().astype("str") + "-01-01")
    valued = ledger.rates.convert(dated, amounts=["low", "high"], date="year", to=DOLLAR, period="year")
    economy = economy.astype({"gdp": "float64", "population": "float64"})
    return economy.join(spans(valued, DOLLAR)[["low", "high"]].div(economy["gdp"], axis=0).add_prefix("share_"))


@kept
def total_by_convention(
    ledger: Ledger,
    *,
    to: str = EURO,
    rule: Rule = "full-range",
    where: str | Iterable[str] | None = None,
    on: str | dt.date = HEADLINE_DAY,
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
    read = stated_claims(ledger, rule)
    claims = date_claims(ledger).loc[read[read["pledge_id"].isin(rows["pledge_id"])].index].pipe(printed_figures)
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
        parts = [
            ledger.rates.convert(dated, amounts=["low", "high"], date="day", to=to, period=period)
            for period, dated in claims.assign(day=days, period=periods).groupby("period")
        ]
        bounds = spans(pd.concat(parts), to)[["low", "high"]]
        once = Once(rows.drop(columns=["low", "high"]).join(bounds, on="pledge_id"), ledger.overlaps, forest_of(ledger))
        found.append((name, *shared.get(name, (pd.NaT, "")), to, *once.sums()))
    table = pd.DataFrame(found, columns=["convention", "day", "period", "to", "low", "high"])
    moved = table[["low", "high"]] / table.loc[0, ["low", "high"]].astype(float) - 1
    return table.join(moved.add_prefix("moved_"))


def shared_rates(rates: Rates, on: str | dt.date = HEADLINE_DAY) -> dict[str, tuple[pd.Timestamp, Period]]:
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
    named: dict[str, tuple[np.datetime64, Period]] = {name: (of[0], "day") for name, of in single.items() if len(of)}
    named |= {"month-mean": (month, "month"), "year-mean": (year, "year"), "last-day": (days[-1], "day")}
    return {name: (pd.Timestamp(one_day(day).item()), period) for name, (day, period) in named.items()}


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
