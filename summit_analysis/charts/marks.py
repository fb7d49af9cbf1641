"""What figures are made of: rows of bars with names and texts, how amounts read beside them, shapes on maps."""

import json
from collections.abc import Iterable, Mapping
from functools import cache, partial
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from babel.dates import format_date
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba_array
from matplotlib.patches import Rectangle
from matplotlib.path import Path
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Affine2D, Bbox, Transform
from numpy.polynomial import Polynomial
from numpy.typing import ArrayLike

from summit_analysis.base import files
from summit_analysis.base.text import Language, format_figure, words
from summit_analysis.charts.canvas import (
    BILLION,
    BLUE,
    EDGE,
    FULL,
    GREY,
    ORANGE,
    PALE,
    WIDTH,
    Chart,
    Style,
    is_narrow,
    put_together,
    text_points,
    wrap,
)
from summit_analysis.ledger.tables import Ledger
from summit_analysis.money import Amount, format_amount

_LINE, _GAP, _BAR = 0.175, 0.095, 0.16
"""Inches that a line of text takes, that are free between two rows, and that a bar is high."""
_MOST = 0.55
"""Of the width, what names may take; of the room beside them, what texts behind the bars may take."""
_BESIDE = 8
"""Points from a bar to what is written before and behind it."""
FADED = "#f0f0f0"
"""What drops out from one step to the next."""
HATCHED, CROSSED = "////", "xxxxx"
_TEXTS = ("colour", "hatch", "more", "heading")
_PAPER: Style = {"facecolor": "white", "lw": 0, "pad": 0.5}
"""Lines down the axis stop at what is written."""
WORLD_FILE, OUTLINES_FILE = "world-110m.geojson", "outlines-50m.geojson"
CENTRE = 11.0
"""Meridian in the middle of the world: it cuts through the Bering Strait at the edge, and through no state."""
_EQUAL_EARTH = Polynomial([0, 1.340264, 0, -0.081106, 0, 0, 0, 0.000893, 0, 0.003796])
"""How high a place is on it; coefficients of Šavrič, Patterson and Jenny, The Equal Earth map projection (2018)."""
_LINE_OF_KEY = 0.155
"""Inches from line to line."""
Key = list[tuple[Style, str, list[tuple[str, str]]]]
"""Beside a map: looks, what each means, and, below, what has it, with a number or without."""


def bars(
    ledger: Ledger,
    name: str,
    drawn: pd.DataFrame,
    say: dict[str, str],
    filled: dict[str, Any],
    cited: Iterable[str],
    rows: pd.DataFrame,
    axis: str,
    *,
    lang: Language,
    rates: bool = True,
    notes: Iterable[str] = (),
    **how: Any,
) -> Chart:
    """Put a chart together that has a row of bars for each row.

    Parameters
    ----------
    ledger, name, drawn, say, filled, cited, lang, rates
        As in `put_together`; ``each`` is filled with names and texts of all rows, if it is not given.
    rows, axis, notes, how
        As in `ranges`; the notes are part of the alt text.
    """
    notes, more = [note for note in notes if note], rows.get("more", pd.Series("", rows.index))
    named = rows["name"] + " " + rows["text"] + (" (" + more.str.replace("\n", ". ") + ")").where(more != "", "")
    filled = {"each": words("shared", lang)["and"].join(named).replace("\n", " "), "notes": " ".join(notes), **filled}
    say = {**say, "alt": f"{say['alt']} {{notes}}"}
    paint = partial(ranges, rows=rows, label=axis, lang=lang, notes=notes, **how)
    return put_together(ledger, name, drawn, say, filled, cited, paint, rates=rates, lang=lang)


