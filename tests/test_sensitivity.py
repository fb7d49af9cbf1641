"""What the day, the convention and the currency do to a total, against the ECB's printed rates, by hand."""

import itertools
from datetime import date
from decimal import Decimal

import pandas as pd
import pytest

import invented
from summit_analysis import RULES, load, total, total_by_convention
from summit_analysis.base.errors import ChoiceError, FrameError, MissingRateError
from summit_analysis.pledges.compare import shared_rates, spread

claim, pledge = invented.claim, invented.pledge

SHARED = {
    "last-published": ("2025-02-07", "day"),
    "next-published": ("2025-02-10", "day"),
    "dollar-cheapest": ("2025-02-25", "day"),
    "dollar-dearest": ("2025-02-03", "day"),
    "month-mean": ("2025-02-01", "month"),
    "year-mean": ("2025-01-01", "year"),
    "last-day": ("2026-10-30", "day"),
}
EACH = ["own-day", "announcement-day", "own-month", "own-year"]


def mean(published, currency, period):
    """Return the mean of the rates printed on the days whose ISO text begins with `period`."""
    texts = [row[currency] for day, row in published.items() if day.isoformat().startswith(period)]
    return sum(map(Decimal, texts)) / len(texts)


def rate(published, currency, name):
    """Return the rate of a shared convention, from the printed text."""
    day, period = SHARED[name]
    if period == "day":
        return Decimal(published[date.fromisoformat(day)][currency])
    return mean(published, currency, day[: {"month": 7, "year": 4}[period]])


def by_name(ledger, **options):
    return total_by_convention(ledger, **options).set_index("convention")


@pytest.fixture(scope="module")
def made_up(copy_tables):
    """A ledger with pledges that nobody made, each for one question."""
    tables, agency, press = copy_tables(), invented.AGENCY, invented.PRESS
    in_dollars, in_may = {"currency": "USD"}, {"announced_on": "2024-05-14"}
    # announced on a Tuesday in May, said on a Sunday in February
    pledge(tables, "sunday", **in_may)
    claim(tables, "sunday", 1_000_000, **in_dollars, claimed_on="2025-02-09")
    pledge(tables, "undated", announced_on="")
    claim(tables, "undated", 1_000_000, **in_dollars, claimed_on="2025-02-11")
    pledge(tables, "of-a-year", **in_may)
    claim(tables, "of-a-year", 1_000_000, invented.UNDATED, **in_dollars, claimed_on="", claimed_period="2023")
    pledge(tables, "said-twice", 1_000_000)
    claim(tables, "said-twice", 1_000_000, agency, claimed_on="2025-09-01")
    pledge(tables, "raised", 2_000_000)
    claim(tables, "raised", 3_000_000, agency, **in_dollars, claimed_on="2025-09-01")
    pledge(tables, "converted", 1_000_000)
    claim(tables, "converted", 1_040_000, press, **in_dollars, standing="derived")
    pledge(tables, "whole", 5_000_000)
    pledge(tables, "part", inside="whole")
    claim(tables, "part", 1_000_000, **in_dollars)
    pledge(tables, "other")
    claim(tables, "other", 1_000_000, **in_dollars)
    pledge(tables, "floor")
    claim(tables, "floor", 1_000_000, qualifier="at-least", amount_high="")
    pledge(tables, "several", inside="floor")
    pledge(tables, "roubles", announced_on="2021-05-14")
    claim(tables, "roubles", 1_000_000, currency="RUB", claimed_on="2021-05-14")
    return load(tables)


@pytest.fixture(scope="module")
def sunday(made_up):
    """The dollars said on a Sunday, in euros and in pounds."""
    return {to: by_name(made_up, where="sunday", to=to) for to in ("EUR", "GBP")}


# --- the shared rates


def test_a_sunday_has_a_friday_and_a_monday(ledger, published):
    found = shared_rates(ledger.rates)
    assert {name: (str(day.date()), period) for name, (day, period) in found.items()} == SHARED
    february = {day: Decimal(row["USD"]) for day, row in published.items() if day.isoformat()[:7] == "2025-02"}
    assert found["dollar-cheapest"][0].date() == max(february, key=february.get)
    assert found["dollar-dearest"][0].date() == min(february, key=february.get)


def test_a_day_of_publication_has_its_own_rate_and_the_next(ledger):
    found = shared_rates(ledger.rates, "2025-04-17")
    # Good Friday and Easter Monday lie between
    assert found["last-published"][0] == pd.Timestamp("2025-04-17")
    assert found["next-published"][0] == pd.Timestamp("2025-04-22")


def test_after_the_last_day_there_is_no_next_one(ledger):
    last = ledger.rates.days[-1].item()
    found = shared_rates(ledger.rates, last)
    assert "next-published" not in found
    assert found["last-published"] == found["last-day"] == (pd.Timestamp(last), "day")


@pytest.mark.parametrize(
    ("day", "error"), [("1998-12-31", MissingRateError), ("2031-01-01", MissingRateError), ("Sunday", FrameError)]
)
def test_a_day_without_rates_is_our_error(ledger, day, error):
    with pytest.raises(error):
        shared_rates(ledger.rates, day)


# --- totals by hand


@pytest.mark.parametrize("name", SHARED)
def test_one_rate_for_all(sunday, published, name):
    found = sunday["EUR"].loc[name]
    assert (str(found["day"].date()), found["period"]) == SHARED[name]
    expected = 1_000_000 / rate(published, "USD", name)
    assert found["low"] == found["high"] == pytest.approx(float(expected), rel=1e-12)


