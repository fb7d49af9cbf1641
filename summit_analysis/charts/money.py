"""Figures of money: the careless sum, an envelope, the ladder, a total, money by day, per year, per output."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from textwrap import shorten

import numpy as np
import pandas as pd

from summit_analysis.base.text import Language, Row, format_figure, long_day, words
from summit_analysis.charts.canvas import (
    BILLION,
    GREY,
    PALE,
    Chart,
    Style,
    absent,
    chosen,
    drawing,
    figure_inches,
    need,
    need_room,
    palette,
    pledged,
    put_together,
    text_points,
    texts_of,
)
from summit_analysis.charts.marks import (
    day_place,
    days,
    inches,
    month_or_year,
    open_amount,
    printed,
    ranges,
)
from summit_analysis.currency.rates import EURO, clean_code
from summit_analysis.ledger.sources import without_primary
from summit_analysis.ledger.tables import Ledger
from summit_analysis.money import Amount, format_amount, whole_billions
from summit_analysis.pledges import totals
from summit_analysis.pledges.claims import (
    Rule,
    Where,
    only_up_to,
    resolve_claims,
    sources_of,
    sources_read,
    value_claims,
)
from summit_analysis.pledges.compare import (
    DOLLAR,
    HORIZONS,
    compare_pledges,
    spread,
    total_by_convention,
)
from summit_analysis.pledges.once import WHOLE, forest_of
from summit_analysis.pledges.status import last_news

# naive_sum
_SUM_COLUMNS = [
    *("pledge_id", "claim_id", "qualifier", "amount_low", "amount_high", "currency", "valued_on", "valued_by", "rate"),
    *("rate_date", "figure", "begins", "counted_again"),
]

# ladder, envelope
FADED = "#f0f0f0"
"""What fell away from one rung to the next."""

# total
COUNTRIES = ("recipient_country", "pledger_country")
_BAR_COLUMNS = ["low", "high", "open_low", "open_high"]
_LONG = 42
"""Characters of a name beside its bar."""

# announced
_ZONES = (0.0, 0.33, 0.82, 1.0)
"""Shares of the axis at which it begins, the days of the event begin and end, and the axis ends."""
_INCHES = 4.4
_SHARE = 0.9
"""Of the width of the figure: about how wide the axis is."""
_ANNOUNCED_SIZE = 8.5
_BELOW = "#d3e5f0"

# comparison, share_of_gdp
LEAST = BILLION
"""Smaller ones are named in the margin instead of drawn."""
LEAST_SHARE = 0.005
"""Smaller ones are named in the margin instead of drawn."""
_OPEN = {(False, False): "closed", (True, False): "ceiling", (False, True): "floor", (True, True): "open"}
"""The word for an amount of which claims say "up to" and "at least"."""


@drawing
def naive_sum(ledger: Ledger, *, to: str = EURO, lang: Language = "en") -> Chart:
    """Draw what you get if you add the article's sums of money, and what of it is counted again.

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

    Raises
    ------
    AbsentError
        If there is no article, or no sum in it.

    >>> chart = charts.naive_sum(ledger)
    >>> print(chart.title)
    If you add the article’s 14 sums, you get €633bn; €311bn of it is money already counted
    >>> chart.data[["pledge_id", "figure", "begins", "counted_again"]].head(2)
           pledge_id        figure        begins  counted_again
    0   france-109bn  1.090000e+11  0.000000e+00          False
    10    mgx-campus  5.000000e+10  1.090000e+11           True
    """
    to = clean_code(to)
    need(ledger, "naive", lang, "article")
    say, names, forest = words("naive", lang), ledger.names(lang), forest_of(ledger)
    claims = value_claims(ledger, to=to).loc[lambda rows: rows["source_id"] == ledger.about.article]
    figure, mentioned = claims[f"high_{to}"], set(claims["pledge_id"])
    if figure.isna().all():
        raise absent("naive", "sums", lang)
    drawn = claims.assign(
        figure=figure,
        begins=figure.fillna(0).cumsum() - figure.fillna(0),
        counted_again=[bool(mentioned.intersection(forest.ancestors(pledge))) for pledge in claims["pledge_id"]],
    )[_SUM_COLUMNS]
    texts = [_as_printed(row, to, say, lang) for row in drawn.itertuples()]
    labels, is_open = list(names[drawn["pledge_id"]]), drawn["qualifier"].isin(["at-least", "up-to", "several"])
    opened = [f"{name}, {text}" for name, text, flag in zip(labels, texts, is_open, strict=True) if flag]
    whole, again = drawn["figure"].sum(), drawn.loc[drawn["counted_again"], "figure"].sum()
    filled = {
        "to": to,
        "n": len(drawn),
        "total": whole_billions(whole, to, lang),
        "again": whole_billions(again, to, lang),
        "each": say["and"].join(f"{name} {text}" for name, text in zip(labels, texts, strict=True)),
        "open": say["open"].format(names=say["and"].join(opened)) if opened else "",
    }
    if not again:
        say |= {key: say[f"{key}_once"] for key in ("title", "alt")}
    ends = drawn["begins"] + drawn["figure"].fillna(0)
    stacked = {"start": drawn["begins"], "low": ends, "high": ends, "hatched": drawn["counted_again"], "colour": ""}
    rows = pd.DataFrame({"name": labels, "text": texts, **stacked})
    rows.loc["sum"] = [say["sum"], filled["total"], 0.0, whole, whole, False, GREY]
    with put_together(
        ledger,
        "careless-sum-of-the-article",
        drawn,
        texts_of(say, filled),
        claims["source_id"],
        height=inches(len(rows)),
        lang=lang,
    ) as (chart, axes):
        places = ranges(axes, rows, say["axis"].format(to=to), lang)
        axes.vlines(ends / BILLION, places[:-1], places[1:], color=GREY, lw=0.6)
    return chart


def _ceilings(ledger: Ledger, pledges: pd.Series, found: totals.Total, lang: Language) -> list[str]:
    """Say of which pledges drawn all sources give a ceiling only."""
    names = ledger.names(lang)[pledges[pledges.isin(only_up_to(ledger, found.rule, found.as_of))]]
    return [words("bars", lang)["ceilings"].format(names=", ".join(names))] if len(names) else []


def _as_printed(row: Row, to: str, say: dict[str, str], lang: Language) -> str:
    if pd.isna(row.figure):
        return say["none"].format(scale=format_amount(Amount(np.nan, np.nan, row.currency, scale=BILLION), lang=lang))
    return format_amount(Amount(row.figure, row.figure, to, open_high=row.qualifier == "at-least"), lang=lang)


@drawing
def envelope(
    ledger: Ledger,
    *,
    envelope: str | None = None,
    rule: Rule = "full-range",
    as_of: str | dt.date | None = None,
    to: str = EURO,
    lang: Language = "en",
) -> Chart:
    """Draw an envelope, its parts and what no part explains.

    Parameters
    ----------
    ledger : Ledger
    envelope : str, optional
        Pledge id. Default: the package of the headlines.
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
    AbsentError
        If none is given and the event has none, or it has no figure, or no part with one, as of the day.

    >>> chart = charts.envelope(ledger)
    >>> print(chart.title)
    12 named sums make €88–110bn of the €109bn; up to €21bn has no name
    >>> chart.data[["pledge_id", "level", "low", "high"]].head(3)
                      pledge_id  level           low          high
    0              france-109bn      0  1.090000e+11  1.090000e+11
    1                mgx-campus      1  3.000000e+10  5.000000e+10
    2  mgx-campus-first-tranche      2  8.500000e+09  1.000000e+10
    """
    to = clean_code(to)
    if envelope is None:
        need(ledger, "envelope", lang, "headline")
        envelope = ledger.about.needed("headline")
    found = totals.total(ledger, to=to, rule=rule, where=envelope, as_of=as_of)
    if envelope not in set(found.unallocated["pledge_id"]):
        raise absent("envelope", "no-parts", lang, pledge=ledger.names(lang)[envelope])
    drawn = _tree(ledger, found, envelope)
    say, names = words("envelope", lang), ledger.names(lang)
    parts = drawn[(drawn["level"] == 1) & (drawn["what"] == "pledge")]
    filled = {
        **parts_and_rest(ledger, found, envelope, lang),
        "n": len(parts),
        "whole": whole_billions(found.low, to, lang, found.high),
        "name": names[envelope],
        "to": to,
        "rule": rule,
        "day": say["day"].format(day=found.day_in_words(lang)) if as_of else "",
        "names": ", ".join(names[found.unquantified["pledge_id"]]),
        "each": say["and"].join(
            f"{names[row.pledge_id]} {printed(row.low, row.high, to, lang)}" for row in parts.itertuples()
        ),
    }
    is_left = drawn["what"] == totals.UNALLOCATED
    notes = [say["unnamed"].format(**filled)] if filled["names"] else []
    title, subtitle, alt = texts_of(say if filled["left"] else say | {"title": say["title_all"]}, filled)
    alt = " ".join([alt, *(say["alt_unnamed"].format(**filled) for _ in notes)])
    notes += _ceilings(ledger, drawn.loc[~is_left, "pledge_id"], found, lang)
    labels = names[drawn["pledge_id"]].reset_index(drop=True).mask(is_left, say["unallocated"])
    rows = drawn.assign(
        name=drawn["level"].map(lambda level: "    " * level) + labels,
        text=[open_amount(row, to, lang) for row in drawn.itertuples()],
        low=drawn["low"].mask(is_left, drawn["high"]),
        hatched=is_left,
    )
    with put_together(
        ledger,
        f"parts-of-{envelope}",
        drawn,
        (title, subtitle, alt),
        sources_read(ledger, drawn["pledge_id"], rule, as_of),
        height=inches(len(rows), notes),
        lang=lang,
    ) as (chart, axes):
        ranges(axes, rows, say["axis"].format(to=to), lang, notes=notes, align="left")
    return chart


def parts_and_rest(ledger: Ledger, found: totals.Total, package: str, lang: Language) -> dict[str, str]:
    """Say what the parts of a package come to and how much they leave: ``parts``, ``left``, empty if nothing is."""
    say, held = words("envelope", lang), found.unallocated.set_index("pledge_id").loc[package]
    drawn = _tree(ledger, found, package).query("level == 1")
    least, most = drawn.loc[drawn["what"] == totals.UNALLOCATED, ["low", "high"]].sum()
    under = drawn["pledge_id"].isin(only_up_to(ledger, found.rule, found.as_of)) & (drawn["what"] == "pledge")
    left = "{amount}" if least and not under.any() else say["left_at_least" if least else "left_up_to"]
    amount = whole_billions(least or most, found.to, lang, None if under.any() and least else most)
    parts = whole_billions(held["parts_low"], found.to, lang, held["parts_high"])
    return {
        # beside a part of "at least" so much there is no upper end
        "parts": say["left_up_to"].format(amount=parts) if under.any() and not drawn["open_high"].any() else parts,
        "left": left.format(amount=amount) if most else "",
    }


@drawing
def ladder(
    ledger: Ledger,
    *,
    rule: Rule = "full-range",
    where: Where = None,
    as_of: str | dt.date | None = None,
    to: str = EURO,
    lang: Language = "en",
) -> Chart:
    """Draw the ladder: how much of the careless sum is counted once, new, has a site, and has more than a site.

    Parameters
    ----------
    ledger : Ledger
    rule, where, as_of, to
        As in `summit_analysis.ladder`.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data are those of `summit_analysis.ladder`.

    Raises
    ------
    AbsentError
        If no pledge with a figure had been announced by that day.

    On the last day of the summit nothing had more than a site:

    >>> chart = charts.ladder(ledger, as_of="2025-02-11")
    >>> print(chart.title)
    Of what was pledged at the summit, nothing is known to have finance, a permit, works or a service
    """
    to = clean_code(to)
    need(ledger, "ladder", lang, "pledges", "claims")
    drawn = totals.ladder(ledger, to=to, rule=rule, where=where, as_of=as_of)
    if not drawn["high"].any():
        raise absent("ladder", "uncounted", lang)
    say, names = words("ladder", lang), ledger.names(lang)
    say["once"] = say["once"].format(unit=totals.unit(to, lang))
    texts = {row.rung: printed(row.low, row.high, to, lang) for row in drawn.itertuples()}
    last, new = drawn.iloc[-1], drawn.set_index("rung").loc["new-money"]
    weakest = _weakest(ledger, to, rule, where, as_of)
    without = new[["low", "high"]] - weakest[["low", "high"]]
    filled = {
        **pledged(ledger, where, lang),
        "to": to,
        "most": whole_billions(last["high"], to, lang),
        "documented": whole_billions(last["documented"], to, lang),
        "without": say["without"].format(
            name=names.get(weakest.name), amount=whole_billions(without["low"], to, lang, without["high"])
        )
        if weakest["high"]
        else "",
        "rule": rule,
        "day": say["day"].format(day=long_day(as_of, lang=lang, data_end=last_news(ledger))) if as_of else "",
        "each": say["and"].join(f"{say[rung]} {texts[rung]}".replace("\n", " ") for rung in totals.RUNGS),
    }
    cited = sources_read(ledger, chosen(ledger, where), rule, as_of)
    bare = [", ".join(names[listed.split(";")]) if listed else "" for listed in drawn["unquantified"]]
    rows = drawn.assign(name=[say[rung] for rung in drawn["rung"]], text=texts.values()).assign(
        more=[say["unnamed"].format(names=listed) if listed else "" for listed in bare]
    )
    title, subtitle, alt = texts_of(say if last["high"] else say | {"title": say["nothing"]}, filled)
    said = (title, subtitle[:1].upper() + subtitle[1:], alt)
    with put_together(ledger, "ladder", drawn, said, cited, height=3.6, lang=lang) as (chart, axes):
        places, high = ranges(axes, rows, say["axis"].format(to=to), lang), drawn["high"] / BILLION
        axes.barh(places, high.shift(fill_value=high[0]) - high, 0.6, high, color=FADED, lw=0, zorder=0.5)
    return chart


def _weakest(ledger: Ledger, to: str, rule: Rule, where: Where, as_of: str | dt.date | None) -> pd.Series:
    """The largest new money that rests on two pages at most, none of them the pledger's own."""
    pieces = totals.explain_ladder(ledger, to, rule, where, as_of)
    pieces = pieces[(pieces["rung"] == "new-money") & (pieces["what"] == "pledge")].set_index("pledge_id")
    claims = resolve_claims(ledger, rule, as_of, to=to).set_index("pledge_id")["claims"]
    few = pieces[(claims.reindex(pieces.index) <= 2) & pieces.index.isin(without_primary(ledger)["pledge_id"])]
    nothing = pd.Series({"low": 0.0, "high": 0.0})
    return few.loc[few["high"].idxmax()] if few["high"].max() > 0 else nothing


