"""Who says what of a pledge and when, the rules that make one amount of it, what became of it, what it compares to."""

import itertools
from decimal import Decimal
from functools import cache, partial
from random import Random

import numpy as np
import pandas as pd
import pytest

import invented
import summit_analysis as sa
from printed import BOUNDS, READERS, cell, cells
from summit_analysis import RULES, compare_pledges, resolve_claims, status, total, value_claims
from summit_analysis.base.errors import MissingRateError
from summit_analysis.pledges import status as became
from summit_analysis.pledges.claims import date_claims, only_up_to, select, settle_claims
from summit_analysis.pledges.compare import shared_rates
from summit_analysis.pledges.once import forest_of

TRANCHE = "mgx-campus-first-tranche"


def by(frame, key="pledge_id"):
    return frame.set_index(key)


def row(frame, name, columns=slice(None)):
    return tuple(map(cell, frame.loc[name, columns]))


def rows(frame, expected, columns):
    return {name: row(frame, name, columns) for name in expected}


def became_by(ledger, expected, columns):
    return {(name, day): row(by(status(ledger, day)), name, columns) for name, day in expected}


@pytest.fixture(scope="module")
def rate(published):
    """The mean of the rates printed for a currency on the days whose ISO text begins with a period."""

    @cache
    def mean(currency, period):
        texts = [{"EUR": "1", **rates}[currency] for day, rates in published.items() if str(day).startswith(period)]
        return sum(map(Decimal, texts)) / len(texts)

    return mean


SMALL = """
announced-later 10 announced_on=2025-03-01 | claim 20 UNDATED claimed_on= claimed_period=2025
never-dated 10 announced_on= | claim 20 UNDATED claimed_on=
then-vague 10 | claim several PRESS claimed_on=2025-02-11
this-year ? announced_on= | claim 20 UNDATED claimed_on= claimed_period=2026
only-vague ? | claim several
three-classes 10 | claim 20 AGENCY claimed_on=2025-02-11 | claim 30 PRESS claimed_on=2025-02-12
agency-and-press ? | claim 20 AGENCY | claim 30 PRESS claimed_on=2025-02-12
quoted ? | claim 20 PRESS attributed_to=Nobody attributed_is_pledger=yes |\
 claim 30 AGENCY attributed_to=analysts attributed_is_pledger=no claimed_on=2025-02-12
half-a-year 6 horizon_start=2025-01-01 horizon_end=2025-06-30
a-year 6 horizon_start=2025-01-01 horizon_end=2025-12-31
two-years 6 horizon_start=2025-01-01 horizon_end=2026-12-31 | site-chosen 3 part
three-to-five 21-42 horizon_start=2025 horizon_end=2031 horizon_years=3-5 horizon_years_source_id=01net-109bn-20250210
four-they-say 12 recipient_country=WLD horizon_years=4 horizon_years_source_id=01net-109bn-20250210
shrunk 80-100 horizon_start=2025 horizon_end=2026 | site-chosen 2025-05-01 60 part | scaled-back 2025-06-01 |\
 site-chosen 2025-07-01 40 part | financed 2025-08-01 20 raised
two-sources ? | permitted MIRROR | permitted 2025-07-01 PRESS | site-chosen PRIMARY
only-retold ? | operating DIGEST
retold-and-copied ? | operating DIGEST | operating 2025-07-01 MIRROR
on-a-page ? | operating updated_period=
by-itself ? | operating updated_period=2025 | operating MIRROR
left-and-when ? | withdrawn updated_period=2025-06 | withdrawn 2025-06-20 PRESS
same-month ? | scaled-back 2025-06-20 | enlarged updated_period=2025-06
left-they-say ? | withdrawn DIGEST | withdrawn MIRROR
ceiling ? | claim 20 qualifier=up-to amount_low= | claim several PRESS
no-ceiling ? | claim 20 qualifier=up-to amount_low= | claim 20 PRESS
"""
"""What the rules read of them, what they compare to, what became of them."""
RATED = """
sunday ? announced_on=2024-05-14 | claim 1e6 currency=USD claimed_on=2025-02-09
undated ? announced_on= | claim 1e6 currency=USD claimed_on=2025-02-11
of-a-year ? announced_on=2024-05-14 | claim 1e6 UNDATED currency=USD claimed_on= claimed_period=2023
raised 2e6 | claim 3e6 AGENCY currency=USD claimed_on=2025-09-01
converted 1e6 | claim 1.04e6 PRESS currency=USD standing=derived
whole 5e6 | part ? inside=whole | claim 1e6 currency=USD
other ? | claim 1e6 currency=USD
floor ? | claim 1e6 qualifier=at-least amount_high= | several ? inside=floor
quarrel ? | claim 10-20 currency=USD attributed_to=Nobody attributed_is_pledger=yes |\
 claim 40 AGENCY currency=USD attributed_to=analysts attributed_is_pledger=no | claim 50 PRESS |\
 claim 900 UNDATED currency=USD standing=other-scope standing_reason=Invented
tallied ? | claim 900 currency=USD standing=tally standing_reason=Invented
moved ? | claim 10 currency=USD | claim 10 AGENCY currency=USD claimed_on=2025-09-01
in-article ? | claim 10 source_id=seed-article standing=slip standing_reason=Invented |\
 claim 20 source_id=seed-article claim_id=in-article--seed-article-2 currency=USD standing=slip standing_reason=Invented
roubles ? announced_on=2021-05-14 | claim 1e6 currency=RUB claimed_on=2021-05-14
"""
"""Each for one question about rates: announced on a Tuesday in May and said on a Sunday in February, and others."""


