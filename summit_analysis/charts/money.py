"""Figures of money: what is counted twice, whose it is, how far it has come, by day, per year, beside other pledges."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from babel.numbers import format_percent

from summit_analysis.base.errors import AbsentError
from summit_analysis.base.text import Language, Row, capital, format_figure, in_words, listed, long_day, words
from summit_analysis.charts.canvas import (
    BLUE,
    FADED,
    HATCHED,
    ORANGE,
    PALE,
    PALETTE,
    Chart,
    absent,
    amounts,
    bars,
    billions,
    drawing,
    named,
    need,
    pledged,
    short,
)
from summit_analysis.currency.rates import EURO
from summit_analysis.ledger.sources import without_primary
from summit_analysis.ledger.tables import Ledger
from summit_analysis.money import OPEN, whole_billions
from summit_analysis.pledges import totals
from summit_analysis.pledges.claims import (
    Rule,
    Where,
    known_pledge,
    only_up_to,
    resolve_claims,
    select,
    sources_of,
    sources_read,
    value_claims,
)
from summit_analysis.pledges.compare import compare_pledges
from summit_analysis.pledges.once import WHOLE, Forest, forest_of
from summit_analysis.pledges.status import hearsay, last_news, status, valued_updates

_SUM_COLUMNS = [
    "pledge_id",
    "claim_id",
    "qualifier",
    "amount_low",
    "amount_high",
    "currency",
    "valued_on",
    "valued_by",
    "rate",
    "rate_date",
    "figure",
    "begins",
    "counted_again",
]
_BAR_COLUMNS = ["low", "high", "open_low", "open_high"]
_THIN = 0.005
"""Of the longest bar: what is shorter cannot be seen."""
_KNOWN = "#cfe3f0"
"""What had been announced before."""
COUNTRIES = ("recipient_country", "pledger_country")
_NAMED, _ROWS = 3, 10
"""How many pledges a bar names, and how many stand beside each other, at most."""


def _as_read(ledger: Ledger, rule: Rule, as_of: str | dt.date | None, lang: Language, ever: str = "") -> str:
    """Say by which figures and as of which day, where it is not the usual."""
    say = words("money", lang)
    day = "" if as_of is None else long_day(as_of, lang=lang, data_end=last_news(ledger))
    return say.get(f"rule-{rule}", "") + (say["day"].format(day=day) if day else say.get(ever, ""))


def _some(names: Iterable[str], lang: Language) -> str:
    """Name the first few, and say how many more there are."""
    names = list(names)
    rest = [words("money", lang)["more"].format(n=len(names) - _NAMED)] if len(names) > _NAMED + 1 else names[_NAMED:]
    return ", ".join([*names[:_NAMED], *rest])


def _ceilings(ledger: Ledger, pledges: pd.Series, found: totals.Total, lang: Language) -> str:
    """Say of which pledges drawn all sources give a ceiling only."""
    held = pledges[pledges.isin(only_up_to(ledger, found.rule, found.as_of))]
    return named(words("bars", lang)["ceilings"], ledger.names(lang)[held])


@drawing("naive", "article")
def naive_sum(ledger: Ledger, *, to: str = EURO, lang: Language = "en") -> Chart:
    """Draw what you get if you add the article's sums of money, and what of it is counted twice.

    Parameters
    ----------
    ledger : Ledger
    to : str
        ISO 4217 code of the currency drawn.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data hold one row per statement, parts below the package they are in: ``figure`` (whole units of `to`),
        ``begins`` (sum of the rows above), ``counted_again`` (a package that holds it is in the article too).

    Raises
    ------
    AbsentError
        If there is no article, or no sum in it.

    >>> chart = charts.naive_sum(ledger)
    >>> print(chart.title)
    Add up the article’s 14 sums and you get €633bn; without double counting, at most €321bn is left
    >>> chart.data[["pledge_id", "figure", "begins", "counted_again"]].head(2).reset_index(drop=True)
          pledge_id        figure        begins  counted_again
    0  france-109bn  1.090000e+11  0.000000e+00          False
    1    mgx-campus  5.000000e+10  1.090000e+11           True
    """
    say, names = words("naive", lang), ledger.names(lang)
    claims = value_claims(ledger, to=to).loc[lambda rows: rows["source_id"] == ledger.about.article]
    if claims[f"high_{to}"].isna().all():
        raise absent("naive", "sums", lang)
    inside, sizes = forest_of(ledger).among(claims["pledge_id"]), claims.groupby("pledge_id")[f"high_{to}"].max()
    claims = claims.sort_values("pledge_id", key=lambda ids: ids.map(_packages(inside, sizes).index), kind="stable")
    figure, again = claims[f"high_{to}"], claims["pledge_id"].map(inside.parent).notna()
    ends, summed = figure.fillna(0).cumsum(), summed_up(totals.total(ledger, to, "article", "article"), lang)
    drawn = claims.assign(figure=figure, begins=ends - figure.fillna(0), counted_again=again)[_SUM_COLUMNS]
    labels, whole, twice = names[drawn["pledge_id"]].to_numpy(), figure.sum(), figure[again].sum()
    filled = {**summed, "n": in_words(len(drawn), lang), "twice": summed["again"], "again": ""}
    rows = drawn.assign(
        name=labels,
        text=amounts(
            claims.assign(
                low=figure,
                high=figure,
                open_low=claims["qualifier"] == "up-to",
                open_high=claims["qualifier"] == "at-least",
            ),
            to,
            lang,
        ),
        start=drawn["begins"],
        low=ends,
        high=ends,
        reach=ends,
        hatch=np.where(again, HATCHED, ""),
    )
    # the last bar is what stands above it, once and again
    last = {"name": say["sum"], "text": short(whole, whole, to, lang), "reach": whole, "hatch": ""}
    split = {"at": len(rows), "begin": [0, whole - twice], "end": [whole - twice, whole], "hatch": ["", HATCHED]}
    return bars(
        ledger,
        "careless-sum-of-the-article",
        drawn,
        say if twice else say | {key: say[f"{key}_once"] for key in ("title", "alt")},
        filled,
        claims["source_id"],
        pd.concat([rows, pd.DataFrame([last | dict.fromkeys(["start", "low", "high"], 0.0)])], ignore_index=True),
        billions(to, lang),
        notes=[named(say["thin"], labels[figure < _THIN * whole])],
        pieces=pd.DataFrame(split).assign(colour=[BLUE, ORANGE]),
        joined=True,
        lang=lang,
    )


def summed_up(found: totals.Total, lang: Language) -> dict[str, str]:
    """Say what a total comes to, what adding everything up would give, and what counts twice in that."""
    whole = found.naive
    again = whole_billions(whole.low - found.low, found.to, lang, whole.high - found.high)
    return {
        "total": totals.total_amount(found, lang),
        "naive": whole_billions(whole.low, found.to, lang, whole.high),
        "again": again if (whole.low, whole.high) != (found.low, found.high) else "",
        "bare": listed(found.ledger.names(lang)[found.unquantified["pledge_id"]], lang),
    }


def _packages(forest: Forest, sizes: pd.Series) -> list[str]:
    """Return every package with its parts below it, the largest first."""
    place, sizes = {row: at for at, row in enumerate(forest.parent)}, sizes.fillna(0)
    path = {row: [*forest.ancestors(row)[::-1], row] for row in forest.parent}
    return sorted(path, key=lambda row: (place[path[row][0]], [(-sizes[one], place[one]) for one in path[row]]))


@drawing("envelope")
def envelope(
    ledger: Ledger,
    *,
    envelope: str | None = None,
    rule: Rule = "full-range",
    as_of: str | dt.date | None = None,
    to: str = EURO,
    lang: Language = "en",
) -> Chart:
    """Draw a package as one bar, its parts by the country of who pays, and what was never itemised.

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
        Its data hold one row per part, by country and size: ``pledge_id``, ``country`` (ISO 3166 alpha-3 of who pays),
        ``low``, ``high`` (whole units of `to`), ``open_low``, ``open_high``, ``begins`` (sum of the low figures above),
        ``withdrawn`` (some news say so), ``what`` (``pledge``, or ``unallocated``: what is in no part).

    Raises
    ------
    ChoiceError
        If the pledge or the rule is not known.
    AbsentError
        If none is given and the event has none, or it has no figure, or no part with one, as of the day.

    >>> chart = charts.envelope(ledger)
    >>> print(chart.title)
    Foreign investors account for €84–106bn of the €109bn, domestic ones for €3.4bn
    >>> chart.data[["pledge_id", "country", "low", "high"]].head(3)
                  pledge_id country           low          high
    0            mgx-campus     ARE  3.000000e+10  5.000000e+10
    1       amazon-aws-2031     USA  6.000000e+09  6.000000e+09
    2 digital-realty-france     USA  5.000000e+09  6.000000e+09
    """
    envelope = known_pledge(ledger, envelope or str(need(ledger, "envelope", lang, "headline")), "envelope")
    found = totals.total(ledger, to=to, rule=rule, where=envelope, as_of=as_of)
    if envelope not in set(found.unallocated["pledge_id"]):
        raise absent("envelope", "no-parts", lang, pledge=ledger.names(lang)[envelope])
    say, names, drawn = words("envelope", lang), ledger.names(lang), _parts(ledger, found, envelope)
    parts, home = drawn[drawn["what"] == "pledge"], ledger.pledges.set_index("pledge_id")["recipient_country"][envelope]
    known = parts.dropna(subset="country")
    shares = known.groupby(known["country"].eq(home).map({True: "own", False: "foreign"}))[["low", "high"]].sum()
    filled = {
        **_parts_and_rest(found, envelope, parts, lang),
        "name": names[envelope],
        "whole": whole_billions(found.low, to, lang, found.high),
        "several": in_words(len(parts), lang) if len(parts) > 1 else "",
        "bare": listed(names[found.unquantified["pledge_id"]], lang),
        **{row.Index: whole_billions(row.low, to, lang, row.high) for row in shares.itertuples()},
        "how": _as_read(ledger, rule, as_of, lang),
        "hatched": say["hatched"] if drawn["withdrawn"].any() else "",
    }
    at, countries = pd.factorize(drawn["country"], use_na_sentinel=False)
    cut = drawn.assign(
        at=at + 1,
        begin=drawn["begins"],
        end=drawn["begins"] + drawn["length"],
        colour=np.where(drawn["what"] == "pledge", np.array(PALETTE)[at % len(PALETTE)], PALE),
        hatch=np.where(drawn["withdrawn"], HATCHED, ""),
        # a white edge would hide the shortest
        lw=np.where(drawn["length"] < _THIN * found.high, 0, 0.8),
        label=names[drawn["pledge_id"]].to_numpy() + np.where(drawn["withdrawn"], say["gone"], ""),
    )
    rows = cut.groupby("at").agg({"low": "sum", "high": "sum", "end": "max", "label": list, "what": "last"})
    rows = rows.assign(
        name=[*map(capital, group_names(countries, "pledger_country", ledger, lang))],
        text=[
            short(row.low, row.high, to, lang) + say["colon"] + _some(row.label, lang)
            if row.what == "pledge"
            else filled["left"]
            for row in rows.itertuples()
        ],
        bold=countries == home,
    )
    first = {"name": names[envelope], "text": short(found.low, found.high, to, lang), "end": rows["end"].max()}
    rows = pd.concat([pd.DataFrame([first | {"bold": True}]), rows], ignore_index=True)
    return bars(
        ledger,
        f"parts-of-{envelope}",
        drawn,
        say
        if len(shares) == 2
        else say | {"title": say["title_all" if parts["low"].sum() < found.high else "title_whole"]},
        filled,
        sources_read(ledger, drawn["pledge_id"], rule, as_of),
        rows[["name", "text", "bold"]].assign(low=0, high=0, reach=rows["end"]),
        billions(to, lang),
        notes=[
            named(say["unnamed"], names[found.unquantified["pledge_id"]]),
            _ceilings(ledger, parts["pledge_id"], found, lang),
        ],
        pieces=pd.concat([cut.assign(at=0), cut])[["at", "begin", "end", "colour", "hatch", "lw"]],
        lang=lang,
    )


def _parts(ledger: Ledger, found: totals.Total, package: str) -> pd.DataFrame:
    """The direct parts of a package by country and size, each set on the low figures above, then what is in none."""
    once, held = found.once, found.unallocated.set_index("pledge_id").loc[package]
    # a part whose own package has no figure hangs on the next one above
    inside = once.forest.among(once.figured).parts[package]
    parts = once.rows.loc[once.rows["pledge_id"].isin(inside), ["pledge_id", *_BAR_COLUMNS]]
    country = parts["pledge_id"].map(ledger.pledges.set_index("pledge_id")["pledger_country"])
    parts = parts.assign(country=country, length=parts["low"], what="pledge").reset_index(drop=True)
    size = parts["high"].groupby(parts["country"].fillna("")).transform("sum").where(parts["country"].notna(), -1.0)
    order = parts.assign(size=size).sort_values(["size", "country", "high"], ascending=False, kind="stable").index
    rest = {
        "pledge_id": package,
        "low": held["unallocated_low"],
        "high": held["unallocated_high"],
        "country": totals.UNALLOCATED,
        "what": totals.UNALLOCATED,
        "open_low": False,
        "open_high": False,
        "length": max(0.0, found.high - parts["low"].sum()),
    }
    drawn = pd.concat([parts.loc[order], pd.DataFrame([rest] if rest["high"] else [])], ignore_index=True)
    gone = status(ledger, found.as_of).set_index("pledge_id")["withdrawn"].reindex(drawn["pledge_id"]) != "no"
    return drawn.assign(begins=drawn["length"].cumsum() - drawn["length"], withdrawn=gone.to_numpy())


def _parts_and_rest(found: totals.Total, package: str, parts: pd.DataFrame, lang: Language) -> dict[str, Any]:
    """Say what the parts of a package come to and how much they leave: ``left``, or else ``full``."""
    say, held, to = words("envelope", lang), found.unallocated.set_index("pledge_id").loc[package], found.to
    least, most = held["unallocated_low"], held["unallocated_high"]
    # of parts that are "up to" so much, any share may be missing
    under = parts[parts["pledge_id"].isin(only_up_to(found.ledger, found.rule, found.as_of))]
    most += under["low"].sum()
    left = "{amount}" if least and under.empty else say["left_at_least" if least else "left_up_to"]
    amount = whole_billions(least or most, to, lang, most if under.empty or not least else None)
    said = whole_billions(held["parts_low"], to, lang, held["parts_high"])
    return {
        # beside a part of "at least" so much there is no upper end
        "parts": said if under.empty or parts["open_high"].any() else say["left_up_to"].format(amount=said),
        "range": said != whole_billions(held["parts_low"], to, lang),
        "left": left.format(amount=amount) if most else "",
        "full": "" if most else whole_billions(found.low, to, lang, found.high),
    }


@drawing("ladder", "pledges", "claims")
def ladder(
    ledger: Ledger,
    *,
    rule: Rule = "full-range",
    where: Where = None,
    as_of: str | dt.date | None = None,
    to: str = EURO,
    lang: Language = "en",
) -> Chart:
    """Draw the way from promise to building: counted once, new, with a site, and further than a site.

    Parameters
    ----------
    ledger : Ledger
    rule, where, as_of, to
        As in `summit_analysis.ladder`.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data are those of `summit_analysis.ladder` without the first row, in which money counts twice.

    Raises
    ------
    AbsentError
        If no pledge with a figure had been announced by that day.

    On the last day of the summit nothing had more than a site:

    >>> chart = charts.ladder(ledger, as_of="2025-02-11")
    >>> print(chart.title)
    Of what was pledged at the summit, nothing is known to have got as far as funding, a permit, works or a service
    """
    drawn = totals.ladder(ledger, to=to, rule=rule, where=where, as_of=as_of).iloc[1:].reset_index(drop=True)
    if not drawn["high"].any():
        raise absent("ladder", "uncounted", lang)
    say, names, last = words("ladder", lang), ledger.names(lang), drawn.iloc[-1]
    pieces = totals.explain_ladder(ledger, to, rule, where, as_of).query("what == 'pledge'")
    pieces = pieces.sort_values("high", ascending=False, kind="stable")
    weakest, rungs = _weakest(ledger, pieces, rule, as_of), drawn.set_index("rung")
    new, site, bare = rungs.loc["new-money"], rungs.loc["site"], [*filter(None, drawn["unquantified"][0].split(";"))]
    told = totals.at_second_hand(ledger, rule, where, as_of, to)
    undated = totals.total(ledger, to, rule, where, as_of=as_of).left_out["reason"].eq("undated").sum()
    filled = {
        **pledged(ledger, where, lang),
        "how": _as_read(ledger, rule, as_of, lang, "all"),
        "most": whole_billions(last["high"], to, lang),
        "documented": whole_billions(last["documented"], to, lang),
        "name": names.get(weakest.name),
        "amount": short(new["low"] - weakest["low"], new["high"] - weakest["high"], to, lang),
        "undated": undated or "",
        "names": ", ".join(names[bare]),
        "bare": listed(names[bare], lang),
        "works": last["high"],
        "told": names.get(told["pledge_id"]),
        "hand": whole_billions(told["low"], to, lang, told["high"]) if told["high"] else "",
        "rest": short(last["low"] - told["low"], last["high"] - told["high"], to, lang),
        **{f"new_{end}": whole_billions(new[end], to, lang) for end in ("low", "high")},
        "site": whole_billions(site["low"], to, lang, site["high"]) if site["high"] else "",
    }
    reached = pieces[pieces["rung"].isin(["site", "works"])].set_index("rung")["pledge_id"]
    more = [_some(names[reached[reached.index == rung]], lang) for rung in drawn["rung"]]
    more[-1] += f"\n{say['documented'].format(**filled)}" if last["documented"] else ""
    above = drawn["high"].shift(fill_value=drawn["high"][0])
    notes = {"unnamed": "names", "without": "name", "second-hand": "told", "undated": "undated"}
    return bars(
        ledger,
        "ladder",
        drawn,
        say if last["high"] else say | {"title": say["nothing"]},
        filled,
        sources_read(ledger, select(ledger, where=where)["pledge_id"], rule, as_of),
        drawn.assign(name=drawn["rung"].map(say), text=amounts(drawn, to, lang), more=more, reach=above),
        billions(to, lang),
        notes=[say[key].format(**filled) for key, of in notes.items() if filled[of]],
        pieces=pd.DataFrame({"at": drawn.index, "begin": drawn["high"], "end": above, "colour": FADED}),
        lang=lang,
    )


def _weakest(ledger: Ledger, pieces: pd.DataFrame, rule: Rule, as_of: str | dt.date | None) -> pd.Series:
    """The largest new money that rests on two pages at most, none of them the pledger's own."""
    pieces = pieces[pieces["rung"] == "new-money"].set_index("pledge_id")
    claims = resolve_claims(ledger, rule, as_of).set_index("pledge_id")["claims"]
    few = pieces[(claims.reindex(pieces.index) <= 2) & pieces.index.isin(without_primary(ledger)["pledge_id"])]
    return few.loc[few["high"].idxmax()] if few["high"].max() > 0 else pd.Series({"low": 0.0, "high": 0.0}, name="")


