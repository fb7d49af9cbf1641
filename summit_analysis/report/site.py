"""Write `report/`: figures, pages, tables and notebooks as one site in two languages."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import os
import posixpath
import re
import signal
import stat
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache, partial
from importlib import metadata
from itertools import chain, product
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import nbformat
import pandas as pd
from markupsafe import Markup, escape
from matplotlib.font_manager import findfont
from PIL import Image, ImageDraw, ImageFont, ImageOps, PngImagePlugin

from summit_analysis import __version__, charts
from summit_analysis.base import files
from summit_analysis.base.errors import AbsentError, ChoiceError, FileError, MissingRateError, ReportError
from summit_analysis.base.files import BYTE_ORDER_MARK, TEMPLATES, csv_text, plain_name, read_text
from summit_analysis.base.text import LANGUAGES, Language, format_figure, is_web, long_day, typeset, words
from summit_analysis.charts.canvas import NARROW, Chart, Sheet, absent, png_size, wrap
from summit_analysis.ledger import schema
from summit_analysis.ledger.export import exported
from summit_analysis.ledger.sources import cite, references, without_primary
from summit_analysis.ledger.tables import Ledger, inventory, load
from summit_analysis.pledges.claims import value_claims
from summit_analysis.pledges.status import last_news
from summit_analysis.report.notebooks import (
    CELL_SECONDS,
    PICTURES,
    Piece,
    Progress,
    article,
    cores,
    execute,
    notebook_paths,
    raise_all,
    read,
    run_jobs,
)
from summit_analysis.report.pages import changes, letter, lists_of, pledge_pages, sources_page, table
from summit_analysis.report.processes import PROCESSES
from summit_analysis.report.texts import (
    Headline,
    at_the_event,
    authors,
    headlines,
    imprint,
    is_shipped,
    listed,
    sections,
)

if TYPE_CHECKING:
    from jinja2 import Environment


FIGURES: tuple[Callable[..., Chart], ...] = (
    charts.naive_sum,
    charts.envelope,
    charts.kinds,
    charts.ladder,
    charts.documented,
    charts.official_count,
    charts.statements,
    charts.status,
    charts.comparison,
    charts.share_of_gdp,
    charts.announced,
    charts.intersections,
    charts.positions,
    charts.sites,
)
"""The figures of the report; each draws from a ledger and a language, or says what the ledger lacks for it."""
_OF_OTHER_DAYS = {charts.comparison: "comparison", charts.share_of_gdp: "gdp"}
"""Those that ask for rates of other days than the claims', with the word for each."""

CARD = 1200, 630
"""Pixels of a picture to share."""
_PICTURED = {"whole": ".png", "wide": "-wide.png", "narrow": "-narrow.png", "card": "-card.png"}
"""How the files of a figure's pictures end: to download, on a page, on a phone, to share."""

MARK = ".summit-analysis-report"
"""By this file a folder is known as a report, which the next one may replace."""
MADE = ".made.json"
"""In this file a report keeps from what its notebooks and figures were made, for the next one."""
STYLE = "style.css"
LOOK = (STYLE, "icon.svg")
SCRIPTS = ("tables.js", "datatables.min.js", "today.js")
"""What filters tables, which are plain without it, and writes the reader's day into a citation."""
CITED = ("bib", "ris")
"""What programs that keep citations read: BibTeX and RIS."""
DATA = ("zip", "xlsx", "sqlite")
"""All tables in one file."""
_PAGES = {"index.html", "methods.html", "sources.html", STYLE, "figures", "notebooks", "tables/claims-in-euros.csv"}
_UNMARKED = [{*_PAGES, "tables", lang} for lang in LANGUAGES]
"""How a report of 0.1.0 is known, which had no mark."""
COLUMNS = "columns.html"
"""What the columns of the tables mean: in English only, as they are described."""
_CODE = re.compile("`([^`]+)`")
_SITE = re.compile(r"https?://[^\s/?#]+(/[^\s?#]*)?(?<!\.html)")
_TEX = str.maketrans({mark: f"\\{mark}" for mark in "{}$&#%_"} | {"\\": r"\textbackslash{}"})
"""How marks that mean something to TeX are written as text."""
_COMMENT = re.compile("<!--.*?-->")