@pytest.fixture(scope="module")
def small(copy_tables):
    return invented.write(copy_tables(), SMALL)


@pytest.fixture(scope="module")
def rated(copy_tables):
    return invented.write(copy_tables(), RATED)


# --- the day of a claim, and what claims disagree about

DATED = {
    # source, day and period of the claim, day before which it was not, announcement: the day it is valued on
    "own": ("PRESS", "2025-02-12", "", "", "2025-02-10", "2025-02-12", "own-day"),
    "of-the-source": ("PRESS", "", "2025", "", "2025-02-12", "2025-02-10", "source-day"),
    "no-period": ("UNDATED", "", "", "", "2025-02-10", "2025-02-10", "announcement-day"),
    "first-of-period": ("UNDATED", "", "2025-02", "", "2025-02-01", "2025-02-01", "announcement-day"),
    "last-of-period": ("UNDATED", "", "2025-02", "", "2025-02-28", "2025-02-28", "announcement-day"),
    "after-the-month": ("UNDATED", "", "2025-01", "", "2025-02-10", "2025-01-01", "month"),
    "before-the-month": ("UNDATED", "", "2025-03", "", "2025-02-10", "2025-03-01", "month"),
    "outside-the-year": ("UNDATED", "", "2024", "", "2025-02-10", "2024-01-01", "year"),
    "no-announcement": ("UNDATED", "", "2025-02", "", "", "2025-02-01", "month"),
    "period-too-early": ("UNDATED", "", "2025-02", "2025-02-06", "", "2025-02-06", "earliest-day"),
    "day-too-early": ("UNDATED", "", "2025-02", "2025-02-11", "2025-02-10", "2025-02-11", "earliest-day"),
    "just-in-time": ("UNDATED", "", "2025-02", "2025-02-10", "2025-02-10", "2025-02-10", "announcement-day"),
    "nothing-known": ("UNDATED", "", "", "", "", None, "nothing"),
}


