"""One figure as a person sees it and as a test compares it, and the look that all figures share."""

from __future__ import annotations

import io
import os
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, replace
from functools import cache, partial, wraps
from html import escape
from itertools import product
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, cast

import numpy as np
import pandas as pd

from summit_analysis.base import files
from summit_analysis.base.errors import AbsentError, ChoiceError, FrameError
from summit_analysis.base.kept import memory_of
from summit_analysis.base.text import Language, words
from summit_analysis.currency.rates import clean_code
from summit_analysis.ledger.display import plain_dollars
from summit_analysis.ledger.sources import source_line
from summit_analysis.ledger.tables import Ledger
from summit_analysis.pledges.claims import Where, select
from summit_analysis.pledges.status import last_news

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.typing import RcKeyType


Style = dict[str, Any]
"""Options of a drawing function of matplotlib, handed on as keywords."""

WIDTH, NARROW = 8.0, 3.9
"""Inches: the two widths for which figures are laid out, 800 and 390 pixels of a screen, 100 to an inch."""
_TURN = 5.6
"""Inches below which labels stand above their bars: midway between the two, as ratios go."""
_UNITS = {"px": 100, "mm": 25.4, "cm": 2.54, "in": 1.0}
_LEAST, _MOST, _DPIS = 3.0, 20.0, range(50, 1201)
"""Inches a figure can be wide, and what can be pixels to an inch."""
DPI = 200
FORMATS = ("png", "svg", "pdf", "csv")
SAVED = ("png", "svg", "csv")
"""What is written into a folder."""
CARD = 1200, 630
"""Pixels of a picture to share."""
_MARGIN = 0.14
"""Inches that the axes of a figure leave of its width, see `in_inches`."""
FULL = 0.97
"""Of the room for a line, what its letters may take: on coarse pixels small ones come out wider."""
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
    # as journals want them
    "pdf.fonttype": 42,
    # without a salt the ids in the SVG differ from run to run
    "svg.hashsalt": "summit-analysis",
}
"""Settings of matplotlib while a figure is made and while it is saved."""
EDGE, _NEAR = 0.12, 0.05
"""Inches from the edge of the paper, and around a plot cut out of it."""


@dataclass(frozen=True)
class Sheet:
    """What a figure is drawn on: inches, and whether title and source line stand on it."""

    width: float = WIDTH
    title: bool = True
    source: bool = True


_USUAL = Sheet()
_SHEET: ContextVar[Sheet] = ContextVar("sheet", default=_USUAL)


def figure_inches() -> float:
    """Return how wide the figure is that is being drawn."""
    return _SHEET.get().width


def axes_inches() -> float:
    """Return how wide axes are that are laid out in inches, see `in_inches`."""
    return figure_inches() - _MARGIN


def is_narrow() -> bool:
    """Whether the figure that is being drawn is for a phone or one column: labels above what they name."""
    return figure_inches() < _TURN


def png_size(content: bytes) -> tuple[int, int]:
    """Return width and height of a PNG in pixels."""
    return int.from_bytes(content[16:20]), int.from_bytes(content[20:24])


def set_height(axes: Axes, inches: float) -> None:
    """Let the plot be so many inches high; title and source line come on top of it and below."""
    figure: Any = axes.figure
    figure.set_figheight(inches)


