"""Write `report/`: figures, pages, tables and notebooks as one site in two languages."""

import datetime as dt
import hashlib
import io
import json
import os
import posixpath
import re
import signal
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache, partial
from importlib import metadata
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

import nbformat
import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from matplotlib.font_manager import findfont
from PIL import Image, ImageDraw, ImageFont, ImageOps

from summit_analysis import __version__, charts
from summit_analysis.base import files
from summit_analysis.base.errors import AbsentError, ChoiceError, FileError, MissingRateError, ReportError
from summit_analysis.base.text import (
    LANGUAGES,
    Language,
    capital,
    format_figure,
    is_web,
    listed,
    long_day,
    typeset,
    words,
)
from summit_analysis.charts.canvas import NARROW, Chart, Sheet, absent, png, wrap
from summit_analysis.ledger import schema
from summit_analysis.ledger.export import exported
from summit_analysis.ledger.sources import cite, references, without_primary
from summit_analysis.ledger.tables import Ledger, inventory, load
from summit_analysis.pledges.claims import value_claims
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
from summit_analysis.report.processes import PROCESSES
from summit_analysis.report.texts import (
    Headline,
    at_the_event,
    changes,
    credited,
    headlines,
    imprint,
    is_shipped,
    letter,
    lists_of,
    numbers_to_use,
    pledge_pages,
    sections,
    sources_page,
    table,
    told_of,
    total_at_the_event,
)

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

CARD = 1200, 630
"""Pixels of a picture to share."""
_SHEETS = {
    "whole": Sheet(),
    "wide": Sheet(title=False, source=False),
    "narrow": Sheet(NARROW, title=False, source=False),
}
"""What a figure is drawn on: to download; on a page, where title and source line are text; on a phone."""

