"""For those who outgrow one machine: a hundred million rows on a Dask cluster, in bounded memory.

Run it with the extra ``engines`` installed::

    .venv/bin/python tests/benchmarks/hundred_million.py [--rows 1e7] [--memory 1GiB]

It writes a ledger as Parquet files into a temporary folder, one million rows each, then converts it into euros and adds
it up by country on a cluster of two worker processes on this machine. On a cluster of yours replace `LocalCluster` by
its address, ``Client("tcp://scheduler:8786")``, and the folder by storage that all workers see; they need this package
installed. Nothing else changes: each worker reads a file, converts it, adds it up, and forgets it.
"""

import argparse
import os
import resource
import tempfile
import time
from pathlib import Path

import dask.dataframe as dd
import numpy as np
import pandas as pd
from dask.distributed import Client, LocalCluster

from summit_analysis import normalise

CHUNK = 1_000_000
CURRENCIES = ["EUR", "USD", "GBP", "JPY", "CHF", "SEK"]
COUNTRIES = ["France", "United States", "Japan", "Switzerland", "Sweden", None]
DAYS = np.arange("1999-01-04", "2025-12-31", dtype="datetime64[D]").astype("datetime64[ms]")
WAYS = {"amounts only": False, "with provenance": True}
TABLE = Path(__file__).with_suffix(".csv")


def write_ledger(folder, rows):
    """Write the ledger and return its sums, each chunk converted by itself."""
    draw, sums = np.random.default_rng(2025), []
    for start in range(0, rows, CHUNK):
        size = min(CHUNK, rows - start)
        chunk = pd.DataFrame(
            {
                "amount": draw.random(size) * 1e9,
                "currency": pd.Categorical.from_codes(draw.integers(0, len(CURRENCIES), size), CURRENCIES),
                "country": pd.Series(np.array(COUNTRIES, dtype=object)[draw.integers(0, len(COUNTRIES), size)]),
                "said": draw.choice(DAYS, size),
            }
        )
        chunk.to_parquet(folder / f"{start:012d}.parquet", index=False)
        converted = normalise(chunk, amounts="amount", date="said", provenance=False)
        sums.append(converted.groupby("country", dropna=False)["amount_EUR"].sum())
    return pd.concat(sums).groupby(level=0, dropna=False).sum().to_numpy()


def sum_on_cluster(folder, expected, memory, *, provenance):
    """Convert and add up on two fresh worker processes; return seconds and each worker's peak of memory in MB."""
    cluster = LocalCluster(
        n_workers=2, threads_per_worker=1, memory_limit=memory, host="127.0.0.1", dashboard_address=None
    )
    with cluster, Client(cluster) as client:
        start = time.perf_counter()
        ledger = dd.read_parquet(folder)
        converted = normalise(ledger, amounts="amount", date="said", provenance=provenance)
        sums = converted.groupby("country", dropna=False)["amount_EUR"].sum(split_out=1).compute().sort_index()
        seconds = time.perf_counter() - start
        peaks = client.run(lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    np.testing.assert_allclose(sums, expected, rtol=1e-9)
    return seconds, sorted(peak / 1024 for peak in peaks.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=float, default=1e8)
    parser.add_argument("--memory", default="1GiB", help="limit for each worker (default: %(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, lines = Path(name), []
        expected = write_ledger(folder, int(options.rows))
        size = sum(path.stat().st_size for path in folder.iterdir())
        for way, provenance in WAYS.items():
            load = os.getloadavg()[0]
            seconds, peaks = sum_on_cluster(folder, expected, options.memory, provenance=provenance)
            lines.append(
                {
                    "way": way,
                    "rows": int(options.rows),
                    "parquet_mb": round(size / 1e6),
                    "limit_a_worker": options.memory,
                    "seconds": round(seconds, 1),
                    "rows_a_second": round(options.rows / seconds),
                    "peak_mb_worker_1": round(peaks[0]),
                    "peak_mb_worker_2": round(peaks[1]),
                    "load_before": round(load, 1),
                }
            )
    table = pd.DataFrame(lines)
    print(table.to_string(index=False))
    table.to_csv(TABLE, index=False, lineterminator="\n")


if __name__ == "__main__":
    # each worker imports this file anew
    main()
