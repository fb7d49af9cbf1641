"""Amounts in one currency: the frame handed in, the columns handed back, and what cannot be converted."""

import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from summit_analysis import ChoiceError, FrameError, MissingRateError, normalise
from summit_analysis.coding import BLOCK

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
    [({"errors": "ignore"}, ChoiceError), ({"period": "week"}, ChoiceError), ({"to": "XAU"}, MissingRateError)],
    ids=["errors", "period", "to"],
)
def test_an_unknown_choice_is_refused(options, error):
    with pytest.raises(error):
        converted(frame("EUR"), **options)