MARK = ".summit-analysis-report"
"""By this file a folder is known as a report, which the next one may replace."""
MADE = ".made.json"
"""In this file a report keeps from what its notebooks and figures were made, for the next one."""
SCRIPTS = ("tables.js", "datatables.min.js", "today.js")
"""What filters tables, which are plain without it, and writes the reader's day into a citation."""
CITED = ("bib", "ris")
"""What programs that keep citations read: BibTeX and RIS."""
PAPER = "notebooks/paper.html"
"""An exercise to print."""
COLUMNS = "columns.html"
"""What the columns of the tables mean: in English only, as they are described."""
_SITE = re.compile(r"https?://[^\s/?#\"<>\ud800-\udfff]+(/[^\s?#\"<>\ud800-\udfff]*)?(?<!\.html)")
_TEX = str.maketrans(
    {mark: f"\\{mark}" for mark in "$&#%_"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    | {"{": r"\textbraceleft{}", "}": r"\textbraceright{}"}
)
"""How marks that mean something to TeX are written as text; BibTeX counts braces, also behind a backslash."""

Figure: TypeAlias = Callable[..., Chart]
Work: TypeAlias = Path | tuple[Figure, Language]
"""What is made at a time: a notebook, or a figure in one language."""


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
    with files.new_folder(out, mark=MARK) as new:
        ledger, (earlier, problem) = load(folder), ({}, "") if fresh else made_earlier(Path(out))
        ours = notebooks or is_shipped(ledger)
        paths = {each: notebook_paths(notebooks, each) if ours else [] for each in LANGUAGES}
        # what rests on no notebook and no figure is worked out beside them; pages are kept until they are written
        with ThreadPoolExecutor(1) as beside:
            written = beside.submit(_write_tables, new, ledger, lang)
            for each in LANGUAGES:
                beside.submit(lists_of, ledger, each)
                beside.submit(pledge_pages, ledger, each)
            articles, figures, absent, unchanged = _make(
                paths, ledger, earlier, new, workers or cores(), cell_seconds, tell
            )
        found, tables = headlines(ledger, lang=lang), written.result()
        files.write_all(
            {
                new / name: (files.TEMPLATES / name).read_bytes()
                for name in ("style.css", "icon.svg", *(SCRIPTS if len(ledger.sources) else ()))
            }
        )
        for done, each in enumerate(LANGUAGES):
            tell("pages", done, len(LANGUAGES))
            pictures = [(PICTURES, piece) for piece in articles[each]]
            pictures += [(path_of("figures", each, lang), piece) for piece in figures[each]]
            files.write_all(
                {new / at / name: content for at, piece in pictures for name, content in piece.files.items()}
            )
            if paths[each] and (sheet := paths[each][0].with_name(Path(PAPER).name)).exists():
                files.write_text(new / path_of(PAPER, each, lang), files.read_text(sheet))
            write_pages(
                new,
                ledger,
                articles[each],
                figures[each],
                tables,
                lang=each,
                first=lang,
                left_out=absent[each],
                site_url=site_url.rstrip("/"),
            )
        tell("pages", len(LANGUAGES), len(LANGUAGES))
    made = len({*chain.from_iterable(paths.values())}) + sum(map(len, figures.values()))
    left_out = [words("site", lang)["empty"]] if ledger.claims.empty else absent[lang]
    return Report(Path(out), found, made, unchanged, problem, left_out)


def _write_tables(folder: Path, ledger: Ledger, lang: Language) -> dict[str, int]:
    """Write all tables, each by itself and together, and return how many rows each has."""
    claims = value_claims(ledger)
    computed = {
        "findings": pd.DataFrame(map(asdict, headlines(ledger, lang=lang))),
        "claims-in-euros": claims,
        "without-primary-source": without_primary(ledger),
        "inventory": inventory(ledger.folder),
    }
    there = {name: path for name, path in schema.paths(ledger.folder).items() if name in schema.resources()}
    given = {there[name].stem: getattr(ledger, name) for name in there}
    contents = {
        **{f"data.{kind}": exported(ledger, kind) for kind in ("zip", "xlsx", "sqlite")},
        **{
            f"pledges/{one}.csv": files.csv_text(claims[claims["pledge_id"] == one]).encode()
            for one in ledger.pledges["pledge_id"]
        },
        **{f"tables/{name}.csv": files.csv_text(frame).encode() for name, frame in computed.items()},
        # with a mark, for spreadsheets
        **{f"tables/{path.name}": (files.BYTE_ORDER_MARK + files.read_text(path)).encode() for path in there.values()},
        "tables/README.md": _explained(ledger).encode(),
    }
    files.write_all({folder / name: content for name, content in contents.items()})
    return {name: len(frame) for name, frame in (computed | given).items()}


def _explained(ledger: Ledger) -> str:
    """Return what the folder says of its tables, or what their columns mean."""
    if (ledger.folder / "README.md").exists():
        return files.read_text(ledger.folder / "README.md")
    return f"# {words('site', 'en')['columns']}\n\n{schema.column_dictionary().replace('###', '##')}"


def _make(
    paths: dict[Language, list[Path]],
    ledger: Ledger,
    earlier: Mapping[str, Piece],
    folder: Path,
    workers: int,
    cell_seconds: float,
    tell: Progress,
) -> tuple[dict[Language, list[Piece]], dict[Language, list[Piece]], dict[Language, list[str]], int]:
    """Return by language the notebooks and the figures: run, drawn, or those of the earlier report, and how many.

    Before their number stands, by language, what is said of figures that cannot be.
    """
    every = list(dict.fromkeys(chain.from_iterable(paths.values())))
    around, names, wanted = conditions(ledger.folder), sorted({path.stem for path in every}), FIGURES
    if not ledger.about.article and len(at_the_event(ledger).counted):
        # without sums of an article that could be added up, the total is the first
        wanted = (total_at_the_event, *FIGURES)
    # the pages of notebooks link to each other
    keys: dict[Work, str] = {path: notebook_key(path, key_of(around, *names)) for path in every}
    tried = {lang: [(figure, lang) for figure in wanted] for lang in LANGUAGES}
    keys |= {each: key_of(around, each[0].__name__, lang) for lang, both in tried.items() for each in both}
    made: dict[Work, Piece | AbsentError | ReportError] = {
        work: earlier[key] for work, key in keys.items() if key in earlier
    }
    unchanged = len(made)
    # the processes that draw begin with the shipped ledger in their memory
    tables = None if is_shipped(ledger) else ledger.folder

    def make(work: Work) -> None:
        if isinstance(work, Path):
            done = execute(work, cell_seconds, tell)
            of = next(lang for lang in paths if work in paths[lang])
            made[work] = done if isinstance(done, ReportError) else article(work.stem, done, names, of)
            return
        figure, lang = work
        try:
            made[work] = drawers.submit(_draw_from, tables, figure, lang).result()
        except (AbsentError, ReportError) as error:
            made[work] = error
        except BrokenProcessPool as error:
            raise ReportError(f"figure {figure.__name__} ({lang}): {error}") from None
        progress(lang)

    def progress(lang: Language) -> None:
        tell(f"figures ({lang})", sum(each in made for each in tried[lang]), len(wanted))

    for lang in tried if wanted else ():
        progress(lang)
    # Ctrl-C is for the program that waits for the figures
    with ProcessPoolExecutor(
        workers, PROCESSES, initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_IGN)
    ) as drawers:
        # the longest first: a figure fits where a notebook would leave the other cores idle
        run_jobs([partial(make, work) for work in keys if work not in made], workers=workers)
    raise_all(sorted((one for one in made.values() if isinstance(one, ReportError)), key=str))
    pieces = {work: piece for work in keys if isinstance(piece := made[work], Piece)}
    packed = {
        keys[work]: {
            **vars(piece),
            "files": {name: hashlib.sha256(content).hexdigest() for name, content in piece.files.items()},
        }
        for work, piece in pieces.items()
    }
    files.write_text(folder / MADE, json.dumps(packed))
    articles = {lang: [pieces[path] for path in paths[lang]] for lang in LANGUAGES}
    figures = {lang: [pieces[each] for each in both if each in pieces] for lang, both in tried.items()}
    absent = {lang: [str(made[each]) for each in both if each not in pieces] for lang, both in tried.items()}
    return articles, figures, {lang: _named_once(lacking, lang) for lang, lacking in absent.items()}, unchanged


