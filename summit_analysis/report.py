"""Write `report/`: the notebooks as pages, the figures with their data, the tables, and a front page."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pandas as pd

from summit_analysis import execution, files
from summit_analysis.amounts import Amount, Language, format_amount
from summit_analysis.charts import Chart
from summit_analysis.charts_announced import chart_announced
from summit_analysis.charts_claims import chart_claims
from summit_analysis.charts_comparison import chart_comparison, chart_share_of_gdp
from summit_analysis.charts_conflicts import chart_conflicts
from summit_analysis.charts_counts import chart_counts
from summit_analysis.charts_intersections import chart_intersections
from summit_analysis.charts_map import chart_positions
from summit_analysis.charts_sensitivity import chart_sensitivity
from summit_analysis.charts_signing import chart_memberships
from summit_analysis.charts_statements import chart_statements
from summit_analysis.charts_status import chart_status
from summit_analysis.charts_sums import chart_naive_sum
from summit_analysis.charts_timeline import chart_timeline
from summit_analysis.charts_totals import chart_envelope, chart_ladder
from summit_analysis.claims import value_claims
from summit_analysis.sources import SEED, cite, without_primary
from summit_analysis.tables import Ledger, inventory, load
from summit_analysis.words import words

FIGURES: tuple[Callable[..., Chart], ...] = (
    chart_naive_sum,
    chart_envelope,
    chart_claims,
    chart_ladder,
    chart_sensitivity,
    chart_conflicts,
    chart_statements,
    chart_status,
    chart_comparison,
    chart_share_of_gdp,
    chart_timeline,
    chart_announced,
    chart_memberships,
    chart_intersections,
    chart_positions,
    chart_counts,
)
"""The figures of the report; each draws from a ledger and a language."""

_TEMPLATE = Path(__file__).with_name("report.html.j2")


@dataclass(frozen=True)
class Report:
    """What a run has written.

    Attributes
    ----------
    folder : pathlib.Path
    findings : pandas.DataFrame
        See `findings`.
    """

    folder: Path
    findings: pd.DataFrame


def build(
    out: str | os.PathLike[str] = "report",
    *,
    lang: Language = "en",
    notebooks: Path | None = None,
    on_start: Callable[[str, int], None] | None = None,
    on_step: Callable[[], None] | None = None,
) -> Report:
    """Run the notebooks and write the report; the old one stays until the new one is whole.

    Parameters
    ----------
    out : path
        Folder of the report.
    lang : {"en", "fr"}
        Language of front page and figures.
    notebooks : pathlib.Path, optional
        Folder of notebooks; default: those of this installation.
    on_start : callable, optional
        Called with the name of each stage and its number of steps.
    on_step : callable, optional
        Called after each step.

    Returns
    -------
    Report

    Raises
    ------
    NotebookError
        If a notebook fails.
    FolderError
        If the folder cannot be written.
    """
    start, step = on_start or (lambda *_: None), on_step or (lambda: None)
    # a wrong language must not be found out only after all notebooks have run
    words("findings", lang)
    ledger = load()
    with files.new_folder(out) as folder:
        pages = [_page(path, folder, start, step) for path in execution.notebook_paths(notebooks)]
        start("figures", len(FIGURES))
        figures = [_figure(draw(ledger, lang=lang), folder, step) for draw in FIGURES]
        start("tables", 1)
        found = findings(ledger, lang=lang)
        tables = _tables(ledger, found, folder)
        step()
        files.write_text(folder / "index.html", _front(ledger, found, pages, figures, tables, lang))
    return Report(Path(out), found)


def findings(ledger: Ledger, *, lang: Language = "en") -> pd.DataFrame:
    """Return what the report says in one line each.

    Returns
    -------
    pandas.DataFrame
        ``finding``, ``value``, ``named`` (which rows make it so).
    """
    say, names = words("findings", lang), ledger.names(lang)
    valued = value_claims(ledger)
    seed = valued[valued["source_id"] == SEED]
    naive = format_amount(Amount(seed["low_EUR"].sum(), seed["high_EUR"].sum(), "EUR"), lang=lang)
    floors = ", ".join(seed.loc[seed["open_high"], "pledge_id"].map(names))
    bare = ", ".join(seed.loc[seed["high_EUR"].isna(), "pledge_id"].map(names))
    lacking = without_primary(ledger)
    rows = [
        (say["naive"].format(n=len(seed)), naive, say["naive_open"].format(floors=floors, bare=bare)),
        (say["claims"], str(len(ledger.claims)), say["pledges"].format(n=ledger.claims["pledge_id"].nunique())),
        (say["primary"], str(len(lacking)), say["of"].format(n=len(ledger.pledges))),
    ]
    return pd.DataFrame(rows, columns=["finding", "value", "named"])


def _page(path: Path, folder: Path, start: Callable, step: Callable) -> dict[str, str]:
    from nbconvert import HTMLExporter

    start(path.stem, len(execution.code_cells(nbformat.read(path, as_version=4))))
    notebook = execution.execute(path, on_cell=step)
    # empty addresses: a page must not fetch anything from outside
    exporter = HTMLExporter(
        template_name="lab",
        exclude_input=True,
        exclude_output_prompt=True,
        mathjax_url="",
        require_js_url="",
        jquery_url="",
        mermaid_js_url="",
        mermaid_layout_elk_js_url="",
    )
    title = _title(notebook)
    html, _ = exporter.from_notebook_node(notebook, {"metadata": {"name": title}})
    files.write_text(folder / f"{path.stem}.html", html)
    return {"name": path.stem, "title": title}


def _title(notebook: nbformat.NotebookNode) -> str:
    first = next(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return first.splitlines()[0].lstrip("# ").strip()


def _figure(chart: Chart, folder: Path, step: Callable) -> Chart:
    chart.save(folder / "figures")
    step()
    return chart


def _tables(ledger: Ledger, found: pd.DataFrame, folder: Path) -> list[str]:
    valued = value_claims(ledger)
    contents = {
        "findings": found,
        "inventory": inventory(),
        "claims-in-euros": valued,
        "without-primary-source": without_primary(ledger),
        "sources": cite(ledger.sources, ledger.sources["source_id"]),
    }
    for name, frame in contents.items():
        files.write_text(folder / "tables" / f"{name}.csv", frame.to_csv(index=False))
    return list(contents)


def _front(ledger, found, pages, figures, tables, lang) -> str:
    from jinja2 import Environment

    seed = ledger.sources[ledger.sources["source_id"] == SEED].iloc[0]
    template = Environment(autoescape=True).from_string(_TEMPLATE.read_text(encoding="utf-8"))
    return template.render(
        lang=lang,
        findings=found,
        pages=pages,
        figures=figures,
        tables=tables,
        seed=seed,
        last_day=ledger.rates.days[-1],
    )
