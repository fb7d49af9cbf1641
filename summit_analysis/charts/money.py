"""Figures of money: the careless sum, an envelope, the ladder, a total, money by day, per year, per output."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from textwrap import shorten
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from summit_analysis.base.errors import FrameError
from summit_analysis.base.text import Language, Row, format_figure, known_language, long_day, words
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
from summit_analysis.charts.marks import (
    beside,
    colour_of,
    day_place,
    draw_ranges,
    draw_unallocated,
    dress,
    from_left,
    inches,
    margin_lines,
    money_axis,
    month_or_year,
    month_ticks,
    open_amount,
    printed,
)
from summit_analysis.currency.rates import EURO, clean_code
from summit_analysis.ledger.sources import SEED
from summit_analysis.ledger.tables import Ledger
from summit_analysis.money import Amount, format_amount
from summit_analysis.pledges import totals
from summit_analysis.pledges.claims import Rule, resolve_claims, sources_of, sources_read, value_claims
from summit_analysis.pledges.compare import (
    DOLLAR,
    HORIZONS,
    compare_pledges,
    spread,
    stated_claims,
    total_by_convention,
)
from summit_analysis.pledges.once import WHOLE, forest_of
from summit_analysis.pledges.status import HEADLINE, HEADLINE_DAY, SUMMIT_DAY, SUMMIT_WEEK, last_day
from summit_analysis.pledges.totals import (
    RUNGS,
    UNALLOCATED,
    Total,
    announced_by_day,
    new_or_known,
    total_amount,
    unit,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


# naive_sum
_SUM_COLUMNS = [
    *("pledge_id", "claim_id", "qualifier", "amount_low", "amount_high", "currency", "valued_on", "valued_by", "rate"),
    *("rate_date", "figure", "begins", "counted_again"),
]

# ladder, envelope
FADED = "#f0f0f0"
"""What fell away from one rung to the next."""
_INDENT = "    "

# total
COUNTRIES = ("recipient_country", "pledger_country")
_BAR_COLUMNS = ["low", "high", "open_low", "open_high"]
_LONG = 42
"""Characters of a name beside its bar."""
_GAP = 10
"""Points beside a name, and beside an amount."""

# announced
_ZONES = (0.0, 0.33, 0.82, 1.0)
"""Shares of the axis at which it begins, the summit week begins and ends, and the axis ends."""
_INCHES = 4.4
_ANNOUNCED_SIZE = 8.5
_BELOW = "#d3e5f0"
_SHADE = "#f3f3f3"

# sensitivity
_ROW = 0.235
"""Inches for a range."""

# comparison, share_of_gdp
LEAST = BILLION
"""Smaller ones are named in the margin instead of drawn."""
STARGATE = "cmp-usa-stargate-500bn"
"""The pledge that the title holds against France's."""
LEAST_SHARE = 0.005
"""Smaller ones are named in the margin instead of drawn."""
_OPEN = {(False, False): "closed", (True, False): "ceiling", (False, True): "floor", (True, True): "open"}
"""The word for an amount of which claims say "up to" and "at least"."""


