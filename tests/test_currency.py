"""Rates and what they convert: against the ECB's own text, through the doors of five engines, fresh from a server."""

import datetime as dt
import decimal
import gzip
import inspect
import io
import json
import os
import pickle
import re
import shutil
import sys
import threading
import time
import zipfile
from bisect import bisect_right
from contextlib import contextmanager
from dataclasses import FrozenInstanceError
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from zoneinfo import ZoneInfo

import dask.dataframe as dd
import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from forex_python.converter import CurrencyRates

import summit_analysis as sa
from printed import cells, python
from refusals import misses
from summit_analysis import Rates, normalise, quote, update_rates
from summit_analysis.base import files
from summit_analysis.base.days import is_target_day
from summit_analysis.base.errors import ChoiceError, FrameError, LedgerError, MissingRateError, NetworkError
from summit_analysis.currency import convert, update
from summit_analysis.currency.rates import RATES_FILE
from summit_analysis.currency.update import ForexPythonProvider, Patience, fetch_ecb, rates_status
from summit_analysis.pledges.claims import compare_rules

LAST_CARRIED = date(2026, 11, 1)
PEGS = {row["currency"]: (row["anchor"], row["rate"], date.fromisoformat(row["valid_from"])) for row in cells("pegs")}
"""Anchor, units of the currency per 1 of it, and the first day on which that holds."""
PROVENANCE = ["rate", "factor", "rate_date", "rate_source", "rate_status"]
SPARK = pytest.param("pyspark", marks=pytest.mark.long)
DICTIONARY = pd.ArrowDtype(pa.dictionary(pa.int8(), pa.string()))


def frame(currency="USD", day="2025-02-10", amount=100.0, **more):
    columns = {"amount": amount, "currency": currency, "day": day, **more}
    rows = max(len(cells) if np.ndim(cells) else 1 for cells in columns.values())
    return pd.DataFrame(columns, index=range(rows))


def converted(rows, **options):
    return normalise(rows, **{"amounts": "amount", "date": "day"} | options)


def statuses(rows, **options):
    return converted(rows, **{"errors": "coerce"} | options)["rate_status"].tolist()


# --- an account of its own, in decimals, from the ECB's text


@pytest.fixture(scope="module")
def exact(published):
    """Return a function that says what a quote must: rate, factor, day and status, or who is to blame, day and why."""
    days = sorted(published)
    newest = published[days[-1]]
    printed = {code: [day for day in days if published[day][code] != "N/A"] for code in newest} | {"EUR": days}

    def per_euro(currency, day):
        anchor, rate, begins = PEGS.get(currency, ("", "", date.max))
        if begins <= day and days[0] <= day <= LAST_CARRIED:
            return Decimal(rate) * per_euro(anchor, day)
        if currency not in printed:
            why = "before start" if day < days[0] else "before the peg" if day < begins else "after end"
            return why if currency in PEGS else "unknown currency"
        first, last = printed[currency][0], printed[currency][-1]
        if day > LAST_CARRIED:
            return "after end" if last == days[-1] or currency in PEGS else "ended"
        text = published[days[bisect_right(days, day) - 1]].get(currency, "1") if day >= first else "N/A"
        why = "before start" if day < first else "ended" if day > last else "hole"
        return why if text == "N/A" else Decimal(text)

    def quoted(source, target, day):
        if source == target:
            return Decimal(1), Decimal(1), None, "same currency"
        sides = {code: per_euro(code, day) for code in (source, target)}
        for code, side in sides.items():
            if isinstance(side, str):
                return code, str(day), side
        on = days[bisect_right(days, day) - 1]
        words = ["crossed"] * ("EUR" not in sides) + ["carried"] * (on != day)
        fixed = {code: PEGS[code][0] for code in sides if code in PEGS and PEGS[code][2] <= day}
        words, on = (["pegged"], on if {*sides, *fixed.values()} - {*fixed, "EUR"} else day) if fixed else (words, on)
        rate = sides[target] if source == "EUR" else sides[source] / sides[target]
        return rate, sides[target] / sides[source], on, " and ".join(words) or "published"

    return quoted


@pytest.fixture(scope="module")
def sample(published):
    """Random rows of all currencies, and the days on which each begins and ends, stops and goes on."""
    random = np.random.default_rng(20250210)
    codes = ["EUR", *published[max(published)], "AED", "QAR", "XOF", "BAM", "XAU"]
    days = np.arange(np.datetime64("1998-06-01"), np.datetime64("2027-06-01"))
    cells = list(zip(random.choice(codes, 1_000).tolist(), random.choice(days, 1_000).tolist(), strict=True))
    cells += [(code, first + timedelta(shift)) for code, (_, _, first) in PEGS.items() for shift in (-1, 0, 1, 4)]
    for code in published[max(published)]:
        given = pd.Series({day: row[code] != "N/A" for day, row in sorted(published.items())})
        turns = [day for day, turned in given.ne(given.shift()).items() if turned]
        cells += [(code, day + timedelta(shift)) for day in (*turns, LAST_CARRIED) for shift in (-1, 0, 1)]
    cells += [("USD", date(999, 1, 3)), ("USD", date(2020, 2, 29)), ("USD", date(2024, 2, 29))]
    texts, moments = zip(*cells, strict=True)
    return frame(texts, np.array(moments, "datetime64[s]"), 10 ** random.uniform(-2, 13, len(cells)))


@pytest.mark.parametrize("to", ["EUR", "USD", "AED", "XOF"])
def test_columns_and_quotes_agree_with_a_recomputation_in_decimals(exact, sample, to):
    rows, wrong, lost = converted(sample, to=to, errors="coerce"), [], {}
    for row in rows.rename(columns={f"amount_{to}": "result"}).itertuples():
        *factors, on, status = expected = exact(row.currency, to, day := row.day.date())
        if len(expected) == 3:
            lost[expected] = row
            right = (np.isnan(row.result), row.rate_status) == (True, status)
            with pytest.raises(MissingRateError) as error:
                quote(row.currency, to, on=day)
            single = tuple(error.value.missing[["currency", "date", "rate_status"]].iloc[0])
        else:
            pairs = zip((row.rate, row.factor, row.result), (*factors, Decimal(row.amount) * factors[1]), strict=True)
            # through a peg there is one more product to be rounded
            close = Decimal("6e-16" if status == "pegged" else "4e-16")
            right = all(abs(Decimal(got) / one - 1) < close for got, one in pairs)
            right &= (row.rate_status, row.rate_date) == (status, pd.Timestamp(on))
            found = quote(row.currency, to, on=day)
            single = found.rate, found.factor, found.rate_date, found.status
        if not right or single != expected:
            wrong.append(row)
    assert wrong == []
    with pytest.raises(MissingRateError) as error:
        converted(sample, to=to)
    assert error.value.missing[["currency", "date", "rate_status"]].values.tolist() == list(map(list, lost))


@pytest.mark.parametrize("kind", ["str", "object", "category", DICTIONARY], ids=str)
def test_rows_of_many_blocks_that_the_cores_share_are_converted_as_alone(sample, kind, monkeypatch):
    rows = sample.astype({"currency": kind})
    alone = converted(rows, to="USD", errors="coerce")
    monkeypatch.setattr(convert, "BLOCK", 128)
    monkeypatch.setattr(convert, "THREADS_FROM", 1024)
    pd.testing.assert_frame_equal(converted(rows, to="USD", errors="coerce"), alone)
    few = rows.head(1024)
    pd.testing.assert_frame_equal(converted(few, to="USD", errors="coerce"), alone.head(1024))
    bare = converted(rows, to="USD", errors="coerce", provenance=False)
    pd.testing.assert_frame_equal(bare, alone.drop(columns=PROVENANCE))


# --- quotes


def test_another_table_of_rates_can_be_used_and_neither_it_nor_a_quote_be_changed():
    rates = Rates(np.array(["2025-02-10"], "datetime64[D]"), ("EUR", "USD"), np.array([[1.0, 2.0]]), "made up")
    found = quote("USD", on="2025-02-10", rates=rates)
    assert (found.factor, found.source) == (Decimal("0.5"), "made up")
    assert repr(rates) == (
        "Rates of 1 currencies against the euro, 10 February 2025 to 10 February 2025 (1 days)\nSource: made up"
    )
    for array in (rates.days, rates.table):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[0]
    for one in (rates, found):
        with pytest.raises(FrozenInstanceError):
            one.source = "mine"


