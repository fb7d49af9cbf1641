"""Time every way to convert a column in one run, each against a multiplication measured right beside it."""

import gc
import statistics
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROUNDS, WARM_UP = 5, 2
"""How often each way is run, after rounds that are not counted: memory asked for the first time is slow."""
OURS = "ours: categorical, amount only"
TABLE = Path(__file__).with_name("ratios.csv")
_RESULTS = pytest.StashKey[list]()


def pytest_addoption(parser):
    parser.addoption("--rows", type=float, default=1e7, help="rows of the fast ways; the slow ones take at most 1e6")


def pytest_configure(config):
    config.stash[_RESULTS] = []


@pytest.fixture(scope="session")
def rows(request):
    return int(request.config.getoption("rows"))


@pytest.fixture
def timed(benchmark, request, rows):
    """Return a function that times a way to do the work and keeps its line of the table."""

    def run(part, way, count, work, *, memory=False, multiply=True):
        before = _multiply(rows) if multiply else np.nan
        result = benchmark.pedantic(work, rounds=ROUNDS, warmup_rounds=WARM_UP)
        # the machine may have sped up or slowed down meanwhile
        after = _multiply(rows) if multiply else np.nan
        median = benchmark.stats.stats.median
        line = {
            "part": part,
            "way": way,
            "rows": count,
            "seconds": median,
            "ns_a_row": median / count * 1e9,
            "multiplications": median / count / ((before + after) / 2 / rows),
            "bytes_a_row": _extra_bytes(work) / count if memory else np.nan,
        }
        request.config.stash[_RESULTS].append(line)
        return result

    return run


def _multiply(count):
    """Return the median time of a multiplication of a column by a number."""
    column, times = np.random.default_rng(0).random(count), []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        column * 0.97
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def _extra_bytes(work):
    """Return how much more memory the work needs at its peak than its result does."""
    gc.collect()
    tracemalloc.start()
    result = work()
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del result
    return peak - kept


def pytest_terminal_summary(terminalreporter, config):
    results = pd.DataFrame(config.stash[_RESULTS])
    if results.empty:
        return
    ours = results.loc[results["way"] == OURS, "multiplications"].max()
    results.insert(6, "times_ours", results["multiplications"] / ours)
    numbers = ["ns_a_row", "multiplications", "times_ours", "bytes_a_row"]
    results["seconds"] = results["seconds"].map("{:.3g}".format)
    results[numbers] = results[numbers].map(_short)
    terminalreporter.section("ratios")
    terminalreporter.write_line(results.to_string(index=False))
    results.to_csv(TABLE, index=False, lineterminator="\n")


def _short(value):
    return "" if np.isnan(value) else f"{value:.1f}" if value < 100 else f"{value:.0f}"