def _named_once(lacking: list[str], lang: Language) -> list[str]:
    """Make one sentence of all figures for which a ledger lacks the same."""
    say = words("absent", lang)["no-figure"]
    told = pd.Series(lacking, dtype="str").str.extract(say.format(figure="(?P<figure>.+?)", lack="(?P<lack>.+)"))
    figures = told.groupby("lack", sort=False)["figure"].agg(lambda names: listed(names, lang))
    said = [say.format(figure=names, lack=lack) for lack, names in figures.items()]
    return [f"{capital(sentence)}." for sentence in said]


_loaded = cache(load)


def _draw_from(folder: Path | None, figure: Figure, lang: Language) -> Piece:
    """Draw a figure in a process that reads the ledger once for all its figures."""
    return draw(_loaded(folder), figure, lang=lang)


def draw(ledger: Ledger, figure: Figure, *, lang: Language = "en") -> Piece:
    """Draw one figure.

    Parameters
    ----------
    ledger : Ledger
    figure : callable
        One of `FIGURES`.
    lang : {"en", "fr"}

    Raises
    ------
    AbsentError
        If it rests on rows that the ledger does not have.
    ReportError
        If it cannot be drawn.
    """
    try:
        chart = figure(ledger, lang=lang)
        data = table(
            ledger,
            chart.data,
            f"data-{chart.name}",
            lang,
            pledges="../pledges/",
            headings=words("figure-columns", lang),
        )
        texts = {f"{chart.name}.{kind}": chart.content(kind) for kind in ("svg", "csv")}
        shown = {end: chart.on(sheet).content("png") for end, sheet in _SHEETS.items()}
        shown["card"] = card(chart, shown["wide"])
        pictures = {f"{chart.name}{'' if end == 'whole' else f'-{end}'}.png": content for end, content in shown.items()}
        about = {
            "subtitle": chart.subtitle,
            "alt": chart.alt,
            "source": chart.source,
            "source_ids": cite(ledger.sources, chart.source_ids)["source_id"].tolist(),
            "rows": len(chart.data),
            "size": {end: Image.open(io.BytesIO(content)).size for end, content in shown.items()},
        }
        return Piece(chart.name, chart.title, data["body"], data["style"], [figure.__name__], texts | pictures, about)
    except AbsentError:
        raise
    except MissingRateError as error:
        # only those that compare ask for rates of other days than the claims'
        raise absent(figure.__name__, "no-rate", lang, **error.missing.iloc[0]) from error
    except Exception as error:
        raise ReportError(f"figure {figure.__name__} ({lang}): {type(error).__name__}: {error}") from error