def test_a_quote_in_words_has_no_exponents_and_says_what_was_divided():
    """More of them stand in doctests, and in the tests of the command line."""
    told = {
        ("USD", "JPY"): "1 USD = 152.038 JPY, 1 JPY = 0.0065773 USD\nRate 0.0065773 USD per 1 JPY of "
        "Friday 7 February 2025, divided from two euro rates.",
        ("EUR", "IDR"): "1 EUR = 16,933.1 IDR, 1 IDR = 0.000059056 EUR\nRate 16933.08 IDR per 1 EUR of "
        "Friday 7 February 2025.",
        ("usd", "USD"): "1 USD = 1 USD",
    }
    assert {pair: repr(quote(*pair, on="2025-02-07")).partition(" Source: ")[0] for pair in told} == told


# --- means of periods


@pytest.mark.parametrize(("period", "digits"), [("month", 7), ("year", 4)])
def test_the_mean_of_a_period_agrees_with_a_recomputation(published, sample, period, digits):
    """To a currency with holes too, whose own incomplete means once were not called so."""
    daily = pd.DataFrame.from_dict(published, orient="index").replace("N/A", None).astype(float).assign(EUR=1.0)
    fixed = pd.DataFrame(False, daily.index, [*daily, *PEGS]).loc[:, lambda all_: ~all_.columns.duplicated()]
    daily = daily.reindex(columns=fixed.columns)
    for code, (anchor, rate, first) in PEGS.items():
        fixed[code] = daily.index >= first
        daily[code] = daily[code].mask(fixed[code], daily[anchor] * float(rate))
    by_period, codes = daily.index.astype("str").str[:digits], sample["currency"]
    mean, given = daily.groupby(by_period).mean(), daily.groupby(by_period).count()
    assert round(mean.loc["2025-02-10"[:digits], "USD"], 6) in (1.041250, 1.129983)
    lacks = given.lt(given["EUR"], axis="index")
    lacks.loc[lacks.index == "2026"] = True
    keys = sample["day"].astype("str").str[:digits]
    at = mean.index.get_indexer(keys), mean.columns.get_indexer(codes)
    for to in ("EUR", "USD", "ISK"):
        result, same = converted(sample, to=to, period=period, errors="coerce"), codes == to
        ratios = daily.rdiv(daily[to], axis="index").groupby(by_period)
        tables = {"factor": mean.rdiv(mean[to], axis="index"), "factor_low": ratios.min(), "factor_high": ratios.max()}
        right = pd.DataFrame({name: table.to_numpy()[at] for name, table in tables.items()})
        right[np.minimum(*at) < 0] = np.nan
        right[same] = 1.0
        right["rate"] = right["factor"].where(codes == "EUR", 1 / right["factor"])
        right[f"amount_{to}"] = sample["amount"] * right["factor"]
        pd.testing.assert_frame_equal(result[right.columns], right, rtol=1e-13)
        marked = (lacks.to_numpy() | lacks[[to]].to_numpy())[at]
        plain = pd.Series(np.where(marked, "mean of incomplete ", "mean of ")) + period
        words = plain.mask(~codes.isin(["EUR", to]) & (to != "EUR"), "crossed " + plain)
        pegged = pd.Series(fixed.groupby(by_period).any().to_numpy()[at])
        words = words.mask(pegged, "pegged " + plain).mask(same, "same currency")
        there = right["factor"].notna()
        assert result["rate_status"].astype("str")[there].tolist() == words[there].tolist()
        assert set(result["rate_status"][~there]) <= set(convert.REMEDIES)
        assert result["rate_date"][there & ~same].astype("str").str[:digits].equals(keys[there & ~same])


# --- what is fixed, and rates of one's own


def test_what_is_fixed_names_the_rate_and_who_fixed_it_and_the_ecb_only_where_it_has_a_part():
    days = ["2025-02-10", "2025-02-09", "2025-02-10", "2025-02-09", "2022-12-31", "2023-01-01"]
    told = converted(frame(["AED", "SAR", "QAR", "XOF", "HRK", "HRK"], days))["rate_source"].str
    assert told.startswith(Rates.embedded().source).tolist() == [True, True, True, False, True, False]
    said = "per 1 (?:USD|EUR): .*(?:Central Bank|Saudi|Banque|Council)"
    assert told.contains(said).tolist() == [True] * 4 + [False, True]


def table(text):
    return pd.read_csv(io.StringIO(text), dtype="str", keep_default_na=False)


def test_a_peg_begins_and_ends_with_its_own_days_also_where_the_ecb_does_not_publish():
    pegs = table(
        "currency,anchor,rate,valid_from,valid_to,source\n"
        "VND,USD,20000,2025-02-08,2025-02-15,first\nVND,USD,30000,2025-02-16,2025-02-21,second\n"
        "ANG,JPY,2,2025-02-10,,third\nAWG,AED,2,2025-02-10,,no anchor\nBBD,USD,-2,2025-02-10,,no rate\n"
        "BMD,USD,1,soon,,no day\nBSD,USD,1,2025-02-10,later,no day\n"
    )
    mine = Rates.from_ecb_csv(files.shipped("data") / RATES_FILE).beside(pegs)
    assert mine.convertible[len(mine.currencies) :] == ("VND", "ANG")
    days = ["2025-02-07", "2025-02-08", "2025-02-15", "2025-02-16", "2025-02-21", "2025-02-22", "2026-12-01"]
    result = converted(frame("VND", days), to="USD", rates=mine, errors="coerce")
    assert result["rate"].fillna(0).tolist() == pytest.approx([0, 2e4, 2e4, 3e4, 3e4, 0, 0])
    assert result["rate_status"].tolist() == ["before the peg", *["pegged"] * 4, *["after the peg"] * 2]
    assert converted(frame("ANG"), to="JPY", rates=mine)["amount_JPY"].item() == pytest.approx(50)
    copy = pickle.loads(pickle.dumps(mine))
    assert converted(frame("VND"), rates=copy).equals(converted(frame("VND"), rates=mine))


OWN = table(
    "day,currency,rate,source\n2025-03-01,VND,27000,second bank\n2025-01-15,VND,26000,first bank\n"
    "2010-06-01,ISK,290,Seðlabanki\n2025-01-01,USD,2,nobody\n2024-12-31,AED,2,nobody\n2025-01-01,KZT,0,nobody\n"
)


def test_a_rate_of_ones_own_holds_for_a_month_and_only_where_there_is_no_other():
    mine = Rates.embedded().beside(table((files.shipped("data") / "pegs.csv").read_text("utf-8")), OWN)
    days = {
        **{"2025-01-14": "no own rate", "2025-01-15": "2025-01-15", "2025-02-15": "2025-01-15"},
        **{"2025-02-16": "no own rate", "2025-03-02": "2025-03-01", "2025-04-01": "2025-03-01"},
        **{"2025-04-02": "no own rate", "1998-01-01": "before start"},
    }
    result = converted(frame("VND", list(days)), rates=mine, errors="coerce")
    dated, status = result["rate_date"].dt.strftime("%Y-%m-%d"), result["rate_status"].astype("str")
    assert dated.where(status == "own", status).tolist() == list(days.values())
    assert result["rate"].dropna().tolist() == [26000] * 2 + [27000] * 2
    assert set(result["rate_source"].dropna()) == {"first bank, second bank"}
    rows = frame(["ISK", "ISK", "USD", "AED", "KZT"], ["2010-06-20", "2010-07-03", *["2025-01-01"] * 3])
    assert statuses(rows, rates=mine) == ["own", "hole", "carried", "pegged", "no rates"]
    # across: the source of each, and the older day
    across = quote("VND", "AED", on="2025-03-03", rates=mine)
    assert (across.status, across.rate_date) == ("own", date(2025, 3, 1))
    assert [part.partition(":")[0] for part in across.source.split("; ")] == [
        "first bank, second bank", mine.source, "3.6725 AED per 1 USD",
    ]  # fmt: skip
    assert "from rates of one's own. Source: first bank" in repr(across)
    # the mean of March is that of its days of publication, all at 27,000; of the year only some have one
    means = converted(frame("VND", ["2025-03", "2025-01"]), period="month", rates=mine)
    assert means["rate"].tolist() == [27000, 26000]
    assert means["rate_status"].tolist() == ["own mean of month", "own mean of incomplete month"]
    rows = {
        "VND": (partial(converted, frame("EUR"), to="VND"), r"VND: no rates\. The code is right.* rates\.csv"),
        "XAU": (partial(converted, frame("EUR"), to="XAU"), r"XAU: unknown currency\. No currency"),
        "for all rows": (partial(converted, frame(), currency="VND"), r"VND on 2025-02-10: no rates \(1 row"),
        "a number": (partial(converted, frame([840])), "840.* ISO 4217"),
    }
    assert misses(MissingRateError, rows) == {}


