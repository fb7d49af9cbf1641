"""Where days stand on the axis of a figure, and which of them are named there."""

from __future__ import annotations

import pandas as pd

from summit_analysis.amounts import Language

_LEAST = 36
"""Points from one named month to the next."""
_ORIGIN = pd.Timestamp("1970-01-01")
_DAY = pd.Timedelta(days=1)


class Span:
    """An axis of days between a gutter on its left and the right edge.

    Parameters
    ----------
    first, last : float
        Days as `place` gives them.
    gutter, width : float
        Points from the left edge to the first day and to the last.

    >>> span = Span(0, 10, gutter=100, width=500)
    >>> span.points_a_day, span.left, span.points(5)
    (40.0, -2.5, 300.0)
    """

    def __init__(self, first: float, last: float, gutter: float, width: float) -> None:
        self.first, self.last, self.gutter = first, last, gutter
        self.points_a_day = (width - gutter) / (last - first)
        self.left = first - gutter / self.points_a_day

    def points(self, day: float) -> float:
        """Return how many points from the left edge a day stands."""
        return (day - self.left) * self.points_a_day


def place(day: pd.Timestamp) -> float:
    """Return where on an axis a day begins, as matplotlib counts days.

    >>> place(pd.Timestamp("1970-01-02 12:00"))
    1.5
    """
    days: float = (day - _ORIGIN) / _DAY
    return days


def month_or_year(text: str, lang: Language) -> str:
    """Write a day as its month; a text that is no more than a year stays one.

    >>> month_or_year("2026-05-11", "fr"), month_or_year("2026", "fr")
    ('mai 2026', '2026')
    """
    from babel.dates import format_date

    return text if len(text) == 4 else format_date(pd.Timestamp(text), "MMM y", locale=lang)


def month_ticks(first: float, last: float, points_a_day: float, lang: Language) -> tuple[list[float], list[str]]:
    """Return places and texts of the beginnings of months between two days, as many as have room.

    >>> month_ticks(place(pd.Timestamp("2025-01-01")), place(pd.Timestamp("2025-09-01")), 0.5, "en")
    ([20089.0, 20179.0, 20270.0], ['2025', 'Apr', 'Jul'])
    """
    from babel.dates import format_date

    step = next((months for months in (3, 6) if months * 30 * points_a_day > _LEAST), 12)
    days = pd.date_range((_ORIGIN + first * _DAY).ceil("D"), _ORIGIN + last * _DAY)
    months = [on for on in days if on.day == 1 and (on.month - 1) % step == 0]
    texts = [str(on.year) if on.month == 1 else format_date(on, "MMM", locale=lang) for on in months]
    return [place(on) for on in months], texts