def card(chart: Chart, plot: bytes) -> bytes:
    """Return a picture to share: the title, and below it the plot, as PNG.

    >>> chart = charts.ladder(ledger)
    >>> shared = card(chart, chart.on(_SHEETS["wide"]).content("png"))
    >>> Image.open(io.BytesIO(shared)).size
    (1200, 630)
    """
    size, (right, bottom) = 34, (side - 40 for side in CARD)
    lines = wrap(chart.title, 13, "bold", points=(right - 40) * 13 / size)
    under = 50 + round(1.25 * size * len(lines))
    paper, picture = Image.new("RGB", CARD, "white"), Image.open(io.BytesIO(plot)).convert("RGB")
    paper.paste(ImageOps.pad(picture, (right - 40, bottom - under), color="white"), (40, under))
    font = ImageFont.truetype(findfont("DejaVu Sans:bold"), size)
    for place, line in enumerate(lines):
        ImageDraw.Draw(paper).text((40, 30 + 1.25 * size * place), line, "black", font)
    return png(paper.quantize(256, Image.Quantize.FASTOCTREE), {"Software": chart.made_from()})


def made_earlier(folder: Path) -> tuple[dict[str, Piece], str]:
    """Return what is in a report, by the keys under which it was made, if it and all its files are as they were made.

    Beside it stands why nothing of a report that is there is believed; empty if all is well.
    """
    pieces = dict[str, Piece]()
    # another run may be putting a new report there, and what is in a list may be anything
    with suppress(AttributeError, OSError, ValueError):
        if (folder / MADE).exists():
            if problem := _distrust(folder) or _distrust(folder / MADE):
                return {}, problem
            contents = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
            by_digest = {hashlib.sha256(content).hexdigest(): content for content in contents}
            for key, parts in json.loads((folder / MADE).read_bytes()).items():
                with suppress(AttributeError, FileError, LookupError, TypeError):
                    there = {files.plain_name(name): by_digest[digest] for name, digest in parts["files"].items()}
                    pieces[key] = Piece(**{**parts, "name": files.plain_name(parts["name"]), "files": there})
    return pieces, ""


def _distrust(path: Path) -> str:
    """Return why somebody else may have written what a report would show; empty if nobody may."""
    if hasattr(os, "geteuid"):
        owners = {path.lstat().st_uid, path.stat().st_uid}
        if owners != {os.geteuid()} or path.stat().st_mode & 0o022:
            return f"others own {path} or may write to it; give the name of a folder of your own (chmod go-w)"
    return ""


def key_of(*parts: str | bytes) -> str:
    """Return a key for things made from these parts.

    >>> key_of("a", "bc") == key_of("ab", "c")
    False
    """
    each = [hashlib.sha256(part.encode() if isinstance(part, str) else part).digest() for part in parts]
    return hashlib.sha256(b"".join(each)).hexdigest()


def conditions(folder: Path) -> str:
    """Return a digest of all that an output may rest on beside its own text.

    That is the source and version of this package, Python, each package with its version, shipped data, tables.
    """
    inside, layout = files.TEMPLATES.parent, files.TEMPLATES / "notebook"
    source = _contents([*inside.rglob("*.py"), *inside.rglob("*.toml"), *layout.iterdir()])
    installed = sorted({f"{one.name} {one.version}" for one in metadata.distributions()})
    tables = _contents([folder / schema.SCHEMA_FILE, *schema.paths(folder).values()])
    data = _contents(files.shipped("data").iterdir())
    return key_of(__version__, sys.version, *installed, *source, *data, *tables)


def notebook_key(path: Path, around: str) -> str:
    """Return a key that changes when a cell of the notebook does, or a file beside it, or the conditions."""
    cells = [(cell.cell_type, cell.source, cell.metadata) for cell in read(path).cells]
    beside = [other for other in path.parent.iterdir() if other.suffix != ".ipynb"]
    return key_of(around, path.name, json.dumps(cells, sort_keys=True), *_contents(beside))