Figure = Callable[..., Chart]


@dataclass(frozen=True)
class Report:
    """What a run has written.

    Attributes
    ----------
    folder : pathlib.Path
    headlines : list of Headline
        The findings of the front page.
    made, unchanged : int
        How many notebooks and figures the report has, and how many of them are those of the report it replaces.
    problem : str
        Why nothing of that report was taken; empty if all is well.
    left_out : list of str
        Sentences that say which figures could not be drawn, and what the ledger lacks for them; or that it is empty.
    """

    folder: Path
    headlines: list[Headline]
    made: int
    unchanged: int
    problem: str
    left_out: list[str]


def build(
    out: str | os.PathLike[str] = "report",
    *,
    folder: str | os.PathLike[str] | None = None,
    lang: Language = "en",
    notebooks: Path | None = None,
    fresh: bool = False,
    workers: int | None = None,
    cell_seconds: float = CELL_SECONDS,
    site_url: str = "",
    on_progress: Progress | None = None,
) -> Report:
    """Run the notebooks and write the report; the old one stays until the new one is whole.

    Parameters
    ----------
    out : path
        Folder of the report: a new or empty one, or that of an earlier report, which is replaced. What has not changed
        since then is taken from it, if it is the user's own and nobody else may write to it.
    folder : path, optional
        Folder of the tables; default: those that ship with the package.
    lang : {"en", "fr"}
        Language of the pages at its top; the other one is a folder below.
    notebooks : pathlib.Path, optional
        Folder of notebooks; default: those of this installation, which are about the shipped tables; for others none.
    fresh : bool
        Take nothing from an earlier report.
    workers : int, optional
        How many notebooks and figures are made at a time. Default: one per core.
    cell_seconds : float
        A cell that takes longer is taken for one without end.
    site_url : str
        The address at which the report will be published; without it pages can only name each other.
    on_progress : callable, optional
        Called, from another thread, with the name of a piece of work, how many of its steps are done and how many it
        has.

    Returns
    -------
    Report

    Raises
    ------
    ChoiceError
        If the language is none of these, or the address none of a folder on the web.
    LedgerError
        If `check` finds anything in the tables.
    ReportError
        If a notebook stops, or a figure cannot be drawn; names notebook and cell, or the figure.
    FileError
        If the folder cannot be written, or holds what is not of an earlier report: found out before any work.
    """
    # a wrong language must not be found out only after all notebooks have run
    words("site", lang)
    if site_url and not _SITE.fullmatch(site_url):
        raise ChoiceError("site_url", site_url, ["https://example.org/report"], "is no address of a site")
    tell = on_progress or (lambda *_: None)
    with files.new_folder(out, mark=MARK, earlier=_UNMARKED) as new:
        ledger, earlier = load(folder), Earlier(Path(out), believe=not fresh)
        ours = notebooks or is_shipped(ledger)
        paths = {each: notebook_paths(notebooks, each) if ours else [] for each in LANGUAGES}
        with ThreadPoolExecutor(1) as beside:
            said = beside.submit(_say, new, ledger, lang)
            articles, figures, absent, unchanged = _make(
                paths, ledger, earlier, new, workers or cores(), cell_seconds, tell
            )
        found, tables = said.result()
        files.write_all(
            {new / name: (TEMPLATES / name).read_bytes() for name in (*LOOK, *(SCRIPTS if len(ledger.sources) else ()))}
        )
        for at, each in enumerate(LANGUAGES):
            tell("pages", at, len(LANGUAGES))
            _write_files(articles[each], new / PICTURES)
            _write_files(figures[each], new / path_of("figures", each, lang))
            pages = articles[each], figures[each], tables
            write_pages(
                new, ledger, *pages, lang=each, first=lang, left_out=absent[each], site_url=site_url.rstrip("/")
            )
        tell("pages", len(LANGUAGES), len(LANGUAGES))
    made = len({*chain.from_iterable(paths.values())}) + sum(map(len, figures.values()))
    left_out = [words("site", lang)["empty"]] if ledger.claims.empty else absent[lang]
    return Report(Path(out), found, made, unchanged, earlier.problem, left_out)


