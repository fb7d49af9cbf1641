"""Run notebooks side by side, tell which outputs moved, and turn them into pages."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import json
import multiprocessing
import os
import re
import signal
import time
from collections.abc import Callable, Container, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import nbformat
import pandas as pd
from bs4 import BeautifulSoup
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbconvert import HTMLExporter
from PIL import Image

from summit_analysis.base import files
from summit_analysis.base.errors import ChoiceError, FileError, ReportError
from summit_analysis.base.text import LANGUAGES, is_web
from summit_analysis.report.processes import PROCESSES

CELL_SECONDS = 300
"""A cell that takes longer is taken for one without end."""
PICTURES = "notebooks/pictures"
"""Where in the report the pictures of notebooks are; both languages share them."""

_ADDRESS = re.compile("0x[0-9a-f]{8,}")
"""Of an object in memory: another one in each run."""
_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL | re.IGNORECASE)

Progress = Callable[[str, int, int], None]
"""Is told the name of a piece of work, how many of its steps are done, and how many it has."""
Result = TypeVar("Result")


def notebook_paths(folder: Path | None = None, lang: str = "en") -> list[Path]:
    """Return the notebooks of a folder (default: of this installation) in reading order, in `lang` where they are."""
    folder = folder or files.shipped("notebooks")
    told = [folder / lang / path.name for path in sorted(folder.glob("[0-9][0-9]-*.ipynb"))]
    return [path if path.exists() else folder / path.name for path in told]


def lessons() -> list[Path]:
    """Return the notebooks of this installation in all languages, each once."""
    return list(dict.fromkeys(path for lang in LANGUAGES for path in notebook_paths(lang=lang)))


def read(path: Path) -> nbformat.NotebookNode:
    """Read a notebook; raise `FileError` if it is none."""
    try:
        notebook: nbformat.NotebookNode = nbformat.read(path, as_version=4)
    except Exception as error:
        # what is not as it should be inside may end in any error
        raise FileError(f"{path} is no notebook ({error!s:.60}); lab --restore NUMBER brings a lesson back") from error
    return notebook


def execute(path: Path, cell_seconds: float, on_progress: Progress) -> nbformat.NotebookNode | ReportError:
    """Run one notebook; the file stays as it is.

    Parameters
    ----------
    path : pathlib.Path
    cell_seconds : float
        A cell that takes longer is taken for one without end.
    on_progress : callable
        Called at the start and after each code cell.

    Returns
    -------
    notebook or ReportError
        With its outputs, or what names notebook and cell.
    """
    notebook, manager = read(path), AsyncKernelManager(kernel_name="python3")
    manager.provisioner = _Started(kernel_id=manager.kernel_id, kernel_spec=manager.kernel_spec, parent=manager)
    steps = len(code_cells(notebook))
    on_progress(path.stem, 0, steps)
    client: NotebookClient = NotebookClient(
        notebook,
        manager,
        timeout=cell_seconds,
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_executed=lambda **_: on_progress(path.stem, client.code_cells_executed, steps),
        # an error is its message, not the places of this machine it went through
        extra_arguments=["--log-level=40", "--HistoryManager.enabled=False", "--InteractiveShell.xmode=Minimal"],
        # several prints arrive in one piece or in many; stored, they are one
        coalesce_streams=True,
        # a cell without end would not hear a polite request
        shutdown_kernel="immediate",
        # the hour of a run would make every commit differ
        record_timing=False,
    )
    try:
        # what a kernel that died leaves waiting is ended with the loop
        asyncio.run(client.async_execute(cleanup_kc=True))
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        said = {CellTimeoutError: f"no end after {cell_seconds:g} s", DeadKernelError: "the kernel died"}
        why = f"{error.ename}: {error.evalue}" if isinstance(error, CellExecutionError) else said[type(error)]
        return ReportError(f"{path.name}, code cell {client.code_cells_executed}: {why}")
    notebook.metadata.get("language_info", {}).pop("version", None)
    return notebook


class _Started(LocalProvisioner):
    """Starts a kernel as one of `PROCESSES`."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        process = _Kernel(target=_be_kernel, args=(cmd[cmd.index("-f") :], kwargs["cwd"], kwargs["env"]), daemon=True)
        process.start()
        self.process, self.pid, self.cwd = process, process.pid, kwargs["cwd"]
        return self.connection_info


class _Kernel(PROCESSES.Process):  # type: ignore[misc]  # which class that is depends on the system
    """A process that has also the names of `subprocess.Popen` for which a provisioner asks."""

    stdin = stdout = stderr = None

    def poll(self) -> Any:
        return self.exitcode

    wait = poll

    def send_signal(self, number: int) -> None:
        # each is the first of a group of its own, on systems that have such groups
        is_first = hasattr(os, "getpgid") and os.getpgid(self.pid) == self.pid
        (os.killpg if is_first else os.kill)(self.pid, number)