def naive_sum(ledger: Ledger, *, to: str = EURO, lang: Language = "en") -> Chart:
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

    >>> chart = charts.naive_sum(ledger)
    >>> print(chart.title)
    Added up as printed, the article’s 14 sums make €632.8bn, but €311.4bn of it is money already counted
    >>> chart.data[["pledge_id", "figure", "begins", "counted_again"]].head(2)
           pledge_id        figure        begins  counted_again
    0   france-109bn  1.090000e+11  0.000000e+00          False
    10    mgx-campus  5.000000e+10  1.090000e+11           True
    """
    to = clean_code(to)
    say, names = words("naive", lang), ledger.names(lang)
    drawn = _stacked(ledger, to)
    labels = drawn["pledge_id"].map(names)
    texts = [_label_sum(row, to, lang) for _, row in drawn.iterrows()]

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
    with put_together(
        ledger,
        "careless-sum-of-the-article",
        drawn,
        texts_of(say, filled),
        [SEED],
        height=0.34 * (len(drawn) + 1) + 0.5,
        lang=lang,
    ) as (chart, axes):
        _draw_naive_sum(axes, drawn, texts, whole)
        axes.set_yticks(range(len(drawn) + 1), [*labels, say["sum"]])
        money_axis(axes, say["axis"].format(to=to), lang)
    return chart


def _stacked(ledger: Ledger, to: str) -> pd.DataFrame:
    claims = value_claims(ledger, to=to)
    claims = claims[claims["source_id"] == SEED]
    forest = forest_of(ledger)
    mentioned = set(claims["pledge_id"])
    figure = claims[f"high_{to}"]
    return claims.assign(
        figure=figure,
        begins=figure.fillna(0).cumsum() - figure.fillna(0),
        counted_again=[bool(mentioned.intersection(forest.ancestors(pledge))) for pledge in claims["pledge_id"]],
    )[_SUM_COLUMNS]


def _label_sum(row: pd.Series, to: str, lang: Language) -> str:
    if pd.isna(row["figure"]):
        scale = format_amount(Amount(np.nan, np.nan, row["currency"], scale=BILLION), lang=lang)
        return words("naive", lang)["none"].format(scale=scale)
    return format_amount(Amount(row["figure"], row["figure"], to, open_high=row["qualifier"] == "at-least"), lang=lang)


def _draw_naive_sum(axes: Axes, drawn: pd.DataFrame, texts: list[str], total_text: str) -> None:
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
    axes.set(xlim=(0, ends[-1] * 1.02), ylim=(len(drawn) + 0.6, -0.6))


def envelope(
    ledger: Ledger,
    *,
    envelope: str = HEADLINE,
    rule: Rule = "full-range",
    as_of: str | dt.date | None = None,
    to: str = EURO,
    lang: Language = "en",
) -> Chart:
    """Draw an envelope, its parts and what no part explains.

    Parameters
    ----------
    ledger : Ledger
    envelope : str
        Pledge id.
    rule, as_of, to
        As in `summit_analysis.total`.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data hold one row per bar, envelope first, parts below what holds them: ``pledge_id``, ``level``, ``low``,
        ``high`` (whole units of `to`), ``open_low``, ``open_high``, ``what`` (``pledge`` or ``unallocated``).

    Raises
    ------
    ChoiceError
        If the pledge or the rule is not known.
    FrameError
        If the envelope has no figure, or no part with one, as of the day.

    >>> chart = charts.envelope(ledger)
    >>> print(chart.title)
    12 named sums make €87.8–109.7bn of the €109bn; up to €21.2bn has no name
    >>> chart.data[["pledge_id", "level", "low", "high"]].head(3)
                      pledge_id  level           low          high
    0              france-109bn      0  1.090000e+11  1.090000e+11
    1                mgx-campus      1  3.000000e+10  5.000000e+10
    2  mgx-campus-first-tranche      2  8.500000e+09  1.000000e+10
    """
    to = clean_code(to)
    found = totals.total(ledger, to=to, rule=rule, where=envelope, as_of=as_of)
    if envelope not in set(found.unallocated["pledge_id"]):
        raise FrameError(f"{envelope!r} has no parts with a figure, or none itself; choose an envelope that has both")
    drawn = _tree(ledger, found, envelope)
    say, names = words("envelope", lang), ledger.names(lang)
    held = found.unallocated.set_index("pledge_id").loc[envelope]
    parts = drawn[(drawn["level"] == 1) & (drawn["what"] == "pledge")]
    bare = found.unquantified["pledge_id"].map(names)
    least, most = held["unallocated_low"], held["unallocated_high"]
    left = printed(least, most, to, lang)
    if least == 0 and most > 0:
        left = say["left_up_to"].format(amount=printed(most, most, to, lang))
    filled = {
        "n": len(parts),
        "parts": printed(held["parts_low"], held["parts_high"], to, lang),
        "whole": printed(found.low, found.high, to, lang),
        "left": left,
        "name": names[envelope],
        "to": to,
        "rule": rule,
        "day": _day(ledger, as_of, say, lang),
        "names": ", ".join(bare) or say["nobody"],
        "each": say["and"].join(
            f"{names[row.pledge_id]} {printed(row.low, row.high, to, lang)}" for row in parts.itertuples()
        ),
    }
    cited = sources_read(ledger, drawn["pledge_id"], rule, as_of)
    with put_together(
        ledger, f"parts-of-{envelope}", drawn, texts_of(say, filled), cited, height=0.3 * len(drawn) + 0.6, lang=lang
    ) as (chart, axes):
        places, is_left = np.arange(len(drawn)), (drawn["what"] == "unallocated").to_numpy()
        draw_ranges(axes, places[~is_left], drawn[~is_left])
        draw_unallocated(axes, places[is_left], drawn[is_left])
        for place, row in enumerate(drawn.itertuples()):
            text, end = open_amount(row, to, lang), row.high / BILLION
            # a text that is longer than its room makes the axes smaller
            axes.annotate(text, (end, place), (5, 0), textcoords="offset points", va="center", size=9)
        axes.set(xlim=(0, drawn["high"].max() / BILLION * 1.2), ylim=(places[-1] + 0.8, -0.6))
        labels = names[drawn["pledge_id"]].where(~is_left, say["unallocated"])
        labels = [_INDENT * level + label for level, label in zip(drawn["level"], labels, strict=True)]
        axes.set_yticks(places, labels, ha="left")
        # left-aligned labels show the levels of the tree; the longest one sets their room
        axes.tick_params(axis="y", pad=max(text_points(label, 9.5) for label in labels) + 8)
        money_axis(axes, say["axis"].format(to=to), lang)
        style: Style = {"transform": axes.transAxes, "ha": "right", "va": "bottom", "color": GREY, "size": 9}
        axes.text(0.985, 0.015, say["unnamed"].format(**filled), **style)
    return chart


def ladder(
    ledger: Ledger,
    *,
    rule: Rule = "full-range",
    as_of: str | dt.date | None = None,
    to: str = EURO,
    lang: Language = "en",
) -> Chart:
    """Draw the ladder: how much of the careless sum is counted once, new, has a site, and has more than a site.

    Parameters
    ----------
    ledger : Ledger
    rule, as_of, to
        As in `summit_analysis.ladder`.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data are those of `summit_analysis.ladder`.

    Raises
    ------
    FrameError
        If no pledge with a figure had been announced by that day.

    On the last day of the summit nothing had more than a site:

    >>> chart = charts.ladder(ledger, as_of="2025-02-11")
    >>> print(chart.title)
    Of €741.5–762.6bn added up carelessly, €0 has finance, a permit, works or a service
    """
    to = clean_code(to)
    drawn = totals.ladder(ledger, to=to, rule=rule, as_of=as_of)
    if not drawn["high"].any():
        raise FrameError("no pledge with a figure is counted, so there is no ladder to draw; choose a later day")
    say = words("ladder", lang)
    texts = {row.rung: printed(row.low, row.high, to, lang) for row in drawn.itertuples()}
    filled = {
        **{rung: texts[rung] for rung in RUNGS},
        "to": to,
        "rule": rule,
        "day": _day(ledger, as_of, say, lang),
        "each": say["and"].join(f"{say[rung]} {texts[rung]}".replace("\n", " ") for rung in RUNGS),
    }
    summit = ledger.pledges.loc[ledger.pledges["group"] == "summit", "pledge_id"]
    cited = sources_read(ledger, summit, rule, as_of)
    names = ledger.names(lang)
    with put_together(ledger, "ladder", drawn, texts_of(say, filled), cited, height=3.6, lang=lang) as (chart, axes):
        places = np.arange(len(drawn))
        fell = drawn["high"].shift().fillna(drawn["high"]).to_numpy() - drawn["high"].to_numpy()
        axes.barh(places, fell / BILLION, left=drawn["high"] / BILLION, color=FADED, height=0.6, lw=0)
        draw_ranges(axes, places, drawn)
        for place, row in enumerate(drawn.itertuples()):
            bare = [names[pledge] for pledge in row.unquantified.split(";") if pledge]
            style: Style = {"xy": (row.high / BILLION, place), "textcoords": "offset points", "va": "center"}
            axes.annotate(texts[row.rung], xytext=(5, 5 if bare else 0), size=9, **style)
            if bare:
                more = say["unnamed"].format(names=", ".join(bare))
                axes.annotate(more, xytext=(5, -7), color=GREY, size=8, **style)
        axes.set_yticks(places, [say[rung] for rung in drawn["rung"]])
        axes.set(xlim=(0, drawn["high"].max() / BILLION * 1.02), ylim=(places[-1] + 0.8, -0.6))
        money_axis(axes, say["axis"].format(to=to), lang)
    return chart


def _tree(ledger: Ledger, found: Total, envelope: str) -> pd.DataFrame:
    """Rows in the order drawn: an envelope, its parts by size with their own parts, then what none explains."""
    rows = pd.concat([found.counted, found.left_out]).set_index("pledge_id")
    rows = rows[rows["low"].notna() & ~rows["reason"].isin(["withdrawn", "succeeded", "inside a withdrawn pledge"])]
    # a part whose own envelope is not selected hangs on the next one above
    forest = forest_of(ledger).among(rows.index)
    left = found.unallocated.set_index("pledge_id")
    drawn, stack = [], [(envelope, 0, "pledge")]
    while stack:
        pledge, level, what = stack.pop()
        if what == "unallocated":
            rest = left.loc[pledge]
            flags = (False, False)
            drawn.append((pledge, level, rest["unallocated_low"], rest["unallocated_high"], *flags, what))
            continue
        drawn.append((pledge, level, *rows.loc[pledge, ["low", "high", "open_low", "open_high"]], what))
        parts = [part for part in forest.children(pledge) if part in rows.index]
        if pledge in left.index and left.loc[pledge, "unallocated_high"] > 0:
            stack.append((pledge, level + 1, "unallocated"))
        stack += [(part, level + 1, "pledge") for part in sorted(parts, key=lambda part: rows.loc[part, "high"])]
    columns = ["pledge_id", "level", "low", "high", "open_low", "open_high", "what"]
    return pd.DataFrame(drawn, columns=columns)


def _day(ledger: Ledger, as_of: str | dt.date | None, say: dict[str, str], lang: Language) -> str:
    if as_of is None:
        return ""
    return say["day"].format(day=long_day(as_of, lang=lang, data_end=last_day(ledger)))


def total(
    ledger: Ledger,
    *,
    to: str = EURO,
    rule: Rule = "full-range",
    as_of: str | dt.date | None = None,
    money_kinds: str | Iterable[str] | None = None,
    by: str | None = None,
    lang: Language = "en",
) -> Chart:
    """Draw what a total consists of: a bar for each row counted, or for each group.

    Parameters
    ----------
    ledger : Ledger
    to, rule, as_of, money_kinds, by
        As in `summit_analysis.total`; without `by` each bar is a pledge.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data hold one row per bar, the largest first, what no part explains last: the group (named as `by`, or
        ``pledge_id``), ``low``, ``high`` (whole units of `to`), ``open_low``, ``open_high``.

    Raises
    ------
    FrameError
        If no row is counted: nothing of the kinds chosen was announced by that day.

    Most of it is private money, and of a part nobody says whose it is:

    >>> chart = charts.total(ledger, by="money_kind", as_of="2025-02-11")
    >>> chart.data.set_index("money_kind")[["low", "high"]].div(1e9).round(1)
                   low   high
    money_kind
    private      290.0  311.5
    public        61.9   61.9
    mixed          0.4   20.4
    unallocated    0.0   22.7
    """
    return draw_total(
        ledger, totals.total(ledger, to=to, rule=rule, as_of=as_of, money_kinds=money_kinds, by=by), lang=lang
    )


def draw_total(ledger: Ledger, found: Total, *, lang: Language = "en") -> Chart:
    """Draw a total that is known already, by the column it is split by: see `charts.total`."""
    from babel.lists import format_list

    if found.counted.empty:
        raise FrameError("no pledge is counted, so there is nothing to draw; choose a later day or more kinds of money")
    say, pledges = words("bars", lang), ledger.names(lang)
    by = None if found.split is None else found.split.columns[0]
    drawn = _bars(found)
    names = pledges[drawn["pledge_id"]] if by is None else group_names(drawn[by], by, ledger, lang)
    labels = [shorten(name, _LONG, placeholder="…") for name in names]
    texts = [open_amount(row, found.to, lang) for row in drawn.itertuples()]
    kinds = [say[f"only-{kind}"] for kind in found.money_kinds or ()]
    filled = {
        "total": total_amount(found, lang),
        "kinds": say["kinds"].format(kinds=format_list(kinds, locale=lang)) if kinds else "",
        "unit": unit(found.to, lang),
        "which": say["which" if drawn["high"].idxmax() == 0 else "which-named"],
        "largest": labels[0],
        "amount": texts[0],
        "n": len(drawn),
        "to": found.to,
        "rule": found.rule,
        "by": say["each"] if by is None else say["by"].format(by=say.get(by, by.replace("_", " "))),
        "day": "" if found.as_of is None else say["day"].format(day=found.day_in_words(lang)),
        "each": say["and"].join(f"{label} {text}" for label, text in zip(labels, texts, strict=True)),
    }
    title, subtitle, alt = texts_of(say, filled)
    rest, notes = drawn.iloc[:, 0].eq(UNALLOCATED).to_numpy(), _notes(found, by, pledges, say, lang)
    seen = {"pale": (drawn["high"] > drawn["low"])[~rest].any(), "hatched": rest.any()}
    subtitle = " ".join([subtitle, *(say[key] for key, is_drawn in seen.items() if is_drawn)])
    # the claims read about the rows counted, and the updates that changed their amounts
    changed = found.counted.loc[found.counted["amount_by"] != "claims", "amount_by"]
    with put_together(
        ledger,
        "total",
        drawn,
        (title[:1].upper() + title[1:], subtitle, " ".join([alt, *notes])),
        pd.concat([sources_of(ledger, found.counted), changed]),
        height=0.3 * (len(drawn) + len(notes)) + 0.5,
        lang=lang,
    ) as (chart, axes):
        _draw_bars_of_total(axes, drawn, rest, labels, texts, notes)
        money_axis(axes, say["axis"].format(to=found.to), lang)
    return chart


def group_names(groups: Iterable[object], by: str, ledger: Ledger, lang: Language = "en") -> list[str]:
    """Name the groups of a total as a reader calls them.

    >>> group_names(["data-centre", "energy"], "purpose", ledger, "fr")
    ['centres de données', 'énergie']
    >>> group_names(["FRA", "WLD", float("nan"), "unallocated"], "recipient_country", ledger)
    ['France', 'the world', 'several countries', 'unexplained']
    """
    say, start = words("bars", lang), f"{by}-"
    names: dict[object, str] = {key.removeprefix(start): name for key, name in say.items() if key.startswith(start)}
    names[UNALLOCATED], unknown = say["unallocated"], say["unstated"]
    if by in COUNTRIES:
        countries = ledger.entities.set_index("iso3")["entity" if lang == "en" else "name_fr"]
        names, unknown = {**names, **countries, "WLD": say["world"]}, say["nowhere"]
    return [unknown if pd.isna(group) else str(names.get(group, group)) for group in groups]


def _bars(found: Total) -> pd.DataFrame:
    """The rows counted, or the groups, the largest first; what no part explains last."""
    if found.split is None:
        rows = found.counted[["pledge_id", *_BAR_COLUMNS]]
        return rows.sort_values("high", ascending=False, kind="stable", ignore_index=True)
    groups = found.split[found.split["high"] > 0].assign(open_low=False, open_high=False)
    rest = groups.iloc[:, 0] == UNALLOCATED
    named = groups[~rest].sort_values("high", ascending=False, kind="stable")
    return pd.concat([named, groups[rest]], ignore_index=True)


def _notes(found: Total, by: str | None, names: pd.Series, say: dict[str, str], lang: Language) -> list[str]:
    """Say below the bars what may be the same money, what may be withdrawn, what has no figure."""
    whole = found.ties[found.ties["within"] == WHOLE]
    ties = whole["relation"].isin(["overlaps", "restates"])
    off, gone = whole.loc[ties, "low"].sum(), whole.loc[~ties, "pledge_a"]
    notes = []
    if by is None and off:
        notes.append(say["off"].format(amount=printed(off, off, found.to, lang)))
    if by is None and len(gone):
        notes.append(say["gone"].format(names=", ".join(names[gone])))
    if len(found.unquantified):
        notes.append(say["unnamed"].format(names=", ".join(names[found.unquantified["pledge_id"]])))
    return notes


def _draw_bars_of_total(
    axes: Axes, drawn: pd.DataFrame, rest: np.ndarray, labels: list[str], texts: list[str], notes: list[str]
) -> None:
    places, high = np.arange(len(drawn)), drawn["high"] / BILLION
    draw_ranges(axes, places[~rest], drawn[~rest])
    draw_unallocated(axes, places[rest], drawn[rest])
    axes.set_yticks(places, labels)
    for place, text in enumerate(texts):
        beside(axes, high[place], place, text, 5)
    # the longest bar ends where its text still fits
    room = INCHES * 72 - max(text_points(label, 9.5) for label in labels) - _GAP
    ends = [value / (1 - (text_points(text, 9) + _GAP) / room) for value, text in zip(high, texts, strict=True)]
    axes.set(xlim=(0, max(ends)), ylim=(len(drawn) - 0.3 + len(notes), -0.6))
    style: Style = {"transform": axes.get_yaxis_transform(), "ha": "right", "va": "center", "color": GREY, "size": 9}
    for place, note in enumerate(notes, len(drawn)):
        axes.text(0.995, place, note, **style)


def announced(ledger: Ledger, *, rule: Rule = "full-range", to: str = EURO, lang: Language = "en") -> Chart:
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

    >>> chart = charts.announced(ledger)
    >>> print(chart.title)
    In 6 days announced money grew from €6.8bn to at most €375bn; €140bn of it is certainly new
    >>> chart.data[["day", "low", "new"]].head(1)
             day           low                        new
    0 2024-05-12  1.200000e+09  amazon-choose-france-2024
    """
    to = clean_code(to)
    known_language(lang)
    drawn = announced_by_day(ledger, to=to, rule=rule)
    before, after = drawn[drawn["day"] < SUMMIT_WEEK[0]], drawn[drawn["day"] <= SUMMIT_WEEK[1]]
    if before.empty or len(before) == len(after):
        raise FrameError("the staircase needs a day with money before the summit week, and one in it")
    ends = last_day(ledger)
    texts = _texts(ledger, drawn, (before.iloc[-1], after.iloc[-1]), rule, to, lang)
    counted = ";".join(drawn["new_counted"]).split(";")
    cited = sources_read(ledger, counted, rule)
    with put_together(ledger, "announced-by-day", drawn, texts, cited, height=_INCHES, lang=lang) as (chart, axes):
        _dress_announced(axes, drawn, ends, to, lang)
        _draw_announced(axes, drawn, ends)
        _write(axes, ledger, drawn, ends, rule, to, lang)
    return chart