@drawing("total", "pledges", "claims")
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
    found = totals.total(ledger, to=to, rule=rule, where=where, as_of=as_of, money_kinds=money_kinds, by=by)
    if found.counted.empty:
        raise absent("total", "uncounted", lang)
    say, pledges = words("bars", lang), ledger.names(lang)
    rows, by = found.counted, by or "pledge_id"
    if found.split is not None:
        rows = found.split.query("high > 0").assign(open_low=False, open_high=False)
    rows = rows.assign(rest=rows[by] == totals.UNALLOCATED).sort_values(
        ["rest", "high"], ascending=[True, False], kind="stable", ignore_index=True
    )
    drawn, rest = rows[[by, *_BAR_COLUMNS]], rows["rest"]
    labels = group_names(drawn[by], by, ledger, lang)
    kinds = [say[f"only-{kind}"] for kind in found.money_kinds or ()]
    filled = {
        **pledged(ledger, where, lang),
        **summed_up(found, lang),
        "kinds": say["kinds"].format(kinds=listed(kinds, lang)) if kinds else "",
        "which": say["which" if drawn["high"].idxmax() == 0 else "which-named"],
        "largest": labels[0],
        "bars": len(drawn),
        "how": _as_read(ledger, found.rule, found.as_of, lang, "all"),
        "amount": amounts(drawn.head(1), found.to, lang, prose=True)[0],
        "by": say["each"] if by == "pledge_id" else say["by"].format(by=say.get(by, by.replace("_", " "))),
    }
    seen = {"pale": (drawn["high"] > drawn["low"])[~rest].any(), "hatched": rest.any()}
    subtitle = " ".join([say["subtitle"], *(say[key] for key, is_drawn in seen.items() if is_drawn)])
    return bars(
        ledger,
        "total",
        drawn,
        say | {"subtitle": subtitle, "alt": say["alt" if len(drawn) > 1 else "alt_1"]},
        filled,
        # the claims read about the rows counted, and the updates that changed their amounts
        pd.concat([sources_of(ledger, found.counted), found.counted.query("amount_by != 'claims'")["amount_by"]]),
        drawn.assign(
            name=labels,
            text=amounts(drawn, found.to, lang),
            hatch=np.where(rest, HATCHED, ""),
            low=drawn["low"].mask(rest, drawn["high"]),
        ),
        billions(found.to, lang),
        notes=_notes(found, pledges, say, lang),
        lang=lang,
    )


