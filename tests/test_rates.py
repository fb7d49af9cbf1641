"""The ECB's file of rates is read as published, or refused with row, column and value; the calendar of TARGET."""

import gzip
from datetime import date, timedelta

import numpy as np
import pytest

from summit_analysis import Rates
from summit_analysis.base.days import is_target_day
from summit_analysis.base.errors import LedgerError

HEADER = "Date,USD,JPY,\n"
FRIDAY, MONDAY = "2025-02-07,1.0377,157.75,\n", "2025-02-10,1.0320,N/A,\n"
GOOD = HEADER + MONDAY + FRIDAY


@pytest.fixture
def read(tmp_path):
    """Write a file of rates and read it."""

    def write_and_read(content, name="rates.csv"):
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return Rates.from_ecb_csv(tmp_path / name)

    return write_and_read


@pytest.mark.parametrize("name", ["rates.csv", "rates.csv.gz"])
def test_a_good_file_is_read_plain_or_gzipped_in_order_of_days(read, name):
    rates = read(gzip.compress(GOOD.encode()) if name.endswith(".gz") else GOOD, name)
    assert rates.days.tolist() == [date(2025, 2, 7), date(2025, 2, 10)]
    assert rates.currencies == ("EUR", "USD", "JPY")
    np.testing.assert_array_equal(rates.table, [[1, 1.0377, 157.75], [1, 1.0320, np.nan]])
    assert name in rates.source
    assert "2025-02-10" in rates.source


@pytest.mark.parametrize(
    ("text", "row", "column", "value"),
    [
        pytest.param(HEADER + "10/02/2025,1.03,157,\n", 2, "Date", "10/02/2025", id="day in another order"),
        pytest.param(HEADER + FRIDAY + "N/A,1.03,157,\n", 3, "Date", "N/A", id="no day"),
        pytest.param(HEADER + FRIDAY + FRIDAY, 3, "Date", "2025-02-07", id="day twice"),
        pytest.param(HEADER + "2025-02-10,-1.03,157,\n", 2, "USD", "-1.03", id="negative rate"),
        pytest.param(HEADER + FRIDAY + "2025-02-10,1.03,0,\n", 3, "JPY", "0", id="zero"),
        pytest.param(HEADER + "2025-02-10,0.83,-0.5,\n", 2, "JPY", "-0.5", id="a good rate below one beside a bad one"),
        pytest.param(HEADER + "2025-02-10,,157,\n", 2, "USD", "", id="empty cell"),
        pytest.param(HEADER + "2025-02-10,1.O3,157,\n", 2, "USD", "1.O3", id="letter for a digit"),
        pytest.param(HEADER + "2025-02-10,nan,157,\n", 2, "USD", "nan", id="nan"),
        pytest.param(HEADER + "2025-02-10,1.03,inf,\n", 2, "JPY", "inf", id="inf"),
        pytest.param(HEADER + '2025-02-10,"1,03",157,\n', 2, "USD", "1,03", id="decimal comma"),
    ],
)
def test_a_wrong_cell_is_named_by_row_column_and_value(read, text, row, column, value):
    with pytest.raises(LedgerError, match=r"eurofxref-hist\.csv") as error:
        read(text)
    (found,) = error.value.findings.to_dict("records")
    assert (found["table"], found["row"], found["column"], found["value"]) == ("rates.csv", row, column, value)


def test_every_wrong_cell_of_a_file_is_named(read):
    with pytest.raises(LedgerError) as error:
        read(HEADER + "2025-02-10,-1,x,\n" + "2025-02-07,1.03,0,\n")
    found = error.value.findings.sort_values(["row", "column"])
    assert found["value"].tolist() == ["x", "-1", "0"]


@pytest.mark.parametrize(
    ("content", "name", "problem"),
    [
        pytest.param("", "rates.csv", "not readable", id="empty file"),
        pytest.param(HEADER, "rates.csv", "no day", id="header only"),
        pytest.param(FRIDAY, "rates.csv", "header", id="no header"),
        pytest.param("Day,USD,\n" + FRIDAY, "rates.csv", "header", id="first column not Date"),
        pytest.param("Date,USD,USD,\n" + FRIDAY, "rates.csv", "header", id="currency twice"),
        pytest.param("Date,EUR,USD,\n" + FRIDAY, "rates.csv", "header", id="a column for the euro"),
        pytest.param("Date,USD,jpy,\n" + FRIDAY, "rates.csv", "header", id="small letters"),
        pytest.param(GOOD + "2025-02-06,1.0360,157\u00a0,\n", "rates.csv", "not readable", id="not ASCII"),
        pytest.param(HEADER + '2025-02-10,"1.03,157,\n', "rates.csv", "not readable", id="open quote"),
        pytest.param(GOOD, "rates.csv.gz", "not readable", id="not gzipped"),
        pytest.param(gzip.compress(GOOD.encode())[:-9], "rates.csv.gz", "not readable", id="truncated gz"),
        pytest.param(gzip.compress(GOOD.encode())[:10] + b"\xff" * 40, "rates.csv.gz", "not readable", id="corrupt gz"),
    ],
)
def test_a_file_that_is_not_the_ecbs_is_refused_by_name(read, content, name, problem):
    with pytest.raises(LedgerError, match=problem) as error:
        read(content, name)
    assert error.value.findings["table"].tolist() == [name]


def test_a_missing_file_is_refused_by_name(tmp_path):
    with pytest.raises(LedgerError, match=r"none\.csv: file is missing"):
        Rates.from_ecb_csv(tmp_path / "none.csv")


def test_the_calendar_of_target_is_the_calendar_of_the_file(published):
    days, day = set(published), date(2002, 1, 1)
    while day <= max(days):
        assert is_target_day(day) == (day in days), day
        day += timedelta(1)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2025-02-08", False), ("2025-04-18", False), ("2025-04-21", False), ("2025-05-01", False),
        ("2025-12-25", False), ("2025-12-26", False), ("2027-01-01", False), ("2027-03-29", False),
        ("2025-07-14", True), ("2025-12-24", True), ("2025-12-31", True), ("2027-03-30", True),
    ],
)  # fmt: skip
def test_closing_days_of_target(day, works):
    assert is_target_day(date.fromisoformat(day)) is works


@pytest.mark.parametrize(
    ("last", "carried"),
    [
        ("2024-05-02", date(2024, 5, 2)),  # a Thursday
        ("2024-04-30", date(2024, 5, 1)),  # 1 May is a Wednesday
        ("2025-02-07", date(2025, 2, 9)),  # a Friday
        ("2025-04-17", date(2025, 4, 21)),  # to Easter Monday
    ],
)
def test_the_last_rate_is_carried_to_the_eve_of_the_next_working_day(last, carried):
    assert Rates.from_ecb_text(f"{HEADER}{last},1.03,157,\n", "rates.csv").last_carried.item() == carried


def test_a_currency_has_ended_if_the_last_day_of_the_ecb_has_none():
    days = ["2025-02-06,1.03,N/A,\n", "2025-02-07,1.03,157,\n", "2025-02-10,N/A,157,\n", "2025-02-11,1.03,157,\n"]
    endings = [
        Rates.from_ecb_text(HEADER + "".join(days[:count]), "rates.csv").ended.tolist() for count in (1, 2, 3, 4)
    ]
    assert endings == [[False, False, True], [False] * 3, [False, True, False], [False] * 3]
