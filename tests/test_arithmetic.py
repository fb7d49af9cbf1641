"""The arithmetic of conversion: recomputed in decimals from the ECB's text, and laws that hold for any rows."""

from bisect import bisect_right
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from summit_analysis import Rates, normalise, quote
from summit_analysis.base.errors import MissingRateError
from summit_analysis.currency.convert import BLOCK

LAST_CARRIED = date(2026, 11, 1)
ALIVE = ["EUR", "USD", "JPY", "GBP", "CHF", "CAD", "SEK", "KRW"]
"""Currencies with a rate on every day of publication."""


def converted(rows, **options):
    return normalise(rows, **{"amounts": "amount", "date": "day"} | options)


def dollars(day):
    return pd.DataFrame({"amount": [100.0], "currency": "USD", "day": day})


def one(published, currency, day, known={}):  # noqa: B006
    """Return the rate that holds on a day, or the reason why none does, from the text alone."""
    days = known.setdefault("days", sorted(published))
    newest = published[days[-1]]
    if currency not in {"EUR", *newest}:
        return "unknown currency"
    if day > LAST_CARRIED:
        return "ended" if newest.get(currency) == "N/A" else "after end"
    if day < days[0]:
        return "before start"
    text = published[days[bisect_right(days, day) - 1]].get(currency, "1")
    if text != "N/A":
        return Decimal(text)
    if currency not in known:
        known[currency] = [published_on for published_on in days if published[published_on][currency] != "N/A"]
    earlier, later = known[currency][0] <= day, known[currency][-1] > day
    return {(True, True): "hole", (True, False): "ended", (False, True): "before start"}[earlier, later]


@pytest.fixture(scope="module")
def sample(published):
    """Five thousand random rows of all currencies, some of them outside the ECB's days."""
    random = np.random.default_rng(20250210)
    codes = ["EUR", *published[max(published)], "XAU"]
    days = np.arange(np.datetime64("1998-12-01"), np.datetime64("2027-01-01"))
    amounts = 10 ** random.uniform(-2, 13, 5_000)
    return pd.DataFrame({"amount": amounts, "currency": random.choice(codes, 5_000), "day": random.choice(days, 5_000)})


@pytest.mark.parametrize("to", ["EUR", "USD"])
def test_five_thousand_rows_agree_with_a_recomputation_in_decimals(published, sample, to):
    result = converted(sample, to=to, errors="coerce")
    refused = 0
    for row, amount in zip(sample.itertuples(), result[f"amount_{to}"], strict=True):
        day = row.day.date()
        source, target = one(published, row.currency, day), one(published, to, day)
        reason = next((side for side in (source, target) if isinstance(side, str)), None)
        if row.currency != to and reason:
            refused += 1
            assert (np.isnan(amount), result.loc[row.Index, "rate_status"]) == (True, reason), row
        else:
            expected = Decimal(row.amount) * (1 if row.currency == to else target / source)
            assert abs(Decimal(amount) / expected - 1) < Decimal("1e-12"), row
    assert 1_000 < refused < 3_000


def test_a_column_agrees_with_single_quotes(sample):
    for row in sample[::50].itertuples():
        rows = pd.DataFrame({"amount": [1.0], "currency": row.currency, "day": row.day})
        try:
            single = quote(row.currency, "USD", on=row.day)
        except MissingRateError as refusal:
            with pytest.raises(MissingRateError) as error:
                converted(rows, to="USD")
            columns = ["currency", "date", "rate_status", "remedy"]
            pd.testing.assert_frame_equal(error.value.missing[columns], refusal.missing[columns])
        else:
            result = converted(rows, to="USD").iloc[0]
            assert result["factor"] == pytest.approx(float(single.factor), rel=1e-15)
            assert result["rate"] == pytest.approx(float(single.rate), rel=1e-15)
            assert result["rate_status"] == single.status
            assert (None if pd.isna(result["rate_date"]) else result["rate_date"].date()) == single.rate_date


@pytest.mark.parametrize(
    ("currency", "to", "day"),
    [
        ("EUR", "USD", "1998-12-31"),
        ("EUR", "USD", "2026-11-02"),
        ("EUR", "RUB", "2026-11-02"),
        ("GBP", "RUB", "2025-01-02"),
    ],
)
def test_a_column_blames_the_same_side_as_a_quote(currency, to, day):
    with pytest.raises(MissingRateError) as single:
        quote(currency, to, on=day)
    with pytest.raises(MissingRateError) as column:
        converted(pd.DataFrame({"amount": [1.0], "currency": currency, "day": day}), to=to)
    shown = ["currency", "rate_status"]
    assert column.value.missing[shown].values.tolist() == single.value.missing[shown].values.tolist()


def test_rows_beyond_one_block_are_like_all_others(sample):
    times = BLOCK * 2 // len(sample) + 3
    many = converted(pd.concat([sample] * times), errors="coerce")
    few = converted(sample, errors="coerce")
    pd.testing.assert_frame_equal(many, pd.concat([few] * times))


