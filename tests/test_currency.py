"""Rates and what they convert: against the ECB's own text, through the doors of five engines, fresh from a server."""

import gzip
import io
import json
import os
import pickle
import re
import sys
import threading
import time
import zipfile
from bisect import bisect_right
from dataclasses import FrozenInstanceError
from datetime import date, timedelta
from decimal import Decimal
from functools import cache, partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import dask.dataframe as dd
import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from printed import cells, one_line
from refusals import misses
from summit_analysis import Rates, normalise, quote, update_rates
from summit_analysis.base import files
from summit_analysis.base.days import is_target_day
from summit_analysis.base.errors import ChoiceError, FrameError, LedgerError, MissingRateError, NetworkError
from summit_analysis.currency import convert, update
from summit_analysis.currency.rates import RATES_FILE
from summit_analysis.currency.update import ForexPythonProvider, Patience

LAST_CARRIED = date(2026, 11, 1)
PEGS = {row["currency"]: (row["anchor"], row["rate"], date.fromisoformat(row["valid_from"])) for row in cells("pegs")}
"""Anchor, units of the currency per 1 of it, and the first day on which that holds."""
PROVENANCE = ["rate", "factor", "rate_date", "rate_source", "rate_status"]
KINDS = ["str", "object", "category", pd.ArrowDtype(pa.dictionary(pa.int8(), pa.string()))]


def frame(currency="USD", day="2025-02-10", amount=100.0, **more):
    columns = {"amount": amount, "currency": currency, "day": day, **more}
    return pd.DataFrame(columns, index=range(max(len(one) if np.ndim(one) else 1 for one in columns.values())))


def table(text):
    return pd.read_csv(io.StringIO(text), dtype="str", keep_default_na=False)


def converted(rows, **options):
    return normalise(rows, **{"amounts": "amount", "date": "day"} | options)


def statuses(rows, **options):
    return converted(rows, **{"errors": "coerce"} | options)["rate_status"].tolist()


@pytest.fixture(scope="module")
def exact(published):
    """Return a function that says what a quote must: rate, factor, day and status, or nothing."""
    days = sorted(published)

    def per_euro(currency, day):
        anchor, rate, begins = PEGS.get(currency, ("", "", date.max))
        if not days[0] <= day <= LAST_CARRIED:
            return None
        if begins <= day:
            return Decimal(rate) * per_euro(anchor, day)
        text = published[days[bisect_right(days, day) - 1]].get(currency, "1" if currency == "EUR" else "N/A")
        return None if text == "N/A" else Decimal(text)

    def quoted(source, target, day):
        if source == target:
            return Decimal(1), Decimal(1), None, "same currency"
        sides = {code: per_euro(code, day) for code in (source, target)}
        if None in sides.values():
            return None
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


@pytest.mark.parametrize(("to", "kind"), list(zip(["EUR", "USD", "AED", "XOF"], KINDS, strict=True)), ids=str)
def test_columns_and_quotes_agree_with_a_recomputation_in_decimals(exact, sample, to, kind, monkeypatch):
    """In rows of many blocks, that the cores share."""
    monkeypatch.setattr(convert, "BLOCK", 128)
    wrong = []
    for row in converted(sample.astype({"currency": kind}), to=to, errors="coerce").itertuples(index=False, name=None):
        amount, currency, moment, result, rate, factor, on, _, status = row
        expected = exact(currency, to, day := moment.date())
        try:
            found = quote(currency, to, on=day)
            pairs = zip((rate, factor, result), (*expected[:2], Decimal(amount) * expected[1]), strict=True)
            # through a peg there is one more product to be rounded
            close = Decimal("6e-16" if status == "pegged" else "4e-16")
            right = (found.rate, found.factor, found.rate_date, found.status) == expected
            right &= all(abs(Decimal(got) / one - 1) < close for got, one in pairs)
            right &= (on, status) == (pd.Timestamp(expected[2]), expected[3])
        except MissingRateError as error:
            right = expected is None and np.isnan(result) and [status] == error.missing["rate_status"].tolist()
        if not right:
            wrong.append(row)
    assert wrong == []


