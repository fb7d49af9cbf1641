"""One figure as a person sees it and as a test compares it, and the look that all figures share."""

from __future__ import annotations

import io
import os
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from summit_analysis.base import files
from summit_analysis.base.errors import AbsentError, FrameError
from summit_analysis.base.text import Language, words
from summit_analysis.ledger.display import plain_dollars
from summit_analysis.ledger.sources import source_line
from summit_analysis.ledger.tables import Ledger
from summit_analysis.pledges.claims import select

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
    # a figure is laid out once, whatever a reader's own settings say
    "figure.autolayout": False,
    "figure.constrained_layout.use": False,
    # text stays text: it can be searched, copied and read aloud
    "svg.fonttype": "none",
    # without a salt the ids in the SVG differ from run to run
    "svg.hashsalt": "summit-analysis",
}
"""Settings of matplotlib while a figure is made and while it is saved."""
_LINE, _EDGE = 0.235, 0.12
"""Inches from line to line of the title, and from the edge of the paper."""


def png_size(content: bytes) -> tuple[int, int]:
    """Return width and height of a PNG in pixels."""
    return int.from_bytes(content[16:20]), int.from_bytes(content[20:24])


def in_inches(axes: Axes, bottom: float) -> None:
    """Let the axes count in inches from their upper left corner, and draw nothing of them."""
    axes.set(xlim=(0, INCHES), ylim=(bottom, 0))
    axes.axis("off")


@cache
def text_points(text: str, size: float, weight: str = "normal") -> float:
    """Return how wide a line of text is, in points, in the font of the figures.

    >>> text_points("wide", 9) > text_points("thin", 9)
    True
    """
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    _prefer_own_fonts()
    font = FontProperties(family="DejaVu Sans", size=size, weight=weight)
    return TextToPath().get_text_width_height_descent(text, font, ismath=False)[0]


@cache
def _prefer_own_fonts() -> None:
    """Draw with the fonts that come with matplotlib: a system's own of that name, or an old list, draw others."""
    import matplotlib
    from matplotlib.font_manager import fontManager

    own = sorted(map(str, Path(matplotlib.get_data_path(), "fonts", "ttf").glob("DejaVuSans*.ttf")))
    for path in own:
        fontManager.addfont(path)
    fontManager.ttflist.sort(key=lambda font: font.fname not in own)


def unbroken(text: str) -> str:
    r"""Keep French punctuation on the line of its word.

    >>> unbroken("règle « latest » ; barres").split(" ")
    ['règle', '«\xa0latest\xa0»\xa0;', 'barres']
    """
    return re.sub(r" (?=[;:!?»])|(?<=«) ", "\xa0", text)


@cache
def palette() -> tuple[str, ...]:
    """Return seaborn's colour-blind-safe palette as hex codes.

    >>> palette()[:2]
    ('#0173b2', '#de8f05')
    """
    import seaborn

    return tuple(seaborn.color_palette("colorblind").as_hex())


