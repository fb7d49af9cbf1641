"""Print frames as people read them: a low and a high figure as one amount, days without hours, sources as links."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape
from typing import Literal

import pandas as pd
from babel.numbers import format_decimal, get_currency_name

from summit_analysis.base.errors import FrameError
from summit_analysis.base.text import Language, link, words
from summit_analysis.ledger.sources import bylines
from summit_analysis.money import Amount, format_amount

Kind = Literal["number", "day", "source", "text", "long"]

NAMED = (
    "pledge_id",
    "pledge_a",
    "pledge_b",
    "parent_id",
    "counted_in",
    "within",
    "unquantified",
    "new_counted",
    "now_inside",
)
"""Columns that hold ids of pledges, several of them joined by semicolons."""
_CODED = ("reason", "finding", "rung", "kind")
"""Columns whose words no reader would understand."""

_MONEY = re.compile(r"(?:amount|documented|low|high|known|naive|begins|figure|parts|unallocated|standing)(?:_|$)")
_CODE = re.compile(r"_([A-Z]{3})$")
_LOW = re.compile(r"(?<![a-z])low(?![a-z])")
_END = re.compile(r"(?:^|_)(?:low|high)(?=_|$)")
_DAY = re.compile(r"\d{4}-\d\d(-\d\d)?")
_OWN = ("printed", "amount", "")
"""What amounts are about whose flags and scale stand in the row; the first of them is in the row's currency."""
_FLAGS = {"open_low": "up-to", "open_high": "at-least"}
"""Columns that mark an open end, and the qualifier that says the same."""


@dataclass(frozen=True)
class Column:
    """A column as a reader sees it; the key of two figures put together is the name they share."""

    key: str
    texts: list[str]
    kind: Kind


def readable(
    frame: pd.DataFrame,
    *,
    lang: Language = "en",
    currency: str = "",
    names: Mapping[str, str] | pd.Series | None = None,
) -> list[Column]:
    """Put a frame into words.

    Parameters
    ----------
    frame : pandas.DataFrame
        See `display.show`.
    lang : {"en", "fr"}
    currency : str
        ISO 4217 code of the amounts whose column and row name none.
    names : mapping or pandas.Series of str, optional
        Short names, by id, for the columns `NAMED`.

    Returns
    -------
    list of Column
        In the order of the frame; what an amount says (its currency, "at least", "several") has no column of its own.

    >>> frame = pd.DataFrame({"low": [30e9], "high": [50e9], "currency": ["USD"]})
    >>> readable(frame)
    [Column(key='amount', texts=['$30–50bn'], kind='number')]
    """
    if not isinstance(frame, pd.DataFrame):
        raise FrameError(f"{frame!r:.60} is not a data frame: hand in one, such as ledger.claims")
    figures = [
        name for name, values in frame.items() if _MONEY.match(str(name)) and pd.api.types.is_float_dtype(values)
    ]
    highs = {low: high for low in figures if low != (high := _LOW.sub("high", low)) in figures}
    about = {name: _END.sub("", _CODE.sub("", name)).strip("_") for name in figures if name not in highs.values()}
    # beside the amount of a claim, a bare low and high are converted: the currency of the row is not theirs
    bare = {what for name, what in about.items() if not _CODE.search(name)}
    in_currency = next((what for what in _OWN if what in bare), None)
    said = {*highs.values()} | ({"currency"} if in_currency is not None else set())
    said |= {*_FLAGS, "scale"} if {*_OWN} & {*about.values()} else set()
    columns = []
    for name, values in frame.items():
        if name in about:
            code = _CODE.findall(name)
            codes = [*code, currency][:1] * len(frame)
            if "currency" in frame and not code and about[name] == in_currency:
                codes = frame["currency"].fillna("").tolist()
            key = "_".join([about[name] or "amount", *code]) if name in highs else name
            texts = _amounts(frame, name, highs.get(name, name), about[name] in _OWN, codes, lang)
            columns.append(Column(key, texts, "number"))
        elif name not in said:
            columns.append(_column(str(name), values, lang, names if name in NAMED else None))
    return columns


def _amounts(frame: pd.DataFrame, low: str, high: str, own: bool, codes: list[str], lang: Language) -> list[str]:
    """Write the figures of two columns as amounts; if the flags and scale of the row are their own, these count too."""
    texts, flagged = [], not frame.columns.intersection([*_FLAGS]).empty
    for row, code in zip(frame.to_dict("records"), codes, strict=True):
        figures = [figure for figure in (row[low], row[high]) if not pd.isna(figure)] or [math.nan]
        flags = {
            flag: row.get(flag) is True if flagged else row.get("qualifier") == word for flag, word in _FLAGS.items()
        }
        told = {**flags, "scale": row.get("scale", math.nan)} if own else {}
        amount = Amount(figures[0], figures[-1], code, **told)
        texts.append(format_amount(amount, lang=lang) if amount.quantified or not pd.isna(amount.scale) else "")
    return texts


