"""The look that all figures share: title, subtitle and source line around the plot, fonts, colours, sizes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.typing import RcKeyType

Style = dict[str, Any]
"""Options of a drawing function of matplotlib, handed on as keywords."""

WIDTH = 8.0
"""Width of every figure in inches; at 100 dots per inch it is 800 pixels wide."""
DPI = 200
INCHES = 7.86
"""Width of the axes of a figure that is laid out in inches, see `in_inches`."""
BILLION = 1e9
GREY = "#595959"
"""Secondary text: contrast 7:1 on white."""
PALE = "#d9d9d9"

STYLE: dict[RcKeyType, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.edgecolor": GREY,
    "axes.labelcolor": GREY,
    "axes.labelsize": 9,
    "axes.axisbelow": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.8,
    "xtick.color": GREY,
    "ytick.color": "black",
    "ytick.left": False,
    # two dollar signs in a text are money, not a formula
    "text.parse_math": False,
    "svg.fonttype": "path",
    # without a salt the ids in the SVG differ from run to run
    "svg.hashsalt": "summit-analysis",
}
"""Settings of matplotlib while a figure is made and while it is saved."""
_LINE = 0.235
_EDGE = 0.12
_LEAST = 1.6
"""Inches; a lower plot has no room for its axis."""


@contextmanager
def canvas(title: str, subtitle: str, source: str, *, height: float) -> Iterator[tuple[Figure, Axes]]:
    """Yield a figure and its axes in the house's look: title and subtitle left-aligned above, source line bottom left.

    Parameters
    ----------
    title, subtitle, source : str
        Wrapped to the width of the figure.
    height : float
        Inches for the plot itself; the texts come on top of it.
    """
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(STYLE):
        heading, below, foot = _wrap(title, 13, "bold"), _wrap(subtitle, 9.5), _wrap(source, 8.5)
        height = max(height, _LEAST)
        above = _EDGE + _LINE * 1.15 * len(heading) + _LINE * 0.85 * len(below) + _EDGE
        under = _EDGE + 0.05 + 0.17 * len(foot)
        whole = above + height + under
        figure = Figure(figsize=(WIDTH, whole))
        # labels keep to the margin of the title; at another resolution they come out some pixels wider
        side = _EDGE / WIDTH
        figure.set_layout_engine(
            "constrained", rect=(side, under / whole, 1 - 1.5 * side, height / whole), w_pad=0.0, h_pad=0.02
        )
        write: Style = {"ha": "left", "va": "top", "in_layout": False, "linespacing": 1.3}
        figure.text(_EDGE / WIDTH, 1 - _EDGE / whole, "\n".join(heading), weight="bold", size=13, **write)
        subtitle_at = 1 - (_EDGE + _LINE * 1.15 * len(heading) + 0.03) / whole
        figure.text(_EDGE / WIDTH, subtitle_at, "\n".join(below), color=GREY, size=9.5, **write)
        figure.text(_EDGE / WIDTH, (under - 0.07) / whole, "\n".join(foot), color=GREY, size=8.5, **write)
        yield figure, figure.subplots()
        # lay out once: another pass would move things by a hair and change the bytes of the SVG
        figure.draw_without_rendering()
        figure.set_layout_engine("none")


def in_inches(axes: Axes, bottom: float) -> None:
    """Let the axes count in inches from their upper left corner, and draw nothing of them."""
    axes.set_xlim(0, INCHES)
    axes.set_ylim(bottom, 0)
    axes.axis("off")


def text_points(text: str, size: float, weight: str = "normal") -> float:
    """Return how wide a line of text is, in points, in the font of the figures.

    >>> text_points("wide", 9) > text_points("thin", 9)
    True
    """
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    font = FontProperties(family="DejaVu Sans", size=size, weight=weight)
    wide, _, _ = TextToPath().get_text_width_height_descent(text, font, ismath=False)
    return wide


def unbroken(text: str) -> str:
    r"""Keep French punctuation on the line of its word.

    >>> unbroken("règle « latest » ; barres").split(" ")
    ['règle', '«\xa0latest\xa0»\xa0;', 'barres']
    """
    return re.sub(r" (?=[;:!?»])|(?<=«) ", "\xa0", text)


def _wrap(text: str, size: float, weight: str = "normal") -> list[str]:
    """Break a text into lines that fit the width of the figure."""
    lines: list[str] = []
    for word in unbroken(text).split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_points(longer, size, weight) <= (WIDTH - 2 * _EDGE) * 72:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


@cache
def palette() -> tuple[str, ...]:
    """Return seaborn's colour-blind-safe palette as hex codes.

    >>> palette()[:2]
    ('#0173b2', '#de8f05')
    """
    import seaborn

    return tuple(seaborn.color_palette("colorblind").as_hex())
