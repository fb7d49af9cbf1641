"""The figure of who signed which declaration, and what it shares with its neighbours."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from summit_analysis.amounts import Language
from summit_analysis.charts import Chart
from summit_analysis.charts_canvas import GREY, INCHES, PALE, Style, canvas, in_inches, palette
from summit_analysis.days import one_day
from summit_analysis.display import alphabetical, long_day
from summit_analysis.outcomes import last_day
from summit_analysis.signing import (
    LISTED,
    NOT_YET,
    UNKNOWN,
    UNRESOLVED,
    declarations_in,
    last_reading,
    memberships,
    names_listed,
    short_names,
    size,
)
from summit_analysis.signing_groups import REFUSALS, changed_sides, weakly_refused
from summit_analysis.sources import source_line
from summit_analysis.words import words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from summit_analysis.tables import Ledger

_BLOCKS, _ROW, _STEP, _HEAD = 3, 0.16, 0.19, 1.5


def look(word: str) -> Style:
    """Return how a word of `memberships` is marked: each has a form of its own, not only a colour."""
    blue, orange, red, purple = (palette()[place] for place in (0, 1, 3, 4))
    looks: dict[str, Style] = {
        LISTED: {"marker": "s", "facecolors": blue, "edgecolors": blue},
        REFUSALS[0]: {"marker": "X", "facecolors": red, "edgecolors": red},
        REFUSALS[1]: {"marker": "o", "facecolors": "white", "edgecolors": orange, "linewidths": 1.6},
        UNRESOLVED: {"marker": "D", "facecolors": "white", "edgecolors": purple, "linewidths": 1.3},
        UNKNOWN: {"marker": "v", "facecolors": "white", "edgecolors": GREY, "linewidths": 1.3},
        NOT_YET: {"marker": ".", "facecolors": PALE, "edgecolors": PALE, "s": 10},
    }
    return looks[word]


def chart_memberships(ledger: Ledger, *, as_of: str | dt.date | None = None, lang: Language = "en") -> Chart:
    """Draw every state and organisation against every declaration.

    Parameters
    ----------
    ledger : Ledger
    as_of : str or datetime.date, optional
        Default: the last reading of each list.
    lang : {"en", "fr"}
        Also decides the order of the names.

    Returns
    -------
    Chart
        Its data are the frame of `memberships`, in the order of the names drawn.

    The star says that only a commentary tells of the refusal:

    >>> chart = chart_memberships(ledger)
    >>> print(chart.title.rpartition(": ")[2])
    Israel*, United Kingdom, United States, China, Saudi Arabia
    >>> chart.data["paris-2025"].value_counts().to_dict()
    {'listed': 65, 'not-yet': 32, 'attended-not-signed': 6, 'declined': 3, 'unresolved': 3}
    """
    say, names = words("memberships", lang), short_names(ledger, lang)
    drawn = memberships(ledger, as_of, lang=lang)
    refused = drawn.set_index("iso3")[names.index].isin(REFUSALS)
    weak = {code for name in names.index for code in weakly_refused(ledger, name) if refused.loc[code, name]}
    name = called(drawn, lang, weak)
    # short names have another place in the alphabet
    drawn = drawn.set_index("iso3", drop=False).loc[name.sort_values(key=alphabetical).index].reset_index(drop=True)
    counts = [names_listed(ledger, declaration, as_of) for declaration in names.index]
    title, alt = _matrix_texts(drawn, names, name, counts, changed_sides(ledger, as_of, lang=lang)["iso3"], lang)
    subtitle = say["subtitle"].format(day=day_in_words(ledger, names.index, as_of, lang))
    if weak:
        subtitle += words("signing", lang)["weak"]
    cited = ledger.signatures["source_id"]
    source = source_line(ledger.sources, cited, lang=lang)
    per = -(-len(drawn) // _BLOCKS)
    with canvas(title, subtitle, source, height=_HEAD + per * _ROW) as (figure, axes):
        in_inches(axes, _HEAD + per * _ROW)
        for block in range(_BLOCKS):
            rows = drawn.iloc[block * per : (block + 1) * per]
            if len(rows):
                _draw_block(axes, block * INCHES / _BLOCKS, rows, heads(names, counts), name)
        _draw_key(axes, drawn[names.index], lang)
        return Chart("who-signed-what", figure, drawn, title, subtitle, alt, source, cited)


def day_in_words(ledger: Ledger, declarations: Iterable[str], as_of: str | dt.date | None, lang: Language) -> str:
    """Say as of which day lists are shown: a given one, or that of their last reading.

    >>> day_in_words(ledger, ["paris-2025"], None, "en"), day_in_words(ledger, ["paris-2025"], "2025-06-01", "fr")
    ('as last read on 1 October 2026', 'au 1er juin 2025')
    """
    say = words("signing", lang)
    if as_of is not None:
        return say["by"].format(day=long_day(one_day(as_of).item(), lang=lang, data_end=last_day(ledger)))
    last = max(last_reading(ledger, declaration) for declaration in declarations)
    return say["read"].format(day=long_day(last, lang=lang))


def called(frame: pd.DataFrame, lang: Language, weak: Collection[str] = ()) -> pd.Series:
    """Return the names drawn, by code: long ones of organisations shortened, those in `weak` with a star."""
    say, name = words("signing", lang), frame.set_index("iso3")[f"name_{lang}"]
    return pd.Series({code: say.get(code, text) + ("*" if code in weak else "") for code, text in name.items()})


def heads(names: Iterable[str], counts: Iterable[pd.DataFrame]) -> list[str]:
    """Write the heads of the columns: each declaration with how many states and organisations it has.

    >>> heads(["Paris"], [pd.DataFrame({"low": [57, 2], "high": [63, 2]}, ["state", "organisation"])])
    ['Paris (57–63 + 2)']
    """
    texts = []
    for name, listed in zip(names, counts, strict=True):
        spans = [
            f"{low}" if low == high else f"{low}–{high}"
            for low, high in zip(listed["low"], listed["high"], strict=True)
        ]
        texts.append(f"{name} ({spans[0]} + {spans[1]})")
    return texts


def _matrix_texts(
    drawn: pd.DataFrame,
    names: pd.Series,
    name: pd.Series,
    counts: Iterable[pd.DataFrame],
    sides: pd.Series,
    lang: Language,
) -> tuple[str, str]:
    say, general = words("memberships", lang), words("signing", lang)
    title = say["title"].format(n=len(sides), names=", ".join(name[sides])) if len(sides) else say["steady"]
    sizes = [text + general["colon"] + size(listed, lang) for text, listed in zip(names, counts, strict=True)]
    others = [
        say["each"].format(declaration=names[d], word=general[word], names=", ".join(name[drawn.loc[rows, "iso3"]]))
        for d in names.index
        for word in (*REFUSALS, UNRESOLVED, UNKNOWN)
        if (rows := drawn[d] == word).any()
    ]
    filled = {"n": len(drawn), "d": len(names), "sizes": say["and"].join(sizes), "others": say["and"].join(others)}
    return title, say["alt"].format(**filled)


def _draw_block(axes: Axes, left: float, rows: pd.DataFrame, texts: list[str], name: pd.Series) -> None:
    cells = rows[declarations_in(rows)].to_numpy()
    marks = left + INCHES / _BLOCKS - 0.2 - (cells.shape[1] - 1) * _STEP
    draw_heads(axes, marks, _STEP, _HEAD, texts)
    middles = _HEAD + (np.arange(len(rows)) + 0.5) * _ROW
    for y, code in zip(middles, rows["iso3"], strict=True):
        axes.text(left + 0.06, y, name[code], va="center", size=8)
    # after every third name
    axes.hlines(middles[3::3] - _ROW / 2, left + 0.06, left + INCHES / _BLOCKS - 0.1, color=PALE, lw=0.5, zorder=0)
    for word in dict.fromkeys(cells.ravel()):
        line, column = np.nonzero(cells == word)
        axes.scatter(marks + column * _STEP, middles[line], **{"s": 34, "linewidths": 0.8, **look(word)})


def draw_heads(axes: Axes, left: float, step: float, bottom: float, texts: list[str]) -> None:
    """Write the heads upright above columns that are `step` inches apart."""
    for column, head in enumerate(texts):
        axes.text(left + column * step, bottom - 0.03, head, rotation=90, ha="center", va="bottom", size=8, color=GREY)


def _draw_key(axes: Axes, cells: pd.DataFrame, lang: Language) -> None:
    """Explain the marks in the empty corner above the first names."""
    say, seen = words("signing", lang), set(cells.to_numpy().ravel())
    shown = [word for word in (LISTED, *REFUSALS, UNRESOLVED, UNKNOWN, NOT_YET) if word in seen]
    for place, word in enumerate(shown):
        y = _HEAD - 0.3 - (len(shown) - 1 - place) * 0.175
        axes.scatter([0.12], [y], **{"s": 34, "linewidths": 0.8, **look(word)})
        axes.text(0.24, y, say[word], va="center", size=8, color=GREY)
