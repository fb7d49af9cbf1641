"""How pledges compare: one currency on one day, per year, per inhabitant, as a share of one year's output."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from summit_analysis.claims import printed_figures
from summit_analysis.conversion import normalise
from summit_analysis.horizons import years_between
from summit_analysis.rates import EURO, clean_code
from summit_analysis.resolving import Rule, resolve_claims

if TYPE_CHECKING:
    from summit_analysis.tables import Ledger

SUMMIT_DAY = "2025-02-10"
"""Opening of the summit proper, a day on which the ECB published: the one day whose rate serves all rows."""
GDP_CURRENCY = "USD"
HORIZONS = ("one-year", "multi-year", "unstated")

OTHER_MONEY = {
    "cmp-are-gaiip-100bn": ("debt-included", "debt on top of what investors put in"),
    "cmp-chn-alibaba-380bn": ("abroad-too", "not limited to China in the sources"),
    "cmp-chn-ndrc-data-centres-2tn": ("reported-only", "draft plan, never announced"),
    "cmp-fra-choose-france-2025": ("all-sectors", "an investment summit of all industries"),
    "cmp-ita-uae-40bn": ("all-sectors", "several sectors, data centres among them"),
    "cmp-jpn-public-private-50tn": ("chips-too", "chips and AI together, hoped for"),
    "cmp-kor-growth-fund": ("chips-too", "AI, chips, bio, defence, robots and mobility"),
    "cmp-sau-humain-77bn": ("reported-only", "cost estimated by a newspaper, no budget"),
    "cmp-sau-humain-venture-10bn": ("reported-only", "planned fund, reported by a newspaper"),
    "cmp-sau-transcendence-100bn": ("reported-only", "unnamed people, never announced"),
    "cmp-usa-alphabet-capex-2025": ("all-purposes", "all capital expenditure of the company"),
    "cmp-usa-amazon-capex-2025": ("all-purposes", "all capital expenditure, from the run rate of a quarter"),
    "cmp-usa-meta-capex-2025": ("all-purposes", "all capital expenditure of the company"),
    "current-ai-target-2-5bn": ("target", "to be raised, not committed"),
    "investai": ("target", "to be mobilised, not a budget"),
    "prologis-choose-france-2025": ("warehouses-too", "warehouses beside data centres"),
}
"""What kind of money is meant where it is not money for AI that a pledger announced: a word and a reason. Read from
the notes of the pledges and of their claims; rows that other columns give away are added by `compare_pledges`."""

ANNOUNCING_PERIOD = {"cmp-gbr-investment-39bn": "six months in which the money was announced, not spent"}
"""Pledges whose ``horizon_start`` and ``horizon_end`` do not bound the spending, and why."""


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
          table, empty where the table's dates bound the announcing and not the spending; ``years``: from the first to
          the last of them, both counted whole (2025 to 2029 are five, July 2024 to June 2025 is one);
        - ``low_per_year``, ``high_per_year``: the figures divided by ``years``; ``high_per_year_fewer``: the high one
          divided by one year fewer, as who says "over four years" of 2025 to 2029;
        - ``gdp`` (whole US dollars of ``gdp_year``), ``share_low``, ``share_high``: the figures as a share of it (1 is
          one year's output), put into dollars at the mean rate of that year; ``low_per_person``, ``high_per_person``:
          divided by inhabitants. Empty where no single economy receives the money (``WLD``);
        - ``comparable``: a word for money of another kind (``no-money``, ``financing``, or see `OTHER_MONEY`), empty
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
    valued = normalise(claims, amounts=["low", "high"], to=to, on=on, rates=ledger.rates)
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
    valued = normalise(
        dated, amounts=["low", "high"], date="year", to=GDP_CURRENCY, period="year", rates=ledger.rates
    ).groupby("pledge_id")
    economy = economy.drop(columns="recipient_country").astype({"gdp": "float64", "population": "float64"})
    return economy.assign(
        share_low=valued[f"low_{GDP_CURRENCY}"].min() / economy["gdp"],
        share_high=valued[f"high_{GDP_CURRENCY}"].max() / economy["gdp"],
    )


def _per_year(frame: pd.DataFrame) -> pd.DataFrame:
    spent = ~frame.index.isin(list(ANNOUNCING_PERIOD))
    frame = frame.assign(**{name: frame[name].where(spent) for name in ("horizon_start", "horizon_end")})
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
    by_hand = pd.DataFrame.from_dict(OTHER_MONEY, orient="index", columns=["comparable", "reason"])
    found = by_hand.reindex(pledges.index).astype("str")
    for rows, word, reason in (
        (pledges["pledger_kind"] == "public-bank", "financing", "a public bank lends, guarantees and buys shares"),
        (pledges["money_kind"] == "none", "no-money", "land or power, no money"),
    ):
        found.loc[rows, ["comparable", "reason"]] = word, reason
    return found