def test_the_order_of_days(copy_tables, small, ledger):
    claim = "claimed_on={} claimed_period={} not_before={}"
    lines = [
        f"{name} ? announced_on={announced} | claim 10 {source} {claim.format(*cells)}"
        for name, (source, *cells, announced, _, _) in DATED.items()
    ]
    dated = by(date_claims(invented.write(copy_tables(), "\n".join(lines))))
    assert rows(dated, DATED, ["valued_on", "valued_by"]) == {name: cells[-2:] for name, cells in DATED.items()}
    # the year is not over: it counts from the last day in the data
    known_on = by(date_claims(small), "claim_id").loc[f"this-year--{invented.UNDATED}", "known_on"]
    assert cell(known_on) == "2026-10-01"
    # so on the last day all claims that a rule may read are read
    last = ledger.sources["published_on"].max().date()
    pd.testing.assert_frame_equal(resolve_claims(ledger, as_of=last), resolve_claims(ledger))


DISAGREE = {
    # two claims in the currency of most, one of them a range; a figure of another scope is read by nobody
    "quarrel": (4, 3, "USD", 10, 40, 4, "amount, currency, scope, attribution"),
    "converted": (2, 2, "EUR", 1e6, 1e6, 1, ""),
    "raised": (2, 2, "EUR", 2e6, 2e6, 1, "currency"),
    # nothing that a rule may read: the currency is that of the rest
    "tallied": (1, 0, "USD", None, None, None, "scope"),
}


def test_what_claims_disagree_about(rated):
    columns = ["claims", "standing_claims", "currency", "low", "high", "spread", "about"]
    found, in_dollars = (by(sa.conflicts(rated, to=to)) for to in ("eur", "usd"))
    assert rows(found, DISAGREE, columns) == DISAGREE
    assert in_dollars.loc["quarrel", "amount_at_stake_USD"] == 30
    assert found["amount_at_stake_EUR"].dropna().is_monotonic_decreasing
    # the day alone moves what is printed alike, and nothing in the currency of the claims themselves
    days = by(value_claims(rated)).loc["moved", "rate"]
    assert found.loc["moved", "spread_rates"] == pytest.approx(days.max() / days.min(), rel=1e-12) != 1
    assert in_dollars.loc["moved", "spread_rates"] == 1


# --- rules: one amount for each pledge

CHOICE = {
    # dated only by the announcement, which is later: undated, so never the latest
    "announced-later": ((10, 20), (10, 10), (10, 10)),
    "never-dated": ((10, 20), (10, 10), (10, 10)),
    # a figure is better than none
    "then-vague": ((10, 10), (10, 10), (10, 10)),
    "three-classes": ((10, 30), (10, 10), (30, 30)),
    "agency-and-press": ((20, 30), (20, 20), (30, 30)),
    # the pledger is quoted; analysts are not the pledger
    "quoted": ((20, 30), (20, 20), (30, 30)),
}
AS_OF = {
    ("full-range", TRANCHE, "2025-05-18"): (None, None),
    ("full-range", TRANCHE, "2025-05-19"): (8.5e9, 8.5e9),
    # an elected official says more that day; only `full-range` still reads the others
    ("latest", TRANCHE, "2025-09-10"): (8.5e9, 8.5e9),
    ("full-range", TRANCHE, "2025-09-11"): (8.5e9, 10e9),
    ("latest", TRANCHE, "2025-09-11"): (10e9, 10e9),
}


def test_each_rule_has_its_own_choice_and_as_of_a_day_later_claims_are_not_read(small, ledger):
    resolved = [by(resolve_claims(small, rule)) for rule in READERS]
    assert {name: tuple(row(found, name, BOUNDS) for found in resolved) for name in CHOICE} == CHOICE
    assert select(small).columns[[0, -2, -1]].tolist() == ["pledge_id", "withdrawn", "excluded"]
    # a scale is kept only where there is no figure
    vague = [row(resolved[0], name, [*BOUNDS, "scale"]) for name in ("only-vague", "then-vague")]
    assert vague == [(None, None, 1e9), (10, 10, None)]
    # what says no figure is no figure that says "up to"
    assert only_up_to(small) - only_up_to(ledger) == {"ceiling"}
    found = {asked: row(by(resolve_claims(ledger, *asked[::2])), asked[1], BOUNDS) for asked in AS_OF}
    assert found == AS_OF
    # the article says the same on every day
    pd.testing.assert_frame_equal(resolve_claims(ledger, "article", "2020-01-01"), resolve_claims(ledger, "article"))


