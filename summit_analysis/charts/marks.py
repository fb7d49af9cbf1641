"""The marks figures are made of: bars of ranges, rows of pledges, days on an axis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from summit_analysis.base.text import Language, format_figure, words
from summit_analysis.charts.canvas import (
    BILLION,
    EDGE,
    FULL,
    GREY,
    PALE,
    WIDTH,
    Chart,
    Style,
    axes_inches,
    figure_inches,
    in_inches,
    is_narrow,
    palette,
    put_together,
    set_height,
    text_points,
    wrap,
)
from summit_analysis.ledger.tables import Ledger
from summit_analysis.money import Amount, format_amount

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.transforms import Transform
    from numpy.typing import ArrayLike


_ROW, _LINE, _GAP = 0.27, 0.65, 0.35
"""Inches for a row of one line; of a row, what a line of text takes, and what is free between two rows."""
_MOST = 0.55
"""Of the width, what names may take; of the room beside them, what texts behind the bars may take."""
_BEHIND = 7
"""Points from a mark to its text."""
FADED = "#f0f0f0"
"""What drops out from one step to the next."""

_INSET = 0.06
"""Inches from the edge of a grid to its rules and texts."""


def bars(
    ledger: Ledger,
    name: str,
    drawn: pd.DataFrame,
    say: Mapping[str, str],
    filled: Mapping[str, object],
    cited: Iterable[str],
    rows: pd.DataFrame,
    axis: str,
    *,
    lang: Language,
    notes: Iterable[str] = (),
    pieces: pd.DataFrame | None = None,
    joined: bool = False,
    **how: Any,
) -> Chart:
    """Put a chart together that has a range for each row, and pieces of bars over some of them.

    Parameters
    ----------
    ledger, name, drawn, say, filled, cited, lang
        As in `put_together`; ``each`` is filled with names and texts of all rows.
    rows, axis, notes, how
        As in `ranges`; the notes are part of the alt text.
    pieces : pandas.DataFrame, optional
        ``at`` (which row), ``begin``, ``end``, ``colour``, ``hatched``.
    joined : bool
        Draw a line from the end of each bar to the next row.
    """
    notes, more = list(filter(None, notes)), rows.get("more", pd.Series("", rows.index))
    named = rows["name"] + " " + rows["text"] + (" (" + more + ")").where(more != "", "")
    filled = {"each": words("shared", lang)["and"].join(named).replace("\n", " "), "notes": " ".join(notes), **filled}
    say = {**say, "alt": f"{say['alt']} {{notes}}"}
    with put_together(ledger, name, drawn, say, filled, cited, lang=lang) as (chart, axes):
        places = ranges(axes, rows, axis, lang, notes=notes, **how)
        for one in () if pieces is None else pieces.itertuples():
            look = {"color": "white", "ec": one.colour, "hatch": "////"} if one.hatched else {"color": one.colour}
            look |= {"in_layout": False, "lw": 0.8, "zorder": 0.5 if one.colour == FADED else 2}
            begin, end = one.begin / BILLION, one.end / BILLION
            axes.barh(places[one.at], end - begin, 0.6, begin, **{"ec": "white", **look})
        if joined:
            axes.vlines(rows["reach"][:-1] / BILLION, places[:-1], places[1:], color=GREY, lw=0.6)
    return chart


def ranges(
    axes: Axes,
    rows: pd.DataFrame,
    label: str,
    lang: Language,
    *,
    unit: float = BILLION,
    notes: Iterable[str] = (),
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
    notes : iterable of str

    Returns
    -------
    numpy.ndarray
        The place of each row on the axis downwards.
    """
    usual = {"start": 0.0, "reach": rows["high"], "hatched": False, "bold": False}
    usual |= dict.fromkeys(["colour", "more", "heading"], "")
    rows = pd.DataFrame(usual, rows.index).assign(**rows.to_dict("series"))
    start, low, high, reach = (rows[column].to_numpy() / unit for column in ("start", "low", "high", "reach"))
    whole, weight = axes_inches() * 72, "bold" if rows["bold"].any() else "normal"
    names = _broken(rows["name"], 9.5, weight, points=None if is_narrow() else repeat(whole * _MOST))
    room = whole - 10 - (0 if is_narrow() else max(_points(name, 9.5, weight) for name in names))
    texts, mores = (
        _broken(rows[column], size, points=repeat(room * _MOST)) for column, size in (("text", 9), ("more", 8))
    )
    told = np.array([max(_points(text, 9), _points(more, 8)) for text, more in zip(texts, mores, strict=True)])
    # the longest bar ends where its text still fits; behind the others there is room for longer lines
    edge = max(reach / (1 - (told / FULL + _BEHIND + 3) / room))
    free = room * (1 - reach / edge) - _BEHIND - 2.5
    texts, mores = (_broken(rows[column], size, points=free) for column, size in (("text", 9), ("more", 8)))
    headed = rows["heading"].ne(rows["heading"].shift(fill_value="")).to_numpy()
    headings = _broken(rows["heading"].where(headed, ""), 9.5, "bold")
    # a name stands beside its bar and its text, or above them; what is told more stands below
    named, texted, more, head = (
        line * np.array([1 + text.count("\n") for text in each])
        for each, line in ((names, _LINE), (texts, _LINE), (mores, 0.5), (headings, _LINE))
    )
    half = np.maximum(texted, 0.6 if is_narrow() else named) / 2 + _GAP / 2
    above = half + named * is_narrow() + headed * (0.6 + head)
    below = np.where(rows["more"].eq(""), half, texted / 2 + more + _GAP)
    places: np.ndarray = np.cumsum(above + np.r_[0, below[:-1]]) - above[0]
    colours = rows["colour"].mask(rows["colour"].eq(""), np.where(rows["hatched"], palette()[1], palette()[0]))
    faces, wide = colours.mask(rows["hatched"], "white"), high > low
    # bars never leave the axes, so nothing has to make room for them
    look: Style = {"lw": 0, "in_layout": False}
    axes.barh(places[wide], (high - low)[wide], 0.34, low[wide], color=colours[wide], alpha=0.35, **look)
    look |= {"lw": np.where(rows["hatched"] & (low > start), 1, 0), "hatch": np.where(rows["hatched"], "////", "")}
    axes.barh(places, low - start, 0.6, start, color=faces, edgecolor=colours, **look)
    # lines down the axis stop at what is written
    paper: Style = {"bbox": {"facecolor": "white", "lw": 0, "pad": 0.5}, "in_layout": False, "linespacing": 1.2}
    behind: Style = {"textcoords": "offset points", **paper}
    for place, end, text, under, deep in zip(places, reach, texts, mores, texted, strict=True):
        axes.annotate(text, (end, place), (_BEHIND, 0), va="center", size=9, **behind)
        if under:
            lower = _BEHIND, -deep / 2 * _ROW * 72
            axes.annotate(under, (end, place), lower, va="top", size=8, color=GREY, **behind)
    axes.set_yticks(places, names)
    for row, tick in enumerate(axes.yaxis.get_major_ticks()):
        left: Style = {"transform": _from_left(axes), "weight": "bold" if rows["bold"].iloc[row] else "normal"}
        tick.label1.set(weight=left["weight"], visible=not is_narrow())
        if is_narrow():
            axes.text(EDGE, places[row] - half[row] + _GAP / 2, names[row], va="bottom", **paper, **left)
        axes.text(EDGE, places[row] - above[row] + 0.55, headings[row], va="top", **paper, **left | {"weight": "bold"})
    axes.set_xlim(0, edge)
    label = _broken([label], 9, points=[room - 2 * _BEHIND])[0]
    _frame(axes, reach.max(), (-above[0], places[-1] + below[-1]), label, lang, notes)
    return places


