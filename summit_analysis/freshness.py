"""Live days beside the stored ones, and how fresh all of them are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np
import pandas as pd

from summit_analysis.conventions import convention
from summit_analysis.days import is_target_day, one_day
from summit_analysis.rates import EURO, Rates

DAY = dt.timedelta(1)


def with_live(rates: Rates, live: Rates) -> Rates:
    r"""Add days that the stored rates lack; no stored rate changes.

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

    The Friday stays the ECB's, the Monday is named after who gave it:

    >>> stored = Rates.from_ecb_text("Date,USD\n2025-02-07,1.0377\n", "rates.csv")
    >>> monday = np.array(["2025-02-10"], dtype="datetime64[D]")
    >>> both = with_live(stored, Rates(monday, ("EUR", "USD"), np.array([[1, 1.032]]), "forex-python/example.org"))
    >>> [both.sources[place] for place in both.source_of_day]
    ['ECB rates.csv to 2025-02-07', 'forex-python/example.org']
    """
    stored, fresh = frame_of(rates), frame_of(live)
    known = [code for code, ended in zip(rates.currencies, rates.ended, strict=True) if not ended and code in fresh]
    fresh = with_any(fresh.loc[~fresh.index.isin(with_any(stored).index), known])
    if not len(fresh):
        return rates
    names = tuple(dict.fromkeys([*rates.sources, *live.sources]))
    # what stands there already is a working day without rates
    kept = stored.index.difference(fresh.index)
    filled = fresh.index.union(kept)
    start = max(kept[kept < fresh.index[0]], default=fresh.index[0])
    between = pd.DatetimeIndex(list(working_days(start.date(), filled[-1].date())))
    merged = pd.concat([stored.loc[kept], fresh]).reindex(filled.union(between))
    of_live = origins_of(live).map(lambda code: names.index(live.sources[code]))
    origins = pd.concat([origins_of(rates)[kept], of_live[fresh.index]])
    return rates_of(merged, names, origins.reindex(merged.index, fill_value=names.index(live.source)))


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

    Croatia took the euro; for nine years nobody fixed a rate of the Icelandic crown:

    >>> facts = rates_status(Rates.embedded(), "2026-10-31")
    >>> print(facts[facts["currency"].isin(["HRK", "ISK"])].to_string(index=False))
     fact currency  first_day   last_day  count
    ended      HRK 2005-04-01 2022-12-30   4548
     hole      ISK 2008-12-10 2018-01-31   2341
    """
    found, rule = with_any(frame_of(rates)), convention(rates, "day")
    first, last, now = rates.days[0].item(), rates.days[-1].item(), one_day(today).item()
    missing = list(working_days(last + DAY, now - DAY))
    ended = [code for code in rates.currencies if rule.reason(code, rates.days[-1]) == "ended"]
    others = len(rates.currencies) - 1
    facts = [
        ("days of publication", "", *_span(found.index)),
        ("age in days", "", last, now, (now - last).days),
        ("working days missing", "", *_span(pd.DatetimeIndex(missing))),
        ("currencies", "", first, last, others),
        ("current currencies", "", last, last, others - len(ended)),
    ]
    origins = origins_of(rates)[found.index]
    facts += [(f"from {name}", "", *_span(found.index[origins == at])) for at, name in enumerate(rates.sources) if at]
    facts += [("ended", code, *_span(found.index[found[code].notna()])) for code in ended]
    facts += [("hole", code, *_span(days)) for code in found for days in _holes(found[code])]
    frame = pd.DataFrame(facts, columns=["fact", "currency", "first_day", "last_day", "count"])
    return frame.astype({"first_day": "datetime64[s]", "last_day": "datetime64[s]"})


def frame_of(rates: Rates) -> pd.DataFrame:
    """Return rates by day and currency."""
    return pd.DataFrame(rates.table, pd.DatetimeIndex(rates.days), list(rates.currencies))


def origins_of(rates: Rates) -> pd.Series:
    """Return for each day the position of its source in `Rates.sources`."""
    return pd.Series(rates.source_of_day, pd.DatetimeIndex(rates.days))


def rates_of(frame: pd.DataFrame, names: tuple[str, ...], origins: pd.Series) -> Rates:
    """Put a frame of rates, and the position in `names` of each day's source, back into `Rates`."""
    days, codes = frame.index.to_numpy().astype("datetime64[D]"), origins.to_numpy(dtype=np.int8)
    return Rates(days, tuple(frame), frame.assign(**{EURO: 1.0}).to_numpy(), names[0], names, codes)


def with_any(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the days that have a rate of any currency beside the euro."""
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


def working_days(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """Yield the days from `first` to `last` on which the ECB publishes."""
    for past in range((last - first).days + 1):
        if is_target_day(first + past * DAY):
            yield first + past * DAY
