"""One figure as a person sees it and as a test compares it: picture, data drawn, alt text, source line."""

from __future__ import annotations

import io
import os
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from summit_analysis import files
from summit_analysis.charts_canvas import DPI, STYLE
from summit_analysis.display import plain_dollars
from summit_analysis.errors import FrameError
from summit_analysis.exports import csv_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class Chart:
    """A figure with everything that makes it checkable.

    Parameters
    ----------
    name : str
        File name without ending, kebab-case.
    figure : matplotlib.figure.Figure
    data : pandas.DataFrame
        The rows drawn, one per mark.
    title : str
        The finding, a sentence.
    subtitle : str
        What is drawn, unit, day, rule.
    alt : str
        What the picture shows, for who cannot see it.
    source : str
        Source line, built from the rows drawn.
    source_ids : iterable of str
        The sources of the rows drawn; repeated and missing ids do no harm.

    Raises
    ------
    FrameError
        If title, alt text or source line is empty, or no row is drawn.

    >>> from matplotlib.figure import Figure
    >>> chart = Chart(
    ...     "squares",
    ...     figure=Figure(),
    ...     data=pd.DataFrame({"n": [1, 2], "square": [1, 4]}),
    ...     title="Squares grow faster",
    ...     subtitle="Numbers and their squares",
    ...     alt="Two points: 1 and 1, 2 and 4.",
    ...     source="Source: arithmetic",
    ... )
    >>> print(chart.text())
    Squares grow faster
    Numbers and their squares
    Two points: 1 and 1, 2 and 4.
     n  square
     1       1
     2       4
    Source: arithmetic
    """

    name: str
    figure: Figure
    data: pd.DataFrame
    title: str
    subtitle: str
    alt: str
    source: str
    source_ids: Iterable[str] = ()

    def __post_init__(self) -> None:
        for part in ("name", "title", "alt", "source"):
            if not getattr(self, part).strip():
                raise FrameError(f"a chart needs a text for {part!r}")
        if self.data.empty:
            raise FrameError(f"chart {self.name!r} has no rows to draw")

    def text(self) -> str:
        """Return all texts and the data drawn: what a notebook test compares."""
        table = self.data.to_string(index=False, na_rep="", float_format=_plain)
        return "\n\n".join([self.title, self.subtitle, self.alt, table, self.source])

    def html(self) -> str:
        """Return the figure as a ``<figure>`` with the picture inside, its alt text and its source."""
        picture = b64encode(self.png()).decode("ascii")
        return plain_dollars(
            f'<figure style="margin:0;max-width:800px"><img src="data:image/png;base64,{picture}" '
            f'alt="{escape(self.alt)}" style="width:100%;height:auto;background:white"/>'
            f"<figcaption>{escape(self.source)}</figcaption></figure>"
        )

    def png(self) -> bytes:
        """Return the picture as PNG, 1600 pixels wide."""
        return self._drawn("png", dpi=DPI, metadata={"Software": None})

    def svg(self) -> bytes:
        """Return the picture as SVG."""
        return self._drawn("svg", metadata={"Date": None, "Creator": None})

    def save(self, folder: str | os.PathLike[str]) -> dict[str, Path]:
        """Write ``<name>.png``, ``<name>.svg`` and the data drawn, ``<name>.csv``, into `folder`.

        Returns
        -------
        dict of str to pathlib.Path
            Keys ``png``, ``svg``, ``csv``.
        """
        contents = {"png": self.png(), "svg": self.svg(), "csv": csv_text(self.data).encode("utf-8")}
        return {
            kind: files.write_bytes(Path(folder) / f"{self.name}.{kind}", content) for kind, content in contents.items()
        }

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": self.text(), "text/html": self.html()}

    def _drawn(self, kind: str, **options: Any) -> bytes:
        import matplotlib

        buffer = io.BytesIO()
        with matplotlib.rc_context(STYLE):
            self.figure.savefig(buffer, format=kind, facecolor="white", **options)
        return buffer.getvalue()


def _plain(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")