def _be_kernel(arguments: list[str], folder: str, environment: dict[str, str]) -> None:
    """Run a kernel in this process until it is told to end."""
    import matplotlib
    from ipykernel.kernelapp import IPKernelApp

    os.chdir(folder)
    os.environ.update(environment)
    if hasattr(os, "setsid"):
        # Ctrl-C is for the program alone; who loses its parent ends
        os.setsid()
        arguments.append(f"--IPKernelApp.parent_handle={os.getppid()}")
    # what both choose for themselves where a notebook is the first to import them
    matplotlib.rcParams["backend"] = "module://matplotlib_inline.backend_inline"
    pd.set_option("display.max_columns", 20)
    IPKernelApp.launch_instance(arguments)


def rewrite(path: Path, notebook: nbformat.NotebookNode) -> None:
    """Write a notebook in place of the old one, atomically."""
    files.write_text(path, nbformat.writes(notebook) + "\n")


def clear_outputs(copied: Path, wanted: str | None) -> None:
    """Take the outputs out of one lesson of a copy, or of all; other notebooks of a student stay as they are."""
    for path in lessons():
        mine = _in_copy(copied, path)
        if mine.is_file() and (wanted is None or path.name[:2] == wanted.zfill(2)):
            notebook = read(mine)
            for cell in code_cells(notebook):
                cell.update(outputs=[], execution_count=None)
            rewrite(mine, notebook)


def restore(copied: Path, wanted: str) -> list[str]:
    """Bring one lesson, in all languages, or the tables of a copy back; what was changed is kept under another name.

    Returns
    -------
    list of str
        What was done, a sentence for each file.

    Raises
    ------
    ChoiceError
        If there is no such lesson.
    """
    shipped = {"data": sorted(path for path in files.shipped("data").glob("[!.]*") if path.is_file())}
    for path in lessons():
        shipped.setdefault(path.name[:2], []).append(path)
    if wanted.zfill(2) not in shipped:
        raise ChoiceError("restore", wanted, sorted(shipped))
    said = []
    for path in shipped[wanted.zfill(2)]:
        mine = _in_copy(copied, path)
        if mine.is_file() and mine.read_bytes() == path.read_bytes():
            continue
        told = f"Restored: {mine}"
        if mine.exists():
            names = (mine.with_name(f"{mine.stem}.old{-n or ''}{mine.suffix}") for n in count())
            kept = next(each for each in names if not each.exists())
            # whatever ends this early, it is not lost
            files.write_bytes(kept, mine.read_bytes())
            told += f"; yours is kept as {kept.name}"
        files.write_bytes(mine, path.read_bytes())
        said.append(told)
    return said


def _in_copy(copied: Path, path: Path) -> Path:
    """Return where a copy has a file of this installation."""
    return copied / path.relative_to(files.shipped("data").parent)


def raise_all(errors: Sequence[ReportError]) -> None:
    """Raise what stopped notebooks as one error, if anything did."""
    if errors:
        raise ReportError("\n".join(map(str, errors)))


