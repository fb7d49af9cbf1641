"""Figures of evidence: claims, conflicts, the article's statements, what became of pledges, the timeline."""

from __future__ import annotations

import datetime as dt
import math
import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

import summit_analysis
from summit_analysis.article.statements import VERDICTS, check_statements, verdicts
from summit_analysis.base.days import one_day
from summit_analysis.base.text import Language, Row, alphabetical, format_figure, long_day, words
from summit_analysis.charts.canvas import (
    BILLION,
    GREY,
    PALE,
    Chart,
    Style,
    Texts,
    absent,
    axes_inches,
    chosen,
    drawing,
    figure_inches,
    need,
    need_room,
    palette,
    put_together,
    text_points,
    texts_of,
)
from summit_analysis.charts.marks import (
    Grid,
    Span,
    day_place,
    free_row,
    mark,
    month_or_year,
    month_ticks,
    printed,
    write,
)
from summit_analysis.currency.rates import EURO, clean_code
from summit_analysis.ledger.tables import About, Ledger
from summit_analysis.pledges.claims import RULED, Where, compare_claims, spans, value_claims
from summit_analysis.pledges.once import forest_of
from summit_analysis.pledges.status import (
    CHANGES,
    STEPS,
    STRENGTHS,
    dated_updates,
    every_status,
    last_day,
    last_news,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


# claims
CLAIM_MARKERS = {"primary": "D", "news": "o", "analysis": "s", "seed": "*"}
_ALIKE = 1.01
"""Within so much a sum that is printed in two currencies is one: whoever converted it has rounded."""
_ARROW, _MARGIN = 1.22, 1.7
"""Factors on the logarithmic axis: how far an arrow reaches beyond its figure, and room beyond the outermost ones."""
_LEVEL = 0.088
"""Inches between marks that would lie on one another."""
_COLUMNS = [
    *("pledge_id", "claim_id", "source_id", "kind", "standing", "qualifier", "amount_low", "amount_high", "currency"),
    *("valued_on", "valued_by", "rate", "rate_date", "low", "high"),
]

# conflicts
_SEEN = 1.005
"""Spreads from rates alone are drawn from here on; smaller ones would be a dot."""
_SPREAD = [
    *("part", "pledge_id", "currency", "low", "high", "ratio", "about", "claims", "standing_claims"),
    *("converted_low", "converted_high"),
]

# statements, in inches: from square to square, and left edges of names, squares and texts
_STEP, _LEFT, _SQUARES, _TEXTS = 0.2, 0.07, 1.78, 4.95
_LINE_OF = 15
"""Squares a line."""
_STATED = [
    *("statement_id", "seed_paragraph", "topic", "kind", "value", "unit", "verdict", "corrected_value"),
    *("evidence_source_ids", "place"),
]

# status
STRONG = ("primary", "news")
"""Evidence drawn as a filled mark: the actor itself, or a text of a publisher's own."""
COUNTED = ("project", "fund", "later", "older")
"""In this order; a package counts as what it holds."""
POSSIBLY = "possibly"
PASSED = "passed"
"""A step below the furthest one that no update names."""
STATUS_MARKERS = {"enlarged": ("^", 0), "scaled-back": ("v", 3), "withdrawn": ("X", 3)}
"""Form and place in the palette of each change."""
_BAND = "#c9dfec"

# timeline
LANES = (
    *("prelude", "announcement", "business", "summit-session", "declaration", "diplomacy"),
    *("science", "criticism", "counter-summit", "aftermath"),
)
"""Kinds of events from above; below them those that a ledger has of its own."""
AROUND, WEEK, KEY = "around", "week", "key"
_SIZE = 8
_EVENT = ["id", "first_on", "last_on", "precision", "kind", "label", "panel", "row", "side", "source_id"]
_EVENT_ROW, _HEAD = 0.158, 0.34
"""Inches of height per row of labels, and above a panel for its days."""
_SHARE = 0.97
"""Of the width of the figure: that of the axes, a little less than there is."""
_EDGE, _DOT = 5.0, 4.0
"""Points from the left edge of the axes to where the title begins; from the middle of a mark to its edge, and on."""


@drawing
def claims(
    ledger: Ledger,
    *,
    envelope: str | None = None,
    where: Where = None,
    to: str = EURO,
    lang: Language = "en",
) -> Chart:
    """Draw every claim about the direct parts of an envelope, or about pledges chosen, as a mark.

    Parameters
    ----------
    ledger : Ledger
    envelope : str, optional
        Pledge id of the envelope. Default: the package of the headlines; without one all pledges of the event.
    where : str or iterable of str, optional
        As in `summit_analysis.total`: these instead of the parts of an envelope.
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
        If the envelope is unknown.
    AbsentError
        If there is no claim with a figure about its parts, or about the pledges chosen.

    A claim that no rule may read is drawn too, hollow; here somebody took euros for dollars:

    >>> chart = charts.claims(ledger)
    >>> print(chart.title)
    Sources agree on 6 of the 12 sums inside the €109bn; for MGX campus they say €30–50bn
    >>> chart.data[["pledge_id", "standing", "amount_low", "amount_high", "currency"]].head(2)
         pledge_id standing    amount_low   amount_high currency
    12  mgx-campus     slip  3.000000e+10  5.000000e+10      USD
    26  mgx-campus   stands  3.000000e+10  5.000000e+10      EUR
    """
    from matplotlib.ticker import LogLocator

    need(ledger, "claims", lang, "pledges", "claims")
    say, names, to = words("claims", lang), ledger.names(lang), clean_code(to)
    envelope = None if where is not None else envelope or ledger.about.headline
    parts = list(chosen(ledger, where)) if envelope is None else forest_of(ledger).children(envelope)
    valued = value_claims(ledger, to=to)
    figured = valued[valued["pledge_id"].isin([envelope, *parts]) & valued["high"].notna()]
    read = figured[figured["standing"].isin(RULED)]
    # largest first
    hulls = spans(read, to).sort_index().sort_values(["high", "low"], ascending=False, kind="stable")
    inside = hulls[hulls.index.isin(parts)]
    if inside.empty:
        raise absent("claims", "no-claims" if envelope else "no-claims-chosen", lang, pledge=names.get(envelope))
    kinds, order = ledger.sources.set_index("source_id")["kind"], {pledge: n for n, pledge in enumerate(inside.index)}
    drawn = figured[figured["pledge_id"].isin(order)].assign(kind=figured["source_id"].map(kinds))
    drawn = drawn.assign(low=drawn[f"low_{to}"], high=drawn[f"high_{to}"])[_COLUMNS].sort_values(
        ["pledge_id", "high", "low", "claim_id"],
        key=lambda cells: cells.map(order) if cells.name == "pledge_id" else cells,
    )
    amounts = {row.Index: printed(row.low, row.high, to, lang) for row in hulls.itertuples()}
    agreed = _agreed(read[read["pledge_id"] != envelope], to)
    counts, apart = drawn["pledge_id"].value_counts(), inside["high"] - inside["low"]
    widest = apart[~apart.index.isin(agreed)].idxmax() if len(agreed) < len(inside) else ""
    seen = {"wedge": drawn["low"] < drawn["high"], "arrow": drawn["qualifier"].isin(["at-least", "up-to"])}
    seen["hollow"] = ~drawn["standing"].isin(RULED)
    marks = say["and"].join(say[mark] for mark, rows in seen.items() if rows.any())
    filled = {
        "to": to,
        "n": len(drawn),
        "marks": f". {marks[0].upper()}{marks[1:]}" if marks else "",
        "pledges": len(inside),
        "agreed": len(agreed),
        "inside": say["inside"].format(whole=amounts.get(envelope) or names[envelope]) if envelope else "",
        "of": say["of"].format(whole=amounts.get(envelope) or names[envelope]) if envelope else "",
        "name": names.get(widest),
        "spread": amounts.get(widest),
        "each": say["and"].join(
            say["each" if counts[p] > 1 else "each_1"].format(name=names[p], amount=amounts[p], n=counts[p])
            for p in order
        ),
        "names": ", ".join(names[[part for part in parts if part not in order]]),
    }
    if not widest:
        say["title"] = say["title_agreed" if read["pledge_id"].isin(order).sum() > len(order) else "title_alone"]
    unnamed = say["unnamed"].format(**filled) if filled["names"] else ""
    if unnamed:
        say["alt"] = f"{say['alt']} {say['alt_unnamed']}"
    y, edges = _stacked(drawn, inside.index)
    with put_together(
        ledger,
        f"claims-inside-{envelope}" if envelope else "claims",
        drawn,
        texts_of(say, filled),
        drawn["source_id"],
        height=edges[-1] + 0.8,
        lang=lang,
    ) as (chart, axes):
        axes.set_yticks((edges[1:] + edges[:-1]) / 2, names[inside.index])
        axes.set_ylim(edges[-1], 0)
        for edge in edges[1:]:
            axes.axhline(edge, color=PALE, lw=0.6)
        _mark_claims(axes, drawn.assign(y=y), lang)
        low, high = drawn["low"].min() / BILLION / _MARGIN, drawn["high"].max() / BILLION * _MARGIN
        axes.set(xscale="log", xlim=(low, high), xlabel=say["axis"].format(to=to))
        # fewer figures on a long axis
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 2000 else (1,)))
        axes.xaxis.set_major_formatter(lambda value, _: format_figure(value, lang=lang, digits=3))
        axes.xaxis.minorticks_off()
        axes.grid(axis="x")
        axes.text(
            0.985,
            0.015,
            textwrap.fill(unnamed, 70),
            transform=axes.transAxes,
            ha="right",
            va="bottom",
            color=GREY,
            size=9,
            in_layout=False,
        )
    return chart