@pytest.mark.parametrize("name", SHARED)
def test_a_cross_divides_two_rates_of_one_day(sunday, published, name):
    expected = 1_000_000 * rate(published, "GBP", name) / rate(published, "USD", name)
    assert sunday["GBP"].loc[name, "high"] == pytest.approx(float(expected), rel=1e-12)


def test_each_at_a_rate_of_its_own(sunday, published):
    found = sunday["EUR"]
    rates = {
        # of Sunday the Friday
        "own-day": Decimal(published[date(2025, 2, 7)]["USD"]),
        "announcement-day": Decimal(published[date(2024, 5, 14)]["USD"]),
        "own-month": mean(published, "USD", "2025-02"),
        "own-year": mean(published, "USD", "2025"),
    }
    for name, per_euro in rates.items():
        assert found.loc[name, "high"] == pytest.approx(float(1_000_000 / per_euro), rel=1e-12)
        moved = rates["own-day"] / per_euro - 1
        assert found.loc[name, "moved_high"] == pytest.approx(float(moved), abs=1e-12)
        assert pd.isna(found.loc[name, "day"])
    assert found.index.tolist() == [*EACH, *SHARED]


def test_without_a_day_of_announcement_the_own_day_stays(made_up, published):
    found = by_name(made_up, where="undated")
    expected = float(1_000_000 / Decimal(published[date(2025, 2, 11)]["USD"]))
    assert found.loc["announcement-day", "high"] == found.loc["own-day", "high"] == pytest.approx(expected, rel=1e-12)


def test_a_claim_known_by_its_year_has_no_month(made_up, published):
    found = by_name(made_up, where="of-a-year")
    of_year = float(1_000_000 / mean(published, "USD", "2023"))
    for name in ("own-day", "own-month", "own-year"):
        assert found.loc[name, "high"] == pytest.approx(of_year, rel=1e-12)
    # the announcement has a day, so its convention uses that
    of_day = 1_000_000 / Decimal(published[date(2024, 5, 14)]["USD"])
    assert found.loc["announcement-day", "high"] == pytest.approx(float(of_day), rel=1e-12)


def test_one_figure_said_twice_is_one_figure_at_one_rate(made_up, published):
    found = by_name(made_up, where="said-twice", to="USD")
    low, high = (Decimal(published[day]["USD"]) for day in (date(2025, 2, 10), date(2025, 9, 1)))
    assert found.loc["own-day", ["low", "high"]].tolist() == pytest.approx([float(low * 10**6), float(high * 10**6)])
    shared = found.loc[list(SHARED)]
    assert shared["low"].tolist() == shared["high"].tolist()


def test_the_rule_reads_the_same_claims_under_every_convention(made_up, published):
    # by the day of the announcement, neither claim would be the later one
    found = by_name(made_up, where="raised", rule="latest")
    for name in SHARED:
        expected = float(3_000_000 / rate(published, "USD", name))
        assert found.loc[name, ["low", "high"]].tolist() == pytest.approx([expected, expected], rel=1e-12)
    assert found.loc["announcement-day", "low"] == found.loc["announcement-day", "high"]


def test_a_conversion_that_nobody_stated_is_not_read(made_up):
    found = by_name(made_up, where="converted")
    assert (found[["low", "high"]] == 1_000_000).all(axis=None)


def test_envelope_and_part_count_once(made_up, published):
    found = by_name(made_up, where=["whole", "other"])
    for name in SHARED:
        expected = 5_000_000 + float(1_000_000 / rate(published, "USD", name))
        assert found.loc[name, "high"] == pytest.approx(expected, rel=1e-12)


def test_open_ends_and_missing_figures_stay_out_of_the_way(made_up):
    found = by_name(made_up, where="floor")
    assert (found[["low", "high"]] == 1_000_000).all(axis=None)


def test_a_currency_that_ended_has_no_later_rate(made_up):
    with pytest.raises(MissingRateError, match="RUB"):
        total_by_convention(made_up, where="roubles")


# --- the shipped ledger


@pytest.mark.parametrize(("to", "rule"), list(itertools.product(["EUR", "USD"], RULES)))
def test_the_first_row_is_the_total(ledger, to, rule):
    own, plain = by_name(ledger, to=to, rule=rule).loc["own-day"], total(ledger, to, rule)
    assert (own["low"], own["high"]) == pytest.approx((plain.low, plain.high), rel=1e-12)


def test_euros_do_not_move_in_euros(ledger):
    found = total_by_convention(ledger, where=["france-109bn", "bpifrance-ai-2029"])
    assert (found[["moved_low", "moved_high"]] == 0).all(axis=None)
    # the bank's 10 billion may lie inside the 109
    assert (found[["low", "high"]] == [109e9, 119e9]).all(axis=None)


def test_spread_is_the_distance_the_wider_bound_goes(ledger):
    tables = {to: by_name(ledger, to=to) for to in ("EUR", "USD")}
    found = spread(pd.concat(tables.values()))
    assert found.index.tolist() == ["EUR", "USD"]
    for to, table in tables.items():
        assert found[to] == max(table[bound].max() - table[bound].min() for bound in ("low", "high"))


def test_the_ledger_is_not_changed(ledger):
    before = ledger.claims.copy()
    total_by_convention(ledger, to="USD")
    pd.testing.assert_frame_equal(ledger.claims, before)


def test_wrong_words_are_our_errors(ledger):
    for options in ({"rule": "oldest"}, {"where": "no-such-pledge"}):
        with pytest.raises(ChoiceError):
            total_by_convention(ledger, **options)
    with pytest.raises(MissingRateError, match="unknown currency"):
        total_by_convention(ledger, to="XXX")
