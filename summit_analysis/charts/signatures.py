"""Figures of signatures: who signed exactly what, and a map of who signed a declaration."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from summit_analysis.base.days import one_day
from summit_analysis.base.errors import FrameError
from summit_analysis.base.text import Language, alphabetical, in_words, long_day, words
from summit_analysis.charts.canvas import (
    GREY,
    PALE,
    Chart,
    Style,
    absent,
    axes_inches,
    drawing,
    in_inches,
    is_narrow,
    named,
    palette,
    put_together,
    wrap,
)
from summit_analysis.charts.maps import WORLD_FILE, Box, outlines, placing, write_key
from summit_analysis.charts.marks import Grid, in_block, mark, write
from summit_analysis.ledger.tables import Ledger
from summit_analysis.pledges.status import last_day
from summit_analysis.signatures import (
    KINDS,
    LISTED,
    REFUSALS,
    UNRESOLVED,
    exclusive_intersections,
    last_reading,
    memberships,
    names_listed,
    short_names,
    signatories,
    size,
    weakly_refused,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMN, _LINE = 0.73, 0.155
"""Inches: from declaration to declaration, and from line to line."""
REFUSED, OTHER = "refused", "other"
CLASSES = (LISTED, REFUSED, OTHER)
"""What a state is shown as; those that the tables do not name are in the last one."""
_WORLD: Box = (-2.536, -1.06, 2.536, 1.34)
_EUROPE: Box = (-0.37, 0.655, 0.41, 1.195)
"""What is drawn of the world, and of it once more."""
_SMALL = 0.008
"""Square inches: a shape that fits into less cannot be seen and gets a mark as well."""


@drawing("intersections", "declarations", "signatures")
def intersections(ledger: Ledger, *, as_of: str | dt.date | None = None, lang: Language = "en") -> Chart:
    """Draw each combination of declarations that occurs, with who signed exactly those; who refused one comes first.

    Parameters
    ----------
    ledger : Ledger
    as_of : str or datetime.date, optional
        Default: the last reading of each list.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data are the rows of `exclusive_intersections`, those with a government that refused the declaration of the
        event first.

    Raises
    ------
    AbsentError
        If there are no two declarations, or nobody had signed anything by that day.

    Each name stands in one row only:

    >>> chart = charts.intersections(ledger)
    >>> chart.data[["states", "organisations"]].sum().tolist()
    [99, 3]
    >>> print(chart.title)
    United Kingdom and United States signed the four other declarations, but refused Paris 2025
    """
    if len(ledger.declarations) < 2:
        raise absent("intersections", "one-declaration", lang)
    names, drawn = short_names(ledger, lang), exclusive_intersections(ledger, as_of)
    if drawn.empty:
        raise absent("intersections", "unsigned", lang, day=day_in_words(ledger, names.index, as_of, lang))
    table, event = memberships(ledger, as_of, lang=lang).set_index("iso3"), ledger.about.declaration or ""
    refusers = {code for code, word in table.get(event, pd.Series(dtype="str")).items() if word == REFUSALS[0]}
    refusers -= set(weakly_refused(ledger, event)) if refusers else set()
    news = drawn["iso3s"].str.split(";").map(refusers.isdisjoint)
    drawn, red = drawn.loc[news.sort_values(kind="stable").index].reset_index(drop=True), ~news.sort_values().to_numpy()
    # the codes come in the order of the English names
    name = called(ledger, lang).sort_values(key=alphabetical)
    members = [", ".join(name[name.index.isin(those.split(";"))]) for those in drawn["iso3s"]]
    say, filled = _group_texts(ledger, drawn, members, table, name[name.index.isin(refusers)], as_of, lang)
    cited, refused = ledger.signatures["source_id"], names.index == event
    with put_together(ledger, "who-signed-exactly-what", drawn, say, filled, cited, rates=False, lang=lang) as (
        chart,
        axes,
    ):
        _draw_groups(axes, drawn, members, red, refused, _heads(ledger, names, _step(len(names)), as_of))
    return chart


def _step(columns: int) -> float:
    """Return the inches from declaration to declaration."""
    return min(_COLUMN, (axes_inches() - 0.4) / columns)


def _draw_groups(
    axes: Axes, drawn: pd.DataFrame, members: list[str], red: np.ndarray, refused: np.ndarray, heads: list[str]
) -> None:
    """Draw a square for each declaration that a group signed, and who is in it; `red` rows refused one of them."""
    step, rows = _step(len(heads)), range(len(drawn))
    columns, left = step * (np.arange(len(heads)) + 0.5), [0.06, step * len(heads) + 0.35]
    told = in_block(members, left[1])
    high = _LINE * max(head.count("\n") + 1 for head in heads) + 0.1
    grid = Grid([1] * len(told), [*map(len, told)], line=_LINE, gap=0.1, head=high, left=left)
    grid.lay(axes, columns, heads, rows)
    on = drawn.drop(columns=["states", "organisations", "iso3s"]).to_numpy()
    marks = np.where(on, np.where(red[:, None], "kept", "on"), np.where(red[:, None] & refused, "refused", "off"))
    mark(axes, columns, grid.y(rows)[:, None], marks, _looks(), s=44)
    counts = (drawn["states"] + drawn["organisations"]).astype("str")
    write(axes, left[1] - 0.15, grid.y(rows), counts, ha="right", weight="bold")
    for row, lines in enumerate(told):
        look = {"color": palette()[3], "weight": "bold"} if red[row] else {}
        write(axes, grid.left[1], grid.y(row, np.arange(len(lines)), 1), lines, **look)


def _looks() -> dict[str, Style]:
    """How squares say that somebody signed, refused or did neither; red are those who refused that of the event."""
    return {
        "off": {"marker": ".", "color": PALE, "s": 10},
        "on": {"marker": "s", "color": palette()[0]},
        "kept": {"marker": "s", "color": palette()[3]},
        "refused": {"marker": "X", "color": palette()[3]},
    }


def _heads(ledger: Ledger, names: pd.Series, step: float, as_of: str | dt.date | None) -> list[str]:
    """Write the heads of the columns: each declaration, and below it how many states and organisations it has."""
    heads = []
    for declaration, name in names.items():
        ends = names_listed(ledger, declaration, as_of).loc[list(KINDS), ["low", "high"]].to_numpy()
        many = " + ".join(f"{low}" if low == high else f"{low}–{high}" for low, high in ends)
        heads.append("\n".join([*wrap(name, 8, points=step * 72), f"({many})"]))
    return heads


def _group_texts(
    ledger: Ledger,
    drawn: pd.DataFrame,
    members: list[str],
    table: pd.DataFrame,
    refusers: pd.Series,
    as_of: str | dt.date | None,
    lang: Language,
) -> tuple[dict[str, str], dict[str, object]]:
    """Return the texts and what fills them: one row has all who refused, or the title tells of the largest."""
    from babel.lists import format_list

    say, names = words("intersections", lang), short_names(ledger, lang)
    which = [format_list([*names[row.astype("bool")]], locale=lang) for _, row in drawn[names.index].iterrows()]
    sizes = drawn[["states", "organisations"]].set_axis(list(KINDS), axis=1)
    counts = [size(pd.DataFrame({"low": row, "high": row}), lang) for _, row in sizes.iterrows()]
    all_but, full = drawn[names.index].iloc[0].sum() == len(names) - 1 > 1, drawn[names.index].all(axis=1)
    unresolved = called(ledger, lang)[table.index[table[names.index].eq(UNRESOLVED).any(axis=1)]]
    filled = {
        **{"n": len(drawn), "d": in_words(len(names), lang), "largest": counts[0], "which": which[0]},
        "refusers": format_list([*refusers], locale=lang),
        "others": say["others"].format(n=in_words(len(names) - 1, lang)) if all_but else which[0],
        "name": names.get(ledger.about.declaration),
        "full": counts[full.to_numpy().argmax()] if full.any() else say["none"],
        "day": day_in_words(ledger, names.index, as_of, lang),
        "open": say["open"].format(names=", ".join(unresolved)) if len(unresolved) else "",
        "each": ". ".join(say["colon"].join(one) for one in zip(which, members, strict=True)),
    }
    alone = len(refusers) and set(refusers) <= set(members[0].split(", "))
    return say | ({"title": say["refused-1" if len(refusers) == 1 else "refused"]} if alone else {}), filled


@drawing("positions", "declarations")
def positions(
    ledger: Ledger, *, declaration: str | None = None, as_of: str | dt.date | None = None, lang: Language = "en"
) -> Chart:
    """Draw on a map of the world who signed a declaration, who refused, and who is not on its list.

    Parameters
    ----------
    ledger : Ledger
    declaration : str, optional
        Its id. Default: that of the event.
    as_of : str or datetime.date, optional
        Default: the last reading of the list.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data hold one row per entity that the tables name for the declaration: ``iso3``, ``name_en``, ``name_fr``,
        ``entity_kind``; ``shown_as`` (one of `CLASSES`; a refusal of which only a commentary tells, and a name of which
        nobody knows whether it stood there by then, are ``other``); ``answer``, ``position``, ``source_id`` as in
        `summit_analysis.signatories`.

    Raises
    ------
    FrameError
        If the declaration was adopted later, or a state has no place on the map.
    ChoiceError
        If the declaration is unknown.
    AbsentError
        If the event has none, or nobody is named for it.

    >>> chart = charts.positions(ledger)
    >>> print(chart.title.partition("; ")[2])
    two refused (United Kingdom, United States), at least six came without signing
    >>> chart.data["shown_as"].value_counts().to_dict()
    {'listed': 65, 'other': 10, 'refused': 2}
    """
    declaration = declaration or named(ledger, "positions", "declaration", lang)
    if signatories(ledger, declaration).empty:
        raise absent("positions", "unlisted", lang, declaration=short_names(ledger, lang)[declaration])
    say, rows = words("positions", lang), _shown(ledger, declaration, as_of, lang)
    names = called(ledger, lang, weakly_refused(ledger, declaration))
    key, filled = _classes(rows, names, say), _map_words(ledger, rows, names, declaration, as_of, lang)
    filled["each"] = ". ".join(say["colon"].join(filter(None, [head, "; ".join(told)])) for _, head, told in key)
    filled["names"] = ", ".join(names[rows.loc[rows["shown_as"] == LISTED, "iso3"]])
    say = say if filled["others"] else say | {"title": say["alone"]}
    how: Style = {"rates": False, "lang": lang}
    with put_together(ledger, f"map-{declaration}", rows, say, filled, rows["source_id"], **how) as (chart, axes):
        narrow, below = is_narrow(), _draw_part(axes, rows, _WORLD, axes_inches(), 0) + 0.08
        end = _draw_part(axes, rows, _EUROPE, axes_inches() if narrow else 3.25, below)
        left, top = (0.0, end + 0.1) if narrow else (3.5, below)
        paints = [(_paints()[word], head, [("", text) for text in told]) for word, head, told in key]
        in_inches(axes, max(end, write_key(axes, left, top, paints)))
    return chart


def _shown(ledger: Ledger, declaration: str, as_of: str | dt.date | None, lang: Language) -> pd.DataFrame:
    """Give the rows of `signatories` with the class each is shown as."""
    adopted = ledger.declarations.set_index("declaration_id").loc[declaration, "adopted_on"]
    if as_of is not None and pd.Timestamp(one_day(as_of).item()) < adopted:
        raise FrameError(f"{declaration!r} was adopted on {adopted:%Y-%m-%d}; choose that day or a later one")
    rows = signatories(ledger, declaration, as_of, lang=lang)
    lost = rows[rows["entity_kind"].eq("state") & ~rows["iso3"].isin(outlines(WORLD_FILE))]
    if len(lost):
        raise FrameError(
            f"{lost['name_en'].iloc[0]} ({lost['iso3'].iloc[0]}) has no place on the map; correct the code "
            f"(ISO 3166 alpha-3), or add a point to {WORLD_FILE}"
        )
    listed = rows["position"].eq("signed") & rows["answer"].eq(LISTED)
    refused = rows["position"].eq(REFUSALS[0]) & ~rows["iso3"].isin(weakly_refused(ledger, declaration))
    shown = np.select([listed, refused], [LISTED, REFUSED], OTHER)
    columns = ["iso3", "name_en", "name_fr", "entity_kind", "shown_as", "answer", "position", "source_id"]
    return rows.assign(shown_as=shown)[columns]


def _map_words(
    ledger: Ledger, rows: pd.DataFrame, names: pd.Series, declaration: str, as_of: str | dt.date | None, lang: Language
) -> dict[str, str]:
    """Say how many signed, who refused and how many came without signing, by which lists and of which day."""
    say = words("positions", lang)
    sure = rows[~rows["iso3"].isin(weakly_refused(ledger, declaration))]
    those = {word: names[sure.loc[sure["position"] == word, "iso3"]] for word in REFUSALS}
    others = [
        say[word if len(who) > 1 else f"{word}-1"].format(n=in_words(len(who), lang), names=", ".join(who))
        for word, who in those.items()
        if len(who)
    ]
    read = ledger.sources[ledger.sources["source_id"].isin(rows.loc[rows["shown_as"] == LISTED, "source_id"])]
    official = (read["kind"].eq("primary") & read["read_as"].eq("original")).any()
    counts = names_listed(ledger, declaration, as_of).loc[["state"]].reindex(list(KINDS), fill_value=0)
    return {
        **{
            "listed": size(counts, lang),
            "others": ", ".join(others),
            "official": "" if official else say["unofficial"],
        },
        "name": short_names(ledger, lang)[declaration],
        "day": day_in_words(ledger, [declaration], as_of, lang),
    }


def _classes(rows: pd.DataFrame, names: pd.Series, say: dict[str, str]) -> list[tuple[str, str, list[str]]]:
    """Return each class with its head and the texts below it: who is in it, unless that is the bulk."""
    those = {word: rows[rows["shown_as"] == word] for word in CLASSES}
    counts = {word: f" ({those[word]['entity_kind'].eq('state').sum()})" for word in CLASSES[:2]}
    afar = names[those[LISTED].loc[those[LISTED]["entity_kind"] != "state", "iso3"]]
    why = those[OTHER]["position"].where(those[OTHER]["position"] != "signed", those[OTHER]["answer"])
    told = {
        LISTED: [say["beside"].format(names=", ".join(afar))] if len(afar) else [],
        REFUSED: [", ".join(names[those[REFUSED]["iso3"]])],
        OTHER: [
            say[f"of-{word}"].format(names=", ".join(names[rows.loc[of, "iso3"]]))
            for word, of in those[OTHER].groupby(why).groups.items()
            if f"of-{word}" in say
        ],
    }
    told[OTHER] += [say["weak"]] if any("*" in text for text in told[OTHER]) else []
    return [
        (word, say[word] + counts.get(word, ""), told[word]) for word in CLASSES if word == OTHER or len(those[word])
    ]


def _paints() -> dict[str, Style]:
    """Fill, hatch and edge of each class: told apart without colour, too."""
    return {
        LISTED: {"facecolor": palette()[0], "edgecolor": "white"},
        REFUSED: {"facecolor": "#f3d3bd", "edgecolor": palette()[3], "hatch": "xxxxx"},
        OTHER: {"facecolor": PALE, "edgecolor": "white"},
    }


def _draw_part(axes: Axes, rows: pd.DataFrame, box: Box, inches: float, top: float) -> float:
    """Draw what a box holds of the world, so many inches wide, with marks for small states; return where it ends."""
    from matplotlib.patches import PathPatch, Rectangle
    from matplotlib.transforms import Bbox

    within, europe, place = Bbox.from_extents(*box), Bbox.from_extents(*_EUROPE), placing(axes, box, inches, top)
    frame, around = (
        Rectangle(of.p0, of.width, of.height, transform=place, fc="none", ec=GREY, lw=0.7) for of in (within, europe)
    )
    shown, seen = rows.set_index("iso3")["shown_as"], (within.width / inches) ** 2 * _SMALL
    end = "" if box == _WORLD else "-europe"
    # a white edge lifts a mark off a shape of its own colour
    looks: dict[str, Style] = {
        LISTED: {"marker": "s", "facecolors": palette()[0], "edgecolors": "white"},
        REFUSED: {"marker": "X", "facecolors": palette()[3], "edgecolors": "white"},
        OTHER: {"marker": "s", "facecolors": PALE, "edgecolors": GREY},
    }
    for code, path in outlines(WORLD_FILE).items():
        extent, word = path.get_extents(), shown.get(code, OTHER)
        middle = extent.get_points().mean(axis=0)
        # the layout need not measure the shapes: their limits are known
        shape = PathPatch(path, transform=place, in_layout=False, gid=code + end, lw=0.4, **_paints()[word])
        if len(path) > 1 and extent.overlaps(within):
            axes.add_artist(shape).set_clip_path(frame)
        small = code in shown and extent.width * extent.height < seen
        if small and within.contains(*middle) and (box == _EUROPE or not europe.contains(*middle)):
            mark(axes, middle[0], middle[1], word, looks, s=30, gid=f"{code}-mark", transform=place)
    axes.add_artist(around)
    return top + within.height * inches / within.width


def day_in_words(ledger: Ledger, declarations: Iterable[str], as_of: str | dt.date | None, lang: Language) -> str:
    """Say as of which day lists are shown: a given one, or that of their last reading.

    >>> day_in_words(ledger, ["paris-2025"], None, "en"), day_in_words(ledger, ["paris-2025"], "2025-06-02", "fr")
    ('as last read on 1 October 2026', 'au 2 juin 2025')
    """
    say = words("signing", lang)
    if as_of is not None:
        # a list may have been read after the last news about money, and no page is newer than the last day
        return say["by"].format(day=long_day(one_day(as_of).item(), lang=lang, data_end=last_day(ledger)))
    last = max(last_reading(ledger, declaration) for declaration in declarations)
    return say["read"].format(day=long_day(last, lang=lang))


def called(ledger: Ledger, lang: Language, weak: Collection[str] = ()) -> pd.Series:
    """Return the names drawn, by code: the short one where there is one, those in `weak` with a star."""
    rows = ledger.entities.set_index("iso3")
    name = rows[f"short_{lang}"].fillna(rows["entity" if lang == "en" else "name_fr"])
    return name.where(~name.index.isin(weak), name + "*").str.replace("'", "’")