def _agreed(read: pd.DataFrame, to: str) -> pd.Index:
    """The pledges of which all claims that a rule reads print one sum: to the digit, or as two currencies allow."""
    printed = read.drop_duplicates(["pledge_id", "currency", "low", "high"]).groupby("pledge_id")
    one = printed.size() == printed["currency"].nunique()
    low, high = printed[f"low_{to}"], printed[f"high_{to}"]
    near = (low.max() <= _ALIKE * low.min()) & (high.max() <= _ALIKE * high.min())
    return one.index[one & near]


def _stacked(drawn: pd.DataFrame, order: pd.Index) -> tuple[pd.Series, np.ndarray]:
    """Place claims in inches, those that would touch one above the other, and return the edges between pledges too."""
    reach = np.log(_ARROW)
    left = np.log(drawn["low"]) - 0.05 - reach * drawn["qualifier"].eq("up-to")
    right = np.log(drawn["high"]) + 0.05 + reach * drawn["qualifier"].eq("at-least")
    places, edges = pd.Series(np.nan, drawn.index), [0.0]
    for pledge in order:
        taken: list[list[tuple[float, float]]] = []
        rows = drawn.index[drawn["pledge_id"] == pledge]
        levels = np.array([free_row(taken, {"": (left[row], right[row])})[0] for row in rows])
        tall = max(0.36, len(taken) * _LEVEL + 0.16)
        places[rows] = edges[-1] + tall / 2 + (levels - (len(taken) - 1) / 2) * _LEVEL
        edges.append(edges[-1] + tall)
    return places, np.array(edges)