def _tree(ledger: Ledger, found: totals.Total, envelope: str) -> pd.DataFrame:
    """Rows in the order drawn: an envelope, its parts by size with their own parts, then what none explains."""
    rows = pd.concat([found.counted, found.left_out]).set_index("pledge_id")
    rows = rows[rows["low"].notna() & ~rows["reason"].isin(["withdrawn", "succeeded", "inside a withdrawn pledge"])]
    # a part whose own envelope is not selected hangs on the next one above
    forest, held = forest_of(ledger).among(rows.index), found.unallocated.set_index("pledge_id")
    # of parts that are "up to" so much, any share may be missing
    ceilings = rows.loc[rows.index.isin(only_up_to(ledger, found.rule, found.as_of)), "low"]

    def branch(pledge: str, level: int) -> Iterator[tuple[object, ...]]:
        yield pledge, level, *rows.loc[pledge, _BAR_COLUMNS], "pledge"
        for part in sorted(forest.children(pledge), key=lambda part: rows.loc[part, "high"])[::-1]:
            yield from branch(part, level + 1)
        if pledge in held.index:
            least, most = held.loc[pledge, ["unallocated_low", "unallocated_high"]]
            most += sum(ceilings.get(part, 0.0) for part in forest.children(pledge))
            if most > 0:
                yield pledge, level + 1, least, most, False, False, totals.UNALLOCATED

    return pd.DataFrame(branch(envelope, 0), columns=["pledge_id", "level", *_BAR_COLUMNS, "what"])


