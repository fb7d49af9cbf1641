"""Write `report/`: one site in two languages, with its figures, tables, and the notebooks as pages."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from summit_analysis import __version__, execution, files
from summit_analysis.amounts import LANGUAGES, Language
from summit_analysis.caching import Cache
from summit_analysis.claims import value_claims
from summit_analysis.display import long_day
from summit_analysis.drawing import FIGURES, Drawn
from summit_analysis.exports import BYTE_ORDER_MARK, csv_text
from summit_analysis.headlines import Headline, add_up, headlines
from summit_analysis.making import make
from summit_analysis.methods import count_rows, sections
from summit_analysis.notebook_pages import PICTURES
from summit_analysis.outcomes import last_day
from summit_analysis.pages import STYLE, TEMPLATES, Site
from summit_analysis.report_pages import write_pages
from summit_analysis.schema import resources
from summit_analysis.sources import without_primary
from summit_analysis.tables import Ledger, inventory, load
from summit_analysis.words import words

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
    cell_seconds: float = execution.CELL_SECONDS,
    on_progress: execution.Progress | None = None,
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
        paths, functions = execution.notebook_paths(notebooks), [function.__name__ for function in FIGURES]
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