def group_names(groups: Iterable[object], by: str, ledger: Ledger, lang: Language = "en") -> list[str]:
    """Name the groups of a total as a reader calls them.

    >>> group_names(["data-centre", "energy"], "purpose", ledger, "fr")
    ['centres de données', 'énergie']
    >>> group_names(["FRA", "WLD", float("nan"), "unallocated"], "recipient_country", ledger)
    ['France', 'the world', 'several countries', 'never itemised']
    """
    say, start = words("bars", lang), f"{by}-"
    told = {key.removeprefix(start): name for key, name in say.items() if key.startswith(start)}
    names, unknown = {**ledger.names(lang), **told, totals.UNALLOCATED: say["unallocated"]}, say["unstated"]
    if by in COUNTRIES:
        names, unknown = {**names, **ledger.countries(lang), "WLD": say["world"]}, say["nowhere"]
    return [unknown if pd.isna(group) else str(names.get(group, group)) for group in groups]


def _notes(found: totals.Total, names: pd.Series, say: dict[str, str], lang: Language) -> list[str]:
    """Say below the bars what may be the same money, may be withdrawn, has no figure, or only a ceiling."""
    unnamed = named(say["unnamed"], names[found.unquantified["pledge_id"]])
    if found.split is not None:
        # off groups the rest has been taken already
        return [unnamed]
    ties = found.ties[found.ties["within"] == WHOLE]
    twice = ties["relation"].isin(["overlaps", "restates"])
    off = ties.loc[twice, "low"].sum()
    return [
        say["off"].format(amount=whole_billions(off, found.to, lang)) if off else "",
        named(say["gone"], names[ties.loc[~twice, "pledge_a"]]),
        unnamed,
        _ceilings(found.ledger, found.counted["pledge_id"], found, lang),
    ]