def test_one_currency_can_serve_all_rows_and_a_column_of_that_name_comes_first(make):
    rows = frame().drop(columns="currency")
    for one in (rows, *(make(rows, engine) for engine in ("polars lazy", "pyarrow", "duckdb", "dask"))):
        result = back(converted(one, currency=" usd ", to="AED"))
        assert result["amount_AED"].tolist() == pytest.approx([367.25], rel=1e-15)
        assert list(result)[:3] == ["amount", "day", "amount_AED"]
    assert converted(frame(USD="EUR"), currency="USD")["amount_EUR"].tolist() == [100]


# --- the ECB's file and its calendar

HEADER, LINE = "Date,USD,JPY,\n", "2025-02-07,1.0377,157.75,\n"
RATES = partial(Rates.from_ecb_text, name="rates.csv")


def test_a_wrong_cell_is_named_by_row_column_and_value():
    no_rate = "not a rate above zero, nor N/A"
    wrong = {
        "10/02/2025,1.03,157,\n": [(2, "Date", "10/02/2025", "not a day")],
        LINE + "N/A,1.03,157,\n": [(3, "Date", "N/A", "not a day")],
        LINE + LINE: [(3, "Date", "2025-02-07", "day stands twice")],
        # a good rate below one beside a bad one
        "2025-02-10,0.83,-0.5,\n": [(2, "JPY", "-0.5", no_rate)],
        "2025-02-10,-1,x,\n2025-02-07,1.03,0,\n": [
            (2, "USD", "-1", no_rate), (2, "JPY", "x", no_rate), (3, "JPY", "0", no_rate),
        ],
    }  # fmt: skip
    wrong |= {f'2025-02-10,"{one}",157,\n': [(2, "USD", one, no_rate)] for one in ("", "1.O3", "nan", "inf", "1,03")}
    found = {}
    for lines in wrong:
        with pytest.raises(LedgerError, match=r"rates\.csv, row .*eurofxref-hist\.csv") as error:
            RATES(HEADER + lines)
        columns = error.value.findings[["row", "column", "value", "problem"]]
        found[lines] = [*columns.itertuples(index=False, name=None)]
    assert found == wrong


def test_a_file_that_is_not_the_ecbs_is_refused_by_name(tmp_path):
    packed, header = gzip.compress((HEADER + LINE).encode()), "header is not Date and a currency code for each"
    unfit = {
        "empty file": (b"", "not readable"),
        "header only": (HEADER.encode(), "no day"),
        "no header": (LINE.encode(), header),
        "first column not Date": (b"Day,USD,\n" + LINE.encode(), header),
        "currency twice": (b"Date,USD,USD,\n" + LINE.encode(), header),
        "a column for the euro": (b"Date,EUR,USD,\n" + LINE.encode(), header),
        "small letters": (b"Date,USD,jpy,\n" + LINE.encode(), header),
        "a cell too many": ((HEADER + LINE.replace(".", ",")).encode(), header),
        "a cell too many later": ((HEADER + LINE + LINE.replace(".", ",")).encode(), "not readable.* line 3, saw 6"),
        "not ASCII": ((HEADER + LINE.replace(".", "\u00a0")).encode(), "not readable"),
        "open quote": (HEADER.encode() + b'2025-02-10,"1.03,157,\n', "not readable"),
        "truncated.gz": (packed[:-9], "not readable"),
        "corrupt.gz": (packed[:10] + b"\xff" * 40, "not readable"),
    }
    rows = {name: (partial(RATES, content, name=name), f"{name}: .*{said}") for name, (content, said) in unfit.items()}
    rows["missing"] = (lambda: Rates.from_ecb_csv(tmp_path / "none.csv"), r"none\.csv: file is missing")
    rows["a folder"] = (lambda: Rates.from_ecb_csv(tmp_path), "not readable")
    assert misses(LedgerError, rows) == {}


def test_the_calendar_of_target_is_the_calendar_of_the_file_and_goes_on(published):
    calendar = pd.date_range("2002-01-01", max(published)).date
    assert [day for day in calendar if is_target_day(day) != (day in published)] == []
    closed = ["2027-01-01", "2027-03-26", "2027-03-29", "2028-05-01", "2028-12-25", "2028-12-26", "2027-02-06"]
    works = ["2027-03-30", "2027-07-14", "2027-12-24", "2027-12-31"]
    assert [day for day in closed + works if is_target_day(date.fromisoformat(day)) != (day in works)] == []


def test_the_last_rate_is_carried_to_the_eve_of_the_next_working_day_and_then_its_month_may_be_complete():
    carried = {
        "2024-05-02": ("2024-05-02", "mean of incomplete month"),  # a Thursday
        "2024-04-30": ("2024-05-01", "mean of month"),  # 1 May is a Wednesday
        "2025-02-07": ("2025-02-09", "mean of incomplete month"),  # a Friday
        "2025-04-17": ("2025-04-21", "mean of incomplete month"),  # to Easter Monday
        "2025-06-27": ("2025-06-29", "mean of incomplete month"),  # a Friday, and Monday is the last of the month
        "2025-05-30": ("2025-06-01", "mean of month"),  # a Friday, and the month ends on Saturday
    }
    found = {}
    for last in carried:
        rates = RATES(f"{HEADER}{last},1.03,157,\n")
        found[last] = str(rates.last_carried), *statuses(frame(day=last), period="month", rates=rates)
    assert found == carried


# --- the frame handed in


def test_the_frame_handed_in_stays_as_it_is_and_its_index_order_and_notes_are_kept():
    rows = frame(["USD", "EUR", "JPY", "USD"], "2025-02-09", [3.0, 1.0, np.nan, 2.0], note=list("xyzx"))
    rows.index = pd.Index([7, 3, 7, -1], name="line")
    rows.attrs["source"] = {"name": "own"}
    before = rows.copy(deep=True)
    result = converted(rows)
    pd.testing.assert_frame_equal(result[rows.columns], before)
    assert list(result.columns) == [*rows.columns, "amount_EUR", *PROVENANCE]
    assert result.attrs == rows.attrs
    result.attrs["source"]["name"] = "other"
    pd.testing.assert_frame_equal(rows, before)
    assert rows.attrs == {"source": {"name": "own"}}
    assert list(converted(rows.assign(rate=1), provenance=False).columns) == [*rows.columns, "rate", "amount_EUR"]
    assert list(converted(rows.iloc[:0]).columns) == list(result.columns)


@pytest.mark.parametrize("kind", ["str", "object", "category", DICTIONARY], ids=str)
def test_a_currency_is_read_whatever_its_spelling_and_kept_with_its_status_if_it_is_none(kind):
    # blanks are read another way than mere codes
    for spelt in (["USD", " usd", "Usd ", "EUR", "eur"], ["USD", "usd", "Usd", "EUR", "eur"]):
        codes = pd.Series(spelt).astype(kind)
        np.testing.assert_allclose(converted(frame(codes))["factor"], [1 / 1.032] * 3 + [1.0] * 2, rtol=1e-15)
        np.testing.assert_allclose(converted(frame(codes), to=" usd ")["factor"], [1.0] * 3 + [1.032] * 2, rtol=1e-15)
    for unknown in (["XAU", None], ["€UR", "US1", "US"], ["U{D", "", "  "], [f"no {number}" for number in range(100)]):
        result = converted(frame(pd.Series(["USD", *unknown, "EUR"]).astype(kind)), errors="coerce")
        assert result["factor"].iloc[[0, -1]].tolist() == pytest.approx([1 / 1.032, 1.0], rel=1e-15)
        assert result["amount_EUR"].iloc[1:-1].isna().all()
        status = ["unknown currency" if code and code.strip() else "no currency" for code in unknown]
        assert result["rate_status"].tolist() == ["published", *status, "same currency"]
    assert statuses(frame([840.0, np.nan])) == ["unknown currency", "no currency"]


def test_several_amounts_share_one_rate_and_an_empty_one_stays_empty():
    exact = pd.Series([decimal.Decimal("1.50"), None], dtype=pd.ArrowDtype(pa.decimal128(10, 2)))
    rows = frame(low=[1.0, np.nan], high=pd.array([2, None], dtype="Int64"), exact=exact)
    result = converted(rows, amounts=["low", "high", "exact"], date=None, on="2025-02-10")
    for name, amount in {"low_EUR": 1, "high_EUR": 2, "exact_EUR": 1.5}.items():
        assert result[name].tolist() == pytest.approx([amount / 1.032, np.nan], rel=1e-15, nan_ok=True)


