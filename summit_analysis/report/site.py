"""Write `report/`: figures, pages, tables and notebooks as one site in two languages."""

from __future__ import annotations

import asyncio
import hashlib
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
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

import pandas as pd
from bs4 import BeautifulSoup
from markupsafe import Markup, escape

from summit_analysis import __version__, charts
from summit_analysis.base import files
from summit_analysis.base.errors import FileError, ReportError
from summit_analysis.base.files import BYTE_ORDER_MARK, TEMPLATES, csv_text, plain_name
from summit_analysis.base.text import LANGUAGES, Language, format_figure, is_web, long_day, words
from summit_analysis.charts.canvas import Chart, png_size
from summit_analysis.currency.rates import EURO
from summit_analysis.ledger.display import show
from summit_analysis.ledger.schema import resources
from summit_analysis.ledger.sources import SEED, Reference, cite, counted, references, without_primary
from summit_analysis.ledger.tables import Ledger, inventory, load
from summit_analysis.pledges.claims import value_claims
from summit_analysis.pledges.status import SUMMIT_WEEK, last_day
from summit_analysis.report.notebooks import (
    CELL_SECONDS,
    PICTURES,
    Article,
    Job,
    Progress,
    article,
    cores,
    execute,
    lift_styles,
    notebook_paths,
    raise_all,
    read,
    run_jobs,
)
from summit_analysis.report.processes import PROCESSES
from summit_analysis.report.texts import Headline, Section, add_up, count_rows, headlines, sections, share

if TYPE_CHECKING:
    from jinja2 import Environment


FIGURES: tuple[Callable[..., Chart], ...] = (
    charts.naive_sum,
    charts.envelope,
    charts.claims,
    charts.ladder,
    charts.sensitivity,
    charts.conflicts,
    charts.statements,
    charts.status,
    charts.comparison,
    charts.share_of_gdp,
    charts.timeline,
    charts.announced,
    charts.memberships,
    charts.intersections,
    charts.positions,
    charts.counts,
)
"""The figures of the report; each draws from a ledger and a language."""

MARK = ".summit-analysis-report"
"""By this file a folder is known as a report, which the next one may replace."""
MADE = ".made.json"
"""In this file a report keeps from what its notebooks and figures were made, for the next one."""
STYLE = "style.css"
_PAGES = {"index.html", "methods.html", "sources.html", STYLE, "figures", "notebooks", "tables/claims-in-euros.csv"}
_UNMARKED = [{*_PAGES, "tables", lang} for lang in LANGUAGES]
"""How a report of 0.1.0 is known, which had no mark."""
_TIGHT = ((re.compile(r" ([;!?])"), "\u202f\\1"), (re.compile(r" ([:»%])"), "\u00a0\\1"), (re.compile("« "), "«\u00a0"))
_CODE = re.compile("`([^`]+)`")

Figure = Callable[..., Chart]
Found = dict[Language, list[Headline]]
Listed = dict[str, str]
"""A page among others: ``name``, ``title``, and ``lang`` where that is not the language of the page that lists it."""


@dataclass(frozen=True)
class Drawn:
    """A figure as the report shows it.

    Attributes
    ----------
    function : str
        Name of the function that drew it.
    name, title, subtitle, alt, source : str
        As in `Chart`.
    source_ids : list of str
        Each source of the rows drawn once, in the order of citations.
    rows : int
        How many rows are drawn.
    table, style : str
        The data as HTML, and the rules for it.
    files : dict of str to bytes
        Picture as PNG and as SVG, and the data as CSV, by file name.
    """

    function: str
    name: str
    title: str
    subtitle: str
    alt: str
    source: str
    source_ids: list[str]
    rows: int
    table: str
    style: str
    files: dict[str, bytes]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture in pixels."""
        return png_size(self.files[f"{self.name}.png"])


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
    """

    folder: Path
    headlines: list[Headline]
    made: int
    unchanged: int
    problem: str