@drawing("kinds", "pledges", "claims")
def kinds(
    ledger: Ledger,
    *,
    rule: Rule = "full-range",
    where: Where = None,
    as_of: str | dt.date | None = None,
    to: str = EURO,
    lang: Language = "en",
) -> Chart:
    """Draw how much of the money is private and how much public.

    Parameters
    ----------
    ledger : Ledger
    rule, where, to
        As in `summit_analysis.total`.
    as_of : str or datetime.date, optional
        Default: the last day of the event.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data are those of ``total(…).kinds``, the largest first.

    Raises
    ------
    AbsentError
        If no row is counted.

    >>> chart = charts.kinds(ledger)
    >>> print(chart.title)
    Of at most €375bn pledged at the summit, €311bn is private money, €62bn public, and €2.4bn mixed
    """
    day = ledger.about.last_day.date() if as_of is None else as_of
    found = totals.total(ledger, to, rule, where, as_of=day)
    if found.counted.empty:
        raise absent("kinds", "uncounted", lang)
    say, names = words("kinds-of-money", lang), ledger.names(lang)
    drawn = found.kinds.sort_values("high", ascending=False, kind="stable", ignore_index=True)
    parts = (totals.total(ledger, to, rule, where, as_of=day, money_kinds=kind) for kind in drawn["money_kind"])
    more = [
        _some(
            [
                f"{names[row.pledge_id]} ({short(row.low, row.high, to, lang, row.open_low, row.open_high)})"
                for row in rows.itertuples()
            ],
            lang,
        )
        for rows in (each.counted.sort_values("high", ascending=False, kind="stable") for each in parts)
    ]
    filled = pledged(ledger, where, lang) | {
        "total": totals.total_amount(found, lang),
        "shares": kinds_of(found, lang),
        "how": _as_read(ledger, rule, day, lang),
    }
    return bars(
        ledger,
        "public-and-private",
        drawn,
        say,
        filled,
        sources_of(ledger, found.counted),
        drawn.assign(name=drawn["money_kind"].map(say), text=amounts(drawn[["low", "high"]], to, lang), more=more),
        billions(to, lang),
        lang=lang,
    )