def _texts(
    ledger: Ledger, drawn: pd.DataFrame, week: tuple[pd.Series, pd.Series], rule: Rule, to: str, lang: Language
) -> Texts:
    say, parts = words("announced", lang), new_or_known(ledger, to=to, rule=rule)
    before, after = week
    new = parts.loc[parts["announced"] == "in-week", "low_new"].sum()
    each = [
        say["each"].format(amount=_amount_announced(row.low, row.high, to, lang), day=long_day(row.day, lang=lang))
        for row in drawn.itertuples()
    ]
    filled = {
        "days": (SUMMIT_WEEK[1] - SUMMIT_WEEK[0]).days + 1,
        "before": _amount_announced(before["low"], before["high"], to, lang),
        "after": _amount_announced(after["low"], after["high"], to, lang),
        "new": _amount_announced(new, new, to, lang),
        "to": to,
        "unit": unit(to, lang),
        "rule": rule,
        "each": say["and"].join(each),
    }
    return texts_of(say, filled)


def _dress_announced(axes: Axes, drawn: pd.DataFrame, ends: pd.Timestamp, to: str, lang: Language) -> None:
    from babel.dates import format_date

    week = day_place(SUMMIT_WEEK[0]), day_place(SUMMIT_WEEK[1]) + 1
    first, last = day_place(drawn["day"].iloc[0]), max(day_place(ends), week[1] + 30)
    # a little room on the left for the first step to rise in
    knots = np.array([first - 0.03 * (week[0] - first), *week, last])
    axes.set_xscale(
        "function", functions=(lambda x: np.interp(x, knots, _ZONES), lambda x: np.interp(x, _ZONES, knots))
    )
    axes.set(xlim=(knots[0], knots[-1]), ylim=(0, drawn["high"].max() / BILLION * 1.1))
    days = pd.date_range(*SUMMIT_WEEK)
    places, texts = [day_place(day) + 0.5 for day in days], [format_date(day, "d MMM", locale=lang) for day in days]
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


