"""Bring the stored rates up to date, show first what becomes different, and keep where each day comes from."""

from __future__ import annotations

import datetime as dt
import gzip
import os
from collections.abc import Callable, Iterable
from math import isnan
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from summit_analysis import files
from summit_analysis.days import one_day
from summit_analysis.errors import LedgerError
from summit_analysis.freshness import DAY, frame_of, origins_of, rates_of, with_any, with_live, working_days
from summit_analysis.rates import EURO, RATES_FILE, Rates, file_finding, sources_path


class Provider(Protocol):
    """Whoever gives rates: `ForexPythonProvider`, `ECBFileProvider`, or your own.

    Attributes
    ----------
    official : bool
        The rates are the ECB's own: they also replace what is stored.
    """

    official: bool

    def fetch(self, days: Iterable[dt.date]) -> Rates:
        """Return the rates of these days, or of more."""


def update_rates(
    path: str | os.PathLike[str],
    provider: Provider,
    *,
    until: str | dt.date | None = None,
    dry_run: bool = False,
    show: Callable[[pd.DataFrame], object] | None = None,
) -> pd.DataFrame:
    r"""Bring a stored file of rates up to date and say what became different.

    Days from elsewhere than the ECB are named in a list beside the file (`sources_path`). Rates that are loaded
    already stay as they are until Python starts again.

    Parameters
    ----------
    path : str or path
        The file, or its folder.
    provider : Provider
        forex-python adds days of publication that are missing and changes nothing; the ECB's file also corrects.
    until : str or datetime.date, optional
        Last day to ask for; default: the last one whose rates are out, at 17:00 in Frankfurt.
    dry_run : bool
        Write nothing.
    show : callable, optional
        Is given the differences before anything is written.

    Returns
    -------
    pandas.DataFrame
        ``change``, ``date``, ``currency``, ``old`` and ``new`` (units of currency per 1 EUR), ``cells`` (how many rates
        are concerned), ``source``. First each ``changed cell``, then each ``new currency``, each day that is ``now
        from the ECB``, and each ``new day``.

    Raises
    ------
    NetworkError, LedgerError
        The stored file stays as it was.

    The ECB's file corrects a stored cell and adds a day; forex-python would only add:

    >>> from tempfile import TemporaryDirectory
    >>> from summit_analysis import ECBFileProvider
    >>> with TemporaryDirectory() as folder:
    ...     stored, fresh = (Path(folder) / name for name in ("stored.csv", "fresh.csv"))
    ...     _ = stored.write_text("Date,USD\n2025-02-07,1.0777\n")
    ...     _ = fresh.write_text("Date,USD\n2025-02-10,1.032\n2025-02-07,1.0377\n")
    ...     found = update_rates(stored, ECBFileProvider(fresh))
    >>> print(found[["change", "date", "currency", "old", "new"]].to_string(index=False))
          change       date currency    old    new
    changed cell 2025-02-07      USD 1.0777 1.0377
         new day 2025-02-10             NaN    NaN
    """
    path = Path(path)
    path = path / RATES_FILE if path.is_dir() else path
    stored = Rates.from_ecb_csv(path)
    last = one_day(until).item() if until is not None else _last_out(dt.datetime.now(dt.UTC))
    after = stored.days[-1].item() + DAY
    wanted = list(working_days(after, last))
    fresh = provider.fetch(wanted)
    merged = _corrected(stored, fresh) if provider.official else with_live(stored, fresh)
    # the ECB's file ends where it ends; other sources give what they are asked for
    _refuse_gaps(working_days(after, merged.days[-1].item()) if provider.official else wanted, merged, fresh.source)
    found = _differences(stored, merged)
    if show is not None:
        show(found)
    if len(found) and not dry_run:
        # a day of another source is named before it is there, and no longer once it is the ECB's
        steps = [_write_sources, _write_rates]
        for step in reversed(steps) if provider.official else steps:
            step(path, merged)
    return found


def ecb_text(rates: Rates) -> str:
    """Write rates the way the ECB does: newest day first, ``N/A``, a comma at each end of line."""
    lines = [f"Date,{','.join(rates.currencies[1:])},\n"]
    for day, row in zip(rates.days[::-1], rates.table[::-1, 1:].tolist(), strict=True):
        # the shortest text of a float is the text that was read
        cells = ("N/A" if isnan(rate) else repr(rate).removesuffix(".0") for rate in row)
        lines.append(f"{day},{','.join(cells)},\n")
    return "".join(lines)


def _write_rates(path: Path, rates: Rates) -> None:
    content = ecb_text(rates).encode("ascii")
    files.write_bytes(path, gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)


def _write_sources(path: Path, rates: Rates) -> None:
    origins = origins_of(rates)
    lines = [f"{day.date()},{rates.sources[code]}\n" for day, code in origins[origins > 0][::-1].items()]
    if lines:
        files.write_text(sources_path(path), "".join(["Date,Source\n", *lines]))
    else:
        sources_path(path).unlink(missing_ok=True)


def _corrected(stored: Rates, fresh: Rates) -> Rates:
    """Put the ECB's cells in the place of stored ones; days and currencies that it does not name stay."""
    before, after = frame_of(stored), frame_of(fresh)
    columns = [*before.columns, *(code for code in after if code not in before)]
    merged = before.reindex(index=before.index.union(after.index), columns=columns)
    merged.loc[after.index, after.columns] = after
    origins = origins_of(stored).drop(after.index, errors="ignore").reindex(merged.index, fill_value=0)
    return rates_of(merged, (fresh.source, *stored.sources[1:]), origins)


def _refuse_gaps(days: Iterable[dt.date], merged: Rates, name: str) -> None:
    there = {*with_any(frame_of(merged)).index.date}
    gaps = [day for day in days if day not in there]
    if gaps:
        problem = f"no stored currency on {len(gaps)} working day(s) after the stored ones, the first {gaps[0]}"
        raise LedgerError(file_finding(name, problem=problem))


def _differences(old: Rates, new: Rates) -> pd.DataFrame:
    before, after = frame_of(old), frame_of(new)
    names = origins_of(new).map(dict(enumerate(new.sources)))
    same_place = after.reindex(index=before.index, columns=before.columns)
    rows, columns = np.nonzero((before != same_place) & (before.notna() | same_place.notna()))
    found = [
        ("changed cell", before.index[row], before.columns[at], before.iloc[row, at], same_place.iloc[row, at], 1)
        for row, at in zip(rows, columns, strict=True)
    ]
    added = [code for code in after if code not in before]
    found += [
        ("new currency", after[code].first_valid_index(), code, None, None, after[code].count()) for code in added
    ]
    taken_over = before.index[(origins_of(old) > 0) & (origins_of(new)[before.index] == 0)]
    new_days = after.index.difference(before.index)
    for change, days in (("now from the ECB", taken_over), ("new day", new_days)):
        found += [(change, day, "", None, None, after.loc[day].drop(EURO).count()) for day in days]
    frame = pd.DataFrame(found, columns=["change", "date", "currency", "old", "new", "cells"])
    frame = frame.astype({"date": "datetime64[s]", "old": float, "new": float, "cells": int})
    return frame.assign(source=frame["date"].map(names))


def _last_out(now: dt.datetime) -> dt.date:
    # published about 16:00 in Frankfurt
    return (now.astimezone(ZoneInfo("Europe/Berlin")) - dt.timedelta(hours=17)).date()
