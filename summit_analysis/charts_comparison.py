"""The figure of money per year: plans for one year beside envelopes over several, divided by their years."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from summit_analysis.amounts import Amount, Language, format_amount, format_figure
from summit_analysis.charts import Chart
from summit_analysis.charts_canvas import BILLION, GREY, Style, canvas
from summit_analysis.charts_days import month_or_year
from summit_analysis.charts_rows import (
    FRANCE,
    beside,
    colour_of,
    dress,
    from_left,
    inches,
    margin_lines,
    printed,
)
from summit_analysis.comparisons import HORIZONS, SUMMIT_DAY, compare_pledges
from summit_analysis.display import long_day
from summit_analysis.rates import EURO
from summit_analysis.resolving import sources_of
from summit_analysis.sources import source_line
from summit_analysis.words import words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from summit_analysis.tables import Ledger

LEAST = BILLION
"""Smaller ones are named in the margin instead of drawn."""


def chart_comparison(ledger: Ledger, *, to: str = EURO, lang: Language = "en") -> Chart:
    """Draw what was planned for one year, and what was pledged over several years divided by their number.

    Parameters
    ----------
    ledger : Ledger
    to : str
        ISO 4217 code of the currency drawn.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data are rows of `compare_pledges`: those with a horizon and at least a billion of `to` a year, plans for
        one year first, each group by size.

    >>> chart = chart_comparison(ledger)
    >>> print(chart.title)
    Spread over its years, France’s €109bn makes €15.6bn a year; each of 4 US companies planned €58.1–96.9bn in one
    >>> chart.data["horizon"].value_counts().to_dict()
    {'multi-year': 13, 'one-year': 4}
    """
    say, names = words("comparison", lang), ledger.names(lang)
    compared = compare_pledges(ledger, to=to)
    compared = compared[compared["high"].notna()].sort_values("high", ascending=False, kind="stable")
    unstated, stated = compared[compared["years"].isna()], compared[compared["years"].notna()]
    stated = stated.sort_values(["high_per_year", "low_per_year"], ascending=False, kind="stable")
    small, big = (stated[rows] for rows in (stated["high_per_year"] < LEAST, stated["high_per_year"] >= LEAST))
    groups = {name: big[big["horizon"] == name] for name in HORIZONS[:2]}
    drawn = pd.concat(groups.values())

    def each(rows: pd.DataFrame, columns: tuple[str, str]) -> str:
        amounts = [printed(low, high, to, lang) for low, high in rows[list(columns)].to_numpy()]
        return say["and"].join(
            f"{names[pledge]} {text}" for pledge, text in zip(rows["pledge_id"], amounts, strict=True)
        )

    per_year = ("low_per_year", "high_per_year")
    france, firms = drawn.set_index("pledge_id").loc[FRANCE], _firms(ledger, groups["one-year"])
    left_out = {
        "small": say["small"].format(least=printed(LEAST, LEAST, to, lang), names=", ".join(names[small["pledge_id"]])),
        "unstated": say["unstated"].format(names=each(unstated, ("low", "high"))),
    }
    filled = {
        "to": to,
        "day": long_day(SUMMIT_DAY, lang=lang),
        "whole": printed(france["low"], france["high"], to, lang),
        "year": printed(france["low_per_year"], france["high_per_year"], to, lang),
        "n": len(firms),
        "span": printed(firms["low"].min(), firms["high"].max(), to, lang),
        "one": each(groups["one-year"], per_year),
        "several": each(groups["multi-year"], per_year),
        **left_out,
    }
    title, subtitle, alt = (say[key].format(**filled) for key in ("title", "subtitle", "alt"))
    margin = margin_lines(*left_out.values())
    cited = sources_of(ledger, drawn)
    source = source_line(ledger.sources, cited, rates=True, lang=lang)
    with canvas(title, subtitle, source, height=inches(len(drawn) + 2.4, margin)) as (figure, axes):
        # each group stands below its heading, with a gap between the two
        edges = [0.0, len(groups["one-year"]) + 1.4]
        places = np.concatenate(
            [edge + 1 + np.arange(len(groups[name])) for edge, name in zip(edges, groups, strict=True)]
        )
        for edge, name in zip(edges, groups, strict=True):
            axes.text(0.015, edge, say[name], weight="bold", va="center", transform=from_left(axes))
        reach = drawn[["high_per_year", "high_per_year_fewer"]].max().max() / BILLION
        # bars stand on the left, a column of texts on the right
        axes.set_xlim(0, reach / 0.4)
        _draw_bars(axes, drawn.assign(place=places))
        _write_rows(axes, drawn.assign(place=places), 1.21 * reach, to, lang)
        dress(axes, drawn, places, reach, names, margin, lang)
        axes.set_xlabel(say["per_year"].format(to=to), loc="left")
        return Chart("comparison-per-year", figure, drawn, title, subtitle, alt, source, cited)


def _firms(ledger: Ledger, rows: pd.DataFrame) -> pd.DataFrame:
    pledges = ledger.pledges.set_index("pledge_id").loc[rows["pledge_id"]]
    return rows[((pledges["pledger_kind"] == "company") & (pledges["pledger_country"] == "USA")).to_numpy()]


def _draw_bars(axes: Axes, rows: pd.DataFrame) -> None:
    for row in rows.itertuples():
        low, high, colour = row.low_per_year / BILLION, row.high_per_year / BILLION, colour_of(row.group)
        other: Style = {"hatch": "////", "edgecolor": "white"} if pd.notna(row.comparable) else {}
        axes.barh(row.place, low, color=colour, height=0.6, lw=0, **other)
        if high > low:
            axes.barh(row.place, high - low, left=low, color=colour, alpha=0.35, height=0.34, lw=0)
        if pd.notna(row.high_per_year_fewer):
            ends = [high, row.high_per_year_fewer / BILLION]
            axes.plot(ends, [row.place] * 2, color=colour, lw=1.2, marker="|", markevery=[1])


def _write_rows(axes: Axes, rows: pd.DataFrame, column: float, to: str, lang: Language) -> None:
    """Write the yearly figure at the bar, and whole amount, years and kind of money in a column of their own."""
    say = words("comparison", lang)
    for row in rows.itertuples():
        low, high = (format_figure(value / BILLION, lang=lang) for value in (row.low_per_year, row.high_per_year))
        end = np.fmax(row.high_per_year, row.high_per_year_fewer) / BILLION
        text = low if low == high else f"{low}–{high}"
        beside(axes, end, row.place, text)
        whole = format_amount(Amount(row.low, row.high, to, row.open_low, row.open_high), lang=lang)
        told = [whole, _span(row.horizon_start, row.horizon_end, lang), say.get(row.comparable)]
        axes.text(column, row.place, ", ".join(filter(None, told)), color=GREY, size=8, va="center", in_layout=False)


def _span(begins: str, ends: str, lang: Language) -> str:
    return "–".join(dict.fromkeys(month_or_year(day, lang) for day in (begins, ends)))