def kinds_of(found: totals.Total, lang: Language) -> str:
    """Say how much of a total is money of which kind, the largest first."""
    say, rows = words("kinds-of-money", lang), found.kinds.sort_values("high", ascending=False, kind="stable")
    amounts = (whole_billions(row.low, found.to, lang, row.high) for row in rows.itertuples())
    keys = (f"{'of' if at else 'first'}-{kind}" for at, kind in enumerate(rows["money_kind"]))
    return listed([say[key].format(amount=amount) for key, amount in zip(keys, amounts, strict=True)], lang)


@drawing("documented", "updates")
def documented(ledger: Ledger, *, as_of: str | dt.date | None = None, to: str = EURO, lang: Language = "en") -> Chart:
    """Draw what was promised against what sources document, a row per pledge.

    Parameters
    ----------
    ledger : Ledger
    as_of, to
        As in `summit_analysis.documented`.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data hold one row per pledge that is no package and of which news name a sum, the largest first:
        ``pledge_id``, ``low``, ``high`` (the pledge), ``documented`` (raised, spent or contracted), ``detailed`` (the
        largest sum named for a part: a site, a tranche, what is firm); whole units of `to`.

    Raises
    ------
    AbsentError
        If no news of such a pledge name a sum.

    >>> chart = charts.documented(ledger)
    >>> print(chart.title)
    Money documented as raised, spent or contracted: €1.2bn (pledges concerned: four)
    >>> (chart.data.set_index("pledge_id").loc["evroc-mougins"] / 1e9).round(2).tolist()
    [4.0, 4.0, 0.05, nan]
    """
    say, names, end = words("documented", lang), ledger.names(lang), last_news(ledger)
    told = valued_updates(ledger, to, as_of).query("happened == 'yes' and amount_is in ('part', 'firm')")
    rows = status(ledger, as_of, to=to).query("counts_as not in ('package', 'comparator') and withdrawn == 'no'")
    rows = rows.assign(detailed=rows["pledge_id"].map(told.groupby("pledge_id")["figure"].max()))
    drawn = resolve_claims(ledger, as_of=as_of, to=to)[["pledge_id", "low", "high"]].merge(
        rows[["pledge_id", "documented", "detailed"]].dropna(how="all", subset=["documented", "detailed"])
    )
    if drawn.empty:
        raise absent("documented", "no-sums", lang)
    drawn = drawn.sort_values("high", ascending=False, kind="stable", ignore_index=True)
    texts = [
        ", ".join(
            say[word].format(amount=short(low, high, to, lang))
            for word, low, high in (
                ("documented", row.documented, row.documented),
                ("detailed", row.detailed, row.detailed),
                ("of", row.low, row.high),
            )
            if high > 0
        )
        for row in drawn.itertuples()
    ]
    ends = drawn[["high", "documented", "detailed"]].fillna(0)
    filled = {
        "n": in_words(int(drawn["documented"].notna().sum()), lang),
        "amount": whole_billions(drawn["documented"].sum(), to, lang),
        "day": long_day(as_of or end, lang=lang, data_end=end),
    }
    read = ledger.updates.loc[ledger.updates["pledge_id"].isin(drawn["pledge_id"]), "source_id"]
    return bars(
        ledger,
        "promised-and-documented",
        drawn,
        say if ends["documented"].any() else say | {"title": say["none"]},
        filled,
        pd.concat([sources_read(ledger, drawn["pledge_id"], "full-range", as_of), read]),
        drawn.assign(
            name=names[drawn["pledge_id"]].to_numpy(), text=texts, low=ends["documented"], high=ends.max(axis=1)
        ),
        billions(to, lang),
        pieces=pd.DataFrame(
            {"at": drawn.index, "begin": ends["documented"], "end": ends["detailed"], "colour": ORANGE, "lw": 0}
        ),
        lang=lang,
    )