def test_an_article_is_read_whole_also_where_it_names_one_sum_in_two_currencies_neither_accepted(rated):
    ends = row(by(resolve_claims(rated, "article")), "in-article", BOUNDS)
    assert ends == pytest.approx((10, 20 / float(sa.quote("EUR", "USD", on="2025-02-10").rate)))


def test_one_figure_said_on_several_days_was_a_range_in_every_other_currency(ledger, rated):
    for seed in range(20):
        one = invented.some_ledger(Random(seed), ledger, quarrel=0)
        for to, rule in itertools.product(["EUR", "USD", "JPY"], READERS):
            found = resolve_claims(one, rule, to=to)
            assert found["low"].equals(found["high"]), (seed, to, rule)
    # the rate is that of the day on which it was first said
    first = by(value_claims(rated), "claim_id").loc[f"moved--{invented.PRIMARY}", "low_EUR"]
    assert by(resolve_claims(rated)).loc["moved", BOUNDS].tolist() == [first, first]


# --- what became of a pledge

BECAME = {
    # strength is of the furthest step, not of an earlier one; the strongest of those known by then
    ("two-sources", "2025-05-31"): ("announced", "announced", None, "no"),
    ("two-sources", "2025-06-30"): ("permitted", "permitted", "mirror", "no"),
    ("two-sources", "2025-07-01"): ("permitted", "permitted", "news", "no"),
    # a digest once passed for a text of its own
    ("only-retold", None): ("operating", "operating", "digest", "no"),
    ("retold-and-copied", "2025-06-30"): ("operating", "operating", "digest", "no"),
    ("retold-and-copied", None): ("operating", "operating", "mirror", "no"),
    # a page without any date: possible on every day but the last
    ("on-a-page", "2026-09-30"): ("announced", "operating", None, "no"),
    ("on-a-page", None): ("operating", "operating", "undated", "no"),
    # a day inside a period is possible, and certain when it is over
    ("by-itself", "2025-05-31"): ("announced", "operating", None, "no"),
    ("by-itself", "2025-12-30"): ("operating", "operating", "mirror", "no"),
    ("by-itself", "2025-12-31"): ("operating", "operating", "primary", "no"),
    # the surest answer wins
    ("left-and-when", "2025-05-31"): ("announced", "announced", None, "no"),
    ("left-and-when", "2025-06-19"): ("announced", "announced", None, "possibly"),
    ("left-and-when", "2025-06-20"): ("announced", "announced", None, "yes"),
}
CHANGED = {
    ("same-month", "2025-06-19"): (None, None),
    ("same-month", "2025-06-29"): ("scaled-back", "2025-06-20"),
    # of a month and a day inside it the month is the last
    ("same-month", "2025-06-30"): ("enlarged", "2025-06-30"),
}


def test_a_day_inside_a_period_is_possible_and_not_certain(ledger, small):
    assert became_by(small, BECAME, ["furthest", "furthest_possible", "strength", "withdrawn"]) == BECAME
    assert became_by(small, CHANGED, ["last_change", "last_change_on"]) == CHANGED
    assert became.hearsay(small) - became.hearsay(ledger) == {"left-they-say"}
    counted = row(by(status(small, "2025-06-30")), "two-sources", ["updates", "source_ids"])
    assert counted == (2, ";".join(small.updates.query("pledge_id == 'two-sources'")["source_id"][::2]))


