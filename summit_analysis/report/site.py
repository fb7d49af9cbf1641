"""Write `report/`: figures, pages, tables and notebooks as one site in two languages."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import posixpath
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pandas as pd
from bs4 import BeautifulSoup
from markupsafe import Markup

from summit_analysis import __version__, charts
from summit_analysis.base import files
from summit_analysis.base.errors import FigureError, NotebookError
from summit_analysis.base.files import BYTE_ORDER_MARK, TEMPLATES, csv_text, plain_name
from summit_analysis.base.text import LANGUAGES, Language, format_figure, is_web, known_language, long_day, words
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
    Cache,
    Job,
    Progress,
    article,
    conditions,
    execute,
    key_of,
    lift_styles,
    notebook_paths,
    raise_all,
    read,
    run_jobs,
)
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

_LINE = 2**26
"""Most bytes of one figure on its way between two processes."""


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
    table, csv, svg : str
        The data as HTML and as CSV; the picture.
    png : bytes
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
    csv: str
    svg: str
    png: bytes

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture in pixels."""
        return png_size(self.png)

    def dump(self) -> bytes:
        """Write the figure as one line of JSON."""
        return json.dumps({**asdict(self), "png": base64.b64encode(self.png).decode("ascii")}).encode()

    @classmethod
    def read(cls, line: bytes) -> Drawn:
        """Read what `dump` has written."""
        parts = json.loads(line)
        plain_name(parts["name"])
        return cls(**{**parts, "png": base64.b64decode(parts["png"])})


def draw(ledger: Ledger, function: Callable[..., Chart], *, lang: Language = "en") -> Drawn:
    """Draw one figure.

    Parameters
    ----------
    ledger : Ledger
    function : callable
        One of `FIGURES`.
    lang : {"en", "fr"}
    """
    chart = function(ledger, lang=lang)
    return Drawn(
        function=function.__name__,
        name=chart.name,
        title=chart.title,
        subtitle=chart.subtitle,
        alt=chart.alt,
        source=chart.source,
        source_ids=cite(ledger.sources, chart.source_ids)["source_id"].tolist(),
        rows=len(chart.data),
        table=_table(ledger, chart, lang),
        csv=csv_text(chart.data),
        svg=chart.svg().decode(),
        png=chart.png(),
    )


def _table(ledger: Ledger, chart: Chart, lang: Language) -> str:
    named = {"lang": lang, "names": ledger.names(lang), "sources": ledger.sources, "currency": EURO}
    return show(chart.data, f"data-{chart.name}", **named).to_html()


async def draw_apart(functions: Sequence[str], lang: Language, on_progress: Progress) -> list[Drawn]:
    """Draw figures of the shipped ledger in a process of their own, for `run_jobs`.

    Parameters
    ----------
    functions : sequence of str
        Names of functions in `FIGURES`.
    lang : {"en", "fr"}
    on_progress : callable
        Called after each figure.

    Raises
    ------
    FigureError
        If a figure cannot be drawn.
    """
    name = f"figures ({lang})"
    on_progress(name, 0, len(functions))
    command = [sys.executable, "-m", __name__, lang, *functions]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe, limit=_LINE)
    drawn: list[Drawn] = []
    assert process.stdout is not None
    assert process.stderr is not None
    complaint = asyncio.ensure_future(process.stderr.read())
    try:
        async for line in process.stdout:
            drawn.append(Drawn.read(line))
            on_progress(name, len(drawn), len(functions))
        reason = (await complaint).decode(errors="replace").strip().rpartition("\n")[2]
        if await process.wait():
            raise FigureError(f"figure {functions[len(drawn)]} ({lang}): {reason}")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return drawn