def ranges(
    axes: Axes,
    wide: float,
    rows: pd.DataFrame,
    label: str,
    lang: Language,
    *,
    unit: float = BILLION,
    notes: Iterable[str] = (),
    pieces: pd.DataFrame | None = None,
    joined: bool = False,
    ticks: Mapping[float, str] | None = None,
) -> float:
    """Draw a range for each row, its name before it and its text behind it, below an axis; notes stand below them all.

    Parameters
    ----------
    axes, wide
        As in `Chart`.
    rows : pandas.DataFrame
        ``name``, ``text``, ``low``, ``high``: a bar is dark up to the lower figure, pale and thin from there to the
        upper one. What may be left out: ``start`` (where the bar begins), ``reach`` (where the text stands),
        ``colour``, ``hatch``, ``bold`` (of the name), ``more`` (in grey under the text), ``heading`` (above the first
        of the rows that share it).
    label : str
        What the axis counts.
    lang : {"en", "fr"}
    unit : float
        What the axis counts as one.
    notes : iterable of str
    pieces : pandas.DataFrame, optional
        Bars besides: ``at`` (which row), ``begin``, ``end``, ``colour``. What may be left out: ``hatch``, and ``lw``
        (points of the white edge, which hides the shortest).
    joined : bool
        Draw a line from the end of each bar to the next row.
    ticks : mapping of float to str, optional
        What stands above at which place of the axis. Default: round figures.

    Returns
    -------
    float
        Inches from the axis to the end of the notes.
    """
    usual = {"start": 0.0, "reach": rows["high"], "bold": False, **dict.fromkeys(_TEXTS, "")}
    rows = pd.DataFrame(usual, rows.index).assign(**rows.to_dict("series")).reset_index(drop=True)
    # words above an axis need the room of names beside it
    narrow = is_narrow(wide) or bool(ticks and wide + 2 * EDGE < WIDTH)
    whole, reach = wide * 72, rows["reach"].to_numpy() / unit
    names = _broken(rows["name"], 9.5, "bold", whole * (1 if narrow else _MOST))
    room = whole - (0 if narrow else max(_points(names, 9.5, "bold")) + _BESIDE)
    texts, mores = _broken(rows["text"], 9, "normal", room * _MOST), _broken(rows["more"], 8, "normal", room * _MOST)
    # the longest bar ends where its text still fits; behind the others there is room for longer lines
    told = np.maximum(_points(texts, 9), _points(mores, 8))
    edge = max(reach / (1 - (told / FULL + _BESIDE + 3) / room))
    free = room * (1 - reach / edge) - _BESIDE
    texts, mores = _broken(rows["text"], 9, "normal", free), _broken(rows["more"], 8, "normal", free)
    headed = rows["heading"].ne(rows["heading"].shift(fill_value="")).to_numpy()
    headings = _broken(rows["heading"].where(headed, ""), 9.5, "bold", whole)
    # a name stands beside its bar and its text, or above them; what is told more stands below
    named, texted, head = (_LINE * _lines(each) for each in (names, texts, headings))
    half = np.maximum(texted, _BAR if narrow else named) / 2 + _GAP / 2
    above = half + named * narrow + headed * (_BAR + head)
    below = np.where(rows["more"].eq(""), half, texted / 2 + 0.135 * _lines(mores) + _GAP)
    if ticks is None:
        round_ones = MaxNLocator(4 if narrow else 6, steps=[1, 2, 2.5, 5, 10]).tick_values(0, reach.max())
        ticks = {tick: format_figure(tick, lang=lang) for tick in round_ones if tick <= reach.max()}
    apart = room * min(np.diff([*ticks]), default=edge) / edge
    heads, label = _broken(ticks.values(), 9, "normal", apart), _broken([label], 9, "normal", room - 2 * _BESIDE)[0]
    top = _LINE * (max(_lines(heads), default=0) + _lines([label])[0]) + 0.05
    places: np.ndarray = top + np.cumsum(above + np.r_[0, below[:-1]])
    end, point, left = places[-1] + below[-1], edge / room, -edge * (whole / room - 1)
    axes.set_xlim(left, edge)
    axes.vlines([*ticks], top, end, color=PALE, lw=0.6, zorder=0)
    if joined:
        axes.vlines(reach[:-1], places[:-1], places[1:], color=GREY, lw=0.6)
    _draw_bars(axes, rows, places, pieces, unit)
    write(axes, reach + _BESIDE * point, places, texts, size=9, bbox=_PAPER)
    write(axes, reach + _BESIDE * point, places + texted / 2, mores, va="top", color=GREY, bbox=_PAPER)
    before: Style = {"va": "bottom", "ha": "left"} if narrow else {"ha": "right"}
    across, up = (left, half - _GAP / 2) if narrow else (-_BESIDE * point, 0.0)
    for name, down, bold in zip(names, places - up, rows["bold"], strict=True):
        write(axes, across, down, name, size=9.5, weight="bold" if bold else "normal", bbox=_PAPER, **before)
    write(axes, left, places - above + 0.13, headings, size=9.5, va="top", weight="bold", bbox=_PAPER)
    write(axes, [*ticks], top, heads, size=9, ha="center", va="bottom", color=GREY)
    write(axes, 0, 0, label, size=9, va="top", color=GREY)
    told_below = _broken(notes, 8.5, "normal", whole)
    write(axes, left, end + 0.05, "\n".join(told_below), size=8.5, va="top", color=GREY, linespacing=1.3)
    return float(end + _GAP + _LINE * sum(_lines(told_below)))