def build(
    out: str | os.PathLike[str] = "report",
    *,
    lang: Language = "en",
    notebooks: Path | None = None,
    fresh: bool = False,
    workers: int | None = None,
    cell_seconds: float = CELL_SECONDS,
    on_progress: Progress | None = None,
) -> Report:
    """Run the notebooks and write the report; the old one stays until the new one is whole.

    Parameters
    ----------
    out : path
        Folder of the report: a new or empty one, or that of an earlier report, which is replaced. What has not changed
        since then is taken from it, if it is the user's own and nobody else may write to it.
    lang : {"en", "fr"}
        Language of the pages at its top; the other one is a folder below.
    notebooks : pathlib.Path, optional
        Folder of notebooks; default: those of this installation.
    fresh : bool
        Take nothing from an earlier report.
    workers : int, optional
        How many notebooks and figures are made at a time. Default: one per core.
    cell_seconds : float
        A cell that takes longer is taken for one without end.
    on_progress : callable, optional
        Called, from another thread, with the name of a piece of work, how many of its steps are done and how many it
        has.

    Returns
    -------
    Report

    Raises
    ------
    ReportError
        If a notebook stops, or a figure cannot be drawn; names notebook and cell, or the figure.
    FileError
        If the folder cannot be written, or holds what is not of an earlier report: found out before any work.
    """
    # a wrong language must not be found out only after all notebooks have run
    words("site", lang)
    tell = on_progress or (lambda *_: None)
    with files.new_folder(out, mark=MARK, earlier=_UNMARKED) as folder:
        paths, earlier = notebook_paths(notebooks), Earlier(Path(out), believe=not fresh)
        with ThreadPoolExecutor(1) as beside:
            said = beside.submit(_say, folder, lang)
            articles, figures, unchanged = _make(paths, earlier, folder, workers or cores(), cell_seconds, tell)
        ledger, found, about, tables = said.result()
        files.write_bytes(folder / STYLE, (TEMPLATES / STYLE).read_bytes())
        _write_files(articles, folder / PICTURES)
        days = {"last_day": last_day(ledger), "last_rates": ledger.rates.days[-1]}
        for at, each in enumerate(LANGUAGES):
            tell("pages", at, len(LANGUAGES))
            frame = {"version": __version__, **{name: long_day(day, lang=each) for name, day in days.items()}}
            site = Site(folder, each, lang, frame)
            _write_files(figures[each], folder / site.path("figures"))
            write_pages(site, ledger, found[each], about[each], figures[each], articles, tables)
        tell("pages", len(LANGUAGES), len(LANGUAGES))
    made = len(articles) + sum(map(len, figures.values()))
    return Report(Path(out), found[lang], made, unchanged, earlier.problem)


def _say(folder: Path, lang: Language) -> tuple[Ledger, Found, dict[Language, list[Section]], dict[str, int]]:
    """Put into words, and write as tables, what rests on no notebook and no figure."""
    ledger = load()
    sums, counts = add_up(ledger), count_rows(ledger)
    found = {each: headlines(ledger, sums, lang=each) for each in LANGUAGES}
    about = {each: sections(ledger, sums, counts, lang=each) for each in LANGUAGES}
    return ledger, found, about, _write_tables(ledger, found[lang], folder)


def _make(
    paths: Sequence[Path], earlier: Earlier, folder: Path, workers: int, cell_seconds: float, tell: Progress
) -> tuple[list[Article], dict[Language, list[Drawn]], int]:
    """Return the notebooks and, by language, the figures: run, drawn, or those of the earlier report, and how many."""
    around, names = conditions(), [path.stem for path in paths]
    # the pages of notebooks link to each other
    notebooks = {path: notebook_key(path, key_of(around, *names)) for path in paths}
    figures = {(figure, lang): key_of(around, lang, figure.__name__) for lang in LANGUAGES for figure in FIGURES}
    articles = {path: page for path, key in notebooks.items() if (page := earlier.take(key, Article))}
    drawings = {each: drawn for each, key in figures.items() if (drawn := earlier.take(key, Drawn))}
    unchanged, failed = len(articles) + len(drawings), []

    async def run(path: Path) -> None:
        done = await execute(path, cell_seconds, tell)
        if isinstance(done, ReportError):
            failed.append(done)
        else:
            articles[path] = article(path.stem, done, names)

    async def draw_apart(figure: Figure) -> None:
        langs = [lang for lang in LANGUAGES if (figure, lang) not in drawings]
        try:
            drawn = await asyncio.get_running_loop().run_in_executor(drawers, _draw_shipped, figure, langs)
        except BrokenProcessPool as error:
            raise ReportError(f"figure {figure.__name__} ({', '.join(langs)}): {error}") from None
        for lang, one in zip(langs, drawn, strict=True):
            drawings[figure, lang] = one
            progress(lang)

    def progress(lang: Language) -> None:
        tell(f"figures ({lang})", sum(each == lang for _, each in drawings), len(FIGURES))

    for path in articles:
        tell(path.stem, 1, 1)
    for lang in dict.fromkeys(lang for _, lang in figures):
        progress(lang)
    # the longest first: a figure fits where a notebook would leave the other cores idle
    jobs: list[Job[None]] = [partial(run, path) for path in paths if path not in articles]
    undrawn = [figure for figure, lang in figures if (figure, lang) not in drawings]
    jobs += [partial(draw_apart, figure) for figure in dict.fromkeys(undrawn)]
    with ProcessPoolExecutor(workers, PROCESSES, initializer=_ignore_interrupts) as drawers:
        run_jobs(jobs, workers=workers)
    raise_all(sorted(failed, key=str))
    made = {notebooks[path]: articles[path] for path in paths} | {figures[each]: drawings[each] for each in figures}
    files.write_text(folder / MADE, json.dumps({key: _packed(piece) for key, piece in made.items()}))
    by_language = {lang: [drawings[figure, lang] for figure in FIGURES] for lang in LANGUAGES}
    return [articles[path] for path in paths], by_language, unchanged


