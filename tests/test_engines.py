"""The frames of other engines: the same answers as pandas, the same kind back, and nothing computed before its time."""

import inspect
import os
import pickle
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from summit_analysis import Rates, normalise
from summit_analysis.base.errors import FrameError, MissingRateError

WHY = "needs the extra `engines`"
dd = pytest.importorskip("dask.dataframe", reason=WHY)
duckdb = pytest.importorskip("duckdb", reason=WHY)
pl = pytest.importorskip("polars", reason=WHY)

SPARK = pytest.param("pyspark", marks=pytest.mark.long)
ENGINES = ["polars", "polars lazy", "pyarrow", "duckdb", "dask", SPARK]
PROVENANCE = ["rate", "factor", "rate_date", "rate_source", "rate_status"]


@pytest.fixture(scope="session")
def spark():
    session = pytest.importorskip("pyspark.sql", reason="pyspark is not installed").SparkSession
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("Spark needs a Java runtime: there is no `java` on the path, and no JAVA_HOME")
    options = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    # its workers need this package, and what it needs
    os.environ["PYSPARK_PYTHON"] = sys.executable
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
            "pandas": lambda: rows,
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
    fixed = [
        "2025-02-09",
        " 2025-02-10",
        "2024-02-29",
        "2012-01-01",
        "2010-06-01",
        "1999-01-04",
        "1990-01-01",
        "2099-01-01",
    ]
    odd = np.array([*fixed, "", None], dtype=object)
    rows = pd.DataFrame(
        {
            "row": range(400),
            "amount": draw.lognormal(18, 2, 400).round(2),
            "low": draw.integers(0, 10**9, 400),
            "currency": pd.Series(draw.choice(np.array(codes, dtype=object), 400)).astype("str"),
            "said": pd.Series(np.where(draw.random(400) < 0.5, draw.choice(days, 400), draw.choice(odd, 400))).astype(
                "str"
            ),
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
    expected = normalise(ledger_rows, **options)
    frame = make(ledger_rows, engine)
    result = normalise(frame, **options)
    assert type(result) is type(frame)
    pd.testing.assert_frame_equal(back(result), back(expected), check_dtype=False, check_exact=True)
    # the frame handed in is as it was
    pd.testing.assert_frame_equal(back(frame), back(ledger_rows), check_dtype=False, check_exact=True)


def test_the_rows_put_to_the_test_meet_every_status(ledger_rows):
    result = normalise(ledger_rows, amounts="amount", date="said", to="GBP", errors="coerce")
    assert set(result["rate_status"]) == set(result["rate_status"].cat.categories)


@pytest.mark.parametrize("engine", ENGINES)
def test_no_rows_give_no_rows(make, ledger_rows, engine):
    result = normalise(make(ledger_rows.iloc[:0], engine), amounts="amount", date="said")
    assert list(back(result).columns) == [*ledger_rows.columns, "amount_EUR", *PROVENANCE]
    assert len(back(result)) == 0


def test_the_public_function_takes_what_the_method_takes_and_rates():
    method, public = (inspect.signature(one).parameters.values() for one in (Rates.convert, normalise))
    assert [(one.name, one.kind, one.default) for one in public if one.name != "rates"] == [
        (one.name, one.kind, one.default) for one in method if one.name != "self"
    ]


# --- order, index, partitions


@pytest.mark.parametrize("engine", ["polars", "polars lazy", "pyarrow", "dask"])
def test_rows_stay_where_they_are(make, ledger_rows, engine):
    shuffled = ledger_rows.sample(frac=1, random_state=3).reset_index(drop=True)
    result = normalise(make(shuffled, engine), amounts="amount", date="said", errors="coerce")
    assert back(result, by=None)["row"].tolist() == shuffled["row"].tolist()


def test_dask_keeps_index_partitions_and_divisions_and_knows_the_types_beforehand(ledger_rows):
    rows = ledger_rows.set_index(pd.Index(range(1000, 1400), name="line"))
    frame = dd.from_pandas(rows, npartitions=3)
    result = normalise(frame, amounts="amount", date="said", errors="coerce")
    assert (result.npartitions, result.divisions) == (3, frame.divisions)
    expected = normalise(frame.compute(), amounts="amount", date="said", errors="coerce")
    pd.testing.assert_frame_equal(result.compute(), expected)
    pd.testing.assert_series_equal(result.dtypes, expected.dtypes)


def test_dask_takes_rates_of_your_own(ledger_rows):
    known = Rates.embedded()
    mine = Rates(known.days, known.currencies, known.table, "mine")
    frame = dd.from_pandas(ledger_rows, npartitions=3)
    result = normalise(frame, amounts="amount", date="said", rates=mine, errors="coerce").compute()
    assert result["rate_source"].cat.categories.tolist() == ["mine"]


# --- nothing is computed before its time


@pytest.fixture
def unwilling(make):
    """Return a function that makes a frame of an engine which fails when it is computed."""

    def fail(rows):
        raise RuntimeError("computed")

    def build(engine):
        rows = pd.DataFrame({"amount": [1.0], "currency": "USD", "said": "2025-02-10"})
        frame = make(rows, "dask" if engine == "dask" else engine)
        if engine == "polars lazy":
            return frame.map_batches(fail, schema=frame.collect_schema())
        if engine == "pyspark":
            return frame.selectExpr("if(amount > 0, raise_error('computed'), amount) AS amount", "currency", "said")
        return frame.map_partitions(fail, meta=frame._meta)

    return build


@pytest.mark.parametrize("errors", ["coerce", "raise"])
@pytest.mark.parametrize("engine", ["polars lazy", "dask", SPARK])
def test_a_lazy_frame_is_not_computed(unwilling, engine, errors):
    frame = unwilling(engine)
    result = normalise(frame, amounts="amount", date="said", errors=errors)
    assert type(result) is type(frame)
    with pytest.raises(Exception, match="computed"):
        back(result, by=None)


# --- what has no rate


@pytest.mark.parametrize("engine", ENGINES)
def test_each_missing_rate_is_named_once(make, ledger_rows, engine):
    options = {"amounts": ["amount", "low"], "date": "said", "to": "GBP"}
    with pytest.raises(MissingRateError) as expected:
        normalise(ledger_rows, **options)
    # Spark quotes an error of its workers in one of its own
    with pytest.raises(Exception if engine == "pyspark" else MissingRateError, match=r"rate\(s\) missing") as error:
        back(normalise(make(ledger_rows, engine), **options))
    if engine == "pyspark":
        assert str(error.value).count("MissingRateError: ") == 1
        return
    columns = ["currency", "date", "rate_status", "rows", "remedy"]
    found, named = (one.value.missing[columns].sort_values(columns[:3], ignore_index=True) for one in (error, expected))
    if engine == "dask":
        # the first partition that fails speaks for all
        assert set(found["rate_status"]) <= set(named["rate_status"])
    else:
        pd.testing.assert_frame_equal(found, named, check_dtype=False)


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_is_raised_where_nothing_is_missing(make, engine):
    rows = pd.DataFrame({"row": [0, 1, 2], "amount": [1.0, 2.0, None], "currency": ["USD", "EUR", "XAU"]})
    result = back(normalise(make(rows, engine), amounts="amount", on="2025-02-10"))
    assert result["amount_EUR"].fillna(0).tolist() == [1 / 1.032, 2.0, 0.0]
    assert result["rate_status"].tolist() == ["published", "same currency", "unknown currency"]


def test_the_error_travels_between_processes(ledger_rows):
    with pytest.raises(MissingRateError) as error:
        normalise(ledger_rows, amounts="amount", date="said")
    copy = pickle.loads(pickle.dumps(error.value))
    assert str(copy) == str(error.value)
    pd.testing.assert_frame_equal(copy.missing, error.value.missing)


def test_rates_travel_between_processes_and_those_shipped_stay_at_home():
    known = Rates.embedded()
    assert pickle.loads(pickle.dumps(known)) is known
    mine = pickle.loads(pickle.dumps(Rates(known.days, known.currencies, known.table * 2, "mine")))
    assert normalise(pd.DataFrame({"a": [1.0], "currency": "USD"}), amounts="a", on="2025-02-10", rates=mine)[
        ["a_EUR", "rate_source"]
    ].values.tolist() == [[1 / 1.032, "mine"]]


# --- kinds of columns


def test_a_nan_is_a_missing_amount(make):
    rows = pl.DataFrame({"amount": [1.0, float("nan")], "currency": ["EUR", "EUR"]})
    for frame in (rows, rows.lazy()):
        result = normalise(frame, amounts="amount", on="2025-02-10").lazy()
        assert result.select("amount_EUR").collect().to_series().to_list() == [1.0, None]


@pytest.mark.parametrize("kind", [pl.Categorical, pl.Enum(["USD", "EUR", " usd "])], ids=["categorical", "enum"])
def test_currencies_may_be_categories(kind):
    rows = pl.DataFrame({"amount": [1.0, 1.0, 1.0], "currency": pl.Series(["USD", "EUR", " usd "], dtype=kind)})
    for frame in (rows, rows.lazy()):
        result = normalise(frame, amounts="amount", on="2025-02-10").lazy().collect()
        assert result["rate"].to_list() == [1.032, 1.0, 1.032]
        assert result.schema["currency"] == rows.schema["currency"]


def test_a_time_with_a_zone_counts_as_its_local_day():
    # already Saturday in Paris, still Friday in New York
    stamp = pl.Series(["2025-02-08T02:00:00"]).str.to_datetime().dt.replace_time_zone("UTC")
    for zone, status in (("Europe/Paris", "carried"), ("America/New_York", "published")):
        rows = pl.DataFrame({"amount": [1.0], "currency": ["USD"], "said": stamp.dt.convert_time_zone(zone)})
        for frame in (rows, rows.lazy(), rows.to_arrow()):
            assert back(normalise(frame, amounts="amount", date="said"), by=None)["rate_status"].tolist() == [status]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", ["str", "category"])
def test_text_with_hours_and_months_are_days_in_every_engine(make, engine, dtype):
    texts = ["2025-02-10 14:30:00", "2025-02-10T23:30:00-05:00", "2025-02-10", None]
    rows = pd.DataFrame({"row": range(4), "amount": 1.0, "currency": "USD", "said": pd.Series(texts, dtype=dtype)})
    result = back(normalise(make(rows, engine), amounts="amount", date="said", errors="coerce"))
    assert result["rate"].tolist()[:3] == [1.032] * 3
    assert result["rate_status"].tolist() == ["published"] * 3 + ["no date"]
    rows["said"] = pd.Series(["2025-02", "2025-02-10T00:00:00Z", "2025-02-28", None], dtype=dtype)
    for period in ("month", "year"):
        result = back(normalise(make(rows, engine), amounts="amount", date="said", period=period, errors="coerce"))
        assert len(set(result["rate"].iloc[:3])) == 1
        assert result["rate_status"].tolist() == [f"mean of {period}"] * 3 + ["no date"]


@pytest.mark.parametrize("engine", ["polars", "polars lazy", "pyarrow", "duckdb", "dask"])
def test_a_month_is_refused_where_the_rate_of_a_day_is_asked(make, engine):
    rows = pd.DataFrame({"amount": [1.0], "currency": "USD", "said": "2025-02"})
    with pytest.raises(FrameError, match=r"'2025-02' reaches beyond one day; .*period=.month"):
        back(normalise(make(rows, engine), amounts="amount", date="said"), by=None)


def test_duckdb_decimals_are_numbers_and_its_days_are_days():
    frame = duckdb.sql("SELECT 1.50 AS amount, 'USD' AS currency, DATE '2025-02-10' AS said")
    assert back(normalise(frame, amounts="amount", date="said"), by=None)["amount_EUR"].tolist() == [1.5 / 1.032]


def test_eager_and_lazy_polars_give_the_same_types(make, ledger_rows):
    options = {"amounts": "amount", "date": "day", "period": "month", "errors": "coerce"}
    eager, lazy = (normalise(make(ledger_rows, engine), **options) for engine in ("polars", "polars lazy"))
    assert eager.schema == lazy.collect_schema()


# --- a connection of one's own


def test_a_duckdb_connection_of_ones_own_is_served_and_left_as_it_was(ledger_rows):
    with duckdb.connect() as connection:
        connection.register("rows", pa.Table.from_pandas(ledger_rows, preserve_index=False))
        # a table of this name must not be taken for the rates
        connection.execute("CREATE TABLE ledger AS FROM rows")
        connection.execute("CREATE TABLE rates AS SELECT 1 AS nothing")
        before = connection.sql("SELECT table_name FROM information_schema.tables").fetchall()
        result = normalise(connection.table("ledger"), amounts="amount", date="said", errors="coerce")
        expected = normalise(ledger_rows, amounts="amount", date="said", errors="coerce")
        pd.testing.assert_frame_equal(back(result), back(expected), check_dtype=False, check_exact=True)
        after = connection.sql("SELECT table_name FROM information_schema.tables").fetchall()
        assert set(after) - set(before) <= {("summit_analysis_frame",)}


# --- refusals


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"amounts": "sum"}, "no column 'sum'; the frame has: amount, currency, said"),
        ({"amounts": "currency"}, "'currency' holds .*, not numbers"),
        ({"date": None}, "date=, .* on="),
        ({"to": "old"}, None),
        ({"amounts": "amount", "rename": "rate"}, "'rate' exists already"),
    ],
    ids=["no such column", "text", "no day", "unknown target", "exists"],
)
def test_what_does_not_fit_is_refused_at_once(make, engine, options, message):
    rows = pd.DataFrame({"amount": [1.0], "currency": "USD", "said": "2025-02-10"})
    if "rename" in options:
        rows["rate"] = 1.0
    options = {"amounts": "amount", "date": "said"} | {key: word for key, word in options.items() if key != "rename"}
    with pytest.raises(FrameError if message else MissingRateError, match=message):
        normalise(make(rows, engine), **options)