def _draw_bars(axes: Axes, rows: pd.DataFrame, places: np.ndarray, pieces: pd.DataFrame | None, unit: float) -> None:
    """Draw the dark and the pale bar of each row, and the pieces, those that fell away first."""
    colours = rows["colour"].mask(rows["colour"].eq(""), np.where(rows["hatch"].eq(""), BLUE, ORANGE))
    dark = rows.assign(at=rows.index, begin=rows["start"], end=rows["low"], colour=colours, lw=0, high=_BAR, alpha=1)
    pale = dark.assign(begin=rows["low"], end=rows["high"], hatch="", high=0.09, alpha=0.35)
    usual = {"hatch": "", "lw": 0.8, "high": _BAR, "alpha": 1}
    drawn = pd.concat([dark, pale, pieces], ignore_index=True).fillna(usual).query("end > begin")
    begin, length, hatched = drawn["begin"] / unit, (drawn["end"] - drawn["begin"]) / unit, drawn["hatch"] != ""
    look: Style = {
        "color": to_rgba_array(drawn["colour"].mask(hatched, "white"), drawn["alpha"]),
        "edgecolor": drawn["colour"].where(hatched, "white"),
        "lw": drawn["lw"].mask(hatched, 0.8),
        "hatch": drawn["hatch"].tolist(),
    }
    axes.barh(places[drawn["at"].astype("int")], length, drawn["high"], begin, **look)


def _broken(texts: Iterable[str], size: float, weight: str, points: ArrayLike) -> list[str]:
    """Break each text into lines of so many points, where it is not broken already."""
    texts = list(texts)
    return [
        "\n".join(chain(*(wrap(part, size, weight, points=room) for part in text.split("\n"))))
        for text, room in zip(texts, np.broadcast_to(points, len(texts)), strict=True)
    ]


def _points(texts: Iterable[str], size: float, weight: str = "normal") -> np.ndarray:
    return np.array([max(text_points(line, size, weight) for line in text.split("\n")) for text in texts])


def _lines(texts: Iterable[str]) -> np.ndarray:
    return np.array([1 + text.count("\n") if text else 0 for text in texts])


def write(axes: Axes, x: ArrayLike, y: ArrayLike, texts: ArrayLike, **style: Any) -> None:
    """Write texts, each in the middle of its line; one place may serve many texts."""
    for across, down, text in np.broadcast(x, y, np.asarray(texts, dtype="object")):
        axes.text(across, down, text, **{"va": "center", "size": 8, "linespacing": 1.2, **style})


def amounts(rows: pd.DataFrame, to: str, lang: Language, *, prose: bool = False) -> list[str]:
    """Write the amount of each row beside its bar: ``low`` to ``high``, and ``open_low``, ``open_high`` if it has them.

    >>> amounts(pd.DataFrame({"low": [30e9, 2.4e9], "high": [50e9, 2.4e9]}), "EUR", "en")
    ['€30–50bn', '€2.4bn']
    """
    return [
        short(
            row.low, row.high, to, lang, *(getattr(row, end, False) for end in ("open_low", "open_high")), prose=prose
        )
        for row in rows.itertuples()
    ]


def billions(to: str, lang: Language) -> str:
    """Write what an axis of money counts.

    >>> billions("EUR", "en"), billions("USD", "fr")
    ('€bn', 'milliards de dollars')
    """
    return format_amount(Amount(2e9, 2e9, to), lang=lang, prose=True).replace("2", "", 1).strip("\xa0")


def short(
    low: float,
    high: float,
    to: str,
    lang: Language,
    open_low: bool = False,
    open_high: bool = False,
    *,
    scale: float = BILLION,
    prose: bool = False,
) -> str:
    """Write an amount beside its bar in whole billions, or whole millions; under ten billion with a digit.

    >>> short(30e9, 50e9, "EUR", "en"), short(2.39e9, 2.39e9, "EUR", "en", True), short(387.4e6, 387.4e6, "EUR", "en")
    ('€30–50bn', 'up to €2.4bn', '€387m')
    """
    digits = high >= BILLION > low > 0 or BILLION <= high < 1e10
    amount = Amount(low, high, to, open_low, open_high, scale)
    return format_amount(amount, lang=lang, digits=int(digits), prose=prose)


