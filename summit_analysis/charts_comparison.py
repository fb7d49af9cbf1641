"""Figures of comparison: money per year beside money of one year, and pledges as a share of one year's output."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from summit_analysis.amounts import Amount, Language, format_amount, format_figure
from summit_analysis.charts import BILLION, GREY, PALE, Chart, Style, canvas, palette
from summit_analysis.comparisons import HORIZONS, SUMMIT_DAY, compare_pledges
from summit_analysis.rates import EURO
from summit_analysis.sources import source_line
from summit_analysis.words import words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.transforms import Transform

    from summit_analysis.tables import Ledger

FRANCE, STARGATE = "france-109bn", "cmp-usa-stargate-500bn"
"""The two pledges that the titles speak of."""
LEAST, LEAST_SHARE = BILLION, 0.005
"""Smaller ones are named in the margin instead of drawn."""
_ROW, _MARGIN = 0.26, 0.175
"""Inches for a row, and for a line in the margin."""
_OPEN = {(False, False): "closed", (True, False): "ceiling", (False, True): "floor", (True, True): "open"}
"""The word for an amount of which claims say "up to" and "at least"."""


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
        amounts = [_amount(low, high, to, lang) for low, high in rows[list(columns)].to_numpy()]
        return say["and"].join(
            f"{names[pledge]} {text}" for pledge, text in zip(rows["pledge_id"], amounts, strict=True)
        )

    per_year = ("low_per_year", "high_per_year")
    france, firms = drawn.set_index("pledge_id").loc[FRANCE], _firms(ledger, groups["one-year"])
    left_out = {
        "small": say["small"].format(least=_amount(LEAST, LEAST, to, lang), names=", ".join(names[small["pledge_id"]])),
        "unstated": say["unstated"].format(names=each(unstated, ("low", "high"))),
    }
    filled = {
        "to": to,
        "day": _date(SUMMIT_DAY, "d MMMM y", lang),
        "whole": _amount(france["low"], france["high"], to, lang),
        "year": _amount(france["low_per_year"], france["high_per_year"], to, lang),
        "n": len(firms),
        "span": _amount(firms["low"].min(), firms["high"].max(), to, lang),
        "one": each(groups["one-year"], per_year),
        "several": each(groups["multi-year"], per_year),
        **left_out,
    }
    title, subtitle, alt = (say[key].format(**filled) for key in ("title", "subtitle", "alt"))
    margin = _margin(*left_out.values())
    cited = _sources(ledger, drawn)
    source = source_line(ledger.sources, cited, rates=True, lang=lang)
    with canvas(title, subtitle, source, height=_inches(len(drawn) + 2.4, margin)) as (figure, axes):
        # each group stands below its heading, with a gap between the two
        edges = [0.0, len(groups["one-year"]) + 1.4]
        places = np.concatenate(
            [edge + 1 + np.arange(len(groups[name])) for edge, name in zip(edges, groups, strict=True)]
        )
        for edge, name in zip(edges, groups, strict=True):
            axes.text(0.015, edge, say[name], weight="bold", va="center", transform=_from_left(axes))
        reach = drawn[["high_per_year", "high_per_year_fewer"]].max().max() / BILLION
        # bars stand on the left, a column of texts on the right
        axes.set_xlim(0, reach / 0.4)
        _draw_bars(axes, drawn.assign(place=places))
        _write_rows(axes, drawn.assign(place=places), 1.19 * reach, to, lang)
        _dress(axes, drawn, places, reach, names, margin, lang)
        axes.set_xlabel(say["per_year"].format(to=to), loc="left")
        return Chart("comparison-per-year", figure, drawn, title, subtitle, alt, source, cited)


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
        "whole": _amount(france["low"], france["high"], EURO, lang),
        "share": share[FRANCE],
        "stargate": share[STARGATE],
        "year": "–".join(sorted({str(year) for year in drawn["gdp_year"]})),
        "each": say["and"].join(f"{names[pledge]} {text}" for pledge, text in share.items()),
        **left_out,
    }
    title, subtitle, alt = (say[key].format(**filled) for key in ("title", "subtitle", "alt"))
    margin = _margin(*left_out.values())
    economies = ledger.economies.set_index("iso3")["source_id"][drawn["recipient_country"]]
    cited = [*_sources(ledger, drawn), *economies]
    source = source_line(ledger.sources, cited, rates=True, lang=lang)
    with canvas(title, subtitle, source, height=_inches(len(drawn), margin)) as (figure, axes):
        reach = 100 * drawn["share_high"].max()
        axes.set_xlim(0, reach * 1.65)
        _draw_dots(axes, drawn, told, lang)
        _dress(axes, drawn, np.arange(len(drawn)), reach, names, margin, lang)
        axes.set_xlabel(say["gdp"].format(**filled), loc="left")
        return Chart("share-of-one-years-output", figure, drawn, title, subtitle, alt, source, cited)


def _firms(ledger: Ledger, rows: pd.DataFrame) -> pd.DataFrame:
    pledges = ledger.pledges.set_index("pledge_id").loc[rows["pledge_id"]]
    return rows[((pledges["pledger_kind"] == "company") & (pledges["pledger_country"] == "USA")).to_numpy()]


def _draw_bars(axes: Axes, rows: pd.DataFrame) -> None:
    for row in rows.itertuples():
        low, high, colour = row.low_per_year / BILLION, row.high_per_year / BILLION, _colour(row.group)
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
        _beside(axes, end, row.place, text)
        whole = format_amount(Amount(row.low, row.high, to, row.open_low, row.open_high), lang=lang)
        told = [whole, _span(row.horizon_start, row.horizon_end, lang), say.get(row.comparable)]
        axes.text(column, row.place, ", ".join(filter(None, told)), color=GREY, size=8.5, va="center", in_layout=False)


def _draw_dots(axes: Axes, drawn: pd.DataFrame, told: list[str], lang: Language) -> None:
    say = words("comparison", lang)
    for place, (row, text) in enumerate(zip(drawn.itertuples(), told, strict=True)):
        low, high, colour = 100 * row.share_low, 100 * row.share_high, _colour(row.group)
        face = "white" if pd.notna(row.comparable) else colour
        axes.hlines(place, low, high, color=colour, lw=3, alpha=0.45)
        axes.scatter([low, high], [place] * 2, s=42, facecolors=face, edgecolors=colour, linewidths=1.5, zorder=3)
        _beside(axes, high, place, ", ".join(filter(None, [text, say.get(row.comparable)])))


def _beside(axes: Axes, x: float, y: float, text: str) -> None:
    axes.annotate(text, (x, y), xytext=(7, 0), textcoords="offset points", va="center", size=9, in_layout=False)


def _dress(
    axes: Axes,
    drawn: pd.DataFrame,
    places: np.ndarray,
    reach: float,
    names: pd.Series,
    margin: list[str],
    lang: Language,
) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_yticks(places, names[drawn["pledge_id"]])
    for label, group in zip(axes.get_yticklabels(), drawn["group"], strict=True):
        label.set_fontweight("bold" if group == "summit" else "normal")
    last = places[-1] + 0.6
    ticks = [tick for tick in MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]).tick_values(0, reach) if 0 <= tick <= reach]
    axes.set_xticks(ticks, [format_figure(tick, lang=lang) for tick in ticks])
    axes.tick_params(axis="x", length=0, labeltop=True, labelbottom=False)
    axes.xaxis.set_label_position("top")
    axes.spines["bottom"].set_visible(False)
    # lines end with the last row, and leave the margin free
    axes.vlines(ticks, -0.6, last, color=PALE, lw=0.6, zorder=0)
    axes.set_ylim(last + (len(margin) + 0.6) * _MARGIN / _ROW, -0.6)
    style: Style = {"va": "top", "color": GREY, "size": 8.5, "linespacing": 1.3, "in_layout": False}
    axes.text(0.015, last + 0.4 * _MARGIN / _ROW, "\n".join(margin), transform=_from_left(axes), **style)


def _margin(*texts: str) -> list[str]:
    # a French semicolon must not begin a line
    return [line for text in texts for line in textwrap.wrap(text.replace(" ;", "\xa0;"), 120)]


def _inches(rows: float, margin: list[str]) -> float:
    return _ROW * rows + _MARGIN * (len(margin) + 0.6) + 0.4


def _from_left(axes: Axes) -> Transform:
    """Place texts from the left edge of the figure, at the height of rows."""
    from matplotlib.transforms import blended_transform_factory

    return blended_transform_factory(axes.figure.transFigure, axes.transData)


def _colour(group: str) -> str:
    return palette()[0 if group == "summit" else 7]


def _sources(ledger: Ledger, rows: pd.DataFrame) -> pd.Series:
    read = rows["claim_ids"].str.split(";").explode()
    return ledger.claims.loc[ledger.claims["claim_id"].isin(read), "source_id"]


def _amount(low: float, high: float, to: str, lang: Language) -> str:
    return format_amount(Amount(low, high, to), lang=lang)


def _percent(low: float, high: float, how: str, lang: Language) -> str:
    from babel.numbers import format_percent

    first, second = (format_figure(100 * share, lang=lang) for share in (low, high))
    text = format_percent(round(high, 3), locale=lang, decimal_quantization=False)
    return words("gdp", lang)[how].format(amount=text if first == second else f"{first}–{text}")


def _span(begins: str, ends: str, lang: Language) -> str:
    days = [day if len(day) == 4 else _date(day, "MMM y", lang) for day in (begins, ends)]
    return "–".join(dict.fromkeys(days))


def _date(day: str, pattern: str, lang: Language) -> str:
    from babel.dates import format_date

    return format_date(pd.Timestamp(day), pattern, locale=lang)