def _contents(paths: Iterable[Path]) -> list[str | bytes]:
    every = sorted(set(paths), key=lambda path: (path.name, path))
    return [part for path in every if path.is_file() for part in (path.name, path.read_bytes())]


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
    tight = typeset if lang == "fr" else str
    environment = Environment(
        loader=FileSystemLoader(files.TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=typeset if lang == "fr" else None,
    )
    environment.filters |= {
        "coded": lambda text: Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(tight(text))))),
        "tex": lambda text: str(tight(text)).translate(_TEX),
        "number": partial(format_figure, lang=lang),
        "day": partial(long_day, lang=lang),
    }
    environment.tests |= {"web": is_web, "known": pd.notna}
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
    say, lists, environment = words("site", lang), lists_of(ledger, lang), _environment(lang)
    for key in ("name", "title"):
        say[key] = say["nameless" if ledger.event.empty else key].format(event=ledger.about.name(lang))
    menu = {
        "index.html": say["findings"],
        **({"index.html#notebooks": say["notebooks"]} if articles else {}),
        **({"index.html#figures": say["figures"]} if figures else {}),
        **{f"{page}.html": say["tables_page" if page == "tables" else page] for page in lists},
        **{f"{page}.html": say[page] for page in ("sources", "methods")},
    }
    environment.globals |= {
        "lang": lang,
        "other": other,
        "first": first,
        "say": say,
        "questions": words("questions", lang),
        "menu": menu,
        "letter": letter,
        "columns": path_of(COLUMNS, "en", first),
        "ledger": ledger,
        "imprint": imprint(ledger, lang=lang),
        "authors": told_of(ledger, "contributors"),
        "today": dt.date.today(),
        "site_url": site_url,
        "figures": figures,
        "notebooks": articles,
        "path_of": path_of,
        "known": references(ledger, lang=lang),
    }
    said, changed, methods = words("lists", lang), changes(ledger, lang), words("methods", lang)
    shown, told, pledges = words("pledge", lang), words("tables", lang), pledge_pages(ledger, lang)
    front = {
        "article": ledger.sources.set_index("source_id").loc[ledger.about.article] if ledger.about.article else None,
        "headlines": headlines(ledger, lang=lang),
        "tables": tables,
        "row_is": words("row-is", lang),
        "left_out": " ".join(left_out),
        "paper": PAPER if (folder / path_of(PAPER, lang, first)).exists() else "",
    }
    below = {
        "numbers": numbers_to_use(ledger, lang=lang).rename(columns=words("methods-numbers", lang)),
        "sections": sections(ledger, lang=lang),
        "links": credited(ledger),
    }
    cited = [
        *(("figure", one.name, one.title) for one in figures),
        *(("pledge", one["id"], one["name"]) for one in pledges),
    ]
    pages: list[tuple[str, str, str, dict[str, Any]]] = [
        ("index.html", "index", say["title"], front),
        *(
            (
                f"figures/{one.name}.html",
                "figure",
                one.title,
                {"figure": one, "users": [each for each in articles if one.calls[0] in each.calls]},
            )
            for one in figures
        ),
        *((f"embed/{one.name}.html", "embed", one.title, {"figure": one}) for one in figures),
        *((f"notebooks/{one.name}.html", "notebook", one.title, {"notebook": one}) for one in articles),
        *((f"pledges/{one['id']}.html", "pledge", one["name"], {"pledge": one, "words": shown}) for one in pledges),
        *(
            (f"{of}s/{name}.{kind}", "citation", heading, {"name": name, "of": of})
            for of, name, heading in cited
            for kind in CITED
        ),
        *(
            (f"{name}.html", "tables", said[name], {"lead": said[f"{name}-lead"], "tables": found, "words": told})
            for name, found in lists.items()
        ),
        ("changes.html", "tables", changed["heading"], changed),
        ("changes.xml", "changes", changed["heading"], changed),
        ("sources.html", "sources", words("sources-page", lang)["title"], sources_page(ledger, lang)),
        ("methods.html", "methods", methods["title"], {"words": methods, **below}),
    ]
    if lang == "en":
        explained = nbformat.v4.new_markdown_cell(re.sub("<!--.*?-->", "", _explained(ledger)))
        notebook = nbformat.v4.new_notebook(cells=[explained])
        pages.append((COLUMNS, "columns", say["columns"], {"explained": article("columns", notebook, [])}))
    for page, template, heading, content in pages:
        here = path_of(page, lang, first)
        to_file = linker(here)
        addresses = {
            "page": page,
            "root": to_file,
            "to": lambda target, to_file=to_file: to_file(path_of(target, lang, first)),
            "counterpart": to_file(path_of("index.html" if page == COLUMNS else page, other, first)),
            # as others find it, if we know where that is
            "address": lambda target, of=lang, to_file=to_file: (
                f"{site_url}/{quote(path_of(target, of, first))}" if site_url else to_file(path_of(target, of, first))
            ),
        }
        rendered = environment.get_template(f"{template}{Path(page).suffix}.j2").render(
            {**addresses, **content, "heading": heading}
        )
        files.write_text(folder / here, rendered)
