"""The frames of other engines: the same answers as pandas, the same kind back, and nothing computed before its time."""

import pickle
import shutil
import subprocess
import sys

import dask
import dask.dataframe as dd
import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from summit_analysis import (
    FrameError,
    MissingExtraError,
    MissingRateError,
    Rates,
    SummitAnalysisError,
    conversion,
    grouped_sum,
    normalise,
)

ENGINES = ["polars", "polars lazy", "pyarrow", "duckdb", "dask", "pyspark"]
LAZY = ["polars lazy", "duckdb", "pyspark"]
PROVENANCE = ["rate", "factor", "rate_date", "rate_source", "rate_status"]


@pytest.fixture(scope="session")
def spark():
    session = pytest.importorskip("pyspark.sql", reason="pyspark is not installed").SparkSession
    if shutil.which("java") is None:
        pytest.skip("Spark needs a Java runtime: there is no `java` on the path")
    options = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    started = session.builder.master("local[1]").config(map=options).getOrCreate()
    started.sparkContext.setLogLevel("ERROR")
    yield started
    started.stop()


@pytest.fixture
def make(request):
    """Return a function that turns a pandas frame into the frame of an engine."""

    def hand_over(rows, engine):
        table = pa.Table.from_pandas(rows, preserve_index=False)
        return {
            "polars": lambda: pl.from_arrow(table),
            "polars lazy": lambda: pl.from_arrow(table).lazy(),
            "pyarrow": lambda: table,
            "duckdb": lambda: duckdb.from_arrow(table),
            "dask": lambda: dd.from_pandas(rows, npartitions=3),
            "pyspark": lambda: request.getfixturevalue("spark").createDataFrame(table),
        }[engine]()

    return hand_over


def back(frame, *, by="row"):
    """Compute a frame of any kind; text as text, days as timestamps, in the order of the column `by`."""
    if isinstance(frame, dd.DataFrame):
        rows = frame.compute()
    elif isinstance(frame, pl.LazyFrame):
        rows = frame.collect().to_arrow()
    elif isinstance(frame, pl.DataFrame):
        rows = frame.to_arrow()
    elif isinstance(frame, duckdb.DuckDBPyRelation):
        rows = frame.to_arrow_table()
    else:
        rows = frame if isinstance(frame, pd.DataFrame | pa.Table) else frame.toArrow()
    if isinstance(rows, pa.Table):
        rows = rows.to_pandas(date_as_object=False)
    kinds = {"rate_date": "datetime64[s]", "rate_source": "str", "rate_status": "str"}
    rows = rows.astype({name: kind for name, kind in kinds.items() if name in rows})
    return rows.sort_values(by).reset_index(drop=True) if by else rows


@pytest.fixture(scope="module")
def ledger_rows():
    """400 rows: amounts and days missing, stray case and blanks, ended, unknown and empty currencies, odd days."""
    draw = np.random.default_rng(11)
    codes = ["USD", " usd", "GBP ", "EUR", "jpy", "RUB", "ISK", "HRK", "BGN", "XAU", "", None]
    days = pd.date_range("1998-12-20", "2026-12-31").strftime("%Y-%m-%d").to_numpy()
    fixed = ["2025-02-09", " 2025-02-10", "2024-02-29", "2012-01-01", "2010-06-01", "1999-01-04", "1990-01-01", "2099-01-01", "", None]  # fmt: skip
    rows = pd.DataFrame(
        {
            "row": range(400),
            "amount": draw.lognormal(18, 2, 400).round(2),
            "low": draw.integers(0, 10**9, 400),
            "currency": pd.Series(draw.choice(np.array(codes, dtype=object), 400)).astype("str"),
            "said": pd.Series(
                np.where(
                    draw.random(400) < 0.5, draw.choice(days, 400), draw.choice(np.array(fixed, dtype=object), 400)
                )
            ).astype("str"),
            "place": pd.Series(draw.choice(np.array(["Paris", "Lyon", None], dtype=object), 400)).astype("str"),
        }
    )
    rows.loc[rows.index % 17 == 3, "amount"] = np.nan
    rows["day"] = pd.to_datetime(rows["said"].str.strip().replace("", None)).astype("datetime64[us]")
    return rows


CASES = {
    "euros": {"date": "said"},
    "pounds at typed days": {"date": "day", "to": " gbp"},
    "mean of the month": {"date": "said", "period": "month"},
    "mean of the year in dollars": {"date": "day", "period": "year", "to": "USD"},
    "one day for all": {"on": "2025-02-09", "to": "JPY"},
    "bare": {"date": "said", "provenance": False},
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("engine", ENGINES)
def test_values_gaps_and_statuses_are_those_of_pandas(make, ledger_rows, engine, case):
    options = {"amounts": ["amount", "low"], "errors": "coerce"} | CASES[case]
    expected = conversion.normalise(ledger_rows, **options)
    frame = make(ledger_rows, engine)
    result = normalise(frame, **options)
    assert type(result) is type(frame)
    pd.testing.assert_frame_equal(back(result), back(expected), check_dtype=False, check_exact=True)
