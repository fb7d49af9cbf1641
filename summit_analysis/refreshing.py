"""How fresh the stored rates are, and how to bring them up to date without losing where each comes from."""

from __future__ import annotations

import datetime as dt
import gzip
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from summit_analysis import files
from summit_analysis.conventions import convention
from summit_analysis.errors import LedgerError
from summit_analysis.rates import EURO, RATES_FILE, Rates, file_finding, is_target_day, one_day, sources_path

DAY = dt.timedelta(1)


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


def with_live(rates: Rates, live: Rates) -> Rates:
    """Add days that the stored rates lack; no stored rate changes.

    Parameters
    ----------
    rates : Rates
        Stored ones.
    live : Rates
        Fresh ones, as `ForexPythonProvider.fetch` returns them.

    Returns
    -------
    Rates
        Each day with its own source. Of `live` only currencies are taken that `rates` have on the last day of their
        own source: one the ECB does not publish stays unknown, one that ended stays ended. Working days between, for
        which nobody gave rates, stand there without any, so that no rate is carried over them.
    """
    stored, fresh = _frame(rates), _frame(live)
    known = [code for code, ended in zip(rates.currencies, rates.ended, strict=True) if not ended and code in fresh]
    fresh = _with_any(fresh.loc[~fresh.index.isin(_with_any(stored).index), known])
    if not len(fresh):
        return rates
    names = tuple(dict.fromkeys([*rates.sources, *live.sources]))
    # what stands there already is a working day without rates
    kept = stored.index.difference(fresh.index)
    filled = fresh.index.union(kept)
    start = kept[kept < fresh.index[0]].max() if kept[0] < fresh.index[0] else fresh.index[0]
    between = pd.DatetimeIndex(_working_days(start.date(), filled[-1].date()))
    merged = pd.concat([stored.loc[kept], fresh]).reindex(filled.union(between))
    of_live = _origins(live).map(lambda code: names.index(live.sources[code]))
    origins = pd.concat([_origins(rates)[kept], of_live[fresh.index]])
    return _rates(merged, names, origins.reindex(merged.index, fill_value=names.index(live.source)))


def rates_status(rates: Rates, today: str | dt.date) -> pd.DataFrame:
    """Say how far the rates reach, how old they are, and what is missing in them.

    Parameters
    ----------
    rates : Rates
    today : str or datetime.date
        Day to which the age counts.

    Returns
    -------
    pandas.DataFrame
        One row per fact: ``fact``, ``currency`` (empty: all), ``first_day``, ``last_day``, ``count``. The facts are
        ``days of publication``; ``age in days``; ``working days missing`` (business days of TARGET after the last one
        stored and before `today`); ``currencies`` and ``current currencies`` beside the euro; for each source other
        than the ECB ``from <source>``; ``ended`` with the first and the last rate of a currency; ``hole`` with the
        first and the last day of publication of a run of days that lack it.
    """
    found, rule = _with_any(_frame(rates)), convention(rates, "day")
    first, last, today = rates.days[0].item(), rates.days[-1].item(), one_day(today).item()
    missing = list(_working_days(last + DAY, today - DAY))
    ended = [code for code in rates.currencies if rule.reason(code, rates.days[-1]) == "ended"]
    others = len(rates.currencies) - 1
    facts = [
        ("days of publication", "", *_span(found.index)),
        ("age in days", "", last, today, (today - last).days),
        ("working days missing", "", *_span(pd.DatetimeIndex(missing))),
        ("currencies", "", first, last, others),
        ("current currencies", "", last, last, others - len(ended)),
    ]
    origins = _origins(rates)[found.index]
    facts += [(f"from {name}", "", *_span(found.index[origins == at])) for at, name in enumerate(rates.sources) if at]
    facts += [("ended", code, *_span(found.index[found[code].notna()])) for code in ended]
    facts += [("hole", code, *_span(days)) for code in found for days in _holes(found[code])]
    frame = pd.DataFrame(facts, columns=["fact", "currency", "first_day", "last_day", "count"])
    return frame.astype({"first_day": "datetime64[s]", "last_day": "datetime64[s]"})


def update_rates(
    path: str | os.PathLike[str],
    provider: Provider,
    *,
    until: str | dt.date | None = None,
    dry_run: bool = False,
    show: Callable[[pd.DataFrame], object] | None = None,
) -> pd.DataFrame:
    """Bring a stored file of rates up to date and say what became different.

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
    """
    path = Path(path)
    path = path / RATES_FILE if path.is_dir() else path
    stored = Rates.from_ecb_csv(path)
    last = one_day(until).item() if until is not None else _last_out(dt.datetime.now(dt.UTC))
    fresh = provider.fetch(list(_working_days(stored.days[-1].item() + DAY, last)))
    merged = _corrected(stored, fresh) if provider.official else with_live(stored, fresh)
    _refuse_gaps(stored, merged, fresh.source)
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
    for day, row in zip(rates.days[::-1], rates.table[::-1, 1:], strict=True):
        # the shortest text of a float is the text that was read
        cells = ("N/A" if rate != rate else np.format_float_positional(rate, trim="-") for rate in row)
        lines.append(f"{day},{','.join(cells)},\n")
    return "".join(lines)