def test_each_missing_rate_is_named_once_with_its_rows_or_kept_with_its_status():
    currency, day = ["RUB", "USD", "rub", "XAU", "XAU", "GBP"], ["2025-02-10"] * 3 + ["2025-02-11", "2025-02-12", None]
    rows = frame(currency, day, [1.0, 2.0, 3.0, 4.0, np.nan, 6.0]).set_axis(list("abcdef"))
    with pytest.raises(MissingRateError, match=r"(?s)3 rate.*RUB on 2025-02-10: ended \(2 row") as error:
        converted(rows)
    missing = error.value.missing
    assert missing[["currency", "date", "rate_status", "rows", "first_row"]].values.tolist() == [
        ["RUB", "2025-02-10", "ended", 2, "a"],
        ["XAU", "2025-02-11", "unknown currency", 1, "d"],
        ["GBP", "", "no date", 1, "f"],
    ]
    assert missing["remedy"].str.len().gt(20).all()
    result = converted(rows, errors="coerce")
    reasons = ["ended", "published", "ended", "unknown currency", "unknown currency", "no date"]
    assert result["rate_status"].tolist() == reasons
    assert result["amount_EUR"].notna().tolist() == [reason == "published" for reason in reasons]
    assert result.loc[result["amount_EUR"].isna(), PROVENANCE[:-1]].isna().all(axis=None)
    # rows without any amount need no rate
    assert len(converted(frame("XAU", amount=np.nan, other=1.0))) == 1
    with pytest.raises(MissingRateError):
        converted(frame("XAU", amount=np.nan, other=1.0), amounts=["amount", "other"])
    # a long list is cut in the message and whole in the error
    with pytest.raises(MissingRateError, match=r"(?s)30 rate.* 10 more") as error:
        converted(frame("RUB", pd.date_range("2025-01-01", periods=30)))
    assert (len(error.value.missing), str(error.value).count("RUB on ")) == (30, 20)


def test_a_frame_or_a_day_that_does_not_fit_is_refused_by_name():
    work = {
        "no amount": (frame(), {"amounts": "sum"}, "'sum'; the frame has: amount, currency, day$"),
        "no currency": (frame(), {"currency": "money"}, "no column 'money'; the frame has: amount, [a-z, ]*$"),
        "amounts is a number": (frame(), {"amounts": 0}, "0 names no column; give one name"),
        "amounts is empty": (frame(), {"amounts": []}, r"\[\] names no column; give one name"),
        "no day column": (
            frame(),
            {"date": "said"},
            "no column 'said'; .*; for one day for all rows write on= instead",
        ),
        "neither date nor on": (frame(), {"date": None}, "date=, .* on="),
        "result exists": (frame(amount_EUR=1), {}, "'amount_EUR' exists already"),
        "provenance exists": (frame(rate=1), {}, "'rate' exists already"),
        "amount is text": (frame(amount="5"), {}, "'amount' holds str, not numbers"),
        "amount is yes or no": (frame(amount=True), {}, "'amount' holds bool, not numbers"),
        "amount is complex": (frame(amount=1j), {}, "'amount' holds complex128, not numbers; make it"),
        "no currency named": (frame(), {"currency": None}, "no currency given: .*currency="),
        "labels twice": (frame(day=["x"] * 2).set_axis([5, 5]), {}, "'day', row 5: 'x' is not a day"),
        "column twice": (pd.concat([frame(), frame()], axis=1), {}, "'amount' stands twice"),
        "on is no day": (frame(), {"date": None, "on": "soon"}, "'soon' is not a day"),
        "amounts in a list too many": (frame(), {"amounts": [["amount"]]}, "names no column; give one name"),
        "currencies in a list": (frame(), {"currency": ["USD"]}, "no currency given: "),
        "days in a list": (frame(), {"date": ["day"]}, "no day given: "),
        "rates are none": (frame(), {"rates": 3}, "rates=3 are none; hand in Rates"),
    }
    no_frames = {"amount": [1.0]}, None, pl.Series([1.0]), np.ones(2)
    work |= {repr(one): (one, {}, "is no frame known here; hand in a pandas, polars") for one in no_frames}
    rows = {name: (partial(converted, one, **options), said) for name, (one, options, said) in work.items()}
    texts = "2025-02-30 10:00|2025-02-10 24:00|2025-02-10 soon|2025-02-10x|2025-2|20250210|25-02-10|10/02/2025"
    for text in texts.split("|"):
        days = frame(day=["2025-02-10 10:00", text])
        rows[text] = (partial(converted, days), f"'day', row 1: '{text}' is not a day; write YYYY-MM-DD")
    for day in ("10/02/2025", "2025-02-30", "", None, 20250210):
        rows[repr(day)] = (partial(quote, "USD", on=day), "is not a day")
    assert misses(FrameError, rows) == {}
    choices = [("errors", "ignore"), ("period", "week"), ("period", ["day"]), ("to", ["USD", "GBP"])]
    refused = {f"{name}={word}": (partial(converted, frame(), **{name: word}), name) for name, word in choices}
    assert misses(ChoiceError, refused) == {}


# --- days, however they are stored

ISLANDS = "Pacific/Kiritimati"
"""Fourteen hours ahead of Greenwich, which at three in the morning there has the day before."""


def objects(make):
    return lambda times: pd.Series([make(time) for time in times.dt.to_pydatetime()], dtype=object)


def arrow(kind):
    return lambda times: times.astype(pd.ArrowDtype(kind))


def islands(times):
    return (times - pd.Timedelta("20h")).dt.tz_localize(ISLANDS)


STORED = {
    "text": lambda times: times.dt.strftime("%Y-%m-%d"),
    "text as the web has it": lambda times: times.dt.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
    "text with an offset": lambda times: times.dt.strftime("%Y-%m-%d %H:%M:%S-05:00"),
    "days as objects": objects(dt.datetime.date),
    "times as objects": objects(lambda time: time),
    "zoned times as objects": objects(lambda time: time.replace(tzinfo=ZoneInfo(ISLANDS))),
    "nanoseconds": lambda times: times.dt.normalize().astype("datetime64[ns]"),
    "milliseconds": lambda times: times.dt.normalize().astype("datetime64[ms]"),
    "zoned": islands,
    "hourly periods": lambda times: times.dt.to_period("h"),
    "categories of times": lambda times: times.astype("category"),
    "categories of days": lambda times: objects(dt.datetime.date)(times).astype("category"),
    "Arrow text": lambda times: times.dt.strftime("%Y-%m-%dT%H:%M").astype(pd.ArrowDtype(pa.string())),
    "Arrow milliseconds": lambda times: arrow(pa.date64())(times.dt.normalize()),
    "Arrow times": arrow(pa.timestamp("ns")),
    "Arrow zoned": lambda times: arrow(pa.timestamp("us", ISLANDS))(islands(times)),
    "Arrow dictionary": lambda times: arrow(pa.dictionary(pa.int32(), pa.date32()))(arrow(pa.date32())(times)),
}


def test_days_are_days_however_they_are_stored_and_an_empty_one_is_none(sample):
    rows = sample[sample["day"].dt.year > 1990].reset_index(drop=True)
    times, expected, wrong = rows["day"] + pd.Timedelta("23h"), converted(rows, errors="coerce"), []
    for kind, store in STORED.items():
        days = store(times)
        result = converted(rows.assign(day=days), errors="coerce").drop(columns="day")
        empty = statuses(frame(day=days.tail(1).reindex([len(rows)])))
        if not result.equals(expected.drop(columns="day")) or empty != ["no date"]:
            wrong.append(kind)
    assert wrong == []


