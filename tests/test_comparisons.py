"""Pledges beside each other: one rate for all, years counted whole, shares that do not move with the day."""

import csv
import datetime as dt

import numpy as np
import pandas as pd
import pytest

from summit_analysis import compare_pledges, resolve_claims
from summit_analysis.base import files
from summit_analysis.base.errors import ChoiceError, MissingRateError
from summit_analysis.base.text import words


def cells(table, key, value):
    """Read the rows of a table as text, without the code under test."""
    with (files.shipped("data") / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row[key] == value]


def printed(pledge):
    """Lowest and highest figure of the claims that stand, and their one currency."""
    rows = [row for row in cells("claims", "pledge_id", pledge) if row["standing"] == "stands"]
    (currency,) = {row["currency"] for row in rows}
    figures = [float(row[end]) for row in rows for end in ("amount_low", "amount_high") if row[end]]
    return min(figures), max(figures), currency


def mean_of_2024(published, currency):
    if currency == "EUR":
        return 1.0
    return np.mean([float(row[currency]) for day, row in published.items() if day.year == 2024])


@pytest.fixture(scope="module")
def compared(ledger):
    return compare_pledges(ledger).set_index("pledge_id")


# --- amounts


@pytest.mark.parametrize(
    ("pledge", "years"),
    [
        ("france-109bn", 7),
        ("cmp-usa-stargate-500bn", 5),
        ("cmp-usa-microsoft-capex-fy2025", 1),
        ("cmp-usa-meta-capex-2025", 1),
        ("cmp-chn-bank-of-china-1tn", 6),
        ("cmp-ind-indiaai-mission", 6),
        ("cmp-kor-growth-fund", 6),
        ("current-ai-target-2-5bn", 6),
    ],
)
def test_amounts_are_the_cells_at_the_rate_of_one_day(compared, published, pledge, years):
    low, high, currency = printed(pledge)
    rate = 1.0 if currency == "EUR" else float(published[dt.date(2025, 2, 10)][currency])
    row = compared.loc[pledge]
    assert row[["low_printed", "high_printed", "currency", "rate"]].tolist() == [low, high, currency, rate]
    assert row[["low", "high"]].tolist() == pytest.approx([low / rate, high / rate], rel=1e-14)
    assert row["years"] == years
    assert row[["low_per_year", "high_per_year"]].tolist() == pytest.approx([low / rate / years, high / rate / years])
    if years > 1:
        assert row["high_per_year_fewer"] == pytest.approx(high / rate / (years - 1))
    else:
        assert pd.isna(row["high_per_year_fewer"])


@pytest.mark.parametrize(
    ("pledge", "iso3"),
    [
        ("cmp-usa-stargate-500bn", "USA"),
        ("france-109bn", "FRA"),
        ("investai", "EUE"),
        ("cmp-jpn-public-private-50tn", "JPN"),
        ("cmp-sau-humain-77bn", "SAU"),
    ],
)
def test_shares_are_dollars_of_the_year_over_output_of_the_year(compared, published, pledge, iso3):
    low, high, currency = printed(pledge)
    (economy,) = cells("economies", "iso3", iso3)
    assert economy["gdp_year"] == "2024"
    in_dollars = mean_of_2024(published, "USD") / mean_of_2024(published, currency)
    shares = [figure * in_dollars / float(economy["gdp"]) for figure in (low, high)]
    row = compared.loc[pledge]
    assert row[["share_low", "share_high"]].tolist() == pytest.approx(shares, rel=1e-12)
    people = float(economy["population"])
    assert row["high_per_person"] == pytest.approx(row["high"] / people)


def test_the_share_of_stargate_is_a_quotient_of_two_dollar_figures(compared):
    assert compared.loc["cmp-usa-stargate-500bn", "share_high"] == pytest.approx(500e9 / 29298025000000)


def test_every_pledge_that_is_no_part_has_one_row(ledger, compared):
    whole = ledger.pledges.loc[ledger.pledges["parent_id"].isna(), "pledge_id"]
    assert compared.index.tolist() == whole.tolist()
    assert set(compared["group"]) == {"summit", "comparator"}


