"""Draw the figures of the report, each with its texts, its data as a table, and its files."""

from __future__ import annotations

import asyncio
import base64
import json
import struct
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from summit_analysis.amounts import Language, known_language
from summit_analysis.charts import Chart
from summit_analysis.charts_announced import chart_announced
from summit_analysis.charts_claims import chart_claims
from summit_analysis.charts_comparison import chart_comparison
from summit_analysis.charts_conflicts import chart_conflicts
from summit_analysis.charts_counts import chart_counts
from summit_analysis.charts_gdp import chart_share_of_gdp
from summit_analysis.charts_intersections import chart_intersections
from summit_analysis.charts_map import chart_positions
from summit_analysis.charts_sensitivity import chart_sensitivity
from summit_analysis.charts_signing import chart_memberships
from summit_analysis.charts_statements import chart_statements
from summit_analysis.charts_status import chart_status
from summit_analysis.charts_sums import chart_naive_sum
from summit_analysis.charts_timeline import chart_timeline
from summit_analysis.charts_totals import chart_envelope, chart_ladder
from summit_analysis.display import show
from summit_analysis.errors import FigureError
from summit_analysis.execution import Progress
from summit_analysis.exports import csv_text
from summit_analysis.files import plain_name
from summit_analysis.rates import EURO
from summit_analysis.sources import cite
from summit_analysis.tables import Ledger, load

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


def png_size(content: bytes) -> tuple[int, int]:
    """Return width and height of a PNG in pixels."""
    width, height = struct.unpack(">II", content[16:24])
    return width, height


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