def _broken(
    texts: Iterable[str], size: float, weight: str = "normal", points: Iterable[float] | None = None
) -> list[str]:
    """Break each text into lines of so many points, where it is not broken already."""
    return [
        "\n".join(chain(*(wrap(part, size, weight, points=room) for part in text.split("\n"))))
        for text, room in zip(texts, repeat(points) if points is None else points, strict=False)
    ]


def _points(text: str, size: float, weight: str = "normal") -> float:
    return max(text_points(line, size, weight) for line in text.split("\n"))


def _frame(
    axes: Axes, longest: float, edges: tuple[float, float], label: str, lang: Language, notes: Iterable[str]
) -> None:
    """Draw the axis above the rows, its lines down to the last of them, and write the notes below."""
    from matplotlib.ticker import MaxNLocator

    locator = MaxNLocator(4 if is_narrow() else 6, steps=[1, 2, 2.5, 5, 10])
    ticks = [tick for tick in locator.tick_values(0, longest) if tick <= longest]
    axes.set_xticks(ticks, [format_figure(tick, lang=lang) for tick in ticks])
    axes.tick_params(axis="x", length=0, labeltop=True, labelbottom=False)
    axes.xaxis.set_label_position("top")
    axes.set_xlabel(label, loc="left")
    axes.spines["bottom"].set_visible(False)
    axes.vlines(ticks, *edges, color=PALE, lw=0.6, zorder=0)
    told = "\n".join(_broken(notes, 8.5))
    bottom = edges[1] + _LINE * (1 + told.count("\n")) * bool(told) + _GAP
    axes.set_ylim(bottom, edges[0])
    style: Style = {"va": "top", "color": GREY, "size": 8.5, "linespacing": 1.3, "in_layout": False}
    axes.text(EDGE, edges[1] + _GAP / 2, told, transform=_from_left(axes), **style)
    set_height(axes, _ROW * (bottom - edges[0]) + 0.4)


