"""The marks figures are made of: bars of ranges, rows of pledges, days on an axis, the world."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from summit_analysis.base import files
from summit_analysis.base.text import Language, Row, format_figure
from summit_analysis.charts.canvas import BILLION, GREY, INCHES, PALE, Style, in_inches, palette, unbroken
from summit_analysis.money import Amount, format_amount

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.transforms import Transform
    from numpy.typing import ArrayLike


_ROW, _MARGIN = 0.26, 0.175
"""Inches for a row, and for a line in the margin."""

_LEAST = 36
"""Points from one named month to the next."""
_ORIGIN = pd.Timestamp("1970-01-01")
_DAY = pd.Timedelta(days=1)

MAP_FILE = "world-110m.geojson"
CENTRE = 11.0
"""Meridian in the middle: the one that cuts through the Bering Strait at the edge, and through no state."""
_A = (1.340264, -0.081106, 0.000893, 0.003796)
"""Coefficients of Šavrič, Patterson and Jenny, The Equal Earth map projection (2018)."""
Shape = list[list[np.ndarray]]
"""Polygons, each a list of rings (the outline, then its holes), each ring of shape (n, 2)."""


def dress(
    axes: Axes,
    drawn: pd.DataFrame,
    places: np.ndarray,
    reach: float,
    names: pd.Series,
    margin: list[str],
    lang: Language,
) -> None:
    """Name the rows, draw the axis above them, and write the margin below."""
    from matplotlib.ticker import MaxNLocator

    axes.set_yticks(places, names[drawn["pledge_id"]])
    for label, group in zip(axes.get_yticklabels(), drawn["group"], strict=True):
        label.set_fontweight("bold" if group == "summit" else "normal")
    last = places[-1] + 0.6
    ticks = [tick for tick in MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]).tick_values(0, reach) if 0 <= tick <= reach]
    axes.set_xticks(ticks, [format_figure(tick, lang=lang) for tick in ticks])
    axes.tick_params(axis="x", length=0, labeltop=True, labelbottom=False)
    axes.xaxis.set_label_position("top")
    axes.spines["bottom"].set_visible(False)
    # lines end with the last row, and leave the margin free
    axes.vlines(ticks, -0.6, last, color=PALE, lw=0.6, zorder=0)
    axes.set_ylim(last + (len(margin) + 0.6) * _MARGIN / _ROW, -0.6)
    style: Style = {"va": "top", "color": GREY, "size": 8.5, "linespacing": 1.3, "in_layout": False}
    axes.text(0.015, last + 0.4 * _MARGIN / _ROW, "\n".join(margin), transform=from_left(axes), **style)


def money_axis(axes: Axes, label: str, lang: Language) -> None:
    """Let the axis below count in figures of the language, with a line at each."""
    axes.xaxis.set_major_formatter(lambda value, _: format_figure(value, lang=lang))
    axes.grid(axis="x")
    axes.set_xlabel(label)


def beside(axes: Axes, x: float, y: float, text: str, points: float = 7) -> None:
    """Write a text to the right of a mark."""
    axes.annotate(text, (x, y), (points, 0), textcoords="offset points", va="center", size=9, in_layout=False)


def margin_lines(*texts: str) -> list[str]:
    """Break the texts of the margin into lines.

    >>> margin_lines("Under €1bn: ROOST", "Without years: Mistral")
    ['Under €1bn: ROOST', 'Without years: Mistral']
    """
    return [line for text in texts for line in textwrap.wrap(unbroken(text), 120)]


def inches(rows: float, margin: list[str]) -> float:
    """Return the height of a plot with so many rows."""
    return _ROW * rows + _MARGIN * (len(margin) + 0.6) + 0.4


def from_left(axes: Axes) -> Transform:
    """Place texts from the left edge of the figure, at the height of rows."""
    from matplotlib.transforms import blended_transform_factory

    return blended_transform_factory(axes.figure.transFigure, axes.transData)


def colour_of(group: str) -> str:
    """Blue for what was announced at the summit, grey for the others."""
    return palette()[0 if group == "summit" else 7]


def printed(low: float, high: float, to: str, lang: Language, *, digits: int = 1) -> str:
    """Write an amount without open ends.

    >>> printed(87.8e9, 109.7e9, "EUR", "en")
    '€87.8–109.7bn'
    """
    return format_amount(Amount(low, high, to), lang=lang, digits=digits)


def open_amount(row: Row, to: str, lang: Language) -> str:
    """Write the amount of a row with its open ends."""
    return format_amount(Amount(row.low, row.high, to, row.open_low, row.open_high), lang=lang)


def draw_ranges(axes: Axes, places: np.ndarray, rows: pd.DataFrame) -> None:
    """Draw a bar for each row: dark up to ``low``, pale and thin from there to ``high``."""
    low, high, blue = rows["low"].to_numpy() / BILLION, rows["high"].to_numpy() / BILLION, palette()[0]
    # bars never leave the axes, so nothing has to make room for them
    axes.barh(places, high - low, left=low, color=blue, alpha=0.35, height=0.34, lw=0, in_layout=False)
    axes.barh(places, low, color=blue, height=0.6, lw=0, in_layout=False)


def draw_unallocated(axes: Axes, places: np.ndarray, rows: pd.DataFrame) -> None:
    """Draw what no part explains, up to ``high``: hatched."""
    high = rows["high"].to_numpy() / BILLION
    axes.barh(places, high, color="white", edgecolor=palette()[1], hatch="////", height=0.5, lw=1)


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
        axes.hlines(self.edges[np.asarray(rules)], 0.06, INCHES - 0.06, color=PALE, lw=0.6, zorder=0)
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
