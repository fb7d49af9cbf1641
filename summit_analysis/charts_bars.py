"""The figure of a total: its rows, or its groups, as bars of ranges."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from textwrap import shorten
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from summit_analysis.amounts import Amount, Language, format_amount, format_figure
from summit_analysis.charts import Chart
from summit_analysis.charts_canvas import BILLION, GREY, INCHES, Style, canvas, text_points
from summit_analysis.charts_rows import draw_ranges, draw_unallocated, printed
from summit_analysis.errors import FrameError
from summit_analysis.rates import EURO
from summit_analysis.resolving import Rule, sources_of
from summit_analysis.rows import Row
from summit_analysis.sentences import total_amount, unit
from summit_analysis.sources import source_line
from summit_analysis.splitting import UNALLOCATED
from summit_analysis.tables import Ledger
from summit_analysis.ties import WHOLE
from summit_analysis.totals import Total, total
from summit_analysis.words import words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COUNTRIES = ("recipient_country", "pledger_country")
_COLUMNS = ["low", "high", "open_low", "open_high"]
_LONG = 42
"""Characters of a name beside its bar."""
_GAP = 10
"""Points beside a name, and beside an amount."""


def chart_total(
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
        As in `total`; without `by` each bar is a pledge.
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

    >>> chart = chart_total(ledger, by="money_kind", as_of="2025-02-11")
    >>> chart.data.set_index("money_kind")[["low", "high"]].div(1e9).round(1)
                   low   high
    money_kind
    private      290.0  311.5
    public        61.9   61.9
    mixed          0.4   20.4
    unallocated    0.0   22.7
    """
    return draw_total(ledger, total(ledger, to=to, rule=rule, as_of=as_of, money_kinds=money_kinds, by=by), lang=lang)


def draw_total(ledger: Ledger, found: Total, *, lang: Language = "en") -> Chart:
    """Draw a total that is known already, by the column it is split by: see `chart_total`."""
    if found.counted.empty:
        raise FrameError("no pledge is counted, so there is nothing to draw; choose a later day or more kinds of money")
    say, names = words("bars", lang), ledger.names(lang)
    by = None if found.split is None else found.split.columns[0]
    drawn = _drawn(found)
    labels = [shorten(name_of(value, by, ledger, lang), _LONG, placeholder="…") for value in drawn.iloc[:, 0]]
    texts = [_amount(row, found.to, lang) for row in drawn.itertuples()]
    each = [f"{label} {text}" for label, text in zip(labels, texts, strict=True)]
    filled = {
        "total": total_amount(found, lang),
        "kinds": "" if found.money_kinds is None else _kinds(found.money_kinds, say, lang),
        "unit": unit(found.to, lang),
        "which": say["which" if drawn["high"].idxmax() == 0 else "which-named"],
        "largest": labels[0],
        "amount": texts[0],
        "n": len(drawn),
        "to": found.to,
        "rule": found.rule,
        "by": say["each"] if by is None else say["by"].format(by=say.get(by, by.replace("_", " "))),
        "day": "" if found.as_of is None else say["day"].format(day=found.day_in_words(lang)),
        "each": say["and"].join(each),
    }
    notes = _notes(found, by, names, say, lang)
    title, subtitle, alt = (say[key].format(**filled) for key in ("title", "subtitle", "alt"))
    title, subtitle = title[:1].upper() + title[1:], " ".join([subtitle, *_legend(drawn, say)])
    cited = _cited(ledger, found)
    source = source_line(ledger.sources, cited, rates=True, lang=lang)
    with canvas(title, subtitle, source, height=0.3 * (len(drawn) + len(notes)) + 0.5) as (figure, axes):
        _draw(axes, drawn, labels, texts)
        _note(axes, notes, len(drawn))
        axes.xaxis.set_major_formatter(lambda value, _: format_figure(value, lang=lang))
        axes.grid(axis="x")
        axes.set_xlabel(say["axis"].format(to=found.to))
        return Chart("total", figure, drawn, title, subtitle, " ".join([alt, *notes]), source, cited)