def in_inches(axes: Axes, bottom: float) -> None:
    """Let the axes count in inches from their upper left corner, and draw nothing of them."""
    set_height(axes, bottom)
    axes.set(xlim=(0, axes_inches()), ylim=(bottom, 0))
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
    made_from : callable, optional
        Says package, version, digest and last day of the data, which stand in each file that `save` writes.
    again : callable, optional
        Draws the figure once more, on another sheet.
    sheet : Sheet
        What it is drawn on.
    margins : tuple of float
        Inches above the plot, for title and subtitle, and below it, for the source line.

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
    figure: Figure
    data: pd.DataFrame
    title: str
    subtitle: str
    alt: str
    source: str
    source_ids: Iterable[str] = ()
    made_from: Callable[[], str] = str
    again: Callable[[], Chart] | None = None
    sheet: Sheet = _USUAL
    margins: tuple[float, float] = (0, 0)

    def __post_init__(self) -> None:
        for part in ("name", "title", "alt", "source"):
            if not getattr(self, part).strip():
                raise FrameError(f"a chart needs a text for {part!r}")
        if self.data.empty:
            raise FrameError(f"chart {self.name!r} has no rows to draw")

    def __repr__(self) -> str:
        where = f"its {len(self.data)} rows are in .data; .save(folder) writes {self.name}.png, .svg and .csv"
        where += ', .save("x.pdf") one file'
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
        """Return the picture as PNG, 200 pixels to an inch; a colour may be one step of 255 off."""
        return self.content("png")

    def svg(self) -> bytes:
        """Return the picture as SVG."""
        return self.content("svg")

    def card(self, pictures: Iterable[bytes]) -> bytes:
        """Return a picture to share: the title, and below or beside it the one of some pictures that is largest there.

        Parameters
        ----------
        pictures : iterable of bytes
            The figure without its title as PNG, laid out for several widths.

        >>> chart = charts.ladder(ledger)
        >>> png_size(chart.card([chart.png()]))
        (1200, 630)
        """
        from matplotlib.font_manager import findfont
        from PIL import Image, ImageDraw, ImageFont, ImageOps, PngImagePlugin

        drawn, (right, bottom) = [Image.open(io.BytesIO(one)) for one in pictures], (side - 40 for side in CARD)
        fits = []
        for size, room in product((40, 32, 26), (right - 40, 380)):
            lines = wrap(self.title, 13, "bold", points=room * 13 / size)
            under = 60 + round(1.25 * size * len(lines))
            corner = (40, under) if room > 380 else (room + 80, 40)
            # letters of the title and of the picture weigh alike
            gain = [size * min((right - corner[0]) / one.width, (bottom - corner[1]) / one.height) for one in drawn]
            if under < bottom:
                fits.append((max(gain), lines, size, corner, drawn[gain.index(max(gain))]))
        _, lines, size, corner, best = max(fits, key=itemgetter(0))
        paper = Image.new("RGB", CARD, "white")
        within = ImageOps.pad(best.convert("RGB"), (right - corner[0], bottom - corner[1]), color="white")
        paper.paste(within, corner)
        font = ImageFont.truetype(findfont("DejaVu Sans:bold"), size)
        for place, line in enumerate(lines):
            ImageDraw.Draw(paper).text((40, 36 + 1.25 * size * place), line, "black", font)
        (chunks := PngImagePlugin.PngInfo()).add_itxt("Software", self.made_from())
        paper.quantize(256, Image.Quantize.FASTOCTREE).save(buffer := io.BytesIO(), "png", pnginfo=chunks)
        return buffer.getvalue()

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        width: float | str = 800,
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
        width : float or str
            In pixels of a screen, 100 to an inch, from 300 to 2000; or a text with its unit: ``"85mm"``, ``"8.5cm"``,
            ``"3.35in"``. The figure is laid out for it, with letters of the same size at each: up to 560 pixels as for
            a phone, labels above their bars, else labels beside them.
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
        FrameError
            If a chart was put together by hand, and so cannot be drawn for another width or without its texts.

        Notes
        -----
        Each file names package, version, digest and last day of the data: PNG in its text chunks, SVG and PDF in their
        metadata, CSV in its last column, ``made_from``, since every program keeps a column and few keep a comment.

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     figure = charts.ladder(ledger).save(Path(folder, "figure-1.pdf"), width="170mm", title=False)
        ...     print(figure["pdf"].name, figure["pdf"].read_bytes()[:5])
        figure-1.pdf b'%PDF-'
        """
        targets, sheet = _targets(Path(path), self.name, format), Sheet(_inches(width, dpi), title, source)
        drawn = self if set(targets) == {"csv"} else self.on(sheet)
        files.write_all({targets[kind]: drawn.content(kind, dpi) for kind in targets})
        return targets

    def on(self, sheet: Sheet) -> Chart:
        """Return the figure drawn on another sheet.

        >>> charts.ladder(ledger).on(Sheet(NARROW, title=False)).sheet.width
        3.9
        """
        if sheet == self.sheet:
            return self
        if self.again is None:
            raise FrameError("a chart put together by hand keeps its texts and its width; leave them as they are")
        apart = copy_context()
        apart.run(_SHEET.set, sheet)
        return apart.run(self.again)

    def content(self, kind: str, dpi: float = DPI) -> bytes:
        """Return what a file of a format holds, with what it is made from."""
        made_from = self.made_from()
        if kind == "csv":
            return files.csv_text(self.data.assign(made_from=made_from)).encode("utf-8")
        if kind == "png":
            return next(self.pictures(dpi))
        if kind == "pdf":
            about = {"Title": self.title, "Subject": self.source, "Creator": made_from}
            return self._drawn(kind, metadata={**about, "Producer": None, "CreationDate": None})
        drawn = self._drawn(kind, metadata={**self._about(), "Creator": made_from, "Date": None})
        # where that font is lacking: Verdana's letters are as wide; and what lies inside another begins with spaces
        drawn = drawn.replace(b"'DejaVu Sans'", b"'DejaVu Sans', Verdana, sans-serif")
        return drawn.replace(b"<text ", b'<text xml:space="preserve" ')

    def _about(self) -> dict[str, str]:
        return {"Title": self.title, "Description": self.alt, "Source": self.source}

    def pictures(self, dpi: float = DPI) -> Iterator[bytes]:
        """Yield the picture as PNG, and then, of the same drawing, the plot without title and source line."""
        from PIL import Image, PngImagePlugin

        chunks = PngImagePlugin.PngInfo()
        for key, text in {**self._about(), "Software": self.made_from()}.items():
            chunks.add_itxt(key, text)
        # at this size nobody sees letters moved onto whole pixels, which takes a third of the time; a hair more, so
        # that a width in whole pixels does not lose one
        fine = dpi * (1 + 1e-9)
        drawn = np.frombuffer(self._drawn("rgba", {**STYLE, "text.hinting": "no_hinting"}, dpi=fine), "i4")
        rows = drawn.reshape(-1, int(self.figure.get_figwidth() * fine))
        above, below = (int(max(inches - _NEAR, 0) * dpi) for inches in self.margins)
        for shown in (rows, rows[above : len(rows) - below]):
            # without the last bit, edges of letters and bars have mostly no more shades than a palette has room for
            places, colours = pd.factorize(shown.ravel() | 0x01010101)
            if len(colours) <= 256:
                picture = Image.frombytes("P", shown.shape[::-1], places.astype("u1").tobytes())
                picture.putpalette(colours.view("u1").reshape(-1, 4)[:, :3].tobytes())
            else:
                picture = Image.frombytes("RGBA", shown.shape[::-1], shown.tobytes()).convert("RGB")
            # the usual level 6 takes half as long again, and white paper is hardly smaller for it
            picture.save(buffer := io.BytesIO(), "png", compress_level=3, dpi=(dpi, dpi), pnginfo=chunks)
            yield buffer.getvalue()

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

    >>> print(absent("positions", "declarations", "en"))
    no figure of positions on a map: the ledger has no declarations
    """
    say = words("absent", lang)
    return AbsentError(say["no-figure"].format(figure=say[f"of-{figure}"], lack=say[lack].format(**filled)))