def _mark_claims(axes: Axes, drawn: pd.DataFrame, lang: Language) -> None:
    colours = dict(zip(CLAIM_MARKERS, palette(), strict=False))
    drawn = drawn.assign(low=drawn["low"] / BILLION, high=drawn["high"] / BILLION, read=drawn["standing"].isin(RULED))
    for (kind, read), points in drawn[drawn["low"] == drawn["high"]].groupby(["kind", "read"]):
        axes.scatter(
            points["high"],
            points["y"],
            s=34 if kind == "seed" else 13,
            marker=CLAIM_MARKERS[kind],
            edgecolors=colours[kind],
            facecolors=colours[kind] if read else "white",
            linewidths=0.9,
            zorder=3,
        )
    for row in drawn.itertuples():
        colour, y = colours[row.kind], row.y
        if row.low < row.high:
            # a range grows from its low figure to its high one
            x, face = [row.low, row.high, row.high, row.low], colour if row.read else "white"
            axes.fill(x, [y - 0.01, y - 0.036, y + 0.036, y + 0.01], edgecolor=colour, lw=0.8, facecolor=face)
        if stretch := {"at-least": _ARROW, "up-to": 1 / _ARROW}.get(row.qualifier):
            axes.annotate(
                "",
                (row.high * stretch, y),
                (row.high, y),
                arrowprops={"arrowstyle": "->", "color": colour, "lw": 1.1, "shrinkA": 1, "shrinkB": 0},
            )
    for kind, marker in ((kind, marker) for kind, marker in CLAIM_MARKERS.items() if drawn["kind"].eq(kind).any()):
        axes.scatter([], [], marker=marker, color=colours[kind], s=30, label=words("kinds", lang)[kind])
    axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 0.998), ncols=4, frameon=False, handletextpad=0.2, fontsize=9)


@drawing
def conflicts(ledger: Ledger, *, where: Where = None, to: str = EURO, lang: Language = "en") -> Chart:
    """Draw how far standing claims about a pledge are apart, and apart from that what exchange rates alone do.

    Parameters
    ----------
    ledger : Ledger
    where : str or iterable of str, optional
        As in `summit_analysis.total`. Default: all pledges, of every group.
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
    AbsentError
        If no two claims about a pledge differ in amount.

    >>> chart = charts.conflicts(ledger)
    >>> chart.data["part"].value_counts().to_dict()
    {'amount': 16, 'other': 15, 'rates': 9}
    >>> chart.data[["part", "pledge_id", "low", "high", "ratio"]].head(1)
         part         pledge_id          low          high  ratio
    0  amount  telehouse-france  400000000.0  1.000000e+09    2.5
    """
    from matplotlib.ticker import MultipleLocator

    need(ledger, "conflicts", lang, "pledges", "claims")
    say, names, to = words("conflicts", lang), ledger.names(lang), clean_code(to)
    found, compared = summit_analysis.conflicts(ledger, to=to), compare_claims(ledger, to=to)
    if where is not None:
        found = found[found["pledge_id"].isin(chosen(ledger, where))]
    drawn = _spreads(found, compared, to)
    apart = drawn[drawn["part"] == "amount"]
    if apart.empty:
        raise absent("conflicts", "agreed", lang)
    told, claims = drawn["pledge_id"].map(names), list(compared.itertuples())
    labels = pd.Series(
        [
            _label(row, [claim for claim in claims if claim.pledge_id == row.pledge_id], say, to, lang)
            for row in drawn.itertuples()
        ]
    )
    filled = {
        "n": len(apart),
        "of": (found["standing_claims"] > 1).sum(),
        "name": told[0],
        "ratio": format_figure(drawn["ratio"][0], lang=lang),
        "hollow": say["hollow"].format(to=to, share=format_figure(100 * (_SEEN - 1), lang=lang))
        if drawn["part"].eq("rates").any()
        else "",
        "each": " ".join(
            f"{say[part]}{say['colon']}{say['and'].join(each)}."
            for part, each in (told + " " + labels).groupby(drawn["part"], sort=False)
        ),
    }
    cited = compared.loc[compared["pledge_id"].isin(drawn["pledge_id"]), "source_id"]
    # a line for the name of each part, and one before it
    y = 1 + drawn.index + 2 * pd.factorize(drawn["part"])[0]
    with put_together(
        ledger, "conflicts", drawn, texts_of(say, filled), cited, height=0.215 * (y[-1] + 2) + 0.4, lang=lang
    ) as (chart, axes):
        for part, rows in drawn.assign(y=y).groupby("part", sort=False):
            _mark_spreads(axes, str(part), rows, say)
        for label, spot in zip(labels, zip(drawn["ratio"], y, strict=True), strict=True):
            axes.annotate(label, spot, (7, 0), textcoords="offset points", va="center", size=8.5)
        axes.set_yticks(y, told)
        axes.xaxis.set_major_locator(MultipleLocator(0.5 if drawn["ratio"][0] > 1.6 else 0.1))
        axes.xaxis.set_major_formatter(lambda value, _: f"×\u202f{format_figure(value, lang=lang)}")
        axes.set(xlim=(0.985, 1 + (drawn["ratio"][0] - 1) * 1.22), ylim=(y[-1] + 0.7, -0.8), xlabel=say["axis"])
        axes.grid(axis="x")
    return chart