def name_of(value: object, by: str | None, ledger: Ledger, lang: Language = "en") -> str:
    """Name a group of a total, or a pledge, as a reader calls it.

    >>> name_of("data-centre", "purpose", ledger, "fr"), name_of("FRA", "recipient_country", ledger)
    ('centres de données', 'France')
    """
    say = words("bars", lang)
    if by is None:
        return str(ledger.names(lang)[value])
    if value == UNALLOCATED:
        return say["unallocated"]
    if pd.isna(value):
        return say["nowhere" if by in COUNTRIES else "unstated"]
    if by in COUNTRIES:
        entities = ledger.entities.set_index("iso3")["entity" if lang == "en" else "name_fr"]
        return say["world"] if value == "WLD" else str(entities.get(value, value))
    return say.get(f"{by}-{value}", str(value))


def _drawn(found: Total) -> pd.DataFrame:
    if found.split is None:
        rows = found.counted[["pledge_id", *_COLUMNS]]
        return rows.sort_values("high", ascending=False, kind="stable", ignore_index=True)
    groups = found.split[found.split["high"] > 0].assign(open_low=False, open_high=False)
    rest = groups.iloc[:, 0] == UNALLOCATED
    named = groups[~rest].sort_values("high", ascending=False, kind="stable")
    return pd.concat([named, groups[rest]], ignore_index=True)


def _kinds(kinds: Iterable[str], say: dict[str, str], lang: Language) -> str:
    from babel.lists import format_list

    return say["kinds"].format(kinds=format_list([say[f"only-{kind}"] for kind in kinds], locale=lang))


def _legend(drawn: pd.DataFrame, say: dict[str, str]) -> list[str]:
    rest = drawn.iloc[:, 0].eq(UNALLOCATED)
    shown = {"pale": (drawn["high"] > drawn["low"])[~rest].any(), "hatched": rest.any()}
    return [say[key] for key, is_drawn in shown.items() if is_drawn]


def _cited(ledger: Ledger, found: Total) -> pd.Series:
    """Sources of the claims read about the rows counted, and of the updates that changed their amounts."""
    changed = found.counted.loc[found.counted["amount_by"] != "claims", "amount_by"]
    return pd.concat([sources_of(ledger, found.counted), changed])


def _notes(found: Total, by: str | None, names: Mapping[str, str], say: dict[str, str], lang: Language) -> list[str]:
    notes = []
    whole = found.ties[found.ties["within"] == WHOLE]
    ties = whole["relation"].isin(["overlaps", "restates"])
    off, gone = whole.loc[ties, "low"].sum(), whole.loc[~ties, "pledge_a"]
    if by is None and off:
        notes.append(say["off"].format(amount=printed(off, off, found.to, lang)))
    if by is None and len(gone):
        notes.append(say["gone"].format(names=", ".join(names[one] for one in gone)))
    if len(found.unquantified):
        notes.append(say["unnamed"].format(names=", ".join(names[one] for one in found.unquantified["pledge_id"])))
    return notes


def _amount(row: Row, to: str, lang: Language) -> str:
    return format_amount(Amount(row.low, row.high, to, row.open_low, row.open_high), lang=lang)


def _draw(axes: Axes, drawn: pd.DataFrame, labels: list[str], texts: list[str]) -> None:
    places, rest = np.arange(len(drawn)), drawn.iloc[:, 0].eq(UNALLOCATED).to_numpy()
    draw_ranges(axes, places[~rest], drawn[~rest])
    draw_unallocated(axes, places[rest], drawn[rest])
    axes.set_yticks(places, labels)
    high, room = drawn["high"] / BILLION, INCHES * 72 - max(text_points(label, 9.5) for label in labels) - _GAP
    for place, text in enumerate(texts):
        axes.annotate(text, (high[place], place), xytext=(5, 0), textcoords="offset points", va="center", size=9)
    # the longest bar ends where its text still fits
    ends = [value / (1 - (text_points(text, 9) + _GAP) / room) for value, text in zip(high, texts, strict=True)]
    axes.set_xlim(0, max(ends))


def _note(axes: Axes, notes: list[str], rows: int) -> None:
    axes.set_ylim(rows - 0.3 + len(notes), -0.6)
    style: Style = {
        "transform": axes.get_yaxis_transform(),
        "ha": "right",
        "va": "center",
        "color": GREY,
        "size": 9,
    }
    for place, note in enumerate(notes, rows):
        axes.text(0.995, place, note, **style)
