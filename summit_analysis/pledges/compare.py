"""How pledges compare: per year, per inhabitant, per output; how far a total moves with the convention."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from summit_analysis import __version__
from summit_analysis.base import files
from summit_analysis.base.days import one_day
from summit_analysis.currency.convert import normalise_frame, quote
from summit_analysis.currency.rates import EURO, PERIODS, Period, Rates, clean_code
from summit_analysis.ledger.tables import Ledger
from summit_analysis.pledges.claims import RULES, Rule, date_claims, printed_figures, resolve_claims, select
from summit_analysis.pledges.once import reckon_selected
from summit_analysis.pledges.status import last_day, years_between
from summit_analysis.pledges.totals import envelope_by_rule, ladder, total
from summit_analysis.signatures import names_listed

SUMMIT_DAY = "2025-02-10"
"""Opening of the summit proper, a day on which the ECB published: the one day whose rate serves all rows."""
GDP_CURRENCY = "USD"
HORIZONS = ("one-year", "multi-year", "unstated")


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
    pledges = ledger.pledges[ledger.pledges["parent_id"].isna()]
    if rule == "article":
        pledges = pledges[pledges["pledge_id"].isin(claims["pledge_id"])]
    pledges = pledges.set_index("pledge_id")[["group", "recipient_country", "horizon_start", "horizon_end", "note"]]
    frame = pledges.join(_on_one_day(claims, to, on, ledger)).join(_economy(claims, pledges, ledger))
    frame = _per_year(frame.join(_other_money(ledger)))
    frame = frame.assign(
        open_low=frame["open_low"].eq(True),
        open_high=frame["open_high"].eq(True),
        low_per_person=frame["low"] / frame["population"],
        high_per_person=frame["high"] / frame["population"],
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


def _on_one_day(claims: pd.DataFrame, to: str, on: str | dt.date, ledger: Ledger) -> pd.DataFrame:
    valued = normalise_frame(claims, amounts=["low", "high"], to=to, on=on, rates=ledger.rates)
    found = valued.groupby("pledge_id").agg(
        low_printed=("low", "min"),
        high_printed=("high", "max"),
        currency=("currency", "first"),
        currencies=("currency", "nunique"),
        rate=("rate", "first"),
        rate_date=("rate_date", "first"),
        low=(f"low_{to}", "min"),
        high=(f"high_{to}", "max"),
        open_low=("open_low", "any"),
        open_high=("open_high", "any"),
        claim_ids=("claim_id", ";".join),
    )
    printed = ["low_printed", "high_printed", "currency", "rate", "rate_date"]
    found[printed] = found[printed].where(found["currencies"] == 1)
    return found.drop(columns="currencies")


def _economy(claims: pd.DataFrame, pledges: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Output, inhabitants, and the share of output, each claim in dollars at the mean rate of the output's year."""
    columns = ["gdp", "gdp_year", "population"]
    economy = pledges[["recipient_country"]].join(ledger.economies.set_index("iso3")[columns], on="recipient_country")
    years = claims["pledge_id"].map(economy["gdp_year"])
    dated = claims[years.notna()].assign(year=years.dropna().astype("str") + "-01-01")
    valued = normalise_frame(
        dated, amounts=["low", "high"], date="year", to=GDP_CURRENCY, period="year", rates=ledger.rates
    ).groupby("pledge_id")
    economy = economy.drop(columns="recipient_country").astype({"gdp": "float64", "population": "float64"})
    return economy.assign(
        share_low=valued[f"low_{GDP_CURRENCY}"].min() / economy["gdp"],
        share_high=valued[f"high_{GDP_CURRENCY}"].max() / economy["gdp"],
    )


def _per_year(frame: pd.DataFrame) -> pd.DataFrame:
    years = years_between(frame["horizon_start"], frame["horizon_end"])
    return frame.assign(
        horizon=np.select([years <= 1, years > 1], HORIZONS[:2], HORIZONS[2]),
        years=years,
        low_per_year=frame["low"] / years,
        high_per_year=frame["high"] / years,
        high_per_year_fewer=frame["high"] / (years - 1).where(years > 1),
    )


