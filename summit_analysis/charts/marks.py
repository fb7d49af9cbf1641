"""The marks figures are made of: bars of ranges, rows of pledges, days on an axis, the world."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from summit_analysis.base import files
from summit_analysis.base.text import Language, Row, format_figure
from summit_analysis.charts.canvas import (
    BILLION,
    GREY,
    PALE,
    Style,
    axes_inches,
    figure_inches,
    in_inches,
    need_room,
    palette,
    text_points,
    unbroken,
)
from summit_analysis.money import Amount, format_amount

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.transforms import Transform
    from numpy.typing import ArrayLike


_ROW, _NOTE = 0.27, 0.175
"""Inches for a row, and for a line of a note."""
_MOST = 0.65
"""Of the room beside the names: what texts behind the bars may take of it."""
_BEHIND = 7
"""Points from a mark to its text."""

_LEAST = 36
"""Points from one named month to the next."""
_STRIPE = "#f3f3f3"
"""Behind the days that are named."""
_ORIGIN = pd.Timestamp("1970-01-01")
_DAY = pd.Timedelta(days=1)

MAP_FILE = "world-110m.geojson"
CENTRE = 11.0
"""Meridian in the middle: the one that cuts through the Bering Strait at the edge, and through no state."""
_A = (1.340264, -0.081106, 0.000893, 0.003796)
"""Coefficients of Šavrič, Patterson and Jenny, The Equal Earth map projection (2018)."""
Shape = list[list[np.ndarray]]
"""Polygons, each a list of rings (the outline, then its holes), each ring of shape (n, 2)."""


def ranges(
    axes: Axes,
    rows: pd.DataFrame,
    label: str,
    lang: Language,
    *,
    unit: float = BILLION,
    begin: float = 0.0,
    notes: Iterable[str] = (),
    align: Literal["left", "right"] = "right",
    dots: bool = False,
) -> np.ndarray:
    """Draw a range for each row, its name before it and its text behind it, below an axis; notes stand below them all.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    rows : pandas.DataFrame
        ``name``, ``text``, ``low``, ``high``: a bar is dark up to the lower figure, pale and thin from there to the
        upper one. What may be left out: ``start`` (where the bar begins), ``reach`` (where the text stands),
        ``colour``, ``hatched``, ``bold`` (of the name), ``more`` (in grey under the text), ``heading`` (above the first
        of the rows that share it).
    label : str
        What the axis counts.
    lang : {"en", "fr"}
    unit : float
        What the axis counts as one.
    begin : float
        Where the axis begins, counted so.
    notes : iterable of str
    align : {"left", "right"}
        Of the names; to the left, spaces set a name in.
    dots : bool
        Draw a dot at either end instead of a bar, hollow instead of hatched.

    Returns
    -------
    numpy.ndarray
        The place of each row on the axis downwards.
    """
    usual = {"start": begin * unit, "reach": rows["high"], "hatched": False, "bold": False}
    usual |= dict.fromkeys(["colour", "more", "heading"], "")
    rows = pd.DataFrame(usual, rows.index).assign(**rows.to_dict("series"))
    colours = rows["colour"].mask(rows["colour"].eq(""), np.where(rows["hatched"], palette()[1], palette()[0]))
    start, low, high, reach = (rows[column].to_numpy() / unit for column in ("start", "low", "high", "reach"))
    headed = rows["heading"].ne(rows["heading"].shift(fill_value="")).to_numpy()
    # a heading stands in a row of its own, with a gap between two groups
    places: np.ndarray = np.arange(len(rows)) + 1.4 * headed.cumsum() - 0.4 * headed.any()
    faces, wide = colours.mask(rows["hatched"], "white"), high > low
    if dots:
        axes.hlines(places, low, high, colors=colours, lw=3, alpha=0.45)
        for place, *ends, face, colour in zip(places, low, high, faces, colours, strict=True):
            axes.scatter(ends, [place] * 2, s=42, facecolors=face, edgecolors=colour, linewidths=1.5, zorder=3)
    else:
        # bars never leave the axes, so nothing has to make room for them
        look: Style = {"lw": 0, "in_layout": False}
        axes.barh(places[wide], (high - low)[wide], 0.34, low[wide], color=colours[wide], alpha=0.35, **look)
        look |= {"lw": np.where(rows["hatched"] & (low > start), 1, 0), "hatch": np.where(rows["hatched"], "////", "")}
        axes.barh(places, low - start, 0.6, start, color=faces, edgecolor=colours, **look)
    behind: Style = {"textcoords": "offset points", "va": "center", "in_layout": False}
    for place, end, text, more in zip(places, reach, rows["text"], rows["more"], strict=True):
        axes.annotate(text, (end, place), (_BEHIND, 0), size=9, **behind)
        if more:
            axes.annotate(more, (end, place), (_BEHIND, -19), size=8, color=GREY, **behind)
    for place, heading in zip(places[headed], rows["heading"][headed], strict=True):
        axes.text(0.015, place - 1, heading, weight="bold", va="center", transform=_from_left(axes))
    room = axes_inches() * 72 - _name(axes, places, rows, align)
    told = [
        max(text_points(text, 9), text_points(more, 8)) for text, more in zip(rows["text"], rows["more"], strict=True)
    ]
    need_room(max(told) + _BEHIND + 3 < _MOST * room)
    # the longest bar ends where its text still fits
    axes.set_xlim(begin, begin + max((reach - begin) / (1 - (np.array(told) + _BEHIND + 3) / room)))
    _frame(axes, (begin, reach.max()), places[-1] + 0.6, label, lang, _lines(notes))
    return places


def _name(axes: Axes, places: np.ndarray, rows: pd.DataFrame, align: Literal["left", "right"]) -> float:
    """Name the rows, and return how many points the names take."""
    weights = np.where(rows["bold"], "bold", "normal")
    named = [(line, weight) for name, weight in zip(rows["name"], weights, strict=True) for line in name.split("\n")]
    wide = max(text_points(line, 9.5, weight) for line, weight in named)
    axes.set_yticks(places, rows["name"], ha=align)
    for tick, weight in zip(axes.yaxis.get_major_ticks(), weights, strict=True):
        tick.label1.set_fontweight(weight)
    axes.tick_params(axis="y", pad=wide + 8 if align == "left" else 4)
    return wide + 10


def _frame(axes: Axes, ends: tuple[float, float], last: float, label: str, lang: Language, notes: list[str]) -> None:
    """Draw the axis above the rows, its lines down to the last of them, and write the notes below."""
    from matplotlib.ticker import MaxNLocator

    ticks = [tick for tick in MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]).tick_values(*ends) if ends[0] <= tick <= ends[1]]
    axes.set_xticks(ticks, [format_figure(tick, lang=lang) for tick in ticks])
    axes.tick_params(axis="x", length=0, labeltop=True, labelbottom=False)
    axes.xaxis.set_label_position("top")
    axes.set_xlabel(label, loc="left")
    axes.spines["bottom"].set_visible(False)
    axes.vlines(ticks, -0.6, last, color=PALE, lw=0.6, zorder=0)
    axes.set_ylim(last + (len(notes) + 0.6) * _NOTE / _ROW, -0.6)
    style: Style = {"va": "top", "color": GREY, "size": 8.5, "linespacing": 1.3, "in_layout": False}
    axes.text(0.015, last + 0.4 * _NOTE / _ROW, "\n".join(notes), transform=_from_left(axes), **style)


def inches(rows: float, notes: Iterable[str] = ()) -> float:
    """Return the height of so many rows of `ranges`, with the notes below."""
    return _ROW * rows + _NOTE * (len(_lines(notes)) + 0.6) + 0.4


def _lines(notes: Iterable[str]) -> list[str]:
    return [line for note in notes for line in textwrap.wrap(unbroken(note), int(15 * figure_inches()))]


def _from_left(axes: Axes) -> Transform:
    """Place texts from the left edge of the figure, at the height of rows."""
    from matplotlib.transforms import blended_transform_factory

    return blended_transform_factory(axes.figure.transFigure, axes.transData)


def printed(low: float, high: float, to: str, lang: Language, *, digits: int = 1) -> str:
    """Write an amount without open ends.

    >>> printed(87.8e9, 109.7e9, "EUR", "en")
    '€87.8–109.7bn'
    """
    return format_amount(Amount(low, high, to), lang=lang, digits=digits)


def open_amount(row: Row, to: str, lang: Language) -> str:
    """Write the amount of a row with its open ends."""
    return format_amount(Amount(row.low, row.high, to, row.open_low, row.open_high), lang=lang)


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


def free_row(
    taken: list[list[tuple[float, float]]], room: dict[str, tuple[float, float]], gap: float = 0
) -> tuple[int, str]:
    """Take the first row in which one of several spans touches no other, and say which; rows are added as needed.

    >>> taken = [[(0, 5)], [(7, 9)]]
    >>> free_row(taken, {"right": (4, 8), "left": (1, 6)}), taken
    ((1, 'left'), [[(0, 5)], [(7, 9), (1, 6)]])
    """
    row, side = next(
        (row, side)
        for row, others in enumerate([*taken, []])
        for side, (begin, end) in room.items()
        if all(end + gap < other[0] or other[1] + gap < begin for other in others)
    )
    if row == len(taken):
        taken.append([])
    taken[row].append(room[side])
    return row, side


def day_place(day: pd.Timestamp) -> float:
    """Return where on an axis a day begins, as matplotlib counts days.

    >>> day_place(pd.Timestamp("1970-01-02 12:00"))
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

    >>> month_ticks(day_place(pd.Timestamp("2025-01-01")), day_place(pd.Timestamp("2025-09-01")), 0.5, "en")
    ([20089.0, 20179.0, 20270.0], ['2025', 'Apr', 'Jul'])
    """
    from babel.dates import format_date

    step = next((months for months in (3, 6) if months * 30 * points_a_day > _LEAST), 12)
    days = pd.date_range((_ORIGIN + first * _DAY).ceil("D"), _ORIGIN + last * _DAY)
    months = [on for on in days if on.day == 1 and (on.month - 1) % step == 0]
    texts = [str(on.year) if on.month == 1 else format_date(on, "MMM", locale=lang) for on in months]
    return [day_place(on) for on in months], texts


def days(axes: Axes, knots: Sequence[float], shares: Sequence[float], points: float, lang: Language) -> None:
    """Let the axis run through days, each stretch from knot to knot with its share of so many points, and name them.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    knots : sequence of float
        Days as `day_place` gives them.
    shares : sequence of float
        Where on the axis each knot stands, from 0 to 1.
    points : float
        How wide the axis is.
    lang : {"en", "fr"}
    """
    from babel.dates import format_date

    axes.set_xscale(
        "function", functions=(lambda x: np.interp(x, knots, shares), lambda x: np.interp(x, shares, knots))
    )
    axes.set_xlim(knots[0], knots[-1])
    named = dict[float, str]()
    for first, last, wide in zip(knots[:-1], knots[1:], points * np.diff(shares) / np.diff(knots), strict=True):
        if wide > _LEAST:
            axes.axvspan(first, last, color=_STRIPE, lw=0, zorder=-1)
            noons = np.arange(np.ceil(first), last) + 0.5
            named |= {noon: format_date(_ORIGIN + noon * _DAY, "d MMM", locale=lang) for noon in noons}
        else:
            named |= zip(*month_ticks(first, last, wide, lang), strict=True)
    axes.set_xticks(list(named), list(named.values()))
    axes.tick_params(axis="x", length=0)


def equal_earth(degrees: np.ndarray) -> np.ndarray:
    """Project places onto the plane so that equal areas stay equal.

    Parameters
    ----------
    degrees : numpy.ndarray, shape (n, 2)
        Longitude and latitude in degrees; longitudes may go beyond 180.

    Returns
    -------
    numpy.ndarray, shape (n, 2)
        x and y in radii of the Earth; the area of the whole map is that of the sphere, 4π.

    >>> equal_earth(np.array([[11.0, 0.0], [191.0, 0.0]])).round(4).tolist()
    [[0.0, 0.0], [2.7066, 0.0]]
    """
    a1, a2, a3, a4 = _A
    along, up = np.radians(degrees[:, 0] - CENTRE), np.radians(degrees[:, 1])
    theta = np.arcsin(np.sqrt(3) / 2 * np.sin(up))
    slope = a1 + 3 * a2 * theta**2 + theta**6 * (7 * a3 + 9 * a4 * theta**2)
    x = 2 * np.sqrt(3) / 3 * along * np.cos(theta) / slope
    y = theta * (a1 + a2 * theta**2 + theta**6 * (a3 + a4 * theta**2))
    return np.column_stack([x, y])


@cache
def shapes() -> dict[str, Shape]:
    """Return the projected shape of each state and territory that is large enough for one, by ISO 3166 alpha-3.

    France with Guiana, in thousand square kilometres:

    >>> round(area(shapes()["FRA"]) * 6371**2 / 1000)
    644
    """
    parts = {code: geometry for code, geometry in _geometries() if geometry["type"] != "Point"}
    whole = {
        code: geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        for code, geometry in parts.items()
    }
    return {
        code: [[equal_earth(np.array(ring, dtype="float64")) for ring in polygon] for polygon in polygons]
        for code, polygons in whole.items()
    }


@cache
def points() -> dict[str, np.ndarray]:
    """Return the projected place of each state that is too small for a shape, by ISO 3166 alpha-3.

    >>> "SGP" in points(), "SGP" in shapes()
    (True, False)
    """
    places = {code: geometry["coordinates"] for code, geometry in _geometries() if geometry["type"] == "Point"}
    # what lies beyond the Bering Strait comes round on the other side
    edge = CENTRE - 180
    return {
        code: equal_earth(np.array([[lon + 360 if lon < edge else lon, lat]], dtype="float64"))[0]
        for code, (lon, lat) in places.items()
    }


def middle(shape: Shape) -> np.ndarray:
    """Return the centre of gravity of the largest polygon of a shape.

    >>> square = [[np.array([[0.0, 0], [2, 0], [2, 2], [0, 2], [0, 0]])]]
    >>> middle(square).tolist()
    [1.0, 1.0]
    """
    ring = max((polygon[0] for polygon in shape), key=ring_area)
    step = ring[:-1, 0] * ring[1:, 1] - ring[1:, 0] * ring[:-1, 1]
    centre: np.ndarray = ((ring[:-1] + ring[1:]) * step[:, None]).sum(axis=0) / (3 * step.sum())
    return centre


def area(shape: Shape) -> float:
    """Return the area of a shape in squares of the Earth's radius; holes are taken off.

    >>> outline, hole = (np.array([[0.0, 0], [n, 0], [n, n], [0, n], [0, 0]]) for n in (2, 1))
    >>> area([[outline, hole]])
    3.0
    """
    return sum(ring_area(polygon[0]) - sum(map(ring_area, polygon[1:])) for polygon in shape)


def reaches(shape: Shape, box: tuple[float, float, float, float]) -> bool:
    """Whether the rectangle around a shape touches a box: left, bottom, right, top.

    >>> reaches(shapes()["FRA"], (-0.5, 0.5, 0.5, 1.2)), reaches(shapes()["AUS"], (-0.5, 0.5, 0.5, 1.2))
    (True, False)
    """
    outline = np.concatenate([polygon[0] for polygon in shape])
    return bool((outline.min(axis=0) < box[2:]).all() and (outline.max(axis=0) > box[:2]).all())


def ring_area(ring: np.ndarray) -> float:
    """Return the area inside one closed ring, whichever way round it goes.

    >>> ring_area(np.array([[0.0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]))
    4.0
    """
    return float(abs((ring[:-1, 0] * ring[1:, 1] - ring[1:, 0] * ring[:-1, 1]).sum()) / 2)


def _geometries() -> list[tuple[str, dict[str, Any]]]:
    features = json.loads(files.read_text(files.shipped("data") / MAP_FILE))["features"]
    return [(feature["properties"]["iso3"], feature["geometry"]) for feature in features]


# grids


class Grid:
    """Rows in inches, each some lines high, below the heads of their columns: names, marks and texts stand in lines.

    Parameters
    ----------
    lines : sequence of int
        How many lines each row has.
    line, gap, head : float
        Inches from line to line, between two rows, and above the first.

    >>> grid = Grid([1, 3], line=0.25, gap=0.5, head=1)
    >>> grid.edges.tolist(), grid.middles.tolist(), grid.y([0, 1], [0, 2]).tolist()
    ([1.0, 1.75, 3.0], [1.375, 2.375], [1.375, 2.625])
    """

    def __init__(self, lines: Sequence[int], *, line: float, gap: float = 0, head: float) -> None:
        self.line, self.gap = line, gap
        self.edges = np.cumsum([head, *(many * line + gap for many in lines)])
        self.middles = (self.edges[:-1] + self.edges[1:]) / 2

    def y(self, row: ArrayLike, line: ArrayLike = 0) -> np.ndarray:
        """Return the middle of a line of a row."""
        middle: np.ndarray = self.edges[np.asarray(row)] + self.gap / 2 + (np.asarray(line) + 0.5) * self.line
        return middle

    def lay(self, axes: Axes, x: ArrayLike, heads: Any, rules: ArrayLike, **style: Any) -> None:
        """Let the axes count in inches, write the heads above their columns, and rule off some of the edges."""
        in_inches(axes, self.edges[-1])
        axes.hlines(self.edges[np.asarray(rules, dtype=int)], 0.06, axes_inches() - 0.06, color=PALE, lw=0.6, zorder=0)
        write(axes, x, self.edges[0] - 0.05, heads, **{"ha": "center", "va": "bottom", "color": GREY, **style})


def mark(axes: Axes, x: ArrayLike, y: ArrayLike, words: ArrayLike, looks: Mapping[Any, Style], **style: Any) -> None:
    """Draw a mark for each word that has a look; one place may serve many words."""
    across, down, said = np.broadcast_arrays(x, y, np.asarray(words, dtype="object"))
    for word, look in looks.items():
        if (at := said == word).any():
            axes.scatter(across[at], down[at], **{"s": 34, "linewidths": 0.8, "zorder": 3, **style, **look})


def write(axes: Axes, x: ArrayLike, y: ArrayLike, texts: ArrayLike, **style: Any) -> None:
    """Write texts, each in the middle of its line; one place may serve many texts."""
    for across, down, text in np.broadcast(x, y, np.asarray(texts, dtype="object")):
        axes.text(across, down, text, **{"va": "center", "size": 8, **style})