@drawing("official", "headline", "updates")
def official_count(ledger: Ledger, *, to: str = EURO, lang: Language = "en") -> Chart:
    """Draw the count that officials give of the package of the headlines beside ours, day by day.

    Parameters
    ----------
    ledger : Ledger
    to : str
        ISO 4217 code of the currency drawn.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data hold three rows for each day on which news of the package name a part of it: ``day`` (its last
        possible), ``dated`` (day, month or year as the source has it), ``whose`` (``official``; ``site`` and ``works``,
        those rungs of `summit_analysis.ladder` as of that day), ``low``, ``high`` (whole units of `to`).

    Raises
    ------
    AbsentError
        If the event has no such package, or no news name a part of it.

    >>> chart = charts.official_count(ledger)
    >>> print(chart.title)
    Officials counted €26bn of the €109bn as confirmed; by our count at most €4.8bn had more than a site
    """
    say, package = words("official", lang), need(ledger, "official", lang, "headline")
    told = valued_updates(ledger, to).query("pledge_id == @package and amount_is == 'part'")
    if told.empty:
        raise absent("official", "no-counts", lang)
    counts = told.groupby(["last_on", "dated"])["figure"].agg(low="min", high="max").reset_index()
    ours = [
        totals.ladder(ledger, to=to, where=package, as_of=row.last_on.date()).assign(
            last_on=row.last_on, dated=row.dated
        )
        for row in counts.itertuples()
    ]
    drawn = pd.concat([counts.assign(rung="official"), *ours]).query("rung in ('official', 'site', 'works')")
    drawn = drawn.rename(columns={"last_on": "day", "rung": "whose"})[["day", "dated", "whose", "low", "high"]]
    drawn = drawn.sort_values("day", kind="stable", ignore_index=True)
    whole, last = totals.total(ledger, to, where=package), drawn.tail(3).set_index("whose")
    heads = [
        ("{period}" if len(one) > 7 else say["period"]).format(period=long_day(one, lang=lang))
        for one in drawn["dated"]
    ]
    filled = {
        "whole": whole_billions(whole.low, to, lang, whole.high),
        "official": whole_billions(last.loc["official", "low"], to, lang, last.loc["official", "high"]),
        "most": whole_billions(last.loc["works", "high"], to, lang),
    }
    return bars(
        ledger,
        "official-count-and-ours",
        drawn,
        say,
        filled,
        pd.concat([told["source_id"], sources_read(ledger, pd.Series([package]), "full-range", None)]),
        drawn.assign(
            name=drawn["whose"].map(say),
            text=amounts(drawn, to, lang),
            heading=heads,
            colour=np.where(drawn["whose"] == "official", ORANGE, ""),
        ),
        billions(to, lang),
        lang=lang,
    )


