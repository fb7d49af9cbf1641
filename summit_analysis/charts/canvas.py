"""One figure as a person sees it and as a test compares it, and what all are made of: a look, rows of bars, amounts."""

from __future__ import annotations

import io
import os
import re
import warnings
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, partial, wraps
from html import escape
from pathlib import Path
from typing import Any, cast

import matplotlib
import numpy as np
import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager
from matplotlib.textpath import TextToPath
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike
from PIL import Image, PngImagePlugin

from summit_analysis import __version__
from summit_analysis.base import files
from summit_analysis.base.errors import AbsentError, ChoiceError, FrameError
from summit_analysis.base.kept import F, memory_of
from summit_analysis.base.text import Language, capital, format_figure, words
from summit_analysis.currency.rates import clean_code
from summit_analysis.ledger.sources import source_line
from summit_analysis.ledger.tables import Ledger
from summit_analysis.money import Amount, format_amount
from summit_analysis.pledges.claims import Where
from summit_analysis.pledges.status import last_news

Paint = Callable[[Axes, float], float]
"""What paints on axes that are so many inches wide and count in inches downwards, and returns how high it is."""
Style = dict[str, Any]
"""Options of a drawing function of matplotlib, handed on as keywords."""

WIDTH, NARROW = 8.0, 3.9
"""Inches: the two widths for which figures are laid out, 800 and 390 pixels of a screen, 100 to an inch."""
DPI = 200
FORMATS = ("png", "svg", "pdf", "csv")
FULL = 0.97
"""Of the room for a line, what its letters may take: on coarse pixels small ones come out wider."""
BILLION = 1e9
GREY = "#595959"
"""Secondary text: contrast 7:1 on white."""
PALE = "#d9d9d9"
PALETTE = tuple(seaborn.color_palette("colorblind").as_hex())
BLUE, ORANGE, RED = PALETTE[0], PALETTE[1], PALETTE[3]
"""What colour-blind people can tell apart, too."""

STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    # letters moved onto whole pixels take a third of the time, and at this size nobody sees it
    "text.hinting": "no_hinting",
    # two dollar signs in a text are money, not a formula
    "text.parse_math": False,
    # a figure is laid out by what paints it, whatever a reader's own settings say
    "figure.autolayout": False,
    "figure.constrained_layout.use": False,
    # text stays text: it can be searched, copied and read aloud
    "svg.fonttype": "none",
    # as journals want them
    "pdf.fonttype": 42,
    # without a salt the ids in the SVG differ from run to run
    "svg.hashsalt": "summit-analysis",
}
"""Settings of matplotlib while a figure is made and while it is saved."""
EDGE = 0.12
"""Inches from the edge of the paper."""
_LINE, _GAP, _BAR = 0.175, 0.095, 0.16
"""Inches that a line of text takes, that are free between two rows, and that a bar is high."""
_MOST = 0.55
"""Of the width, what names may take; of the room beside them, what texts behind the bars may take."""
_BESIDE = 8
"""Points from a bar to what is written before and behind it."""
FADED = "#f0f0f0"
"""What drops out from one step to the next, and land."""
HATCHED, CROSSED = "////", "xxxxx"
_PAPER: Style = {"facecolor": "white", "lw": 0, "pad": 0.5}
"""Lines down the axis stop at what is written."""


@dataclass(frozen=True)
class Sheet:
    """What a figure is drawn on: inches, and whether title and source line stand on it."""

    width: float = WIDTH
    title: bool = True
    source: bool = True


def is_narrow(wide: float) -> bool:
    """Whether what is so many inches wide, on a phone or in one column, has labels above what they name."""
    # the turn is midway between the two widths, as ratios go
    return wide < 5.6 - 2 * EDGE


@cache
def text_points(text: str, size: float, weight: str = "normal") -> float:
    """Return how wide a line of text is, in points, in the font of the figures.

    >>> text_points("wide", 9) > text_points("thin", 9)
    True
    """
    font = FontProperties(family="DejaVu Sans", size=size, weight=weight)
    # a letter that the font lacks, such as an emoji, is drawn as a box; to be told so helps no reader
    with warnings.catch_warnings(action="ignore", category=UserWarning):
        return TextToPath().get_text_width_height_descent(text, font, ismath=False)[0]


