"""The figure of how far sources disagree about a pledge."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from summit_analysis.amounts import Amount, Language, format_amount, format_figure
from summit_analysis.charts import Chart
from summit_analysis.charts_canvas import GREY, Style, canvas, palette
from summit_analysis.claims import RULED, compare_claims, conflicts
from summit_analysis.errors import FrameError
from summit_analysis.rates import EURO
from summit_analysis.rows import Row
from summit_analysis.sources import source_line
from summit_analysis.words import words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from summit_analysis.tables import Ledger

PARTS = ("amount", "other", "rates")
_SEEN = 1.005
"""Spreads from rates alone are drawn from here on; smaller ones would be a dot."""
_SPREAD = [
    *("part", "pledge_id", "currency", "low", "high", "ratio", "about", "claims", "standing_claims"),
    *("converted_low", "converted_high"),
]


def chart_conflicts(ledger: Ledger, *, to: str = EURO, lang: Language = "en") -> Chart:
    """Draw how far standing claims about a pledge are apart, and apart from that what exchange rates alone do.

    Parameters
    ----------
    ledger : Ledger
    to : str
        ISO 4217 code of the currency in which the spread from rates is measured.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data hold one row per mark. ``part`` is ``amount`` (claims print different amounts), ``other`` (one amount,
        but another currency or another thing) or ``rates`` (one figure at the rates of several days); ``ratio`` is
        highest / lowest; ``low`` and ``high`` are in ``currency``, ``converted_low`` and ``converted_high`` in `to`.

    Raises
    ------
    FrameError
        If no two claims about a pledge differ in amount.

    >>> chart = chart_conflicts(ledger)
    >>> chart.data["part"].value_counts().to_dict()
    {'amount': 14, 'other': 12, 'rates': 8}
    >>> chart.data[["part", "pledge_id", "low", "high", "ratio"]].head(1)
         part         pledge_id          low          high  ratio
    0  amount  telehouse-france  400000000.0  1.000000e+09    2.5
    """
    from matplotlib.ticker import MultipleLocator

    found, compared = conflicts(ledger, to=to), compare_claims(ledger, to=to)
    drawn = _spreads(found, compared, to)
    apart = drawn[drawn["part"] == "amount"]
    if apart.empty:
        raise FrameError("no pledge has standing claims that differ in amount; there is nothing to compare")
    say, names, widest = words("conflicts", lang), ledger.names(lang), apart.iloc[0]
    labels = [_label(row, compared[compared["pledge_id"] == row.pledge_id], to, lang) for row in drawn.itertuples()]
    each = zip(drawn["part"], drawn["pledge_id"].map(names), labels, strict=True)
    listed = pd.DataFrame(each, columns=["part", "name", "label"]).groupby("part", sort=False)
    filled = {
        "n": len(apart),
        "of": (found["standing_claims"] > 1).sum(),
        "name": names[widest["pledge_id"]],
        "ratio": format_figure(widest["ratio"], lang=lang),
        "share": format_figure(100 * (_SEEN - 1), lang=lang),
        "to": to,
        "each": " ".join(
            f"{say[part]}{say['colon']}{say['and'].join(rows['name'] + ' ' + rows['label'])}." for part, rows in listed
        ),
    }
    title, subtitle, alt = (say[key].format(**filled) for key in ("title", "subtitle", "alt"))
    cited = compared.loc[compared["pledge_id"].isin(drawn["pledge_id"]), "source_id"]
    source = source_line(ledger.sources, cited, rates=True, lang=lang)
    height = 0.215 * (len(drawn) + 2 * drawn["part"].nunique()) + 0.4
    with canvas(title, subtitle, source, height=height) as (figure, axes):
        _draw_spreads(axes, drawn, labels, names, say)
        axes.xaxis.set_major_locator(MultipleLocator(0.5))
        axes.xaxis.set_major_formatter(lambda value, _: f"×\u202f{format_figure(value, lang=lang)}")
        axes.set_xlim(0.985, 1 + (widest["ratio"] - 1) * 1.22)
        axes.set_xlabel(say["axis"])
        axes.grid(axis="x")
        return Chart("conflicts", figure, drawn, title, subtitle, alt, source, cited)


def _spreads(found: pd.DataFrame, compared: pd.DataFrame, to: str) -> pd.DataFrame:
    """One row per mark: pledges that differ in amount, in currency or scope only, and through rates only."""
    apart = found[found["spread"] > 1].assign(part="amount", ratio=found["spread"])
    other = found[~(found["spread"] > 1) & found["about"].str.contains("currency|scope")].assign(
        part="other", ratio=1.0
    )
    moved = found[found["spread_rates"] >= _SEEN].assign(part="rates", ratio=found["spread_rates"])
    # the figure that the rates move most
    read = compared[compared["standing"].isin(RULED) & compared["pledge_id"].isin(moved["pledge_id"])]
    same = read.groupby(["pledge_id", "currency", "low", "high"])[f"high_{to}"].agg(["min", "max"]).reset_index()
    same = same.assign(ratio=same["max"] / same["min"]).sort_values("ratio").groupby("pledge_id").tail(1)
    same = same.rename(columns={"min": "converted_low", "max": "converted_high"}).drop(columns="ratio")
    moved = moved.drop(columns=["currency", "low", "high"]).merge(same, on="pledge_id")
    parts = [part.sort_values("ratio", ascending=False, kind="stable") for part in (apart, other, moved)]
    return pd.concat([part.reindex(columns=_SPREAD) for part in parts if len(part)], ignore_index=True)


def _label(row: Row, claims: pd.DataFrame, to: str, lang: Language) -> str:
    say = words("conflicts", lang)
    if row.part != "rates":
        printed = format_amount(Amount(row.low, row.high, row.currency), lang=lang)
        return say["and"].join([printed, *_notes(row.currency, claims, say, lang)])
    # three figures tell the two ends apart
    digits = 2 - int(math.log10(row.converted_high)) % 3
    return say["moved"].format(
        printed=format_amount(Amount(row.high, row.high, row.currency), lang=lang),
        converted=format_amount(Amount(row.converted_low, row.converted_high, to), lang=lang, digits=digits),
    )


def _notes(currency: str, claims: pd.DataFrame, say: dict[str, str], lang: Language) -> list[str]:
    """Say in words which claims are in another currency, and which figures are of something else."""
    from babel.numbers import get_currency_name

    foreign = claims[claims["currency"].ne(currency) & claims["standing"].ne("derived")]
    # one that stands says more than a slip beside it
    foreign = foreign.sort_values("standing", key=lambda names: names.ne("stands")).drop_duplicates("currency")
    notes = [
        say.get(f"in-{standing}", say["in-stands"]).format(currency=get_currency_name(code, count=2, locale=lang))
        for standing, code in foreign[["standing", "currency"]].itertuples(index=False)
    ]
    own = claims[claims["currency"] == currency].drop_duplicates(["standing", "low", "high"])
    for standing in ("other-scope", "superseded", "tally"):
        rows = own[own["standing"] == standing]
        amounts = [format_amount(Amount(row.low, row.high, currency), lang=lang) for row in rows.itertuples()]
        if amounts:
            notes.append(say[standing].format(amounts=", ".join(amounts)))
    return notes


def _draw_spreads(axes: Axes, drawn: pd.DataFrame, labels: list[str], names: pd.Series, say: dict[str, str]) -> None:
    colours = dict(zip(PARTS, (palette()[0], GREY, palette()[1]), strict=True))
    y, ticks = 0.0, []
    for part, rows in drawn.groupby("part", sort=False):
        axes.text(1, y, say[part], weight="bold", size=9.5, va="center")
        for row in rows.itertuples():
            y += 1
            axes.plot([1, row.ratio], [y, y], color=colours[part], lw=2.2, ls=":" if part == "rates" else "-")
            ends = {1.0, row.ratio}
            # hollow: nobody says so, the rates make it
            face = "white" if part == "rates" else colours[part]
            axes.scatter(sorted(ends), [y] * len(ends), s=22, color=colours[part], facecolor=face, zorder=3)
            place: Style = {"xytext": (7, 0), "textcoords": "offset points", "va": "center", "size": 8.5}
            axes.annotate(labels[row.Index], (row.ratio, y), **place)
            ticks.append(y)
        y += 2
    axes.set_yticks(ticks, drawn["pledge_id"].map(names))
    axes.set_ylim(y - 1.3, -0.8)