def heading(key: str, lang: Language = "en") -> str:
    """Write the name of a column in words.

    >>> heading("counted_in"), heading("amount_USD"), heading("pledge_id", "fr")
    ('counted in', 'in US dollars', 'promesse')
    """
    say = words("headings", lang)
    if key in say:
        return say[key]
    if code := _CODE.search(key):
        base, inside = _CODE.sub("", key), say["in"].format(currency=get_currency_name(code[1], count=2, locale=lang))
        return inside if base in ("amount", "low", "high") else f"{heading(base, lang)}, {inside}"
    return key.replace("_", " ") if re.fullmatch("[a-z0-9_]+", key) else key


def _column(name: str, values: pd.Series, lang: Language, names: Mapping[str, str] | pd.Series | None) -> Column:
    shown = values.dt.strftime("%Y-%m-%d") if pd.api.types.is_datetime64_any_dtype(values) else values
    # a list in a cell has no single answer
    texts = ["" if pd.isna(value) is True else _text(value, lang) for value in shown]
    if names is not None:
        texts = [", ".join(names.get(one, one) for one in text.split(";")) for text in texts]
    if name in _CODED:
        said = words("reasons", lang)
        # what is no word of ours, such as an editor's reason, stays as it is
        texts = ["; ".join(said.get(one, one) for one in re.split(";(?! )", text)) for text in texts]
    # a longer text needs room to wrap
    kind: Kind = "long" if max(map(len, texts), default=0) > 40 else "text"
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        kind = "number"
    elif re.search("(?:^|_)source_ids?$", name):
        kind = "source"
    elif all(_DAY.fullmatch(text) for text in texts if text):
        kind = "day"
    return Column(name, texts, kind)


def _text(value: object, lang: Language) -> str:
    if pd.api.types.is_bool(value):
        return words("headings", lang)["yes" if value else "no"]
    if not isinstance(value, float) or not math.isfinite(value):
        return str(value)
    # seven figures of a number that is not money: every rate of the ECB as it is published
    return format_decimal(value, format="@######", locale=lang) if value else "0"


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

    style: pd.io.formats.style.Styler
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
        return plain_dollars(
            self.style.to_html().replace('<th class="col_heading', '<th scope="col" class="col_heading')
        )

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
        The table ``sources``; turns the ids of a column ``source_id`` into links that say publisher and day.
    headings : mapping of str to str, optional
        What to write above a column instead of its name in words; ``amount`` for ``low`` with ``high``, ``parts`` for
        ``parts_low`` with ``parts_high``.
    caption : str
        Printed above the table.

    Returns
    -------
    Table

    Raises
    ------
    FrameError
        If `frame` is no data frame.
    ChoiceError
        If the language is not one of the two.

    >>> show(pd.DataFrame({"low": [30e9], "high": [50e9], "currency": ["USD"]}), "one")
    amount
    $30–50bn
    """
    # its templates take a fifth of what pandas takes to import
    from pandas.io.formats.style import Styler

    columns = readable(frame, lang=lang, currency=currency, names=names)
    heads = [(headings or {}).get(column.key) or heading(column.key, lang) for column in columns]
    cells = {place: [escape(text) for text in column.texts] for place, column in enumerate(columns)}
    if sources is not None:
        urls, called = sources.set_index("source_id")["url"], bylines(sources, lang=lang)
        for place in (place for place, column in enumerate(columns) if column.kind == "source"):
            ids = [text.split(";") for text in columns[place].texts]
            texts = ["; ".join(called.get(one, one) for one in each) for each in ids]
            columns[place] = replace(columns[place], texts=texts)
            cells[place] = ["; ".join(link(called.get(one, one), urls.get(one)) for one in each) for each in ids]
    looks = {place: [{"selector": "", "props": _PROPS[column.kind]}] for place, column in enumerate(columns)}
    style = (
        Styler(pd.DataFrame(cells), uuid=name, cell_ids=False, caption=escape(caption) or None)
        .hide(axis="index")
        .set_table_attributes('class="summit-table"')
        .set_table_styles(_LOOK)
        .set_table_styles(looks, overwrite=False)
        .format_index(lambda place: escape(heads[place]), axis=1)
    )
    return Table(style, columns, caption, heads)


def plain_dollars(html: str) -> str:
    """Keep notebooks from setting what stands between two dollar signs as a formula.

    Wherever a run of text has more than one, each is put into an element of its own, which no typesetter looks beyond.

    >>> plain_dollars("<b>$30bn to $50bn</b>")
    '<b><span>$</span>30bn to <span>$</span>50bn</b>'
    """
    return re.sub(
        r">[^<>]+<", lambda run: run[0].replace("$", "<span>$</span>") if run[0].count("$") > 1 else run[0], html
    )
