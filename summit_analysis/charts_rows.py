"""What figures of amounts share: bars of ranges, rows of pledges, texts beside marks, a margin for those not drawn."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from summit_analysis.amounts import Amount, Language, format_amount, format_figure
from summit_analysis.charts_canvas import BILLION, GREY, PALE, Style, palette, unbroken

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.transforms import Transform

FRANCE = "france-109bn"
"""The pledge that the titles speak of."""
_ROW, _MARGIN = 0.26, 0.175
"""Inches for a row, and for a line in the margin."""


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


def beside(axes: Axes, x: float, y: float, text: str) -> None:
    """Write a text to the right of a mark."""
    axes.annotate(text, (x, y), xytext=(7, 0), textcoords="offset points", va="center", size=9, in_layout=False)


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


def draw_ranges(axes: Axes, places: np.ndarray, rows: pd.DataFrame) -> None:
    """Draw a bar for each row: dark up to ``low``, pale and thin from there to ``high``."""
    low, high, blue = rows["low"].to_numpy() / BILLION, rows["high"].to_numpy() / BILLION, palette()[0]
    axes.barh(places, high - low, left=low, color=blue, alpha=0.35, height=0.34, lw=0)
    axes.barh(places, low, color=blue, height=0.6, lw=0)


def draw_unallocated(axes: Axes, places: np.ndarray, rows: pd.DataFrame) -> None:
    """Draw what no part explains, up to ``high``: hatched."""
    high = rows["high"].to_numpy() / BILLION
    axes.barh(places, high, color="white", edgecolor=palette()[1], hatch="////", height=0.5, lw=1)
