"""Run notebooks and draw figures side by side, and nothing that has not changed since an earlier run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from summit_analysis.amounts import LANGUAGES, Language
from summit_analysis.caching import Cache, conditions, key_of
from summit_analysis.drawing import Drawn, draw_apart
from summit_analysis.errors import NotebookError
from summit_analysis.execution import Progress, execute, raise_all, read
from summit_analysis.notebook_pages import Article, article
from summit_analysis.side_by_side import Job, run_jobs


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