@drawing("announced", "pledges", "claims")
def announced(
    ledger: Ledger,
    *,
    rule: Rule = "full-range",
    where: Where = None,
    to: str = EURO,
    lang: Language = "en",
) -> Chart:
    """Draw the money announced by each day of the event, without double counting, and what became of it since.

    Parameters
    ----------
    ledger : Ledger
    rule, where, to
        As in `announced_by_day`.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data are rows of `announced_by_day`: the last before the event, those in it, the last after it; and
        ``known_low``, ``known_high``: what the pledges in ``now_inside`` had been worth the row before.

    Raises
    ------
    AbsentError
        If nothing was announced before, or nothing in, the days of the event.

    Of the money of the headlines half to two thirds was known before:

    >>> chart = charts.announced(ledger)
    >>> print(chart.title)
    In six days announced money grew from €9.3bn to at most €375bn
    >>> print(chart.subtitle.partition(".")[0])
    Macron’s €109bn: €56–76bn had been public before the day of the announcement
    """
    say, about, drawn = words("announced", lang), ledger.about, _days(ledger, rule, where, to)
    if not {"before", "during"} <= set(drawn["when"]) or not drawn.loc[drawn["when"] == "during", "high"].any():
        raise absent("announced", "no-steps", lang)
    each = [totals.total(ledger, to, rule, where, as_of=day.date()) for day in drawn["day"]]
    more = [_changes(*step, lang) for step in zip(each, each[1:], drawn.iloc[1:].itertuples(), strict=False)]
    own = drawn[[about.headline in ids.split(";") for ids in drawn["new_counted"]]].query("known_high > 0")
    filled = {
        "pledged": capital(pledged(ledger, where, lang)["pledged"]),
        "how": _as_read(ledger, rule, None, lang),
        "days": in_words((about.last_day - about.first_day).days + 1, lang),
        "evening": "".join(
            say["evening"].format(
                name=ledger.names(lang)[about.headline],
                known=whole_billions(row.known_low, to, lang, row.known_high),
            )
            for row in own.itertuples()
        ),
        "before": whole_billions(drawn["low"][0], to, lang, drawn["high"][0]),
        "after": totals.total_amount(totals.total(ledger, to, rule, where, as_of=about.last_day.date()), lang),
    }
    # what stood before the first day drawn is no news of that day either
    above = drawn["low"].shift().fillna(drawn["low"]).clip(upper=drawn["low"])
    return bars(
        ledger,
        "announced-by-day",
        drawn,
        say,
        filled,
        sources_read(ledger, drawn["new_counted"].str.split(";").explode(), rule),
        drawn.assign(
            name=[say["by"].format(day=long_day(day, lang=lang)) for day in drawn["day"]],
            more=["", *more],
            text=amounts(drawn, to, lang),
            heading=drawn["when"].map(say),
        ),
        billions(to, lang),
        pieces=pd.DataFrame({"at": drawn.index, "begin": 0.0, "end": above, "colour": _KNOWN}),
        lang=lang,
    )


def _days(ledger: Ledger, rule: Rule, where: Where, to: str) -> pd.DataFrame:
    """Give the last day before the event, each one in it, and the last since, with what had been announced of it."""
    about, found = ledger.about, totals.announced_by_day(ledger, to=to, rule=rule, where=where)
    when = np.select([found["day"] < about.first_day, found["day"] > about.last_day], ["before", "since"], "during")
    found = found.assign(when=when)
    drawn = found[found["when"].eq("during") | ~found["when"].duplicated(keep="last")].reset_index(drop=True)
    known = [
        resolve_claims(ledger, rule, day.date(), to=to).query("pledge_id in @inside.split(';')")[["low", "high"]].sum()
        for day, inside in zip([drawn["day"][0], *drawn["day"][:-1]], drawn["now_inside"], strict=True)
    ]
    return drawn.assign(known_low=[one["low"] for one in known], known_high=[one["high"] for one in known])


def _changes(then: totals.Total, now: totals.Total, day: Row, lang: Language) -> str:
    """Say what changed a total up to a day: what came, what of it was known, what went, what may be counted twice."""
    say, names, to, least = words("announced", lang), now.ledger.names(lang), now.to, _THIN * day.high
    new = now.counted[~now.counted["pledge_id"].isin(then.counted["pledge_id"]) & (now.counted["high"] >= least)]
    new = new.sort_values("high", ascending=False, kind="stable")
    ties = now.ties[now.ties["within"].eq(WHOLE) & ~now.ties["pledge_a"].isin(then.ties["pledge_a"])]
    twice, told = ties["relation"].isin(["overlaps", "restates"]), hearsay(now.ledger, now.as_of)
    lines = [f"+{short(row.low, row.high, to, lang)} {names[row.pledge_id]}" for row in new.itertuples()]
    lines += [
        f"−{short(row.low, row.low, to, lang)} {names[row.pledge_a]}{say['told' if row.pledge_a in told else 'gone']}"
        for row in ties[~twice].itertuples()
    ]
    off = ties.loc[twice, "low"].sum()
    lines += [say["twice"].format(amount=short(off, off, to, lang))] if off >= least else []
    known = say["known"].format(amount=short(day.known_low, day.known_high, to, lang))
    # a package may get its amount on a later day than it was announced
    return (", ".join(lines) + (known if day.known_high >= least else "")).lstrip("; \u202f")


