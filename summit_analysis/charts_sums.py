"""Figures of sums: what a careless one makes of the article."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from summit_analysis.amounts import Amount, Language, format_amount, format_figure
from summit_analysis.charts import Chart
from summit_analysis.charts_canvas import BILLION, GREY, Style, canvas, palette
from summit_analysis.claims import value_claims
from summit_analysis.envelopes import Forest
from summit_analysis.rates import EURO
from summit_analysis.sources import SEED, source_line
from summit_analysis.words import words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from summit_analysis.tables import Ledger

_COLUMNS = [
    *("pledge_id", "claim_id", "qualifier", "amount_low", "amount_high", "currency", "valued_on", "valued_by", "rate"),
    *("rate_date", "figure", "begins", "counted_again"),
]


def chart_naive_sum(ledger: Ledger, *, to: str = EURO, lang: Language = "en") -> Chart:
    """Draw the sum that a hurried reader makes of the article's money statements, and what of it is counted again.

    Parameters
    ----------
    ledger : Ledger
    to : str
        ISO 4217 code of the currency drawn.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data hold one row per statement: ``figure`` (whole units of `to`), ``begins`` (sum of the rows above),
        ``counted_again`` (an envelope that holds it is in the article too).

    >>> chart = chart_naive_sum(ledger)
    >>> print(chart.title)
    Added up as printed, the article’s 14 sums make €632.8bn, but €311.4bn of it is money already counted
    >>> chart.data[["pledge_id", "figure", "begins", "counted_again"]].head(2)
           pledge_id        figure        begins  counted_again
    0   france-109bn  1.090000e+11  0.000000e+00          False
    10    mgx-campus  5.000000e+10  1.090000e+11           True
    """
    say, names = words("naive", lang), ledger.names(lang)
    drawn = _stacked(ledger, to)
    labels = drawn["pledge_id"].map(names)
    texts = [_label(row, to, lang) for _, row in drawn.iterrows()]

    def amount(value: float) -> str:
        return format_amount(Amount(value, value, to), lang=lang)

    is_open = drawn["qualifier"].isin(["at-least", "up-to", "several"])
    opened = [f"{name}, {text}" for name, text, flag in zip(labels, texts, is_open, strict=True) if flag]
    whole = amount(drawn["figure"].sum())
    filled = {
        "to": to,
        "n": len(drawn),
        "total": whole,
        "again": amount(drawn.loc[drawn["counted_again"], "figure"].sum()),
        "each": say["and"].join(f"{name} {text}" for name, text in zip(labels, texts, strict=True)),
        "open": say["open"].format(names=say["and"].join(opened)),
    }
    title, subtitle, alt = (say[key].format(**filled) for key in ("title", "subtitle", "alt"))
    source = source_line(ledger.sources, [SEED], rates=True, lang=lang)
    with canvas(title, subtitle, source, height=0.34 * (len(drawn) + 1) + 0.5) as (figure, axes):
        _draw(axes, drawn, texts, whole)
        axes.set_yticks(range(len(drawn) + 1), [*labels, say["sum"]])
        axes.xaxis.set_major_formatter(lambda value, _: format_figure(value, lang=lang))
        axes.set_xlabel(say["axis"].format(to=to))
        return Chart("careless-sum-of-the-article", figure, drawn, title, subtitle, alt, source, [SEED])


def _stacked(ledger: Ledger, to: str) -> pd.DataFrame:
    claims = value_claims(ledger, to=to)
    claims = claims[claims["source_id"] == SEED]
    forest = Forest(ledger.pledges["pledge_id"], ledger.pledges["parent_id"])
    mentioned = set(claims["pledge_id"])
    figure = claims[f"high_{to}"]
    return claims.assign(
        figure=figure,
        begins=figure.fillna(0).cumsum() - figure.fillna(0),
        counted_again=[bool(mentioned.intersection(forest.ancestors(pledge))) for pledge in claims["pledge_id"]],
    )[_COLUMNS]


def _label(row: pd.Series, to: str, lang: Language) -> str:
    if pd.isna(row["figure"]):
        scale = format_amount(Amount(np.nan, np.nan, row["currency"], scale=BILLION), lang=lang)
        return words("naive", lang)["none"].format(scale=scale)
    return format_amount(Amount(row["figure"], row["figure"], to, open_high=row["qualifier"] == "at-least"), lang=lang)


def _draw(axes: Axes, drawn: pd.DataFrame, texts: list[str], total_text: str) -> None:
    blue, orange = palette()[:2]
    values, begins = drawn["figure"].fillna(0).to_numpy() / BILLION, drawn["begins"].to_numpy() / BILLION
    places, again, ends = np.arange(len(drawn)), drawn["counted_again"].to_numpy(), begins + values
    hatched: Style = {"color": orange, "hatch": "////", "edgecolor": "white", "linewidth": 0}
    axes.barh(places[~again], values[~again], left=begins[~again], color=blue, height=0.62)
    axes.barh(places[again], values[again], left=begins[again], height=0.62, **hatched)
    axes.barh([len(drawn)], [ends[-1]], color=GREY, height=0.62)
    for place, text in enumerate(texts):
        # a label that would leave the axis stands before its bar
        before = ends[place] > 0.72 * ends[-1]
        side: Style = {"ha": "right", "xytext": (-4, 0)} if before else {"ha": "left", "xytext": (4, 0)}
        x = begins[place] if before else ends[place]
        axes.annotate(text, (x, place), textcoords="offset points", va="center", size=9, **side)
    style: Style = {"ha": "right", "va": "center", "size": 9.5, "color": "white", "weight": "bold"}
    axes.annotate(total_text, (ends[-1], len(drawn)), xytext=(-5, 0), textcoords="offset points", **style)
    axes.vlines(ends, places, places + 1, color=GREY, lw=0.6)
    axes.set_ylim(len(drawn) + 0.6, -0.6)
    axes.set_xlim(0, ends[-1] * 1.02)
    axes.grid(axis="x")