def _other_money(ledger: Ledger) -> pd.DataFrame:
    pledges = ledger.pledges.set_index("pledge_id")
    found = pledges[["other_money", "other_money_reason"]].set_axis(["comparable", "reason"], axis=1)
    for rows, word, reason in (
        (pledges["pledger_kind"] == "public-bank", "financing", "a public bank lends, guarantees and buys shares"),
        (pledges["money_kind"] == "none", "no-money", "land or power, no money"),
    ):
        found.loc[rows, ["comparable", "reason"]] = word, reason
    return found


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
        normalise_frame(rows, amounts=["low", "high"], date="day", to=to, period=period, rates=rates, provenance=False)
        for period, rows in claims.groupby("period")
    ]
    pledges = pd.concat(parts).groupby("pledge_id")
    return pd.DataFrame({"low": pledges[f"low_{to}"].min(), "high": pledges[f"high_{to}"].max()})


LAST_SUMMIT_DAY = "2025-02-11"
_FILE = Path(__file__).parents[1] / "last-release.csv"
_NAMES = "names under"
_KEPT = 0.005
"""Half a cent or half a name: below it nothing has moved."""


def release_totals(ledger: Ledger) -> pd.DataFrame:
    """Return the totals by which a release is known.

    Returns
    -------
    pandas.DataFrame
        ``total`` (what is added up, by which rule, as of which day), ``low``, ``high``: whole euros, or names.
    """
    return pd.DataFrame(_totals(ledger), columns=["total", "low", "high"])


def moved_totals(ledger: Ledger) -> pd.DataFrame:
    """Compare the totals with those of the last release.

    Returns
    -------
    pandas.DataFrame
        One row per total that moved, is new or is gone: ``total``, ``low_before``, ``high_before``, ``low``, ``high``,
        ``release`` (version that is compared with).

    >>> list(moved_totals(ledger).columns)
    ['total', 'low_before', 'high_before', 'low', 'high', 'release']
    """
    before = pd.read_csv(_FILE, dtype={"release": "str"})
    both = before.merge(release_totals(ledger), on="total", how="outer", suffixes=("_before", ""), sort=False)
    still = [(both[f"{end}_before"] - both[end]).abs() < _KEPT for end in ("low", "high")]
    columns = ["total", "low_before", "high_before", "low", "high", "release"]
    return both.loc[~(still[0] & still[1]), columns].assign(release=before["release"].iloc[0]).reset_index(drop=True)


def moved_lines(ledger: Ledger) -> list[str]:
    """Say in lines of text which totals moved since the last release, for who reviews a change of data."""
    moved = moved_totals(ledger)
    release = pd.read_csv(_FILE, dtype={"release": "str"})["release"].iloc[0]
    if moved.empty:
        return [f"No total moved since release {release}."]
    head = f"{len(moved)} total(s) moved since release {release}:"
    before = [_written(row.total, row.low_before, row.high_before) for row in moved.itertuples()]
    now = [_written(row.total, row.low, row.high) for row in moved.itertuples()]
    return [head, *(f"  {name}: {was} → {now}" for name, was, now in zip(moved["total"], before, now, strict=True))]


def record_release(ledger: Ledger, path: Path = _FILE) -> None:
    """Write the totals as those of the release that is now the last: one step of making it (CONTRIBUTING has all)."""
    text = release_totals(ledger).round(2).assign(release=__version__).to_csv(index=False, lineterminator="\n")
    files.write_text(path, text)


def _written(name: str, low: float, high: float) -> str:
    if math.isnan(low):
        return "nothing"
    if name.startswith(_NAMES):
        return f"{low:.0f}" if low == high else f"{low:.0f}–{high:.0f}"
    # whole euros: a small move must show too
    return " to ".join(f"€{figure:,.0f}" for figure in dict.fromkeys((low, high)))


def _totals(ledger: Ledger) -> Iterator[tuple[str, float, float]]:
    days = {
        None: "as announced",
        LAST_SUMMIT_DAY: f"as of {LAST_SUMMIT_DAY}",
        last_day(ledger).date(): "as of the last day",
    }
    for rule in RULES:
        for day, words in days.items():
            found = total(ledger, rule=rule, as_of=day)
            name = f"{rule}, {words}"
            yield f"added up carelessly, {name}", found.naive.low, found.naive.high
            yield f"each euro once, {name}", found.low, found.high
    for row in ladder(ledger).itertuples():
        yield f"ladder: {row.rung}", row.low, row.high
    for row in envelope_by_rule(ledger, "france-109bn").itertuples():
        yield f"inside the 109: parts, {row.rule}", row.parts_low, row.parts_high
    for declaration in ledger.declarations["declaration_id"]:
        names = names_listed(ledger, declaration)
        for kind in ("state", "organisation"):
            low, high = map(float, names.loc[kind, ["low", "high"]])
            yield f"{_NAMES} {declaration}: {kind}", low, high
