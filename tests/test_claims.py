"""The day each claim is valued on, and what the claims are worth in one currency."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from summit_analysis import compare_claims, conflicts, resolve_claims, value_claims
from summit_analysis.pledges.claims import date_claims, spans

EXAMPLES = {
    "own-day": ("mgx-campus--reuters-uae-20250206", "2025-02-06", 30e9, 50e9, 1.0360),
    "own-day, a Sunday": (
        "current-ai-target-2-5bn--afp-malaymail-currentai-20250210",
        "2025-02-09",
        2.5e9,
        2.5e9,
        1.0377,
    ),
    "announcement-day": ("apollo-energy--verdict-109bn-202502", "2025-02-10", 5e9, 5e9, 1.0320),
    "announcement-day, a Sunday": ("current-ai-target-2-5bn--pnd-currentai-2025", "2025-01-26", 2.5e9, 2.5e9, 1.0472),
    "earliest-day": ("current-ai-target-2-5bn--seed-article", "2025-02-11", 2.5e9, 2.5e9, 1.0324),
    "month": ("current-ai-target-2-5bn--fortune-inkl-currentai-202502", "2025-02-01", 2.5e9, 2.5e9, 1.041250),
    "year": ("cmp-sau-humain-77bn--techstory-humain-2025", "2025-01-01", 77e9, 77e9, 1.129983),
}
"""Claims in dollars: claim, day, figures printed, published rate."""

EARLIEST, MGX_IN_2026 = "earliest-day", "mgx-campus--afp-fouju-2026"
APOLLO = EXAMPLES["announcement-day"][0]


@pytest.fixture(scope="module")
def valued(ledger):
    return value_claims(ledger).set_index("claim_id")


@pytest.fixture(scope="module")
def conflicting(ledger):
    return conflicts(ledger).set_index("pledge_id")


@pytest.fixture
def changed(ledger):
    """Return a function that dates one claim after cells of its claim, source or pledge were changed."""

    def date_one(claim_id, *, claim=None, source=None, pledge=None):
        claims, sources, pledges = ledger.claims.copy(), ledger.sources.copy(), ledger.pledges.copy()
        row = claims.set_index("claim_id").loc[claim_id]
        for table, key, cells in (
            (claims, claims["claim_id"] == claim_id, claim),
            (sources, sources["source_id"] == row["source_id"], source),
            (pledges, pledges["pledge_id"] == row["pledge_id"], pledge),
        ):
            for column, value in (cells or {}).items():
                table.loc[key, column] = pd.Timestamp(value) if table[column].dtype.kind == "M" else value
        dated = date_claims(dataclasses.replace(ledger, claims=claims, sources=sources, pledges=pledges))
        found = dated.set_index("claim_id").loc[claim_id]
        return (None if pd.isna(found["valued_on"]) else str(found["valued_on"].date())), found["valued_by"]

    return date_one


@pytest.mark.parametrize("kind", EXAMPLES)
def test_a_claim_is_valued_on_its_day_or_the_nearest_there_is(valued, kind):
    claim_id, day, low, high, rate = EXAMPLES[kind]
    row = valued.loc[claim_id]
    assert (str(row["valued_on"].date()), row["valued_by"]) == (day, kind.partition(",")[0])
    assert (row["low"], row["high"], round(row["rate"], 6)) == (low, high, rate)
    assert [row["low_EUR"], row["high_EUR"]] == pytest.approx([low / row["rate"], high / row["rate"]], rel=1e-15)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"claim": {"claimed_on": "2025-02-12", "claimed_period": None}}, ("2025-02-12", "own-day")),
        ({"source": {"published_on": "2025-02-13", "published_period": None}}, ("2025-02-13", "source-day")),
        ({"claim": {"claimed_period": "2025"}}, ("2025-02-10", "announcement-day")),
        ({"claim": {"claimed_period": None}}, ("2025-02-10", "announcement-day")),
        ({"claim": {"claimed_period": "2025-03"}}, ("2025-03-01", "month")),
        ({"claim": {"claimed_period": "2024"}}, ("2024-01-01", "year")),
        ({"pledge": {"announced_on": None}}, ("2025-02-01", "month")),
        ({"pledge": {"announced_on": None}, "claim": {"not_before": "2025-02-06"}}, ("2025-02-06", EARLIEST)),
        ({"claim": {"not_before": "2025-02-11"}}, ("2025-02-11", EARLIEST)),
        ({"claim": {"not_before": "2025-02-10"}}, ("2025-02-10", "announcement-day")),
        ({"claim": {"not_before": "2025-02-07"}}, ("2025-02-10", "announcement-day")),
        ({"source": {"published_on": "2025-02-08"}, "claim": {"not_before": "2025-02-09"}}, ("2025-02-09", EARLIEST)),
        ({"pledge": {"announced_on": None}, "claim": {"claimed_period": None}}, (None, "nothing")),
    ],
    ids=[
        "own day first", "then the source's", "day within the year", "no period at all", "day outside the month",
        "day outside the year", "no announcement", "period begins too early", "day too early", "day just in time",
        "day long in time", "source too early", "nothing known",
    ],
)  # fmt: skip
def test_the_order_of_days(changed, cells, expected):
    assert changed(APOLLO, **cells) == expected


@pytest.mark.parametrize(
    ("kind", "day"),
    [
        ("own-day", "2025-02-06"),
        ("announcement-day", "2025-02-10"),
        ("earliest-day", "2025-02-28"),
        ("month", "2025-02-28"),
        ("year", "2025-12-31"),
    ],
)
def test_a_claim_that_knows_only_its_period_counts_from_the_end_of_it(ledger, kind, day):
    dated = date_claims(ledger).set_index("claim_id")
    assert str(dated.loc[EXAMPLES[kind][0], "known_on"].date()) == day


def test_a_period_that_is_not_over_counts_from_the_last_day_in_the_data(ledger):
    last = ledger.sources["published_on"].max()
    assert date_claims(ledger)["known_on"].max() <= last
    # so on that day all claims that a rule may read are read
    now = resolve_claims(ledger, as_of=last.date()).set_index("pledge_id")
    assert MGX_IN_2026 in now.loc["mgx-campus", "claim_ids"].split(";")
    pd.testing.assert_frame_equal(now.reset_index(), resolve_claims(ledger))


def test_every_claim_of_the_ledger_says_how_it_was_dated(ledger):
    dated = date_claims(ledger)
    pd.testing.assert_frame_equal(dated[ledger.claims.columns], ledger.claims)
    assert set(dated["valued_by"]) <= {"own-day", "source-day", "announcement-day", "earliest-day", "month", "year"}
    assert dated["valued_on"].notna().all()
    assert not (dated["valued_on"] < dated["not_before"]).any()


def test_every_claim_is_converted_at_the_rate_its_dating_asks_for(valued, ledger, published):
    assert valued.index.tolist() == ledger.claims["claim_id"].tolist()
    for row in valued[valued["currency"] != "EUR"].itertuples():
        period = {"month": 7, "year": 4}.get(row.valued_by)
        if period:
            days = [day for day in published if str(day)[:period] == str(row.valued_on.date())[:period]]
        else:
            days = [max(day for day in published if day <= row.valued_on.date())]
        rate = np.mean([float(published[day][row.currency]) for day in days])
        assert row.rate == pytest.approx(rate, rel=1e-12), row.Index
        if row.qualifier != "several":
            assert (row.low_EUR, row.high_EUR) == pytest.approx((row.low / rate, row.high / rate), rel=1e-12)


def test_the_naive_sum_of_the_article_is_632_8_billion_and_mistral_has_no_figure(valued):
    article = valued[valued["source_id"] == "seed-article"]
    assert round(article["low_EUR"].sum() / 1e9, 1) == 632.8
    assert round(article["high_EUR"].sum() / 1e9, 1) == 632.8
    assert article.loc[article["low_EUR"].isna(), "pledge_id"].tolist() == ["mistral-essonne"]
    assert article.loc[article["open_high"], "pledge_id"].tolist() == ["digital-realty-france"]


@pytest.mark.parametrize(
    ("claim_id", "figures"),
    [
        ("france-109bn--seed-article", (109e9, 109e9, False, False)),
        ("mgx-campus--reuters-uae-20250206", (30e9, 50e9, False, False)),
        ("digital-realty-france--seed-article", (5e9, 5e9, False, True)),
        ("cmp-usa-meta-capex-2025--rdworld-capex-202502", (65e9, 65e9, True, False)),
    ],
    ids=["exact", "range", "at least", "up to"],
)
def test_one_figure_fills_both_and_open_ends_are_flagged(valued, claim_id, figures):
    assert tuple(valued.loc[claim_id, ["low", "high", "open_low", "open_high"]]) == figures


def test_claims_can_be_valued_in_dollars(ledger):
    dollars = value_claims(ledger, to="USD").set_index("claim_id")
    row = dollars.loc["france-109bn--seed-article"]
    assert row["high_USD"] == pytest.approx(109e9 * 1.0324, rel=1e-15)
    assert (dollars.loc[dollars["currency"] == "USD", "rate_status"] == "same currency").all()
    assert dollars["high_USD"].isna().equals(dollars["high"].isna())


def disagreement(claims, valued):
    """Work out one row of `conflicts` from the claims of a pledge, claim by claim."""
    read = [claim for claim in claims if claim.standing in {"stands", "derived"}]
    codes = [claim.currency for claim in read or claims]
    currency = min(set(codes), key=lambda code: (-codes.count(code), code))
    printed = [(valued.low[claim.claim_id], valued.high[claim.claim_id], claim.currency) for claim in read]
    own = {(low, high) for low, high, code in printed if code == currency and not np.isnan(high)}
    low, high = (min(own)[0], max(high for _, high in own)) if own else (np.nan, np.nan)
    in_euros = {}
    for claim, figure in zip(read, printed, strict=True):
        if not np.isnan(figure[1]):
            in_euros.setdefault(figure, []).append(valued.high_EUR[claim.claim_id])
    about = {
        "amount": len(own) > 1,
        "currency": len({claim.currency for claim in claims if claim.standing != "derived"}) > 1,
        "scope": any(claim.standing in {"other-scope", "tally"} for claim in claims),
        "attribution": len({claim.attributed_to for claim in claims if isinstance(claim.attributed_to, str)}) > 1,
    }
    return {
        "claims": len(claims),
        "standing_claims": len(read),
        "currency": currency,
        "low": low,
        "high": high,
        "spread": high / low,
        "spread_rates": max((max(values) / min(values) for values in in_euros.values()), default=np.nan),
        "about": ", ".join(name for name, found in about.items() if found),
    }


def test_what_claims_disagree_about_is_that_of_a_walk_from_claim_to_claim(ledger, valued, conflicting):
    by_pledge = {}
    for claim in ledger.claims.itertuples():
        by_pledge.setdefault(claim.pledge_id, []).append(claim)
    expected = pd.DataFrame({pledge: disagreement(claims, valued) for pledge, claims in by_pledge.items()}).T
    found = conflicting
    pd.testing.assert_frame_equal(found, expected.loc[found.index], check_dtype=False, check_names=False, rtol=1e-12)
    assert found.index.tolist() == [pledge for pledge in ledger.pledges["pledge_id"] if pledge in by_pledge]


def test_claims_are_compared_pledge_by_pledge_from_the_lowest_to_the_highest(ledger, conflicting):
    compared = compare_claims(ledger)
    assert sorted(compared["claim_id"]) == sorted(ledger.claims["claim_id"])
    assert compared["pledge_id"].drop_duplicates().tolist() == conflicting.index.tolist()
    assert compared.index.tolist() == list(range(len(compared)))
    assert "index" not in compared
    for _, rows in compared.groupby("pledge_id"):
        assert rows["high_EUR"].dropna().is_monotonic_increasing


@pytest.mark.parametrize(
    ("pledge", "low", "high", "spread", "about"),
    [
        ("mgx-campus", 30e9, 50e9, 5 / 3, "amount, currency, attribution"),
        ("telehouse-france", 400e6, 1e9, 2.5, "amount"),
        ("apollo-energy", 5e9, 5e9, 1.0, "currency"),
        ("brookfield-cambrai", 10e9, 10e9, 1.0, "scope"),
        ("france-109bn", 109e9, 109e9, 1.0, "scope, attribution"),
        ("mistral-essonne", np.nan, np.nan, np.nan, ""),
    ],
)
def test_claims_conflict_by_example(conflicting, pledge, low, high, spread, about):
    found = conflicting.loc[pledge]
    assert (found["low"], found["high"], found["spread"]) == pytest.approx((low, high, spread), nan_ok=True)
    assert found["about"] == about


def test_the_day_alone_moves_stargate_by_an_eighth_in_euros_and_by_nothing_in_dollars(ledger):
    spreads = [conflicts(ledger, to=to).set_index("pledge_id")["spread_rates"] for to in ("EUR", "usd")]
    assert [round(spread["cmp-usa-stargate-500bn"], 3) for spread in spreads] == [1.139, 1.0]


def test_a_span_reaches_from_the_least_to_the_most_and_keeps_a_scale_only_where_no_figure_is():
    rows = [
        ("a", "a1", 3.0, 5.0, False, True, 1e9),
        ("b", "b1", np.nan, np.nan, False, False, 1e9),
        ("a", "a2", np.nan, np.nan, False, False, np.nan),
        ("a", "a3", 2.0, 4.0, False, False, np.nan),
    ]
    columns = ["pledge_id", "claim_id", "low_EUR", "high_EUR", "open_low", "open_high", "scale"]
    found = spans(pd.DataFrame(rows, columns=columns), "EUR")
    assert found.loc["a"].fillna("none").tolist() == [2.0, 5.0, False, True, "none", 3, "a1;a2;a3"]
    assert found.loc["b"].fillna("none").tolist() == ["none", "none", False, False, 1e9, 1, "b1"]
    assert spans(pd.DataFrame([], columns=columns), "EUR").empty