def _say(folder: Path, ledger: Ledger, lang: Language) -> tuple[list[Headline], dict[str, int]]:
    """Put into words, and write as tables, what rests on no notebook and no figure."""
    found = headlines(ledger, lang=lang)
    computed = {
        "findings": pd.DataFrame(map(asdict, found)),
        "claims-in-euros": value_claims(ledger),
        "without-primary-source": without_primary(ledger),
        "inventory": inventory(ledger.folder),
    }
    tables = folder / "tables"
    claims = computed["claims-in-euros"]
    of_pledges = {f"{one}.csv": csv_text(claims[claims["pledge_id"] == one]) for one in ledger.pledges["pledge_id"]}
    files.write_all({folder / "pledges" / name: text.encode() for name, text in of_pledges.items()})
    files.write_all({folder / f"data.{kind}": exported(ledger, kind) for kind in DATA})
    contents = {f"{name}.csv": csv_text(frame) for name, frame in computed.items()}
    contents["README.md"] = _explained(ledger)
    there = {name: path for name, path in schema.paths(ledger.folder).items() if name in schema.resources()}
    contents |= {path.name: BYTE_ORDER_MARK + files.read_text(path) for path in there.values()}
    files.write_all({tables / name: text.encode() for name, text in contents.items()})
    for each in LANGUAGES:
        # kept until the pages are written
        lists_of(ledger, each), pledge_pages(ledger, each)
    given = {there[name].stem: getattr(ledger, name) for name in there}
    return found, {name: len(frame) for name, frame in (computed | given).items()}


def _explained(ledger: Ledger) -> str:
    """Return what the folder says of its tables, or what their columns mean."""
    own = ledger.folder / "README.md"
    return read_text(own) if own.exists() else f"# {words('site', 'en')['columns']}\n\n{schema.column_dictionary()}"


def _make(
    paths: dict[Language, list[Path]],
    ledger: Ledger,
    earlier: Earlier,
    folder: Path,
    workers: int,
    cell_seconds: float,
    tell: Progress,
) -> tuple[dict[Language, list[Piece]], dict[Language, list[Piece]], dict[Language, list[str]], int]:
    """Return by language the notebooks and the figures: run, drawn, or those of the earlier report, and how many.

    Before their number stands, by language, what is said of figures that cannot be.
    """
    every = list(dict.fromkeys(chain.from_iterable(paths.values())))
    around, names, wanted = conditions(ledger.folder), sorted({path.stem for path in every}), figures_of(ledger)
    # the pages of notebooks link to each other
    notebooks = {path: notebook_key(path, key_of(around, *names)) for path in every}
    figures = {(figure, lang): f"{figure.__name__} ({lang})" for lang in LANGUAGES for figure in wanted}
    articles = {path: page for path, key in notebooks.items() if (page := earlier.take(key))}
    old, made_by = {each: earlier.take(name) for each, name in figures.items()}, software()
    drawings = {each: drawn for each, drawn in old.items() if drawn and drawn.about.get("conditions") == around}
    unchanged, failed, absent = len(articles), [], dict[tuple[Figure, Language], str]()
    # the processes that draw begin with the shipped ledger in their memory
    tables = None if is_shipped(ledger) else ledger.folder

    def run(path: Path) -> None:
        done = execute(path, cell_seconds, tell)
        if isinstance(done, ReportError):
            failed.append(done)
        else:
            told_in = path.parent.name if path.parent.name in LANGUAGES else "en"
            articles[path] = article(path.stem, done, names, told_in)

    def draw_apart(figure: Figure, lang: Language) -> None:
        apart = partial(_draw_from, tables, figure, lang=lang, software=made_by, earlier=old[figure, lang])
        try:
            done = drawers.submit(apart).result()
            done.about["conditions"], drawings[figure, lang] = around, done
        except AbsentError as error:
            absent[figure, lang] = str(error)
        except BrokenProcessPool as error:
            raise ReportError(f"figure {figure.__name__} ({lang}): {error}") from None
        progress(lang)

    def progress(lang: Language) -> None:
        tell(f"figures ({lang})", sum(each == lang for _, each in (*drawings, *absent)), len(wanted))

    for path in articles:
        tell(path.stem, 1, 1)
    for lang in dict.fromkeys(lang for _, lang in figures):
        progress(lang)
    # the longest first: a figure fits where a notebook would leave the other cores idle
    jobs = [partial(run, path) for path in every if path not in articles]
    jobs += [partial(draw_apart, *each) for each in figures if each not in drawings]
    # Ctrl-C is for the program that waits for the figures
    with ProcessPoolExecutor(
        workers, PROCESSES, initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_IGN)
    ) as drawers:
        run_jobs(jobs, workers=workers)
    raise_all(sorted(failed, key=str))
    unchanged += sum(
        before is not None and drawings[each].files == before.files for each, before in old.items() if each in drawings
    )
    made = {notebooks[path]: articles[path] for path in every} | {figures[each]: drawings[each] for each in drawings}
    files.write_text(folder / MADE, json.dumps({key: _packed(piece) for key, piece in made.items()}))
    tried = {lang: [(figure, lang) for figure in wanted] for lang in LANGUAGES}
    by_language = {lang: [drawings[each] for each in both if each in drawings] for lang, both in tried.items()}
    said = {lang: _named_once([absent[each] for each in both if each in absent], lang) for lang, both in tried.items()}
    return {lang: [articles[path] for path in paths[lang]] for lang in LANGUAGES}, by_language, said, unchanged