def cores() -> int:
    """Return how many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_jobs(jobs: Sequence[Callable[[], Result]], *, workers: int | None = None) -> list[Result]:
    """Run jobs, at most `workers` at a time, and return their results in the order of the jobs.

    Parameters
    ----------
    jobs : sequence of callables
        Each runs in a thread.
    workers : int, optional
        Default: the number of cores.

    Raises
    ------
    BaseException
        The first that a job raises, or ``KeyboardInterrupt``; no other is begun, and all kernels have ended by then.

    >>> run_jobs([lambda: 1, lambda: 2])
    [1, 2]
    """
    with ThreadPoolExecutor(workers or cores()) as threads:
        running = [threads.submit(job) for job in jobs]
        try:
            for one in as_completed(running):
                one.result()
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            # again and again: one may just be starting
            while not all(one.done() for one in running):
                for kernel in multiprocessing.active_children():
                    with suppress(OSError):
                        if isinstance(kernel, _Kernel):
                            kernel.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
                time.sleep(0.05)
            raise
    return [one.result() for one in running]


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """Return the cells that are executed."""
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


def outputs(notebook: nbformat.NotebookNode) -> str:
    """Return all that a notebook shows, as it is stored: two runs that show the same have the same."""
    return _ADDRESS.sub("…", json.dumps([cell.outputs for cell in code_cells(notebook)], sort_keys=True))


def shown(notebook: nbformat.NotebookNode) -> list[str]:
    """Return line by line what a reader sees of the outputs, behind the number of the cell.

    A figure's text form says more than its picture.
    """
    lines = []
    for number, cell in enumerate(code_cells(notebook), 1):
        for output in cell.outputs:
            data = output.get("data", {})
            text = output.get("text") or output.get("evalue") or data.get("text/markdown") or data.get("text/plain", "")
            if text.startswith("<") and "text/html" in data:
                # the plain form of a styled table or of HTML is only the name of its class
                text = BeautifulSoup(data["text/html"], "html.parser").get_text(" ")
            lines += [f"[{number}] {line}" for line in _ADDRESS.sub("…", text).splitlines()]
    return lines


@dataclass
class Piece:
    """A notebook or a figure as its page shows it.

    Attributes
    ----------
    name, title : str
    body : str
        HTML: of a notebook, whose pictures have the address ``{PICTURES}/<digest>.png``, seen from the top of the
        report; of a figure, the table of the data drawn.
    style : str
        Rules for the tables in the body.
    calls : list of str
        Names of the functions that draw its figures.
    files : dict of str to bytes
        By file name: its pictures; of a figure also the data as CSV.
    about : dict
        Of a figure ``subtitle``, ``alt``, ``source`` as in `Chart`; ``source_ids``, each once, in the order of
        citations; how many ``rows`` are drawn; the ``size`` of its picture in pixels.
    """

    name: str
    title: str
    body: str
    style: str
    calls: list[str]
    files: dict[str, bytes]
    about: dict[str, Any] = field(default_factory=dict)


def article(name: str, notebook: nbformat.NotebookNode, others: Container[str], lang: str = "en") -> Piece:
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
    lang : {"en", "fr"}
        Of its prose.
    """
    body, _ = _exporter().from_notebook_node(notebook)
    body, style = lift_styles(body)
    soup = BeautifulSoup(body, "html.parser")
    for tag in soup(["script", "style", "link", "meta", "iframe"]):
        tag.decompose()
    first = next(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    title = first.splitlines()[0].lstrip("# ").strip()
    code = "\n".join(cell.source for cell in code_cells(notebook))
    _link(soup, others)
    pictures = _take_out_pictures(soup)
    make_scroll(soup)
    for block in soup("pre"):
        # a keyboard scrolls what a program printed, and its colours are those of the page
        block["tabindex"] = "0"
    for span in soup.select("pre span[style]"):
        del span["style"]
    return Piece(
        name, title, str(soup), style, sorted({*re.findall(r"\bcharts\.(\w+)\(", code)}), pictures, {"lang": lang}
    )


@cache
def _exporter() -> HTMLExporter:
    return HTMLExporter(
        template_name="notebook",
        extra_template_basedirs=[str(files.TEMPLATES)],
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
    )


def lift_styles(body: str) -> tuple[str, str]:
    """Take the style sheets out of a body, and return it and their rules, for the head of the page."""
    # nothing is fetched from elsewhere
    rules = re.sub(r"@import[^;]*;?|url\([^)]*\)", "", "\n".join(_STYLE.findall(body)))
    return _STYLE.sub("", body), rules


def make_scroll(soup: BeautifulSoup) -> None:
    """Put each table into a region of its own that scrolls sideways, also by keyboard."""
    for place, table in enumerate(soup("table"), 1):
        del table["border"]
        for head in table.select("th:not([scope])"):
            if head.get_text(strip=True):
                head["scope"] = "col" if head.find_parent("thead") else "row"
            else:
                head.name = "td"
        said = table.caption or table.find_previous(re.compile("h[1-6]"))
        # landmarks of one page need names of their own
        label = f"Table {place}: {said.get_text(' ', strip=True)}" if said else f"Table {place}"
        table.wrap(
            soup.new_tag("div", attrs={"class": "scroll", "role": "region", "aria-label": label, "tabindex": "0"})
        )


def _take_out_pictures(soup: BeautifulSoup) -> dict[str, bytes]:
    """Make each embedded picture a file, a link to it, and say how large it is; return the files by name."""
    pictures = {}
    for picture in soup("img"):
        found = re.fullmatch(r"data:image/(png|jpeg);base64,([A-Za-z0-9+/=\s]+)", str(picture.get("src", "")))
        if not found:
            picture.decompose()
            continue
        content = base64.b64decode(found[2])
        file = f"{hashlib.sha256(content).hexdigest()[:16]}.{found[1]}"
        pictures[file], address = content, f"{PICTURES}/{file}"
        text = picture.get("alt") or "Picture; the text beside it says what it shows."
        # its width in a notebook is not that on a page, and least of all on paper
        width, height = map(str, Image.open(io.BytesIO(content)).size)
        picture.attrs = {"src": address, "alt": text, "width": width, "height": height}
        picture.wrap(soup.new_tag("a", attrs={"class": "picture", "href": address}))
    return pictures


def _link(soup: BeautifulSoup, others: Container[str]) -> None:
    for link in soup("a"):
        name, ending, anchor = str(link.get("href", "")).partition(".ipynb")
        if ending and name in others:
            link["href"] = f"{name}.html{anchor}"
        elif not is_web(name) and not name.startswith("#"):
            link.unwrap()
