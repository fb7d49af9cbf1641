"""The ECB's euro reference rates: the file, and what they convert: columns of amounts, or one amount."""

from __future__ import annotations

import datetime as dt
import io
import os
import re
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache, cached_property, partial
from operator import methodcaller
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from summit_analysis.base import files
from summit_analysis.base.days import ONE_DAY, UNITS, Period, is_target_day, one_day
from summit_analysis.base.errors import ChoiceError, FrameError, LedgerError, MissingRateError
from summit_analysis.base.text import long_day
from summit_analysis.currency.convert import (
    Conversion,
    Frame,
    convention,
    converted,
    iso_currencies,
    missing_rates,
    tables,
)

RATES_FILE = "eurofxref-hist.csv.gz"
CARRIED = np.timedelta64(31, "D")
"""How long a rate of one's own holds if no other follows: who has one for each month has a rate for each day."""
EURO = "EUR"
CURRENCY_CODE = re.compile("[A-Z]{3}")
_REMEDY = "Take the ECB's file eurofxref-hist.csv as it is"


def _sound(rows: pd.DataFrame | None, *days: str) -> pd.DataFrame:
    """Read the rates and days of ``pegs.csv`` or ``rates.csv``, in order; pass over what is none."""
    rows = pd.DataFrame(rows).reindex(columns=["currency", "anchor", "rate", *days, "source"]).astype("str")
    read = {
        day: pd.to_datetime(rows[day].replace("", "9999-12-31"), format="%Y-%m-%d", errors="coerce") for day in days
    }
    rows = rows.assign(rate=pd.to_numeric(rows["rate"], errors="coerce"), **read)
    sound = rows["rate"].between(0, np.inf, inclusive="neither") & rows[list(days)].notna().all(axis="columns")
    return rows[sound & rows["currency"].str.fullmatch(CURRENCY_CODE)].sort_values(days[0], kind="stable")


