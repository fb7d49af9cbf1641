"""The figure of announced money by day: a staircase with the summit week magnified."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from summit_analysis.amounts import Language, format_figure, known_language
from summit_analysis.charts import Chart
from summit_analysis.charts_canvas import BILLION, WIDTH, Style, canvas, palette, text_points
from summit_analysis.charts_days import month_ticks, place
from summit_analysis.charts_rows import printed
from summit_analysis.display import long_day
from summit_analysis.errors import FrameError
from summit_analysis.novelty import SUMMIT_WEEK, announced_by_day, new_or_known
from summit_analysis.outcomes import last_day
from summit_analysis.rates import EURO
from summit_analysis.resolving import Rule, resolve_claims, sources_read
from summit_analysis.rows import Row
from summit_analysis.sentences import unit
from summit_analysis.sources import source_line
from summit_analysis.words import words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from summit_analysis.tables import Ledger

_ZONES = (0.0, 0.33, 0.82, 1.0)
"""Shares of the axis at which it begins, the summit week begins and ends, and the axis ends."""
_INCHES = 4.4
_SIZE = 8.5
_BELOW = "#d3e5f0"
_SHADE = "#f3f3f3"


def chart_announced(ledger: Ledger, *, rule: Rule = "full-range", to: str = EURO, lang: Language = "en") -> Chart:
    """Draw the money announced by each day, each euro once, as steps.

    Parameters
    ----------
    ledger : Ledger
    rule, to
        As in `announced_by_day`.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data are those of `announced_by_day`; the last step reaches to the last day in the data.

    Raises
    ------
    FrameError
        If nothing was announced before, or nothing in, the summit week.

    The staircase begins with what was known long before the summit:

    >>> chart = chart_announced(ledger)
    >>> print(chart.title)
    In 6 days announced money grew from €6.8bn to at most €375bn; €140bn of it is certainly new
    >>> chart.data[["day", "low", "new"]].head(1)
             day           low                        new
    0 2024-05-12  1.200000e+09  amazon-choose-france-2024
    """
    known_language(lang)
    drawn = announced_by_day(ledger, to=to, rule=rule)
    before, after = drawn[drawn["day"] < SUMMIT_WEEK[0]], drawn[drawn["day"] <= SUMMIT_WEEK[1]]
    if before.empty or len(before) == len(after):
        raise FrameError("the staircase needs a day with money before the summit week, and one in it")
    ends = last_day(ledger)
    title, subtitle, alt = _texts(ledger, drawn, (before.iloc[-1], after.iloc[-1]), rule, to, lang)
    counted = ";".join(drawn["new_counted"]).split(";")
    cited = sources_read(ledger, counted, rule)
    source = source_line(ledger.sources, cited, rates=True, lang=lang)
    with canvas(title, subtitle, source, height=_INCHES) as (figure, axes):
        _dress(axes, drawn, ends, to, lang)
        _draw(axes, drawn, ends)
        _write(axes, ledger, drawn, ends, rule, to, lang)
        return Chart("announced-by-day", figure, drawn, title, subtitle, alt, source, cited)


def _texts(
    ledger: Ledger, drawn: pd.DataFrame, week: tuple[pd.Series, pd.Series], rule: Rule, to: str, lang: Language
) -> tuple[str, str, str]:
    say, parts = words("announced", lang), new_or_known(ledger, to=to, rule=rule)
    before, after = week
    new = parts.loc[parts["announced"] == "in-week", "low_new"].sum()
    each = [
        say["each"].format(amount=_amount(row.low, row.high, to, lang), day=long_day(row.day, lang=lang))
        for row in drawn.itertuples()
    ]
    filled = {
        "days": (SUMMIT_WEEK[1] - SUMMIT_WEEK[0]).days + 1,
        "before": _amount(before["low"], before["high"], to, lang),
        "after": _amount(after["low"], after["high"], to, lang),
        "new": _amount(new, new, to, lang),
        "to": to,
        "unit": unit(to, lang),
        "rule": rule,
        "each": say["and"].join(each),
    }
    title, subtitle, alt = (say[key].format(**filled) for key in ("title", "subtitle", "alt"))
    return title, subtitle, alt


def _dress(axes: Axes, drawn: pd.DataFrame, ends: pd.Timestamp, to: str, lang: Language) -> None:
    from babel.dates import format_date

    week = place(SUMMIT_WEEK[0]), place(SUMMIT_WEEK[1]) + 1
    first, last = place(drawn["day"].iloc[0]), max(place(ends), week[1] + 30)
    # a little room on the left for the first step to rise in
    knots = np.array([first - 0.03 * (week[0] - first), *week, last])
    axes.set_xscale(
        "function", functions=(lambda x: np.interp(x, knots, _ZONES), lambda x: np.interp(x, _ZONES, knots))
    )
    axes.set_xlim(knots[0], knots[-1])
    axes.set_ylim(0, drawn["high"].max() / BILLION * 1.1)
    days = pd.date_range(*SUMMIT_WEEK)
    places, texts = [place(day) + 0.5 for day in days], [format_date(day, "d MMM", locale=lang) for day in days]
    for zone in (0, 2):
        width = (_ZONES[zone + 1] - _ZONES[zone]) * WIDTH * 72 * 0.9
        found = month_ticks(knots[zone], knots[zone + 1], width / (knots[zone + 1] - knots[zone]), lang)
        places, texts = places + found[0], texts + found[1]
    axes.set_xticks(places, texts)
    axes.tick_params(axis="x", length=0)
    axes.yaxis.set_major_formatter(lambda value, _: format_figure(value, lang=lang))
    axes.grid(axis="y")
    axes.set_ylabel(words("announced", lang)["axis"].format(to=to))
    axes.axvspan(*week, color=_SHADE, lw=0, zorder=-1)


def _draw(axes: Axes, drawn: pd.DataFrame, ends: pd.Timestamp) -> None:
    blue = palette()[0]
    x = [*map(place, drawn["day"]), place(ends)]
    low, high = ([*drawn[end] / BILLION, drawn[end].iloc[-1] / BILLION] for end in ("low", "high"))
    axes.fill_between(x, low, step="post", color=_BELOW, lw=0)
    axes.fill_between(x, low, high, step="post", color=blue, alpha=0.45, lw=0)
    for level in (low, high):
        axes.step([x[0], *x], [0, *level], where="post", color=blue, lw=1.4)


def _write(
    axes: Axes, ledger: Ledger, drawn: pd.DataFrame, ends: pd.Timestamp, rule: Rule, to: str, lang: Language
) -> None:
    """Label each step of the week on its left, where the staircase leaves room, and the two ends."""
    say = words("announced", lang)
    style: Style = {"textcoords": "offset points", "size": _SIZE}
    in_week = drawn[drawn["day"].between(*SUMMIT_WEEK)]
    by_size = resolve_claims(ledger, rule, to=to).sort_values("high", ascending=False, kind="stable")["pledge_id"]
    before, last = drawn[drawn["day"] < SUMMIT_WEEK[0]].iloc[-1], drawn.iloc[-1]
    line = 1.5 * _SIZE / (_INCHES * 72 * 0.9) * axes.get_ylim()[1]
    above = before["high"] / BILLION + line / 2
    axes.annotate(
        _ended(before, before["day"], say, to, lang), (axes.get_xlim()[0], above), (4, 0), va="center", **style
    )
    for row in in_week.itertuples():
        above = max(row.high / BILLION, above + line)
        share = _ZONES[1] + (row.day - SUMMIT_WEEK[0]).days * (_ZONES[2] - _ZONES[1]) / len(pd.date_range(*SUMMIT_WEEK))
        names = ledger.names(lang)[by_size[by_size.isin(row.new_counted.split(";"))]]
        text = _step(ledger, row, list(names), share * WIDTH * 72 * 0.9, say, to, lang)
        axes.annotate(text, (place(row.day), above), (-5, 0), ha="right", va="center", **style)
    text = _ended(last, ends, say, to, lang).replace(say["by"], "\n" + say["by"].lstrip(), 1)
    axes.annotate(text, (place(ends), last["low"] / BILLION), (-4, -5), ha="right", va="top", **style)


def _step(ledger: Ledger, row: Row, names: list[str], room: float, say: dict[str, str], to: str, lang: Language) -> str:
    """Say who makes a step, as many as fit."""
    held, amount = [pledge for pledge in row.now_inside.split(";") if pledge], _amount(row.low, row.high, to, lang)
    inside = ledger.names(lang)[held[0]] if len(held) == 1 else say["earlier"].format(n=len(held))
    for holds in ([say["holds"].format(what=inside)] if held else []) + [""]:
        for shown in range(len(names), 0, -1):
            listed = [*names[:shown], *([say["more"].format(n=len(names) - shown)] if shown < len(names) else [])]
            text = say["step"].format(amount=amount, names=", ".join(listed)) + holds
            if text_points(text, _SIZE) <= room:
                return text
    return amount


def _ended(row: pd.Series, day: pd.Timestamp, say: dict[str, str], to: str, lang: Language) -> str:
    return _amount(row["low"], row["high"], to, lang) + say["by"] + long_day(day, lang=lang)


def _amount(low: float, high: float, to: str, lang: Language) -> str:
    # a decimal says something only of small sums
    return printed(low, high, to, lang, digits=int(low < 10 * BILLION))