@pytest.mark.parametrize(("period", "digits"), [("month", 7), ("year", 4)])
def test_the_mean_of_a_period_agrees_with_a_recomputation(published, period, digits):
    """To a currency with holes too, whose own incomplete means once were not called so."""
    daily = pd.DataFrame.from_dict(published, orient="index").replace("N/A", None).astype(float).assign(EUR=1.0)
    daily = daily.drop(columns=[code for code in PEGS if code in daily])
    by_period = daily.index.astype("str").str[:digits]
    mean, given = daily.groupby(by_period).mean(), daily.groupby(by_period).count()
    assert round(mean.loc["2025-02-10"[:digits], "USD"], 6) in (1.041250, 1.129983)
    gaps = given.lt(given["EUR"], axis="index")
    gaps.loc[gaps.index == "2026"] = True
    for to in ("EUR", "USD", "ISK"):
        ratios = daily.rdiv(daily[to], axis="index").groupby(by_period)
        tables = {"factor": mean.rdiv(mean[to], axis="index"), "factor_low": ratios.min(), "factor_high": ratios.max()}
        tables["gaps"] = gaps | gaps[[to]].to_numpy()
        right = mean.rename_axis("day").melt(var_name="currency", value_name="amount", ignore_index=False).reset_index()
        right = right.assign(amount=100.0, **{name: table.melt()["value"] for name, table in tables.items()})
        codes = right["currency"]
        right.loc[codes == to, list(tables)[:3]] = 1.0
        right["rate"] = right["factor"].where(codes == "EUR", 1 / right["factor"])
        words = right.pop("gaps").map({True: "mean of incomplete ", False: "mean of "}) + period
        words = words.mask((codes != "EUR") & (to != "EUR"), "crossed " + words).mask(codes == to, "same currency")
        result = converted(right[["amount", "currency", "day"]], to=to, period=period, errors="coerce")
        pd.testing.assert_frame_equal(result[right.columns], right, rtol=1e-13)
        there = right["factor"].notna()
        assert result["rate_status"][there].tolist() == words[there].tolist()
        dated = result["rate_date"].dropna()
        assert dated.astype("str").str[:digits].tolist() == right["day"][dated.index].tolist()


def test_a_peg_begins_and_ends_with_its_own_days_also_where_the_ecb_does_not_publish():
    pegs = table(
        "currency,anchor,rate,valid_from,valid_to,source\n"
        "VND,USD,20000,2025-02-08,2025-02-15,first\nVND,USD,30000,2025-02-16,2025-02-21,second\n"
        "ANG,JPY,2,2025-02-10,,third\nAWG,AED,2,2025-02-10,,no anchor\nBBD,USD,-2,2025-02-10,,no rate\n"
        "BMD,USD,1,soon,,no day\nBSD,USD,1,2025-02-10,later,no day\n"
    )
    mine = Rates.embedded().beside(pegs)
    assert mine.convertible[len(mine.currencies) :] == ("VND", "ANG")
    days = ["2025-02-07", "2025-02-08", "2025-02-15", "2025-02-16", "2025-02-21", "2025-02-22", "2026-12-01"]
    result = converted(frame("VND", days), to="USD", rates=mine, errors="coerce")
    assert result["rate"].fillna(0).tolist() == pytest.approx([0, 2e4, 2e4, 3e4, 3e4, 0, 0])
    assert result["rate_status"].tolist() == ["before the peg", *["pegged"] * 4, *["after the peg"] * 2]
    assert converted(frame("ANG"), to="JPY", rates=mine)["amount_JPY"].item() == pytest.approx(50)


OWN = table(
    "day,currency,rate,source\n2025-03-01,VND,27000,second bank\n2025-01-15,VND,26000,first bank\n"
    "2010-06-01,ISK,290,Seðlabanki\n2025-01-01,USD,2,nobody\n2024-12-31,AED,2,nobody\n2025-01-01,KZT,0,nobody\n"
)


def test_a_rate_of_ones_own_holds_for_a_month_and_only_where_there_is_no_other():
    mine = Rates.embedded().beside(table((files.shipped("data") / "pegs.csv").read_text("utf-8")), OWN)
    days = ["2025-01-14", "2025-01-15", "2025-02-15", "2025-02-16", "2025-04-01", "2025-04-02", "1998-01-01"]
    result = converted(frame("VND", days), rates=mine, errors="coerce")
    told = ["no own rate", *["2025-01-15"] * 2, "no own rate", "2025-03-01", "no own rate", "before start"]
    dated, status = result["rate_date"].dt.strftime("%Y-%m-%d"), result["rate_status"].astype("str")
    assert dated.where(status == "own", status).tolist() == told
    assert result["rate"].dropna().tolist() == [26000, 26000, 27000]
    rows = frame(["ISK", "ISK", "USD", "AED", "KZT"], ["2010-06-20", "2010-07-03", *["2025-01-01"] * 3])
    assert statuses(rows, rates=mine) == ["own", "hole", "carried", "pegged", "no rates"]
    # across: the source of each, and the older day
    across = quote("VND", "AED", on="2025-03-03", rates=mine)
    assert (across.status, across.rate_date) == ("own", date(2025, 3, 1))
    assert across.source.startswith(f"first bank, second bank; {mine.source}; 3.6725 AED per 1 USD: ")
    # the mean of March is that of its days of publication, all at 27,000; in January only some have one
    means = converted(frame("VND", ["2025-03", "2025-01"]), period="month", rates=mine)[["rate", "rate_status"]]
    assert means.values.tolist() == [[27000, "own mean of month"], [26000, "own mean of incomplete month"]]
    assert statuses(frame("AED", "2025-02"), period="month") == ["pegged mean of month"]