def test_a_month_is_read_under_its_period_and_never_takes_the_rate_of_its_first_day():
    days = ["2025-02", "2025-02-10", "2025-02-28T12:00:00Z", None]
    for kind in ("object", "category", pd.ArrowDtype(pa.string())):
        result = converted(frame(day=pd.Series(days).astype(kind)), period="month", errors="coerce")
        assert len(set(result["rate"].iloc[:3])) == 1
        assert result["rate_status"].tolist() == ["mean of month"] * 3 + ["no date"]
    assert len(set(converted(frame(day=["2025", "2025-02", "2025-02-10"]), period="year")["rate"])) == 1
    assert converted(frame(), date=None, on="2025-02", period="month")["rate"].item() == result["rate"].iloc[0]
    stores = {
        "text": lambda text: [text],
        "category": lambda text: pd.Categorical([text]),
        "period": lambda text: pd.PeriodIndex([text], freq="M" if "-" in text else "Y"),
        "period as object": lambda text: pd.Series([pd.Period(text)], dtype=object),
    }
    work = [
        (store(text), period, right, text)
        for store in stores.values()
        for text, period, right in (("2025-02", "day", "month"), ("2025", "day", "year"), ("2025", "month", "year"))
    ]
    # a period longer than its dates are looked up by is refused only where it reaches beyond
    work.append((pd.PeriodIndex(["2025Q1"], freq="Q"), "month", "year", "2025Q1"))
    rows = {}
    for days, period, right, text in work:
        said = f"'day', row 0: '{text}' reaches beyond one {period}; .*period=\"{right}\""
        rows[repr(days), period] = (partial(converted, frame(day=days), period=period), said)
        assert statuses(frame(day=days), period=right) == [f"mean of {right}"]
    week = pd.PeriodIndex(["2025-01-01"], freq="W")
    rows["week"] = (partial(converted, frame(day=week)), "'2024-12-30/2025-01-05', .* is not a day; write YYYY-MM-DD")
    assert misses(FrameError, rows) == {}


def test_one_day_can_serve_all_rows_and_a_category_that_no_row_has_is_not_looked_at():
    for on in ("2025-02-08", date(2025, 2, 8), pd.Timestamp("2025-02-08 12:00")):
        assert converted(frame(day=["1999-01-04", "rubbish"]), date=None, on=on)["rate"].tolist() == [1.0377] * 2
    days = pd.Categorical(["2025-02-10"], categories=["soon", "2025-02-10"])
    assert converted(frame(day=days))["rate"].tolist() == [1.0320]
    # a currency in itself needs no day
    result = converted(frame(["USD", "EUR"], [None, "2025-02-10"]), to="USD")
    assert result[["amount_USD", "rate_status"]].values.tolist() == [[100.0, "same currency"], [103.2, "published"]]


# --- one kernel behind the doors of five engines

ENGINES = ["polars", "polars lazy", "pyarrow", "duckdb", "dask", SPARK]
MAKERS = {
    "polars": pl.from_arrow,
    "polars lazy": lambda table: pl.from_arrow(table).lazy(),
    "pyarrow": lambda table: table,
    "duckdb": duckdb.from_arrow,
    "dask": lambda table: dd.from_pandas(table.to_pandas(), npartitions=3),
}


@pytest.fixture(scope="session")
def spark():
    session = pytest.importorskip("pyspark.sql", reason="pyspark is not installed").SparkSession
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("Spark needs a Java runtime: there is no `java` on the path, and no JAVA_HOME")
    local = {"driver.bindAddress": "127.0.0.1", "driver.host": "127.0.0.1", "sql.session.timeZone": "UTC"}
    few = {"sql.shuffle.partitions": "1", "ui.enabled": "false", "ui.showConsoleProgress": "false"}
    options = {f"spark.{name}": word for name, word in (local | few).items()}
    # its workers need this package, and what it needs
    os.environ["PYSPARK_PYTHON"] = sys.executable
    started = session.builder.master("local[1]").config(map=options).getOrCreate()
    started.sparkContext.setLogLevel("ERROR")
    yield started
    started.stop()


@pytest.fixture
def make(request):
    """Return a function that turns a pandas frame into the frame of an engine."""
    return lambda rows, engine: (MAKERS.get(engine) or request.getfixturevalue("spark").createDataFrame)(
        pa.Table.from_pandas(rows, preserve_index=False)
    )


def back(rows):
    """Compute a frame of any kind; text as text, days as timestamps, in the order in which the rows come."""
    for way in ("compute", "toArrow", "collect", "to_arrow_table", "to_arrow"):
        rows = getattr(rows, way)() if hasattr(rows, way) and not isinstance(rows, pa.Table) else rows
    rows = rows.to_pandas(date_as_object=False) if isinstance(rows, pa.Table) else rows
    kinds = dict.fromkeys(rows.select_dtypes("category"), "str")
    return rows.astype(kinds | {name: "datetime64[s]" for name in rows if name == "rate_date"}).reset_index(drop=True)


@pytest.fixture(scope="module")
def mixed(sample):
    """Rows of the sample with stray case and blanks, some amounts, currencies and days missing."""
    rows = sample[sample["day"].dt.year > 1990].iloc[::3].reset_index(drop=True)
    at, codes, said = rows.index, rows["currency"], rows["day"].astype("str")
    rows["currency"] = codes.mask(at % 5 == 0, " " + codes.str.lower()).mask(at % 13 == 0, "").mask(at % 19 == 0, None)
    rows["said"] = said.mask(at % 7 == 0, f" {FRIDAY}").mask(at % 11 == 0, "").mask(at % 23 == 0, None)
    rows["day"] = pd.to_datetime(rows["said"].str.strip().replace("", None)).astype("datetime64[us]")
    return rows.assign(row=at, low=at * 1000, amount=rows["amount"].mask(at % 17 == 3))


BOTH = {"amounts": ["amount", "low"], "errors": "coerce"}
CASES = [
    {"date": "said"},
    {"date": "day", "to": " gbp"},
    {"date": "said", "period": "month"},
    {"date": "day", "period": "year", "to": "USD"},
    {"on": "2025-02-09", "to": "JPY"},
    {"date": "said", "provenance": False},
]


@pytest.mark.parametrize("engine", ENGINES)
def test_each_engine_answers_as_pandas_in_its_own_kind_and_leaves_its_frame(make, mixed, engine):
    # what pandas itself answers is tested above
    days = {"day": ["2025-02-10 14:30:00", "2025-02-10T23:30:00-05:00", "2025-02-10", None]}
    days["month"] = days["year"] = ["2025-02", "2025-02-10T00:00:00Z", "2025-02-28", None]
    work = [(mixed, BOTH | case) for case in CASES] + [(mixed.iloc[:0], {"amounts": "low", "date": "said"})]
    for kind in ("str", "category"):
        for period, texts in days.items():
            options = {"amounts": "amount", "date": "day", "period": period, "errors": "coerce"}
            work.append((frame(day=pd.Series(texts, dtype=kind)), options))
    # nothing is raised where nothing is missing
    work.append((frame(["USD", "EUR", "XAU"], amount=[1.0, 2.0, None]), {"amounts": "amount", "on": "2025-02-10"}))
    for rows, options in work:
        given = make(rows, engine)
        result = normalise(given, **options)
        assert type(result) is type(given)
        expected = back(normalise(rows, **options))
        pd.testing.assert_frame_equal(back(result), expected, check_dtype=False, check_exact=True)
        pd.testing.assert_frame_equal(back(given), back(rows), check_dtype=False, check_exact=True)


@pytest.mark.parametrize("engine", ENGINES)
def test_each_engine_refuses_what_does_not_fit_and_names_each_missing_rate_as_pandas_does(make, mixed, engine):
    work = {
        "no such column": (frame(), {"amounts": "sum"}, "no column 'sum'; the frame has: amount, currency, day"),
        "text": (frame(), {"amounts": "currency"}, "'currency' holds .*, not numbers"),
        "exists": (frame(rate=1.0), {}, "'rate' exists already"),
    }
    cells = {
        "month": (frame(day=["2025-02"]), {}, r"'2025-02' reaches beyond one day; .*period=.month"),
        "no day": (frame(day=["2025-02-10", "10/02/2025"]), {}, "'day', row 1: '10/02/2025'"),
        "numbers": (frame(day=[1, 1]), {}, "row [01]: 1 is not"),
    }
    rows = {
        name: (lambda one=one, more=more: back(converted(make(one, engine), **more)), said)
        for name, (one, more, said) in (work | cells).items()
        # Spark quotes an error of its workers in one of its own
        if engine != "pyspark" or name in work
    }
    assert misses(FrameError, rows) == {}
    found = []
    for one in (mixed, make(mixed, engine)):
        with pytest.raises(Exception, match=r"rate\(s\) missing") as error:
            back(converted(one, date="said", to="GBP"))
        found.append(str(error.value))
    # of Dask the first partition that fails speaks for all
    assert found[0] in found[1] or engine == "dask"


@pytest.mark.parametrize("engine", ["polars lazy", "dask", SPARK])
def test_a_lazy_frame_is_not_computed(make, engine):
    def fail(rows):
        raise RuntimeError("computed")

    unwilling = {
        "polars lazy": lambda lazy: lazy.map_batches(fail, schema=lazy.collect_schema()),
        "dask": lambda lazy: lazy.map_partitions(fail, meta=lazy._meta),
        "pyspark": lambda lazy: lazy.selectExpr("raise_error('computed') + amount AS amount", "currency", "day"),
    }[engine](make(frame(), engine))
    for errors in ("coerce", "raise"):
        with pytest.raises(Exception, match="computed"):
            back(converted(unwilling, errors=errors))


