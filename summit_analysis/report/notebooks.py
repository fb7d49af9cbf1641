"""Run notebooks side by side, tell which outputs moved, and turn them into pages."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import copy
import difflib
import hashlib
import html
import itertools
import json
import os
import re
import stat
import sys
import time
from collections.abc import Callable, Container, Coroutine, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import nbformat
import pandas as pd
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from summit_analysis import __version__
from summit_analysis.base import files
from summit_analysis.base.errors import FolderError, NotebookError
from summit_analysis.base.files import TEMPLATES, plain_name
from summit_analysis.base.text import is_web
from summit_analysis.charts.canvas import png_size

if TYPE_CHECKING:
    import nbformat
    from bs4 import BeautifulSoup, Tag


_PICTURE = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=]+")
_FLEETING = re.compile(rf"{_PICTURE.pattern}|0x[0-9a-f]{{8,}}")
"""Pictures (their text form is compared) and memory addresses."""
_TAG = re.compile(r"<style.*?</style>|<[^>]*>", re.DOTALL)


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """Return the cells that are executed."""
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


def moved(old: nbformat.NotebookNode, new: nbformat.NotebookNode, name: str) -> pd.DataFrame:
    """Compare the outputs of two runs of a notebook.

    Returns
    -------
    pandas.DataFrame
        One row per line of output that differs: ``notebook``, ``cell`` (number of the code cell), ``before``,
        ``after``.
    """
    rows = []
    for number, (before, after) in enumerate(zip(code_cells(old), code_cells(new), strict=False), 1):
        was, now = _lines(before), _lines(after)
        for tag, *ends in difflib.SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
            if tag != "equal":
                sides = was[ends[0] : ends[1]], now[ends[2] : ends[3]]
                rows += [(name, number, *pair) for pair in itertools.zip_longest(*sides, fillvalue="")]
    return pd.DataFrame(rows, columns=["notebook", "cell", "before", "after"])


def redrawn(old: nbformat.NotebookNode, new: nbformat.NotebookNode) -> bool:
    """Tell whether a picture looks otherwise than before, also where its text form says the same."""
    return _pictures(old) != _pictures(new)


def _pictures(notebook: nbformat.NotebookNode) -> list[str]:
    pages = [output.get("data", {}).get("text/html", "") for cell in code_cells(notebook) for output in cell.outputs]
    return [picture for page in pages for picture in _PICTURE.findall(page)]


def _lines(cell: nbformat.NotebookNode) -> list[str]:
    return _FLEETING.sub("…", "\n".join(_text(output) for output in cell.get("outputs", []))).splitlines()


def _text(output: nbformat.NotebookNode) -> str:
    """What a reader sees of an output; a figure's text form says more than its picture."""
    data = output.get("data", {})
    shown = output.get("text") or output.get("evalue") or data.get("text/markdown") or data.get("text/plain", "")
    # the plain form of a styled table or of HTML is only the name of its class
    return html.unescape(_TAG.sub(" ", data["text/html"])) if shown.startswith("<") and "text/html" in data else shown


Result = TypeVar("Result")
Job = Callable[[], Coroutine[Any, Any, Result]]