def _spreads(found: pd.DataFrame, compared: pd.DataFrame, to: str) -> pd.DataFrame:
    """One row per mark: pledges that differ in amount, in currency or scope only, and through rates only."""
    spread, rates = found["spread"], found["spread_rates"]
    parts = {
        "amount": (spread > 1, spread),
        "other": (~(spread > 1) & found["about"].str.contains("currency|scope"), 1.0),
        "rates": (rates >= _SEEN, rates),
    }
    apart, other, moved = (
        found[which].assign(part=part, ratio=ratio).sort_values("ratio", ascending=False, kind="stable")
        for part, (which, ratio) in parts.items()
    )
    # the figure that the rates move most
    read = compared[compared["standing"].isin(RULED)].groupby(["pledge_id", "currency", "low", "high"])[f"high_{to}"]
    same = read.agg(converted_low="min", converted_high="max").reset_index()
    most = (same["converted_high"] / same["converted_low"]).groupby(same["pledge_id"]).idxmax()
    moved = moved.drop(columns=["currency", "low", "high"]).merge(same.loc[most], on="pledge_id")
    return pd.concat([apart, other, moved], ignore_index=True)[_SPREAD]


def _label(row: Row, claims: list[Row], say: dict[str, str], to: str, lang: Language) -> str:
    """Say what is printed about a pledge: its figures, which are in another currency, which are of something else."""
    from babel.numbers import get_currency_name

    if row.part == "rates":
        # three figures tell the two ends apart
        digits = 2 - int(math.log10(row.converted_high)) % 3
        converted = printed(row.converted_low, row.converted_high, to, lang, digits=digits)
        return say["moved"].format(printed=printed(row.high, row.high, row.currency, lang), converted=converted)
    said = [(claim.currency, claim.standing) for claim in claims if claim.standing != "derived"]
    # one that stands comes last, and so says more than a slip beside it
    foreign = dict(sorted((one for one in said if one[0] != row.currency), key=lambda one: one[1] == "stands"))
    notes = [
        say.get(f"in-{standing}", say["in-stands"]).format(currency=get_currency_name(code, count=2, locale=lang))
        for code, standing in foreign.items()
    ]
    own = [
        (claim.standing, printed(claim.low, claim.high, row.currency, lang))
        for claim in claims
        if claim.currency == row.currency
    ]
    for standing in ("other-scope", "superseded", "tally"):
        if amounts := dict.fromkeys(amount for one, amount in own if one == standing):
            notes.append(say[standing].format(amounts=", ".join(amounts)))
    return say["and"].join([printed(row.low, row.high, row.currency, lang), *notes])


def _mark_spreads(axes: Axes, part: str, rows: pd.DataFrame, say: dict[str, str]) -> None:
    colour = {"amount": palette()[0], "other": GREY, "rates": palette()[1]}[part]
    # hollow: nobody says so, the rates make it
    face, line = ("white", ":") if part == "rates" else (colour, "-")
    axes.text(1, rows["y"].min() - 1, say[part], weight="bold", size=9.5, va="center")
    axes.plot([[1] * len(rows), rows["ratio"]], [rows["y"], rows["y"]], color=colour, lw=2.2, ls=line)
    ends, y = zip(*sorted({(end, row.y) for row in rows.itertuples() for end in (1, row.ratio)}), strict=True)
    axes.scatter(ends, y, s=22, color=colour, facecolor=face, zorder=3)


