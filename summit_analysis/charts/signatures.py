"""The figure of signatures: who signed exactly what; and how names, lists and their day read, in it and on the map."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable

import numpy as np
import pandas as pd

from summit_analysis.base.days import one_day
from summit_analysis.base.text import Language, alphabetical, in_words, long_day, words
from summit_analysis.charts.canvas import (
    PALE,
    Chart,
    Style,
    absent,
    axes_inches,
    drawing,
    need,
    palette,
    put_together,
    wrap,
)
from summit_analysis.charts.marks import Grid, in_block, mark, write
from summit_analysis.ledger.tables import Ledger
from summit_analysis.pledges.status import last_day
from summit_analysis.signatures import (
    KINDS,
    REFUSALS,
    UNRESOLVED,
    exclusive_intersections,
    last_reading,
    memberships,
    names_listed,
    short_names,
    size,
    weakly_refused,
)

_COLUMN, _LINE = 0.73, 0.155
"""Inches: from declaration to declaration, and from line to line."""


@drawing
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
    need(ledger, "intersections", lang, "declarations", "signatures")
    if len(ledger.declarations) < 2:
        raise absent("intersections", "one-declaration", lang)
    names, drawn = short_names(ledger, lang), exclusive_intersections(ledger, as_of)
    if drawn.empty:
        raise absent("intersections", "unsigned", lang, day=day_in_words(ledger, names.index, as_of, lang))
    table, event = memberships(ledger, as_of, lang=lang).set_index("iso3"), ledger.about.declaration
    refusers = pd.Index([])
    if event is not None and event in table:
        refusers = table.index[table[event] == REFUSALS[0]].difference(weakly_refused(ledger, event))
    codes, name = drawn["iso3s"].str.split(";"), called(ledger, lang).sort_values(key=alphabetical)
    drawn = drawn.assign(refused=[not set(those).isdisjoint(refusers) for those in codes])
    drawn = drawn.sort_values("refused", ascending=False, kind="stable", ignore_index=True)
    # the codes come in the order of the English names
    members = [", ".join(name[name.index.isin(those.split(";"))]) for those in drawn["iso3s"]]
    say, filled = _group_texts(ledger, drawn, members, table, name[name.index.isin(refusers)], as_of, lang)
    step = min(_COLUMN, (axes_inches() - 0.4) / len(names))
    columns, left = step * (np.arange(len(names)) + 0.5), [0.06, step * len(names) + 0.35]
    told, heads = in_block(members, left[1]), _heads(ledger, names, step, as_of)
    high = _LINE * max(head.count("\n") + 1 for head in heads) + 0.1
    grid = Grid([1] * len(told), [*map(len, told)], line=_LINE, gap=0.1, head=high, left=left)
    cited, rows, shown = ledger.signatures["source_id"], range(len(drawn)), drawn.drop(columns="refused")
    how: Style = {"rates": False, "lang": lang}
    with put_together(ledger, "who-signed-exactly-what", shown, say, filled, cited, **how) as (chart, axes):
        grid.lay(axes, columns, heads, rows)
        blue, red, counts = palette()[0], palette()[3], drawn["states"] + drawn["organisations"]
        looks: dict[str, Style] = {
            "off": {"marker": ".", "color": PALE, "s": 10},
            "on": {"marker": "s", "color": blue},
            "kept": {"marker": "s", "color": red},
            "refused": {"marker": "X", "color": red},
        }
        red_row = drawn[["refused"]].to_numpy()
        lacking = np.where(red_row & (names.index == event), "refused", "off")
        marks = np.where(drawn[names.index], np.where(red_row, "kept", "on"), lacking)
        mark(axes, columns, grid.y(rows)[:, None], marks, looks, s=44)
        write(axes, step * len(names) + 0.2, grid.y(rows), counts.astype("str"), ha="right", weight="bold")
        for refused, look in ((True, {"color": red, "weight": "bold"}), (False, {})):
            grid.tell(
                axes,
                1,
                [lines if is_so == refused else [] for lines, is_so in zip(told, drawn["refused"], strict=True)],
                **look,
            )
    return chart


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
    return name.where(~name.index.isin(weak), name + "*")
