"""Print frames as people read them: compact money, days without hours, sources as links."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape

import pandas as pd
from pandas.io.formats.style import Styler

from summit_analysis.amounts import Language, format_figure
from summit_analysis.columns import Column, heading, readable
from summit_analysis.words import words

_LOOK = [
    {"selector": "", "props": "border-collapse: collapse; font-variant-numeric: tabular-nums"},
    {"selector": "caption", "props": "caption-side: top; text-align: left; font-weight: bold; padding: 0.3em 0.5em"},
    {"selector": "th", "props": "vertical-align: bottom; padding: 0.3em 0.5em"},
    {"selector": "td", "props": "vertical-align: top; padding: 0.3em 0.5em"},
]
_PROPS = {
    "number": "text-align: right; white-space: nowrap",
    "day": "text-align: left; white-space: nowrap",
    "source": "text-align: left",
    "text": "text-align: left",
    "long": "text-align: left; min-width: 16em; max-width: 36em",
}
_SCALES = {"en": ((1e12, "tn"), (1e9, "bn"), (1e6, "m")), "fr": ((1e9, "Md"), (1e6, "M"))}


@dataclass(frozen=True, eq=False, repr=False)
class Table:
    """A frame put into words: as a page shows it, and as text, which a notebook test compares.

    Parameters
    ----------
    style : pandas.io.formats.style.Styler
        For who wants to style it further.
    columns : list of Column
    caption : str
    headings : list of str
        One per column.
    """

    style: Styler
    columns: list[Column]
    caption: str
    headings: list[str]

    def text(self) -> str:
        """Return the table with aligned columns, one line per row."""
        lists = [[head, *column.texts] for head, column in zip(self.headings, self.columns, strict=True)]
        widths = [max(map(len, cells)) for cells in lists]
        lines = [
            "  ".join(
                cell.rjust(width) if column.kind == "number" else cell.ljust(width)
                for cell, width, column in zip(row, widths, self.columns, strict=True)
            ).rstrip()
            for row in zip(*lists, strict=True)
        ]
        return "\n".join(filter(None, [self.caption, *lines]))

    def to_html(self) -> str:
        """Return the table as HTML, its id and that of its style the same in every run."""
        # a screen reader says the heading of a cell only if the heading says what it heads
        html: str = self.style.to_html()
        return plain_dollars(html.replace('<th class="col_heading', '<th scope="col" class="col_heading'))

    __repr__ = text
    _repr_html_ = to_html


def show(
    frame: pd.DataFrame,
    name: str,
    *,
    lang: Language = "en",
    currency: str = "",
    names: Mapping[str, str] | pd.Series | None = None,
    sources: pd.DataFrame | None = None,
    headings: Mapping[str, str] | None = None,
    caption: str = "",
) -> Table:
    """Print a frame as people read it, in a notebook or on a page.

    Parameters
    ----------
    frame : pandas.DataFrame
        Float columns whose names begin with ``amount``, ``low``, ``high`` and the like hold whole currency units. The
        columns of a low and a high figure become one ("€30–50bn"), which also says what ``open_low``, ``open_high``,
        ``qualifier`` and ``scale`` of the row mean ("at least €5bn", "several billion €").
    name : str
        Id of the table in the page, the same in every run.
    lang : {"en", "fr"}
    currency : str
        ISO 4217 code of amounts that neither end in a code (``high_EUR``) nor have one in the column ``currency``.
    names : mapping or pandas.Series of str, optional
        Short names of pledges by id, as `Ledger.names` gives them; default: the ids.
    sources : pandas.DataFrame, optional
        The table ``sources``; turns the column ``source_id`` into links.
    headings : mapping of str to str, optional
        What to write above a column instead of its name in words; ``amount`` for ``low`` with ``high``, ``parts`` for
        ``parts_low`` with ``parts_high``.
    caption : str
        Printed above the table.

    Returns
    -------
    Table

    >>> show(pd.DataFrame({"low": [30e9], "high": [50e9], "currency": ["USD"]}), "one")
    amount
    $30–50bn
    """
    columns = readable(frame, lang=lang, currency=currency, names=names)
    heads = [(headings or {}).get(column.key) or heading(column.key, lang) for column in columns]
    link = escape if sources is None else _links(sources)
    cells = {
        place: [link(text) if column.kind == "source" else escape(text) for text in column.texts]
        for place, column in enumerate(columns)
    }
    style = Styler(pd.DataFrame(cells), uuid=name, cell_ids=False, caption=escape(caption) or None)
    style = style.hide(axis="index").set_table_attributes('class="summit-table"').set_table_styles(_LOOK)
    style = style.set_table_styles(
        {place: [{"selector": "", "props": _PROPS[column.kind]}] for place, column in enumerate(columns)},
        overwrite=False,
    )
    return Table(style.format_index(lambda place: escape(heads[place]), axis=1), columns, caption, heads)


def plain_dollars(html: str) -> str:
    """Keep notebooks from setting what stands between two dollar signs as a formula.

    Wherever a run of text has more than one, each is put into an element of its own, which no typesetter looks beyond.

    >>> plain_dollars("<b>$30bn to $50bn</b>")
    '<b><span>$</span>30bn to <span>$</span>50bn</b>'
    """
    return re.sub(
        r">[^<>]+<", lambda run: run[0].replace("$", "<span>$</span>") if run[0].count("$") > 1 else run[0], html
    )


def compact(value: float, *, lang: Language = "en") -> str:
    """Write a number of currency units with its scale word (109bn, 387.4m).

    >>> compact(109e9)
    '109bn'
    """
    if math.isnan(value):
        return ""
    for scale, word in _SCALES[lang]:
        if abs(value) >= 0.99995 * scale:
            return format_figure(value / scale, lang=lang) + ("\xa0" if lang == "fr" else "") + word
    return format_figure(value, lang=lang)


def long_day(day: object, *, lang: Language = "en", data_end: object = None) -> str:
    """Write a day in words; one after the end of the data says where they end.

    >>> long_day("2026-10-01", lang="fr")
    '1er octobre 2026'
    >>> long_day("2052-02-11", data_end="2026-10-01")
    '11 February 2052 (the data end on 1 October 2026)'
    """
    from babel.dates import format_date

    moment = pd.Timestamp(day)
    text = format_date(moment, "d MMMM y", locale=lang)
    text = text.replace("1", "1er", 1) if lang == "fr" and moment.day == 1 else text
    if data_end is None or moment <= pd.Timestamp(data_end):
        return text
    return words("shared", lang)["after_data"].format(day=text, end=long_day(data_end, lang=lang))


def alphabetical(names: pd.Series) -> pd.Series:
    """Return the keys by which a reader of English or French looks names up, for ``sort_values(key=alphabetical)``.

    Case and accents do not count, ligatures count as two letters; among names equal so far, the plain letter comes
    first. That is what both languages' dictionaries do, so no collation library is needed.

    >>> sorted(["Zimbabwe", "États-Unis", "Estonie"], key=lambda name: alphabetical(pd.Series([name]))[0])
    ['Estonie', 'États-Unis', 'Zimbabwe']
    """
    apart = names.astype("str").str.casefold().str.replace("œ", "oe").str.replace("æ", "ae").str.normalize("NFKD")
    return apart.str.replace(r"[\u0300-\u036f]", "", regex=True) + "\0" + names


def _links(sources: pd.DataFrame) -> Callable[[str], str]:
    address = sources.set_index("source_id")["url"]

    def link(source_id: str) -> str:
        url = address.get(source_id)
        if not isinstance(url, str) or not url.startswith(("https://", "http://")):
            return escape(source_id)
        return f'<a href="{escape(url)}">{escape(source_id)}</a>'

    return link