def test_all_rates_are_of_one_day(compared):
    assert compared["rate_date"].dropna().unique().tolist() == [pd.Timestamp("2025-02-10")]


def test_the_day_moves_amounts_and_no_share(ledger, compared):
    other = compare_pledges(ledger, on="2026-01-05").set_index("pledge_id")
    dollars = compared["currency"] == "USD"
    assert (other.loc[dollars, "high"] != compared.loc[dollars, "high"]).all()
    pd.testing.assert_series_equal(other["share_high"], compared["share_high"])
    euros = compared["currency"] == "EUR"
    assert (other.loc[euros, "high"] == compared.loc[euros, "high"]).all()


def test_dollars_are_not_converted_into_dollars(ledger):
    in_dollars = compare_pledges(ledger, to="USD").set_index("pledge_id")
    assert in_dollars.loc["cmp-usa-stargate-500bn", "high"] == 500e9
    assert in_dollars.loc["france-109bn", "high"] == pytest.approx(109e9 * 1.0320)


def test_a_conversion_by_a_source_is_no_disagreement(ledger, compared):
    deal = compared.loc["cmp-gbr-tech-prosperity-31bn"]
    assert deal[["low_printed", "high_printed", "currency"]].tolist() == [31e9, 31e9, "GBP"]
    resolved = resolve_claims(ledger).set_index("pledge_id").loc["cmp-gbr-tech-prosperity-31bn"]
    assert resolved["low"] < resolved["high"]


def test_one_day_for_all_leaves_no_spread_that_comes_from_rates(compared):
    same = compared["low_printed"] == compared["high_printed"]
    assert (compared.loc[same, "low"] == compared.loc[same, "high"]).all()


def test_the_rule_of_the_article_has_only_its_pledges(ledger):
    article = ledger.claims.loc[ledger.claims["source_id"] == "seed-article", "pledge_id"]
    rows = compare_pledges(ledger, rule="article")
    assert len(rows) > 0
    assert set(rows["pledge_id"]) <= set(article)


def test_what_does_not_exist_is_our_error(ledger):
    with pytest.raises(ChoiceError, match="middle"):
        compare_pledges(ledger, rule="middle")
    with pytest.raises(MissingRateError):
        compare_pledges(ledger, on="1998-01-02")


# --- horizons and kinds of money


def test_horizons(compared):
    assert (compared["horizon"] == "one-year").sum() == 5
    capex = compared[compared.index.str.contains("-capex-")]
    assert set(capex["horizon"]) == {"one-year"}
    assert len(capex) == 4
    unstated = compared["horizon"] == "unstated"
    assert (
        compared.loc[unstated, ["years", "low_per_year", "high_per_year", "high_per_year_fewer"]].isna().all(axis=None)
    )
    assert (compared.loc[~unstated, "years"] == compared.loc[~unstated, "years"].round()).all()


def test_the_time_of_announcing_is_no_horizon(compared):
    assert compared.loc["cmp-gbr-investment-39bn", "horizon"] == "unstated"


def test_no_economy_receives_what_goes_to_the_world(compared):
    world = compared["recipient_country"] == "WLD"
    assert world.sum() == 7
    assert compared.loc[world, ["gdp", "share_high", "high_per_person"]].isna().all(axis=None)
    assert compared.loc[~world, "gdp"].notna().all()


def test_words_for_other_money_are_those_of_the_table_and_exist_in_both_languages(ledger, compared):
    told = ledger.pledges.dropna(subset="other_money").set_index("pledge_id")["other_money"]
    assert len(told) == 16
    assert compared.loc[told.index, "comparable"].tolist() == told.tolist()
    for lang in ("en", "fr"):
        assert set(compared["comparable"].dropna()) <= set(words("comparison", lang))
    assert compared.loc["france-35-sites", "comparable"] == "no-money"
    assert compared.loc["cmp-chn-bank-of-china-1tn", "comparable"] == "financing"
    assert compared.loc[["france-109bn", "cmp-usa-stargate-500bn"], "comparable"].isna().all()
    assert (compared["comparable"].isna() == compared["reason"].isna()).all()
