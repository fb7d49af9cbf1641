"""`normalise` for pandas and, through Narwhals, polars, PyArrow, DuckDB, Dask and PySpark."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, TypedDict, TypeVar

import pandas as pd

from summit_analysis import conversion
from summit_analysis.conventions import Period
from summit_analysis.frames import adopt, check_numbers, extra_installed, is_dask, listed_names
from summit_analysis.joining import join_rates
from summit_analysis.rates import EURO, Rates
from summit_analysis.tidy import as_arrow

if TYPE_CHECKING:
    import dask.dataframe as dd
    import narwhals.stable.v2 as nw
    from narwhals.schema import Schema

Frame = TypeVar("Frame")


class _Options(TypedDict):
    """What `normalise` was asked for."""

    amounts: list[str]
    currency: str
    date: str | None
    to: str
    on: str | dt.date | None
    period: Period
    rates: Rates | None
    provenance: bool
    errors: Literal["raise", "coerce"]


def normalise(
    frame: Frame,
    *,
    amounts: str | Sequence[str],
    currency: str = "currency",
    date: str | None = None,
    to: str = EURO,
    on: str | dt.date | None = None,
    period: Period = "day",
    rates: Rates | None = None,
    provenance: bool = True,
    errors: Literal["raise", "coerce"] = "raise",
) -> Frame:
    """Add columns with the amounts in one currency, each at the rate of its own day.

    Parameters
    ----------
    frame : pandas, polars (eager or lazy), Dask or PySpark data frame, PyArrow table, or DuckDB relation
        Never changed. All but pandas need the extra ``engines``.
    amounts : str or sequence of str
        Columns of numbers, in whole units of the row's currency.
    currency : str
        Column of ISO 4217 codes (text or categorical; blanks and case do not matter).
    date : str, optional
        Column of days: days, times, ISO text with or without hours, categories of these; in pandas also objects of
        `datetime` or ``Period``. A time counts for the day written in its own zone (DuckDB, PySpark: the session's).
        For a month ``2025-02`` will do, for a year ``2025``. Needed unless `on` is given.
    to : str
        ISO 4217 code of the target.
    on : str or datetime.date, optional
        One day (month, year) whose rate serves all rows.
    period : {"day", "month", "year"}
        The rate on the day, or the mean of the rates published in the date's month or year.
    rates : Rates, optional
        Default: the embedded ECB reference rates.
    provenance : bool
        Also add how each row was converted.
    errors : {"raise", "coerce"}
        Rows with an amount but no rate: raise one error, or keep them without a converted amount, with their status.

    Returns
    -------
    frame of the kind handed in
        With ``<amount>_<to>`` (float64) for each amount column and, with provenance, ``rate`` (as published: units of
        the other currency per 1 EUR; of two other currencies, units of the source per 1 of the target), ``factor``
        (what the amount was multiplied by), ``rate_date`` (day of publication; first day of a period),
        ``rate_source`` and ``rate_status``; for a month or year also ``factor_low`` and ``factor_high``, of the days
        in it. Index and order of rows are kept, save where frames have no order: DuckDB, PySpark.

    Raises
    ------
    FrameError
        If a column is missing, exists already, or holds the wrong kind of values, or a date reaches beyond the period
        (``2025-02`` for the rate on the day). Text that is not a day is found when
        a lazy polars, DuckDB or PySpark frame is computed, and then raises the engine's own error.
    MissingRateError
        With ``errors="raise"``, each missing (currency, day) once. Dask raises it when it computes, for the partition
        that fails first. For a lazy polars, DuckDB or PySpark frame one query over the columns named here looks for
        them at once; with ``errors="coerce"`` nothing is computed.
    MissingExtraError
        If a package of the extra ``engines`` is not installed.

    Notes
    -----
    Units per euro and cross rates as quotients of one day's rates follow the ECB's own convention.

    >>> pledge = pd.DataFrame({"amount": [400e6], "currency": ["USD"], "said": ["2025-02-10"]})
    >>> normalise(pledge, amounts="amount", date="said", provenance=False)["amount_EUR"].round().tolist()
    [387596899.0]
    """
    options = _Options(
        amounts=listed_names(amounts),
        currency=currency,
        date=date,
        to=to,
        on=on,
        period=period,
        rates=rates,
        provenance=provenance,
        errors=errors,
    )
    converted: Frame = _convert(frame, options)
    return converted


def _convert(frame: Any, options: _Options) -> Any:
    """Hand a frame of any kind to whoever knows that kind: what comes in comes out."""
    if isinstance(frame, pd.DataFrame):
        return conversion.normalise(frame, **options)
    if is_dask(frame):
        return _in_partitions(frame, options)
    with extra_installed():
        import narwhals.stable.v2 as nw

        adopted = adopt(frame)
        added = _check(adopted.collect_schema(), options)
        if isinstance(adopted, nw.LazyFrame):
            return join_rates(adopted, added, **options).to_native()
        return _through_pandas(adopted, added, options).to_native()


def _check(schema: Schema, options: _Options) -> list[str]:
    """Refuse what the kernel refuses, by calling it on no rows, and return the names of the columns it adds."""
    check_numbers(schema, options["amounts"])
    empty = pd.DataFrame({name: pd.Series(dtype="float64") for name in schema})
    return list(conversion.normalise(empty, **options).columns[len(schema) :])


def _in_partitions(frame: dd.DataFrame, options: _Options) -> dd.DataFrame:
    from dask.delayed import delayed

    meta = conversion.normalise(frame._meta, **options)
    handed: dict[str, object] = {**options}
    if options["rates"] is not None:
        # one copy for each worker, not one for each partition
        handed["rates"] = delayed(options["rates"], traverse=False)
    converted: dd.DataFrame = frame.map_partitions(conversion.normalise, **handed, meta=meta)
    return converted


def _through_pandas(frame: nw.DataFrame[Any], added: list[str], options: _Options) -> nw.DataFrame[Any]:
    """Hand the columns that matter to the kernel: quicker than a join, and rows stay where they are."""
    import narwhals.stable.v2 as nw

    day = options["date"] if options["on"] is None else None
    needed = {name: nw.col(name) for name in (options["currency"], day) if name}
    if day and frame.schema[day] == nw.Date:
        # pandas would make each day an object
        needed[day] = nw.col(day).cast(nw.Datetime)
    needed |= {name: nw.col(name).cast(nw.Float64) for name in options["amounts"]}
    converted = conversion.normalise(frame.select(**needed).to_pandas(), **options)
    columns = nw.from_arrow(as_arrow(converted[added]), backend=frame.implementation)
    return nw.concat([frame, columns], how="horizontal")
