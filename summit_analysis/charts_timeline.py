"""The figure of what happened when: all events in lanes by kind, the summit week magnified."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from summit_analysis.amounts import Language
from summit_analysis.charts import Chart
from summit_analysis.charts_canvas import GREY, PALE, WIDTH, Style, canvas, palette, text_points
from summit_analysis.charts_days import Span, month_ticks, place
from summit_analysis.chronology import timeline
from summit_analysis.display import long_day
from summit_analysis.errors import FrameError
from summit_analysis.novelty import OPENING, SUMMIT_WEEK
from summit_analysis.rows import Row
from summit_analysis.sources import source_line
from summit_analysis.words import words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from summit_analysis.tables import Ledger

LANES = (
    *("prelude", "announcement", "business", "summit-session", "declaration", "diplomacy"),
    *("science", "criticism", "counter-summit", "aftermath"),
)
AROUND, WEEK = "around", "week"
KEY = "key"
_SIZE = 8
_ROW = 0.158
"""Inches of height per row of labels."""
_HEAD = 0.34
"""Inches above a panel for its days."""
_POINTS = WIDTH * 72 * 0.97
"""Width of the axes; a little less than there is."""
_EDGE = 5.0
"""Points from the left edge of the axes to where the title begins."""
_DOT = 4.0
"""Points from the middle of a mark to its edge, and from there to its label."""


def chart_timeline(ledger: Ledger, *, lang: Language = "en") -> Chart:
    """Draw all events on one axis, and those of the summit week day by day below.

    Parameters
    ----------
    ledger : Ledger
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data hold one row per event, as they stand in the picture from above: ``id``, ``first_on``, ``last_on``,
        ``precision``, ``kind``, ``label``, ``source_id`` as in `timeline`; ``panel`` (``week`` if it lies in the
        summit week, else ``around``); ``row`` (from the top of the panel); ``side`` of the mark on which its label
        stands (``left``, ``right``, or ``key``: a number that is explained below the panel).

    Raises
    ------
    FrameError
        If the ledger has no events.

    >>> chart = chart_timeline(ledger)
    >>> print(chart.title)
    39 of 86 events fall in the 6 days of the summit week; 8 of its 14 announcements came before the opening
    >>> chart.data[["first_on", "kind", "panel", "row", "side"]].head(2)
        first_on     kind   panel  row   side
    0 2023-11-01  prelude  around    0  right
    1 2023-11-01  prelude  around    1  right
    """
    rows = timeline(ledger, lang=lang)
    rows = rows[rows["what"] == "event"]
    if rows.empty:
        raise FrameError("there is no event to draw; add rows to events.csv")
    within = (rows["first_on"] >= SUMMIT_WEEK[0]) & (rows["last_on"] <= SUMMIT_WEEK[1])
    rows = rows.assign(panel=within.map({True: WEEK, False: AROUND}))
    spans = {panel: _span(part, panel, lang) for panel, part in rows.groupby("panel")}
    columns = ["id", "first_on", "last_on", "precision", "kind", "label", "panel", "row", "side", "source_id"]
    packed = {panel: _packed(rows[rows["panel"] == panel], span)[columns] for panel, span in spans.items()}
    drawn = pd.concat(packed, ignore_index=True)
    title, subtitle, alt = _texts(drawn, lang)
    source = source_line(ledger.sources, drawn["source_id"], lang=lang)
    inches = [_ROW * _depth(part) + _HEAD for part in packed.values()]
    with canvas(title, subtitle, source, height=sum(inches)) as (figure, axes):
        axes.remove()
        panels = figure.subplots(len(spans), squeeze=False, height_ratios=inches)[:, 0]
        for below, (panel, part) in zip(panels, packed.items(), strict=True):
            _dress(below, part, spans[panel], lang)
            _draw(below, part, spans[panel])
            if panel == WEEK:
                _head_days(below, lang)
            else:
                _head_months(below, spans[panel], lang)
                _point_below(below, drawn, lang)
        return Chart("timeline", figure, drawn, title, subtitle, alt, source, drawn["source_id"])


def _noon(day: pd.Timestamp) -> float:
    return place(day) + 0.5


def _span(rows: pd.DataFrame, panel: str, lang: Language) -> Span:
    say = words("timeline", lang)
    gutter = max(text_points(say[kind], _SIZE, "bold") for kind in LANES) + _EDGE + 3 * _DOT
    if panel == WEEK:
        return Span(place(SUMMIT_WEEK[0]), place(SUMMIT_WEEK[1]) + 1, gutter, _POINTS)
    first, last = _noon(rows["first_on"].min()), _noon(rows["last_on"].max())
    # room for a mark on the left, and on the right for a mark with its number
    return Span(first - max(15, 0.01 * (last - first)), last + max(15, 0.05 * (last - first)), gutter, _POINTS)


def _packed(rows: pd.DataFrame, span: Span) -> pd.DataFrame:
    """Give each event the first row of its lane in which its mark and its label are free."""
    placed, above, keys = {}, 0, 0
    for lane in LANES:
        taken: list[list[tuple[float, float]]] = []
        for event in rows[rows["kind"] == lane].itertuples():
            room = _room(event, span, text_points(event.label, _SIZE))
            if not room:
                keys += 1
                beside = _room(event, span, text_points(str(keys), _SIZE))
                room = {KEY: next(iter(beside.values()))}
            row, side = _free(taken, room)
            taken[row].append(room[side])
            placed[event.Index] = above + row, side
        above += len(taken)
    found = pd.DataFrame.from_dict(placed, orient="index", columns=["row", "side"])
    return rows.join(found).sort_values("row", kind="stable")


def _room(event: Row, span: Span, width: float) -> dict[str, tuple[float, float]]:
    """Return from where to where mark and label reach, in points, for each side on which they fit."""
    left, right = span.points(_noon(event.first_on)), span.points(_noon(event.last_on))
    sides = {"right": (left - _DOT, right + 2 * _DOT + width), "left": (left - 2 * _DOT - width, right + _DOT)}
    return {side: (begin, end) for side, (begin, end) in sides.items() if begin >= span.gutter and end <= _POINTS}


def _free(taken: list[list[tuple[float, float]]], room: dict[str, tuple[float, float]]) -> tuple[int, str]:
    taken.append([])
    row, side = next(
        (row, side)
        for row, others in enumerate(taken)
        for side, (begin, end) in room.items()
        if all(end + 2 * _DOT < other[0] or other[1] + 2 * _DOT < begin for other in others)
    )
    if taken[-1] == [] and row != len(taken) - 1:
        taken.pop()
    return row, side


def _depth(rows: pd.DataFrame) -> float:
    """Rows of a panel: those of the labels, of the keys, and, above the week, one that points to it."""
    deep: float = rows["row"].max() + 1 + (rows["side"] == KEY).sum() + rows["panel"].eq(AROUND).any()
    return deep


def _texts(rows: pd.DataFrame, lang: Language) -> tuple[str, str, str]:
    say, week = words("timeline", lang), rows[rows["panel"] == WEEK]
    announced = week[week["kind"] == "announcement"]

    def counts(kinds: pd.Series) -> str:
        number = kinds.value_counts()
        each = [say["each"].format(kind=say[kind].lower(), n=number[kind]) for kind in LANES if kind in number]
        return ", ".join(each) or say["none"]

    by_day = week["first_on"].value_counts().sort_index()
    filled = {
        "n": len(rows),
        "week": len(week),
        "announcements": len(announced),
        "early": int((announced["last_on"] < OPENING).sum()),
        "days": (SUMMIT_WEEK[1] - SUMMIT_WEEK[0]).days + 1,
        "first": long_day(rows["first_on"].min(), lang=lang),
        "last": long_day(rows["last_on"].max(), lang=lang),
        **_days(lang),
        "around": counts(rows.loc[rows["panel"] == AROUND, "kind"]),
        "within": counts(week["kind"]),
        "by_day": ", ".join(say["each"].format(kind=long_day(day, lang=lang), n=n) for day, n in by_day.items()),
    }
    title, subtitle, alt = (say[key].format(**filled) for key in ("title", "subtitle", "alt"))
    return title, subtitle, alt


def _dress(axes: Axes, rows: pd.DataFrame, span: Span, lang: Language) -> None:
    say = words("timeline", lang)
    axes.set_xlim(span.left, span.left + _POINTS / span.points_a_day)
    axes.set_ylim(_depth(rows) - 0.5, -0.7)
    axes.set_yticks([])
    axes.spines[["bottom", "left"]].set_visible(False)
    axes.tick_params(axis="x", length=0, labelsize=8.5)
    axes.xaxis.tick_top()
    for kind, lane in rows.groupby("kind"):
        top = lane["row"].min()
        _write(axes, say[kind], (span.left, top), _EDGE, weight="bold")
        axes.axhline(top - 0.5, color=PALE, lw=0.8, zorder=0)


def _draw(axes: Axes, rows: pd.DataFrame, span: Span) -> None:
    blue, keys, below = palette()[0], 0, rows["row"].max() + 1
    for event in rows.itertuples():
        first, last = _noon(event.first_on), _noon(event.last_on)
        known, label, side = event.precision == "day", event.label, event.side
        axes.plot([first, last], [event.row] * 2, color=blue, lw=4 if known else 1.2, zorder=2)
        paint: Style = {"facecolors": blue if known else "white", "edgecolors": blue, "linewidths": 1.2, "zorder": 3}
        axes.scatter([first, last], [event.row] * 2, s=26, **paint)
        if side == KEY:
            keys += 1
            _write(axes, f"{keys}  {label}", (span.left, below + keys - 1), _EDGE)
            label, side = str(keys), next(iter(_room(event, span, text_points(str(keys), _SIZE))))
        if side == "left":
            _write(axes, label, (first, event.row), -2 * _DOT, ha="right")
        else:
            _write(axes, label, (last, event.row), 2 * _DOT)


def _write(axes: Axes, text: str, spot: tuple[float, float], aside: float, **style: Any) -> None:
    # a label is placed by its measured width; the layout must not make room for it once more
    look: Style = {"textcoords": "offset points", "va": "center", "size": _SIZE, **style}
    axes.annotate(text, spot, (aside, 0), **look).set_in_layout(False)


def _point_below(axes: Axes, drawn: pd.DataFrame, lang: Language) -> None:
    week, (left, right) = drawn[drawn["panel"] == WEEK], axes.get_xlim()
    first, last = place(SUMMIT_WEEK[0]), place(SUMMIT_WEEK[1]) + 1
    if left < first < right and len(week):
        bottom, top = axes.get_ylim()
        axes.axvspan(first, last, ymin=1 / (bottom - top), color=palette()[1], alpha=0.4, lw=0)
        told = words("timeline", lang)["below"].format(n=len(week), **_days(lang))
        _write(axes, told, ((first + last) / 2, bottom - 0.5), 0, ha="center", color=GREY)


def _days(lang: Language) -> dict[str, str]:
    return {"from": str(SUMMIT_WEEK[0].day), "to": long_day(SUMMIT_WEEK[1], lang=lang)}


def _head_days(axes: Axes, lang: Language) -> None:
    from babel.dates import format_date

    days = pd.date_range(*SUMMIT_WEEK)
    axes.set_xticks([_noon(day) for day in days], [format_date(day, "EEE d MMM", locale=lang) for day in days])
    for day in days[::2]:
        axes.axvspan(place(day), place(day) + 1, color="#f5f5f5", lw=0, zorder=-1)


def _head_months(axes: Axes, span: Span, lang: Language) -> None:
    axes.set_xticks(*month_ticks(span.first, span.last, span.points_a_day, lang))
    axes.grid(axis="x")
