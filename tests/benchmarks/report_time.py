"""How long the report takes, the first time and again: python tests/benchmarks/report_time.py [--against FOLDER].

FOLDER holds another version of this repository (git worktree add FOLDER COMMIT); both versions run with the Python that
runs this script, by turns, so that whatever else the machine does slows both.
"""

import argparse
import csv
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve()
OURS = HERE.parent.parent.parent
COLUMNS = ["version", "run", "notebooks", "seconds", "times_ours_first", "load_before"]


def seconds_of(folder, cache, out):
    """Run the report of the version in `folder`, as a user does."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "XDG_CACHE_HOME": str(cache)}
    begun = time.perf_counter()
    command = [sys.executable, "-m", "summit_analysis", "report", "--out", str(out)]
    subprocess.run(command, check=True, capture_output=True, cwd=out.parent, env=environment)
    return time.perf_counter() - begun


def measure(folders, rounds):
    """Return (version, run) -> list of (seconds, load before)."""
    found = {}
    for _ in range(rounds):
        for version, folder in folders.items():
            with tempfile.TemporaryDirectory() as home:
                for run in ("first", "again"):
                    load = os.getloadavg()[0]
                    seconds = seconds_of(folder, Path(home, "cache"), Path(home, "report"))
                    found.setdefault((version, run), []).append((seconds, load))
                    sys.stderr.write(f"{version}, {run}: {seconds:.1f} s (load before: {load:.1f})\n")
    return found


def main():
    """Print the table and write it beside this script."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", type=Path, help="folder of another version")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    folders = {"ours": OURS} | ({"against": options.against.resolve()} if options.against else {})
    found = measure(folders, options.rounds)
    medians = {key: [statistics.median(values) for values in zip(*runs, strict=True)] for key, runs in found.items()}
    rows = [
        {
            "version": version,
            "run": run,
            "notebooks": len(list((folders[version] / "notebooks").glob("[0-9][0-9]-*.ipynb"))),
            "seconds": f"{seconds:.1f}",
            "times_ours_first": f"{seconds / medians['ours', 'first'][0]:.2f}",
            "load_before": f"{load:.1f}",
        }
        for (version, run), (seconds, load) in medians.items()
    ]
    with HERE.with_suffix(".csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    sys.stdout.write(HERE.with_suffix(".csv").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