HEADER, LINE = "Date,USD,JPY,\n", "2025-02-07,1.0377,157.75,\n"
UNREAD = [
    ("", "not readable"),
    (HEADER + LINE.replace(".", "\u00a0"), "not readable"),
    (HEADER + LINE + LINE.replace(".", ","), "not readable.* line 3, saw 6"),
    (HEADER + LINE.replace(".", ","), "header is not Date and codes"),
    (HEADER, "there is no day"),
    *((f"{top},\n{LINE}", "header is not") for top in ("Day,USD", "Date,USD,USD", "Date,EUR,USD", "Date,USD,jpy")),
    (HEADER + "10/02/2025,1.03,157,\n", "row 2, Date: '10/02/2025' not a day"),
    (HEADER + LINE + LINE, "row 3, Date: '2025-02-07' day stands twice"),
    (HEADER + LINE + "2025-02-06,-1,x,\n", "row 3, USD: '-1' not a rate above zero, nor N/A.* row 3, JPY: 'x' not"),
    *((f'{HEADER}2025-02-10,"{one}",157,\n', f"row 2, USD: ?'?{one}'? not") for one in ("", "0", "nan", "inf", "1,03")),
]


@pytest.mark.parametrize(("content", "said"), UNREAD)
def test_what_is_not_the_file_of_the_ecb_is_refused_by_name_row_column_and_value(content, said):
    with pytest.raises(LedgerError, match=rf"(?s)rates\.csv[:,].*{said}.*eurofxref-hist\.csv"):
        Rates.from_ecb_text(content, "rates.csv")


def test_the_last_rate_is_carried_to_the_eve_of_the_next_working_day_and_then_its_month_may_be_complete(published):
    calendar = pd.date_range("2002-01-01", max(published)).date
    assert [day for day in calendar if is_target_day(day) != (day in published)] == []
    carried = {
        "2024-04-30": ("2024-05-01", "mean of month"),  # 1 May is a Wednesday
        "2025-06-27": ("2025-06-29", "mean of incomplete month"),  # a Friday, and Monday is the last of the month
    }
    for last, (reach, status) in carried.items():
        rates = Rates.from_ecb_text(f"{HEADER}{last},1.03,157,\n", "rates.csv")
        assert (str(rates.last_carried), statuses(frame(day=last), period="month", rates=rates)) == (reach, [status])


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_currency_is_read_whatever_its_spelling_and_kept_with_its_status_if_it_is_none(kind):
    # blanks are read another way than mere codes
    for spelt in (["USD", " usd", "Usd ", "EUR", "eur"], ["USD", "usd", "Usd", "EUR", "eur"]):
        rows = frame(pd.Series(spelt).astype(kind))
        np.testing.assert_allclose(converted(rows)["factor"], [1 / 1.032] * 3 + [1.0] * 2, rtol=1e-15)
        np.testing.assert_allclose(converted(rows, to=" usd ")["factor"], [1.0] * 3 + [1.032] * 2, rtol=1e-15)
    for unknown in (["XAU", None], ["€UR", "US1", "US"], ["U{D", "", "  "], [f"no {number}" for number in range(100)]):
        result = converted(frame(pd.Series(["USD", *unknown, "EUR"]).astype(kind)), errors="coerce")
        status = ["unknown currency" if code and code.strip() else "no currency" for code in unknown]
        assert result["rate_status"].tolist() == ["published", *status, "same currency"]


WHY = {
    "before start": [("USD", "1998-12-31"), ("CNY", "2005-03-31")],
    "hole": [("ISK", "2008-12-10"), ("ISK", "2018-01-31")],
    "ended": [("RUB", "2022-03-02"), ("RUB", "2026-11-02")],
    "after end": [("USD", "2026-11-02"), ("SAR", "2026-11-02")],
    "before the peg": [("SAR", "1999-06-01")],
}


def test_each_missing_rate_is_named_once_or_kept_with_its_status_in_a_copy_with_index_order_and_notes():
    currency, day = ["RUB", "USD", "rub", "XAU", "XAU", "GBP"], ["2025-02-10"] * 3 + ["2025-02-11", "2025-02-12", None]
    rows = frame(currency, day, [1.0, 2.0, 3.0, 4.0, np.nan, 6.0]).set_axis([7, 3, 8, 7, -1, 0])
    rows.attrs["source"], before = "own", rows.copy(deep=True)
    with pytest.raises(MissingRateError, match=r"(?s)3 rate.*RUB on 2025-02-10: ended \(2 row") as error:
        converted(rows)
    assert error.value.missing[["currency", "date", "rate_status", "rows", "first_row"]].values.tolist() == [
        ["RUB", "2025-02-10", "ended", 2, 7],
        ["XAU", "2025-02-11", "unknown currency", 1, 7],
        ["GBP", "", "no date", 1, 0],
    ]
    assert str(pickle.loads(pickle.dumps(error.value))) == str(error.value)
    result = converted(rows, errors="coerce")
    for one in (rows, result[rows.columns]):
        pd.testing.assert_frame_equal(one, before)
    assert (list(result.columns), result.attrs) == ([*rows.columns, "amount_EUR", *PROVENANCE], {"source": "own"})
    reasons = ["ended", "published", "ended", "unknown currency", "unknown currency", "no date"]
    assert result["rate_status"].tolist() == reasons
    given = result[["amount_EUR", *PROVENANCE[:-1]]].notna()
    assert given.values.tolist() == [[reason == "published"] * 5 for reason in reasons]
    # on its first day and on its last, on either side
    for why, cases in WHY.items():
        for code, on in cases:
            assert statuses(frame(code, on)) == statuses(frame("EUR", on), to=code) == [why]


