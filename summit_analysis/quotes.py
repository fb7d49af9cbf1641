"""One exact rate for one day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd

from summit_analysis.conventions import SAME, Convention, convention, missing_rates
from summit_analysis.days import one_day
from summit_analysis.errors import MissingRateError
from summit_analysis.rates import EURO, Rates, clean_code


@dataclass(frozen=True)
class Quote:
    """A reference rate as exact decimals.

    Attributes
    ----------
    rate : decimal.Decimal
        As published: units of the other currency per 1 EUR. Of two currencies neither of which is the euro: units of
        the source per 1 unit of the target, the quotient of their two published rates.
    factor : decimal.Decimal
        What an amount is multiplied by.
    rate_date : datetime.date or None
        Day of publication; None between a currency and itself.
    source : str
    status : str
        ``published``, ``carried``, ``crossed``, ``crossed and carried`` or ``same currency``.

    A Sunday takes the rate of the Friday before, and says so:

    >>> found = quote("USD", "EUR", on="2025-02-09")
    >>> print(found.rate, found.rate_date, found.status)
    1.0377 2025-02-07 carried
    """

    rate: Decimal
    factor: Decimal
    rate_date: date | None
    source: str
    status: str


def quote(source: str, target: str = EURO, *, on: str | date, rates: Rates | None = None) -> Quote:
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
    rates = Rates.embedded() if rates is None else rates
    source, target, day = clean_code(source), clean_code(target), one_day(on)
    rule = convention(rates, "day")
    _refuse(source, target, day, rule)
    if source == target:
        return Quote(Decimal(1), Decimal(1), None, rates.source, SAME)
    place = rule.slots(np.array([day]))[0]
    row = rule.row_of_slot[place]
    per_euro = {code: _exact(rates.table[row, rates.column[code]]) for code in (source, target)}
    crossed = EURO not in (source, target)
    return Quote(
        rate=per_euro[target] if source == EURO else per_euro[source] / per_euro[target],
        factor=per_euro[target] / per_euro[source],
        rate_date=rule.stamps[row].item(),
        source=rates.sources[rates.source_of_day[row]],
        status=rule.names[2 * crossed + rule.marked_of_slot[place]],
    )


def _exact(rate: float) -> Decimal:
    # the shortest text of a float is the text that was read
    return Decimal(repr(float(rate)))


def _refuse(source: str, target: str, day: np.datetime64, rule: Convention) -> None:
    if found := rule.blame(source, target, day):
        row = pd.DataFrame({"currency": [found[0]], "date": str(day), "rate_status": found[1]}, index=[None])
        raise MissingRateError(missing_rates(row))


def describe_quote(found: Quote, source: str, target: str, *, on: str) -> str:
    """Say in a sentence which day's rate was used and why."""
    from babel.dates import format_date

    if found.rate_date is None:
        return "Same currency: nothing to convert."
    source, target = clean_code(source), clean_code(target)
    per = f"{target} per 1 EUR" if source == EURO else f"{source} per 1 {target}"
    day = format_date(found.rate_date, "EEEE d MMMM y", locale="en")
    asked = format_date(one_day(on).item(), "EEEE d MMMM y", locale="en")
    carried = f", the last one published on or before {asked}" if "carried" in found.status else ""
    crossed = ", divided from two euro rates" if "crossed" in found.status else ""
    # a published rate has at most six significant digits; a quotient is shown with as many
    rate = found.rate if "crossed" not in found.status else Decimal(f"{found.rate:.6g}")
    return f"Rate {rate.normalize():f} {per} of {day}{carried}{crossed}. Source: {found.source}."