def need(ledger: Ledger, figure: str, lang: Language, *needed: str) -> None:
    """Raise `AbsentError` if a table that a figure is drawn from has no row, or the event names no article or such."""
    memory_of(ledger)
    for one in needed:
        found = getattr(ledger.about if one in ("article", "headline", "declaration") else ledger, one)
        if found is None or not len(found):
            raise absent(figure, one, lang)


def named(ledger: Ledger, figure: str, what: Literal["article", "headline", "declaration"], lang: Language) -> str:
    """Return the id of the article, the package or the declaration that the event names, or raise `AbsentError`."""
    need(ledger, figure, lang, what)
    return ledger.about.needed(what)


def chosen(ledger: Ledger, where: Where) -> pd.Series:
    """Return the ids of the pledges that `where` means in `summit_analysis.total`."""
    return select(ledger, where=where)["pledge_id"]


def pledged(ledger: Ledger, where: Where, lang: Language) -> dict[str, str]:
    """Say whose pledges are drawn: ``pledged``, and ``at``, where they were made; nowhere if they were chosen.

    >>> pledged(ledger, None, "fr")
    {'pledged': 'promesses faites au sommet ou autour', 'at': ' au sommet'}
    """
    at = ledger.about.at(lang)
    if where is None:
        return {"pledged": words("shared", lang)["pledged"].format(at=at), "at": f" {at}"}
    return {"pledged": words("shared", lang)["chosen"], "at": ""}