def month_or_year(text: str, lang: Language) -> str:
    """Write a day as its month; a text that is no more than a year stays one.

    >>> month_or_year("2026-05-11", "fr"), month_or_year("2026", "fr")
    ('mai 2026', '2026')
    """
    return text if len(text) == 4 else format_date(pd.Timestamp(text), "MMM y", locale=lang)


# --- maps: shapes of the world on the plane, and on paper that counts in inches


@cache
def outlines(name: str, centre: float = CENTRE) -> dict[str, Path]:
    """Return the shapes of a file, projected, by ISO 3166 alpha-3; of a state too small for one it is a single point.

    >>> world = outlines(WORLD_FILE)
    >>> len(world["SGP"]), len(world["FRA"]) > 1
    (1, True)
    """
    found = {}
    for feature in json.loads(files.read_text(files.shipped("data") / name))["features"]:
        kind, nested = feature["geometry"]["type"], feature["geometry"]["coordinates"]
        rings = [[nested]] if kind == "Point" else nested if kind == "Polygon" else chain(*nested)
        # rings that run the other way are holes
        paths = [Path(equal_earth(np.array(ring), centre), closed=len(ring) > 1) for ring in rings]
        found[feature["properties"]["iso3"]] = Path.make_compound_path(*paths)
    return found


def equal_earth(degrees: np.ndarray, centre: float = CENTRE) -> np.ndarray:
    """Project places onto the plane so that equal areas stay equal.

    Parameters
    ----------
    degrees : numpy.ndarray, shape (n, 2)
        Longitude and latitude in degrees; longitudes may go beyond 180.
    centre : float
        Meridian that is a straight line.

    Returns
    -------
    numpy.ndarray, shape (n, 2)
        x and y in radii of the Earth; the area of the whole map is that of the sphere, 4π.

    >>> equal_earth(np.array([[11.0, 0.0], [191.0, 0.0]])).round(4).tolist()
    [[0.0, 0.0], [2.7066, 0.0]]
    """
    along, up = np.radians(degrees - [centre, 0]).T
    theta = np.arcsin(np.sqrt(3) / 2 * np.sin(up))
    x = 2 * np.sqrt(3) / 3 * along * np.cos(theta) / _EQUAL_EARTH.deriv()(theta)
    return np.column_stack([x, _EQUAL_EARTH(theta)])


def on_paper(axes: Axes, box: Bbox, inches: float, top: float) -> Transform:
    """Return how a box of the plane comes onto axes that count in inches, so many wide and so far down."""
    scale = inches / box.width
    return Affine2D().translate(-box.x0, -box.y1).scale(scale, -scale).translate(0, top) + axes.transData


def apart(spots: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Move circles until none lies on another, each as little as it takes.

    >>> apart(np.array([[0.0, 0.0], [1.0, 0.0], [9.0, 9.0]]), np.array([1.0, 1.0, 1.0])).round(2).tolist()
    [[-0.5, -0.0], [1.5, 0.0], [9.0, 9.0]]
    """
    turn = 2.4 * np.arange(len(spots))
    # two on one spot need some way to go
    moved, least = spots + 1e-4 * np.column_stack([np.cos(turn), np.sin(turn)]), radii[:, None] + radii
    for _ in range(500):
        between = moved[:, None] - moved
        far = np.hypot(*between.transpose(2, 0, 1)) + np.eye(len(spots)) * 1e9
        moved = moved + (between * (np.clip(least - far, 0, None) / far / 2)[..., None]).sum(axis=1)
    return moved


def write_key(axes: Axes, wide: float, left: float, top: float, key: Key) -> float:
    """Write what each look means; return where that ends."""
    for look, head, texts in key:
        axes.add_patch(Rectangle((left, top + 0.04), 0.2, 0.12, lw=0.6, **look))
        write(axes, left + 0.28, top + 0.1, head, size=9, weight="bold")
        top += 0.2
        for number, text in texts:
            lines = wrap(text, 8, points=72 * (wide - left - 0.28))
            write(axes, left + 0.2, top + 0.08, number, ha="right", weight="bold")
            write(axes, left + 0.28, top + 0.08 + _LINE_OF_KEY * np.arange(len(lines)), lines)
            top += _LINE_OF_KEY * len(lines) + 0.02
        top += 0.07
    return top