def _ignore_interrupts() -> None:
    """Leave Ctrl-C to the program that waits for the figures."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _draw_shipped(figure: Figure, langs: Sequence[Language]) -> list[Drawn]:
    """Draw a figure in the process that has the ledger, and what is worked out from it for both languages."""
    return [draw(load(), figure, lang=lang) for lang in langs]


def draw(ledger: Ledger, figure: Figure, *, lang: Language = "en") -> Drawn:
    """Draw one figure.

    Parameters
    ----------
    ledger : Ledger
    figure : callable
        One of `FIGURES`.
    lang : {"en", "fr"}

    Raises
    ------
    ReportError
        If it cannot be drawn.
    """
    try:
        chart = figure(ledger, lang=lang)
        named = {"lang": lang, "names": ledger.names(lang), "sources": ledger.sources, "currency": EURO}
        table = BeautifulSoup(show(chart.data, f"data-{chart.name}", **named).to_html(), "html.parser")
        style = lift_styles(table)
        contents = {"png": chart.png(), "svg": chart.svg(), "csv": csv_text(chart.data).encode()}
        return Drawn(
            function=figure.__name__,
            name=chart.name,
            title=chart.title,
            subtitle=chart.subtitle,
            alt=chart.alt,
            source=chart.source,
            source_ids=cite(ledger.sources, chart.source_ids)["source_id"].tolist(),
            rows=len(chart.data),
            table=str(table),
            style=style,
            files={f"{chart.name}.{ending}": content for ending, content in contents.items()},
        )
    except Exception as error:
        raise ReportError(f"figure {figure.__name__} ({lang}): {type(error).__name__}: {error}") from error


Piece = TypeVar("Piece", Article, Drawn)


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

    def take(self, key: str, kind: type[Piece]) -> Piece | None:
        """Return what was made under this key, or None if it, or one of its files, is not there as it was made."""
        try:
            parts = self._made[key]
            contents = {plain_name(name): self._contents[digest] for name, digest in parts["files"].items()}
            return kind(**{**parts, "name": plain_name(parts["name"]), "files": contents})
        except (AttributeError, FileError, LookupError, TypeError):
            return None


def _packed(piece: Article | Drawn) -> dict[str, object]:
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
    digest = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()


def conditions() -> str:
    """Return a digest of all that an output rests on beside its own text.

    That is the source and version of this package, its data, Python, and every installed package with its version.
    """
    package = Path(__file__).parents[1]
    source = [path for path in package.rglob("*") if path.suffix in (".py", ".toml")]
    source += [*(package / "templates" / "notebook").iterdir(), *files.shipped("data").iterdir()]
    installed = sorted({f"{one.name} {one.version}" for one in metadata.distributions()})
    return key_of(__version__, sys.version, *installed, *_contents(source))


def notebook_key(path: Path, around: str) -> str:
    """Return a key that changes when a cell of the notebook does, or a file beside it, or the conditions."""
    cells = [(cell.cell_type, cell.source, cell.metadata) for cell in read(path).cells]
    beside = [other for other in path.parent.iterdir() if other.suffix != ".ipynb"]
    return key_of(around, path.name, json.dumps(cells, sort_keys=True), *_contents(beside))


def _contents(paths: Iterable[Path]) -> list[str | bytes]:
    return [part for path in sorted(paths) if path.is_file() for part in (path.name, path.read_bytes())]


def _write_files(pieces: Iterable[Article | Drawn], folder: Path) -> None:
    files.write_all({folder / name: content for piece in pieces for name, content in piece.files.items()})


def _write_tables(ledger: Ledger, found: list[Headline], folder: Path) -> dict[str, int]:
    """Write the ledger's tables as they stand, and what is computed from it; return how many rows each has."""
    computed = {
        "findings": pd.DataFrame(map(asdict, found)),
        "claims-in-euros": value_claims(ledger),
        "without-primary-source": without_primary(ledger),
        "inventory": inventory(),
    }
    for name, frame in computed.items():
        files.write_text(folder / "tables" / f"{name}.csv", csv_text(frame))
    files.write_text(folder / "tables" / "README.md", files.read_text(files.shipped("data") / "README.md"))
    for resource in resources().values():
        text = files.read_text(files.shipped("data") / resource["path"])
        files.write_text(folder / "tables" / resource["path"], BYTE_ORDER_MARK + text)
    return {name: len(frame) for name, frame in computed.items()} | {
        name: len(getattr(ledger, name)) for name in resources()
    }