def _draw_announced(axes: Axes, drawn: pd.DataFrame, ends: pd.Timestamp) -> None:
    blue = palette()[0]
    x = [*map(day_place, drawn["day"]), day_place(ends)]
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
    style: Style = {"textcoords": "offset points", "size": _ANNOUNCED_SIZE}
    in_week = drawn[drawn["day"].between(*SUMMIT_WEEK)]
    by_size = resolve_claims(ledger, rule, to=to).sort_values("high", ascending=False, kind="stable")["pledge_id"]
    before, last = drawn[drawn["day"] < SUMMIT_WEEK[0]].iloc[-1], drawn.iloc[-1]
    line = 1.5 * _ANNOUNCED_SIZE / (_INCHES * 72 * 0.9) * axes.get_ylim()[1]
    above = before["high"] / BILLION + line / 2
    axes.annotate(
        _ended(before, before["day"], say, to, lang), (axes.get_xlim()[0], above), (4, 0), va="center", **style
    )
    for row in in_week.itertuples():
        above = max(row.high / BILLION, above + line)
        share = _ZONES[1] + (row.day - SUMMIT_WEEK[0]).days * (_ZONES[2] - _ZONES[1]) / len(pd.date_range(*SUMMIT_WEEK))
        names = ledger.names(lang)[by_size[by_size.isin(row.new_counted.split(";"))]]
        text = _step(ledger, row, list(names), share * WIDTH * 72 * 0.9, say, to, lang)
        axes.annotate(text, (day_place(row.day), above), (-5, 0), ha="right", va="center", **style)
    text = _ended(last, ends, say, to, lang).replace(say["by"], "\n" + say["by"].lstrip(), 1)
    axes.annotate(text, (day_place(ends), last["low"] / BILLION), (-4, -5), ha="right", va="top", **style)