def total(
    ledger: Ledger,
    *,
    to: str = EURO,
    rule: Rule = "full-range",
    where: Where = None,
    as_of: str | dt.date | None = None,
    money_kinds: str | Iterable[str] | None = None,
    by: str | None = None,
    lang: Language = "en",
) -> Chart:
    """Draw what a total consists of: a bar for each row counted, or for each group.

    Parameters
    ----------
    ledger : Ledger
    to, rule, where, as_of, money_kinds, by
        As in `summit_analysis.total`; without `by` each bar is a pledge.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data hold one row per bar, the largest first, what no part explains last: the group (named as `by`, or
        ``pledge_id``), ``low``, ``high`` (whole units of `to`), ``open_low``, ``open_high``.

    Raises
    ------
    AbsentError
        If no row is counted: nothing of the kinds chosen was announced by that day.

    Most of it is private money, and of a part nobody says whose it is:

    >>> chart = charts.total(ledger, by="money_kind", as_of="2025-02-11")
    >>> chart.data.set_index("money_kind")[["low", "high"]].div(1e9).round(1)
                   low   high
    money_kind
    private      270.0  311.0
    public        61.9   61.9
    mixed          0.4   20.4
    unallocated    0.0   22.7
    """
    need(ledger, "total", lang, "pledges", "claims")
    found = totals.total(ledger, to=to, rule=rule, where=where, as_of=as_of, money_kinds=money_kinds, by=by)
    return draw_total(ledger, found, where=where, lang=lang)


