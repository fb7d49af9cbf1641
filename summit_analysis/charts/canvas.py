"""One figure as a person sees it and as a test compares it, and the look that all figures share."""

from __future__ import annotations

import io
import os
import re
import warnings
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cache, partial, wraps
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec

import numpy as np
import pandas as pd

from summit_analysis.base import files
from summit_analysis.base.errors import AbsentError, ChoiceError, FrameError
from summit_analysis.base.kept import memory_of
from summit_analysis.base.text import Language, words
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

WIDTH = 8.0
"""Width of a figure in inches unless another one is asked for; at 100 dots per inch it is 800 pixels wide."""
DPI = 200
FORMATS = ("png", "svg", "pdf", "csv")
SAVED = ("png", "svg", "csv")
"""What is written into a folder."""
_MARGIN = 0.14
"""Inches that the axes of a figure leave of its width, see `in_inches`."""
_UNITS = {"mm": 25.4, "cm": 2.54, "in": 1.0}
_NARROWEST, _WIDEST, _DPIS = 1.0, 60.0, range(50, 1201)
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
_LINE, _EDGE = 0.235, 0.12
"""Inches from line to line of the title, and from the edge of the paper."""


@dataclass(frozen=True)
class Layout:
    """What a figure is laid out for: inches, and whether title and source line are part of the picture."""

    width: float = WIDTH
    title: bool = True
    source: bool = True


_USUAL = Layout()
_LAYOUT: ContextVar[Layout] = ContextVar("layout", default=_USUAL)


class NoRoomError(Exception):
    """What is drawn does not fit the width that is being tried; never reaches who draws a figure."""


def figure_inches() -> float:
    """Return the width for which figures are being laid out."""
    return _LAYOUT.get().width


def axes_inches() -> float:
    """Return how wide axes are that are laid out in inches, see `in_inches`."""
    return figure_inches() - _MARGIN


def need_room(room: bool) -> None:
    """Give up a width that is too small; the usual one never is."""
    if not room and figure_inches() < WIDTH:
        raise NoRoomError


def png_size(content: bytes) -> tuple[int, int]:
    """Return width and height of a PNG in pixels."""
    return int.from_bytes(content[16:20]), int.from_bytes(content[20:24])