P = ParamSpec("P")


def drawing(figure: str, *needed: str) -> Callable[[Callable[P, Chart]], Callable[P, Chart]]:
    """Let a function that draws a figure of something raise `AbsentError` where the ledger lacks what it needs.

    Codes of currencies reach it as they are written, and its charts know how they are drawn, so that they can be on
    another sheet.
    """

    def decorate(function: Callable[P, Chart]) -> Callable[P, Chart]:
        @wraps(function)
        def drawn(*args: P.args, **options: P.kwargs) -> Chart:
            how: dict[str, Any] = dict(options)
            ledger: Any = args[0] if args else how.get("ledger")
            need(ledger, figure, how.get("lang", "en"), *needed)
            if "to" in how:
                how["to"] = clean_code(how["to"])
            chart: Chart = cast("Any", function)(*args, **how)
            return replace(chart, again=partial(drawn, *args, **options))

        return drawn

    return decorate


def _targets(path: Path, name: str, format: str | Sequence[str] | None) -> dict[str, Path]:
    """Return the file of each format that is asked for."""
    ending, targets = path.suffix[1:].casefold(), {kind: path / f"{name}.{kind}" for kind in FORMATS}
    kinds = [format] if isinstance(format, str) else list(format or SAVED)
    # a name like figure.jpg is no folder's
    if re.fullmatch("[a-z]{3,4}", ending) and not path.is_dir():
        kinds, targets = [ending, *(kinds if format else ())], {ending: path} if ending in FORMATS else {}
    if wrong := [kind for kind in kinds if kind not in targets]:
        raise ChoiceError("format", wrong[0], targets or FORMATS)
    return {kind: targets[kind] for kind in kinds}


def _inches(width: float | str, dpi: float) -> float:
    if dpi not in _DPIS:
        raise ChoiceError("dpi", dpi, ["a whole number from 50 to 1200"])
    text = f"{width}px" if isinstance(width, int | float) else width
    said = re.fullmatch(r"(\d+(?:\.\d+)?) ?(px|mm|cm|in)", text)
    inches = float(said[1]) / _UNITS[said[2]] if said else 0.0
    if not _LEAST <= inches <= _MOST:
        raise ChoiceError("width", width, ["800 (pixels)", '"85mm"', '"8.5cm"', '"3.35in"', "from 3 to 20 inches"])
    return inches


def _made_from(ledger: Ledger) -> str:
    """Say of which package and of which data a figure is made."""
    import summit_analysis

    day = last_news(ledger)
    known = "" if pd.isna(day) else f" to {day:%Y-%m-%d}"
    return f"summit-analysis {summit_analysis.__version__}, data {ledger.digest}{known}"


def capital(text: str) -> str:
    """Let a text begin with a capital.

    >>> capital("six are Six")
    'Six are Six'
    """
    return text[:1].upper() + text[1:]