def test_dask_keeps_index_partitions_and_divisions_and_takes_rates_of_your_own(mixed):
    known = Rates.embedded()
    mine = Rates(known.days, known.currencies, known.table, "mine")
    given = dd.from_pandas(mixed.set_index(mixed.index + 1000), npartitions=3)
    options = {"amounts": "amount", "date": "said", "errors": "coerce", "rates": mine}
    result, expected = normalise(given, **options), normalise(given.compute(), **options)
    assert (result.npartitions, result.divisions) == (3, given.divisions)
    pd.testing.assert_frame_equal(result.compute(), expected)
    # the types are known beforehand
    pd.testing.assert_series_equal(result.dtypes, expected.dtypes)
    assert expected["rate_source"].cat.categories.tolist() == ["mine"]


def test_errors_and_rates_travel_between_processes_and_those_shipped_stay_at_home():
    with pytest.raises(MissingRateError) as error:
        converted(frame("RUB"))
    copy = pickle.loads(pickle.dumps(error.value))
    assert str(copy) == str(error.value)
    pd.testing.assert_frame_equal(copy.missing, error.value.missing)
    known = Rates.embedded()
    assert pickle.loads(pickle.dumps(known)) is known
    mine = pickle.loads(pickle.dumps(Rates(known.days, known.currencies, known.table * 2, "mine")))
    assert converted(frame(), rates=mine)[["factor", "rate_source"]].values.tolist() == [[1 / 1.032, "mine"]]


def test_polars_and_arrow_have_columns_of_kinds_of_their_own(make, mixed):
    options = {"amounts": "amount", "on": "2025-02-10"}
    for kind in (pl.Categorical, pl.Enum(["USD", "EUR", " usd "])):
        codes = pl.Series(["USD", "EUR", " usd "], dtype=kind)
        rows = pl.DataFrame({"amount": [1.0, float("nan"), 2.0], "currency": codes})
        result = normalise(rows, **options)
        assert result["amount_EUR"].to_list() == [1 / 1.032, None, 2 / 1.032]
        assert result.schema["currency"] == rows.schema["currency"]
    # already Saturday in Paris, still Friday in New York
    stamp = pl.Series(["2025-02-08T02:00:00"]).str.to_datetime().dt.replace_time_zone("UTC")
    for zone, status in (("Europe/Paris", "carried"), ("America/New_York", "published")):
        rows = pl.DataFrame({"amount": [1.0], "currency": ["USD"], "day": stamp.dt.convert_time_zone(zone)})
        assert [back(converted(one))["rate_status"].item() for one in (rows, rows.to_arrow())] == [status] * 2
    views = pa.table({"amount": [1.0], "currency": pa.array(["USD"], pa.string_view())})
    assert normalise(views, **options)["rate_status"].to_pylist() == ["published"]
    eager, lazy = (make(mixed, engine) for engine in ("polars", "polars lazy"))
    monthly = {"amounts": "amount", "date": "day", "period": "month", "errors": "coerce"}
    assert normalise(eager, **monthly).schema == normalise(lazy, **monthly).collect_schema()


def test_a_duckdb_connection_of_ones_own_is_served_and_left_as_it_was(mixed):
    with duckdb.connect() as connection:
        connection.register("rows", pa.Table.from_pandas(mixed, preserve_index=False))
        # a table of this name must not be taken for the rates
        connection.execute("CREATE TABLE ledger AS FROM rows")
        connection.execute("CREATE TABLE rates AS SELECT 1 AS nothing")
        shown = "SELECT table_name FROM information_schema.tables"
        before = connection.sql(shown).fetchall()
        result, expected = (normalise(one, date="said", **BOTH) for one in (connection.table("ledger"), mixed))
        pd.testing.assert_frame_equal(back(result), back(expected), check_dtype=False, check_exact=True)
        assert set(connection.sql(shown).fetchall()) - set(before) <= {("summit_analysis_frame",)}
        exact = connection.sql("SELECT 1.50 AS amount, 'USD' AS currency, DATE '2025-02-10' AS day")
        assert back(converted(exact))["amount_EUR"].tolist() == [1.5 / 1.032]
        # was the engine's own error
        connection.execute("SET python_enable_replacements = false")
        with pytest.raises(FrameError, match="SET python_enable_replacements=true"):
            converted(exact)


def test_what_is_worked_out_from_rates_is_worked_out_once(anew):
    known = Rates.embedded()
    rule = partial(convert.convention, known, "day")
    tables = partial(convert.tables, rule(), "USD", provenance=True)
    assert anew(Rates.embedded, convert.iso_currencies, rule, tables, lambda: known.sources, lambda: known.column) == []


def test_pandas_alone_needs_none_of_them():
    code = (
        "import sys, pandas as pd; from summit_analysis import normalise\n"
        "rows = normalise(pd.DataFrame({'a': [1.0], 'currency': 'USD'}), amounts='a', on='2025-02-10')\n"
        "print(sorted({'dask', 'duckdb', 'polars', 'pyspark'} & set(sys.modules)))"
    )
    assert python(code) == ["[]"]


def test_the_public_function_takes_what_the_method_takes_and_rates():
    method, public = (dict(inspect.signature(one).parameters) for one in (Rates.convert, normalise))
    del method["self"], public["rates"]
    assert [(one.name, one.kind, one.default) for one in public.values()] == [
        (one.name, one.kind, one.default) for one in method.values()
    ]


# --- a currency is meant alike by each function that takes one


def test_case_and_blanks_of_a_target_make_no_difference_and_one_that_is_none_is_our_error(ledger):
    known = {"envelope": "france-109bn", "where": "france-109bn"}
    public = [compare_rules, *filter(inspect.isfunction, (getattr(sa, name) for name in sa.__all__))]
    asked = {take.__name__: (take, list(inspect.signature(take).parameters)) for take in public}
    takers = {
        name: partial(take, ledger, **{word: known[word] for word in known if word in words})
        for name, (take, words) in asked.items()
        if words[:1] == ["ledger"] and "to" in words and name not in ("explore", "match_claims")
    }
    assert len(takers) > 10
    given = {name: (take(to=" usd "), take(to="USD")) for name, take in takers.items()}
    given["total"] = [one.counted for one in given["total"]]
    assert [name for name, (one, other) in given.items() if not one.equals(other)] == []
    refused = {name: (partial(take, to="XXX"), "XXX: unknown currency") for name, take in takers.items()}
    assert misses(MissingRateError, refused) == {}


# --- fresh rates, from a real server on the loopback

FRIDAY, MONDAY, TUESDAY, WEDNESDAY = (date(2026, 10, 30) + timedelta(n) for n in (0, 3, 4, 5))
"""The last day of the file that ships, and the working days after it."""
GOOD = {"USD": 1.1201, "JPY": 176.5, "GBP": 0.8341}
LIVE = "forex-python/127.0.0.1"
DEADLINE, SLACK = 0.3, 1.0
"""Seconds that are waited for, and that a slow machine may lose beside them."""


