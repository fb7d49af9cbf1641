"""What tests of the report share: small notebooks, the files of a folder, and the whole report, built once in a run."""

import os
import pickle
import shutil
import time

import nbformat
import pytest
from bs4 import BeautifulSoup

import summit_analysis.report.site
from summit_analysis.base import files
from summit_analysis.report.notebooks import execute, read
from summit_analysis.report.site import build

LANGUAGES = ("en", "fr")
SMALL = "90-small"
BAD = "<script>alert('summit')</script>"
CELL = """
from IPython.display import HTML, Markdown, display
from summit_analysis import charts, cite, links, load, show
ledger = load()
display(Markdown("The answer is **forty-two**."))
display(charts.naive_sum(ledger))
evil = ledger.sources.head(2).assign(title={bad!r}, note={bad!r})
display(show(evil, "evil", sources=evil))
HTML(links(cite(evil, evil["source_id"])))
"""
SECONDS = 900


def write_notebook(folder, name, *cells, title="A question?"):
    folder.mkdir(parents=True, exist_ok=True)
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_markdown_cell(f"# {title}"), *map(nbformat.v4.new_code_cell, cells)]
    nbformat.write(notebook, folder / f"{name}.ipynb")
    return folder


def die(ledger, *, lang):
    """A figure whose drawer the system ends."""
    os._exit(1)


def files_in(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def soup_of(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@pytest.fixture(scope="session", name="built")
def whole_report(tmp_path_factory):
    """The whole report in English, and what it told: built by the first worker that asks, the others wait."""
    base = tmp_path_factory.getbasetemp()
    home = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "whole-report"
    done, failed = home / "done", home / "failed"
    try:
        home.mkdir()
    except FileExistsError:
        end = time.monotonic() + SECONDS
        while not done.exists():
            assert not failed.exists(), "another worker could not build the report: its log says why"
            assert time.monotonic() < end, f"no report after {SECONDS} s"
            time.sleep(0.2)
    else:
        try:
            files.write_bytes(done, pickle.dumps(build_whole(home)))
        except BaseException:
            failed.touch()
            raise
    return pickle.loads(done.read_bytes())


def build_whole(home):
    """Build the report; of its notebooks only the small one is executed, the others are as committed."""
    shutil.copytree(files.shipped("notebooks"), home / "site" / "notebooks", ignore=shutil.ignore_patterns(".*"))
    notebooks = write_notebook(
        home / "site" / "notebooks", SMALL, CELL.format(bad=BAD), title="What <b>is</b> it & why?"
    )

    async def as_committed(path, cell_seconds, on_progress):
        return await execute(path, cell_seconds, on_progress) if path.stem == SMALL else read(path)

    told = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(summit_analysis.report.site, "execute", as_committed)
        report = build(home / "site" / "report", notebooks=notebooks, on_progress=lambda *step: told.append(step))
    return report, told