def test_status_once_called_announced_what_nobody_had_announced_by_then_and_never_goes_back(ledger):
    last = str(ledger.sources["published_on"].max().date())
    days = ["1900-01-01", "2025-02-06", "2025-02-11", "2025-06-30", "2025-12-31", "2026-09-30"]
    frames = [by(status(ledger, day)) for day in [*days, last]]
    for day, before, later in zip(days, frames, frames[1:], strict=False):
        announced = ledger.pledges.loc[ledger.pledges["announced_on"] <= day, "pledge_id"]
        assert before.index.tolist() == announced.tolist()
        # who was announced by a day was so on each later one
        after = later.loc[before.index]
        for column, order in (("furthest", became.STEPS), ("withdrawn", ["no", "possibly", "yes"])):
            assert (before[column].map(order.index) <= after[column].map(order.index)).all()
        assert (before["updates"] <= after["updates"]).all()
    # after the last day nothing is new
    for day in ("2029-12-31", None):
        pd.testing.assert_frame_equal(by(status(ledger, day)), frames[-1])


# --- pledges beside each other

HORIZONS = {
    "half-a-year": ("one-year", 0.5, 0.5, 12, 12),
    "a-year": ("one-year", 1, 1, 6, 6),
    "two-years": ("multi-year", 2, 2, 3, 3),
    # seven years by one source, three to five by another: the low figure over most, the high one over fewest
    "three-to-five": ("multi-year", 3, 7, 3, 14),
    "four-they-say": ("multi-year", 4, 4, 3, 3),
    # a pledge that was scaled back once was compared at its first figure
    "shrunk": ("multi-year", 2, 2, 16, 20),
}


def test_pledges_are_put_at_the_rate_of_one_day_and_beside_heads_and_output(ledger, rate):
    economies, seen = {one["iso3"]: one for one in cells("economies")}, set()
    for one in compare_pledges(ledger).dropna(subset="high").itertuples():
        printed = np.array([one.low_printed, one.high_printed])
        ends = printed / float(rate(one.currency, "2025-02-10"))
        assert (one.low, one.high) == pytest.approx(tuple(ends), rel=1e-14)
        seen |= {one.currency, one.recipient_country}
        # no single economy receives what goes to the world
        if of := economies.get(one.recipient_country):
            # of what stands where a pledge was scaled back
            left = 1 if pd.isna(one.standing) else one.standing / ends[1]
            in_dollars = printed * float(rate("USD", of["gdp_year"]) / rate(one.currency, of["gdp_year"]))
            expected = [*left * in_dollars / float(of["gdp"]), *left * ends / float(of["population"])]
            shown = one.share_low, one.share_high, one.low_per_person, one.high_per_person
            assert shown == pytest.approx(expected, rel=1e-12), one.pledge_id
    assert seen >= {"EUR", "USD", "CNY", "INR", "KRW", "WLD"}


def test_a_horizon_was_one_number_where_sources_disagree(small):
    columns = ["horizon", "years_low", "years_high", "low_per_year", "high_per_year"]
    found = by(compare_pledges(small))
    assert rows(found, HORIZONS, columns) == HORIZONS
    assert found.loc[["shrunk", "two-years"], "standing"].fillna(-1).tolist() == [40, -1]
    # both days count
    days = pd.Series(["2025-06-01", "2025-06-02"])
    assert became.years_between(days[[0, 0]].reset_index(drop=True), days).tolist() == [0, 0.01]


def test_the_day_moves_amounts_and_no_share_and_only_other_currencies(ledger):
    compared, other = by(compare_pledges(ledger)), by(compare_pledges(ledger, on="2026-01-05"))
    moved = compared["currency"].dropna() != "EUR"
    assert (other["high"] != compared["high"])[moved.index].dropna().tolist() == moved.tolist()
    pd.testing.assert_series_equal(other["share_high"], compared["share_high"])


# --- conventions for the rate

SHARED = {
    "last-published": ("2025-02-07", "day"),
    "next-published": ("2025-02-10", "day"),
    "dollar-cheapest": ("2025-02-25", "day"),
    "dollar-dearest": ("2025-02-03", "day"),
    "month-mean": ("2025-02-01", "month"),
    "year-mean": ("2025-01-01", "year"),
    "last-day": ("2026-10-30", "day"),
}
PERIODS = {name: day[: {"day": 10, "month": 7, "year": 4}[period]] for name, (day, period) in SHARED.items()}
"""The beginning of the days whose mean is the rate of a shared convention."""
EACH = ["own-day", "announcement-day", "own-month", "own-year"]


