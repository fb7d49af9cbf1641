"""The figure of who claims what about the parts of an envelope."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from summit_analysis.amounts import Amount, Language, format_amount, format_figure
from summit_analysis.charts import Chart
from summit_analysis.charts_canvas import BILLION, GREY, PALE, Style, canvas, palette
from summit_analysis.claims import RULED, value_claims
from summit_analysis.envelopes import Forest
from summit_analysis.errors import FrameError
from summit_analysis.rates import EURO
from summit_analysis.sources import source_line
from summit_analysis.words import words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from summit_analysis.tables import Ledger

MARKERS = {"primary": "D", "news": "o", "analysis": "s", "seed": "*"}
_ARROW = 1.22
"""Factor by which an arrow reaches beyond its figure on the logarithmic axis."""
_LEVEL = 0.088
"""Inches between marks that would lie on one another."""
_MARGIN = 1.7
"""Factor of room beyond the smallest and the largest figure."""
_COLUMNS = [
    *("pledge_id", "claim_id", "source_id", "kind", "standing", "qualifier", "amount_low", "amount_high", "currency"),
    *("valued_on", "valued_by", "rate", "rate_date", "low", "high"),
]


def chart_claims(ledger: Ledger, *, envelope: str = "france-109bn", to: str = EURO, lang: Language = "en") -> Chart:
    """Draw every claim about the direct parts of an envelope as a mark.

    Parameters
    ----------
    ledger : Ledger
    envelope : str
        Pledge id of the envelope.
    to : str
        ISO 4217 code of the currency drawn.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data hold one row per claim; ``low`` and ``high`` are whole units of `to`.

    Raises
    ------
    FrameError
        If the pledge is unknown or none of its parts has a claim with a figure.

    A claim that no rule may read is drawn too, hollow; here somebody took euros for dollars:

    >>> chart = chart_claims(ledger)
    >>> print(chart.title)
    Sources agree on 6 of the 12 sums inside the €109bn; for MGX campus they say €30–50bn
    >>> chart.data[["pledge_id", "standing", "amount_low", "amount_high", "currency"]].head(2)
         pledge_id standing    amount_low   amount_high currency
    12  mgx-campus     slip  3.000000e+10  5.000000e+10      USD
    26  mgx-campus   stands  3.000000e+10  5.000000e+10      EUR
    """
    parts = Forest(ledger.pledges["pledge_id"], ledger.pledges["parent_id"]).children(envelope)
    claims = _in_one_currency(ledger, to)
    drawn = claims[claims["pledge_id"].isin(parts) & claims["high"].notna()]
    hulls = _hulls(drawn)
    if hulls.empty:
        raise FrameError(f"no claim with a figure about a part of {envelope!r}; choose an envelope with parts")
    order = {pledge: place for place, pledge in enumerate(hulls.index)}
    rank = drawn["pledge_id"].map(order)
    drawn = drawn.assign(rank=rank).sort_values(["rank", "high", "low", "claim_id"]).drop(columns="rank")
    whole = _hulls(claims[claims["pledge_id"] == envelope]).iloc[0]
    unnamed = [part for part in parts if part not in order]
    texts = _texts(ledger, drawn, hulls, whole, unnamed, to, lang)
    source = source_line(ledger.sources, drawn["source_id"], rates=True, lang=lang)
    tall = sum(_row_inches(_levels(rows)) for _, rows in drawn.groupby("pledge_id"))
    with canvas(texts["title"], texts["subtitle"], source, height=tall + 0.8) as (figure, axes):
        _draw(axes, drawn, hulls.index, ledger.names(lang))
        _dress(axes, drawn, texts["unnamed"], to, lang)
        name = f"claims-inside-{envelope}"
        said = texts["title"], texts["subtitle"], texts["alt"], source
        return Chart(name, figure, drawn, *said, drawn["source_id"])


def _in_one_currency(ledger: Ledger, to: str) -> pd.DataFrame:
    valued = value_claims(ledger, to=to).drop(columns=["low", "high"])
    valued = valued.rename(columns={f"low_{to}": "low", f"high_{to}": "high"})
    return valued.merge(ledger.sources[["source_id", "kind"]], on="source_id")[_COLUMNS]


def _hulls(claims: pd.DataFrame) -> pd.DataFrame:
    """Lowest and highest figure printed of each pledge, among the claims that a rule may read; largest first."""
    read = claims[claims["standing"].isin(RULED) & claims["high"].notna()]
    hulls = read.groupby("pledge_id").agg(low=("low", "min"), high=("high", "max"))
    return hulls.sort_values(["high", "low"], ascending=False, kind="stable")


def _texts(
    ledger: Ledger,
    drawn: pd.DataFrame,
    hulls: pd.DataFrame,
    whole: pd.Series,
    unnamed: list[str],
    to: str,
    lang: Language,
) -> dict[str, str]:
    say, names = words("claims", lang), ledger.names(lang)

    def amount(row: pd.Series) -> str:
        return format_amount(Amount(row["low"], row["high"], to), lang=lang)

    counts = drawn.groupby("pledge_id").size()
    each = [say["each"].format(name=names[p], amount=amount(row), n=counts[p]) for p, row in hulls.iterrows()]
    widest = (hulls["high"] - hulls["low"]).idxmax()
    bare = ", ".join(names[unnamed])
    filled = {
        "to": to,
        "n": len(drawn),
        "pledges": len(hulls),
        "whole": amount(whole),
        "each": say["and"].join(each),
        "names": bare,
    }
    agreed = _agreed(drawn)
    title = say["title" if agreed < len(hulls) else "title_agreed"].format(
        agreed=agreed,
        n=len(hulls),
        whole=amount(whole),
        name=names[widest],
        spread=amount(hulls.loc[widest]),
    )
    texts = {key: say[key].format(**filled) for key in ("subtitle", "alt", "alt_unnamed", "unnamed")}
    if not bare:
        return {"title": title, **texts, "unnamed": ""}
    return {"title": title, **texts, "alt": f"{texts['alt']} {texts['alt_unnamed']}"}


def _agreed(drawn: pd.DataFrame) -> int:
    """Count the pledges about which all claims that a rule may read print the same figures in the same currency."""
    read = drawn[drawn["standing"].isin(RULED)]
    low, high = read["amount_low"].fillna(read["amount_high"]), read["amount_high"].fillna(read["amount_low"])
    said = read.assign(amount_low=low, amount_high=high).drop_duplicates(
        ["pledge_id", "currency", "amount_low", "amount_high"]
    )
    return int((said.groupby("pledge_id").size() == 1).sum())


def _draw(axes: Axes, drawn: pd.DataFrame, order: pd.Index, names: pd.Series) -> None:
    colours = dict(zip(MARKERS, palette(), strict=False))
    edge, middles = 0.0, []
    for pledge in order:
        rows = drawn[drawn["pledge_id"] == pledge]
        levels = _levels(rows)
        tall = _row_inches(levels)
        for level, (_, row) in zip(levels, rows.iterrows(), strict=True):
            _mark(axes, row, edge + tall / 2 + (level - levels.max() / 2) * _LEVEL, colours[row["kind"]])
        middles.append(edge + tall / 2)
        edge += tall
        axes.axhline(edge, color=PALE, lw=0.6)
    axes.set_yticks(middles, names[order])
    axes.set_ylim(edge, 0)


def _dress(axes: Axes, drawn: pd.DataFrame, unnamed: str, to: str, lang: Language) -> None:
    low, high = drawn["low"].min() / BILLION / _MARGIN, drawn["high"].max() / BILLION * _MARGIN
    ticks = _ticks(low, high)
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.set_xticks(ticks, [format_figure(tick, lang=lang, digits=3) for tick in ticks])
    axes.xaxis.minorticks_off()
    axes.grid(axis="x")
    axes.set_xlabel(words("claims", lang)["axis"].format(to=to))
    place: Style = {"transform": axes.transAxes, "ha": "right", "va": "bottom", "in_layout": False}
    axes.text(0.985, 0.015, textwrap.fill(unnamed, 70), color=GREY, size=9, **place)
    for (kind, marker), colour in zip(MARKERS.items(), palette(), strict=False):
        axes.scatter([], [], marker=marker, color=colour, s=30, label=words("kinds", lang)[kind])
    axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 0.998), ncols=4, frameon=False, handletextpad=0.2, fontsize=9)


def _ticks(low: float, high: float) -> list[float]:
    """Round figures between two bounds of a logarithmic axis: 1, 2, 5 in each power of ten, fewer on a long axis."""
    steps = (1, 2, 5) if high / low < 2000 else (1,)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [step * 10.0**power for power in powers for step in steps if low <= step * 10.0**power <= high]


def _mark(axes: Axes, row: pd.Series, y: float, colour: str) -> None:
    low, high = row["low"] / BILLION, row["high"] / BILLION
    inside = colour if row["standing"] in RULED else "white"
    if low < high:
        # a range grows from its low figure to its high one
        corners = [low, high, high, low], [y - 0.01, y - 0.036, y + 0.036, y + 0.01]
        axes.fill(*corners, edgecolor=colour, lw=0.8, facecolor=inside)
    else:
        size = 34 if row["kind"] == "seed" else 13
        style: Style = {"edgecolors": colour, "facecolors": inside, "linewidths": 0.9, "zorder": 3}
        axes.scatter([high], [y], marker=MARKERS[row["kind"]], s=size, **style)
    stretch = {"at-least": _ARROW, "up-to": 1 / _ARROW}.get(row["qualifier"])
    if stretch:
        arrow = {"arrowstyle": "->", "color": colour, "lw": 1.1, "shrinkA": 1, "shrinkB": 0}
        axes.annotate("", xy=(high * stretch, y), xytext=(high, y), arrowprops=arrow)


def _levels(rows: pd.DataFrame) -> np.ndarray:
    """Give each claim of a pledge the lowest level on which it touches no other mark."""
    reach = np.log(_ARROW)
    left = np.log(rows["low"].to_numpy()) - 0.05 - reach * rows["qualifier"].eq("up-to").to_numpy()
    right = np.log(rows["high"].to_numpy()) + 0.05 + reach * rows["qualifier"].eq("at-least").to_numpy()
    taken: list[list[tuple[float, float]]] = []
    levels = []
    for begin, end in zip(left, right, strict=True):
        free = (n for n, marks in enumerate(taken) if all(end < b or begin > e for b, e in marks))
        level = next(free, len(taken))
        if level == len(taken):
            taken.append([])
        taken[level].append((begin, end))
        levels.append(level)
    return np.array(levels)


def _row_inches(levels: np.ndarray) -> float:
    return max(0.36, float(levels.max() + 1) * _LEVEL + 0.16)
