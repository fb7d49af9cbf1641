"""The figure of how far a total moves with the currency, the day of the rate and the convention."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from summit_analysis.amounts import Language, format_figure
from summit_analysis.charts import Chart
from summit_analysis.charts_canvas import BILLION, PALE, Style, canvas, palette
from summit_analysis.charts_rows import printed
from summit_analysis.comparisons import stated_claims
from summit_analysis.display import long_day
from summit_analysis.rates import EURO
from summit_analysis.resolving import Rule
from summit_analysis.rows import Row
from summit_analysis.sensitivity import ANNOUNCED, DOLLAR, spread, total_by_convention
from summit_analysis.sources import source_line
from summit_analysis.words import words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from summit_analysis.tables import Ledger

_ROW = 0.235
"""Inches."""


def chart_sensitivity(
    ledger: Ledger,
    *,
    to: Sequence[str] = (EURO, DOLLAR),
    rule: Rule = "full-range",
    on: str | dt.date = ANNOUNCED,
    lang: Language = "en",
) -> Chart:
    """Draw the total under every convention, one group of ranges for each currency.

    Parameters
    ----------
    ledger : Ledger
    to : sequence of str
        ISO 4217 codes.
    rule, on
        As in `total_by_convention`.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data are those of `total_by_convention`, one row per range drawn.

    The month of the summit alone moves the dollars by two per cent:

    >>> chart = chart_sensitivity(ledger, to=["USD"])
    >>> print(chart.title)
    The day and the convention of the rate move the total by $41bn in US dollars
    >>> moved = chart.data.set_index("convention")["moved_low"]
    >>> moved[["dollar-cheapest", "dollar-dearest"]].round(3)
    convention
    dollar-cheapest    0.016
    dollar-dearest    -0.005
    Name: moved_low, dtype: float64
    """
    from babel.lists import format_list

    say = words("sensitivity", lang)
    drawn = pd.concat([total_by_convention(ledger, to=code, rule=rule, on=on) for code in to], ignore_index=True)
    names = [_name(row, say, lang) for row in drawn.itertuples()]
    texts = [printed(row.low, row.high, row.to, lang) for row in drawn.itertuples()]
    moved = [
        say["moved"].format(currency=_currency(code, lang), amount=printed(by, by, code, lang, digits=0))
        for code, by in spread(drawn).items()
    ]
    rows = pd.DataFrame(
        {"to": drawn["to"], "text": [f"{name} {text}" for name, text in zip(names, texts, strict=True)]}
    )
    filled = {
        "moved": format_list(moved, locale=lang),
        "rule": rule,
        "each": " ".join(
            f"{say['group'].format(currency=_currency(code, lang))}{say['colon']}{say['and'].join(group['text'])}."
            for code, group in rows.groupby("to", sort=False)
        ),
    }
    title, subtitle, alt = (say[key].format(**filled) for key in ("title", "subtitle", "alt"))
    cited = _sources(ledger, rule)
    source = source_line(ledger.sources, cited, rates=True, lang=lang)
    with canvas(title, subtitle, source, height=_ROW * (len(drawn) + 1.6 * len(to)) + 0.4) as (figure, axes):
        _draw(axes, drawn, names, texts, [say["group"].format(currency=_currency(code, lang)) for code in to])
        axes.xaxis.set_major_formatter(lambda value, _: format_figure(value, lang=lang))
        axes.set_xlabel(say["billion"])
        axes.grid(axis="x")
        return Chart("total-by-convention", figure, drawn, title, subtitle, alt, source, cited)


def _draw(axes: Axes, drawn: pd.DataFrame, names: list[str], texts: list[str], groups: list[str]) -> None:
    blue, orange = palette()[:2]
    low, high = drawn["low"] / BILLION, drawn["high"] / BILLION
    left = low.min() - 0.06 * (high.max() - low.min())
    y, ticks = 0.0, []
    for title, (_, rows) in zip(groups, drawn.groupby("to", sort=False), strict=True):
        axes.text(left, y, title, weight="bold", va="center")
        own = rows.index[0]
        axes.fill_betweenx([y + 0.6, y + len(rows) + 0.4], low[own], high[own], color=PALE, alpha=0.5, lw=0)
        for row in rows.index:
            y += 1
            # one rate for all claims has a day
            colour = blue if pd.isna(drawn["day"][row]) else orange
            axes.plot([low[row], high[row]], [y, y], color=colour, lw=2.2, marker="o", ms=4.5)
            place: Style = {"xytext": (7, 0), "textcoords": "offset points", "va": "center", "size": 8.5}
            axes.annotate(texts[row], (high[row], y), **place)
            ticks.append(y)
        y += 1.6
    axes.set_yticks(ticks, names)
    axes.set_ylim(y - 0.9, -0.7)
    # the texts stand to the right of the ranges
    axes.set_xlim(left, high.max() + 0.36 * (high.max() - left))


def _name(row: Row, say: dict[str, str], lang: Language) -> str:
    from babel.dates import format_date

    if pd.isna(row.day):
        return say[row.convention]
    if row.period != "day":
        return say[row.convention].format(
            period=format_date(row.day, "MMMM y" if row.period == "month" else "y", locale=lang)
        )
    return say[row.convention].format(
        weekday=format_date(row.day, "EEEE", locale=lang), day=long_day(row.day, lang=lang)
    )


def _currency(code: str, lang: Language) -> str:
    from babel.numbers import get_currency_name

    return get_currency_name(code, count=2, locale=lang)


def _sources(ledger: Ledger, rule: Rule) -> pd.Series:
    claims = stated_claims(ledger, rule)
    summit = ledger.pledges.loc[ledger.pledges["group"] == "summit", "pledge_id"]
    return claims.loc[claims["pledge_id"].isin(summit), "source_id"]