@pytest.fixture
def serve(monkeypatch):
    """Return a function that starts a server whose answers the given function sends, and that keeps what was asked."""
    monkeypatch.setenv("NO_PROXY", "*")
    servers = []

    def start(reply):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                server.asked.append(self.path)
                self.day = self.path.partition("?")[0].rpartition("/")[2]
                reply(self)

            def log_message(self, *_):
                pass

        servers.append(server := ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        server.asked, server.url = [], f"http://127.0.0.1:{server.server_port}/api/"
        # clients that hang up are what is tested
        server.handle_error = lambda *_: None
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def sends(body, status=200, **headers):
    """Send this answer."""
    body = body if isinstance(body, bytes) else body.encode()

    def send(handler):
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return send


def answers(rates=GOOD, **other):
    """Answer the day asked for as forex-python's service does, but for some parts."""
    return lambda one: sends(json.dumps({"base": "EUR", "date": one.day, "rates": rates} | other))(one)


def ask(server, days, **patience):
    return ForexPythonProvider(server.url, Patience(**patience)).rates(days)


@contextmanager
def in_time(deadline=DEADLINE):
    start = time.monotonic()
    yield
    assert time.monotonic() - start < deadline + SLACK


def test_each_day_is_asked_for_once_and_a_weekend_stands_for_its_friday(serve):
    server = serve(answers())
    days = ["2026-11-03", MONDAY, "2026-11-02", date(2026, 11, 7), date(2026, 11, 8), "2026-11-06"]
    rates = ask(server, days)
    assert server.asked == [f"/api/2026-11-{day}?base=EUR&rtype=fpy" for day in ("02", "03", "06")]
    assert rates.days.tolist() == [MONDAY, TUESDAY, WEDNESDAY, date(2026, 11, 5), date(2026, 11, 6)]
    assert (rates.currencies, rates.source) == (("EUR", "GBP", "JPY", "USD"), LIVE)
    there, none = [1, 0.8341, 176.5, 1.1201], [1, np.nan, np.nan, np.nan]
    np.testing.assert_array_equal(rates.table, [there, there, none, none, there])
    unfit = {"need a day": [], "is not a day": [MONDAY, "soon"]}
    assert misses(FrameError, {said: (partial(ask, server, days), said) for said, days in unfit.items()}) == {}
    assert len(server.asked) == 3


def test_it_is_forex_python_with_its_own_address_and_its_own_methods(serve):
    bounded = ForexPythonProvider(serve(answers(GOOD | {"XXX": 3, "RUB": 90.5, "EUR": 1.0})).url)
    assert isinstance(bounded, CurrencyRates)
    assert ForexPythonProvider()._source_url() == CurrencyRates()._source_url()
    assert ForexPythonProvider("http://example.org/v1").source == "forex-python/example.org"
    # a code that is well formed is kept, whether the ECB knows it or not
    assert bounded.get_rates("EUR", MONDAY) == GOOD | {"XXX": 3, "RUB": 90.5}
    assert bounded.get_rate("EUR", "USD", dt.datetime(2026, 11, 2)) == 1.1201
    assert (bounded.convert("EUR", "JPY", 2, MONDAY), bounded.get_rate("EUR", "EUR")) == (353, 1)
    with pytest.raises(NetworkError, match="no rate for CHF"):
        bounded.get_rate("EUR", "CHF", MONDAY)


def test_a_failure_that_passes_is_tried_again_and_a_clear_no_is_taken(serve):
    server = serve(lambda one: answers()(one) if len(server.asked) > 1 else sends("", 500)(one))
    assert ask(server, [MONDAY]).days.tolist() == [MONDAY]
    assert len(server.asked) == 2
    requests = {500: 3, 503: 3, 429: 3, 404: 1, 403: 1, 204: 1}
    servers = {status: serve(sends("", status)) for status in requests}
    rows = {status: (partial(ask, one, [MONDAY]), f"HTTP status {status}") for status, one in servers.items()}
    assert misses(NetworkError, rows) == {}
    assert {status: len(one.asked) for status, one in servers.items()} == requests


def begins(start, piece=b"", pause=0.05):
    """Send the beginning of an answer, then piece after piece for some seconds: no read times out."""

    def reply(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + start)
        for _ in range(100 if piece else 0):
            time.sleep(pause)
            handler.wfile.write(piece)

    return reply


HALF, CHUNKED = b"Content-Length: 5000\r\n\r\n{", b"Transfer-Encoding: chunked\r\n\r\n"


SLOW = {
    "never answers": (lambda one: time.sleep(5), r"silent for 0\.1 s|deadline"),
    "answers after the deadline": (lambda one: time.sleep(DEADLINE + 0.1) or answers()(one), "deadline|silent"),
    "drips its body": (begins(HALF, b" "), r"deadline of 0\.3 s"),
    "drips chunks without end": (begins(CHUNKED, b" "), r"deadline of 0\.3 s"),
    "drips its headers": (begins(b"X-Slow: ", b" "), r"deadline of 0\.3 s"),
    "is silent after half": (begins(HALF, b" ", pause=5), "silent|deadline"),
    "only the second day fails": (lambda one: time.sleep(5 * (one.day != str(MONDAY))) or answers()(one), "-11-03"),
    "nobody is there, far away": ("http://192.0.2.1/", ""),
}
UNFIT = {
    "nobody is there": ("http://127.0.0.1:9/", "refused"),
    "no address": ("no-address", "Missing"),
    "half an address": ("http://[::1/", ""),
    "closes half-way": (begins(HALF), "IncompleteRead"),
    "closes without a word": (lambda handler: None, "closed connection without response"),
    "speaks no HTTP": (lambda handler: handler.wfile.write(b"220 mail ready\r\n"), "BadStatusLine"),
    "404": (sends("nothing here", 404), "HTTP status 404 Not Found"),
    "redirects elsewhere": (sends("", 302, Location="http://192.0.2.1/"), r"redirects to 'http://192\.0\.2\.1/'"),
    "HTML": (sends("<!doctype html><title>Sorry</title>", Content_Type="text/html"), "not JSON"),
    "not UTF-8": (sends(b'{"base": "\xff\xfe"}'), "not JSON"),
    "deep brackets": (sends("[" * 200_000), "not JSON"),
    "broken gzip": (sends("{}", Content_Encoding="gzip"), "no usable answer"),
    "a list": (sends("[]"), "no rates"),
    "rates null": (answers(None), "no rates"),
    "rates a list": (answers([1.1]), "no rates"),
    "rates empty": (answers({}), "no rates"),
    "small letters": (answers(GOOD | {"usd": 1.1}), "'usd': 1"),
    "the euro is not one": (answers(GOOD | {"EUR": 1.1}), "EUR for itself"),
    "another day": (answers(date=str(FRIDAY)), "date '2026-10-30'; '2026-11-02' was asked for"),
    "another base": (answers(base="USD"), "base 'USD'; 'EUR' was asked for"),
}
NO_RATES = [None, "1.1201", True, -1.1201, 0, float("nan"), float("inf"), 10**400, [1.1]]
UNFIT |= {repr(rate): (answers(GOOD | {"USD": rate}), "'USD': " + re.escape(repr(rate)[:9])) for rate in NO_RATES}


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
@pytest.mark.parametrize(("faults", "options"), [
    (SLOW, {"connect": 0.1, "read": 0.1, "deadline": DEADLINE}), (UNFIT, {"attempts": 2}),
], ids=["slow", "unfit"])  # fmt: skip
def test_each_fault_is_one_error_in_time_with_cause_and_address(serve, faults, options):
    def asked(url):
        with in_time():
            ForexPythonProvider(url, Patience(**options)).rates([MONDAY, TUESDAY])

    rows = {}
    for fault, (reply, cause) in faults.items():
        url = reply if isinstance(reply, str) else serve(reply).url
        rows[fault] = (partial(asked, url), f"^{re.escape(url)}.*({cause}).*Nothing of it is used")
    assert misses(NetworkError, rows) == {}


def test_an_endless_answer_is_cut_and_one_deadline_holds_for_all_days(serve, monkeypatch):
    server = serve(lambda one: time.sleep(0.05) or answers()(one))
    days = [day.date() for day in pd.bdate_range(MONDAY, periods=20)]
    with in_time(), pytest.raises(NetworkError, match="deadline"):
        ask(server, days, deadline=DEADLINE)
    assert 1 < len(server.asked) < len(days)
    monkeypatch.setattr(files, "MOST_BYTES", 100_000)
    with in_time(5), pytest.raises(NetworkError, match="longer than 100000 bytes"):
        ask(serve(begins(b"\r\n", b" " * 1_000_000, 0)), [MONDAY])


def test_rates_in_memory_convert_and_none_is_carried_over_a_working_day_that_nobody_gave(serve):
    live = ask(serve(answers()), [FRIDAY, MONDAY])
    result = converted(frame(["USD", "GBP", "EUR"], [FRIDAY, MONDAY, "2026-11-01"]), to="USD", rates=live)
    assert result["rate_source"].tolist() == [LIVE] * 3
    assert result["factor"].tolist() == [1.0, 1.1201 / 0.8341, 1.1201]
    live = ask(serve(answers()), [FRIDAY, "2026-11-06", "2026-11-09"])
    days = ["2026-11-01", "2026-11-08", MONDAY, "2026-11-05"]
    assert statuses(frame(day=days), rates=live) == ["carried", "carried", "hole", "hole"]
    facts = rates_status(live, "2026-11-12").set_index("fact")["count"]
    assert facts[["age in days", "working days missing"]].tolist() == [3, 2]
    assert facts["hole"].tolist() == [4] * 3


# --- the ECB's file brings stored rates up to date


@pytest.fixture(scope="module")
def recent():
    """The last days of the ECB's file: the whole takes a quarter of a second to read."""
    text = gzip.decompress((files.shipped("data") / RATES_FILE).read_bytes()).decode("ascii")
    return "".join(text.splitlines(keepends=True)[:60])


@pytest.fixture
def stored(recent, tmp_path):
    """A stored file of recent rates."""
    (tmp_path / RATES_FILE).write_bytes(gzip.compress(recent.encode()))
    return tmp_path / RATES_FILE


@pytest.fixture
def given(tmp_path_factory):
    """Return a function that writes a file outside the folder of what is stored."""
    folder = tmp_path_factory.mktemp("given")
    return lambda content, name="given.csv": files.write_bytes(folder / name, content)


@contextmanager
def nothing_changes(path):
    before = {one.name: one.read_bytes() for one in path.parent.iterdir()}
    yield
    assert {one.name: one.read_bytes() for one in path.parent.iterdir()} == before


def zipped(*texts):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, text in enumerate(texts):
            archive.writestr(f"{number}.csv", text)
    return packed.getvalue()


def newer(text, *days, cell=None, code=""):
    """Change the ECB's text: further days, another cell, a further currency; return it as bytes."""
    header, *lines = (text if cell is None else text.replace(*cell)).splitlines()
    lines = [lines[0].replace(str(FRIDAY), str(day)) for day in days] + lines
    if code:
        header, lines = f"{header}{code},", [f"{line}{9.5 if n < 2 else 'N/A'}," for n, line in enumerate(lines)]
    return "\n".join([header, *lines, ""]).encode()


def test_the_file_of_the_ecb_is_read_in_each_form(serve, recent, given):
    forms = {"hist.csv": recent.encode(), "hist.csv.gz": gzip.compress(recent.encode()), "hist.zip": zipped(recent)}
    for name, content in forms.items():
        for place in (serve(sends(content)).url + name, given(content, name)):
            rates = fetch_ecb(place)
            np.testing.assert_array_equal(rates.table, Rates.embedded().table[-len(rates.days) :])
            assert rates.source == f"ECB {name} to 2026-10-30"


def test_what_is_not_the_file_of_the_ecb_is_refused_and_nothing_stored_changes(
    serve, stored, recent, given, monkeypatch
):
    line, none = b"Date,USD,\n2026-11-02,1.1,\n" * 99, ",N/A" * (recent.partition("\n")[0].count(",") - 1)
    bare = recent.replace("\n2026-10-30", f"\n{MONDAY}{none},\n2026-10-30")
    broken = {
        "half a zip": (zipped(line)[:150], "not readable"),
        "two files in the zip": (zipped(b"a", b"b"), "2 files in the zip"),
        "longer than any, packed": (gzip.compress(bytes(2 << 20)), "unpacks to more than 1 MB"),
        "longer than any, zipped": (zipped(bytes(2 << 20)), "unpacks to more than 1 MB"),
        "a new day without any rate": (bare.encode(), "on 1 working day.* 2026-11-02"),
        "a gap before the new days": (newer(recent, TUESDAY), "on 1 working day.* 2026-11-02"),
        "a gap inside them": (newer(recent, WEDNESDAY, MONDAY), "on 1 working day.* 2026-11-03"),
    }
    monkeypatch.setattr(files, "MOST_BYTES", 1 << 20)
    take = partial(partial, update_rates, stored, patience=Patience(read=0.1, deadline=DEADLINE))
    local = {name: (take(given(content, name)), f"{name}.*{said}") for name, (content, said) in broken.items()}
    web = {
        "HTML": (sends("<html>moved</html>"), "not the ECB's file.*header"),
        "half a zip": (sends(zipped(line)[:150]), "not the ECB's file.*not readable as CSV"),
        "nothing": (sends(b""), "not the ECB's file.*not readable as CSV"),
        "forex-python": (answers(), "not the ECB's file"),
    }
    web = {name: (take(serve(reply).url), said) for name, (reply, said) in web.items()}
    with nothing_changes(stored):
        assert misses(LedgerError, local) == {}
        with in_time(10):
            assert misses(NetworkError, web) == {}


def test_the_ecb_corrects_cells_and_adds_days_and_currencies_and_a_second_time_nothing(serve, stored, recent):
    text = newer(recent, TUESDAY, MONDAY, cell=("\n2026-10-29,1.113,", "\n2026-10-29,1.114,"), code="XTS")
    server = serve(sends(text))
    with nothing_changes(stored):
        dry = update_rates(stored, server.url, dry_run=True)
    found = update_rates(stored.parent, server.url + "eurofxref-hist.csv")
    pd.testing.assert_frame_equal(found, dry)
    assert found["change"].tolist() == ["changed cell", "new currency", "new day", "new day"]
    correction, currency, *days = found[["date", "currency", "old", "new", "cells"]].values.tolist()
    assert correction == [pd.Timestamp("2026-10-29"), "USD", 1.113, 1.114, 1]
    assert (currency[0], currency[1::3]) == (pd.Timestamp(MONDAY), ["XTS", 2])
    assert [(day, cells) for day, _, _, _, cells in days] == [(pd.Timestamp(day), 30) for day in (MONDAY, TUESDAY)]
    # what is stored is what the ECB serves, to the last byte
    assert gzip.decompress(stored.read_bytes()) == text
    assert Rates.from_ecb_csv(stored).source == f"ECB {RATES_FILE} to 2026-11-03"
    with nothing_changes(stored):
        assert len(update_rates(stored, server.url)) == 0


def test_a_short_file_of_the_ecb_takes_no_day_away(stored, recent, given):
    header, *lines = newer(recent, MONDAY).splitlines(keepends=True)
    assert update_rates(stored, given(header + b"".join(lines[:20])))["change"].tolist() == ["new day"]
    assert gzip.decompress(stored.read_bytes()) == newer(recent, MONDAY)


# --- the commands


def test_the_command_update_shows_writes_and_knows_when_nothing_is_new(main, serve, stored, recent, monkeypatch):
    server = serve(sends(zipped(newer(recent, MONDAY))))
    monkeypatch.setattr(update, "ECB_FILE", f"{server.url}eurofxref-hist.zip")
    stored.parent.joinpath("data").mkdir()
    stored = stored.rename(stored.parent / "data" / RATES_FILE)
    words, at = ("rates", "update", "--from", "ecb"), ("--file", stored)
    with nothing_changes(stored):
        code, printed, _ = main(*words, *at, "--dry-run")
        assert (code, "1 difference" in printed, "dry run" in printed) == (0, True, True)
    # without --file beside the shipped tables
    monkeypatch.setattr(files, "_PACKAGE", stored.parent.parent / "summit_analysis")
    for more, said in (([], f"Written: {stored}"), (at, "Nothing new")):
        code, printed, _ = main(*words, *more)
        assert (code, said in printed) == (0, True)
    assert gzip.decompress(stored.read_bytes()) == newer(recent, MONDAY)
    assert server.asked == ["/api/eurofxref-hist.zip"] * 3
    code, printed, _ = main("rates", "status", "--file", stored.parent)
    assert all(text in printed for text in ("days of", str(MONDAY), "currencies", "ended", "RUB"))


def test_the_command_convert_asks_forex_python_where_told_to(main, serve):
    server = serve(answers())
    words = ("USD", "EUR", "--live", "--service", server.url, "--on")
    code, printed, _ = main("convert", "112.01", *words, "2026-11-08")
    assert (code, server.asked) == (0, ["/api/2026-11-06?base=EUR&rtype=fpy"])
    assert all(text in printed for text in ("112.01 USD = 100.00 EUR", "Friday 6 November 2026", f"Source: {LIVE}."))
    code, _, said = main("convert", "1", *words, "soon")
    assert (code, "not a day; write YYYY-MM-DD" in said, len(server.asked)) == (2, True, 1)


def test_faults_and_wrong_usage_have_their_exit_codes_and_change_nothing(main, serve, stored):
    words, slow = ("rates", "update", "--file", stored), serve(SLOW["drips its headers"][0])
    with nothing_changes(stored):
        url = serve(sends("", 404)).url
        code, printed, said = main(*words, "--from", url)
        assert (code, printed, said.startswith(f"error: {url}: HTTP status 404")) == (1, "", True)
        with in_time():
            assert main(*words, "--from", slow.url, "--deadline", DEADLINE)[0] == 1
        for wrong in (["--from", "the-bank"], ["--from", "forex-python"], [], ["--from", "ecb", "--deadline", "0"]):
            code, printed, said = main(*words, *wrong)
            assert (code, printed, (wrong[2:] or ["--from"])[0] in said) == (2, "", True)