@drawing("comparison", "pledges", "claims")
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
        Its data are rows of `compare_pledges`: the ten largest of those with years of spending, the package of the
        headlines among them; plans for one year first.

    Raises
    ------
    AbsentError
        If no pledge of the event has a figure and the years of spending.

    >>> chart = charts.comparison(ledger)
    >>> print(chart.title.partition(";")[0])
    Macron’s €109bn comes to €16–36bn a year, depending on the timetable
    >>> chart.data["horizon"].value_counts().to_dict()
    {'multi-year': 6, 'one-year': 4}
    """
    say, names, lack = words("comparison", lang), ledger.names(lang), absent("comparison", "no-years", lang)
    drawn, own, every = _beside(ledger, where, to, "high_per_year", lack)
    drawn = drawn.sort_values("horizon", ascending=False, kind="stable", ignore_index=True)
    stated = every["high_per_year"].notna().sum()
    one_year = drawn[drawn["horizon"].eq("one-year") & drawn["pledge_id"].ne(own["pledge_id"])].head(1)
    filled = {
        "at": ledger.about.at(lang),
        "day": long_day(ledger.about.opening_day, lang=lang),
        "name": names[own["pledge_id"]],
        "small": stated - len(drawn),
        "bare": len(every) - stated,
        "year": whole_billions(own["low_per_year"], to, lang, own["high_per_year"]),
        "range": say["range"] if own["years_high"] > own["years_low"] else "",
        "beside": "".join(
            say["beside"].format(other=names[row.pledge_id], amount=whole_billions(row.low, to, lang, row.high))
            for row in one_year.itertuples()
        ),
    }
    rows = drawn.assign(low=drawn["low_per_year"], high=drawn["high_per_year"])
    return bars(
        ledger,
        "comparison-per-year",
        drawn,
        say,
        filled,
        sources_of(ledger, drawn),
        _marked(ledger, rows, amounts(rows[["low", "high"]], to, lang), lang).assign(
            heading=drawn["horizon"].map(say), more=[_over(row, to, lang) for row in drawn.itertuples()]
        ),
        say["per_year"].format(billions=billions(to, lang)),
        notes=[say["undrawn"].format(**filled) if len(every) > len(drawn) else ""],
        lang=lang,
    )


def _beside(
    ledger: Ledger, where: Where, to: str, column: str, lack: AbsentError
) -> tuple[pd.DataFrame, pd.Series, pd.DataFrame]:
    """Give the ten largest pledges by a column, the one that a title is about, and all that were compared.

    That is the package of the headlines, else the largest of the event; it and the largest plan of others are drawn.
    """
    every, about = compare_pledges(ledger, to=to).dropna(subset="high"), ledger.about
    every = every if where is None else every[every["pledge_id"].isin(select(ledger, where=where)["pledge_id"])]
    rows = every.dropna(subset=column).sort_values(
        [column, column.replace("high", "low")], ascending=False, kind="stable", ignore_index=True
    )
    own = [*rows.index[rows["pledge_id"] == about.headline], *rows.index[rows["group"] == about.group]]
    if not own:
        raise lack
    first = [own[0], *rows[rows["group"] != about.group].nlargest(1, "high").index]
    kept = sorted([*first, *rows.index.difference(first)][:_ROWS])
    return rows.loc[kept].reset_index(drop=True), rows.loc[own[0]], every


def _over(row: Row, to: str, lang: Language) -> str:
    """Say of a pledge of several years what it comes to, what is left of it if it was scaled back, and the years."""
    say, whole = words("comparison", lang), short(row.low, row.high, to, lang, row.open_low, row.open_high)
    if pd.notna(row.standing):
        whole = say["scaled-back"].format(stands=short(row.standing, row.standing, to, lang), first=whole)
    years = dict.fromkeys(format_figure(end, lang=lang) for end in (row.years_low, row.years_high))
    return say["over"].format(whole=whole, years="–".join(years)) if row.years_high > 1 else ""


def _marked(ledger: Ledger, rows: pd.DataFrame, texts: Iterable[str], lang: Language) -> pd.DataFrame:
    """Name the rows of a comparison; bold and blue came up at the event, hatched is money of another kind."""
    own, kinds = rows["group"] == ledger.about.group, rows["comparable"].map(words("comparison", lang)).fillna("")
    return rows.assign(
        name=ledger.names(lang)[rows["pledge_id"]].to_numpy(),
        text=[", ".join(filter(None, each)) for each in zip(texts, kinds, strict=True)],
        bold=own,
        colour=np.where(own, BLUE, PALETTE[7]),
        hatch=np.where(rows["comparable"].notna(), HATCHED, ""),
    )


@drawing("share_of_gdp", "economies", "pledges", "claims")
def share_of_gdp(ledger: Ledger, *, where: Where = None, lang: Language = "en") -> Chart:
    """Draw pledges as a share of one year's GDP of the economy that receives them.

    Parameters
    ----------
    ledger : Ledger
    where : str or iterable of str, optional
        As in `summit_analysis.total`. Default: all pledges, of every group.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data are rows of `compare_pledges`: the ten with the largest share, the package of the headlines among them.

    Raises
    ------
    AbsentError
        If the ledger has no economies, or no pledge of the event has a figure and a single economy that receives it.

    >>> chart = charts.share_of_gdp(ledger)
    >>> france = chart.data.set_index("pledge_id").loc["france-109bn"]
    >>> print(f"{france['share_high']:.1%} of the GDP of {france['gdp_year']}")
    3.7% of the GDP of 2024
    """
    say, names = words("gdp", lang), ledger.names(lang)
    drawn, own, every = _beside(ledger, where, EURO, "share_high", absent("share_of_gdp", "no-economy", lang))
    told = {row.pledge_id: _percent(row, lang) for row in drawn.itertuples()}
    filled = {
        "at": ledger.about.at(lang),
        "name": names[own["pledge_id"]],
        "share": told[own["pledge_id"]],
        "year": "–".join(sorted({str(year) for year in drawn["gdp_year"]})),
        "undrawn": len(every) - len(drawn),
        "beside": "".join(
            say["beside"].format(other=names[pledge], its=told[pledge])
            for pledge in drawn[drawn["group"] != ledger.about.group].nlargest(1, "high")["pledge_id"]
        ),
    }
    return bars(
        ledger,
        "share-of-one-years-output",
        drawn,
        say,
        filled,
        [*sources_of(ledger, drawn), *ledger.economies.set_index("iso3")["source_id"][drawn["recipient_country"]]],
        _marked(ledger, drawn.assign(low=drawn["share_low"], high=drawn["share_high"]), told.values(), lang),
        say["gdp"].format(**filled),
        notes=[say["undrawn"].format(**filled) if filled["undrawn"] else ""],
        lang=lang,
        unit=0.01,
    )


def _percent(row: Row, lang: Language) -> str:
    """Write a share of GDP; of a pledge that was scaled back it is that of what is left."""
    say, ends = words("gdp", lang), (format_figure(100 * share, lang=lang) for share in (row.share_low, row.share_high))
    whole = format_percent(round(row.share_high, 3), locale=lang, decimal_quantization=False)
    figures = list(dict.fromkeys(ends))
    text = OPEN[lang][row.open_low, row.open_high].format(whole if len(figures) < 2 else f"{figures[0]}–{whole}")
    return text + ("" if pd.isna(row.standing) else say["scaled-back"])
