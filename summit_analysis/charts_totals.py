"""Figures of totals: an envelope as a tree of its parts, and the ladder from hype to hard core."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from summit_analysis.amounts import Amount, Language, format_amount, format_figure
from summit_analysis.charts import Chart
from summit_analysis.charts_canvas import BILLION, GREY, Style, canvas, text_points
from summit_analysis.charts_rows import draw_ranges, draw_unallocated, printed
from summit_analysis.display import long_day
from summit_analysis.envelopes import Forest
from summit_analysis.errors import FrameError
from summit_analysis.outcomes import last_day
from summit_analysis.rates import EURO
from summit_analysis.resolving import Rule, sources_read
from summit_analysis.rows import Row
from summit_analysis.rungs import RUNGS, ladder
from summit_analysis.selection import nearest_selected
from summit_analysis.sources import source_line
from summit_analysis.totals import Total, total
from summit_analysis.words import words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from summit_analysis.tables import Ledger

FADED = "#f0f0f0"
"""What fell away from one rung to the next."""
_INDENT = "    "


def chart_envelope(
    ledger: Ledger,
    *,
    envelope: str = "france-109bn",
    rule: Rule = "full-range",
    as_of: str | dt.date | None = None,
    to: str = EURO,
    lang: Language = "en",
) -> Chart:
    """Draw an envelope, its parts and what no part explains.

    Parameters
    ----------
    ledger : Ledger
    envelope : str
        Pledge id.
    rule, as_of, to
        As in `total`.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data hold one row per bar, envelope first, parts below what holds them: ``pledge_id``, ``level``, ``low``,
        ``high`` (whole units of `to`), ``open_low``, ``open_high``, ``what`` (``pledge`` or ``unallocated``).

    Raises
    ------
    ChoiceError
        If the pledge or the rule is not known.
    FrameError
        If the envelope has no figure, or no part with one, as of the day.

    >>> chart = chart_envelope(ledger)
    >>> print(chart.title)
    12 named sums make €87.8–109.7bn of the €109bn; up to €21.2bn has no name
    >>> chart.data[["pledge_id", "level", "low", "high"]].head(3)
                      pledge_id  level           low          high
    0              france-109bn      0  1.090000e+11  1.090000e+11
    1                mgx-campus      1  3.000000e+10  5.000000e+10
    2  mgx-campus-first-tranche      2  8.500000e+09  1.000000e+10
    """
    found = total(ledger, to=to, rule=rule, where=envelope, as_of=as_of)
    if envelope not in set(found.unallocated["pledge_id"]):
        raise FrameError(f"{envelope!r} has no parts with a figure, or none itself; choose an envelope that has both")
    drawn = _tree(ledger, found, envelope)
    say, names = words("envelope", lang), ledger.names(lang)
    held = found.unallocated.set_index("pledge_id").loc[envelope]
    parts = drawn[(drawn["level"] == 1) & (drawn["what"] == "pledge")]
    bare = found.unquantified["pledge_id"].map(names)
    least, most = held["unallocated_low"], held["unallocated_high"]
    left = printed(least, most, to, lang)
    if least == 0 and most > 0:
        left = say["left_up_to"].format(amount=printed(most, most, to, lang))
    filled = {
        "n": len(parts),
        "parts": printed(held["parts_low"], held["parts_high"], to, lang),
        "whole": printed(found.low, found.high, to, lang),
        "left": left,
        "name": names[envelope],
        "to": to,
        "rule": rule,
        "day": _day(ledger, as_of, say, lang),
        "names": ", ".join(bare) or say["nobody"],
        "each": say["and"].join(
            f"{names[row.pledge_id]} {printed(row.low, row.high, to, lang)}" for row in parts.itertuples()
        ),
    }
    title, subtitle, alt = (say[key].format(**filled) for key in ("title", "subtitle", "alt"))
    cited = sources_read(ledger, drawn["pledge_id"], rule, as_of)
    source = source_line(ledger.sources, cited, rates=True, lang=lang)
    with canvas(title, subtitle, source, height=0.3 * len(drawn) + 0.6) as (figure, axes):
        _draw_tree(axes, drawn, to, lang)
        labels = [_label(row, names, say) for row in drawn.itertuples()]
        axes.set_yticks(range(len(drawn)), labels, ha="left")
        # left-aligned labels show the levels of the tree; the longest one sets their room
        axes.tick_params(axis="y", pad=max(text_points(label, 9.5) for label in labels) + 8)
        _dress(axes, to, lang, say)
        axes.text(
            0.985,
            0.015,
            say["unnamed"].format(**filled),
            transform=axes.transAxes,
            ha="right",
            va="bottom",
            color=GREY,
            size=9,
        )
        return Chart(f"parts-of-{envelope}", figure, drawn, title, subtitle, alt, source, cited)


def chart_ladder(
    ledger: Ledger,
    *,
    rule: Rule = "full-range",
    as_of: str | dt.date | None = None,
    to: str = EURO,
    lang: Language = "en",
) -> Chart:
    """Draw the ladder: how much of the careless sum is counted once, new, has a site, and has more than a site.

    Parameters
    ----------
    ledger : Ledger
    rule, as_of, to
        As in `ladder`.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data are those of `ladder`.

    Raises
    ------
    FrameError
        If no pledge with a figure had been announced by that day.

    On the last day of the summit nothing had more than a site:

    >>> chart = chart_ladder(ledger, as_of="2025-02-11")
    >>> print(chart.title)
    Of €741.5–762.6bn added up carelessly, €0 has finance, a permit, works or a service
    """
    drawn = ladder(ledger, to=to, rule=rule, as_of=as_of)
    if not drawn["high"].any():
        raise FrameError("no pledge with a figure is counted, so there is no ladder to draw; choose a later day")
    say = words("ladder", lang)
    texts = {row.rung: printed(row.low, row.high, to, lang) for row in drawn.itertuples()}
    filled = {
        **{rung: texts[rung] for rung in RUNGS},
        "to": to,
        "rule": rule,
        "day": _day(ledger, as_of, say, lang),
        "each": say["and"].join(f"{say[rung]} {texts[rung]}".replace("\n", " ") for rung in RUNGS),
    }
    title, subtitle, alt = (say[key].format(**filled) for key in ("title", "subtitle", "alt"))
    summit = ledger.pledges.loc[ledger.pledges["group"] == "summit", "pledge_id"]
    cited = sources_read(ledger, summit, rule, as_of)
    source = source_line(ledger.sources, cited, rates=True, lang=lang)
    names = ledger.names(lang)
    with canvas(title, subtitle, source, height=3.6) as (figure, axes):
        places = np.arange(len(drawn))
        fell = drawn["high"].shift().fillna(drawn["high"]).to_numpy() - drawn["high"].to_numpy()
        axes.barh(places, fell / BILLION, left=drawn["high"] / BILLION, color=FADED, height=0.6, lw=0)
        draw_ranges(axes, places, drawn)
        for place, row in enumerate(drawn.itertuples()):
            bare = [names[pledge] for pledge in row.unquantified.split(";") if pledge]
            _beside(
                axes, place, row.high, texts[row.rung], say["unnamed"].format(names=", ".join(bare)) if bare else ""
            )
        axes.set_yticks(places, [say[rung] for rung in drawn["rung"]])
        axes.set_xlim(0, drawn["high"].max() / BILLION * 1.02)
        _dress(axes, to, lang, say)
        return Chart("ladder", figure, drawn, title, subtitle, alt, source, cited)


def _tree(ledger: Ledger, found: Total, envelope: str) -> pd.DataFrame:
    """Rows in the order drawn: an envelope, its parts by size with their own parts, then what none explains."""
    rows = pd.concat([found.counted, found.left_out]).set_index("pledge_id")
    rows = rows[rows["low"].notna() & ~rows["reason"].isin(["withdrawn", "succeeded", "inside a withdrawn pledge"])]
    # a part whose own envelope is not selected hangs on the next one above
    forest = Forest(rows.index, nearest_selected(ledger.pledges, rows.index))
    left = found.unallocated.set_index("pledge_id")
    drawn, stack = [], [(envelope, 0, "pledge")]
    while stack:
        pledge, level, what = stack.pop()
        if what == "unallocated":
            rest = left.loc[pledge]
            flags = (False, False)
            drawn.append((pledge, level, rest["unallocated_low"], rest["unallocated_high"], *flags, what))
            continue
        drawn.append((pledge, level, *rows.loc[pledge, ["low", "high", "open_low", "open_high"]], what))
        parts = [part for part in forest.children(pledge) if part in rows.index]
        if pledge in left.index and left.loc[pledge, "unallocated_high"] > 0:
            stack.append((pledge, level + 1, "unallocated"))
        stack += [(part, level + 1, "pledge") for part in sorted(parts, key=lambda part: rows.loc[part, "high"])]
    columns = ["pledge_id", "level", "low", "high", "open_low", "open_high", "what"]
    return pd.DataFrame(drawn, columns=columns)


def _draw_tree(axes: Axes, drawn: pd.DataFrame, to: str, lang: Language) -> None:
    places, is_left = np.arange(len(drawn)), (drawn["what"] == "unallocated").to_numpy()
    draw_ranges(axes, places[~is_left], drawn[~is_left])
    draw_unallocated(axes, places[is_left], drawn[is_left])
    for place, row in enumerate(drawn.itertuples()):
        text = format_amount(Amount(row.low, row.high, to, row.open_low, row.open_high), lang=lang)
        _beside(axes, place, row.high, text, "")
    axes.set_xlim(0, drawn["high"].max() / BILLION * 1.2)


def _beside(axes: Axes, place: int, high: float, text: str, more: str) -> None:
    end = high / BILLION
    style: Style = {"textcoords": "offset points", "va": "center", "size": 9}
    axes.annotate(text, (end, place), xytext=(5, 5 if more else 0), ha="left", **style)
    if more:
        axes.annotate(more, (end, place), xytext=(5, -7), ha="left", color=GREY, **{**style, "size": 8})


def _dress(axes: Axes, to: str, lang: Language, say: dict[str, str]) -> None:
    axes.set_ylim(axes.get_yticks()[-1] + 0.8, -0.6)
    axes.xaxis.set_major_formatter(lambda value, _: format_figure(value, lang=lang))
    axes.grid(axis="x")
    axes.set_xlabel(say["axis"].format(to=to))


def _label(row: Row, names: pd.Series, say: dict[str, str]) -> str:
    name = names[row.pledge_id] if row.what == "pledge" else say["unallocated"]
    return f"{_INDENT * row.level}{name}"


def _day(ledger: Ledger, as_of: str | dt.date | None, say: dict[str, str], lang: Language) -> str:
    if as_of is None:
        return ""
    return say["day"].format(day=long_day(as_of, lang=lang, data_end=last_day(ledger)))