@dataclass(frozen=True)
class Site:
    """Writes the pages of one language into the folder of a report.

    Parameters
    ----------
    folder : pathlib.Path
        Of the report.
    lang : {"en", "fr"}
        Language of the pages.
    first : {"en", "fr"}
        Language of the pages at the top of the folder; the other one has a folder of its own.
    frame : mapping of str to str
        What stands on each page: ``version``, ``last_day``, ``last_rates``.
    """

    folder: Path
    lang: Language
    first: Language
    frame: Mapping[str, str]

    def path(self, page: str, *, lang: Language | None = None) -> str:
        """Return the path inside the report of a page, or of a file that each language has."""
        lang = lang or self.lang
        return page if lang == self.first else f"{lang}/{page}"

    def write(self, page: str, template: str, **content: object) -> None:
        """Write a page.

        Parameters
        ----------
        page : str
            Its path without the folder of the language, ``figures/ladder.html``.
        template : str
            Name of the template without its endings.
        content
            What the template shows.
        """
        (other,) = (lang for lang in LANGUAGES if lang != self.lang)
        here = self.path(page)
        rendered = (
            _environment(self.lang)
            .get_template(f"{template}.html.j2")
            .render(
                lang=self.lang,
                other=other,
                say=words("site", self.lang),
                page=page,
                root=linker(here),
                to=lambda target: linker(here)(self.path(target)),
                counterpart=linker(here)(self.path(page, lang=other)),
                **self.frame,
                **content,
            )
        )
        files.write_text(self.folder / here, rendered)


def linker(here: str) -> Callable[[str], str]:
    """Return a function that gives the relative address of a file of the report, seen from the page `here`.

    >>> linker("fr/figures/ladder.html")("style.css")
    '../../style.css'
    """
    return lambda target: quote(posixpath.relpath(target, posixpath.dirname(here) or "."))


def typeset(text: object) -> object:
    r"""Put unbreakable spaces where French typography wants them; markup stays as it is.

    >>> typeset("« oui » ; non")
    '«\xa0oui\xa0»\u202f; non'
    """
    if type(text) is str:
        for pattern, replacement in _TIGHT:
            text = pattern.sub(replacement, text)
    return text


@cache
def _environment(lang: Language) -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=typeset if lang == "fr" else None,
    )
    tight = typeset if lang == "fr" else str
    environment.filters["coded"] = lambda text: Markup(_CODE.sub(r"<code>\1</code>", str(escape(tight(text)))))
    environment.tests["web"] = is_web
    return environment