def _named_once(lacking: Iterable[str], lang: Language) -> list[str]:
    """Make one sentence of all figures for which a ledger lacks the same."""
    say = words("absent", lang)["no-figure"]
    before, between = say.partition("{figure}")[0], say[say.index("{figure}") + 8 : say.index("{lack}")]
    figures: dict[str, list[str]] = {}
    for sentence in lacking:
        figure, _, lack = sentence.removeprefix(before).partition(between)
        figures.setdefault(lack, []).append(figure)
    said = [say.format(figure=listed(names, lang), lack=lack) for lack, names in figures.items()]
    return [f"{sentence[:1].upper()}{sentence[1:]}." for sentence in said]


def figures_of(ledger: Ledger) -> tuple[Figure, ...]:
    """Return the figures to try: without an article whose sums could be added up, the total is the first."""
    is_first = not ledger.about.article and len(at_the_event(ledger).counted)
    return (total_at_the_event, *FIGURES) if is_first else FIGURES


def total_at_the_event(ledger: Ledger, *, lang: Language = "en") -> Chart:
    """Draw what the total as of the end of the event consists of."""
    return charts.total(ledger, as_of=at_the_event(ledger).as_of, lang=lang)


_loaded = cache(load)


def _draw_from(folder: Path | None, figure: Figure, **how: Any) -> Piece:
    """Draw a figure in a process that reads the ledger once for all its figures."""
    return draw(_loaded(folder), figure, **how)


def draw(
    ledger: Ledger, figure: Figure, *, lang: Language = "en", software: str = "", earlier: Piece | None = None
) -> Piece:
    """Draw one figure, or take its files from an earlier report if it shows the same.

    Parameters
    ----------
    ledger : Ledger
    figure : callable
        One of `FIGURES`.
    lang : {"en", "fr"}
    software : str
        Digest of what it is drawn with, see `software`.
    earlier : Piece, optional
        The same figure in an earlier report; its files keep the digest of the data that they are made from.

    Raises
    ------
    AbsentError
        If it rests on rows that the ledger does not have.
    ReportError
        If it cannot be drawn.
    """
    try:
        chart = figure(ledger, lang=lang)
        data = table(ledger, chart.data, f"data-{chart.name}", lang, pledges="../pledges/")
        texts = {f"{chart.name}.{kind}": chart.content(kind) for kind in ("svg", "csv")}
        # all that is drawn and written, but not of which data it is made: that may have changed elsewhere
        made_from = chart.made_from().encode()
        shows = key_of(software, *(text.replace(made_from, b"") for text in texts.values()))
        if earlier and earlier.about.get("shows") == shows:
            pictures = earlier.files
        else:
            # on a page title and source are text; the one for a phone is laid out for it
            narrow = chart.on(Sheet(NARROW, title=False, source=False)).content("png")
            whole, wide = chart.pictures()
            shown = zip(_PICTURED.values(), (whole, wide, narrow, card(chart, [wide, narrow])), strict=True)
            pictures = texts | {f"{chart.name}{file}": content for file, content in shown}
        about = {
            "subtitle": chart.subtitle,
            "alt": chart.alt,
            "source": chart.source,
            "source_ids": cite(ledger.sources, chart.source_ids)["source_id"].tolist(),
            "rows": len(chart.data),
            "size": {end: png_size(pictures[f"{chart.name}{file}"]) for end, file in _PICTURED.items()},
            "shows": shows,
        }
        return Piece(chart.name, chart.title, data["body"], data["style"], [figure.__name__], pictures, about)
    except AbsentError:
        raise
    except Exception as error:
        if isinstance(error, MissingRateError) and figure in _OF_OTHER_DAYS:
            raise absent(_OF_OTHER_DAYS[figure], "no-rate", lang, **error.missing.iloc[0]) from error
        raise ReportError(f"figure {figure.__name__} ({lang}): {type(error).__name__}: {error}") from error