def cores() -> int:
    """Return how many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_jobs(jobs: Sequence[Job[Result]], *, workers: int | None = None) -> list[Result]:
    """Run jobs, at most `workers` at a time, and return their results in the order of the jobs.

    Parameters
    ----------
    jobs : sequence of callables
        Each returns a coroutine.
    workers : int, optional
        Default: the number of cores.

    Raises
    ------
    BaseException
        The first that a job raises, or ``KeyboardInterrupt``; the other jobs are cancelled and have cleaned up by then.

    >>> async def double(number):
    ...     return 2 * number
    >>> run_jobs([lambda: double(1), lambda: double(2)])
    [2, 4]
    """
    running: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]]] = Future()

    async def run() -> list[Result]:
        task = asyncio.current_task()
        # this is one
        assert task is not None
        running.set_result((asyncio.get_running_loop(), task))
        gate = asyncio.Semaphore(workers or cores())

        async def in_turn(job: Job[Result]) -> Result:
            async with gate:
                return await job()

        try:
            # unlike `gather`, a group waits until the jobs it has cancelled have cleaned up
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(in_turn(job)) for job in jobs]
        except BaseExceptionGroup as found:
            raise found.exceptions[0] from None
        return [task.result() for task in tasks]

    # its own thread: a notebook can call this too, and in the main one nbclient would take Ctrl-C for its last kernel
    with ThreadPoolExecutor(1) as thread:
        done = thread.submit(asyncio.run, run())
        try:
            return done.result()
        except KeyboardInterrupt:
            loop, task = running.result()
            if not done.done():
                loop.call_soon_threadsafe(task.cancel)
            raise


CELL_SECONDS = 300

Progress = Callable[[str, int, int], None]
"""Is told the name of a piece of work, how many of its steps are done, and how many it has."""


def notebook_paths(folder: Path | None = None) -> list[Path]:
    """Return the notebooks of a folder (default: those of this installation) in reading order."""
    return sorted((folder or files.shipped("notebooks")).glob("[0-9][0-9]-*.ipynb"))


def read(path: Path) -> nbformat.NotebookNode:
    """Read a notebook."""
    notebook: nbformat.NotebookNode = nbformat.read(path, as_version=4)
    return notebook


def execute_all(
    paths: Sequence[Path],
    *,
    workers: int | None = None,
    cell_seconds: float = CELL_SECONDS,
    on_progress: Progress | None = None,
) -> list[nbformat.NotebookNode | NotebookError]:
    """Run notebooks side by side; the files stay as they are.

    Parameters
    ----------
    paths : sequence of pathlib.Path
    workers : int, optional
        How many run at a time. Default: one per core.
    cell_seconds : float
        A cell that takes longer is taken for one without end.
    on_progress : callable, optional
        Called, from another thread, at the start of each notebook and after each code cell.

    Returns
    -------
    list
        In the order of `paths`: the notebook with its outputs, or the `NotebookError` that names notebook and cell.
    """
    tell = on_progress or (lambda *_: None)
    return run_jobs([partial(execute, path, cell_seconds, tell) for path in paths], workers=workers)


async def execute(path: Path, cell_seconds: float, on_progress: Progress) -> nbformat.NotebookNode | NotebookError:
    """Run one notebook for `execute_all`."""
    notebook = read(path)
    steps, done = sum(cell.cell_type == "code" for cell in notebook.cells), 0
    on_progress(path.stem, done, steps)

    def count(cell: nbformat.NotebookNode, **_: object) -> None:
        nonlocal done
        if cell.cell_type == "code":
            done += 1
            on_progress(path.stem, done, steps)

    client = NotebookClient(
        notebook,
        timeout=cell_seconds,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_executed=count,
        extra_arguments=["--log-level=40"],
        # several prints arrive in one piece or in many; stored, they are one
        coalesce_streams=True,
        # a cell without end would not hear a polite request
        shutdown_kernel="immediate",
    )
    try:
        await _finish(client, lambda: done == steps)
    except CellExecutionError as error:
        return NotebookError(f"{path.name}, code cell {done}: {error.ename}: {error.evalue}")
    except CellTimeoutError:
        return NotebookError(f"{path.name}, code cell {done + 1}: no end after {cell_seconds:g} s")
    except DeadKernelError:
        return NotebookError(f"{path.name}, code cell {done + 1}: the kernel died")
    return _without_times(notebook)


async def _finish(client: NotebookClient, is_leaving: Callable[[], bool]) -> None:
    """Run all cells; when cancelled, end the kernel before anything else happens."""
    running = asyncio.ensure_future(client.async_execute())
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        # a kernel on its way out is not disturbed: half cleaned up it would stay
        if not is_leaving():
            running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        # one that had only just been started is known to nobody else
        if client.km is not None and client.km.has_kernel:
            await client.km.shutdown_kernel(now=True)  # type: ignore[misc]  # it is the asynchronous one
        raise


def rewrite(path: Path, notebook: nbformat.NotebookNode) -> None:
    """Write a notebook in place of the old one, atomically."""
    files.write_text(path, nbformat.writes(notebook) + "\n")


def raise_all(errors: Sequence[NotebookError]) -> None:
    """Raise what stopped notebooks as one error, if anything did."""
    if errors:
        raise NotebookError("\n".join(map(str, errors)))


def _without_times(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    clean = copy.deepcopy(notebook)
    for cell in clean.cells:
        # the hour of a run would make every commit differ
        cell.metadata.pop("execution", None)
    clean.metadata.get("language_info", {}).pop("version", None)
    return clean


KEPT_DAYS = 30
"""Entries not read for so long are removed."""
_DIGEST = 32
_CACHE_TAG = (
    b"Signature: 8a477f597d28d172789f06886806bc55\n# What summit-analysis keeps between two runs; may be deleted.\n"
)
"""What tells backup programs that a folder holds a cache (Cache Directory Tagging Specification)."""


class Cache:
    """A folder of entries, each under a key; without a folder that the user alone can write to nothing is kept.

    Parameters
    ----------
    folder : pathlib.Path, optional
        Default: ``summit-analysis`` in the user's folder for caches (``XDG_CACHE_HOME``, or what the system uses).
    fresh : bool
        Read nothing, but keep what is made now.

    Attributes
    ----------
    problem : str
        Why nothing is kept; empty if all is well.
    """

    def __init__(self, folder: Path | None = None, *, fresh: bool = False) -> None:
        import platformdirs

        self._folder, self._fresh, self.problem = folder or platformdirs.user_cache_path("summit-analysis"), fresh, ""
        if not self._folder.is_absolute():
            self.problem = "no home folder is known"
            return
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.problem = _distrust(self._folder)
            if not self.problem:
                files.write_bytes(self._folder / "CACHEDIR.TAG", _CACHE_TAG)
                self._sweep()
        except FolderError as error:
            self.problem = str(error)
        except OSError as error:
            self.problem = f"cannot write {self._folder}: {error.strerror}"

    def get(self, key: str) -> bytes | None:
        """Return the entry, or None if there is none, or a damaged one."""
        if self.problem or self._fresh:
            return None
        path = self._folder / key
        try:
            kept = path.read_bytes()
            path.touch()
        except OSError:
            return None
        content = kept[_DIGEST:]
        return content if hashlib.sha256(content).digest() == kept[:_DIGEST] else None

    def put(self, key: str, content: bytes) -> None:
        """Write an entry, atomically; a folder that cannot be written is a `problem` and no error."""
        if self.problem:
            return
        try:
            files.write_bytes(self._folder / key, hashlib.sha256(content).digest() + content)
        except FolderError as error:
            self.problem = str(error)

    def _sweep(self) -> None:
        oldest = time.time() - KEPT_DAYS * 86_400
        for path in self._folder.iterdir():
            # what another run is just writing may have its own name by now
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < oldest:
                    path.unlink()


def _distrust(folder: Path) -> str:
    """Return why somebody else may have put entries into `folder`, which a report would show; empty if nobody may."""
    if not hasattr(os, "geteuid"):
        return ""
    if {folder.lstat().st_uid, folder.stat().st_uid} != {os.geteuid()}:
        return f"{folder} belongs to another user; set XDG_CACHE_HOME to a folder of your own"
    if folder.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return f"others may write to {folder}; delete it, and a private one is made"
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
    source += (package / "templates" / "notebook").iterdir()
    installed = sorted({f"{one.name} {one.version}" for one in metadata.distributions()})
    return key_of(__version__, sys.version, *installed, *_texts([*source, *files.shipped("data").iterdir()]))


def _texts(paths: list[Path]) -> list[str | bytes]:
    return [part for path in sorted(paths) if path.is_file() for part in (path.name, path.read_bytes())]


PICTURES = "notebooks/pictures"
"""Where in the report the pictures of notebooks are; both languages share them."""
_EMBEDDED = re.compile(r"data:image/(png|jpeg);base64,(.*)", re.DOTALL)
_OUTSIDE = re.compile(r"@import[^;]*;?|url\([^)]*\)")
_FIGURE = re.compile(r"\bcharts\.(\w+)\(")
_HEADINGS = re.compile(r"h[1-6]")


@dataclass
class Article:
    """A notebook as a page shows it.

    Attributes
    ----------
    name, title : str
    body : str
        HTML; pictures have the address ``{PICTURES}/<digest>.png``, seen from the top of the report.
    style : str
        Rules for the tables in the body.
    calls : list of str
        Names of the figures its code draws.
    pictures : dict of str to bytes
        By file name.
    """

    name: str
    title: str
    body: str
    style: str
    calls: list[str]
    pictures: dict[str, bytes] = field(default_factory=dict)

    def dump(self) -> bytes:
        """Write the page as JSON."""
        pictures = {file: base64.b64encode(content).decode("ascii") for file, content in self.pictures.items()}
        return json.dumps({**asdict(self), "pictures": pictures}).encode()

    @classmethod
    def read(cls, content: bytes) -> Article:
        """Read what `dump` has written."""
        parts = json.loads(content)
        plain_name(parts["name"])
        pictures = {plain_name(file): base64.b64decode(text) for file, text in parts["pictures"].items()}
        return cls(**{**parts, "pictures": pictures})


def title_of(notebook: nbformat.NotebookNode) -> str:
    """Return the first heading of a notebook."""
    first = next(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return str(first.splitlines()[0].lstrip("# ").strip())


def article(name: str, notebook: nbformat.NotebookNode, others: Container[str]) -> Article:
    """Turn a notebook into the body of a page.

    Parameters
    ----------
    name : str
        Of the notebook, without ending.
    notebook : notebook
        With its outputs.
    others : container of str
        Names of the notebooks that have a page; links to these lead to their pages, other links inside the package
        become plain text.
    """
    from bs4 import BeautifulSoup
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(
        template_name="notebook",
        extra_template_basedirs=[str(TEMPLATES)],
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
    )
    html, _ = exporter.from_notebook_node(notebook)
    soup = BeautifulSoup(html, "html.parser")
    style = lift_styles(soup)
    for tag in soup(["script", "link", "meta", "iframe"]):
        tag.decompose()
    calls = {name for cell in notebook.cells if cell.cell_type == "code" for name in _FIGURE.findall(cell.source)}
    page = Article(name, title_of(notebook), "", style, sorted(calls))
    _link(soup, others)
    for picture in soup("img"):
        _take_out(soup, picture, page.pictures)
    _order_headings(soup, page.title)
    make_scroll(soup)
    _plain(soup)
    _drop_repeated_ids(soup)
    page.body = str(soup)
    return page


def lift_styles(soup: BeautifulSoup) -> str:
    """Take the style sheets out of a body and return their rules, for the head of the page."""
    rules = "\n".join(tag.extract().get_text() for tag in soup("style"))
    return _OUTSIDE.sub("", rules)


def make_scroll(soup: BeautifulSoup) -> None:
    """Put each table into a region of its own that scrolls sideways, also by keyboard."""
    labels: dict[str, int] = {}
    for table in soup("table"):
        del table["border"]
        for head in table.select("th:not([scope])"):
            if head.get_text(strip=True):
                head["scope"] = "col" if head.find_parent("thead") else "row"
            else:
                head.name = "td"
        heading = table.find_previous(_HEADINGS)
        said = table.caption or heading
        label = f"Table: {said.get_text(' ', strip=True)}" if said else "Table"
        # landmarks of one page need names of their own
        labels[label] = labels.get(label, 0) + 1
        if labels[label] > 1:
            label = f"{label} ({labels[label]})"
        region = soup.new_tag("div", attrs={"class": "scroll", "role": "region", "aria-label": label, "tabindex": "0"})
        table.wrap(region)


def _take_out(soup: BeautifulSoup, picture: Tag, pictures: dict[str, bytes]) -> None:
    """Make an embedded picture a file, a link to it, and say how large it is."""
    found = _EMBEDDED.match(str(picture.get("src", "")))
    if not found:
        picture.decompose()
        return
    content = base64.b64decode(found[2])
    file = f"{hashlib.sha256(content).hexdigest()[:16]}.{found[1]}"
    pictures[file] = content
    address = f"{PICTURES}/{file}"
    picture["src"] = address
    picture.wrap(soup.new_tag("a", attrs={"class": "picture", "href": address}))
    # its width in a notebook is not that on a page, and least of all on paper
    del picture["style"]
    picture["alt"] = picture.get("alt") or "Picture; the text beside it says what it shows."
    if found[1] == "png":
        picture["width"], picture["height"] = map(str, png_size(content))


def _link(soup: BeautifulSoup, others: Container[str]) -> None:
    for link in soup("a"):
        address = str(link.get("href", ""))
        name, ending, anchor = address.partition(".ipynb")
        if ending and name in others:
            link["href"] = f"{name}.html{anchor}"
        elif not is_web(address) and not address.startswith("#"):
            link.unwrap()


def _order_headings(soup: BeautifulSoup, title: str) -> None:
    """Leave one heading of the first level, and no level out."""
    if not soup("h1"):
        soup.insert(0, soup.new_tag("h1", string=title))
    last = 0
    for heading in soup(_HEADINGS):
        level = min(max(int(heading.name[1]), 2 if last else 1), last + 1)
        heading.name, last = f"h{level}", level


def _plain(soup: BeautifulSoup) -> None:
    """Let a keyboard scroll what a program printed, and leave its colours to the page."""
    for block in soup("pre"):
        block["tabindex"] = "0"
    for span in soup.select('span[class*="ansi-"]'):
        del span["style"]


def _drop_repeated_ids(soup: BeautifulSoup) -> None:
    seen: set[str] = set()
    for tag in soup(id=True):
        if tag["id"] in seen or str(tag["id"]).startswith("cell-id="):
            del tag["id"]
        else:
            seen.add(str(tag["id"]))