def in_inches(axes: Axes, bottom: float) -> None:
    """Let the axes count in inches from their upper left corner, and draw nothing of them."""
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
        Draws the figure once more, for another layout.

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
        """Return the picture as PNG, 1600 pixels wide; a colour may be one step of 255 off."""
        return self._png(DPI)

    def svg(self) -> bytes:
        """Return the picture as SVG."""
        return self._svg({"Date": None, "Creator": None})

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        width: float | str | None = None,
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
        width : float or str, optional
            A number of pixels, of which `dpi` make an inch, or a text with its unit: ``"85mm"``, ``"8.5cm"``,
            ``"3.35in"``. The figure is laid out anew for it, with letters of the usual size; where they do not fit, as
            narrow as they do, and then made smaller as a whole. Default: 8 inches.
        format : {"png", "svg", "pdf", "csv"} or a sequence of them, optional
            What is written into a folder. Default: png, svg and csv.
        dpi : int
            Pixels of the PNG to an inch, 50 to 1200.
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
            If a chart was put together by hand, and so cannot be drawn without its texts.

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
        targets, inches = _targets(Path(path), self.name, format), _in_inches(width, dpi)
        layout = Layout(inches or WIDTH, title, source)
        drawn = self if set(targets) == {"csv"} else self._laid_out(layout)
        contents = {kind: drawn.content(kind, inches=inches, dpi=dpi) for kind in targets}
        files.write_all({targets[kind]: content for kind, content in contents.items()})
        return targets

    def content(self, kind: str, *, inches: float | None = None, dpi: float = DPI) -> bytes:
        """Return what a file of a format holds, with what it is made from; the picture as it is, at another size."""
        scale = inches / self.figure.get_figwidth() if inches else 1.0
        about = {"Title": self.title, "Description": self.alt, "Source": self.source}
        made_from = self.made_from()
        if kind == "csv":
            return files.csv_text(self.data.assign(made_from=made_from)).encode("utf-8")
        if kind == "png":
            return self._png(dpi * scale, {**about, "Software": made_from}, dpi)
        if kind == "pdf":
            return self._pdf(scale, {"Title": self.title, "Subject": self.source, "Creator": made_from})
        drawn = self._svg({**about, "Creator": made_from, "Date": None})
        width, height = (72 * scale * side for side in self.figure.get_size_inches())
        size = f'width="{width:.6g}pt" height="{height:.6g}pt"'.encode()
        return re.sub(rb'width="[\d.]+pt" height="[\d.]+pt"', size, drawn, count=1)

    def _laid_out(self, layout: Layout) -> Chart:
        """Draw the figure for another layout: at its width, or wider as long as something does not fit."""
        if layout == _USUAL:
            return self
        if self.again is None:
            if layout.title and layout.source:
                return self
            raise FrameError("a chart put together by hand keeps its texts; leave title and source as they are")
        width = min(layout.width, WIDTH)
        while True:
            before = _LAYOUT.set(replace(layout, width=width))
            try:
                chart = self.again()
                if width == WIDTH or _fits(chart.figure):
                    return chart
            except NoRoomError:
                pass
            finally:
                _LAYOUT.reset(before)
            width = min(width * _STEP, WIDTH)

    def _png(self, dpi: float, about: Mapping[str, str] | None = None, said: float | None = None) -> bytes:
        from PIL import Image, PngImagePlugin

        # at this size nobody sees letters moved onto whole pixels, which takes a third of the time; a hair more, so
        # that a width in whole pixels does not lose one
        dpi *= 1 + 1e-9
        drawn = self._drawn("rgba", {**STYLE, "text.hinting": "no_hinting"}, dpi=dpi)
        size = (width := int(self.figure.get_figwidth() * dpi), len(drawn) // 4 // width)
        # without the last bit, edges of letters and bars have mostly no more shades than a palette has room for
        places, colours = pd.factorize(np.frombuffer(drawn, "i4") | 0x01010101)
        if len(colours) <= 256:
            picture = Image.frombytes("P", size, places.astype("u1").tobytes())
            picture.putpalette(colours.view("u1").reshape(-1, 4)[:, :3].tobytes())
        else:
            picture = Image.frombytes("RGBA", size, drawn).convert("RGB")
        chunks = PngImagePlugin.PngInfo()
        for key, text in (about or {}).items():
            chunks.add_itxt(key, text)
        # the usual level 6 takes half as long again, and white paper is hardly smaller for it
        on_paper = said or dpi
        picture.save(buffer := io.BytesIO(), "png", compress_level=3, dpi=(on_paper, on_paper), pnginfo=chunks)
        return buffer.getvalue()

    def _svg(self, about: Mapping[str, str | None]) -> bytes:
        drawn = self._drawn("svg", metadata=about)
        # where that font is lacking: Verdana's letters are as wide; and what lies inside another begins with spaces
        drawn = drawn.replace(b"'DejaVu Sans'", b"'DejaVu Sans', Verdana, sans-serif")
        return drawn.replace(b"<text ", b'<text xml:space="preserve" ')

    def _pdf(self, scale: float, about: Mapping[str, str]) -> bytes:
        import matplotlib
        from matplotlib.backends.backend_pdf import Op, PdfPages

        with matplotlib.rc_context(STYLE):
            pages: Any = PdfPages(buffer := io.BytesIO(), metadata={**about, "Producer": None, "CreationDate": None})
            file = pages._ensure_file()
            page = file.newPage

            def scaled(width: float, height: float) -> None:
                page(width * scale, height * scale)
                file.output(scale, 0, 0, scale, 0, 0, Op.concat_matrix)

            # matplotlib has no size of paper but that of the figure
            file.newPage = scaled
            self.figure.savefig(pages, format="pdf", facecolor="white")
            pages.close()
        return buffer.getvalue()

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
    memory_of(ledger)
    for one in needed:
        found = getattr(ledger.about if one in ("article", "headline", "declaration") else ledger, one)
        if found is None or not len(found):
            raise absent(figure, one, lang)


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


_KEPT = 0.96
"""Share of their width that axes must keep."""
_STEP = 1.15
"""Factor from one width that is tried to the next."""
P = ParamSpec("P")


def drawing(function: Callable[P, Chart]) -> Callable[P, Chart]:
    """Let the charts that a function draws know how they are drawn, so that they can be for another width."""

    @wraps(function)
    def drawn(*args: P.args, **options: P.kwargs) -> Chart:
        return replace(function(*args, **options), again=partial(drawn, *args, **options))

    return drawn


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


def _in_inches(width: float | str | None, dpi: float) -> float | None:
    if dpi not in _DPIS:
        raise ChoiceError("dpi", dpi, ["a whole number from 50 to 1200"])
    said = re.fullmatch(r"(\d+(?:\.\d+)?) ?(mm|cm|in)", str(width))
    inches = float(said[1]) / _UNITS[said[2]] if said else 0.0
    if isinstance(width, int | float):
        inches = width / dpi
    if width is not None and not _NARROWEST <= inches <= _WIDEST:
        raise ChoiceError("width", width, ["1600 (pixels)", '"85mm"', '"8.5cm"', '"3.35in"', "from 1 to 60 inches"])
    return inches or None


def _fits(figure: Figure) -> bool:
    """Whether all texts lie inside the figure, on no other text and on no mark."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.collections import PathCollection
    from matplotlib.text import Text

    canvas: Any = FigureCanvasAgg(figure)
    # a legend finds its place when it is drawn
    figure.draw_without_rendering()
    hidden = set()
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        low, high = sorted(axis.get_view_interval())
        for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
            if not axis.axes.axison or not low <= tick.get_loc() <= high:
                hidden |= {tick.label1, tick.label2}
    texts: Any = figure.findobj(lambda artist: isinstance(artist, Text) and artist not in hidden)
    boxes = [
        text.get_window_extent(canvas.get_renderer())
        for text in texts
        if text.get_visible() and text.get_text().strip()
    ]
    places = np.array([box.extents for box in boxes])
    marks = [mark for axes in figure.axes for mark in axes.collections if isinstance(mark, PathCollection)]
    spots = [spot for mark in marks for spot in mark.get_offset_transform().transform(mark.get_offsets())]
    left, bottom, right, top = places.T
    if places[:, :2].min() < -1 or right.max() > figure.bbox.width + 1 or top.max() > figure.bbox.height + 1:
        return False
    # two texts keep apart; a mark may stand close to its text
    places += [-_GAP, 0, _GAP, 0]
    half = np.array([_HALF - _GAP, _HALF])
    others = np.vstack([places, *(np.r_[spot - half, spot + half] for spot in spots)])
    (left, bottom, right, top), there = places.T[:, :, None], others.T
    on = (left < there[2]) & (there[0] < right) & (bottom < there[3]) & (there[1] < top)
    # each text lies on itself
    return int(on.sum()) == len(places)


_HALF, _GAP = 3.5, 2.0
"""Half a mark, and what is free on either side of a text: hundredths of an inch."""


def _made_from(ledger: Ledger) -> str:
    """Say of which package and of which data a figure is made."""
    import summit_analysis

    day = last_news(ledger)
    known = "" if pd.isna(day) else f" to {day:%Y-%m-%d}"
    return f"summit-analysis {summit_analysis.__version__}, data {ledger.digest}{known}"


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
    layout = _LAYOUT.get()
    source = credit.format(source=source_line(ledger.sources, cited, rates=rates, lang=lang))
    with matplotlib.rc_context(STYLE):
        heading, below = (_wrap(title, 13, "bold"), _wrap(subtitle, 9.5)) if layout.title else ([], [])
        foot = _wrap(source, 8.5) if layout.source else []
        # a lower plot has no room for its axis
        height = max(height, 1.6)
        above = _EDGE + _LINE * 1.15 * len(heading) + _LINE * 0.85 * len(below) + _EDGE
        under = _EDGE + 0.05 + 0.17 * len(foot)
        whole, side = above + height + under, _EDGE / layout.width
        figure = Figure(figsize=(layout.width, whole))
        # labels keep to the margin of the title; at another resolution they come out some pixels wider
        engine = ConstrainedLayoutEngine(
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
        yield (
            Chart(name, figure, data, title, subtitle, alt, source, cited, partial(_made_from, ledger)),
            figure.subplots(),
        )
        # once: at another pass things would move by a hair and change the bytes of the SVG
        with warnings.catch_warnings(record=True) as collapsed:
            engine.execute(figure)
        # axes that are laid out in inches and have fewer would press what is drawn together
        pressed = [
            axes
            for axes in figure.axes
            if not axes.axison and axes.get_position().width < _KEPT * axes_inches() / layout.width
        ]
        need_room(not collapsed and not pressed)


def _wrap(text: str, size: float, weight: str = "normal") -> list[str]:
    """Break a text into lines that fit the width of the figure."""
    lines: list[str] = []
    end, bars = 0.0, text_points("||", size, weight)
    for word in unbroken(text).split(" "):
        # how far a word moves what follows it: its width with the space that its own letters keep around them
        wide, space = (text_points(f"|{one}|", size, weight) - bars for one in (word, " "))
        if lines and end + space + wide <= (figure_inches() - 2 * _EDGE) * 72:
            lines[-1], end = f"{lines[-1]} {word}", end + space + wide
        else:
            lines.append(word)
            end = wide
    return lines
