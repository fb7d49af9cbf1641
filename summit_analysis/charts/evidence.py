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
from summit_analysis.base.errors import FrameError
from summit_analysis.base.text import Language, Row, alphabetical, format_figure, long_day, words
from summit_analysis.charts.canvas import (
    BILLION,
    GREY,
    INCHES,
    PALE,
    WIDTH,
    Chart,
    Style,
    Texts,
    palette,
    put_together,
    text_points,
    texts_of,
)
from summit_analysis.charts.marks import Grid, Span, day_place, free_row, mark, month_or_year, month_ticks, write
from summit_analysis.currency.rates import EURO, clean_code
from summit_analysis.ledger.sources import SEED
from summit_analysis.ledger.tables import Ledger
from summit_analysis.money import Amount, format_amount
from summit_analysis.pledges.claims import RULED, compare_claims, value_claims
from summit_analysis.pledges.once import forest_of
from summit_analysis.pledges.status import (
    CHANGES,
    HEADLINE,
    STEPS,
    STRENGTHS,
    SUMMIT_DAY,
    SUMMIT_WEEK,
    dated_updates,
    every_status,
    last_day,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


# claims
CLAIM_MARKERS = {"primary": "D", "news": "o", "analysis": "s", "seed": "*"}
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

# conflicts
PARTS = ("amount", "other", "rates")
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
AROUND, WEEK = "around", "week"
KEY = "key"
_SIZE = 8
_EVENT_ROW = 0.158
"""Inches of height per row of labels."""
_HEAD = 0.34
"""Inches above a panel for its days."""
_POINTS = WIDTH * 72 * 0.97
"""Width of the axes; a little less than there is."""
_EDGE = 5.0
"""Points from the left edge of the axes to where the title begins."""
_DOT = 4.0
"""Points from the middle of a mark to its edge, and from there to its label."""


def claims(ledger: Ledger, *, envelope: str = HEADLINE, to: str = EURO, lang: Language = "en") -> Chart:
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

    >>> chart = charts.claims(ledger)
    >>> print(chart.title)
    Sources agree on 6 of the 12 sums inside the €109bn; for MGX campus they say €30–50bn
    >>> chart.data[["pledge_id", "standing", "amount_low", "amount_high", "currency"]].head(2)
         pledge_id standing    amount_low   amount_high currency
    12  mgx-campus     slip  3.000000e+10  5.000000e+10      USD
    26  mgx-campus   stands  3.000000e+10  5.000000e+10      EUR
    """
    to = clean_code(to)
    parts = forest_of(ledger).children(envelope)
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
    texts = _claims_texts(ledger, drawn, hulls, whole, unnamed, to, lang)
    tall = sum(_row_inches(_levels(rows)) for _, rows in drawn.groupby("pledge_id"))
    with put_together(
        ledger,
        f"claims-inside-{envelope}",
        drawn,
        (texts["title"], texts["subtitle"], texts["alt"]),
        drawn["source_id"],
        height=tall + 0.8,
        lang=lang,
    ) as (chart, axes):
        _draw_claims(axes, drawn, hulls.index, ledger.names(lang))
        _dress_claims(axes, drawn, texts["unnamed"], to, lang)
    return chart


def _in_one_currency(ledger: Ledger, to: str) -> pd.DataFrame:
    valued = value_claims(ledger, to=to).drop(columns=["low", "high"])
    valued = valued.rename(columns={f"low_{to}": "low", f"high_{to}": "high"})
    return valued.merge(ledger.sources[["source_id", "kind"]], on="source_id")[_COLUMNS]


def _hulls(claims: pd.DataFrame) -> pd.DataFrame:
    """Lowest and highest figure printed of each pledge, among the claims that a rule may read; largest first."""
    read = claims[claims["standing"].isin(RULED) & claims["high"].notna()]
    hulls = read.groupby("pledge_id").agg(low=("low", "min"), high=("high", "max"))
    return hulls.sort_values(["high", "low"], ascending=False, kind="stable")


def _claims_texts(
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


def _draw_claims(axes: Axes, drawn: pd.DataFrame, order: pd.Index, names: pd.Series) -> None:
    colours = dict(zip(CLAIM_MARKERS, palette(), strict=False))
    edge, middles = 0.0, []
    for pledge in order:
        rows = drawn[drawn["pledge_id"] == pledge]
        levels = _levels(rows)
        tall = _row_inches(levels)
        for level, (_, row) in zip(levels, rows.iterrows(), strict=True):
            _mark_claim(axes, row, edge + tall / 2 + (level - levels.max() / 2) * _LEVEL, colours[row["kind"]])
        middles.append(edge + tall / 2)
        edge += tall
        axes.axhline(edge, color=PALE, lw=0.6)
    axes.set_yticks(middles, names[order])
    axes.set_ylim(edge, 0)


def _dress_claims(axes: Axes, drawn: pd.DataFrame, unnamed: str, to: str, lang: Language) -> None:
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
    for (kind, marker), colour in zip(CLAIM_MARKERS.items(), palette(), strict=False):
        axes.scatter([], [], marker=marker, color=colour, s=30, label=words("kinds", lang)[kind])
    axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 0.998), ncols=4, frameon=False, handletextpad=0.2, fontsize=9)


def _ticks(low: float, high: float) -> list[float]:
    """Round figures between two bounds of a logarithmic axis: 1, 2, 5 in each power of ten, fewer on a long axis."""
    steps = (1, 2, 5) if high / low < 2000 else (1,)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [step * 10.0**power for power in powers for step in steps if low <= step * 10.0**power <= high]


def _mark_claim(axes: Axes, row: pd.Series, y: float, colour: str) -> None:
    low, high = row["low"] / BILLION, row["high"] / BILLION
    inside = colour if row["standing"] in RULED else "white"
    if low < high:
        # a range grows from its low figure to its high one
        corners = [low, high, high, low], [y - 0.01, y - 0.036, y + 0.036, y + 0.01]
        axes.fill(*corners, edgecolor=colour, lw=0.8, facecolor=inside)
    else:
        size = 34 if row["kind"] == "seed" else 13
        style: Style = {"edgecolors": colour, "facecolors": inside, "linewidths": 0.9, "zorder": 3}
        axes.scatter([high], [y], marker=CLAIM_MARKERS[row["kind"]], s=size, **style)
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
    for span in zip(left, right, strict=True):
        level, _ = free_row(taken, {"": span})
        levels.append(level)
    return np.array(levels)


def _row_inches(levels: np.ndarray) -> float:
    return max(0.36, float(levels.max() + 1) * _LEVEL + 0.16)


def conflicts(ledger: Ledger, *, to: str = EURO, lang: Language = "en") -> Chart:
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

    >>> chart = charts.conflicts(ledger)
    >>> chart.data["part"].value_counts().to_dict()
    {'amount': 14, 'other': 12, 'rates': 8}
    >>> chart.data[["part", "pledge_id", "low", "high", "ratio"]].head(1)
         part         pledge_id          low          high  ratio
    0  amount  telehouse-france  400000000.0  1.000000e+09    2.5
    """
    to = clean_code(to)
    from matplotlib.ticker import MultipleLocator

    found, compared = summit_analysis.conflicts(ledger, to=to), compare_claims(ledger, to=to)
    drawn = _spreads(found, compared, to)
    apart = drawn[drawn["part"] == "amount"]
    if apart.empty:
        raise FrameError("no pledge has standing claims that differ in amount; there is nothing to compare")
    say, names, widest = words("conflicts", lang), ledger.names(lang), apart.iloc[0]
    about: dict[str, list[Row]] = {pledge: [] for pledge in compared["pledge_id"]}
    for claim in compared.itertuples():
        about[claim.pledge_id].append(claim)
    labels = [_label(row, about[row.pledge_id], to, lang) for row in drawn.itertuples()]
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
    cited = compared.loc[compared["pledge_id"].isin(drawn["pledge_id"]), "source_id"]
    height = 0.215 * (len(drawn) + 2 * drawn["part"].nunique()) + 0.4
    with put_together(ledger, "conflicts", drawn, texts_of(say, filled), cited, height=height, lang=lang) as (
        chart,
        axes,
    ):
        _draw_spreads(axes, drawn, labels, names, say)
        axes.xaxis.set_major_locator(MultipleLocator(0.5))
        axes.xaxis.set_major_formatter(lambda value, _: f"×\u202f{format_figure(value, lang=lang)}")
        axes.set_xlim(0.985, 1 + (widest["ratio"] - 1) * 1.22)
        axes.set_xlabel(say["axis"])
        axes.grid(axis="x")
    return chart


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


def _label(row: Row, claims: list[Row], to: str, lang: Language) -> str:
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


def _notes(currency: str, claims: list[Row], say: dict[str, str], lang: Language) -> list[str]:
    """Say in words which claims are in another currency, and which figures are of something else."""
    from babel.numbers import get_currency_name

    foreign: dict[str, str] = {}
    # one that stands says more than a slip beside it
    for claim in sorted(claims, key=lambda claim: claim.standing != "stands"):
        if claim.currency != currency and claim.standing != "derived":
            foreign.setdefault(claim.currency, claim.standing)
    notes = [
        say.get(f"in-{standing}", say["in-stands"]).format(currency=get_currency_name(code, count=2, locale=lang))
        for code, standing in foreign.items()
    ]
    for standing in ("other-scope", "superseded", "tally"):
        own = [claim for claim in claims if claim.currency == currency and claim.standing == standing]
        amounts = dict.fromkeys(format_amount(Amount(claim.low, claim.high, currency), lang=lang) for claim in own)
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

    >>> chart = charts.statements(ledger)
    >>> print(chart.title)
    46 of the article’s 66 checkable statements hold; of its 15 amounts, 8 do
    >>> chart.data["verdict"].value_counts().to_dict()
    {'confirmed': 46, 'imprecise': 15, 'wrong': 5}
    """
    say, counts = words("verdicts", lang), verdicts(ledger, by="kind").set_index("kind")
    order = {name: rank for rank, name in enumerate([*counts.index, *VERDICTS])}
    drawn = ledger.statements.sort_values(["kind", "verdict"], key=lambda names: names.map(order), kind="stable")
    drawn = drawn.assign(place=drawn.groupby("kind").cumcount())[_STATED].reset_index(drop=True)
    wrong = check_statements(ledger, lang=lang).set_index("statement_id").query("verdict == 'wrong'")
    # away from its paragraph a statement may not say whom it is about
    wrong = wrong.assign(statement=[say.get(row.Index, row.statement) for row in wrong.itertuples()])
    beside = _mistakes(wrong, say)
    squares, told = -(-counts["statements"] // _LINE_OF), 1 + beside.groupby("kind")["line"].max()
    high = pd.concat([squares, told], axis=1).max(axis=1).clip(lower=2)
    grid, rows = Grid(high, line=0.19, gap=0.16, head=0.3), np.arange(len(counts))
    texts = _statements_texts(counts, wrong, say)
    cited = [SEED] * len(drawn) + drawn["evidence_source_ids"].str.split(";").explode().tolist()
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


def status(ledger: Ledger, *, as_of: str | dt.date | None = None, lang: Language = "en") -> Chart:
    """Draw how far each pledge of the summit group came: one row per pledge, one column per step.

    Parameters
    ----------
    ledger : Ledger
    as_of : str or datetime.date, optional
        Pledges announced later are left out. Default: the last day in the data.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data hold one row per pledge with money, comparators left out, the furthest first:

        - ``pledge_id``, ``announced_on``, ``furthest``, ``furthest_possible`` as in `summit_analysis.status`;
        - one column per step of `STEPS` after ``announced``: the strongest evidence of an update that names it (one of
          `STRENGTHS`), ``possibly`` if it may have happened later, ``passed`` if only a further step is named;
        - ``announced``: ``passed``, or ``possibly`` if its day is not known as of a day;
        - ``last_change``, ``change_on`` (day, month or year as known), ``change_by`` (evidence, or ``possibly``);
        - ``source_ids``: sources of the updates drawn, joined by semicolons.

    Raises
    ------
    FrameError
        If no step or change after an announcement is known by that day.

    >>> chart = charts.status(ledger)
    >>> print(chart.title)
    Sources show a site or more for 14 of 43 pledges, and no step beyond the announcement for 29
    >>> chart.data["furthest"].value_counts().to_dict()
    {'announced': 29, 'site-chosen': 6, 'operating': 5, 'under-construction': 2, 'permitted': 1}
    """
    until = last_day(ledger) if as_of is None else pd.Timestamp(one_day(as_of).item())
    # on the last day a page without a day was out, too
    as_of = None if until >= last_day(ledger) else as_of
    say, names, updates = words("status", lang), ledger.names(lang), dated_updates(ledger, as_of)
    rows = _pledges(ledger, as_of, until, names)
    updates = updates[updates["pledge_id"].isin(rows["pledge_id"]) & updates["happened"].ne("no")]
    drawn = updates[updates["status"].isin([*STEPS[1:], *CHANGES])]
    if drawn.empty:
        raise FrameError(f"nothing is known of any pledge by {as_of} but its announcement; choose a later day")
    rows = _matrix(rows, drawn, undated=as_of is not None)
    newest = updates.loc[updates["happened"] == "yes", "updated_on"].max()
    texts = _status_texts(rows, names, long_day(until, lang=lang, data_end=last_day(ledger)), newest, lang)
    grid = Grid([1] * len(rows), line=0.222, head=0.4)
    with put_together(
        ledger, "what-became-of-it", rows, texts, drawn["source_id"], height=grid.edges[-1], rates=False, lang=lang
    ) as (chart, axes):
        named, reached = names[rows["pledge_id"]], rows["furthest"].map(STEPS.index)
        left, change = 1.05 * max(text_points(name, 9) for name in named) / 72 + 0.1, INCHES - 1.6
        wide = (change - left) / (len(STEPS) + 0.65)
        steps = left + (np.arange(len(STEPS)) + 0.5) * wide
        heads = [say[step].replace(" ", "\n") for step in (*STEPS, "change")]
        grid.lay(axes, [*steps, change], heads, rows.index[reached != reached.shift()], size=8.5)
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


def _pledges(ledger: Ledger, as_of: str | dt.date | None, until: pd.Timestamp, names: pd.Series) -> pd.DataFrame:
    """Give the pledges of the summit group with money, the furthest first, then by name as a reader looks for it."""
    pledges = ledger.pledges[ledger.pledges["group"].eq("summit") & ledger.pledges["money_kind"].ne("none")]
    pledges = pledges.loc[~(pledges["announced_on"] > until), ["pledge_id", "announced_on"]]
    found = every_status(ledger, as_of)[["pledge_id", "furthest", "furthest_possible"]]
    return pledges.merge(found, on="pledge_id").sort_values(
        ["furthest", "furthest_possible", "pledge_id"],
        ascending=[False, False, True],
        key=lambda keys: alphabetical(keys.map(names)) if keys.name == "pledge_id" else keys.map(STEPS.index),
        ignore_index=True,
    )


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


def _status_texts(rows: pd.DataFrame, names: pd.Series, day: str, newest: pd.Timestamp, lang: Language) -> Texts:
    say, named, furthest = words("status", lang), rows["pledge_id"].map(names), rows["furthest"]
    further, none = (furthest != STEPS[0]).sum(), (rows["furthest_possible"] == STEPS[0]).sum()
    maybe, undated = len(rows) - further - none, (rows["announced"] == POSSIBLY).sum()
    strength = [row[row["furthest"]] for _, row in rows.iterrows()]
    weak = np.isin(strength, STRENGTHS) & ~np.isin(strength, STRONG)
    filled = {
        "further": further,
        "n": len(rows),
        "none": none,
        "maybe": say["maybe"].format(n=maybe) if maybe else "",
        "day": day,
        "news": "" if pd.isna(newest) else say["news"].format(day=long_day(newest, lang=lang)),
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
    return ", ".join([say[row.last_change], *month])


def timeline(ledger: Ledger, *, lang: Language = "en") -> Chart:
    """Draw all events on one axis, and those of the summit week day by day below.

    Parameters
    ----------
    ledger : Ledger
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data hold one row per event, as they stand in the picture from above: ``id``, ``first_on``, ``last_on``,
        ``precision``, ``kind``, ``label``, ``source_id`` as in `summit_analysis.timeline`; ``panel`` (``week`` if it
        lies in the summit week, else ``around``); ``row`` (from the top of the panel); ``side`` of the mark on which
        its label stands (``left``, ``right``, or ``key``: a number that is explained below the panel).

    Raises
    ------
    FrameError
        If the ledger has no events.

    >>> chart = charts.timeline(ledger)
    >>> print(chart.title)
    39 of 86 events fall in the 6 days of the summit week; 8 of its 14 announcements came before the opening
    >>> chart.data[["first_on", "kind", "panel", "row", "side"]].head(2)
        first_on     kind   panel  row   side
    0 2023-11-01  prelude  around    0  right
    1 2023-11-01  prelude  around    1  right
    """
    rows = summit_analysis.timeline(ledger, lang=lang)
    rows = rows[rows["what"] == "event"]
    if rows.empty:
        raise FrameError("there is no event to draw; add rows to events.csv")
    within = (rows["first_on"] >= SUMMIT_WEEK[0]) & (rows["last_on"] <= SUMMIT_WEEK[1])
    rows = rows.assign(panel=within.map({True: WEEK, False: AROUND}))
    spans = {panel: _span(part, panel, lang) for panel, part in rows.groupby("panel")}
    columns = ["id", "first_on", "last_on", "precision", "kind", "label", "panel", "row", "side", "source_id"]
    packed = {panel: _packed(rows[rows["panel"] == panel], span)[columns] for panel, span in spans.items()}
    drawn = pd.concat(packed, ignore_index=True)
    texts = _timeline_texts(drawn, lang)
    inches = [_EVENT_ROW * _depth(part) + _HEAD for part in packed.values()]
    with put_together(
        ledger, "timeline", drawn, texts, drawn["source_id"], height=sum(inches), rates=False, lang=lang
    ) as (chart, axes):
        axes.remove()
        panels = chart.figure.subplots(len(spans), squeeze=False, height_ratios=inches)[:, 0]
        for below, (panel, part) in zip(panels, packed.items(), strict=True):
            _dress_timeline(below, part, spans[panel], lang)
            _draw_timeline(below, part, spans[panel])
            if panel == WEEK:
                _head_days(below, lang)
            else:
                _head_months(below, spans[panel], lang)
                _point_below(below, drawn, lang)
    return chart


def _noon(day: pd.Timestamp) -> float:
    return day_place(day) + 0.5


def _span(rows: pd.DataFrame, panel: str, lang: Language) -> Span:
    say = words("timeline", lang)
    gutter = max(text_points(say[kind], _SIZE, "bold") for kind in LANES) + _EDGE + 3 * _DOT
    if panel == WEEK:
        return Span(day_place(SUMMIT_WEEK[0]), day_place(SUMMIT_WEEK[1]) + 1, gutter, _POINTS)
    first, last = _noon(rows["first_on"].min()), _noon(rows["last_on"].max())
    # room for a mark on the left, and on the right for a mark with its number
    return Span(first - max(15, 0.01 * (last - first)), last + max(15, 0.05 * (last - first)), gutter, _POINTS)


def _packed(rows: pd.DataFrame, span: Span) -> pd.DataFrame:
    """Give each event the first row of its lane in which its mark and its label are free."""
    placed, above, keys = {}, 0, 0
    for lane in LANES:
        taken: list[list[tuple[float, float]]] = []
        for event in rows[rows["kind"] == lane].itertuples():
            room = _room(event, span, text_points(event.label, _SIZE))
            if not room:
                keys += 1
                beside = _room(event, span, text_points(str(keys), _SIZE))
                room = {KEY: next(iter(beside.values()))}
            row, side = free_row(taken, room, 2 * _DOT)
            placed[event.Index] = above + row, side
        above += len(taken)
    found = pd.DataFrame.from_dict(placed, orient="index", columns=["row", "side"])
    return rows.join(found).sort_values("row", kind="stable")


def _room(event: Row, span: Span, width: float) -> dict[str, tuple[float, float]]:
    """Return from where to where mark and label reach, in points, for each side on which they fit."""
    left, right = span.points(_noon(event.first_on)), span.points(_noon(event.last_on))
    sides = {"right": (left - _DOT, right + 2 * _DOT + width), "left": (left - 2 * _DOT - width, right + _DOT)}
    return {side: (begin, end) for side, (begin, end) in sides.items() if begin >= span.gutter and end <= _POINTS}


def _depth(rows: pd.DataFrame) -> float:
    """Rows of a panel: those of the labels, of the keys, and, above the week, one that points to it."""
    deep: float = rows["row"].max() + 1 + (rows["side"] == KEY).sum() + rows["panel"].eq(AROUND).any()
    return deep


def _timeline_texts(rows: pd.DataFrame, lang: Language) -> Texts:
    say, week = words("timeline", lang), rows[rows["panel"] == WEEK]
    announced = week[week["kind"] == "announcement"]

    def counts(kinds: pd.Series) -> str:
        number = kinds.value_counts()
        each = [say["each"].format(kind=say[kind].lower(), n=number[kind]) for kind in LANES if kind in number]
        return ", ".join(each) or say["none"]

    by_day = week["first_on"].value_counts().sort_index()
    filled = {
        "n": len(rows),
        "week": len(week),
        "announcements": len(announced),
        "early": int((announced["last_on"] < pd.Timestamp(SUMMIT_DAY)).sum()),
        "days": (SUMMIT_WEEK[1] - SUMMIT_WEEK[0]).days + 1,
        "first": long_day(rows["first_on"].min(), lang=lang),
        "last": long_day(rows["last_on"].max(), lang=lang),
        **_days(lang),
        "around": counts(rows.loc[rows["panel"] == AROUND, "kind"]),
        "within": counts(week["kind"]),
        "by_day": ", ".join(say["each"].format(kind=long_day(day, lang=lang), n=n) for day, n in by_day.items()),
    }
    return texts_of(say, filled)


def _dress_timeline(axes: Axes, rows: pd.DataFrame, span: Span, lang: Language) -> None:
    say = words("timeline", lang)
    axes.set(xlim=(span.left, span.left + _POINTS / span.points_a_day), ylim=(_depth(rows) - 0.5, -0.7))
    axes.set_yticks([])
    axes.spines[["bottom", "left"]].set_visible(False)
    axes.tick_params(axis="x", length=0, labelsize=8.5)
    axes.xaxis.tick_top()
    for kind, lane in rows.groupby("kind"):
        top = lane["row"].min()
        _write(axes, say[kind], (span.left, top), _EDGE, weight="bold")
        axes.axhline(top - 0.5, color=PALE, lw=0.8, zorder=0)


def _draw_timeline(axes: Axes, rows: pd.DataFrame, span: Span) -> None:
    blue, keys, below = palette()[0], 0, rows["row"].max() + 1
    for event in rows.itertuples():
        first, last = _noon(event.first_on), _noon(event.last_on)
        known, label, side = event.precision == "day", event.label, event.side
        axes.plot([first, last], [event.row] * 2, color=blue, lw=4 if known else 1.2, zorder=2)
        paint: Style = {"facecolors": blue if known else "white", "edgecolors": blue, "linewidths": 1.2, "zorder": 3}
        axes.scatter([first, last], [event.row] * 2, s=26, **paint)
        if side == KEY:
            keys += 1
            _write(axes, f"{keys}  {label}", (span.left, below + keys - 1), _EDGE)
            label, side = str(keys), next(iter(_room(event, span, text_points(str(keys), _SIZE))))
        if side == "left":
            _write(axes, label, (first, event.row), -2 * _DOT, ha="right")
        else:
            _write(axes, label, (last, event.row), 2 * _DOT)


def _write(axes: Axes, text: str, spot: tuple[float, float], aside: float, **style: Any) -> None:
    # a label is placed by its measured width; the layout must not make room for it once more
    look: Style = {"textcoords": "offset points", "va": "center", "size": _SIZE, **style}
    axes.annotate(text, spot, (aside, 0), **look).set_in_layout(False)


def _point_below(axes: Axes, drawn: pd.DataFrame, lang: Language) -> None:
    week, (left, right) = drawn[drawn["panel"] == WEEK], axes.get_xlim()
    first, last = day_place(SUMMIT_WEEK[0]), day_place(SUMMIT_WEEK[1]) + 1
    if left < first < right and len(week):
        bottom, top = axes.get_ylim()
        axes.axvspan(first, last, ymin=1 / (bottom - top), color=palette()[1], alpha=0.4, lw=0)
        told = words("timeline", lang)["below"].format(n=len(week), **_days(lang))
        _write(axes, told, ((first + last) / 2, bottom - 0.5), 0, ha="center", color=GREY)


def _days(lang: Language) -> dict[str, str]:
    return {"from": str(SUMMIT_WEEK[0].day), "to": long_day(SUMMIT_WEEK[1], lang=lang)}


def _head_days(axes: Axes, lang: Language) -> None:
    from babel.dates import format_date

    days = pd.date_range(*SUMMIT_WEEK)
    axes.set_xticks([_noon(day) for day in days], [format_date(day, "EEE d MMM", locale=lang) for day in days])
    for day in days[::2]:
        axes.axvspan(day_place(day), day_place(day) + 1, color="#f5f5f5", lw=0, zorder=-1)


def _head_months(axes: Axes, span: Span, lang: Language) -> None:
    axes.set_xticks(*month_ticks(span.first, span.last, span.points_a_day, lang))
    axes.grid(axis="x")