def _step(ledger: Ledger, row: Row, names: list[str], room: float, say: dict[str, str], to: str, lang: Language) -> str:
    """Say who makes a step, as many as fit."""
    held, amount = (
        [pledge for pledge in row.now_inside.split(";") if pledge],
        _amount_announced(row.low, row.high, to, lang),
    )
    inside = ledger.names(lang)[held[0]] if len(held) == 1 else say["earlier"].format(n=len(held))
    for holds in ([say["holds"].format(what=inside)] if held else []) + [""]:
        for shown in range(len(names), 0, -1):
            listed = [*names[:shown], *([say["more"].format(n=len(names) - shown)] if shown < len(names) else [])]
            text = say["step"].format(amount=amount, names=", ".join(listed)) + holds
            if text_points(text, _ANNOUNCED_SIZE) <= room:
                return text
    return amount


def _ended(row: pd.Series, day: pd.Timestamp, say: dict[str, str], to: str, lang: Language) -> str:
    return _amount_announced(row["low"], row["high"], to, lang) + say["by"] + long_day(day, lang=lang)


def _amount_announced(low: float, high: float, to: str, lang: Language) -> str:
    # a decimal says something only of small sums
    return printed(low, high, to, lang, digits=int(low < 10 * BILLION))


def sensitivity(
    ledger: Ledger,
    *,
    to: Sequence[str] = (EURO, DOLLAR),
    rule: Rule = "full-range",
    on: str | dt.date = HEADLINE_DAY,
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

    >>> chart = charts.sensitivity(ledger, to=["USD"])
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
    claims, summit = stated_claims(ledger, rule), ledger.pledges.loc[ledger.pledges["group"] == "summit", "pledge_id"]
    cited = claims.loc[claims["pledge_id"].isin(summit), "source_id"]
    with put_together(
        ledger,
        "total-by-convention",
        drawn,
        texts_of(say, filled),
        cited,
        height=_ROW * (len(drawn) + 1.6 * len(to)) + 0.4,
        lang=lang,
    ) as (chart, axes):
        _draw_sensitivity(
            axes, drawn, names, texts, [say["group"].format(currency=_currency(code, lang)) for code in to]
        )
        money_axis(axes, say["billion"], lang)
    return chart


def _draw_sensitivity(axes: Axes, drawn: pd.DataFrame, names: list[str], texts: list[str], groups: list[str]) -> None:
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
    # the texts stand to the right of the ranges
    axes.set(xlim=(left, high.max() + 0.36 * (high.max() - left)), ylim=(y - 0.9, -0.7))


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


def comparison(ledger: Ledger, *, to: str = EURO, lang: Language = "en") -> Chart:
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

    >>> chart = charts.comparison(ledger)
    >>> print(chart.title)
    Spread over its years, France’s €109bn makes €15.6bn a year; each of 4 US companies planned €58.1–96.9bn in one
    >>> chart.data["horizon"].value_counts().to_dict()
    {'multi-year': 13, 'one-year': 4}
    """
    to = clean_code(to)
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
    france, pledges = drawn.set_index("pledge_id").loc[HEADLINE], ledger.pledges
    american = pledges.loc[pledges["pledger_kind"].eq("company") & pledges["pledger_country"].eq("USA"), "pledge_id"]
    firms = groups["one-year"][groups["one-year"]["pledge_id"].isin(american)]
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
    margin = margin_lines(*left_out.values())
    cited = sources_of(ledger, drawn)
    with put_together(
        ledger,
        "comparison-per-year",
        drawn,
        texts_of(say, filled),
        cited,
        height=inches(len(drawn) + 2.4, margin),
        lang=lang,
    ) as (chart, axes):
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
    return chart


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
        years = dict.fromkeys(month_or_year(day, lang) for day in (row.horizon_start, row.horizon_end))
        told = [open_amount(row, to, lang), "–".join(years), say.get(row.comparable)]
        axes.text(column, row.place, ", ".join(filter(None, told)), color=GREY, size=8, va="center", in_layout=False)


def share_of_gdp(ledger: Ledger, *, lang: Language = "en") -> Chart:
    """Draw pledges as a share of one year's output of the economy that receives them.

    Parameters
    ----------
    ledger : Ledger
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data are rows of `compare_pledges`: those of at least half a per cent, by size.

    >>> chart = charts.share_of_gdp(ledger)
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
    share, france = dict(zip(drawn["pledge_id"], told, strict=True)), drawn.set_index("pledge_id").loc[HEADLINE]
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
        "share": share[HEADLINE],
        "stargate": share[STARGATE],
        "year": "–".join(sorted({str(year) for year in drawn["gdp_year"]})),
        "each": say["and"].join(f"{names[pledge]} {text}" for pledge, text in share.items()),
        **left_out,
    }
    margin = margin_lines(*left_out.values())
    economies = ledger.economies.set_index("iso3")["source_id"][drawn["recipient_country"]]
    cited = [*sources_of(ledger, drawn), *economies]
    with put_together(
        ledger,
        "share-of-one-years-output",
        drawn,
        texts_of(say, filled),
        cited,
        height=inches(len(drawn), margin),
        lang=lang,
    ) as (chart, axes):
        reach = 100 * drawn["share_high"].max()
        axes.set_xlim(0, reach * 1.65)
        _draw_dots(axes, drawn, told, lang)
        dress(axes, drawn, np.arange(len(drawn)), reach, names, margin, lang)
        axes.set_xlabel(say["gdp"].format(**filled), loc="left")
    return chart


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
