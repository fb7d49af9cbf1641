"""Amounts in one currency: the frame handed in, the columns handed back, and what cannot be converted."""

import datetime
import decimal
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from summit_analysis import normalise
from summit_analysis.base.errors import ChoiceError, FrameError, MissingRateError
from summit_analysis.currency.convert import BLOCK, THREADS_FROM

PROVENANCE = ["rate", "factor", "rate_date", "rate_source", "rate_status"]


DICTIONARY = pd.ArrowDtype(pa.dictionary(pa.int8(), pa.string()))


def frame(currency="USD", day="2025-02-10", amount=100.0, **more):
    columns = {"amount": amount, "currency": currency, "day": day, **more}
    rows = max(len(cells) if np.ndim(cells) else 1 for cells in columns.values())
    return pd.DataFrame(columns, index=range(rows))


def converted(rows, **options):
    return normalise(rows, **{"amounts": "amount", "date": "day"} | options)


@pytest.fixture
def lacking():
    """Four amounts without a rate, three causes, and a row without an amount."""
    return pd.DataFrame(
        {
            "amount": [1.0, 2.0, 3.0, 4.0, np.nan, 6.0],
            "currency": ["RUB", "USD", "rub", "XAU", "XAU", "GBP"],
            "day": ["2025-02-10", "2025-02-10", "2025-02-10", "2025-02-11", "2025-02-12", None],
        },
        index=list("abcdef"),
    )


def test_a_known_amount():
    row = converted(frame(amount=400e6)).iloc[0]
    assert row["amount_EUR"] == pytest.approx(400e6 / 1.0320, rel=1e-15)
    assert (row["rate"], row["rate_status"]) == (1.0320, "published")
    assert row["factor"] == pytest.approx(1 / 1.0320, rel=1e-15)
    assert row["rate_date"] == pd.Timestamp("2025-02-10")
    assert row["rate_source"].startswith("ECB eurofxref-hist")


def test_the_frame_handed_in_stays_as_it_is_and_its_index_and_order_are_kept():
    rows = frame(["USD", "EUR", "JPY", "USD"], "2025-02-09", [3.0, 1.0, np.nan, 2.0], note=list("xyzx"))
    rows.index = pd.Index([7, 3, 7, -1], name="line")
    before = rows.copy(deep=True)
    result = converted(rows)
    pd.testing.assert_frame_equal(rows, before)
    pd.testing.assert_frame_equal(result[rows.columns], before)
    assert list(result.columns) == [*rows.columns, "amount_EUR", *PROVENANCE]