def card(chart: Chart, pictures: Iterable[bytes]) -> bytes:
    """Return a picture to share: the title, and below or beside it the one of some pictures that is largest there.

    Parameters
    ----------
    chart : Chart
    pictures : iterable of bytes
        The figure without its title as PNG, laid out for several widths.

    >>> chart = charts.ladder(ledger)
    >>> png_size(card(chart, chart.pictures()))
    (1200, 630)
    """
    drawn, (right, bottom) = [Image.open(io.BytesIO(one)) for one in pictures], (side - 40 for side in CARD)
    fits = []
    for size, room in product((40, 32, 26), (right - 40, 380)):
        lines = wrap(chart.title, 13, "bold", points=room * 13 / size)
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
    (chunks := PngImagePlugin.PngInfo()).add_itxt("Software", chart.made_from())
    paper.quantize(256, Image.Quantize.FASTOCTREE).save(buffer := io.BytesIO(), "png", pnginfo=chunks)
    return buffer.getvalue()


class Earlier:
    """The report that is being replaced, from which is taken what has not changed.

    Parameters
    ----------
    folder : pathlib.Path
    believe : bool
        Whether to take anything from it.

    Attributes
    ----------
    problem : str
        Why nothing can be taken from it, if it is there; empty if all is well.
    """

    def __init__(self, folder: Path, *, believe: bool = True) -> None:
        self._made, self._contents, self.problem = {}, {}, ""
        # another run may be putting a new report there
        with suppress(OSError, ValueError):
            if believe and (folder / MADE).exists():
                self.problem = _distrust(folder) or _distrust(folder / MADE)
                if not self.problem:
                    contents = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
                    self._contents = {hashlib.sha256(content).hexdigest(): content for content in contents}
                    self._made = json.loads((folder / MADE).read_bytes())

    def take(self, key: str) -> Piece | None:
        """Return what was made under this key, or None if it, or one of its files, is not there as it was made."""
        try:
            parts = self._made[key]
            contents = {plain_name(name): self._contents[digest] for name, digest in parts["files"].items()}
            return Piece(**{**parts, "name": plain_name(parts["name"]), "files": contents})
        except (AttributeError, FileError, LookupError, TypeError):
            return None


def _packed(piece: Piece) -> dict[str, object]:
    """A piece as JSON can hold it: of its files the digests."""
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in piece.files.items()}
    return {**vars(piece), "files": digests}


def _distrust(path: Path) -> str:
    """Return why somebody else may have written what a report would show; empty if nobody may."""
    if not hasattr(os, "geteuid"):
        return ""
    if {path.lstat().st_uid, path.stat().st_uid} != {os.geteuid()}:
        return f"{path} belongs to another user; give the name of a folder of your own"
    if path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return f"others may write to {path}; take that right from them (chmod go-w)"
    return ""


def key_of(*parts: str | bytes) -> str:
    """Return a key for things made from these parts.

    >>> key_of("a", "bc") == key_of("ab", "c")
    False
    """
    each = [hashlib.sha256(part.encode() if isinstance(part, str) else part).digest() for part in parts]
    return hashlib.sha256(b"".join(each)).hexdigest()


def software() -> str:
    """Return a digest of the source and version of this package, of Python, and of each package with its version."""
    package = Path(__file__).parents[1]
    source = [path for path in package.rglob("*") if path.suffix in (".py", ".toml")]
    source += (package / "templates" / "notebook").iterdir()
    installed = {f"{one.name} {one.version}" for one in metadata.distributions()}
    return key_of(__version__, sys.version, *sorted(installed), *_contents(source))