def _write_rates(path: Path, rates: Rates) -> None:
    content = ecb_text(rates).encode("ascii")
    files.write_bytes(path, gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)


def _write_sources(path: Path, rates: Rates) -> None:
    origins = _origins(rates)
    lines = [f"{day.date()},{rates.sources[code]}\n" for day, code in origins[origins > 0][::-1].items()]
    if lines:
        files.write_text(sources_path(path), "".join(["Date,Source\n", *lines]))
    else:
        sources_path(path).unlink(missing_ok=True)


def _corrected(stored: Rates, fresh: Rates) -> Rates:
    """Put the ECB's cells in the place of stored ones; days and currencies that it does not name stay."""
    before, after = _frame(stored), _frame(fresh)
    columns = [*before.columns, *(code for code in after if code not in before)]
    merged = before.reindex(index=before.index.union(after.index), columns=columns)
    merged.loc[after.index, after.columns] = after
    origins = _origins(stored).drop(after.index, errors="ignore").reindex(merged.index, fill_value=0)
    return _rates(merged, (fresh.source, *stored.sources[1:]), origins)


def _refuse_gaps(stored: Rates, merged: Rates, name: str) -> None:
    there = {*merged.days.tolist()}
    gaps = [day for day in _working_days(stored.days[-1].item(), merged.days[-1].item()) if day not in there]
    if gaps:
        problem = f"lacks {len(gaps)} working day(s) after the stored ones, the first {gaps[0]}"
        raise LedgerError(file_finding(name, problem=problem))


def _differences(old: Rates, new: Rates) -> pd.DataFrame:
    before, after = _frame(old), _frame(new)
    names = _origins(new).map(dict(enumerate(new.sources)))
    same_place = after.reindex(index=before.index, columns=before.columns)
    rows, columns = np.nonzero((before != same_place) & (before.notna() | same_place.notna()))
    found = [
        ("changed cell", before.index[row], before.columns[at], before.iat[row, at], same_place.iat[row, at], 1)
        for row, at in zip(rows, columns, strict=True)
    ]
    added = [code for code in after if code not in before]
    found += [
        ("new currency", after[code].first_valid_index(), code, None, None, after[code].count()) for code in added
    ]
    taken_over = before.index[(_origins(old) > 0) & (_origins(new)[before.index] == 0)]
    new_days = after.index.difference(before.index)
    for change, days in (("now from the ECB", taken_over), ("new day", new_days)):
        found += [(change, day, "", None, None, after.loc[day].drop(EURO).count()) for day in days]
    frame = pd.DataFrame(found, columns=["change", "date", "currency", "old", "new", "cells"])
    frame = frame.astype({"date": "datetime64[s]", "old": float, "new": float, "cells": int})
    return frame.assign(source=frame["date"].map(names))


def _frame(rates: Rates) -> pd.DataFrame:
    return pd.DataFrame(rates.table, pd.DatetimeIndex(rates.days), list(rates.currencies))


def _origins(rates: Rates) -> pd.Series:
    return pd.Series(rates.source_of_day, pd.DatetimeIndex(rates.days))


def _rates(frame: pd.DataFrame, names: tuple[str, ...], origins: pd.Series) -> Rates:
    """Put a frame of rates, and the position in `names` of each day's source, back into `Rates`."""
    days, codes = frame.index.to_numpy().astype("datetime64[D]"), origins.to_numpy(dtype=np.int8)
    return Rates(days, tuple(frame), frame.assign(**{EURO: 1.0}).to_numpy(), names[0], names, codes)


def _with_any(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame.drop(columns=EURO, errors="ignore").notna().any(axis=1)]


def _holes(rates: pd.Series) -> Iterator[pd.DatetimeIndex]:
    """Yield the runs of days without a rate between the first and the last one with a rate."""
    missing = rates.loc[rates.first_valid_index() : rates.last_valid_index()].isna().to_numpy()
    edges = np.flatnonzero(np.diff(missing, prepend=False, append=False))
    start = rates.index.searchsorted(rates.first_valid_index())
    for first, after in edges.reshape(-1, 2) + start:
        yield rates.index[first:after]


def _span(days: pd.DatetimeIndex) -> tuple[pd.Timestamp, pd.Timestamp, int]:
    return days.min(), days.max(), len(days)


def _working_days(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    for past in range((last - first).days + 1):
        if is_target_day(first + past * DAY):
            yield first + past * DAY


def _last_out(now: dt.datetime) -> dt.date:
    # published about 16:00 in Frankfurt
    return (now.astimezone(ZoneInfo("Europe/Berlin")) - dt.timedelta(hours=17)).date()