@dataclass(frozen=True, eq=False)
class Rates:
    """Reference rates of many days and currencies, and what converts beside them.

    Parameters
    ----------
    days : numpy.ndarray of datetime64[D], shape (d,)
        Days of publication, ascending; one at least.
    currencies : tuple of str, length c
        ISO 4217 codes, the euro first.
    table : numpy.ndarray of float64, shape (d, c)
        Units of currency per 1 EUR, NaN where the ECB printed none; the euro's column is 1.
    source : str
        Goes into the column ``rate_source``.
    pegs : pandas.DataFrame
        Rows of ``pegs.csv``: `currency` is fixed at `rate` units per 1 of `anchor`, from `valid_from` to `valid_to`. It
        converts at its anchor's rate of the day and the fixed one (status ``pegged``).
    own : pandas.DataFrame
        Rows of ``rates.csv``, by `day`: used where there is neither a published nor a fixed rate (status ``own``), each
        on its day and the 31 days after it, or until the next one. In the mean of a period each day of publication
        counts with the rate it has.

    Raises
    ------
    FrameError
        If there is no day, or something is not the code of a currency.

    Notes
    -----
    The ECB fixes the rates at 14:15 and publishes them about 16:00 CET on TARGET business days.

    One euro on the Monday of the summit, in dollars:

    >>> rates = Rates.embedded()
    >>> rates.table[rates.days == np.datetime64("2025-02-10"), rates.column["USD"]]
    array([1.032])
    >>> rates
    Rates of 41 currencies against the euro, 4 January 1999 to 30 October 2026 (7,126 days)
    Beside them: AED, BAM, BHD, CVE, JOD, KMF, OMR, QAR, SAR, XAF, XOF
    Source: ECB eurofxref-hist.csv.gz to 2026-10-30
    """

    days: np.ndarray
    currencies: tuple[str, ...]
    table: np.ndarray
    source: str
    pegs: pd.DataFrame = field(default_factory=partial(_sound, None, "valid_from", "valid_to"))
    own: pd.DataFrame = field(default_factory=partial(_sound, None, "day"))

    def __post_init__(self) -> None:
        if not len(self.days) or not all(map(CURRENCY_CODE.fullmatch, self.currencies)):
            raise FrameError("rates need a day at least, and ISO 4217 codes like USD for their currencies")
        # what is worked out from rates is kept: nobody may change them afterwards
        for array in (self.days, self.table):
            array.setflags(write=False)

    def __repr__(self) -> str:
        reach = " to ".join(long_day(day) for day in self.days[[0, -1]].tolist())
        others = f"{len(self.currencies) - 1} currencies against the euro"
        beside = ", ".join(sorted(self.convertible[len(self.currencies) :])) or "none"
        return f"Rates of {others}, {reach} ({len(self.days):,} days)\nBeside them: {beside}\nSource: {self.source}"

    def __reduce__(self) -> tuple[object, ...]:
        # a worker of a cluster has the shipped rates itself, with what is worked out from them; Spark cannot send a
        # method that is cached
        if self is Rates.embedded():
            return methodcaller("embedded"), (Rates,)
        return Rates, (self.days, self.currencies, self.table, self.source, self.pegs, self.own)

    @classmethod
    @cache
    def embedded(cls) -> Rates:
        """Return the rates that ship with the package, and the pegs, read once."""
        folder = files.shipped("data")
        pegs = pd.read_csv(folder / "pegs.csv", dtype="str", keep_default_na=False)
        return cls.from_ecb_csv(folder / RATES_FILE).beside(pegs)

    @classmethod
    def from_ecb_csv(cls, path: str | os.PathLike[str]) -> Rates:
        """Read the ECB's history file (``eurofxref-hist.csv``), plain, gzipped, or in its zip.

        Raises
        ------
        LedgerError
            Naming row, column and value where the file is not what the ECB publishes.
        """
        path = Path(path)
        try:
            return cls.from_ecb_text(path.read_bytes(), path.name)
        except OSError as error:
            raise LedgerError(file_finding(path.name, f"not readable ({error.strerror})")) from error

    @classmethod
    def from_ecb_text(cls, text: str | bytes, name: str) -> Rates:
        """Read the text of the ECB's history file.

        Parameters
        ----------
        text : str or bytes
            Bytes may be gzipped, or a zip of one file.
        name : str
            What to call it in `source` and in errors.

        Raises
        ------
        LedgerError
            Naming row, column and value where the text is not what the ECB publishes.
        """
        try:
            text = text if isinstance(text, str) else files.unpacked(text)
            text.encode("ascii")
            frame = pd.read_csv(io.StringIO(text), keep_default_na=False, na_values=["N/A"])
        except Exception as error:
            # a broken archive raises errors of zipfile, zlib, lzma, codecs, and more
            raise LedgerError(file_finding(name, f"not readable as CSV ({error})")) from error
        # every line of the ECB's file ends with a comma
        frame = frame.loc[:, ~frame.columns.str.startswith("Unnamed")]
        codes = frame.columns[1:]
        header = frame.columns[0] == "Date" and EURO not in codes and all(map(CURRENCY_CODE.fullmatch, codes))
        # with a cell too many the first one is taken for the name of the row
        if not header or not len(frame) or not isinstance(frame.index, pd.RangeIndex):
            raise LedgerError(file_finding(name, "header is not Date and codes of currencies, or there is no day"))
        days = pd.to_datetime(frame["Date"].astype("str"), format="%Y-%m-%d", errors="coerce")
        rates = frame[codes].apply(pd.to_numeric, errors="coerce")
        wrong = frame[codes].notna() & ~(rates.gt(0) & np.isfinite(rates))
        wrong.insert(0, "Date", days.isna() | days.duplicated())
        if wrong.any(axis=None):
            raise LedgerError(_wrong_cells(text, name, wrong, days.notna()))
        order = np.argsort(days.to_numpy())
        published = days.to_numpy().astype("datetime64[D]")[order]
        table = np.column_stack([np.ones(len(frame)), rates.astype("float64")])[order]
        return cls(published, (EURO, *codes), table, f"ECB {name} to {published[-1]}")

    def beside(self, pegs: pd.DataFrame | None = None, own: pd.DataFrame | None = None) -> Rates:
        """Return these rates with others beside them.

        Parameters
        ----------
        pegs, own : pandas.DataFrame, optional
            The tables ``pegs.csv`` and ``rates.csv`` as text. Rows without a rate above zero, or without a day, are
            passed over: to name them is the work of `check`.

        >>> tenge = {"day": ["2025-02-10"], "currency": ["KZT"], "rate": ["520.5"], "source": ["Invented"]}
        >>> mine = Rates.embedded().beside(own=pd.DataFrame(tenge))
        >>> quote("KZT", on="2025-03-01", rates=mine)
        1 KZT = 0.00192123 EUR, 1 EUR = 520.5 KZT
        Rate 520.5 KZT per 1 EUR of Monday 10 February 2025, from rates of one's own. Source: Invented.
        """
        fixed = _sound(pegs, "valid_from", "valid_to")
        return replace(self, pegs=fixed[fixed["anchor"].isin(self.currencies)], own=_sound(own, "day"))

    @cached_property
    def convertible(self) -> tuple[str, ...]:
        """ISO 4217 codes of all that can be converted: first `currencies`, then what is beside them."""
        return tuple(dict.fromkeys([*self.currencies, *self.pegs["currency"], *self.own["currency"]]))

    @cached_property
    def column(self) -> dict[str, int]:
        """Position of each currency among `convertible`, and of the published ones in `table`."""
        return {currency: position for position, currency in enumerate(self.convertible)}

    @cached_property
    def sources(self) -> list[tuple[int, tuple[str, ...]]]:
        """What a rate rests on: that of the euro on nothing, then the ECB, each peg, each own currency.

        With 0 if it is published, 2 for a peg, 3 for a rate of one's own.
        """
        found: list[tuple[int, tuple[str, ...]]] = [(0, ()), (0, (self.source,))]
        for peg in self.pegs.itertuples():
            fixed = f"{peg.rate:.15g} {peg.currency} per 1 {peg.anchor}: {peg.source}"
            found.append((2, (fixed,) if peg.anchor == EURO else (self.source, fixed)))
        return found + [(3, (", ".join(one["source"].unique()),)) for _, one in self._own]

    @cached_property
    def _own(self) -> list[tuple[str, pd.DataFrame]]:
        return list(self.own.groupby("currency", sort=False))

    def filled(self, days: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Put beside rates that the ECB published what is fixed, or one's own, on some days.

        Parameters
        ----------
        days : numpy.ndarray of datetime64[D], shape (n,)
        rows : numpy.ndarray of int, shape (n,)
            Of each the row of `table` that holds on it.

        Returns
        -------
        rates, origin, dated : numpy.ndarray, shape (c + 1, n)
            For each of `convertible`, and then for no currency: units per 1 EUR, the position in `sources`, the day it
            is of. The euro, and what is fixed to it, is of the day itself.
        """
        shape = len(self.convertible) + 1, len(days)
        rates, origin = np.full(shape, np.nan), np.ones(shape, np.int32)
        rates[: len(self.currencies)], origin[0] = self.table[rows].T, 0
        dated = np.tile(self.days[rows], (shape[0], 1))
        dated[0] = days
        for place, peg in enumerate(self.pegs.itertuples(), 2):
            at, anchor = self.column[peg.currency], self.column[peg.anchor]
            holds = np.asarray(pd.Series(days).between(peg.valid_from, peg.valid_to))
            rates[at, holds], origin[at, holds] = rates[anchor, holds] * peg.rate, place
            dated[at, holds] = dated[anchor, holds]
        for place, (currency, one) in enumerate(self._own, 2 + len(self.pegs)):
            begins, at = one["day"].to_numpy("datetime64[D]"), self.column[currency]
            last = np.searchsorted(begins, days, side="right") - 1
            holds = np.isnan(rates[at]) & (last >= 0) & (days - begins[last] <= CARRIED)
            rates[at, holds], origin[at, holds] = one["rate"].to_numpy()[last[holds]], place
            dated[at, holds] = begins[last[holds]]
        return rates, origin, dated

    @cached_property
    def last_carried(self) -> np.datetime64[dt.date]:
        """Last calendar day that still takes the last published rate: the eve of the next TARGET business day."""
        # no two business days are further apart than a week
        return next(day for day in self.days[-1] + np.arange(7) if is_target_day((day + ONE_DAY).item()))

    def convert(
        self,
        frame: Frame,
        *,
        amounts: str | Sequence[str],
        currency: str = "currency",
        date: str | None = None,
        to: str = EURO,
        on: str | dt.date | None = None,
        period: Period = "day",
        provenance: bool = True,
        errors: Literal["raise", "coerce"] = "raise",
    ) -> Frame:
        """Add columns with the amounts in one currency at these rates: `normalise` says how.

        >>> pledge = pd.DataFrame({"amount": [400e6], "currency": ["USD"], "said": ["2025-02-10"]})
        >>> Rates.embedded().convert(pledge, amounts="amount", date="said")["amount_EUR"].round().tolist()
        [387596899.0]
        """
        names = [amounts] if isinstance(amounts, str) else list(amounts) if isinstance(amounts, Iterable) else []
        if not names or not all(isinstance(name, Hashable) for name in names):
            raise FrameError(f"{amounts!r} names no column; give one name as text, or a list of names")
        if currency is None or not isinstance(currency, Hashable):
            raise FrameError("no currency given: name the column of currencies, or one for all rows, with currency=")
        if on is None and (date is None or not isinstance(date, Hashable)):
            raise FrameError("no day given: name the column of days with date=, or one day for all rows with on=")
        for name, word, allowed in (("period", period, [*UNITS]), ("errors", errors, ("raise", "coerce"))):
            if word not in allowed:
                raise ChoiceError(name, word, allowed)
        target = clean_code(to)
        if target not in self.column:
            raise _no_rate(target, "", "no rates" if target in iso_currencies() else "unknown currency")
        return converted(frame, Conversion(self, names, currency, date or "", target, on, period, provenance, errors))


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
        Never changed. All but pandas and PyArrow need the extra ``engines``.
    amounts : str or sequence of str
        Columns of numbers, in whole units of the row's currency.
    currency : str
        Column of ISO 4217 codes (text or categorical; blanks and case do not matter), or, where no column has that
        name, one code for all rows.
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
        ``rate_source`` and ``rate_status`` (``published``, ``carried``, ``crossed``, ``crossed and carried``,
        ``pegged``, ``own``, ``same currency``, or why there is none); for a month or year also ``factor_low`` and
        ``factor_high``, of the days in it. Index and order of rows are kept. What is lazy stays so (polars, Dask,
        PySpark); a DuckDB relation is computed at once, its columns pass through Arrow.

    Raises
    ------
    FrameError
        If a column is missing, exists already, or holds the wrong kind of values, or a date reaches beyond the period
        (``2025-02`` for the rate on the day).
    MissingRateError
        With ``errors="raise"``, each missing (currency, day) once. Of a lazy frame what its cells hold is found when it
        is computed: polars raises these errors themselves, Dask for the partition that fails first; PySpark raises an
        error of its own that quotes them.

    Notes
    -----
    Units per euro and cross rates as quotients of one day's rates follow the ECB's own convention. Currencies that are
    officially fixed to one of the ECB's (``data/pegs.csv``) convert through it.

    >>> pledge = pd.DataFrame({"amount": [400e6], "currency": ["USD"], "said": ["2025-02-10"]})
    >>> normalise(pledge, amounts="amount", date="said", provenance=False)["amount_EUR"].round().tolist()
    [387596899.0]
    >>> normalise(pledge, amounts="amount", currency="AED", on="2025-02-10")["amount_EUR"].round().tolist()
    [105540340.0]
    """
    return _or_embedded(rates).convert(
        frame,
        amounts=amounts,
        currency=currency,
        date=date,
        to=to,
        on=on,
        period=period,
        provenance=provenance,
        errors=errors,
    )


@dataclass(frozen=True)
class Quote:
    """A reference rate as exact decimals.

    Attributes
    ----------
    currency, to : str
        From which currency to which.
    on : datetime.date
        The day asked for.
    rate : decimal.Decimal
        As published: units of the other currency per 1 EUR. Of two currencies neither of which is the euro: units of
        the source per 1 unit of the target, the quotient of their two published rates.
    factor : decimal.Decimal
        What an amount is multiplied by.
    rate_date : datetime.date or None
        Day of publication; None between a currency and itself.
    source : str
    status : str
        ``published``, ``carried``, ``crossed``, ``crossed and carried``, ``pegged``, ``own`` or ``same currency``.

    A Sunday takes the rate of the Friday before, and says so:

    >>> quote("USD", "EUR", on="2025-02-09")
    1 USD = 0.96367 EUR, 1 EUR = 1.0377 USD
    Rate 1.0377 USD per 1 EUR of Friday 7 February 2025, the last one published on or before Sunday 9 February 2025.
    Source: ECB eurofxref-hist.csv.gz to 2026-10-30.

    What is fixed to the euro owes the ECB nothing, and holds on a Sunday; a small rate has no exponent:

    >>> quote("XOF", "EUR", on="2025-02-09")
    1 XOF = 0.00152449 EUR, 1 EUR = 655.957 XOF
    Rate 655.957 XOF per 1 EUR of Sunday 9 February 2025, by a fixed rate. Source: 655.957 XOF per 1 EUR:
    Banque centrale des États de l'Afrique de l'Ouest, under Council Decision 98/683/EC of 23 November 1998.
    >>> quote("EUR", "IDR", on="2025-02-07")
    1 EUR = 16,933.1 IDR, 1 IDR = 0.000059056 EUR
    Rate 16933.08 IDR per 1 EUR of Friday 7 February 2025. Source: ECB eurofxref-hist.csv.gz to 2026-10-30.
    """

    currency: str
    to: str
    on: dt.date
    rate: Decimal
    factor: Decimal
    rate_date: dt.date | None
    source: str
    status: str

    def __repr__(self) -> str:
        if self.rate_date is None:
            return f"1 {self.currency} = 1 {self.to}"
        there, back = (f"{_rounded(factor):,f}" for factor in (self.factor, 1 / self.factor))
        both = f"1 {self.currency} = {there} {self.to}, 1 {self.to} = {back} {self.currency}"
        return f"{both}\n{self.sentence()}"

    def sentence(self) -> str:
        """Say which day's rate was used and why."""
        if self.rate_date is None:
            return "Same currency: nothing to convert."
        day, asked = (f"{pd.Timestamp(one).day_name()} {long_day(one)}" for one in (self.rate_date, self.on))
        carried = f", the last one published on or before {asked}" if self.rate_date != self.on else ""
        how = {
            "crossed": f"{carried}, divided from two euro rates",
            "crossed and carried": f"{carried}, divided from two euro rates",
            "pegged": f"{carried}, by a fixed rate",
            "own": ", from rates of one's own",
        }.get(self.status, carried)
        per = f"{self.to} per 1 EUR" if self.currency == EURO else f"{self.currency} per 1 {self.to}"
        # what is published or fixed has at most eight significant digits; a quotient is shown with six
        rate = self.rate.normalize()
        rate = rate if len(rate.as_tuple().digits) <= 8 else _rounded(rate)
        return f"Rate {rate:f} {per} of {day}{how}. Source: {self.source}."


def quote(source: str, target: str = EURO, *, on: str | dt.date, rates: Rates | None = None) -> Quote:
    """Return the reference rate from one currency to another on a day.

    Parameters
    ----------
    source, target : str
        ISO 4217 codes.
    on : str or datetime.date
        Day, ``YYYY-MM-DD``; without a publication that day, the last one before it holds.
    rates : Rates, optional
        Default: the embedded ECB reference rates.

    Raises
    ------
    MissingRateError
        If there is no rate; the message says why.
    FrameError
        If `on` is not a day.

    >>> quote("USD", "EUR", on="2025-02-09").rate_date
    datetime.date(2025, 2, 7)
    """
    rates = _or_embedded(rates)
    source, target, day = clean_code(source), clean_code(target), one_day(on)
    rule = convention(rates, "day")
    if blamed := rule.blame(source, target, day):
        raise _no_rate(blamed[0], str(day), blamed[1])
    slot = rule.slots(np.array([day]))[0]

    def exact(code: str) -> Decimal:
        at = rates.column[code], slot
        if rates.sources[rule.origin[at]][0] == 2:
            peg = rates.pegs.iloc[rule.origin[at] - 2]
            return exact(peg["anchor"]) * Decimal(repr(float(peg["rate"])))
        # the shortest text of a float is the text that was read
        return Decimal(repr(float(rule.per_euro[at])))

    # a currency in itself needs no rate
    per_euro = {code: Decimal(1) if source == target else exact(code) for code in (source, target)}
    rate = per_euro[target] if source == EURO else per_euro[source] / per_euro[target]
    cells, words = tables(rule, target, provenance=True)
    at = rates.column[source] * len(rule.row_of_slot) + slot
    return Quote(
        currency=source,
        to=target,
        on=day.item(),
        rate=rate,
        factor=per_euro[target] / per_euro[source],
        rate_date=cells["rate_date"][at].astype("datetime64[D]").item(),
        source=words["rate_source"][cells["rate_source"][at]],
        status=words["rate_status"][cells["rate_status"][at]],
    )


def _or_embedded(rates: Rates | None) -> Rates:
    rates = Rates.embedded() if rates is None else rates
    if not isinstance(rates, Rates):
        raise FrameError(f"rates={rates!r:.60} are none; hand in Rates, such as those of a ledger, or leave them out")
    return rates


def clean_code(code: object) -> str:
    """Strip and capitalise a currency code; a byte that a terminal's encoding lacks becomes a question mark."""
    return str(code).encode("utf-8", "replace").decode().strip().upper()


def _rounded(number: Decimal) -> Decimal:
    return Decimal(f"{number:.6g}").normalize()


def _no_rate(currency: str, day: str, reason: str) -> MissingRateError:
    return MissingRateError(
        missing_rates(pd.DataFrame({"currency": [currency], "date": day, "rate_status": reason}, index=[None]))
    )


def file_finding(name: str, problem: str) -> pd.DataFrame:
    """Describe what is wrong with a whole file of rates, as `LedgerError` takes it."""
    return pd.DataFrame(
        [{"table": name, "row": None, "column": "", "value": "", "problem": problem, "remedy": _REMEDY}]
    )


def _wrong_cells(text: str, name: str, wrong: pd.DataFrame, dated: pd.Series) -> pd.DataFrame:
    """Name the wrong cells of a file of rates, row by row, as they are written."""
    row, at = np.nonzero(wrong)
    cells = pd.read_csv(io.StringIO(text), dtype="str", keep_default_na=False).to_numpy()
    return pd.DataFrame(
        {
            "table": name,
            "row": row + 2,
            "column": wrong.columns[at],
            "value": cells[row, at],
            "problem": np.select(
                [at > 0, dated[row]], ["not a rate above zero, nor N/A", "day stands twice"], "not a day"
            ),
            "remedy": _REMEDY,
        }
    )
