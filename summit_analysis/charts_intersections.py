"""The figure of the combinations of declarations that governments signed, those and no others."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from summit_analysis.amounts import Language
from summit_analysis.charts import Chart
from summit_analysis.charts_canvas import GREY, INCHES, PALE, canvas, in_inches, palette
from summit_analysis.charts_signing import called, day_in_words, draw_heads, heads, look
from summit_analysis.display import alphabetical
from summit_analysis.errors import FrameError
from summit_analysis.signing import KINDS, LISTED, NOT_YET, UNRESOLVED, memberships, names_listed, short_names, size
from summit_analysis.signing_groups import exclusive_intersections
from summit_analysis.sources import source_line
from summit_analysis.words import words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from summit_analysis.tables import Ledger

_GROUP = {"step": 0.24, "bars": 1.5, "names": 3.35, "line": 0.15, "gap": 0.12, "head": 1.52}
"""Inches: from column to column, left edges of bars and names, height of a line and of what is between rows."""


def chart_intersections(ledger: Ledger, *, as_of: str | dt.date | None = None, lang: Language = "en") -> Chart:
    """Draw each combination of declarations that occurs, with how many and who signed exactly those.

    Parameters
    ----------
    ledger : Ledger
    as_of : str or datetime.date, optional
        Default: the last reading of each list.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data are the frame of `exclusive_intersections`.

    Raises
    ------
    FrameError
        If nobody had signed anything by that day.

    Each name stands in one row only:

    >>> chart = chart_intersections(ledger)
    >>> chart.data[["states", "organisations"]].sum().tolist()
    [99, 3]
    >>> print(chart.title.partition(";")[0])
    8 states and 1 organisation signed all 5 declarations
    """
    say, names = words("intersections", lang), short_names(ledger, lang)
    drawn = exclusive_intersections(ledger, as_of)
    if drawn.empty:
        raise FrameError(f"no name stands on any list as of {as_of}; choose a later day")
    rows = memberships(ledger, as_of, lang=lang)
    name = called(rows, lang).sort_values(key=alphabetical)
    # the codes come in the order of the English names
    members = [", ".join(name[name.index.isin(codes.split(";"))]) for codes in drawn["iso3s"]]
    unresolved = rows.loc[rows[names.index].eq(UNRESOLVED).any(axis=1), "iso3"]
    opened = say["open"].format(names=", ".join(name[unresolved])) if len(unresolved) else ""
    subtitle = say["subtitle"].format(day=day_in_words(ledger, names.index, as_of, lang), open=opened).strip()
    title, alt = _group_texts(drawn, members, names, lang)
    cited = ledger.signatures["source_id"]
    source = source_line(ledger.sources, cited, lang=lang)
    wrapped = [textwrap.wrap(text, 74) for text in members]
    tall = [len(lines) * _GROUP["line"] + _GROUP["gap"] for lines in wrapped]
    height = _GROUP["head"] + sum(tall) + 0.05
    counts = [names_listed(ledger, declaration, as_of) for declaration in names.index]
    with canvas(title, subtitle, source, height=height) as (figure, axes):
        in_inches(axes, height)
        draw_heads(axes, 0.2, _GROUP["step"], _GROUP["head"] - 0.07, heads(names, counts))
        for place, text in (("bars", say["amount"]), ("names", say["who"])):
            axes.text(_GROUP[place], _GROUP["head"] - 0.13, text, size=8, color=GREY, va="center")
        top = _GROUP["head"]
        for row, lines, inches in zip(drawn.to_dict("records"), wrapped, tall, strict=True):
            _draw_group(axes, top, inches, row, lines, names.index, drawn)
            top += inches
        return Chart("who-signed-exactly-what", figure, drawn, title, subtitle, alt, source, cited)


def _group_texts(drawn: pd.DataFrame, members: list[str], names: pd.Series, lang: Language) -> tuple[str, str]:
    say, general = words("intersections", lang), words("signing", lang)

    def which(row: pd.Series) -> str:
        *others, last = names[row[names.index].astype(bool).to_numpy()]
        return general["plus"].format(one=", ".join(others), other=last) if others else last

    def many(row: pd.Series) -> str:
        counts = row[["states", "organisations"]].set_axis(list(KINDS))
        return size(pd.DataFrame({"low": counts, "high": counts}), lang)

    full, largest = drawn[drawn[names.index].all(axis=1)], drawn.iloc[0]
    everything = many(full.iloc[0]) if len(full) else say["none"]
    title = say["title"].format(full=everything, d=len(names), largest=many(largest), which=which(largest))
    groups = zip((row for _, row in drawn.iterrows()), members, strict=True)
    each = say["and"].join(say["each"].format(which=which(row), names=text) for row, text in groups)
    return title, say["alt"].format(n=len(drawn), each=each)


def _draw_group(
    axes: Axes,
    top: float,
    height: float,
    row: Mapping[str, Any],
    lines: list[str],
    declarations: pd.Index,
    drawn: pd.DataFrame,
) -> None:
    y, many = top + height / 2 - _GROUP["gap"] / 2, row["states"] + row["organisations"]
    largest = (drawn["states"] + drawn["organisations"]).max()
    axes.plot([0.06, INCHES - 0.06], [top - _GROUP["gap"] / 2] * 2, color=PALE, lw=0.6, zorder=0)
    held = [0.2 + n * _GROUP["step"] for n, d in enumerate(declarations) if row[d]]
    axes.plot([held[0], held[-1]], [y, y], color=palette()[0], lw=1.6, zorder=1)
    for column, declaration in enumerate(declarations):
        mark = look(LISTED if row[declaration] else NOT_YET)
        axes.scatter([0.2 + column * _GROUP["step"]], [y], **{"s": 42, "linewidths": 0.8, "zorder": 2, **mark})
    long = many / largest * (_GROUP["names"] - _GROUP["bars"] - 0.45)
    axes.barh([y], [long], height=0.14, left=_GROUP["bars"], color=palette()[0])
    axes.text(_GROUP["bars"] + long + 0.06, y, str(many), va="center", size=9, weight="bold")
    for number, line in enumerate(lines):
        axes.text(_GROUP["names"], top + (number + 0.5) * _GROUP["line"], line, va="center", size=8)
