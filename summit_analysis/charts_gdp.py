"""The figure of pledges as a share of one year's output of the economy that receives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from summit_analysis.amounts import Language, format_figure
from summit_analysis.charts import Chart
from summit_analysis.charts_canvas import canvas
from summit_analysis.charts_rows import (
    FRANCE,
    beside,
    colour_of,
    dress,
    inches,
    margin_lines,
    printed,
)
from summit_analysis.comparisons import compare_pledges
from summit_analysis.rates import EURO
from summit_analysis.resolving import sources_of
from summit_analysis.sources import source_line
from summit_analysis.words import words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from summit_analysis.tables import Ledger

STARGATE = "cmp-usa-stargate-500bn"
"""The pledge that the title holds against France's."""
LEAST_SHARE = 0.005
"""Smaller ones are named in the margin instead of drawn."""
_OPEN = {(False, False): "closed", (True, False): "ceiling", (False, True): "floor", (True, True): "open"}
"""The word for an amount of which claims say "up to" and "at least"."""


def chart_share_of_gdp(ledger: Ledger, *, lang: Language = "en") -> Chart:
    """Draw pledges as a share of one year's output of the economy that receives them.

    Parameters
    ----------
    ledger : Ledger
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data are rows of `compare_pledges`: those of at least half a per cent, by size.

    >>> chart = chart_share_of_gdp(ledger)
    >>> france = chart.data.set_index("pledge_id").loc["france-109bn"]
    >>> print(f"{france['share_high']:.1%} of the output of {france['gdp_year']}")
    3.7% of the output of 2024
    """
    say, names = words("gdp", lang), ledger.names(lang)
    compared = compare_pledges(ledger)
    compared = compared[compared["high"].notna()].sort_values("share_high", ascending=False, kind="stable")
    drawn = compared[compared["share_high"] >= LEAST_SHARE]
    small, world = compared[compared["share_high"] < LEAST_SHARE], compared[compared["share_high"].isna()]
    told = [
        _percent(row.share_low, row.share_high, _OPEN[row.open_low, row.open_high], lang) for row in drawn.itertuples()
    ]
    share, france = dict(zip(drawn["pledge_id"], told, strict=True)), drawn.set_index("pledge_id").loc[FRANCE]
    left_out = {
        "small": say["small"].format(
            least=_percent(LEAST_SHARE, LEAST_SHARE, "closed", lang), names=", ".join(names[small["pledge_id"]])
        ),
        "world": say["world"].format(names=", ".join(names[world["pledge_id"]])),
    }
    filled = {
        "n": len(drawn),
        "more": int((drawn["share_low"] > france["share_high"]).sum()),
        "whole": printed(france["low"], france["high"], EURO, lang),
        "share": share[FRANCE],
        "stargate": share[STARGATE],
        "year": "–".join(sorted({str(year) for year in drawn["gdp_year"]})),
        "each": say["and"].join(f"{names[pledge]} {text}" for pledge, text in share.items()),
        **left_out,
    }
    title, subtitle, alt = (say[key].format(**filled) for key in ("title", "subtitle", "alt"))
    margin = margin_lines(*left_out.values())
    economies = ledger.economies.set_index("iso3")["source_id"][drawn["recipient_country"]]
    cited = [*sources_of(ledger, drawn), *economies]
    source = source_line(ledger.sources, cited, rates=True, lang=lang)
    with canvas(title, subtitle, source, height=inches(len(drawn), margin)) as (figure, axes):
        reach = 100 * drawn["share_high"].max()
        axes.set_xlim(0, reach * 1.65)
        _draw_dots(axes, drawn, told, lang)
        dress(axes, drawn, np.arange(len(drawn)), reach, names, margin, lang)
        axes.set_xlabel(say["gdp"].format(**filled), loc="left")
        return Chart("share-of-one-years-output", figure, drawn, title, subtitle, alt, source, cited)


def _draw_dots(axes: Axes, drawn: pd.DataFrame, told: list[str], lang: Language) -> None:
    say = words("comparison", lang)
    for place, (row, text) in enumerate(zip(drawn.itertuples(), told, strict=True)):
        low, high, colour = 100 * row.share_low, 100 * row.share_high, colour_of(row.group)
        face = "white" if pd.notna(row.comparable) else colour
        axes.hlines(place, low, high, color=colour, lw=3, alpha=0.45)
        axes.scatter([low, high], [place] * 2, s=42, facecolors=face, edgecolors=colour, linewidths=1.5, zorder=3)
        beside(axes, high, place, ", ".join(filter(None, [text, say.get(row.comparable)])))


def _percent(low: float, high: float, how: str, lang: Language) -> str:
    from babel.numbers import format_percent

    first, second = (format_figure(100 * share, lang=lang) for share in (low, high))
    text = format_percent(round(high, 3), locale=lang, decimal_quantization=False)
    return words("gdp", lang)[how].format(amount=text if first == second else f"{first}–{text}")