def _draw_all(lang: Language, functions: Sequence[str]) -> None:
    """Write figures to standard output, a line each."""
    known = {function.__name__: function for function in FIGURES}
    chosen, ledger = [known[name] for name in functions], load()
    for function in chosen:
        sys.stdout.buffer.write(draw(ledger, function, lang=lang).dump() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    _draw_all(known_language(sys.argv[1]), sys.argv[2:])


STYLE = "style.css"
_TIGHT = ((re.compile(r" ([;!?])"), "\u202f\\1"), (re.compile(r" ([:»%])"), "\u00a0\\1"), (re.compile("« "), "«\u00a0"))
_CODE = re.compile("`([^`]+)`")


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
    from markupsafe import Markup, escape

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


@dataclass(frozen=True)
class Made:
    """What a report is written from.

    Attributes
    ----------
    articles : list of Article
        The notebooks, executed, as bodies of pages.
    figures : dict of str to list of Drawn
        By language.
    unchanged : int
        How many of them an earlier run had made.
    """

    articles: list[Article]
    figures: dict[Language, list[Drawn]]
    unchanged: int


def make(
    paths: Sequence[Path],
    functions: Sequence[str],
    cache: Cache,
    *,
    workers: int | None,
    cell_seconds: float,
    on_progress: Progress,
) -> Made:
    """Run notebooks and draw figures in both languages.

    Parameters
    ----------
    paths : sequence of pathlib.Path
        Notebooks.
    functions : sequence of str
        Names of functions in `FIGURES`.
    cache : Cache
    workers, cell_seconds, on_progress
        As in `execute_all`.

    Raises
    ------
    NotebookError
        If a notebook stops; the others have been done by then and are not run again.
    FigureError
        If a figure cannot be drawn.
    """
    around, names = conditions(), [path.stem for path in paths]
    # the pages of notebooks link to each other
    notebooks = {path: notebook_key(path, key_of(around, *names)) for path in paths}
    figures = {(lang, name): key_of(around, lang, name) for lang in LANGUAGES for name in functions}
    kept = {key: content for key in [*notebooks.values(), *figures.values()] if (content := cache.get(key)) is not None}
    for path, key in notebooks.items():
        if key in kept:
            on_progress(path.stem, 1, 1)

    def keep(key: str, made: Article | Drawn) -> None:
        kept[key] = made.dump()
        cache.put(key, kept[key])

    async def run(path: Path) -> list[NotebookError]:
        done = await execute(path, cell_seconds, on_progress)
        if isinstance(done, NotebookError):
            return [done]
        keep(notebooks[path], article(path.stem, done, names))
        return []

    async def draw(lang: Language, lacking: list[str]) -> list[NotebookError]:
        for drawn in await draw_apart(lacking, lang, on_progress):
            keep(figures[lang, drawn.function], drawn)
        return []

    lacking = {lang: [name for name in functions if figures[lang, name] not in kept] for lang in LANGUAGES}
    jobs: list[Job[list[NotebookError]]] = [
        *(lambda lang=lang, names=few: draw(lang, names) for lang, few in lacking.items() if few),
        *(lambda path=path: run(path) for path, key in notebooks.items() if key not in kept),
    ]
    unchanged = len(kept)
    raise_all([error for errors in run_jobs(jobs, workers=workers) for error in errors])
    return Made(
        [Article.read(kept[key]) for key in notebooks.values()],
        {lang: [Drawn.read(kept[figures[lang, name]]) for name in functions] for lang in LANGUAGES},
        unchanged,
    )


def notebook_key(path: Path, around: str) -> str:
    """Return a key that changes when a cell of the notebook does, or a file beside it, or the conditions."""
    cells = [(cell.cell_type, cell.source, cell.metadata) for cell in read(path).cells]
    beside = sorted(other for other in path.parent.iterdir() if other.is_file() and other.suffix != ".ipynb")
    texts = [part for other in beside for part in (other.name, other.read_bytes())]
    return key_of(around, path.name, json.dumps(cells, sort_keys=True), *texts)


Listed = dict[str, str]
"""A page among others: ``name``, ``title``, and ``lang`` where that is not the language of the page that lists it."""


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
    table = BeautifulSoup(figure.table, "html.parser")
    style = lift_styles(table)
    texts = {"title": figure.title, "name": figure.name, "source": figure.source, **site.frame}
    site.write(
        f"figures/{figure.name}.html",
        "figure",
        heading=figure.title,
        figure=figure,
        table=Markup(table),
        table_style=Markup(style),
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


__all__ = ["FIGURES", "Report", "build"]

MARK = ".summit-analysis-report"
"""By this file a folder is known as a report, which the next one may replace."""
_PAGES = {"index.html", "methods.html", "sources.html", STYLE, "figures", "notebooks", "tables/claims-in-euros.csv"}
_UNMARKED = [{*_PAGES, "tables", lang} for lang in LANGUAGES]
"""How a report of 0.1.0 is known, which had no mark."""


@dataclass(frozen=True)
class Report:
    """What a run has written.

    Attributes
    ----------
    folder : pathlib.Path
    headlines : list of Headline
        The findings of the front page.
    made, unchanged : int
        How many notebooks and figures the report has, and how many of them an earlier run had made.
    problem : str
        Why nothing of this run is kept for the next one; empty if all is well.
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
        Folder of the report: a new or empty one, or that of an earlier report, which is replaced.
    lang : {"en", "fr"}
        Language of the pages at its top; the other one is a folder below.
    notebooks : pathlib.Path, optional
        Folder of notebooks; default: those of this installation.
    fresh : bool
        Run everything, also what has not changed since an earlier run.
    workers : int, optional
        How many notebooks run at a time. Default: one per core.
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
    NotebookError
        If a notebook stops; names notebook and cell.
    FigureError
        If a figure cannot be drawn.
    FolderError
        If the folder cannot be written, or holds what is not of an earlier report: found out before any work.
    """
    # a wrong language must not be found out only after all notebooks have run
    words("site", lang)
    tell = on_progress or (lambda *_: None)
    with files.new_folder(out, mark=MARK, earlier=_UNMARKED) as folder:
        ledger, cache = load(), Cache(fresh=fresh)
        paths, functions = notebook_paths(notebooks), [function.__name__ for function in FIGURES]
        made = make(paths, functions, cache, workers=workers, cell_seconds=cell_seconds, on_progress=tell)
        files.write_bytes(folder / STYLE, (TEMPLATES / STYLE).read_bytes())
        sums, counts = add_up(ledger), count_rows(ledger)
        found = {each: headlines(ledger, sums, lang=each) for each in LANGUAGES}
        tables = _write_tables(ledger, found[lang], folder)
        for page in made.articles:
            for file, content in page.pictures.items():
                files.write_bytes(folder / PICTURES / file, content)
        for at, each in enumerate(LANGUAGES):
            tell("pages", at, len(LANGUAGES))
            site = Site(folder, each, lang, _frame(ledger, each))
            for figure in made.figures[each]:
                _write_figure(figure, folder / site.path("figures"))
            about = sections(ledger, sums, counts, lang=each)
            write_pages(site, ledger, found[each], about, made.figures[each], made.articles, tables)
        tell("pages", len(LANGUAGES), len(LANGUAGES))
    count = len(paths) + len(LANGUAGES) * len(functions)
    return Report(Path(out), found[lang], count, made.unchanged, cache.problem)


def _frame(ledger: Ledger, lang: Language) -> dict[str, str]:
    days = {"last_day": last_day(ledger), "last_rates": ledger.rates.days[-1]}
    return {"version": __version__, **{name: long_day(day, lang=lang) for name, day in days.items()}}


def _write_figure(figure: Drawn, folder: Path) -> None:
    for ending, content in (("png", figure.png), ("svg", figure.svg.encode()), ("csv", figure.csv.encode())):
        files.write_bytes(folder / f"{figure.name}.{ending}", content)


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
