"""Pledges beside each other: one rate for all, years counted whole, shares that do not move with the day."""

import csv
import datetime as dt
import re

import numpy as np
import pandas as pd
import pytest

from pictures import assert_texts_fit, draw_all, in_both_languages, picture
from summit_analysis import charts, compare_pledges, resolve_claims
from summit_analysis.base import files
from summit_analysis.base.errors import ChoiceError, MissingRateError
from summit_analysis.base.text import words

BILLION = 1e9
DRAW = {"per year": charts.comparison, "output": charts.share_of_gdp}
EACH = in_both_languages(DRAW)
LANGS = pytest.mark.parametrize("lang", ["en", "fr"])


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


# --- figures


@pytest.fixture(scope="module")
def figures(ledger):
    return draw_all(ledger, DRAW)


def places(chart):
    """Row label and whether it is bold, by the place of the row."""
    (axes,) = chart.figure.axes
    return {
        round(float(tick), 6): (label.get_text(), label.get_fontweight() == "bold")
        for tick, label in zip(axes.get_yticks(), axes.get_yticklabels(), strict=True)
    }


@LANGS
def test_bars_ranges_and_lines_are_the_rows(ledger, figures, lang):
    chart = figures["per year", lang]
    (axes,) = chart.figure.axes
    labels, names = places(chart), ledger.names(lang)
    rows = chart.data.set_index(chart.data["pledge_id"].map(names))
    bars = {"low": {}, "range": {}, "fewer": {}}
    for bar in axes.patches:
        label, bold = labels[round(bar.get_y() + bar.get_height() / 2, 6)]
        assert bold == (rows.loc[label, "group"] == "summit")
        if bar.get_x() == 0:
            bars["low"][label] = bar.get_width()
            assert bool(bar.get_hatch()) == pd.notna(rows.loc[label, "comparable"])
        else:
            bars["range"][label] = bar.get_x() + bar.get_width()
    for line in axes.lines:
        bars["fewer"][labels[round(line.get_ydata()[0], 6)][0]] = line.get_xdata()[1]
    assert bars["low"] == pytest.approx((rows["low_per_year"] / BILLION).to_dict())
    ranged = rows[rows["high_per_year"] > rows["low_per_year"]]
    assert bars["range"] == pytest.approx((ranged["high_per_year"] / BILLION).to_dict())
    assert len(ranged) > 0
    assert bars["fewer"] == pytest.approx((rows["high_per_year_fewer"].dropna() / BILLION).to_dict())


@LANGS
def test_one_year_and_several_years_stand_in_groups_of_their_own(figures, lang):
    chart = figures["per year", lang]
    horizon = chart.data["horizon"].tolist()
    assert horizon == sorted(horizon, key=["one-year", "multi-year"].index)
    shown = [text.get_text() for text in chart.figure.axes[0].texts]
    for heading in ("one-year", "multi-year"):
        assert words("comparison", lang)[heading] in shown
    # beside each bar stands over which years
    for row in chart.data[chart.data["horizon"] == "multi-year"].itertuples():
        assert any(f"{row.horizon_start}–{row.horizon_end}" in text for text in shown)


@LANGS
def test_dots_are_the_rows(ledger, figures, lang):
    chart = figures["output", lang]
    (axes,) = chart.figure.axes
    labels, names = places(chart), ledger.names(lang)
    rows = chart.data.set_index(chart.data["pledge_id"].map(names))
    seen = []
    for dots in axes.collections:
        if not hasattr(dots, "get_sizes") or not len(dots.get_sizes()):
            continue
        (low, place), (high, _) = dots.get_offsets()
        label, bold = labels[round(float(place), 6)]
        seen.append(label)
        assert [low, high] == pytest.approx((100 * rows.loc[label, ["share_low", "share_high"]]).tolist())
        assert (dots.get_facecolor()[0][:3].tolist() == [1, 1, 1]) == pd.notna(rows.loc[label, "comparable"])
        assert bold == (rows.loc[label, "group"] == "summit")
    assert sorted(seen) == sorted(rows.index)


@EACH
def test_who_is_not_drawn_is_named(ledger, figures, name, lang):
    chart = figures[name, lang]
    compared = compare_pledges(ledger)
    rest = compared[~compared["pledge_id"].isin(chart.data["pledge_id"]) & compared["high"].notna()]
    shown = re.sub(r"\s+", " ", " ".join(text.get_text() for text in chart.figure.axes[0].texts))
    assert [label for label in ledger.names(lang)[rest["pledge_id"]] if label not in shown] == []
    assert len(chart.data) > 10


@EACH
def test_texts_are_legible_and_lie_inside_apart_and_on_no_bar(figures, name, lang):
    (axes,) = figures[name, lang].figure.axes
    marks = [mark.get_window_extent() for mark in [*axes.patches, *axes.lines]]
    assert_texts_fit(figures[name, lang], marks, more_than=20)


@EACH
def test_texts_of_both_languages(figures, name, lang):
    chart = figures[name, lang]
    assert chart.title
    assert "{" not in chart.text()
    assert ("Source:" in chart.source) == (lang == "en")
    if lang == "fr":
        assert not re.search(r"\d\.\d|€\d|\dbn", chart.title + chart.alt)
    assert chart.data.equals(figures[name, "en"].data)


@pytest.mark.parametrize("draw", DRAW.values())
def test_an_unknown_language_is_our_error(ledger, draw):
    with pytest.raises(ChoiceError, match="'de'"):
        draw(ledger, lang="de")


@pytest.mark.parametrize("to", ["USD", "JPY"])
def test_another_currency_draws_the_same_order(ledger, to):
    euros, other = charts.comparison(ledger).data, charts.comparison(ledger, to=to).data
    kept = other[other["pledge_id"].isin(euros["pledge_id"])]
    assert kept["pledge_id"].tolist() == euros["pledge_id"].tolist()


@picture("comparison-per-year.png")
def test_picture_per_year(figures):
    return figures["per year", "en"].figure


@picture("share-of-output.png")
def test_picture_share_of_output(figures):
    return figures["output", "en"].figure