@pytest.mark.parametrize("dtype", ["str", "object", "category", DICTIONARY])
@pytest.mark.parametrize("unknown", [["XAU", None], ["€UR", "US1"], [f"no {number}" for number in range(100)]], ids=len)
@pytest.mark.parametrize("rows", [1, BLOCK], ids=["few rows", "many rows"])
def test_a_currency_that_is_none_is_kept_with_its_status_however_it_is_stored(dtype, unknown, rows):
    codes = pd.Series(["USD", *unknown * (rows // len(unknown) + 1), "EUR"]).astype(dtype)
    result = converted(frame(codes, amount=1.0), errors="coerce")
    known = [0, len(result) - 1]
    assert result["amount_EUR"].iloc[known].tolist() == pytest.approx([1 / 1.0320, 1.0], rel=1e-15)
    rest = result.drop(index=known)
    assert rest["amount_EUR"].isna().all()
    assert set(rest["rate_status"]) <= {"unknown currency", "no currency"}


@pytest.mark.parametrize("dtype", ["str", "object", "category", DICTIONARY])
@pytest.mark.parametrize("spelt", [["USD", " usd", "Usd ", "EUR", "eur"], ["USD", "usd", "Usd", "EUR", "eur"]])
@pytest.mark.parametrize("times", [1, BLOCK // 4], ids=["few rows", "many rows"])
def test_blanks_and_case_of_a_currency_do_not_matter(dtype, spelt, times):
    codes = pd.Series(spelt * times).astype(dtype)
    result = converted(frame(codes, amount=1.0))
    np.testing.assert_allclose(result["amount_EUR"], ([1 / 1.0320] * 3 + [1.0] * 2) * times, rtol=1e-15)
    assert converted(frame(codes[:5]), to=" usd ")["amount_USD"].tolist() == pytest.approx([100] * 3 + [103.2] * 2)


@pytest.mark.parametrize(
    "days",
    [
        ["2025-02-07", "2025-02-08"],
        [datetime.date(2025, 2, 7), datetime.date(2025, 2, 8)],
        pd.to_datetime(["2025-02-07 23:59", "2025-02-08 00:00"]),
        pd.to_datetime(["2025-02-07 23:59", "2025-02-08 00:00"]).tz_localize("America/New_York"),
        pd.PeriodIndex(["2025-02-07", "2025-02-08"], freq="D"),
        np.array(["2025-02-07", "2025-02-08"], dtype="datetime64[s]"),
    ],
    ids=["text", "date", "datetime64", "with a zone", "Period", "seconds"],
)
def test_a_day_may_be_written_in_many_ways(days):
    result = converted(frame(day=days))
    assert result["rate"].tolist() == [1.0377, 1.0377]
    assert result["rate_date"].tolist() == [pd.Timestamp("2025-02-07")] * 2
    assert result["rate_status"].tolist() == ["published", "carried"]


@pytest.fixture(scope="module")
def drawn(published):
    """20,000 cells, and their dollars by the ECB's file, looked up without the code under test."""
    draw = np.random.default_rng(5)
    first, last = min(published), max(published)
    days = [first + datetime.timedelta(int(n)) for n in draw.integers(-30, (last - first).days + 1, 20_000)]
    codes = draw.choice(np.array(["EUR", *published[last]], dtype=object), len(days))
    amounts = draw.lognormal(18, 2, len(days))
    held, day = {}, first
    while day <= last:
        held[day] = published.get(day) or held[day - datetime.timedelta(1)]
        day += datetime.timedelta(1)
    held = {day: {"EUR": "1", **row} for day, row in held.items()}

    def dollars(amount, code, day):
        rate = held.get(day, {}).get(code, "N/A")
        if code == "USD":
            return amount
        return amount * float(held[day]["USD"]) / float(rate) if rate != "N/A" else np.nan

    expected = [dollars(*cell) for cell in zip(amounts, codes, days, strict=True)]
    times = pd.Series([datetime.datetime.combine(day, datetime.time(23)) for day in days])
    return frame(codes, times, amounts), expected


ISLANDS = "Pacific/Kiritimati"
"""Fourteen hours ahead of Greenwich, which at three in the morning there has the day before."""


def objects(times, make):
    return pd.Series([make(time) for time in times.dt.to_pydatetime()], dtype=object)


def arrow(kind):
    return pd.ArrowDtype(kind)


STORED = {
    "text": lambda times: times.dt.strftime("%Y-%m-%d"),
    "text of day and time": lambda times: times.dt.strftime("%Y-%m-%d %H:%M:%S"),
    "text as the web has it": lambda times: times.dt.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
    "text with an offset": lambda times: times.dt.strftime("%Y-%m-%d %H:%M:%S-05:00"),
    "object text": lambda times: times.dt.strftime("%Y-%m-%d").astype(object),
    "days as objects": lambda times: objects(times, datetime.datetime.date),
    "times as objects": lambda times: objects(times, lambda time: time),
    "zoned times as objects": lambda times: objects(times, lambda time: time.replace(tzinfo=ZoneInfo(ISLANDS))),
    "stamps as objects": lambda times: objects(times, pd.Timestamp),
    "seconds": lambda times: times.astype("datetime64[s]"),
    "nanoseconds": lambda times: times.astype("datetime64[ns]"),
    "zoned": lambda times: (times - pd.Timedelta("20h")).dt.tz_localize(ISLANDS),
    "periods": lambda times: times.dt.to_period("D"),
    "hourly periods": lambda times: times.dt.to_period("h"),
    "categories of text": lambda times: times.dt.strftime("%Y-%m-%d").astype("category"),
    "categories of times": lambda times: times.astype("category"),
    "categories of days": lambda times: objects(times, datetime.datetime.date).astype("category"),
    "Arrow text": lambda times: times.dt.strftime("%Y-%m-%dT%H:%M").astype(arrow(pa.string())),
    "Arrow days": lambda times: times.astype(arrow(pa.date32())),
    "Arrow milliseconds": lambda times: times.dt.normalize().astype(arrow(pa.date64())),
    "Arrow times": lambda times: times.astype(arrow(pa.timestamp("ns"))),
    "Arrow zoned": lambda times: (
        (times - pd.Timedelta("20h")).dt.tz_localize(ISLANDS).astype(arrow(pa.timestamp("us", ISLANDS)))
    ),
    "Arrow dictionary": lambda times: times.astype(arrow(pa.date32())).astype(
        arrow(pa.dictionary(pa.int32(), pa.date32()))
    ),
}


@pytest.mark.parametrize("kind", STORED)
def test_days_that_pandas_itself_makes_are_days(drawn, kind):
    rows, expected = drawn
    result = converted(rows.assign(day=STORED[kind](rows["day"])), to="USD", errors="coerce", provenance=False)
    np.testing.assert_allclose(result["amount_USD"], expected, rtol=1e-14)
    assert np.isnan(expected).sum() > 1000


@pytest.mark.parametrize("kind", ["object", "str", "category"])
def test_rows_that_the_cores_share_are_converted_as_alone(drawn, kind):
    rows = drawn[0].astype({"currency": kind})
    times = THREADS_FROM // len(rows) + 1
    alone = converted(rows, errors="coerce")
    shared = converted(pd.concat([rows] * times, ignore_index=True), errors="coerce")
    pd.testing.assert_frame_equal(shared, pd.concat([alone] * times, ignore_index=True))


@pytest.mark.parametrize("kind", STORED)
def test_an_empty_day_is_none_however_days_are_stored(kind):
    days = STORED[kind](pd.Series(pd.to_datetime(["2025-02-10 23:00"])))
    result = converted(frame(day=days.reindex([0, 1])), errors="coerce")
    assert result["rate_status"].tolist() == ["published", "no date"]


@pytest.mark.parametrize("kind", ["object", "category", arrow(pa.string())], ids=str)
def test_a_month_as_the_ledger_writes_it_is_read_under_its_period(kind):
    days = pd.Series(["2025-02", "2025-02-10", "2025-02-28T12:00:00Z", None]).astype(kind)
    result = converted(frame(day=days), period="month", errors="coerce")
    assert len(set(result["rate"].iloc[:3])) == 1
    assert result["rate_date"].iloc[:3].eq(pd.Timestamp("2025-02-01")).all()
    assert result["rate_status"].tolist() == ["mean of month"] * 3 + ["no date"]
    whole = converted(frame(day=["2025", "2025-02", "2025-02-10"]), period="year")
    assert len(set(whole["rate"])) == 1
    assert converted(frame(), date=None, on="2025-02", period="month")["rate"].item() == result["rate"].iloc[0]


LONG = {
    "text": lambda text: [text],
    "category": lambda text: pd.Categorical([text]),
    "period": lambda text: pd.PeriodIndex([text], freq="M" if "-" in text else "Y"),
    "period as object": lambda text: pd.Series([pd.Period(text)], dtype=object),
}


@pytest.mark.parametrize("store", LONG.values(), ids=LONG)
@pytest.mark.parametrize(
    ("written", "period", "right"), [("2025-02", "day", "month"), ("2025", "day", "year"), ("2025", "month", "year")]
)
def test_a_month_does_not_take_the_rate_of_its_first_day_nor_a_year_that_of_january(store, written, period, right):
    days = store(written)
    with pytest.raises(
        FrameError, match=f"'day', row 0: '{written}' reaches beyond one {period}; .*period=\"{right}\""
    ):
        converted(frame(day=days), period=period)
    assert converted(frame(day=days), period=right)["rate_status"].tolist() == [f"mean of {right}"]


def test_a_period_longer_than_its_dates_are_looked_up_by_is_refused_only_where_it_reaches_beyond():
    quarters = pd.PeriodIndex(["2025Q1", None], freq="Q")
    result = converted(frame(day=quarters), period="year", errors="coerce")
    assert result["rate_status"].tolist() == ["mean of year", "no date"]
    with pytest.raises(FrameError, match=r"'2025Q1' reaches beyond one month; .*period=.year"):
        converted(frame(day=quarters), period="month")
    with pytest.raises(FrameError, match=r"'2024-12-30/2025-01-05', .* is not a day; write YYYY-MM-DD"):
        converted(frame(day=pd.PeriodIndex(["2025-01-01"], freq="W")))


@pytest.mark.parametrize(
    "text", ["2025-02-30 10:00", "2025-02-10 24:00", "2025-02-10 soon", "2025-02-10x", "2025-2", "20250210", "25-02-10"]
)
def test_text_that_only_begins_like_a_day_is_refused(text):
    with pytest.raises(FrameError, match=f"row 1: '{text}' is not a day"):
        converted(frame(day=["2025-02-10 10:00", text]))


def test_a_category_that_no_row_has_is_not_looked_at():
    days = pd.Categorical(["2025-02-10"], categories=["soon", "2025-02-10"])
    assert converted(frame(day=days))["rate"].tolist() == [1.0320]


@pytest.mark.parametrize("numbers", [[840, 840], [840.0, np.nan]], ids=["int", "float"])
def test_a_currency_column_of_numbers_is_not_called_empty(numbers):
    result = converted(frame(numbers), errors="coerce")
    assert result["rate_status"].iloc[0] == "unknown currency"
    with pytest.raises(MissingRateError, match=r"840.* ISO 4217"):
        converted(frame(numbers))


def test_the_notes_of_a_frame_are_kept():
    rows = frame()
    rows.attrs["source"] = "own"
    assert converted(rows).attrs == {"source": "own"}


def test_exact_decimals_of_arrow_are_numbers():
    exact = pd.Series([decimal.Decimal("1.50"), None], dtype=arrow(pa.decimal128(10, 2)))
    result = converted(frame(amount=exact))
    assert result["amount_EUR"].iloc[0] == pytest.approx(1.5 / 1.0320, rel=1e-15)
    assert np.isnan(result["amount_EUR"].iloc[1])


@pytest.mark.parametrize(
    ("currency", "to", "rate", "factor", "status"),
    [
        ("USD", "EUR", 1.0320, 1 / 1.0320, "published"),
        ("EUR", "USD", 1.0320, 1.0320, "published"),
        ("EUR", "EUR", 1.0, 1.0, "same currency"),
        ("GBP", "GBP", 1.0, 1.0, "same currency"),
        ("USD", "GBP", 1.0320 / 0.83283, 0.83283 / 1.0320, "crossed"),
    ],
)
def test_rate_is_as_published_and_factor_is_what_was_multiplied(currency, to, rate, factor, status):
    row = converted(frame(currency), to=to).iloc[0]
    assert row["rate"] == pytest.approx(rate, rel=1e-15)
    assert row["factor"] == pytest.approx(factor, rel=1e-15)
    assert row[f"amount_{to}"] == 100.0 * row["factor"]
    assert row["rate_status"] == status
    assert pd.isna(row["rate_date"]) == (status == "same currency")


def test_the_same_currency_needs_no_day():
    result = converted(frame(["USD", "EUR"], [None, "2025-02-10"]), to="USD")
    assert result["amount_USD"].tolist() == [100.0, 103.2]
    assert result["rate_status"].tolist() == ["same currency", "published"]


def test_several_amounts_share_one_rate_and_an_empty_one_stays_empty():
    rows = pd.DataFrame({"low": [1.0, np.nan], "high": pd.array([2, None], dtype="Int64"), "currency": "USD"})
    result = normalise(rows, amounts=["low", "high"], on="2025-02-10")
    expected = pd.DataFrame({"low_EUR": [1 / 1.032, np.nan], "high_EUR": [2 / 1.032, np.nan]})
    pd.testing.assert_frame_equal(result[["low_EUR", "high_EUR"]], expected, rtol=1e-15)


@pytest.mark.parametrize("on", ["2025-02-08", datetime.date(2025, 2, 8), pd.Timestamp("2025-02-08 12:00")], ids=repr)
def test_one_day_can_serve_all_rows(on):
    result = converted(frame(day=["1999-01-04", "rubbish"]), date=None, on=on)
    assert result["rate"].tolist() == [1.0377, 1.0377]


def test_each_missing_rate_is_named_once_with_its_rows(lacking):
    with pytest.raises(MissingRateError, match="3 rate") as error:
        converted(lacking)
    missing = error.value.missing
    assert missing[["currency", "date", "rate_status", "rows", "first_row"]].values.tolist() == [
        ["RUB", "2025-02-10", "ended", 2, "a"],
        ["XAU", "2025-02-11", "unknown currency", 1, "d"],
        ["GBP", "", "no date", 1, "f"],
    ]
    assert missing["remedy"].str.len().gt(20).all()
    assert "RUB on 2025-02-10: ended (2 row(s), first 'a')" in str(error.value)


def test_a_long_list_is_cut_in_the_message_and_whole_in_the_error():
    with pytest.raises(MissingRateError, match="30 rate") as error:
        converted(frame("RUB", pd.date_range("2025-01-01", periods=30)))
    assert len(error.value.missing) == 30
    assert str(error.value).count("RUB on ") == 20
    assert "10 more" in str(error.value)


def test_coerce_keeps_the_rows_and_says_why(lacking):
    result = converted(lacking, errors="coerce")
    reasons = ["ended", "published", "ended", "unknown currency", "unknown currency", "no date"]
    assert result["rate_status"].tolist() == reasons
    assert result["amount_EUR"].notna().tolist() == [False, True, False, False, False, False]
    assert result.loc[result["amount_EUR"].isna(), ["rate", "factor", "rate_date", "rate_source"]].isna().all(axis=None)


@pytest.mark.parametrize("blank", [None, "", "  "], ids=repr)
def test_an_empty_currency_is_called_empty(blank):
    assert converted(frame([blank, "EUR"]), errors="coerce")["rate_status"].tolist() == ["no currency", "same currency"]


def test_no_rows_give_no_rows():
    result = converted(frame().iloc[:0])
    assert len(result) == 0
    assert list(result.columns) == ["amount", "currency", "day", "amount_EUR", *PROVENANCE]


def test_without_provenance_only_amounts_are_added():
    rows = frame(rate=1)
    assert list(converted(rows, provenance=False).columns) == [*rows.columns, "amount_EUR"]


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        pytest.param(frame(), {"amounts": "sum"}, "'sum'; the frame has: amount, currency, day", id="no amount"),
        pytest.param(frame(), {"amounts": 0}, "0 names no column; give one name", id="amounts is a number"),
        pytest.param(frame(), {"amounts": []}, r"\[\] names no column; give one name", id="amounts is empty"),
        pytest.param(frame(), {"date": "said"}, "no column 'said'", id="no day column"),
        pytest.param(frame(), {"date": None}, "date=, .* on=", id="neither date nor on"),
        pytest.param(frame(amount_EUR=1), {}, "'amount_EUR' exists already", id="result exists"),
        pytest.param(frame(rate=1), {}, "'rate' exists already", id="provenance exists"),
        pytest.param(frame(amount="5"), {}, "'amount' holds str, not numbers", id="amount is text"),
        pytest.param(frame(amount=True), {}, "'amount' holds bool, not numbers", id="amount is yes or no"),
        pytest.param(frame(amount=1j), {}, "'amount' holds complex128, not numbers; make it", id="amount is complex"),
        pytest.param(frame(), {"currency": None}, "no currency given: .*currency=", id="no currency named"),
        pytest.param(frame(day="10/02/2025"), {}, "'day', row 0: '10/02/2025' is not a day", id="day in another order"),
        pytest.param(frame(day=["x"] * 2).set_axis([5, 5]), {}, "'day', row 5: 'x' is not a day", id="labels twice"),
        pytest.param(pd.concat([frame(), frame()], axis=1), {}, "'amount'", id="column twice"),
        pytest.param(frame(), {"date": None, "on": "soon"}, "'soon' is not a day", id="on is no day"),
    ],
)
def test_a_frame_that_does_not_fit_is_refused_by_name(rows, options, message):
    with pytest.raises(FrameError, match=message):
        converted(rows, **options)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"errors": "ignore"}, ChoiceError),
        ({"period": "week"}, ChoiceError),
        ({"to": "XAU"}, MissingRateError),
        ({"to": ["USD", "GBP"]}, ChoiceError),
    ],
    ids=["errors", "period", "to", "several at once"],
)
def test_an_unknown_choice_is_refused(options, error):
    with pytest.raises(error):
        converted(frame("EUR"), **options)


def test_notes_of_a_frame_are_copied():
    asked = frame()
    asked.attrs["source"] = {"name": "own"}
    normalise(asked, amounts="amount", date="day").attrs["source"]["name"] = "other"
    assert asked.attrs == {"source": {"name": "own"}}


def test_views_of_text_are_currencies():
    pa = pytest.importorskip("pyarrow")
    table = pa.table({"amount": [1.0], "currency": pa.array(["USD"], pa.string_view()), "day": ["2025-02-10"]})
    assert normalise(table, amounts="amount", date="day")["rate_status"].to_pylist() == ["published"]