def conditions(folder: Path | None = None) -> str:
    """Return a digest of all that an output may rest on beside its own text: software, shipped data, tables."""
    tables = [] if folder is None else [folder / schema.SCHEMA_FILE, *schema.paths(folder).values()]
    return key_of(software(), *_contents(files.shipped("data").iterdir()), *_contents(tables))


def notebook_key(path: Path, around: str) -> str:
    """Return a key that changes when a cell of the notebook does, or a file beside it, or the conditions."""
    cells = [(cell.cell_type, cell.source, cell.metadata) for cell in read(path).cells]
    beside = [other for other in path.parent.iterdir() if other.suffix != ".ipynb"]
    return key_of(around, path.name, json.dumps(cells, sort_keys=True), *_contents(beside))


def _contents(paths: Iterable[Path]) -> list[str | bytes]:
    every = sorted(set(paths), key=lambda path: (path.name, path))
    return [part for path in every if path.is_file() for part in (path.name, path.read_bytes())]


def _write_files(pieces: Iterable[Piece], folder: Path) -> None:
    files.write_all({folder / name: content for piece in pieces for name, content in piece.files.items()})


def path_of(page: str, lang: Language, first: Language) -> str:
    """Return the path inside the report of a page, or of another file that each language has."""
    return page if lang == first else f"{lang}/{page}"


def linker(here: str) -> Callable[[str], str]:
    """Return a function that gives the relative address of a file of the report, seen from the page `here`.

    >>> linker("fr/figures/ladder.html")("style.css")
    '../../style.css'
    """
    return lambda target: quote(posixpath.relpath(target, posixpath.dirname(here) or "."))


def _environment(lang: Language) -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    tight = typeset if lang == "fr" else str
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=typeset if lang == "fr" else None,
    )
    environment.filters["coded"] = lambda text: Markup(_CODE.sub(r"<code>\1</code>", str(escape(tight(text)))))
    environment.filters["tex"] = lambda text: str(tight(text)).translate(_TEX)
    environment.filters["number"] = partial(format_figure, lang=lang)
    environment.tests["web"] = is_web
    return environment


