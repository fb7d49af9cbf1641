"""Run notebooks, each from top to bottom in a fresh kernel, several side by side."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from summit_analysis import files
from summit_analysis.errors import NotebookError
from summit_analysis.side_by_side import run_jobs

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