NO_DAYS = ["2025-02-30 10:00", "2025-02-10 24:00", "2025-02-10x", "2025-2", "20250210", "10/02/2025"]
REFUSED = {
    MissingRateError: [
        (frame("XAU", amount=np.nan, other=1.0), {"amounts": ["amount", "other"]}, "XAU on 2025-02-10: unknown"),
        (frame("EUR"), {"to": "VND"}, r"VND: no rates\. The code is right.* rates\.csv"),
        (frame("EUR"), {"to": "USDX"}, r"USDX: unknown currency\. No currency"),
        (frame(), {"currency": "VND"}, r"VND on 2025-02-10: no rates \(1 row"),
        (frame([840]), {}, "840.* ISO 4217"),
    ],
    FrameError: [
        (frame(), {"currency": "money"}, "no column 'money'; the frame has: amount, [a-z, ]*$"),
        (frame(), {"currency": ["USD"]}, "no currency given: "),
        (frame(), {"amounts": 0}, "0 names no column; give one name"),
        (frame(), {"date": "said"}, "no column 'said'; .*; for one day for all rows write on= instead"),
        (frame(), {"date": None}, "date=, .* on="),
        (frame(amount=True), {}, "'amount' holds bool, not numbers"),
        (frame(rate=1.0), {}, "'rate' exists already"),
        (frame(day=["x"] * 2).set_axis([5, 5]), {}, "'day', row 5: 'x' is not a day"),
        (pd.concat([frame(), frame()], axis=1), {}, "'amount' stands twice"),
        (frame(), {"rates": 3}, "rates=3 are none; hand in Rates"),
        (pl.Series([1.0]), {}, "is no frame known here; hand in a pandas, polars"),
        *((frame(), {"date": None, "on": day}, "is not a day") for day in ("soon", "2025-02-30", "", 20250210)),
        *((frame(day=["2025-02-10", one]), {}, f"'day', row 1: '{one}' is not a day; write") for one in NO_DAYS),
    ],
    ChoiceError: [(frame(), {"errors": "ignore"}, "errors='ignore'"), (frame(), {"period": ["day"]}, "period=")],
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_frame_a_day_or_a_word_that_does_not_fit_is_refused_by_name(kind):
    rows = {f"{said} {more}": (partial(converted, rows, **more), said) for rows, more, said in REFUSED[kind]}
    assert misses(kind, rows) == {}


ISLANDS = "Pacific/Kiritimati"
"""Fourteen hours ahead of Greenwich, which at three in the morning there has the day before."""
STORED = {
    "text as the web has it": lambda times: times.dt.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
    "zoned": lambda times: times.dt.tz_localize(ISLANDS),
    "zoned times as objects": lambda times: times.dt.tz_localize(ISLANDS).astype(object),
    "Arrow milliseconds": lambda times: times.dt.normalize().astype(pd.ArrowDtype(pa.date64())),
    "Arrow zoned": lambda times: times.dt.tz_localize(ISLANDS).astype(pd.ArrowDtype(pa.timestamp("us", ISLANDS))),
    "Arrow days": lambda times: times.dt.date.astype(pd.ArrowDtype(pa.date32())),
}


@pytest.mark.parametrize("kind", STORED)
def test_days_are_days_however_they_are_stored_and_an_empty_one_is_none(sample, kind):
    rows = sample[sample["day"].dt.year > 1990].reset_index(drop=True)
    days = STORED[kind](rows["day"] + pd.Timedelta("3h"))
    result, expected = (converted(one, errors="coerce").drop(columns="day") for one in (rows.assign(day=days), rows))
    pd.testing.assert_frame_equal(result, expected)
    assert statuses(frame(day=days.tail(1).reindex([len(rows)]))) == ["no date"]


def test_a_month_is_read_under_its_period_and_never_takes_the_rate_of_its_first_day():
    days = ["2025-02", "2025-02-10", "2025-02-28T12:00:00Z", None]
    result = converted(frame(day=days), period="month", errors="coerce")
    assert result["rate_status"].tolist() == ["mean of month"] * 3 + ["no date"]
    on = converted(frame(), date=None, on="2025-02", period="month")["rate"].item()
    assert result["rate"].dropna().tolist() == [on] * 3
    # a period longer than its dates are looked up by is refused only where it reaches beyond
    for text, period, right in (("2025-02", "day", "month"), ("2025", "day", "year"), ("2025", "month", "year")):
        for days in ([text], pd.PeriodIndex([text], freq=right[0].upper())):
            with pytest.raises(FrameError, match=f"'day', row 0: '{text}' reaches beyond one {period}; .*=\"{right}\""):
                converted(frame(day=days), period=period)
            assert statuses(frame(day=days), period=right) == [f"mean of {right}"]


def test_one_day_or_currency_can_serve_all_rows_one_rate_several_amounts_and_a_category_of_no_row_is_not_looked_at():
    for on in ("2025-02-08", date(2025, 2, 8), pd.Timestamp("2025-02-08 12:00")):
        assert converted(frame(day=["1999-01-04", "rubbish"]), date=None, on=on)["rate"].tolist() == [1.0377] * 2
    assert statuses(frame(day=pd.Categorical(["2025-02-10"], categories=["soon", "2025-02-10"]))) == ["published"]
    # a currency in itself needs no day
    result = converted(frame(["USD", "EUR"], [None, "2025-02-10"]), to="USD")
    assert result[["amount_USD", "rate_status"]].values.tolist() == [[100.0, "same currency"], [103.2, "published"]]
    cents = pd.Series([Decimal("1.50"), None], dtype=pd.ArrowDtype(pa.decimal128(10, 2)))
    rows = frame(low=[1.0, np.nan], high=pd.array([2, None], dtype="Int64"), cents=cents)
    result = converted(rows, amounts=["low", "high", "cents"])[["low_EUR", "high_EUR", "cents_EUR"]]
    np.testing.assert_allclose(result, [np.array([1, 2, 1.5]) / 1.032, [np.nan] * 3], rtol=1e-15)
    # a column of that name comes first
    assert converted(frame(USD="EUR"), currency="USD")["amount_EUR"].tolist() == [100]


ENGINES = {
    "polars": pl.from_arrow,
    "polars lazy": lambda table: pl.from_arrow(table).lazy(),
    "pyarrow": lambda table: table,
    "duckdb": lambda table: duckdb.connect().from_arrow(table),
    "dask": lambda table: dd.from_pandas(table.to_pandas(), npartitions=3),
    "pyspark": lambda table: spark().createDataFrame(table),
}


@cache
def spark():
    session = pytest.importorskip("pyspark.sql", reason="pyspark is not installed").SparkSession
    # its workers need this package, and what it needs
    os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    options = {"spark.sql.session.timeZone": "UTC", "spark.ui.enabled": "false"}
    return session.builder.master("local[1]").config(map=options).getOrCreate()


def make(rows, engine):
    return ENGINES[engine](pa.Table.from_pandas(rows, preserve_index=False))


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


@pytest.mark.parametrize("engine", [*list(ENGINES)[:-1], pytest.param("pyspark", marks=pytest.mark.long)])
def test_each_engine_answers_and_refuses_as_pandas_in_its_own_kind_and_leaves_its_frame(mixed, engine):
    moments = ["2025-02-10 14:30:00", "2025-02-10T23:30:00-05:00", "2025-02-10", None]
    work = [
        (mixed, {"date": "said", "amounts": ["amount", "low"]}),
        (mixed, {"period": "year", "to": "USD"}),
        (mixed, {"date": None, "on": "2025-02-09", "to": "JPY"}),
        (mixed, {"date": "said", "provenance": False}),
        (mixed.iloc[:0], {}),
        (frame().drop(columns="currency"), {"currency": " usd ", "to": "AED"}),
        (frame(day=moments), {}),
        (frame(day=pd.Categorical(moments)), {}),
        (frame(day=["2025-02", None]), {"period": "month"}),
        # nothing is raised where nothing is missing
        (frame(["USD", "EUR", "XAU"], amount=[1.0, 2.0, None]), {"errors": "raise"}),
    ]
    for rows, options in work:
        given = make(rows, engine)
        result, expected = (converted(one, **{"errors": "coerce"} | options) for one in (given, rows))
        assert type(result) is type(given)
        for one, other in ((result, expected), (given, rows)):
            pd.testing.assert_frame_equal(back(one), back(other), check_dtype=False, check_exact=True)
    for rows, options in ((mixed, {"date": "said", "to": "GBP"}), (frame(day=["2025-02-10", "10/02/2025"]), {})):
        found = []
        for one in (rows, make(rows, engine)):
            with pytest.raises(Exception, match=r"rate\(s\) missing|row 1: '10/02/2025'") as error:
                back(converted(one, **options))
            found.append(error.value)
        # of Dask the first partition that fails speaks for all; Spark quotes an error of its workers in one of its own
        assert str(found[0]) in str(found[1]) or engine == "dask"
        assert type(found[0]) is type(found[1]) or engine == "pyspark"


def test_polars_and_arrow_have_columns_of_kinds_of_their_own():
    codes = pl.Series(["USD", "EUR", " usd "], dtype=pl.Categorical)
    rows = pl.DataFrame({"amount": [1.0, float("nan"), 2.0], "currency": codes})
    assert converted(rows, on="2025-02-10")["amount_EUR"].to_list() == [1 / 1.032, None, 2 / 1.032]
    # already Saturday in Greenwich, still Friday in New York
    stamp = pl.Series(["2025-02-08T02:00:00"]).str.to_datetime().dt.replace_time_zone("UTC")
    rows = pl.DataFrame({"amount": [1.0], "currency": ["USD"], "day": stamp.dt.convert_time_zone("America/New_York")})
    assert [back(converted(one))["rate_status"].item() for one in (rows, rows.to_arrow())] == ["published"] * 2
    # what is lazy is not computed
    converted(rows.lazy().map_batches(lambda _: pytest.fail("computed"), schema=rows.schema))
    views = pa.table({"amount": [1.0] * 2, "currency": pa.array(["USD", "XAU"], pa.string_view())})
    assert back(converted(views, on="2025-02-08", errors="coerce"))["rate_status"][1] == "unknown currency"


def test_rates_of_ones_own_travel_between_processes_those_shipped_stay_at_home_and_neither_can_be_changed(anew):
    known = Rates.embedded()
    assert pickle.loads(pickle.dumps(known)) is known
    mine = pickle.loads(pickle.dumps(Rates(known.days, known.currencies, known.table * 2, "mine").beside(own=OWN)))
    assert repr(mine).splitlines()[1:] == ["Beside them: AED, VND", "Source: mine"]
    few = Rates.from_ecb_text("Date,USD\n2025-02-10,1\n2025-02-07,1\n2025-02-06,1\n", "mine.csv")
    assert repr(few).startswith("Rates of 1 currencies against the euro, 6 February 2025 to 10 February 2025 (3 days)")
    with pytest.raises(FrozenInstanceError):
        few.source = "mine"
    # no exponents, and all that was published
    said = "1 EUR = 16,933.1 IDR, 1 IDR = 0.000059056 EUR\nRate 16933.08 IDR per 1 EUR of Friday 7 February 2025."
    assert repr(quote("EUR", "IDR", on="2025-02-07")).startswith(said)
    assert mine.convert(frame(), amounts="amount", date="day")["rate_source"].tolist() == ["mine"]
    with pytest.raises(ValueError, match="read-only"):
        mine.table[0] = 1.0
    # what is worked out from them is worked out once
    rule = partial(convert.convention, known, "day")
    tables = partial(convert.tables, rule(), "USD", provenance=True)
    assert anew(Rates.embedded, convert.iso_currencies, rule, tables, lambda: known.sources, lambda: known.column) == []


FRIDAY, MONDAY, TUESDAY, WEDNESDAY = (date(2026, 10, 30) + timedelta(n) for n in (0, 3, 4, 5))
"""The last day of the file that ships, and the working days after it."""
GOOD = {"USD": 1.1201, "JPY": 176.5, "GBP": 0.8341}
DEADLINE, SLACK = 0.3, 1.0
"""Seconds that are waited for, and that a slow machine may lose beside them."""


@pytest.fixture
def server(monkeypatch):
    """A server whose answers the function `reply` sends, and that keeps what was asked."""
    monkeypatch.setenv("NO_PROXY", "*")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            server.asked.append(self.path)
            self.day = self.path.partition("?")[0].rpartition("/")[2]
            server.reply(self)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.asked, server.url = [], f"http://127.0.0.1:{server.server_port}/api/"
        # clients that hang up are what is tested
        server.handle_error = lambda *_: None
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


def write(start, piece, handler):
    """Send the beginning of an answer, then piece after piece for some seconds: no read times out."""
    handler.wfile.write(start)
    for _ in range(100 if piece else 0):
        time.sleep(0.05)
        handler.wfile.write(piece)


def sends(body, status=200, header="Content-Type: text/plain"):
    body = body if isinstance(body, bytes) else body.encode()
    return partial(write, f"HTTP/1.0 {status} Said\r\n{header}\r\n\r\n".encode() + body, b"")


def answers(rates=GOOD, **other):
    return lambda one: sends(json.dumps({"base": "EUR", "date": one.day, "rates": rates} | other))(one)


def test_each_day_is_asked_for_once_and_a_weekend_stands_for_its_friday(server):
    server.reply = answers()
    provider = ForexPythonProvider(server.url)
    rates = provider.rates(["2026-11-03", MONDAY, "2026-11-02", date(2026, 11, 7), date(2026, 11, 8), "2026-11-06"])
    assert server.asked == [f"/api/2026-11-{day}?base=EUR&rtype=fpy" for day in ("02", "03", "06")]
    assert (rates.currencies, rates.source) == (("EUR", "GBP", "JPY", "USD"), "forex-python/127.0.0.1")
    # none is carried over a working day that nobody gave
    there, none = [1, 0.8341, 176.5, 1.1201], [1, np.nan, np.nan, np.nan]
    np.testing.assert_array_equal(rates.table, [there, there, none, none, there])
    assert statuses(frame(day=["2026-11-08", "2026-11-05", TUESDAY]), rates=rates) == ["carried", "hole", "published"]
    for days, said in (([], "need a day"), ([MONDAY, "soon"], "is not a day")):
        with pytest.raises(FrameError, match=said):
            provider.rates(days)
    assert len(server.asked) == 3


def test_it_is_forex_python_with_its_own_methods_and_the_command_convert_asks_it_where_told_to(main, server):
    server.reply = answers(GOOD | {"XXX": 3, "EUR": 1.0})
    bounded = ForexPythonProvider(server.url)
    # a code that is well formed is kept, whether the ECB knows it or not
    assert bounded.get_rates("EUR", MONDAY) == GOOD | {"XXX": 3}
    assert (bounded.convert("EUR", "JPY", 2, MONDAY), bounded.get_rate("EUR", "EUR")) == (353, 1)
    with pytest.raises(NetworkError, match="no rate for CHF"):
        bounded.get_rate("EUR", "CHF", MONDAY)
    code, printed, _ = main("convert", "112.01", "USD", "EUR", "--live", "--service", server.url, "--on", "2026-11-08")
    assert (code, server.asked[-1]) == (0, "/api/2026-11-06?base=EUR&rtype=fpy")
    assert re.search("100.00 EUR.* USD per 1 EUR of Friday.*before Sunday.*: forex-python/127.0.0.1", one_line(printed))


def test_a_failure_that_passes_is_tried_again_and_a_clear_no_is_taken(server):
    server.reply = lambda one: answers()(one) if len(server.asked) > 1 else sends("", 500)(one)
    assert ForexPythonProvider(server.url).rates([MONDAY]).days.tolist() == [MONDAY]
    for status, times in {503: 3, 429: 3, 404: 1, 204: 1}.items():
        server.asked, server.reply = [], sends("", status, "Retry-After: 600")
        with pytest.raises(NetworkError, match=f"HTTP status {status}"):
            ForexPythonProvider(server.url).rates([MONDAY])
        assert len(server.asked) == times


START = b"HTTP/1.1 200 OK\r\n"
HALF = START + b"Content-Length: 5000\r\n\r\n{"
SLOW = [
    (lambda one: time.sleep(5), r"silent for 0\.1 s|deadline"),
    (partial(write, HALF, b" "), r"deadline of 0\.3 s"),
    (partial(write, START + b"X-Slow: ", b" "), r"deadline of 0\.3 s"),
    (lambda one: time.sleep(5 * (one.day != str(MONDAY))) or answers()(one), "-11-03"),
    (lambda one: time.sleep(0.05) or answers()(one), r"deadline of 0\.3 s"),
]
UNFIT = [
    ("http://127.0.0.1:9/", "refused"),
    (partial(write, HALF, b""), "IncompleteRead"),
    (partial(write, START + b"\r\n", b" " * 1_000_000), "longer than 300000 bytes"),
    (sends("", 302, "Location: http://192.0.2.1/"), r"status 302 Said to 'http://192\.0\.2\.1/', .*not followed"),
    (sends("[" * 200_000), "not JSON"),
    (answers({}), "no rates"),
    (answers(GOOD | {"usd": 1.1}), "'usd': 1"),
    (answers(GOOD | {"EUR": 1.1}), "EUR for itself"),
    (answers(date=str(FRIDAY)), "date '2026-10-30'; '2026-11-02' was asked for"),
    (answers(base="USD"), "base 'USD'; 'EUR' was asked for"),
]
NO_RATES = [None, "1.1201", True, -1.1201, 0, float("nan"), float("inf"), 10**400, [1.1]]
UNFIT += [(answers(GOOD | {"USD": rate}), "'USD': " + re.escape(repr(rate)[:9])) for rate in NO_RATES]


@pytest.mark.parametrize("faults", [SLOW, UNFIT], ids=["slow", "unfit"])
def test_each_fault_is_one_error_in_time_with_cause_and_address(server, faults, monkeypatch):
    monkeypatch.setattr(files, "MOST_BYTES", 300_000)
    patience = Patience(0.1, 0.1, DEADLINE) if faults is SLOW else Patience(attempts=2)
    days = pd.bdate_range(MONDAY, periods=20)
    for server.reply, cause in faults:
        url, start = server.reply if isinstance(server.reply, str) else server.url, time.monotonic()
        with pytest.raises(NetworkError, match=f"(?s)^{re.escape(url)}.*({cause}).*Nothing of it is used"):
            ForexPythonProvider(url, patience).rates(days)
        assert time.monotonic() - start < DEADLINE + SLACK


# the last days of the ECB's file: the whole takes a quarter of a second to read
RECENT = "".join(files.read_text(files.shipped("data") / RATES_FILE).splitlines(keepends=True)[:60])
PACKED = gzip.compress(RECENT.encode())


def newer(*days):
    """Put further days on top of the ECB's text."""
    header, *lines = RECENT.splitlines(keepends=True)
    return "".join([header, *(lines[0].replace(str(FRIDAY), str(day)) for day in days), *lines]).encode()


def test_what_is_not_the_file_of_the_ecb_is_refused_and_nothing_stored_changes(server, tmp_path):
    stored, none = files.write_bytes(tmp_path / RATES_FILE, PACKED), ",N/A" * RECENT.partition("\n")[0].count(",")
    broken = [
        ("<html>moved</html>", "header"),
        (RECENT.replace("\n", f"\n{MONDAY}{none}\n", 1), "on 1 working day.* 2026-11-02"),
        (newer(WEDNESDAY, MONDAY), "on 1 working day.* 2026-11-03"),
    ]
    for content, said in broken:
        server.reply = sends(content)
        with pytest.raises(LedgerError, match=f"{server.url}: .*{said}"):
            update_rates(stored, server.url)
    with pytest.raises(LedgerError, match=r"none\.csv: not readable \(No such file"):
        update_rates(stored, stored.with_name("none.csv"))
    assert stored.read_bytes() == PACKED


def test_the_ecb_corrects_cells_adds_days_and_currencies_takes_none_away_and_a_second_time_nothing(server, tmp_path):
    stored = files.write_bytes(tmp_path / RATES_FILE, PACKED)
    header, *lines = newer(TUESDAY, MONDAY).replace(b"2026-10-29,1.113,", b"2026-10-29,1.114,").decode().splitlines()
    lines = [f"{header}XTS,", *(f"{line}{9.5 if n < 2 else 'N/A'}," for n, line in enumerate(lines))]
    # the file is shorter than what is stored
    server.reply = sends("\n".join([*lines[:20], ""]))
    dry = update_rates(stored, server.url, dry_run=True)
    assert stored.read_bytes() == PACKED
    found = update_rates(stored.parent, server.url)
    pd.testing.assert_frame_equal(found, dry)
    assert found.astype({"date": "str"}).astype(object).fillna("").values.tolist() == [
        ["changed cell", "2026-10-29", "USD", 1.113, 1.114, 1],
        ["new currency", str(MONDAY), "XTS", "", "", 2],
        ["new day", str(MONDAY), "", "", "", 30],
        ["new day", str(TUESDAY), "", "", "", 30],
    ]
    # as the ECB writes it, to the last byte
    assert gzip.decompress(stored.read_bytes()).decode() == "\n".join([*lines, ""])
    assert Rates.from_ecb_csv(stored).source == f"ECB {RATES_FILE} to 2026-11-03"
    assert len(update_rates(stored, server.url)) == 0


def test_the_command_update_shows_writes_and_leaves_all_as_it_is_after_a_fault(main, server, tmp_path, monkeypatch):
    stored = files.write_bytes(tmp_path / "data" / RATES_FILE, PACKED)
    monkeypatch.setattr(update, "ECB_FILE", f"{server.url}eurofxref-hist.zip")
    words, at = ("rates", "update", "--from"), ("--file", stored)
    server.reply = sends("", 404)
    code, printed, said = main(*words, server.url, *at)
    assert (code, printed, said.startswith(f"error: {server.url}: HTTP status 404")) == (1, "", True)
    server.reply = SLOW[0][0]
    assert main(*words, server.url, *at, "--deadline", DEADLINE)[0] == 1
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("hist.csv", newer(MONDAY))
    server.reply = sends(packed.getvalue())
    for wrong in (["the-bank"], ["forex-python"], ["ecb", "--deadline", "0"]):
        code, printed, said = main(*words, *wrong, *at)
        assert (code, printed, [*words, *wrong][-2] in said) == (2, "", True)
    code, printed, _ = main(*words, "ecb", *at, "--dry-run")
    assert (code, "1 difference" in printed, "dry run" in printed) == (0, True, True)
    assert stored.read_bytes() == PACKED
    # without --file beside the shipped tables
    monkeypatch.setattr(files, "_PACKAGE", tmp_path / "summit_analysis")
    for more, said in (([], f"Written: {stored}"), (at, "Nothing new")):
        code, printed, _ = main(*words, "ecb", *more)
        assert (code, said in printed) == (0, True)
    assert gzip.decompress(stored.read_bytes()) == newer(MONDAY)
    assert str(MONDAY) in main("rates", "status", "--file", stored.parent)[1]
