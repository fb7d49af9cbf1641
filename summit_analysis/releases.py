"""What the last release said, and which of its totals a change of data or code moves."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from summit_analysis import __version__, files
from summit_analysis.outcomes import last_day
from summit_analysis.resolving import RULES
from summit_analysis.rungs import ladder
from summit_analysis.signing import names_listed
from summit_analysis.totals import envelope_by_rule, total

if TYPE_CHECKING:
    from summit_analysis.tables import Ledger

SUMMIT_DAY = "2025-02-11"
_FILE = Path(__file__).with_name("last-release.csv")
_NAMES = "names under"
_KEPT = 0.005
"""Half a cent or half a name: below it nothing has moved."""


def release_totals(ledger: Ledger) -> pd.DataFrame:
    """Return the totals by which a release is known.

    Returns
    -------
    pandas.DataFrame
        ``total`` (what is added up, by which rule, as of which day), ``low``, ``high``: whole euros, or names.
    """
    return pd.DataFrame(_totals(ledger), columns=["total", "low", "high"])


def moved_totals(ledger: Ledger) -> pd.DataFrame:
    """Compare the totals with those of the last release.

    Returns
    -------
    pandas.DataFrame
        One row per total that moved, is new or is gone: ``total``, ``low_before``, ``high_before``, ``low``, ``high``,
        ``release`` (version that is compared with).

    >>> list(moved_totals(ledger).columns)
    ['total', 'low_before', 'high_before', 'low', 'high', 'release']
    """
    before = pd.read_csv(_FILE, dtype={"release": "str"})
    both = before.merge(release_totals(ledger), on="total", how="outer", suffixes=("_before", ""), sort=False)
    still = [(both[f"{end}_before"] - both[end]).abs() < _KEPT for end in ("low", "high")]
    columns = ["total", "low_before", "high_before", "low", "high", "release"]
    return both.loc[~(still[0] & still[1]), columns].assign(release=before["release"].iloc[0]).reset_index(drop=True)


def moved_lines(ledger: Ledger) -> list[str]:
    """Say in lines of text which totals moved since the last release, for who reviews a change of data."""
    moved = moved_totals(ledger)
    release = pd.read_csv(_FILE, dtype={"release": "str"})["release"].iloc[0]
    if moved.empty:
        return [f"No total moved since release {release}."]
    head = f"{len(moved)} total(s) moved since release {release}:"
    before = [_written(row.total, row.low_before, row.high_before) for row in moved.itertuples()]
    now = [_written(row.total, row.low, row.high) for row in moved.itertuples()]
    return [head, *(f"  {name}: {was} → {now}" for name, was, now in zip(moved["total"], before, now, strict=True))]


def record_release(ledger: Ledger, path: Path = _FILE) -> None:
    """Write the totals as those of the release that is now the last: one step of making it (CONTRIBUTING has all)."""
    text = release_totals(ledger).round(2).assign(release=__version__).to_csv(index=False, lineterminator="\n")
    files.write_text(path, text)


def _written(name: str, low: float, high: float) -> str:
    if math.isnan(low):
        return "nothing"
    if name.startswith(_NAMES):
        return f"{low:.0f}" if low == high else f"{low:.0f}–{high:.0f}"
    # whole euros: a small move must show too
    return " to ".join(f"€{figure:,.0f}" for figure in dict.fromkeys((low, high)))


def _totals(ledger: Ledger) -> Iterator[tuple[str, float, float]]:
    days = {None: "as announced", SUMMIT_DAY: f"as of {SUMMIT_DAY}", last_day(ledger).date(): "as of the last day"}
    for rule in RULES:
        for day, words in days.items():
            found = total(ledger, rule=rule, as_of=day)
            name = f"{rule}, {words}"
            yield f"added up carelessly, {name}", found.naive.low, found.naive.high
            yield f"each euro once, {name}", found.low, found.high
    for row in ladder(ledger).itertuples():
        yield f"ladder: {row.rung}", row.low, row.high
    for row in envelope_by_rule(ledger, "france-109bn").itertuples():
        yield f"inside the 109: parts, {row.rule}", row.parts_low, row.parts_high
    for declaration in ledger.declarations["declaration_id"]:
        names = names_listed(ledger, declaration)
        for kind in ("state", "organisation"):
            low, high = map(float, names.loc[kind, ["low", "high"]])
            yield f"{_NAMES} {declaration}: {kind}", low, high