def write_pages(
    site: Site,
    ledger: Ledger,
    found: Sequence[Headline],
    about: Sequence[Section],
    figures: Sequence[Drawn],
    articles: Sequence[Article],
    tables: Mapping[str, int],
) -> None:
    """Write all pages of one language.

    Parameters
    ----------
    site : Site
    ledger : Ledger
    found : sequence of Headline
    about : sequence of Section
        Of the page of methods.
    figures : sequence of Drawn
        All in that language.
    articles : sequence of Article
    tables : mapping of str to int
        Names of the tables in the report, and how many rows each has.
    """
    known = references(ledger, lang=site.lang)
    notebooks = _listed(articles, site.lang)
    pictures = [{"name": figure.name, "title": figure.title, "lang": ""} for figure in figures]
    _write_front(site, ledger, found, figures, notebooks, tables)
    for place, figure in enumerate(figures):
        used = [one for one, page in zip(notebooks, articles, strict=True) if figure.function in page.calls]
        _write_figure_page(site, figure, known, used, _around(pictures, place))
    for place, page in enumerate(articles):
        _write_article(site, page, _around(notebooks, place))
    _write_sources(site, ledger, known)
    say = words("methods", site.lang)
    texts = {"heading": say["title"], "lead": say["lead"], "contents": say["contents"]}
    site.write("methods.html", "methods", sections=about, **texts)


def _write_front(
    site: Site,
    ledger: Ledger,
    found: Sequence[Headline],
    figures: Sequence[Drawn],
    notebooks: Sequence[Listed],
    tables: Mapping[str, int],
) -> None:
    say, row_is, lang = words("site", site.lang), words("row-is", site.lang), site.lang
    sizes = {name: len(getattr(ledger, name)) for name in ("claims", "pledges", "sources")}
    numbers = {name: format_figure(size, lang=lang) for name, size in sizes.items()}
    first, last = SUMMIT_WEEK
    week = say["week"].format(first=first.day, last=long_day(last, lang=lang))
    drawn, named = {figure.function: figure for figure in figures}, {one["name"]: one for one in notebooks}
    site.write(
        "index.html",
        "index",
        heading=say["title"],
        lead=say["lead"].format(week=week, **numbers),
        article=ledger.sources.set_index("source_id").loc[SEED],
        headlines=[
            {**asdict(one), "figure": drawn.get(one.figure), "notebook": named.get(one.notebook)} for one in found
        ],
        notebooks=notebooks,
        figures=figures,
        tables=[
            {"name": name, "row_is": row_is.get(name, ""), "rows": format_figure(rows, lang=lang)}
            for name, rows in tables.items()
        ],
    )


def _write_figure_page(
    site: Site,
    figure: Drawn,
    known: Sequence[Reference],
    used: Sequence[Listed],
    around: Mapping[str, Listed | None],
) -> None:
    texts = {"title": figure.title, "name": figure.name, "source": figure.source, **site.frame}
    site.write(
        f"figures/{figure.name}.html",
        "figure",
        heading=figure.title,
        figure=figure,
        table=Markup(figure.table),
        table_style=Markup(figure.style),
        citation=words("site", site.lang)["citation"].format(**texts),
        sources=[source for source in known if source.id in set(figure.source_ids)],
        notebooks=used,
        **around,
    )


def _write_article(site: Site, article: Article, around: Mapping[str, Listed | None]) -> None:
    page = f"notebooks/{article.name}.html"
    pictures = linker(site.path(page))(PICTURES)
    body, style = Markup(article.body.replace(f'="{PICTURES}/', f'="{pictures}/')), Markup(article.style)
    site.write(page, "notebook", heading=article.title, body=body, style=style, **around)


def _write_sources(site: Site, ledger: Ledger, known: Sequence[Reference]) -> None:
    say = words("sources-page", site.lang)
    n, primary = len(known), int(ledger.sources["kind"].eq("primary").sum())
    numbers = {"n": n, "primary": primary, "mirrors": sum(source.mirror for source in known)}
    heads, rows = counted(ledger, lang=site.lang)
    site.write(
        "sources.html",
        "sources",
        heading=say["title"],
        lead=say["lead"].format(share=share(primary, n, site.lang), **numbers),
        words=say,
        sources=known,
        count_heads=heads,
        count_rows=rows,
    )


def _listed(articles: Sequence[Article], lang: Language) -> list[Listed]:
    """Name each notebook by its question; one that has none in this language by its title."""
    asked = words("questions", lang)
    return [
        {
            "name": article.name,
            "title": asked.get(article.name, article.title),
            "lang": "" if lang == "en" or article.name in asked else "en",
        }
        for article in articles
    ]


def _around(pages: Sequence[Listed], place: int) -> dict[str, Listed | None]:
    return {
        "previous": pages[place - 1] if place else None,
        "next": pages[place + 1] if place + 1 < len(pages) else None,
    }