def conventions(ledger, **options):
    return by(sa.total_by_convention(ledger, **options), "convention")


def test_a_sunday_has_a_friday_and_a_monday_and_the_last_day_no_next(ledger):
    def shared(on):
        found = shared_rates(ledger.rates, on)
        return {name: (str(day.date()), period) for name, (day, period) in found.items()}

    assert shared(ledger.about.headline_day) == SHARED
    # Good Friday and Easter Monday lie between
    easter = shared("2025-04-17")
    assert (easter["last-published"][0], easter["next-published"][0]) == ("2025-04-17", "2025-04-22")
    assert "next-published" not in shared(ledger.rates.days[-1].item())


def test_one_rate_for_all_or_each_at_a_rate_of_its_own(rated, rate):
    periods = PERIODS | dict(zip(EACH, ["2025-02-07", "2024-05-14", "2025-02", "2025"], strict=True))
    for to in ("EUR", "GBP"):
        found = conventions(rated, where="sunday", to=to)
        assert found.index.tolist() == [*EACH, *SHARED]
        # a cross divides two rates of one day
        rates = {name: float(rate(to, period) / rate("USD", period)) for name, period in periods.items()}
        for name, one in rates.items():
            shown = row(found, name, ["day", "period", *BOUNDS, "moved_low", "moved_high"])
            assert shown[:2] == SHARED.get(name, (None, ""))
            moved = one / rates["own-day"] - 1
            assert shown[2:] == pytest.approx([1_000_000 * one] * 2 + [moved] * 2, rel=1e-9, abs=1e-12)


def test_a_convention_changes_the_rate_and_neither_the_claims_read_nor_the_ties(rated, rate):
    def at(period, euros=0, dollars=1_000_000):
        return pytest.approx(float(euros + dollars / rate("USD", period)), rel=1e-12)

    # the later claim is read under each, and is a sum in euros at the rate of its own day
    raised, once = conventions(rated, where="raised", rule="latest"), conventions(rated, where=["whole", "other"])
    for name, period in PERIODS.items():
        assert raised.loc[name, "high"] == at("2025-09-01", dollars=3_000_000)
        assert once.loc[name, "high"] == at(period, euros=5_000_000)
    # a conversion that nobody stated, open ends and missing figures stay out of the way
    for where in ("converted", "floor"):
        assert (conventions(rated, where=where)[BOUNDS] == 1_000_000).all(axis=None)
    # without a day of announcement the own day stays
    assert conventions(rated, where="undated").loc["announcement-day", "high"] == at("2025-02-11")
    # a claim known by its year has no month; the announcement has a day, so its convention uses that
    found = conventions(rated, where="of-a-year")["high"]
    assert [found[name] for name in EACH] == [at(period) for period in ("2023", "2024-05-14", "2023", "2023")]
    with pytest.raises(MissingRateError, match="RUB"):
        sa.total_by_convention(rated, where="roubles")


def test_the_first_convention_is_the_total(ledger):
    for to, rule in itertools.product(["EUR", "USD"], RULES):
        own, whole = conventions(ledger, to=to, rule=rule).loc["own-day"], total(ledger, to, rule)
        assert (own["low"], own["high"]) == pytest.approx((whole.low, whole.high), rel=1e-12)


KEPT = [date_claims, value_claims, sa.compare_claims, sa.conflicts, resolve_claims, settle_claims, compare_pledges]
KEPT += [sa.total_by_convention, became.last_day, became.last_news, became.dated_updates, became.valued_updates]
KEPT += [became.documented_sums, became.hearsay, status, forest_of, total, sa.explain_ladder, sa.announced_by_day]
KEPT += [sa.timeline, select]


def test_what_is_worked_out_from_a_ledger_is_worked_out_once(ledger, anew):
    assert anew(*(partial(work, ledger) for work in KEPT)) == []
