"""Amounts of many days and currencies in euros: ours beside every other way we know of."""

import gzip
import subprocess
import sys
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from currency_converter import CurrencyConverter
from forex_python.converter import CurrencyRates

from summit_analysis import Rates, normalise
from summit_analysis.base import files
from summit_analysis.currency.convert import convention
from summit_analysis.currency.rates import RATES_FILE

CURRENCIES = ["EUR", "USD", "GBP", "JPY", "CHF", "SEK"]
SLOW, FEW, REMOTE = 1_000_000, 100, 1_000
"""At most so many rows for a loop, for a small table, and for a request per row."""
GROWTH = [10_000, 100_000, 1_000_000, 10_000_000]


@pytest.fixture(scope="session")
def frames(rows):
    """The same amounts with the currency as categorical and as text."""
    generator = np.random.default_rng(2025)
    days = np.arange("1999-01-04", "2025-12-31", dtype="datetime64[D]").astype("datetime64[us]")
    codes = generator.integers(0, len(CURRENCIES), rows)
    frame = pd.DataFrame(
        {
            "amount": generator.random(rows) * 1e9,
            "currency": pd.Categorical.from_codes(codes, CURRENCIES),
            "date": generator.choice(days, rows),
        }
    )
    dictionary = pa.DictionaryArray.from_arrays(pa.array(codes, pa.int8()), CURRENCIES)
    as_arrow = pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([dictionary])), name="currency")
    return {
        "categorical": frame,
        "str": frame.assign(currency=frame["currency"].astype("str")),
        "Arrow dictionary": frame.assign(currency=as_arrow),
    }


@pytest.fixture(scope="session")
def long_rates():
    """Rates in rows: every calendar day with the rate that holds on it, as a join needs them."""
    rates = Rates.embedded()
    calendar = np.arange(rates.days[0], rates.days[-1] + 1)
    rule = convention(rates, "day")
    rows = rule.row_of_slot[rule.slots(calendar)]
    table = pd.DataFrame(rates.table[rows][:, [rates.column[code] for code in CURRENCIES]], columns=CURRENCIES)
    table["date"] = calendar.astype("datetime64[us]")
    return table.melt("date", var_name="currency", value_name="rate").astype({"currency": "str"})


@pytest.fixture(scope="session")
def converter(tmp_path_factory):
    path = tmp_path_factory.mktemp("rates") / "eurofxref-hist.csv"
    path.write_bytes(gzip.decompress((files.shipped("data") / RATES_FILE).read_bytes()))
    options = {"fallback_on_missing_rate": True, "fallback_on_missing_rate_method": "last_known"}
    return CurrencyConverter(str(path), **options)