# draw with the fonts that come with matplotlib: a system's own of that name draws others
fontManager.ttflist.sort(key=lambda font: not font.fname.startswith(matplotlib.get_data_path()))


@dataclass(frozen=True, eq=False, repr=False)
class Chart:
    """A figure with everything that makes it checkable.

    Parameters
    ----------
    name : str
        File name without ending, kebab-case.
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
    paint : callable
        Is given axes that count in inches downwards, and how many they are wide; returns how many it is high.
    source_ids : iterable of str
        The sources of the rows drawn; repeated and missing ids do no harm.
    made_from : callable, optional
        Says package, version, digest and last day of the data, which stand in each file that `save` writes.
    told : mapping of str to object
        What the texts were filled with: names, counts and amounts in words.
    sheet : Sheet
        What it is drawn on.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
        Drawn when it is first needed.

    Raises
    ------
    FrameError
        If title, alt text or source line is empty, or no row is drawn.

    >>> def paint(axes, wide):
    ...     axes.barh([0.2, 0.6], [1, 4], 0.3)
    ...     return 0.8
    >>> chart = Chart(
    ...     "squares",
    ...     data=pd.DataFrame({"n": [1, 2], "square": [1, 4]}),
    ...     title="Squares grow faster",
    ...     subtitle="Numbers and their squares",
    ...     alt="Two points: 1 and 1, 2 and 4.",
    ...     source="Source: arithmetic",
    ...     paint=paint,
    ... )
    >>> chart
    Squares grow faster
    Numbers and their squares
    Chart 'squares': its 2 rows are in .data; .save(folder) writes squares.png, .svg and .csv, .save("x.pdf") one file
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
    data: pd.DataFrame
    title: str
    subtitle: str
    alt: str
    source: str
    paint: Paint
    source_ids: Iterable[str] = ()
    made_from: Callable[[], str] = str
    told: Mapping[str, Any] = field(default_factory=dict)
    sheet: Sheet = Sheet()

    def __post_init__(self) -> None:
        for part in ("name", "title", "alt", "source"):
            if not getattr(self, part).strip():
                raise FrameError(f"a chart needs a text for {part!r}")
        if self.data.empty:
            raise FrameError(f"chart {self.name!r} has no rows to draw")

    def __repr__(self) -> str:
        return (
            f"{self.title}\n{self.subtitle}".strip()
            + f"\nChart {self.name!r}: its {len(self.data)} rows are in .data; "
            f'.save(folder) writes {self.name}.png, .svg and .csv, .save("x.pdf") one file'
        )

    @cached_property
    def figure(self) -> Figure:
        """The picture: title and subtitle above what is painted, the source line below."""
        shown, wide, side = self.sheet, self.sheet.width - 2 * EDGE, EDGE / self.sheet.width
        with matplotlib.rc_context(STYLE):
            figure = Figure(figsize=(shown.width, 4))
            axes = figure.add_axes((side, 0, 1 - 2 * side, 1), xlim=(0, wide))
            axes.axis("off")
            axes.set_ylim(high := self.paint(axes, wide), 0)
            heading, below, foot = (
                wrap(text, size, weight, points=wide * 72) if is_shown else []
                for text, size, weight, is_shown in (
                    (self.title, 13, "bold", shown.title),
                    (self.subtitle, 9.5, "normal", shown.title),
                    (self.source, 8.5, "normal", shown.source),
                )
            )
            under_heading = EDGE + 0.05 + 0.237 * len(heading)
            above = under_heading + 0.173 * len(below) + 0.16 if shown.title else EDGE
            under = EDGE + 0.05 + 0.155 * len(foot)
            figure.set_figheight(whole := above + high + under)
            axes.set_position((side, under / whole, 1 - 2 * side, high / whole))
            for lines, inches, size, weight, colour in (
                (heading, EDGE, 13, "bold", "black"),
                (below, under_heading, 9.5, "normal", GREY),
                (foot, above + high + 0.05, 8.5, "normal", GREY),
            ):
                figure.text(
                    side,
                    1 - inches / whole,
                    "\n".join(lines),
                    va="top",
                    size=size,
                    weight=weight,
                    color=colour,
                    linespacing=1.3,
                )
        return figure

    def text(self) -> str:
        """Return all texts and the data drawn: what a notebook test compares."""
        # at most four decimals
        table = self.data.to_string(
            index=False, na_rep="", float_format=lambda value: f"{value:.4f}".rstrip("0").rstrip(".")
        )
        return "\n\n".join([self.title, self.subtitle, self.alt, table, self.source])

    def html(self) -> str:
        """Return the figure as a ``<figure>`` with the picture inside; its alt text says the source line on it too."""
        picture = b64encode(self.content("png")).decode("ascii")
        return (
            f'<figure style="margin:0;max-width:800px"><img src="data:image/png;base64,{picture}" '
            f'alt="{escape(f"{self.alt} {self.source}")}" style="width:100%;height:auto;background:white"/></figure>'
        )

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        width: int = 800,
        format: str | Sequence[str] | None = None,
        dpi: int = DPI,
        title: bool = True,
        source: bool = True,
    ) -> dict[str, Path]:
        """Write the figure into one file, or into a folder as ``<name>.png``, ``.svg`` and the data drawn, ``.csv``.

        Parameters
        ----------
        path : path
            A name that ends in .png, .svg, .pdf or .csv is that of a file, any other one of a folder.
        width : int
            In pixels of a screen, 100 to an inch, from 300 to 2000: a column of 85 mm has 335, a page of 170 mm 669.
            The figure is laid out for it, with letters of the same size at each: up to 560 pixels as for a phone,
            labels above their bars, else labels beside them.
        format : {"png", "svg", "pdf", "csv"} or a sequence of them, optional
            What is written into a folder. Default: png, svg and csv.
        dpi : int
            Pixels of the PNG to an inch, 50 to 1200; with 200 it is 1600 pixels wide where a screen shows 800.
        title : bool
            Whether title and subtitle stand above the figure; in a journal the caption says them.
        source : bool
            Whether the source line stands below.

        Returns
        -------
        dict of str to pathlib.Path
            By format.

        Raises
        ------
        ChoiceError
            If a format, a width or a resolution is not known.

        Notes
        -----
        Each file names package, version, digest and last day of the data: PNG in its text chunks, SVG and PDF in their
        metadata, CSV in its last column, ``made_from``, since every program keeps a column and few keep a comment.

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     figure = charts.ladder(ledger).save(Path(folder, "figure-1.pdf"), width=669, title=False)
        ...     print(figure["pdf"].name, figure["pdf"].read_bytes()[:5])
        figure-1.pdf b'%PDF-'
        """
        for option, value, known in (("width", width, range(300, 2001)), ("dpi", dpi, range(50, 1201))):
            if value not in known:
                raise ChoiceError(option, value, [f"a whole number of pixels from {known[0]} to {known[-1]}"])
        targets, drawn = _targets(Path(path), self.name, format), self.on(Sheet(width / 100, title, source))
        files.write_all({targets[kind]: drawn.content(kind, dpi) for kind in targets})
        return targets

    def on(self, sheet: Sheet) -> Chart:
        """Return the figure drawn on another sheet.

        >>> charts.ladder(ledger).on(Sheet(NARROW, title=False)).sheet.width
        3.9
        """
        return self if sheet == self.sheet else replace(self, sheet=sheet)

    def content(self, kind: str, dpi: float = DPI) -> bytes:
        """Return what a file of a format holds, with what it is made from.

        >>> charts.ladder(ledger).content("svg")[:5]
        b'<?xml'
        """
        made_from = self.made_from()
        if kind == "csv":
            return files.csv_text(self.data.assign(made_from=made_from)).encode("utf-8")
        about = {"Title": self.title, "Description": self.alt, "Source": self.source}
        # without the day, so that what is drawn again is the same
        undated = {
            "svg": {**about, "Creator": made_from, "Date": None},
            "pdf": {
                "Title": self.title,
                "Subject": self.source,
                "Creator": made_from,
                "Producer": None,
                "CreationDate": None,
            },
        }
        with matplotlib.rc_context(STYLE), warnings.catch_warnings(action="ignore", category=UserWarning):
            if kind == "png":
                # a hair more, so that a width in whole pixels does not lose one
                self.figure.savefig(buffer := io.BytesIO(), format="rgba", dpi=dpi * (1 + 1e-9), facecolor="white")
                wide = int(self.figure.get_figwidth() * dpi * (1 + 1e-9))
                return _of_few_colours(buffer.getvalue(), wide, {**about, "Software": made_from}, dpi)
            self.figure.savefig(buffer := io.BytesIO(), format=kind, metadata=undated[kind])
        # where that font is lacking: Verdana's letters are as wide; and what lies inside another begins with spaces
        drawn = buffer.getvalue().replace(b"'DejaVu Sans'", b"'DejaVu Sans', Verdana, sans-serif")
        return drawn.replace(b"<text ", b'<text xml:space="preserve" ')

    # not as image/png: JupyterLab (4.6) gives such a picture no alt attribute, and a screen reader would say nothing
    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": self.text(), "text/html": self.html()}


def _of_few_colours(pixels: bytes, wide: int, about: Mapping[str, str], dpi: float) -> bytes:
    """Write a picture so many pixels wide as PNG with a palette, which takes half the space and less, and texts."""
    # without the last bit, edges of letters and bars have mostly no more shades than a palette has room for
    places, colours = pd.factorize(np.frombuffer(pixels, "i4") | 0x01010101)
    picture = Image.frombytes("P", size := (wide, len(places) // wide), places.astype("u1").tobytes())
    picture.putpalette(colours[:256].view("u1").reshape(-1, 4)[:, :3].tobytes())
    if len(colours) > 256:
        picture = Image.frombytes("RGBA", size, pixels).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    return png(picture, about, dpi=(dpi, dpi))


def png(picture: Image.Image, about: Mapping[str, str], **how: Any) -> bytes:
    """Write a picture as PNG with texts about it."""
    chunks = PngImagePlugin.PngInfo()
    for key, text in about.items():
        chunks.add_itxt(key, text)
    # the usual level 6 takes half as long again, and white paper is hardly smaller for it
    picture.save(buffer := io.BytesIO(), "png", compress_level=3, pnginfo=chunks, **how)
    return buffer.getvalue()


def absent(figure: str, lack: str, lang: Language, **filled: object) -> AbsentError:
    """Return the error that says, once and in a reader's language, why a ledger has no figure of something.

    >>> print(absent("positions", "declarations", "en"))
    no figure of positions on a map: the ledger has no declarations
    """
    say = words("absent", lang)
    return AbsentError(say["no-figure"].format(figure=say[f"of-{figure}"], lack=say[lack].format(**filled)))


def need(ledger: Ledger, figure: str, lang: Language, *needed: str) -> Any:
    """Return the last table that a figure is drawn from, or what the event names as article, headline or declaration.

    Raises
    ------
    AbsentError
        If one of these tables has no row, or the event names none.
    """
    found: Any = memory_of(ledger)
    for one in needed:
        found = getattr(ledger.about if one in ("article", "headline", "declaration") else ledger, one)
        if found is None or not len(found):
            raise absent(figure, one, lang)
    return found


def pledged(ledger: Ledger, where: Where, lang: Language) -> dict[str, str]:
    """Say whose pledges are drawn: ``pledged``, and ``at``, where they were made; nowhere if they were chosen.

    >>> pledged(ledger, None, "fr")
    {'pledged': 'promesses faites au sommet ou autour', 'at': ' au sommet'}
    """
    say, at = words("shared", lang), ledger.about.at(lang)
    whole = {"pledged": say["pledged"].format(at=at), "at": f" {at}"}
    return whole if where is None else {"pledged": say["chosen"], "at": ""}


def drawing(figure: str, *needed: str) -> Callable[[F], F]:
    """Let a function that draws a figure of something raise `AbsentError` where the ledger lacks what it needs.

    Codes of currencies reach it as they are written.
    """

    def decorate(function: F) -> F:
        @wraps(function)
        def drawn(ledger: Ledger, *about: object, **options: Any) -> Chart:
            need(ledger, figure, options.get("lang", "en"), *needed)
            if "to" in options:
                options["to"] = clean_code(options["to"])
            return cast(Chart, function(ledger, *about, **options))

        return cast(F, drawn)

    return decorate


def _targets(path: Path, name: str, format: str | Sequence[str] | None) -> dict[str, Path]:
    """Return the file of each format that is asked for."""
    ending, targets = path.suffix[1:].casefold(), {kind: path / f"{name}.{kind}" for kind in FORMATS}
    kinds = [format] if isinstance(format, str) else list(format or ("png", "svg", "csv"))
    # a name like figure.jpg is no folder's
    if re.fullmatch("[a-z]{3,4}", ending) and not path.is_dir():
        kinds, targets = [ending, *(kinds if format else ())], {ending: path} if ending in FORMATS else {}
    if wrong := [kind for kind in kinds if kind not in targets]:
        raise ChoiceError("format", wrong[0], targets or FORMATS)
    return {kind: targets[kind] for kind in kinds}


def _made_from(ledger: Ledger) -> str:
    """Say of which package and of which data a figure is made."""
    known = "" if pd.isna(day := last_news(ledger)) else f" to {day:%Y-%m-%d}"
    return f"summit-analysis {__version__}, data {ledger.digest}{known}"


def named(text: str, names: Iterable[str]) -> str:
    """Fill a text with names; without any there is nothing to say.

    >>> named("No amount given: {names}.", ["Thales", "Orange"]), named("No amount given: {names}.", [])
    ('No amount given: Thales, Orange.', '')
    """
    return text.format(names=said) if (said := ", ".join(names)) else ""


def put_together(
    ledger: Ledger,
    name: str,
    data: pd.DataFrame,
    say: dict[str, str],
    filled: dict[str, Any],
    cited: Iterable[str],
    paint: Paint,
    *,
    rates: bool = True,
    lang: Language,
) -> Chart:
    """Put a chart together from its rows, its words, and what paints it.

    Parameters
    ----------
    ledger : Ledger
    name, data, paint
        As in `Chart`.
    say : dict of str to str
        ``title``, ``subtitle`` and ``alt``, which are filled and begin with a capital; and, where something is owed to
        others, ``credit``, which holds the source line.
    filled : dict of str to object
        What they are filled with.
    cited : iterable of str
        The sources of the rows drawn.
    rates : bool
        Amounts were converted, so the source line names the ECB.
    lang : {"en", "fr"}
    """
    title, subtitle, alt = (capital(say[key].format(**filled).strip()) for key in ("title", "subtitle", "alt"))
    # a French title need not say of each of its sums what it counts
    title = re.sub("( d’euros| de dollars)(.*)", lambda said: said[1] + said[2].replace(said[1], ""), title)
    source = say.get("credit", "{source}").format(source=source_line(ledger.sources, cited, rates=rates, lang=lang))
    return Chart(name, data, title, subtitle, alt, source, paint, cited, partial(_made_from, ledger), filled)


def wrap(text: str, size: float, weight: str = "normal", *, points: float) -> list[str]:
    r"""Break a text into lines of so many points; spaces at its beginning stay, French marks and ranges are not broken.

    >>> wrap("  one two three", 9, points=50), wrap("règle « latest », de 7 à 8", 9, points=50)
    (['  one two', 'three'], ['règle', '«\xa0latest\xa0»,', 'de 7\xa0à\xa08'])
    """
    lines, room = list[str](), FULL * points
    end, bars = 0.0, text_points("||", size, weight)
    for word in re.sub(r" (?=[;:!?»])|(?<=«) |(?<=\d) (?=à \d)|(?<=\d à) (?=\d)", "\xa0", text).split(" "):
        # how far a word moves what follows it: its width with the space that its own letters keep around them
        wide, space = (text_points(f"|{one}|", size, weight) - bars for one in (word, " "))
        if lines and (not lines[-1].strip() or end + space + wide <= room):
            lines[-1], end = f"{lines[-1]} {word}", end + space + wide
        else:
            lines.append(word)
            end = wide
    return lines


# --- rows of bars with names and texts, and how amounts read beside them


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
    empty = dict.fromkeys(["colour", "hatch", "more", "heading"], "")
    usual = {"start": 0.0, "reach": rows["high"], "bold": False, **empty}
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
        ticks = {tick: format_figure(tick, lang=lang, digits=2) for tick in round_ones if tick <= reach.max()}
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
        "color": [*zip(drawn["colour"].mask(hatched, "white"), drawn["alpha"], strict=True)],
        "edgecolor": drawn["colour"].where(hatched, "white"),
        "lw": drawn["lw"].mask(hatched, 0.8),
        "hatch": drawn["hatch"].tolist(),
    }
    axes.barh(places[drawn["at"].astype("int")], length, drawn["high"], begin, **look)


def _broken(texts: Iterable[str], size: float, weight: str, points: ArrayLike) -> list[str]:
    """Break each text into lines of so many points, where it is not broken already."""
    texts = list(texts)
    return [
        "\n".join(line for part in text.split("\n") for line in wrap(part, size, weight, points=room))
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