@drawing
def draw_total(ledger: Ledger, found: totals.Total, *, where: Where = None, lang: Language = "en") -> Chart:
    """Draw a total that is known already, of the pledges it was asked for: see `charts.total`."""
    from babel.lists import format_list

    if found.counted.empty:
        raise absent("total", "uncounted", lang)
    say, pledges = words("bars", lang), ledger.names(lang)
    by = None if found.split is None else found.split.columns[0]
    rows = (
        found.counted if found.split is None else found.split.query("high > 0").assign(open_low=False, open_high=False)
    )
    drawn = rows[[by or "pledge_id", *_BAR_COLUMNS]].sort_values("high", ascending=False, kind="stable")
    drawn = drawn.sort_values(
        by or "pledge_id", key=lambda group: group == totals.UNALLOCATED, kind="stable", ignore_index=True
    )
    names = pledges[drawn["pledge_id"]] if by is None else group_names(drawn[by], by, ledger, lang)
    labels = [shorten(name, _LONG, placeholder="…") for name in names]
    texts = [open_amount(row, found.to, lang) for row in drawn.itertuples()]
    kinds = [say[f"only-{kind}"] for kind in found.money_kinds or ()]
    filled = {
        **pledged(ledger, where, lang),
        "total": totals.total_amount(found, lang),
        "kinds": say["kinds"].format(kinds=format_list(kinds, locale=lang)) if kinds else "",
        "unit": totals.unit(found.to, lang),
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
    title, subtitle, alt = texts_of(say | {"alt": say["alt_1"]} if len(drawn) == 1 else say, filled)
    notes = _notes(found, by, pledges, say, lang)
    notes += _ceilings(ledger, found.counted["pledge_id"], found, lang) if by is None else []
    rest = drawn.iloc[:, 0] == totals.UNALLOCATED
    rows = drawn.assign(name=labels, text=texts, low=drawn["low"].mask(rest, drawn["high"]), hatched=rest)
    seen = {"pale": (rows["high"] > rows["low"]).any(), "hatched": rest.any()}
    subtitle = " ".join(
        [subtitle[:1].upper() + subtitle[1:], *(say[key] for key, is_drawn in seen.items() if is_drawn)]
    )
    # the claims read about the rows counted, and the updates that changed their amounts
    changed = found.counted.loc[found.counted["amount_by"] != "claims", "amount_by"]
    with put_together(
        ledger,
        "total",
        drawn,
        (title, subtitle, " ".join([alt, *notes])),
        pd.concat([sources_of(ledger, found.counted), changed]),
        height=inches(len(rows), notes),
        lang=lang,
    ) as (chart, axes):
        ranges(axes, rows, say["axis"].format(to=found.to), lang, notes=notes)
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
    names[totals.UNALLOCATED], unknown = say["unallocated"], say["unstated"]
    if by in COUNTRIES:
        countries = ledger.entities.set_index("iso3")["entity" if lang == "en" else "name_fr"]
        names, unknown = {**names, **countries, "WLD": say["world"]}, say["nowhere"]
    return [unknown if pd.isna(group) else str(names.get(group, group)) for group in groups]


def _notes(found: totals.Total, by: str | None, names: pd.Series, say: dict[str, str], lang: Language) -> list[str]:
    """Say below the bars what may be the same money, what may be withdrawn, what has no figure."""
    whole = found.ties[found.ties["within"] == WHOLE]
    ties = whole["relation"].isin(["overlaps", "restates"])
    off, gone = whole.loc[ties, "low"].sum(), whole.loc[~ties, "pledge_a"]
    bare = found.unquantified["pledge_id"]
    notes = [
        say["off"].format(amount=printed(off, off, found.to, lang)) if by is None and off else "",
        say["gone"].format(names=", ".join(names[gone])) if by is None and len(gone) else "",
        say["unnamed"].format(names=", ".join(names[bare])) if len(bare) else "",
    ]
    return list(filter(None, notes))


@drawing
def announced(
    ledger: Ledger,
    *,
    rule: Rule = "full-range",
    where: Where = None,
    to: str = EURO,
    lang: Language = "en",
) -> Chart:
    """Draw the money announced by each day, each euro once, as steps.

    Parameters
    ----------
    ledger : Ledger
    rule, where, to
        As in `announced_by_day`.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data are those of `announced_by_day`; the last step reaches to the day of the last news.

    Raises
    ------
    AbsentError
        If nothing was announced before, or nothing in, the days of the event.

    The staircase begins with what was known long before the summit:

    >>> chart = charts.announced(ledger)
    >>> print(chart.title)
    In 6 days announced money grew from €9bn to at most €375bn; by the low estimate, €140bn of it is new
    >>> chart.data[["day", "low", "new"]].head(1)
             day           low                        new
    0 2024-05-12  1.200000e+09  amazon-choose-france-2024
    """
    to = clean_code(to)
    need(ledger, "announced", lang, "pledges", "claims")
    say, names, about = words("announced", lang), ledger.names(lang), ledger.about
    drawn = totals.announced_by_day(ledger, to=to, rule=rule, where=where)
    parts = totals.new_or_known(ledger, to=to, rule=rule, where=where)
    before, in_week = (
        drawn[drawn["day"] < about.first_day],
        drawn[drawn["day"].between(about.first_day, about.last_day)],
    )
    if before.empty or in_week.empty or not in_week["high"].any():
        raise absent("announced", "no-steps", lang)
    new = parts.loc[parts["announced"] == "in-week", "low_new"].sum()
    # nothing is told after the last news, but that what nobody dates was known by the last day
    ends = max(last_news(ledger), drawn["day"].max())
    told = [_rounded(row.low, row.high, to, lang) for row in drawn.itertuples()]
    dated = [(amount, long_day(day, lang=lang)) for amount, day in zip(told, drawn["day"], strict=True)]
    pairs = totals.recurring(totals.total(ledger, to, rule, where, as_of=about.last_day.date()))
    recur = say["and"].join(say["pair"].format(a=names[a], b=names[b]) for a, b in pairs)
    after = whole_billions(in_week["low"].iloc[-1], to, lang, in_week["high"].iloc[-1])
    filled = {
        **pledged(ledger, where, lang),
        "days": (about.last_day - about.first_day).days + 1,
        "recur": say["recur"].format(pairs=recur) if recur else "",
        "before": whole_billions(before["low"].iloc[-1], to, lang, before["high"].iloc[-1]),
        "after": say["at_most"].format(amount=after) if recur else after,
        "new": whole_billions(new, to, lang),
        "to": to,
        "unit": totals.unit(to, lang),
        "rule": rule,
        "each": say["and"].join(say["each"].format(amount=amount, day=day) for amount, day in dated),
    }
    title, subtitle, alt = texts_of(say, filled)
    by_size = resolve_claims(ledger, rule, to=to).sort_values("high", ascending=False, kind="stable")["pledge_id"]
    with put_together(
        ledger,
        "announced-by-day",
        drawn,
        (title, subtitle[:1].upper() + subtitle[1:], alt),
        sources_read(ledger, drawn["new_counted"].str.split(";").explode(), rule),
        height=_INCHES,
        lang=lang,
    ) as (chart, axes):
        wide = figure_inches() * 72 * _SHARE
        week = day_place(about.first_day), day_place(about.last_day) + 1
        steps = pd.concat([drawn, drawn.tail(1).assign(day=ends)], ignore_index=True)
        # the last day of the event is drawn whole
        x = steps["day"].map(day_place).where(steps.index < len(drawn), max(day_place(ends), week[1]))
        low, high = steps["low"] / BILLION, steps["high"] / BILLION
        # a little room on the left for the first step to rise in
        knots = [x[0] - 0.03 * (week[0] - x[0]), *week, max(x.iloc[-1], week[1] + 30)]
        days(axes, knots, _ZONES, wide, lang)
        axes.set(ylim=(0, high.max() * 1.1), ylabel=say["axis"].format(to=to))
        axes.yaxis.set_major_formatter(lambda value, _: format_figure(value, lang=lang))
        axes.grid(axis="y")
        axes.stackplot(x, low, high - low, step="post", colors=[_BELOW, (palette()[0], 0.45)], lw=0)
        axes.step([x[0], *x], np.transpose([[0, *low], [0, *high]]), where="post", color=palette()[0], lw=1.4)
        style: Style = {"textcoords": "offset points", "size": _ANNOUNCED_SIZE}
        line = 1.5 * _ANNOUNCED_SIZE / (_INCHES * 72 * 0.9) * axes.get_ylim()[1]
        above = high[len(before) - 1] + line / 2
        first = say["by"].join(dated[len(before) - 1])
        need_room(text_points(first, _ANNOUNCED_SIZE) + 8 < _ZONES[1] * wide)
        axes.annotate(first, (knots[0], above), (4, 0), va="center", **style)
        # each step of the week on its left, where the staircase leaves room
        for row in in_week.itertuples():
            above = max(high[row.Index], above + line)
            room = np.interp(x[row.Index], knots, _ZONES) * wide
            said = _said(told[row.Index], row, by_size, names, say)
            text = next((text for text in said if text_points(text, _ANNOUNCED_SIZE) <= room), "")
            need_room(bool(text))
            axes.annotate(text, (x[row.Index], above), (-5, 0), ha="right", va="center", **style)
        if ends > about.last_day:
            text = f"{told[-1]}\n{say['by'].lstrip()}{long_day(ends, lang=lang)}"
            broad = max(text_points(line, _ANNOUNCED_SIZE) for line in text.split("\n"))
            need_room(broad < 1.25 * (1 - _ZONES[2]) * wide)
            axes.annotate(text, (x.iloc[-1], low.iloc[-1]), (-4, -5), ha="right", va="top", **style)
    return chart


def _said(amount: str, step: Row, by_size: pd.Series, names: pd.Series, say: dict[str, str]) -> Iterator[str]:
    """Say who makes a step and what it holds, each time shorter."""
    who = list(names[by_size[by_size.isin(step.new_counted.split(";"))]])
    held = list(names[[pledge for pledge in step.now_inside.split(";") if pledge]])
    inside = held[0] if len(held) == 1 else say["earlier"].format(n=len(held))
    for holds in ([say["holds"].format(what=inside)] if held else []) + [""]:
        for shown in range(len(who), 0, -1):
            more = [say["more"].format(n=len(who) - shown)] if shown < len(who) else []
            yield say["step"].format(amount=amount, names=", ".join([*who[:shown], *more])) + holds
    yield amount


def _rounded(low: float, high: float, to: str, lang: Language) -> str:
    # a decimal says something only of small sums
    return printed(low, high, to, lang, digits=int(low < 10 * BILLION))


@drawing
def sensitivity(
    ledger: Ledger,
    *,
    to: str | Sequence[str] = (EURO, DOLLAR),
    rule: Rule = "full-range",
    where: Where = None,
    on: str | dt.date | None = None,
    lang: Language = "en",
) -> Chart:
    """Draw the total under every convention, one group of ranges for each currency.

    Parameters
    ----------
    ledger : Ledger
    to : str or sequence of str
        ISO 4217 codes.
    rule, where, on
        As in `total_by_convention`.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data are those of `total_by_convention`, one row per range drawn.

    Raises
    ------
    AbsentError
        If no pledge has a figure.

    The month of the summit alone moves the dollars by two per cent:

    >>> chart = charts.sensitivity(ledger, to=["USD"])
    >>> print(chart.title)
    The day and the convention of the rate move the total by $42bn in US dollars
    >>> moved = chart.data.set_index("convention")["moved_low"]
    >>> moved[["dollar-cheapest", "dollar-dearest"]].round(3)
    convention
    dollar-cheapest    0.013
    dollar-dearest    -0.008
    Name: moved_low, dtype: float64
    """
    from babel.lists import format_list
    from babel.numbers import get_currency_name

    need(ledger, "sensitivity", lang, "pledges", "claims")
    if not totals.total(ledger, rule=rule, where=where).high:
        raise absent("sensitivity", "uncounted", lang)
    say = words("sensitivity", lang)
    codes = [to] if isinstance(to, str) else to
    each = [total_by_convention(ledger, to=code, rule=rule, where=where, on=on) for code in codes]
    drawn = pd.concat(each, ignore_index=True)
    names = [_name(row, say, lang) for row in drawn.itertuples()]
    texts = [printed(row.low, row.high, row.to, lang) for row in drawn.itertuples()]
    currencies = {code: get_currency_name(code, count=2, locale=lang) for code in drawn["to"].unique()}
    moved = [
        say["moved"].format(currency=currencies[code], amount=printed(by, by, code, lang, digits=0))
        for code, by in spread(drawn).items()
    ]
    groups = drawn["to"].map({code: say["group"].format(currency=name) for code, name in currencies.items()})
    each = pd.Series([f"{name} {text}" for name, text in zip(names, texts, strict=True)])
    filled = {
        **pledged(ledger, where, lang),
        "moved": format_list(moved, locale=lang),
        "rule": rule,
        "each": " ".join(
            f"{group}{say['colon']}{say['and'].join(told)}." for group, told in each.groupby(groups, sort=False)
        ),
    }
    cited = sources_read(ledger, chosen(ledger, where), rule)
    title, subtitle, alt = texts_of(say, filled)
    # one rate for all claims has a day
    rows = drawn.assign(name=names, text=texts, heading=groups, colour=np.where(drawn["day"].isna(), *palette()[:2]))
    with put_together(
        ledger,
        "total-by-convention",
        drawn,
        (title, subtitle[:1].upper() + subtitle[1:], alt),
        cited,
        height=inches(len(rows) + 1.4 * len(to)),
        lang=lang,
    ) as (chart, axes):
        least, most = drawn["low"].min() / BILLION, drawn["high"].max() / BILLION
        places = ranges(axes, rows, say["billion"], lang, begin=least - 0.06 * (most - least), dots=True)
        for _, group in drawn.assign(place=places).groupby("to", sort=False):
            own = group[["low", "high"]].iloc[0] / BILLION
            axes.fill_betweenx(group["place"].iloc[[0, -1]] + [-0.4, 0.4], *own, color=PALE, alpha=0.5, lw=0)
    return chart


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


@drawing
def comparison(ledger: Ledger, *, where: Where = None, to: str = EURO, lang: Language = "en") -> Chart:
    """Draw what was planned for one year, and what was pledged over several years divided by their number.

    Parameters
    ----------
    ledger : Ledger
    where : str or iterable of str, optional
        As in `summit_analysis.total`. Default: all pledges, of every group.
    to : str
        ISO 4217 code of the currency drawn.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data are rows of `compare_pledges`: those with a horizon and at least a billion of `to` a year, plans for
        one year first, each group by size.

    Raises
    ------
    AbsentError
        If no pledge of the event has a figure and the years of spending.

    >>> chart = charts.comparison(ledger)
    >>> print(chart.title.partition(";")[0])
    Private money (France), €109bn over 3 to 7 years, makes €16–36bn a year
    >>> chart.data["horizon"].value_counts().to_dict()
    {'multi-year': 13, 'one-year': 4}
    """
    to = clean_code(to)
    need(ledger, "comparison", lang, "pledges", "claims")
    say, names = words("comparison", lang), ledger.names(lang)
    compared = _compared(ledger, where, to).sort_values("high", ascending=False, kind="stable")
    unstated, stated = compared[compared["years_high"].isna()], compared[compared["years_high"].notna()]
    stated = stated.sort_values(["high_per_year", "low_per_year"], ascending=False, kind="stable")
    small, big = (stated[rows] for rows in (stated["high_per_year"] < LEAST, stated["high_per_year"] >= LEAST))
    one_year, several = (big[big["horizon"] == name] for name in HORIZONS[:2])
    drawn = pd.concat([one_year, several])
    if (own := _headline(ledger, drawn)) is None:
        raise absent("comparison", "no-years", lang)

    def each(rows: pd.DataFrame, year: str = "_per_year") -> str:
        amounts = zip(names[rows["pledge_id"]], rows[f"low{year}"], rows[f"high{year}"], strict=True)
        return say["and"].join(f"{name} {printed(low, high, to, lang)}" for name, low, high in amounts)

    least = printed(LEAST, LEAST, to, lang)
    notes = [
        *([say["small"].format(least=least, names=", ".join(names[small["pledge_id"]]))] if len(small) else []),
        *([say["unstated"].format(names=each(unstated, ""))] if len(unstated) else []),
    ]
    years = dict.fromkeys(format_figure(own[end], lang=lang) for end in ("years_low", "years_high"))
    others = one_year[one_year["pledge_id"] != own.name]
    filled = {
        "at": ledger.about.at(lang),
        "to": to,
        "day": long_day(ledger.about.opening_day, lang=lang),
        "name": names[own.name],
        "whole": printed(own["low"], own["high"], to, lang),
        "year": whole_billions(own["low_per_year"], to, lang, own["high_per_year"]),
        "years": say["to"].join(years),
        "n": len(others),
        "span": printed(others["low"].min(), others["high"].max(), to, lang),
        "other": names.get(next(iter(others["pledge_id"]), None)),
    }
    title, subtitle, alt = texts_of(say, filled)
    title += say["beside" if len(others) > 1 else "beside-1"].format(**filled) if len(others) else ""
    for group, rows in (("one", one_year), ("several", several)):
        alt += " " + say[f"alt_{group}"].format(each=each(rows)) if len(rows) else ""
    alt = " ".join([alt, *(say["undrawn"].format(note=note) for note in notes)])
    rows = _beside_others(ledger, drawn, names).assign(
        low=drawn["low_per_year"],
        high=drawn["high_per_year"],
        text=[
            "–".join(dict.fromkeys(format_figure(end / BILLION, lang=lang) for end in ends))
            for ends in zip(drawn["low_per_year"], drawn["high_per_year"], strict=True)
        ],
        heading=drawn["horizon"].map(say),
    )
    with put_together(
        ledger,
        "comparison-per-year",
        drawn,
        (title, subtitle, alt),
        sources_of(ledger, drawn),
        height=inches(len(rows) + 1.4 * rows["heading"].nunique() - 0.4, notes),
        lang=lang,
    ) as (chart, axes):
        places = ranges(axes, rows, say["per_year"].format(to=to), lang, notes=notes)
        reach = rows["high"].max() / BILLION
        # bars stand on the left, a column of texts on the right
        axes.set_xlim(0, reach / 0.4)
        for place, row in zip(places, drawn.itertuples(), strict=True):
            years = dict.fromkeys(month_or_year(day, lang) for day in (row.horizon_start, row.horizon_end))
            told = ", ".join(filter(None, [_stands(row, to, lang), "–".join(years), say.get(row.comparable)]))
            axes.text(1.21 * reach, place, told, color=GREY, size=8, va="center", in_layout=False)
    return chart


def _compared(ledger: Ledger, where: Where, to: str = EURO) -> pd.DataFrame:
    """The pledges with a figure as `compare_pledges` puts them beside each other: all, or those chosen."""
    compared = compare_pledges(ledger, to=to).dropna(subset="high")
    return compared if where is None else compared[compared["pledge_id"].isin(chosen(ledger, where))]


def _headline(ledger: Ledger, drawn: pd.DataFrame) -> pd.Series | None:
    """The row that a title is about: the package of the headlines, else the first one of the event, if any."""
    rows = drawn.set_index("pledge_id")
    own = [ledger.about.headline, *rows.index[rows["group"] == ledger.about.group]]
    return next((rows.loc[pledge] for pledge in own if pledge in rows.index), None)


def _stands(row: Row, to: str, lang: Language) -> str:
    """Write the amount of a pledge; of one that was scaled back what stands, and what was said first."""
    if pd.isna(row.standing):
        return open_amount(row, to, lang)
    stands, first = whole_billions(row.standing, to, lang), whole_billions(row.low, to, lang, row.high)
    return words("comparison", lang)["scaled-back"].format(stands=stands, first=first)


def _beside_others(ledger: Ledger, drawn: pd.DataFrame, names: pd.Series) -> pd.DataFrame:
    """Name the rows of a comparison; bold and blue came up at the event, hatched is money of another kind."""
    own = drawn["group"] == ledger.about.group
    return drawn.assign(
        name=names[drawn["pledge_id"]].to_numpy(),
        bold=own,
        colour=np.where(own, palette()[0], palette()[7]),
        hatched=drawn["comparable"].notna(),
    )


@drawing
def share_of_gdp(ledger: Ledger, *, where: Where = None, lang: Language = "en") -> Chart:
    """Draw pledges as a share of one year's output of the economy that receives them.

    Parameters
    ----------
    ledger : Ledger
    where : str or iterable of str, optional
        As in `summit_analysis.total`. Default: all pledges, of every group.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data are rows of `compare_pledges`: those of at least half a per cent, by size.

    Raises
    ------
    AbsentError
        If the ledger has no economies, or no pledge of the event is large enough.

    >>> chart = charts.share_of_gdp(ledger)
    >>> france = chart.data.set_index("pledge_id").loc["france-109bn"]
    >>> print(f"{france['share_high']:.1%} of the output of {france['gdp_year']}")
    3.7% of the output of 2024
    """
    need(ledger, "gdp", lang, "economies", "pledges", "claims")
    say, names = words("gdp", lang), ledger.names(lang)
    compared = _compared(ledger, where).sort_values("share_high", ascending=False, kind="stable")
    drawn = compared[compared["share_high"] >= LEAST_SHARE]
    small, world = compared[compared["share_high"] < LEAST_SHARE], compared[compared["share_high"].isna()]
    told = [
        _percent(row.share_low, row.share_high, _OPEN[row.open_low, row.open_high], lang) for row in drawn.itertuples()
    ]
    share, own = dict(zip(drawn["pledge_id"], told, strict=True)), _headline(ledger, drawn)
    least = _percent(LEAST_SHARE, LEAST_SHARE, "closed", lang)
    if own is None:
        raise absent("gdp", "too-small", lang, least=least)
    notes = [
        *([say["small"].format(least=least, names=", ".join(names[small["pledge_id"]]))] if len(small) else []),
        *([say["world"].format(names=", ".join(names[world["pledge_id"]]))] if len(world) else []),
    ]
    countries = ledger.entities.set_index("iso3")["entity" if lang == "en" else "name_fr"]
    filled = {
        "at": ledger.about.at(lang),
        "n": len(drawn),
        "name": names[own.name],
        "whole": printed(own["low"], own["high"], EURO, lang),
        "share": share[own.name],
        "country": countries[own["recipient_country"]],
        "year": "–".join(sorted({str(year) for year in drawn["gdp_year"]})),
        "each": say["and"].join(f"{names[pledge]} {text}" for pledge, text in share.items()),
    }
    title, subtitle, alt = texts_of(say, filled)
    for other in drawn[drawn["group"] != ledger.about.group].nlargest(1, "high").itertuples():
        back = "" if pd.isna(other.standing) else f", {say['scaled-back']}"
        country = countries[other.recipient_country]
        title += say["beside"].format(name=names[other.pledge_id] + back, share=share[other.pledge_id], country=country)
    alt = " ".join([alt, *(say["undrawn"].format(note=note) for note in notes)])
    kinds = drawn["comparable"].map(words("comparison", lang))
    rows = _beside_others(ledger, drawn, names).assign(
        low=drawn["share_low"],
        high=drawn["share_high"],
        text=[
            ", ".join([text, *([say["scaled-back"]] if back else []), *([] if pd.isna(kind) else [kind])])
            for text, kind, back in zip(told, kinds, drawn["standing"].notna(), strict=True)
        ],
    )
    economies = ledger.economies.set_index("iso3")["source_id"][drawn["recipient_country"]]
    with put_together(
        ledger,
        "share-of-one-years-output",
        drawn,
        (title, subtitle, alt),
        [*sources_of(ledger, drawn), *economies],
        height=inches(len(rows), notes),
        lang=lang,
    ) as (chart, axes):
        ranges(axes, rows, say["gdp"].format(**filled), lang, unit=0.01, notes=notes, dots=True)
    return chart


def _percent(low: float, high: float, how: str, lang: Language) -> str:
    from babel.numbers import format_percent

    first, second = (format_figure(100 * share, lang=lang) for share in (low, high))
    text = format_percent(round(high, 3), locale=lang, decimal_quantization=False)
    return words("gdp", lang)[how].format(amount=text if first == second else f"{first}–{text}")