def _from_left(axes: Axes) -> Transform:
    """Place texts from the left edge of the figure, at the height of rows."""
    from matplotlib.transforms import blended_transform_factory

    return blended_transform_factory(axes.figure.dpi_scale_trans, axes.transData)


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
    amount, digits = (
        Amount(low, high, to, open_low, open_high, scale),
        high >= BILLION > low > 0 or BILLION <= high < 1e10,
    )
    return format_amount(amount, lang=lang, digits=int(digits), prose=prose)


def month_or_year(text: str, lang: Language) -> str:
    """Write a day as its month; a text that is no more than a year stays one.

    >>> month_or_year("2026-05-11", "fr"), month_or_year("2026", "fr")
    ('mai 2026', '2026')
    """
    from babel.dates import format_date

    return text if len(text) == 4 else format_date(pd.Timestamp(text), "MMM y", locale=lang)


# grids


def _stacked() -> bool:
    """Whether blocks that stand side by side on the usual width have no room for that."""
    return figure_inches() < WIDTH


class Grid:
    """Rows in inches below the heads of their columns: blocks of lines, side by side, or, below 800 pixels, stacked.

    Parameters
    ----------
    *blocks : sequence of int
        How many lines each row has, for each block: of names, of marks, of texts.
    line, gap, head : float
        Inches from line to line, between two rows, and above the first.
    left : sequence of float
        Inches from the left edge to each block where they stand side by side.

    Attributes
    ----------
    left : list of float
        As above; of stacked blocks the left edge.
    middles : numpy.ndarray
        Of each row; of stacked blocks of the first.

    >>> grid = Grid([1, 3], line=0.25, gap=0.5, head=1)
    >>> grid.edges.tolist(), grid.middles.tolist(), grid.y([0, 1], [0, 2]).tolist()
    ([1.0, 1.75, 3.0], [1.375, 2.375], [1.375, 2.625])

    A second block stands beside the first:

    >>> grid = Grid([1, 1], [3, 1], line=0.25, head=1, left=[0, 2])
    >>> grid.edges.tolist(), grid.left, grid.y([0, 1], block=1).tolist()
    ([1.0, 1.75, 2.0], [0, 2], [1.125, 1.875])
    """

    def __init__(
        self, *blocks: Sequence[int], line: float, gap: float = 0, head: float, left: Sequence[float] = (_INSET,)
    ) -> None:
        lines = np.array(blocks)
        self.line, self.gap = line, gap
        self.left = [_INSET] * len(lines) if _stacked() else list(left)
        # a little apart
        self.above = (lines.cumsum(axis=0) - lines + 0.3 * np.arange(len(lines))[:, None]) * _stacked()
        self.edges = np.cumsum([head, *((self.above + lines).max(axis=0) * line + gap)])
        beside = lines[0] if _stacked() else lines.max(axis=0)
        self.middles = self.y(np.arange(len(beside)), (beside - 1) / 2)

    def y(self, row: ArrayLike, line: ArrayLike = 0, block: int = 0) -> np.ndarray:
        """Return the middle of a line of a row, counted in a block."""
        down = self.above[block][np.asarray(row)] + np.asarray(line) + 0.5
        middle: np.ndarray = self.edges[np.asarray(row)] + self.gap / 2 + down * self.line
        return middle

    def lay(self, axes: Axes, x: ArrayLike, heads: Any, rules: ArrayLike, **style: Any) -> None:
        """Let the axes count in inches, write the heads above their columns, and rule off some of the edges."""
        in_inches(axes, self.edges[-1])
        axes.hlines(
            self.edges[np.asarray(rules, dtype=int)], _INSET, axes_inches() - _INSET, color=PALE, lw=0.6, zorder=0
        )
        write(axes, x, self.edges[0] - 0.05, heads, **{"ha": "center", "va": "bottom", "color": GREY, **style})


def in_block(texts: Iterable[str], left: float, size: float = 8, weight: str = "normal") -> list[list[str]]:
    """Break texts into lines for the last block of a `Grid`: from an inch, or, stacked, the edge, to the other edge.

    >>> in_block(["one two three four"], left=7)
    [['one two three', 'four']]
    """
    wide = axes_inches() - _INSET - (_INSET if _stacked() else left)
    return [wrap(text, size, weight, points=wide * 72) for text in texts]


def mark(axes: Axes, x: ArrayLike, y: ArrayLike, words: ArrayLike, looks: Mapping[Any, Style], **style: Any) -> None:
    """Draw a mark for each word that has a look; one place may serve many words."""
    across, down, said = np.broadcast_arrays(x, y, np.asarray(words, dtype="object"))
    for word, look in looks.items():
        if (at := said == word).any():
            axes.scatter(across[at], down[at], **{"s": 34, "linewidths": 0.8, "zorder": 3, **style, **look})


def write(axes: Axes, x: ArrayLike, y: ArrayLike, texts: ArrayLike, **style: Any) -> None:
    """Write texts, each in the middle of its line; one place may serve many texts."""
    for across, down, text in np.broadcast(x, y, np.asarray(texts, dtype="object")):
        axes.text(across, down, text, **{"va": "center", "size": 8, "in_layout": False, **style})