@drawing
def statements(ledger: Ledger, *, lang: Language = "en") -> Chart:
    """Draw each statement of the article as a square, by what is checked and by verdict; the wrong ones in words.

    Parameters
    ----------
    ledger : Ledger
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data hold one row per statement in the order drawn, with ``place``, its place among those of its ``kind``.

    Raises
    ------
    AbsentError
        If there is no article, or no statement of it.

    >>> chart = charts.statements(ledger)
    >>> print(chart.title)
    49 of the article’s 68 checkable statements hold; of its 14 amounts, 9 do
    >>> chart.data["verdict"].value_counts().to_dict()
    {'confirmed': 49, 'imprecise': 13, 'wrong': 6}
    """
    need(ledger, "verdicts", lang, "article", "statements")
    say, counts = words("verdicts", lang), verdicts(ledger, by="kind").set_index("kind")
    order = {name: rank for rank, name in enumerate([*counts.index, *VERDICTS])}
    drawn = ledger.statements.sort_values(["kind", "verdict"], key=lambda names: names.map(order), kind="stable")
    drawn = drawn.assign(place=drawn.groupby("kind").cumcount())[_STATED].reset_index(drop=True)
    wrong = check_statements(ledger, lang=lang).set_index("statement_id").query("verdict == 'wrong'")
    # away from its paragraph a statement may not say whom it is about
    alone = ledger.statements.set_index("statement_id")[f"alone_{lang}"].dropna()
    wrong = wrong.assign(statement=alone.reindex(wrong.index).fillna(wrong["statement"]))
    beside = _mistakes(wrong, say)
    squares, told = -(-counts["statements"] // _LINE_OF), 1 + beside.groupby("kind")["line"].max()
    high = pd.concat([squares, told], axis=1).max(axis=1).clip(lower=2)
    grid, rows = Grid(high, line=0.19, gap=0.16, head=0.3), np.arange(len(counts))
    texts = _statements_texts(counts, wrong, say)
    cited = [ledger.about.article] * len(drawn) + drawn["evidence_source_ids"].str.split(";").explode().tolist()
    with put_together(
        ledger, "article-by-verdict", drawn, texts, cited, height=grid.edges[-1], rates=False, lang=lang
    ) as (chart, axes):
        key, (line, column) = _SQUARES + 1.5 * np.arange(len(VERDICTS)), drawn["place"].divmod(_LINE_OF)
        heads = [f"{say[verdict]} {counts[verdict].sum()}" for verdict in VERDICTS]
        grid.lay(axes, key + 0.15, heads, rows, ha="left", size=9)
        write(axes, _LEFT, grid.y(rows), [say[kind] for kind in counts.index], weight="bold", size=9.5)
        write(axes, _LEFT, grid.y(rows, 1), [say["of"].format(**row) for _, row in counts.iterrows()], color=GREY)
        # solid, hatched, crossed: told apart without colour
        looks: dict[str, Style] = {
            "confirmed": {"color": palette()[0]},
            "imprecise": {"facecolors": "white", "edgecolors": palette()[1], "hatch": "/////"},
            "wrong": {"color": palette()[3]},
        }
        places = _SQUARES + column * _STEP, grid.y(drawn["kind"].map(order), line), drawn["verdict"]
        for x, y, verdict in ((key, 0.18, VERDICTS), places):
            mark(axes, x, y, verdict, looks, marker="s", s=120, linewidths=1)
            mark(axes, x, y, verdict, {"wrong": {"color": "white"}}, marker="x", s=42, linewidths=1.8)
        for row in beside.itertuples():
            write(
                axes, _TEXTS, grid.y(order[row.kind], row.line), row.text, size=8.5, weight=row.weight, color=row.color
            )
    return chart


def _statements_texts(counts: pd.DataFrame, wrong: pd.DataFrame, say: dict[str, str]) -> Texts:
    amounts = counts.reindex(["amount"], fill_value=0).iloc[0]
    filled = {
        **counts.sum(),
        "amounts": amounts["statements"],
        "amounts_confirmed": amounts["confirmed"],
        "each": say["and"].join(say["each"].format(name=say[kind], **row) for kind, row in counts.iterrows()),
        "mistakes": say["and"].join(say["mistake"].format(**row) for _, row in wrong.iterrows()),
    }
    return texts_of(say, filled)


def _mistakes(wrong: pd.DataFrame, say: dict[str, str]) -> pd.DataFrame:
    """Give the lines beside the squares of each kind: what is wrong, and below it what is right."""
    lines = [
        (row.kind, line, weight, color, 0.4 * before)
        for row, before in zip(wrong.itertuples(), wrong.groupby("kind").cumcount(), strict=True)
        for text, wide, weight, color in (
            (row.statement, 40, "normal", "black"),
            (say["right"].format(right=row.right), 38, "bold", palette()[0]),
        )
        for line in textwrap.wrap(text, wide)
    ]
    found = pd.DataFrame(lines, columns=["kind", "text", "weight", "color", "gap"])
    return found.assign(line=found["gap"] + found.groupby("kind").cumcount())


@drawing
def status(
    ledger: Ledger,
    *,
    where: Where = None,
    as_of: str | dt.date | None = None,
    lang: Language = "en",
) -> Chart:
    """Draw how far each pledge of the event came: one row per pledge, one column per step.

    Parameters
    ----------
    ledger : Ledger
    where : str or iterable of str, optional
        As in `summit_analysis.total`.
    as_of : str or datetime.date, optional
        Pledges announced later are left out. Default: the last day in the data.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data hold one row per pledge with money that is no package and no comparator: projects, funds, what came
        later, older plans, of each the furthest first:

        - ``pledge_id``, ``announced_on``, ``counts_as``, ``furthest``, ``furthest_possible``: see
          `summit_analysis.status`;
        - one column per step of `STEPS` after ``announced``: the strongest evidence of an update that names it (one of
          `STRENGTHS`), ``possibly`` if it may have happened later, ``passed`` if only a further step is named;
        - ``announced``: ``passed``, or ``possibly`` if its day is not known as of a day;
        - ``last_change``, ``change_on`` (day, month or year as known), ``change_by`` (evidence, or ``possibly``);
        - ``source_ids``: sources of the updates drawn, joined by semicolons.

    Raises
    ------
    AbsentError
        If no step or change after an announcement is known by that day.

    >>> chart = charts.status(ledger)
    >>> print(chart.title)
    Of 14 projects announced at the summit, 8 have a site or more; of 6 only the announcement is known
    >>> chart.data["furthest"].value_counts().to_dict()
    {'announced': 28, 'operating': 5, 'under-construction': 4, 'site-chosen': 3, 'permitted': 1}
    """
    need(ledger, "status", lang, "pledges", "updates")
    until = last_day(ledger) if as_of is None else pd.Timestamp(one_day(as_of).item())
    # on the last day a page without a day was out, too
    as_of = None if until >= last_day(ledger) else as_of
    say, names, updates = words("status", lang), ledger.names(lang), dated_updates(ledger, as_of)
    rows = _pledges(ledger, where, as_of, until, names)
    updates = updates[updates["pledge_id"].isin(rows["pledge_id"]) & updates["happened"].ne("no")]
    drawn = updates[updates["status"].isin([*STEPS[1:], *CHANGES])]
    if drawn.empty:
        raise absent("status", "no-news" if as_of is None else "no-news-by", lang, day=long_day(until, lang=lang))
    rows = _matrix(rows, drawn, undated=as_of is not None)
    newest = updates.loc[updates["happened"] == "yes", "updated_on"].max()
    # all that is known is known as of the last news, however late a list was read
    told = last_news(ledger)
    until = told if until == last_day(ledger) else until
    at = ledger.about.at(lang)
    texts = _status_texts(rows, names, at, long_day(until, lang=lang, data_end=told), newest, lang)
    grid = Grid([1] * len(rows), line=0.222, head=0.4)
    with put_together(
        ledger, "what-became-of-it", rows, texts, drawn["source_id"], height=grid.edges[-1], rates=False, lang=lang
    ) as (chart, axes):
        named, reached = names[rows["pledge_id"]], rows["furthest"].map(STEPS.index)
        left, change = 1.05 * max(text_points(name, 9) for name in named) / 72 + 0.1, axes_inches() - 1.6
        wide = (change - left) / (len(STEPS) + 0.65)
        steps = left + (np.arange(len(STEPS)) + 0.5) * wide
        heads = [say[step].replace(" ", "\n") for step in (*STEPS, "change")]
        groups = rows.index[rows["counts_as"] != rows["counts_as"].shift()]
        grid.lay(axes, [*steps, change], heads, groups)
        write(axes, left - 0.08, grid.middles, named, ha="right", size=9)
        axes.vlines(steps, *grid.edges[[0, -1]], color=PALE, lw=0.6, zorder=0)
        # a pledge whose announcement is only possible has no band before its first certain step
        long = (reached + 1).where((rows["announced"] != POSSIBLY) | (reached > 0), 0) * wide
        axes.barh(grid.middles, long, left=left, height=0.13, color=_BAND)
        mark(axes, steps, grid.middles[:, None], rows[list(STEPS)], _looks("s", 0, possibly="o"))
        for word, (marker, colour) in STATUS_MARKERS.items():
            changed = rows[rows["last_change"] == word]
            mark(axes, change, grid.middles[changed.index], changed["change_by"], _looks(marker, colour))
            said = [_change(row, lang) for row in changed.itertuples()]
            write(axes, change + 0.12, grid.middles[changed.index], said, size=8.5)
    return chart


def _pledges(
    ledger: Ledger,
    where: Where,
    as_of: str | dt.date | None,
    until: pd.Timestamp,
    names: pd.Series,
) -> pd.DataFrame:
    """Give the pledges with money that are no package: projects, funds, later ones, older plans; the furthest first."""
    pledges = ledger.pledges[ledger.pledges["money_kind"].ne("none")]
    pledges = pledges[pledges["pledge_id"].isin(chosen(ledger, where))]
    pledges = pledges.loc[~(pledges["announced_on"] > until), ["pledge_id", "announced_on"]]
    found = every_status(ledger, as_of)[["pledge_id", "counts_as", "furthest", "furthest_possible"]]
    rows = pledges.merge(found[found["counts_as"].isin(COUNTED)], on="pledge_id")
    order = [rows["counts_as"].map(COUNTED.index)]
    order += [-rows[column].map(STEPS.index).astype(int) for column in ("furthest", "furthest_possible")]
    order = pd.concat([*order, alphabetical(rows["pledge_id"].map(names))], axis=1, ignore_index=True)
    return rows.loc[order.sort_values(list(order)).index].reset_index(drop=True)


def _matrix(rows: pd.DataFrame, drawn: pd.DataFrame, *, undated: bool) -> pd.DataFrame:
    """Add to each pledge the evidence of each step, and its last change."""
    found = drawn.assign(change_by=drawn["strength"].mask(drawn["happened"] == POSSIBLY, POSSIBLY))
    # of updates that say the same the surest counts, of equally sure ones the strongest
    best = found.sort_values("change_by", key=lambda by: by.map([*STRENGTHS, POSSIBLY].index), kind="stable")
    best = best.drop_duplicates(["pledge_id", "status"])[["pledge_id", "status", "change_by"]]
    before = np.arange(len(STEPS)) < rows["furthest"].map(STEPS.index).to_numpy()[:, None]
    steps = pd.DataFrame(np.where(before, PASSED, ""), rows["pledge_id"], STEPS, dtype="str")
    steps.update(best.pivot_table("change_by", "pledge_id", "status", aggfunc="first"))
    steps[STEPS[0]] = np.where(rows["announced_on"].isna() & undated, POSSIBLY, PASSED)
    # a withdrawal that may have happened hides any older change
    last = drawn[drawn["status"].isin(CHANGES) & (drawn["happened"].eq("yes") | drawn["status"].eq("withdrawn"))]
    last = last.sort_values("happened", ascending=False, kind="stable").drop_duplicates("pledge_id", keep="last")
    last = last.assign(change_on=last["updated_on"].dt.strftime("%Y-%m-%d").fillna(last["updated_period"]))
    last = last.merge(best, on=["pledge_id", "status"]).rename(columns={"status": "last_change"}).set_index("pledge_id")
    sources = drawn.groupby("pledge_id")["source_id"].agg(lambda ids: ";".join(ids.unique())).rename("source_ids")
    more = [steps, last[["last_change", "change_on", "change_by"]], sources]
    return rows.join(pd.concat(more, axis=1), on="pledge_id").fillna({"source_ids": ""})


def _looks(marker: str, colour: int, possibly: str | None = None) -> dict[str, Style]:
    """Filled where the evidence is strong, else hollow; what is only possible may have a form of its own."""
    hollow: Style = {
        "marker": marker,
        "s": 38,
        "edgecolors": palette()[colour],
        "facecolors": "white",
        "linewidths": 1.2,
    }
    filled = hollow | {"facecolors": palette()[colour]}
    return {
        **dict.fromkeys(STRENGTHS, hollow),
        **dict.fromkeys(STRONG, filled),
        POSSIBLY: hollow | {"marker": possibly or marker},
    }


def _status_texts(
    rows: pd.DataFrame, names: pd.Series, at: str, day: str, newest: pd.Timestamp, lang: Language
) -> Texts:
    say, named, furthest = words("status", lang), rows["pledge_id"].map(names), rows["furthest"]
    project, undated = rows["counts_as"] == "project", (rows["announced"] == POSSIBLY).sum()
    if not project.any():
        project, say["title"] = ~project, say["title_pledges"]
    further, none = (project & (furthest != STEPS[0])).sum(), (project & (rows["furthest_possible"] == STEPS[0])).sum()
    maybe = project.sum() - further - none
    strength = [row[row["furthest"]] for _, row in rows.iterrows()]
    weak = np.isin(strength, STRENGTHS) & ~np.isin(strength, STRONG)
    filled = {
        "at": at,
        "further": further,
        "n": len(rows),
        "projects": project.sum(),
        "none": none,
        "maybe": say["maybe"].format(n=maybe) if maybe else "",
        "day": day,
        # the day itself may name it already
        "news": "" if pd.isna(newest) or (last := long_day(newest, lang=lang)) in day else say["news"].format(day=last),
        "each": say["and"].join(
            say["reached"].format(step=say[step], names=", ".join(named[furthest == step]))
            for step in reversed(STEPS)
            if (furthest == step).any()
        ),
        "changes": say["and"].join(
            f"{named[row.Index]} {_change(row, lang)}" for row in rows.dropna(subset="last_change").itertuples()
        )
        or "–",
        "weak": say["and"].join(f"{name} ({say[step]})" for name, step in zip(named[weak], furthest[weak], strict=True))
        or "–",
    }
    title, subtitle, alt = texts_of(say, filled)
    if rows[[*STEPS, "change_by"]].eq(POSSIBLY).to_numpy().any():
        subtitle += say["circle"]
    return title, subtitle + (say["undated"].format(n=undated) if undated else ""), alt


def _change(row: Row, lang: Language) -> str:
    """Say a change with its month, or its year where no month is known."""
    say = words("status", lang)
    if row.change_by == POSSIBLY:
        return say["perhaps"].format(change=say[row.last_change])
    month = [month_or_year(row.change_on, lang)] if isinstance(row.change_on, str) else []
    change = say[row.last_change] if row.change_by in STRONG else say["reportedly"].format(change=say[row.last_change])
    return ", ".join([change, *month])


@drawing
def timeline(ledger: Ledger, *, lang: Language = "en") -> Chart:
    """Draw all events on one axis, and those of the days of the event one by one below.

    Parameters
    ----------
    ledger : Ledger
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data hold one row per event, as they stand in the picture from above: ``id``, ``first_on``, ``last_on``,
        ``precision``, ``kind``, ``label``, ``source_id`` as in `summit_analysis.timeline`; ``panel`` (``week`` if it
        lies in the days of the event, else ``around``); ``row`` (from the top of the panel); ``side`` of the mark on
        which its label stands (``left``, ``right``, or ``key``: a number that is explained below the panel).

    Raises
    ------
    AbsentError
        If the ledger has no events.

    >>> chart = charts.timeline(ledger)
    >>> print(chart.title.partition(";")[0])
    39 of 100 events fall in the 6 days from 6 to 11 February 2025
    >>> chart.data[["first_on", "kind", "panel", "row", "side"]].head(2)
        first_on     kind   panel  row   side
    0 2023-11-01  prelude  around    0  right
    1 2023-11-01  prelude  around    1  right
    """
    need(ledger, "timeline", lang, "event", "events")
    say, week = words("timeline", lang), (day_place(ledger.about.first_day), day_place(ledger.about.last_day) + 1)
    rows = summit_analysis.timeline(ledger, kinds="event", lang=lang)
    begin, end = (rows[day].map(day_place) for day in ("first_on", "last_on"))
    within = (begin >= week[0]) & (end < week[1])
    rows = rows.assign(panel=within.map({True: WEEK, False: AROUND}), begin=begin + 0.5, end=end + 0.5)
    gutter = max(text_points(say.get(kind, kind), _SIZE, "bold") for kind in _lanes(rows)) + _EDGE + 3 * _DOT
    packed, spans, deep = {}, {}, {}
    for panel, part in rows.groupby("panel"):
        first, last = week
        if panel == AROUND:
            first, last = part["begin"].min(), part["end"].max()
            # room for a mark on the left, and on the right for a mark with its number
            first, last = first - max(15, 0.01 * (last - first)), last + max(15, 0.05 * (last - first))
        spans[panel] = Span(first, last, gutter, _points())
        packed[panel] = _packed(part, spans[panel])
        # labels, what the numbers mean, and, above the week, a line that points to it
        deep[panel] = packed[panel]["row"].max() + 1 + (packed[panel]["side"] == KEY).sum() + (panel == AROUND)
    drawn, filled = pd.concat(packed, ignore_index=True)[_EVENT], _timeline_words(rows, ledger.about, lang)
    inches = [_EVENT_ROW * rows + _HEAD for rows in deep.values()]
    with put_together(
        ledger,
        "timeline",
        drawn,
        texts_of(say if filled["announcements"] else say | {"title": say["title_none"]}, filled),
        drawn["source_id"],
        height=sum(inches),
        rates=False,
        lang=lang,
    ) as (chart, axes):
        axes.remove()
        panels = chart.figure.subplots(len(spans), squeeze=False, height_ratios=inches)[:, 0]
        for below, (panel, part) in zip(panels, packed.items(), strict=True):
            _draw_events(below, part, spans[panel], deep[panel], say)
            if panel == WEEK:
                _head_days(below, ledger.about, lang)
                continue
            below.set_xticks(*month_ticks(spans[panel].first, spans[panel].last, spans[panel].points_a_day, lang))
            below.grid(axis="x")
            if below.get_xlim()[0] < week[0] < below.get_xlim()[1] and within.any():
                below.axvspan(*week, ymin=1 / (deep[panel] + 0.2), color=palette()[1], alpha=0.4, lw=0)
                spot = sum(week) / 2, deep[panel] - 1
                _write(below, say["below"].format(**filled), spot, 0, ha="center", color=GREY)
    return chart


def _lanes(rows: pd.DataFrame) -> list[str]:
    return list(dict.fromkeys([*LANES, *rows["kind"]]))


def _points() -> float:
    return figure_inches() * 72 * _SHARE


def _packed(rows: pd.DataFrame, span: Span) -> pd.DataFrame:
    """Give each event the first row of its lane in which its mark and its label, or else a number, are free."""
    placed, above = {}, 0
    for lane in _lanes(rows):
        taken: list[list[tuple[float, float]]] = []
        for event in rows[rows["kind"] == lane].itertuples():
            fits = _room(event, span, event.label)
            need_room(bool(fits or _room(event, span, "88")))
            row, beside = free_row(taken, fits or _room(event, span, "88"), 2 * _DOT)
            placed[event.Index] = above + row, beside, beside if fits else KEY
        above += len(taken)
    found = pd.DataFrame.from_dict(placed, orient="index", columns=["row", "beside", "side"])
    found = rows.join(found).sort_values("row", kind="stable")
    keyed = found["side"] == KEY
    return found.assign(told=found["label"].mask(keyed, keyed.cumsum().astype("str")))


def _room(event: Row, span: Span, text: str) -> dict[str, tuple[float, float]]:
    """Return from where to where mark and text reach, in points, for each side on which they fit."""
    left, right, width = span.points(event.begin), span.points(event.end), text_points(text, _SIZE)
    sides = {"right": (left - _DOT, right + 2 * _DOT + width), "left": (left - 2 * _DOT - width, right + _DOT)}
    return {side: (begin, end) for side, (begin, end) in sides.items() if begin >= span.gutter and end <= _points()}


def _timeline_words(rows: pd.DataFrame, about: About, lang: Language) -> dict[str, object]:
    """What fills the texts of the timeline."""
    say, week = words("timeline", lang), rows[rows["panel"] == WEEK]
    announced, number = week[week["kind"] == "announcement"], rows.groupby("panel")["kind"].value_counts()
    around, within = (
        ", ".join(
            say["each"].format(kind=say.get(kind, kind).lower(), n=number[panel, kind])
            for kind in _lanes(rows)
            if (panel, kind) in number
        )
        for panel in (AROUND, WEEK)
    )
    one_month = about.first_day.to_period("M") == about.last_day.to_period("M")
    by_day = week["first_on"].value_counts().sort_index()
    return {
        "n": len(rows),
        "week": len(week),
        "announcements": len(announced),
        "early": (announced["last_on"] < about.opening_day).sum(),
        "days": (about.last_day - about.first_day).days + 1,
        "first": long_day(rows["first_on"].min(), lang=lang),
        "last": long_day(rows["last_on"].max(), lang=lang),
        "from": about.first_day.day if one_month else long_day(about.first_day, lang=lang),
        "to": long_day(about.last_day, lang=lang),
        "around": around or say["none"],
        "within": within or say["none"],
        "by_day": ", ".join(say["each"].format(kind=long_day(day, lang=lang), n=n) for day, n in by_day.items()),
    }


def _draw_events(axes: Axes, rows: pd.DataFrame, span: Span, deep: int, say: dict[str, str]) -> None:
    axes.set(xlim=(span.left, span.left + _points() / span.points_a_day), ylim=(deep - 0.5, -0.7), yticks=[])
    axes.spines[["bottom", "left"]].set_visible(False)
    axes.tick_params(axis="x", length=0, labelsize=8.5)
    axes.xaxis.tick_top()
    for kind, top in rows.groupby("kind")["row"].min().items():
        _write(axes, say.get(str(kind), str(kind)), (span.left, top), _EDGE, weight="bold")
        axes.axhline(top - 0.5, color=PALE, lw=0.8, zorder=0)
    blue = palette()[0]
    for known, those in rows.groupby(rows["precision"] == "day"):
        days, (wide, face) = [those["begin"], those["end"]], (4, blue) if known else (1.2, "white")
        axes.plot(days, [those["row"]] * 2, color=blue, lw=wide, zorder=2)
        axes.scatter(days, [those["row"]] * 2, s=26, facecolors=face, edgecolors=blue, linewidths=1.2, zorder=3)
    for event in rows.itertuples():
        day, away, anchor = (event.begin, -1, "right") if event.beside == "left" else (event.end, 1, "left")
        _write(axes, event.told, (day, event.row), 2 * away * _DOT, ha=anchor)
    for below, event in enumerate(rows[rows["side"] == KEY].itertuples(), rows["row"].max() + 1):
        _write(axes, f"{event.told}  {event.label}", (span.left, below), _EDGE)


def _write(axes: Axes, text: str, spot: tuple[float, float], aside: float, **style: Any) -> None:
    # a label is placed by its measured width; the layout must not make room for it once more
    axes.annotate(text, spot, (aside, 0), textcoords="offset points", va="center", size=_SIZE, in_layout=False, **style)


def _head_days(axes: Axes, about: About, lang: Language) -> None:
    from babel.dates import format_date

    days = pd.date_range(about.first_day, about.last_day)
    axes.set_xticks(
        [day_place(day) + 0.5 for day in days], [format_date(day, "EEE d MMM", locale=lang) for day in days]
    )
    for day in days[::2]:
        axes.axvspan(day_place(day), day_place(day) + 1, color="#f5f5f5", lw=0, zorder=-1)