@pytest.fixture(scope="session")
def remote():
    command = [sys.executable, str(Path(__file__).with_name("loopback.py"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        address = f"http://127.0.0.1:{server.stdout.readline().strip()}/"

        class Local(CurrencyRates):
            def _source_url(self):
                return address

        yield Local()
        server.terminate()


def ours(frame, **options):
    return normalise(frame, amounts="amount", date="date", **options)


def expected(frame):
    return ours(frame, provenance=False)["amount_EUR"].to_numpy()


def assert_same(values, frame, *, ordered=True):
    """A way that finds other amounts is no rival."""
    if ordered:
        np.testing.assert_allclose(np.asarray(values, dtype=float), expected(frame), rtol=1e-12)
    assert np.sum(values) == pytest.approx(expected(frame).sum(), rel=1e-9)


# --- one multiplication, ours


def test_multiply(timed, frames, rows):
    amounts = frames["str"]["amount"].to_numpy()
    timed("yardstick", "numpy: amounts * 0.97", rows, lambda: amounts * 0.97, memory=True)


@pytest.mark.parametrize("provenance", [False, True], ids=["amount only", "with provenance"])
@pytest.mark.parametrize("kind", ["categorical", "Arrow dictionary", "str"])
def test_ours(timed, frames, rows, kind, provenance):
    name = f"ours: {kind}, {'with provenance' if provenance else 'amount only'}"
    timed("ours", name, rows, lambda: ours(frames[kind], provenance=provenance), memory=True)


@pytest.mark.parametrize("kind", ["categorical", "str"])
@pytest.mark.parametrize("count", GROWTH)
def test_growth(timed, frames, rows, kind, count):
    if count > rows:
        pytest.skip("more rows than asked for")
    frame = frames[kind].head(count)
    timed(
        "growth",
        f"ours: {kind}, amount only",
        count,
        lambda: ours(frame, provenance=False),
        memory=True,
        multiply=False,
    )


@pytest.mark.parametrize("kind", ["categorical", "str"])
def test_few_rows(timed, frames, kind):
    frame = frames[kind].head(FEW)
    timed("few rows", f"ours: {kind}, with provenance", FEW, lambda: ours(frame))


# --- joins


@pytest.mark.parametrize("kind", ["categorical", "str"])
def test_pandas_merge(timed, frames, long_rates, rows, kind):
    frame, table = frames[kind], long_rates.astype({"currency": frames[kind]["currency"].dtype})

    def merge():
        merged = frame.merge(table, on=["date", "currency"], how="left")
        return merged["amount"] / merged["rate"]

    assert_same(timed("joins", f"pandas merge: {kind}", rows, merge, memory=True), frame)


def test_pandas_merge_asof(timed, frames, long_rates, rows):
    frame, table = frames["categorical"], long_rates.astype({"currency": frames["categorical"]["currency"].dtype})
    table = table.sort_values("date")

    def merge():
        merged = pd.merge_asof(frame.sort_values("date"), table, on="date", by="currency")
        return merged["amount"] / merged["rate"]

    assert_same(timed("joins", "pandas merge_asof: categorical, sorting included", rows, merge), frame, ordered=False)


@pytest.mark.parametrize("kind", ["str", "enum"])
def test_polars_join(timed, frames, long_rates, rows, kind):
    kinds = {"date": pl.Datetime("us"), "currency": pl.Enum(CURRENCIES) if kind == "enum" else pl.String}
    frame, table = (pl.from_pandas(one).cast(kinds) for one in (frames["str"], long_rates))

    def join():
        joined = frame.join(table, on=["date", "currency"], how="left", maintain_order="left")
        return joined.select(pl.col("amount") / pl.col("rate")).to_series()

    assert_same(timed("joins", f"polars join, 2 threads: {kind}", rows, join).to_numpy(), frames["str"])


@pytest.mark.parametrize("kind", ["str", "enum"])
def test_duckdb_join(timed, frames, long_rates, rows, kind):
    listed = ", ".join(f"'{code}'" for code in CURRENCIES)
    with duckdb.connect() as connection:
        kept = f"currency::ENUM ({listed})" if kind == "enum" else "currency"
        for name, one in (("pledges", frames["str"]), ("rates", long_rates)):
            connection.register("given", one)
            connection.execute(f"CREATE TABLE {name} AS SELECT * REPLACE ({kept} AS currency) FROM given")
            connection.unregister("given")
        query = "SELECT amount / rate AS amount FROM pledges LEFT JOIN rates USING (date, currency)"
        found = timed("joins", f"DuckDB join, 2 threads: {kind}", rows, lambda: connection.sql(query).fetchnumpy())
        assert_same(found["amount"], frames["str"], ordered=False)


# --- libraries that convert one amount at a time


@pytest.mark.parametrize("count", [FEW, SLOW])
def test_currency_converter_list(timed, frames, rows, converter, count):
    frame = frames["str"].head(min(rows, count))

    def loop():
        each = zip(frame["amount"].tolist(), frame["currency"].tolist(), frame["date"].dt.date.tolist(), strict=True)
        return [converter.convert(amount, code, "EUR", day) for amount, code, day in each]

    part = "few rows" if count == FEW else "one at a time"
    assert_same(timed(part, "CurrencyConverter: list of a loop", len(frame), loop), frame)


def test_currency_converter_apply(timed, frames, rows, converter):
    frame = frames["str"].head(min(rows, SLOW))

    def apply():
        return frame.apply(lambda row: converter.convert(row["amount"], row["currency"], "EUR", row["date"]), axis=1)

    assert_same(timed("one at a time", "CurrencyConverter: apply", len(frame), apply), frame)


@pytest.mark.parametrize("kind", ["categorical", "str"])
def test_currency_converter_unique_pairs(timed, frames, rows, converter, kind):
    frame = frames[kind]

    def pairs():
        unique = frame[["date", "currency"]].drop_duplicates()
        each = zip(unique["currency"], unique["date"].dt.date, strict=True)
        factors = unique.assign(factor=[converter.convert(1, code, "EUR", day) for code, day in each])
        merged = frame.merge(factors, on=["date", "currency"], how="left")
        return merged["amount"] * merged["factor"]

    assert_same(timed("one at a time", f"CurrencyConverter: unique pairs, merge: {kind}", len(frame), pairs), frame)


@pytest.mark.parametrize("count", [FEW, REMOTE])
def test_forex_python(timed, frames, remote, count):
    frame = frames["str"].head(count)

    def loop():
        each = zip(frame["amount"], frame["currency"], frame["date"], strict=True)
        return [remote.convert(code, "EUR", amount, day) for amount, code, day in each]

    part = "few rows" if count == FEW else "one at a time"
    assert_same(timed(part, "forex-python: a request per row, on this machine", count, loop), frame)