def write_pages(
    folder: Path,
    ledger: Ledger,
    articles: Sequence[Piece],
    figures: Sequence[Piece],
    tables: Mapping[str, int],
    *,
    lang: Language,
    first: Language,
    left_out: Sequence[str] = (),
    site_url: str = "",
) -> None:
    """Write all pages of one language.

    Parameters
    ----------
    folder : pathlib.Path
        Of the report.
    ledger : Ledger
    articles : sequence of Piece
    figures : sequence of Piece
        All in that language.
    tables : mapping of str to int
        Names of the tables in the report, and how many rows each has.
    lang : {"en", "fr"}
        Language of the pages.
    first : {"en", "fr"}
        Language of the pages at the top of the folder; the other one has a folder of its own.
    left_out : sequence of str
        Sentences that say which figures are not there, and why.
    site_url : str
        The address at which the report will be published, if it is known.
    """
    (other,) = (each for each in LANGUAGES if each != lang)
    about, news, today = ledger.about, last_news(ledger), dt.date.today()
    say, known, environment = words("site", lang), references(ledger, lang=lang), _environment(lang)
    said = imprint(ledger, lang=lang)
    for key in ("name", "title"):
        say[key] = say["nameless" if ledger.event.empty else key].format(event=about.name(lang))
    stand = [*([say["stand"].format(day=long_day(news, lang=lang))] if pd.notna(news) else [])]
    stand += [say["built"].format(day=long_day(today, lang=lang), version=__version__)]
    stand += [say["by"].format(names=said["authors"])] if said["authors"] else []
    lists = lists_of(ledger, lang)
    menu = {
        "index.html": say["findings"],
        **({"index.html#notebooks": say["notebooks"]} if articles else {}),
        **({"index.html#figures": say["figures"]} if figures else {}),
        **{f"{page}.html": say["tables_page" if page == "tables" else page] for page in lists},
        **{f"{page}.html": say[page] for page in ("sources", "methods")},
    }
    environment.globals |= {
        **{"lang": lang, "other": other, "first": first, "say": say, "questions": words("questions", lang)},
        **{"menu": menu, "stand": " · ".join(stand), "foot": f"{say['rates_until']} {say['made_with']}".format(**said)},
        **{"contact": about.contact, "letter": letter, "columns": path_of(COLUMNS, "en", first)},
        **{"imprint": said, "authors": authors(ledger), "today": today, "long_day": long_day},
        # the first figure is that of the first finding
        **{"site_url": site_url, "cards": figures[:1], "path_of": path_of},
    }

    def write(page: str, template: str, **content: object) -> None:
        here = path_of(page, lang, first)
        to_file = linker(here)
        addresses = {
            "page": page,
            "root": to_file,
            "to": lambda target: to_file(path_of(target, lang, first)),
            "counterpart": to_file(path_of("index.html" if page == COLUMNS else page, other, first)),
            # as others find it, if we know where that is
            "address": lambda target, of=lang: (
                f"{site_url}/{quote(path_of(target, of, first))}" if site_url else to_file(path_of(target, of, first))
            ),
        }
        rendered = environment.get_template(f"{template}{Path(page).suffix}.j2").render(**addresses, **content)
        files.write_text(folder / here, rendered)

    begin, last = (long_day(day, lang=lang) if pd.notna(day) else "" for day in (about.first_day, about.last_day))
    # 6–11 February: what both days have in common is said once
    common = posixpath.commonprefix([begin.split()[::-1], last.split()[::-1]])
    first_day = " ".join(begin.split()[: -len(common) or None])
    days = say["days" if first_day else "day"].format(first=first_day, last=last) if last else ""
    sizes = {name: format_figure(len(getattr(ledger, name)), lang=lang) for name in ("claims", "pledges", "sources")}
    what = say["money" if ledger.signatures.empty else "signed"]
    write(
        "index.html",
        "index",
        heading=say["title"],
        lead=say["empty"] if ledger.claims.empty else say["lead"].format(what=what, days=days, **sizes),
        article=ledger.sources.set_index("source_id").loc[about.article] if about.article else None,
        headlines=headlines(ledger, lang=lang),
        figures=figures,
        left_out=" ".join(left_out),
        notebooks=articles,
        tables=tables,
        row_is=words("row-is", lang),
    )
    for place, figure in enumerate(figures):
        write(
            f"figures/{figure.name}.html",
            "figure",
            heading=figure.title,
            figure=figure,
            sources=[source for source in known if source.id in figure.about["source_ids"]],
            notebooks=[page for page in articles if set(figure.calls) & set(page.calls)],
            pages=figures,
            place=place,
        )
        write(f"embed/{figure.name}.html", "embed", heading=figure.title, figure=figure)
        for kind in CITED:
            write(f"figures/{figure.name}.{kind}", "citation", heading=figure.title, name=figure.name, of="figure")
    texts = words("tables", lang)
    for name, found in lists.items():
        introduced = {"lead": words("lists", lang)[f"{name}-lead"], "tables": found}
        write(f"{name}.html", "tables", heading=words("lists", lang)[name], words=texts, **introduced)
    texts = words("pledge", lang)
    for one in pledge_pages(ledger, lang):
        behind = [source for source in known if source.id in one["source_ids"]]
        write(f"pledges/{one['id']}.html", "pledge", heading=one["name"], pledge=one, words=texts, sources=behind)
        for kind in CITED:
            write(f"pledges/{one['id']}.{kind}", "citation", heading=one["name"], name=one["id"], of="pledge")
    for place, shown in enumerate(articles):
        told = {"notebook": shown, "pages": articles, "place": place}
        write(f"notebooks/{shown.name}.html", "notebook", heading=shown.title, **told)
    if lang == "en":
        cells = [nbformat.v4.new_markdown_cell(_COMMENT.sub("", _explained(ledger)))]
        note = nbformat.v4.new_notebook(cells=cells)
        write(COLUMNS, "columns", heading=say["columns"], explained=article("columns", note, []))
    told = changes(ledger, lang)
    write("changes.html", "tables", **told)
    write("changes.xml", "changes", **told)
    write("sources.html", "sources", **sources_page(ledger, lang))
    texts = words("methods", lang)
    write("methods.html", "methods", heading=texts["title"], words=texts, sections=sections(ledger, lang=lang))