@pytest.mark.parametrize(
    ("period", "rate", "status"),
    [("month", 1.041250, "mean of month"), ("year", 1.129983, "mean of year")],
)
def test_the_mean_of_a_period(period, rate, status, published):
    rows = [row for day, row in published.items() if str(day).startswith({"month": "2025-02", "year": "2025"}[period])]
    result = converted(dollars("2025-02-16"), period=period).iloc[0]
    assert round(result["rate"], 6) == rate
    assert result["rate"] == pytest.approx(sum(float(row["USD"]) for row in rows) / len(rows), rel=1e-13)
    assert result["amount_EUR"] == pytest.approx(100.0 / result["rate"], rel=1e-15)
    assert result["rate_date"] == pd.Timestamp({"month": "2025-02-01", "year": "2025-01-01"}[period])
    assert result["rate_status"] == status


@pytest.mark.parametrize(
    ("period", "day", "status"),
    [
        ("year", "2026-01-15", "mean of incomplete year"),
        ("month", "2026-10-15", "mean of month"),
        ("month", "2026-11-01", "after end"),
        ("year", "1998-12-31", "before start"),
        ("month", "1999-01-01", "mean of month"),
    ],
)
def test_the_first_and_the_last_period(period, day, status):
    assert converted(dollars(day), period=period, errors="coerce")["rate_status"].tolist() == [status]


@pytest.mark.parametrize(
    ("last", "status"),
    [("2025-06-27", "mean of incomplete month"), ("2025-06-30", "mean of month"), ("2025-05-30", "mean of month")],
    ids=["Friday before the last Monday", "last Monday", "last Friday of a month that ends on a Saturday"],
)
def test_a_month_is_finished_once_no_day_of_publication_is_to_come(last, status):
    rates = Rates(np.array([last], "datetime64[D]"), ("EUR", "USD"), np.array([[1.0, 2.0]]), "made up")
    assert converted(dollars(last), period="month", rates=rates)["rate_status"].tolist() == [status]


@st.composite
def frames(draw, currencies=ALIVE):
    days = st.dates(date(1999, 1, 4), date(2026, 10, 31))
    cells = st.tuples(st.just(0.0) | st.floats(0.01, 1e15), st.sampled_from(currencies), days)
    rows = draw(st.lists(cells, min_size=1, max_size=20))
    return pd.DataFrame(rows, columns=["amount", "currency", "day"])


@given(frames(), st.sampled_from(ALIVE))
def test_there_and_back_gives_the_amount_again(rows, via):
    there = converted(rows, to=via, provenance=False)
    for currency, part in there.groupby("currency"):
        back = normalise(part.assign(currency=via), amounts=f"amount_{via}", date="day", to=currency, provenance=False)
        np.testing.assert_allclose(back[f"amount_{via}_{currency}"], part["amount"], rtol=1e-14)


@given(frames(), st.sampled_from(ALIVE), st.randoms())
def test_each_row_is_converted_alike_in_any_order(rows, to, random):
    order = random.sample(range(len(rows)), len(rows))
    pd.testing.assert_frame_equal(converted(rows.iloc[order], to=to), converted(rows, to=to).iloc[order])


@given(frames(), st.sampled_from(ALIVE), st.integers(-20, 20))
def test_twice_the_amount_is_twice_the_result(rows, to, power):
    scaled = converted(rows.assign(amount=rows["amount"] * 2.0**power), to=to)
    expected = converted(rows, to=to)
    expected[["amount", f"amount_{to}"]] *= 2.0**power
    pd.testing.assert_frame_equal(scaled, expected, rtol=0, atol=0)


@given(frames(), st.sampled_from(["day", "month", "year"]))
def test_a_euro_stays_a_euro_and_a_cross_goes_through_it(rows, period):
    euros = converted(rows, period=period, provenance=False)
    assert (euros["amount_EUR"] == rows["amount"])[rows["currency"] == "EUR"].all()
    through = normalise(
        euros.assign(currency="EUR"), amounts="amount_EUR", date="day", to="JPY", period=period, provenance=False
    )
    direct = converted(rows, to="JPY", period=period, provenance=False)
    np.testing.assert_allclose(direct["amount_JPY"], through["amount_EUR_JPY"], rtol=1e-14)


@given(frames(["USD"]), st.sampled_from(["month", "year"]))
def test_a_mean_lies_between_the_extremes_of_its_period(rows, period):
    result = converted(rows, period=period)
    rates = Rates.embedded()
    published = pd.Series(rates.table[:, rates.column["USD"]], pd.PeriodIndex(rates.days, freq=period[0].upper()))
    for row in result.itertuples():
        inside = published[pd.Period(row.rate_date, period[0].upper())]
        assert inside.min() <= row.rate * (1 + 1e-15)
        assert row.rate <= inside.max() * (1 + 1e-15)