@pytest.mark.parametrize("engine", ["polars", "polars lazy", "pyarrow", "duckdb", "dask"])
@pytest.mark.parametrize(
    ("days", "message"),
    [(["2025-02-10", "10/02/2025"], "'said', row 1: '10/02/2025'"), ([1, 1], "'said', row [01]: 1")],
    ids=["text", "numbers"],
)
def test_what_is_no_day_is_refused_with_its_row(engine, make, days, message):
    rows = make(pd.DataFrame({"amount": [1.0, 2.0], "currency": "USD", "said": days}), engine)
    with pytest.raises(FrameError, match=message + " is not a day"):
        back(normalise(rows, amounts="amount", date="said"), by=None)


@pytest.mark.parametrize("thing", [{"amount": [1.0]}, None, pl.Series([1.0]), np.ones(2)], ids=repr)
def test_what_is_no_frame_is_refused(thing):
    with pytest.raises(FrameError, match="is no frame known here; hand in a pandas, polars"):
        normalise(thing, amounts="amount", on="2025-02-10")


def test_pandas_alone_needs_none_of_them():
    code = (
        "import sys, pandas as pd; from summit_analysis import normalise\n"
        "rows = normalise(pd.DataFrame({'a': [1.0], 'currency': 'USD'}), amounts='a', on='2025-02-10')\n"
        "print(sorted({'dask', 'duckdb', 'polars', 'pyspark'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