@contextmanager
def put_together(
    ledger: Ledger,
    name: str,
    data: pd.DataFrame,
    say: Mapping[str, str],
    filled: Mapping[str, object],
    cited: Iterable[str],
    *,
    rates: bool = True,
    lang: Language,
) -> Iterator[tuple[Chart, Axes]]:
    """Yield a chart in the house's look, and its axes to draw on: title and subtitle above, source line bottom left.

    Parameters
    ----------
    ledger : Ledger
    name, data
        As in `Chart`.
    say : mapping of str to str
        ``title``, ``subtitle`` and ``alt``, which are filled and begin with a capital; and, where something is owed to
        others, ``credit``, which holds the source line.
    filled : mapping of str to object
        What they are filled with.
    cited : iterable of str
        The sources of the rows drawn.
    rates : bool
        Amounts were converted, so the source line names the ECB.
    lang : {"en", "fr"}
    """
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    title, subtitle, alt = (capital(say[key].format(**filled).strip()) for key in ("title", "subtitle", "alt"))
    # a French title need not say of each of its sums what it counts
    for unit in (" d’euros", " de dollars"):
        title = "".join([*(parts := title.partition(unit))[:2], parts[2].replace(unit, "")])
    sheet, source = _SHEET.get(), source_line(ledger.sources, cited, rates=rates, lang=lang)
    source = say.get("credit", "{source}").format(source=source)
    with matplotlib.rc_context(STYLE):
        heading, below = (wrap(title, 13, "bold"), wrap(subtitle, 9.5)) if sheet.title else ([], [])
        foot = wrap(source, 8.5) if sheet.source else []
        under_heading = EDGE + 0.27025 * len(heading)
        above, under = under_heading + 0.19975 * len(below) + EDGE, EDGE + 0.05 + 0.17 * len(foot)
        # as high as the plot while that is drawn
        figure = Figure(figsize=(sheet.width, 4))
        made_from, margins = partial(_made_from, ledger), (above, under)
        chart = Chart(name, figure, data, title, subtitle, alt, source, cited, made_from, sheet=sheet, margins=margins)
        yield chart, figure.subplots()
        # a lower plot has no room for its axis
        plot, side = max(figure.get_figheight(), 1.6), EDGE / sheet.width
        figure.set_figheight(whole := above + plot + under)
        for lines, inches, size, colour, weight in (
            (heading, EDGE, 13, "black", "bold"),
            (below, under_heading + 0.03, 9.5, GREY, "normal"),
            (foot, above + plot + 0.07, 8.5, GREY, "normal"),
        ):
            look: Style = {"size": size, "color": colour, "weight": weight, "linespacing": 1.3}
            figure.text(side, 1 - inches / whole, "\n".join(lines), va="top", in_layout=False, **look)
        # labels keep to the margin of the title; at another resolution they come out some pixels wider
        engine = ConstrainedLayoutEngine(rect=(side, under / whole, 1 - 1.5 * side, plot / whole), w_pad=0, h_pad=0.02)
        # once: at another pass things would move by a hair and change the bytes of the SVG
        engine.execute(figure)


def wrap(text: str, size: float, weight: str = "normal", *, points: float | None = None) -> list[str]:
    """Break a text into lines of so many points, or as wide as the figure; spaces at its beginning stay.

    >>> wrap("  one two three", 9, points=50)
    ['  one two', 'three']
    """
    lines, room = list[str](), FULL * (points or (figure_inches() - 2 * EDGE) * 72)
    end, bars = 0.0, text_points("||", size, weight)
    for word in unbroken(text).split(" "):
        # how far a word moves what follows it: its width with the space that its own letters keep around them
        wide, space = (text_points(f"|{one}|", size, weight) - bars for one in (word, " "))
        if lines and (not lines[-1].strip() or end + space + wide <= room):
            lines[-1], end = f"{lines[-1]} {word}", end + space + wide
        else:
            lines.append(word)
            end = wide
    return lines