@dataclass(frozen=True, eq=False, repr=False)
class Chart:
    """A figure with everything that makes it checkable.

    Parameters
    ----------
    name : str
        File name without ending, kebab-case.
    figure : matplotlib.figure.Figure
    data : pandas.DataFrame
        The rows drawn, one per mark.
    title : str
        The finding, a sentence.
    subtitle : str
        What is drawn, unit, day, rule.
    alt : str
        What the picture shows, for who cannot see it.
    source : str
        Source line, built from the rows drawn.
    source_ids : iterable of str
        The sources of the rows drawn; repeated and missing ids do no harm.

    Raises
    ------
    FrameError
        If title, alt text or source line is empty, or no row is drawn.

    >>> from matplotlib.figure import Figure
    >>> chart = Chart(
    ...     "squares",
    ...     figure=Figure(),
    ...     data=pd.DataFrame({"n": [1, 2], "square": [1, 4]}),
    ...     title="Squares grow faster",
    ...     subtitle="Numbers and their squares",
    ...     alt="Two points: 1 and 1, 2 and 4.",
    ...     source="Source: arithmetic",
    ... )
    >>> chart
    Squares grow faster
    Numbers and their squares
    Chart 'squares': its 2 rows are in .data; .save(folder) writes squares.png, .svg and .csv
    >>> print(chart.text())
    Squares grow faster
    Numbers and their squares
    Two points: 1 and 1, 2 and 4.
     n  square
     1       1
     2       4
    Source: arithmetic
    """

    name: str
    figure: Figure
    data: pd.DataFrame
    title: str
    subtitle: str
    alt: str
    source: str
    source_ids: Iterable[str] = ()

    def __post_init__(self) -> None:
        for part in ("name", "title", "alt", "source"):
            if not getattr(self, part).strip():
                raise FrameError(f"a chart needs a text for {part!r}")
        if self.data.empty:
            raise FrameError(f"chart {self.name!r} has no rows to draw")

    def __repr__(self) -> str:
        where = f"its {len(self.data)} rows are in .data; .save(folder) writes {self.name}.png, .svg and .csv"
        return "\n".join(filter(None, [self.title, self.subtitle, f"Chart {self.name!r}: {where}"]))

    def text(self) -> str:
        """Return all texts and the data drawn: what a notebook test compares."""
        # at most four decimals
        table = self.data.to_string(
            index=False, na_rep="", float_format=lambda value: f"{value:.4f}".rstrip("0").rstrip(".")
        )
        return "\n\n".join([self.title, self.subtitle, self.alt, table, self.source])

    def html(self) -> str:
        """Return the figure as a ``<figure>`` with the picture inside, its alt text and its source."""
        picture = b64encode(self.png()).decode("ascii")
        return plain_dollars(
            f'<figure style="margin:0;max-width:800px"><img src="data:image/png;base64,{picture}" '
            f'alt="{escape(self.alt)}" style="width:100%;height:auto;background:white"/>'
            f"<figcaption>{escape(self.source)}</figcaption></figure>"
        )

    def png(self) -> bytes:
        """Return the picture as PNG, 1600 pixels wide; a colour may be one step of 255 off."""
        from PIL import Image

        # at this size nobody sees letters moved onto whole pixels, which takes a third of the time
        drawn = self._drawn("rgba", {**STYLE, "text.hinting": "no_hinting"}, dpi=DPI)
        size = (width := int(self.figure.get_figwidth() * DPI), len(drawn) // 4 // width)
        # without the last bit, edges of letters and bars have mostly no more shades than a palette has room for
        places, colours = pd.factorize(np.frombuffer(drawn, "i4") | 0x01010101)
        if len(colours) <= 256:
            picture = Image.frombytes("P", size, places.astype("u1").tobytes())
            picture.putpalette(colours.view("u1").reshape(-1, 4)[:, :3].tobytes())
        else:
            picture = Image.frombytes("RGBA", size, drawn).convert("RGB")
        # the usual level 6 takes half as long again, and white paper is hardly smaller for it
        picture.save(buffer := io.BytesIO(), "png", compress_level=3, dpi=(DPI, DPI))
        return buffer.getvalue()

    def svg(self) -> bytes:
        """Return the picture as SVG."""
        drawn = self._drawn("svg", metadata={"Date": None, "Creator": None})
        # where that font is lacking: Verdana's letters are as wide; and what lies inside another begins with spaces
        drawn = drawn.replace(b"'DejaVu Sans'", b"'DejaVu Sans', Verdana, sans-serif")
        return drawn.replace(b"<text ", b'<text xml:space="preserve" ')

    def save(self, folder: str | os.PathLike[str]) -> dict[str, Path]:
        """Write ``<name>.png``, ``<name>.svg`` and the data drawn, ``<name>.csv``, into `folder`.

        Returns
        -------
        dict of str to pathlib.Path
            Keys ``png``, ``svg``, ``csv``.
        """
        contents = {"png": self.png(), "svg": self.svg(), "csv": files.csv_text(self.data).encode("utf-8")}
        return {
            kind: files.write_bytes(Path(folder) / f"{self.name}.{kind}", content) for kind, content in contents.items()
        }

    # not as image/png: JupyterLab (4.6) gives such a picture no alt attribute, and a screen reader would say nothing
    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": self.text(), "text/html": self.html()}

    def _drawn(self, kind: str, style: dict[RcKeyType, Any] = STYLE, **options: Any) -> bytes:
        import matplotlib

        buffer = io.BytesIO()
        with matplotlib.rc_context(style):
            self.figure.savefig(buffer, format=kind, facecolor="white", **options)
        return buffer.getvalue()


def absent(figure: str, lack: str, lang: Language, **filled: object) -> AbsentError:
    """Return the error that says, once and in a reader's language, why a ledger has no figure of something.

    >>> print(absent("memberships", "declarations", "en"))
    no figure of signatures: the ledger has no declarations
    """
    say = words("absent", lang)
    return AbsentError(say["no-figure"].format(figure=say[f"of-{figure}"], lack=say[lack].format(**filled)))


def need(ledger: Ledger, figure: str, lang: Language, *needed: str) -> None:
    """Raise `AbsentError` if a table that a figure is drawn from has no row, or the event names no article or such."""
    for one in needed:
        found = getattr(ledger.about if one in ("article", "headline", "declaration") else ledger, one)
        if found is None or not len(found):
            raise absent(figure, one, lang)


def chosen(ledger: Ledger, where: str | Iterable[str] | None) -> pd.Series:
    """Return the ids of the pledges that `where` means in `summit_analysis.total`."""
    return select(ledger, where=where)["pledge_id"]


def pledged(ledger: Ledger, where: str | Iterable[str] | None, lang: Language) -> dict[str, str]:
    """Say whose pledges are drawn: ``pledged``, and ``at``, where they were made; nowhere if they were chosen.

    >>> pledged(ledger, None, "fr")
    {'pledged': 'promesses faites au sommet ou autour', 'at': ' au sommet'}
    """
    at = ledger.about.at(lang)
    if where is None:
        return {"pledged": words("shared", lang)["pledged"].format(at=at), "at": f" {at}"}
    return {"pledged": words("shared", lang)["chosen"], "at": ""}


Texts = tuple[str, str, str]
"""Title, subtitle and alt text of a figure."""


def texts_of(say: Mapping[str, str], filled: Mapping[str, object]) -> Texts:
    """Fill title, subtitle and alt text.

    >>> texts_of({"title": "{n} sums", "subtitle": "In {to}", "alt": "{n} bars"}, {"n": 2, "to": "EUR"})
    ('2 sums', 'In EUR', '2 bars')
    """
    title, subtitle, alt = (say[key].format(**filled) for key in ("title", "subtitle", "alt"))
    return title, subtitle, alt


@contextmanager
def put_together(
    ledger: Ledger,
    name: str,
    data: pd.DataFrame,
    texts: Texts,
    cited: Iterable[str],
    *,
    height: float,
    rates: bool = True,
    credit: str = "{source}",
    lang: Language,
) -> Iterator[tuple[Chart, Axes]]:
    """Yield a chart in the house's look, and its axes to draw on: title and subtitle above, source line bottom left.

    Parameters
    ----------
    ledger : Ledger
    name, data, texts
        As in `Chart`; texts are wrapped to the width of the figure.
    cited : iterable of str
        The sources of the rows drawn.
    height : float
        Inches for the plot itself; the texts come on top of it.
    rates : bool
        Amounts were converted, so the source line names the ECB.
    credit : str
        The source line with what else is owed to others.
    lang : {"en", "fr"}
    """
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    title, subtitle, alt = texts
    source = credit.format(source=source_line(ledger.sources, cited, rates=rates, lang=lang))
    with matplotlib.rc_context(STYLE):
        heading, below, foot = _wrap(title, 13, "bold"), _wrap(subtitle, 9.5), _wrap(source, 8.5)
        # a lower plot has no room for its axis
        height = max(height, 1.6)
        above = _EDGE + _LINE * 1.15 * len(heading) + _LINE * 0.85 * len(below) + _EDGE
        under = _EDGE + 0.05 + 0.17 * len(foot)
        whole, side = above + height + under, _EDGE / WIDTH
        figure = Figure(figsize=(WIDTH, whole))
        # labels keep to the margin of the title; at another resolution they come out some pixels wider
        layout = ConstrainedLayoutEngine(
            rect=(side, under / whole, 1 - 1.5 * side, height / whole), w_pad=0.0, h_pad=0.02
        )
        subtitle_at = _EDGE + _LINE * 1.15 * len(heading) + 0.03
        for lines, inches, size, colour, weight in (
            (heading, _EDGE, 13, "black", "bold"),
            (below, subtitle_at, 9.5, GREY, "normal"),
            (foot, above + height + 0.07, 8.5, GREY, "normal"),
        ):
            look: Style = {"size": size, "color": colour, "weight": weight, "linespacing": 1.3}
            figure.text(side, 1 - inches / whole, "\n".join(lines), ha="left", va="top", in_layout=False, **look)
        yield Chart(name, figure, data, title, subtitle, alt, source, cited), figure.subplots()
        # once: at another pass things would move by a hair and change the bytes of the SVG
        layout.execute(figure)


def _wrap(text: str, size: float, weight: str = "normal") -> list[str]:
    """Break a text into lines that fit the width of the figure."""
    lines: list[str] = []
    end, bars = 0.0, text_points("||", size, weight)
    for word in unbroken(text).split(" "):
        # how far a word moves what follows it: its width with the space that its own letters keep around them
        wide, space = (text_points(f"|{one}|", size, weight) - bars for one in (word, " "))
        if lines and end + space + wide <= (WIDTH - 2 * _EDGE) * 72:
            lines[-1], end = f"{lines[-1]} {word}", end + space + wide
        else:
            lines.append(word)
            end = wide
    return lines
