"""Print frames as people read them: a low and a high figure as one amount, days without hours, sources as links."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Literal

import numpy as np
import pandas as pd
from pandas.io.formats.style import Styler

from summit_analysis.base.text import Language, format_figure, words
from summit_analysis.money import Amount, format_amount

Kind = Literal["number", "day", "source", "text", "long"]

NAMED = (
    *("pledge_id", "pledge_a", "pledge_b", "parent_id", "counted_in", "within"),
    *("unquantified", "new_counted", "now_inside"),
)
"""Columns that hold ids of pledges, several of them joined by semicolons."""

_MONEY = re.compile(r"^(amount|low|high|naive|begins|figure|parts|unallocated)(_|$)")
_CODE = re.compile(r"_([A-Z]{3})$")
_DAY = re.compile(r"\d{4}-\d\d(-\d\d)?")
_ENDS = ("low", "high")
_FLAGS = ("open_low", "open_high")
_OWN = ("printed", "amount", "")
"""What amounts are about whose flags and scale stand in the row; the first of them is in the row's currency."""
_LONG = 40
"""Characters; a longer text needs room to wrap."""


@dataclass(frozen=True)
class Column:
    """A column as a reader sees it; the key of two figures put together is the name they share."""

    key: str
    texts: list[str]
    kind: Kind


@dataclass(frozen=True)
class _Money:
    """An amount of a frame: the columns of its two figures, the same one twice where there is only one."""

    key: str
    low: str
    high: str

    @property
    def code(self) -> str | None:
        """Currency in the name of the column."""
        found = _CODE.search(self.low)
        return found[1] if found else None

    @property
    def base(self) -> str:
        """What the figures are about: empty for a bare low and high."""
        tokens = _CODE.sub("", self.low).split("_")
        return "_".join(token for token in tokens if token not in _ENDS)


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
    amounts = _amounts(frame)
    said = _said(frame, amounts)
    columns = []
    for name, values in frame.items():
        if name in amounts:
            money = amounts[name]
            codes = [money.code or currency] * len(frame)
            if "currency" in frame and _in_row_currency(money, amounts):
                codes = frame["currency"].fillna("")
            columns.append(Column(money.key, _money_texts(frame, money, codes, lang), "number"))
        elif name not in said:
            columns.append(_column(str(name), values, lang, names if name in NAMED else None))
    return columns


def heading(key: str, lang: Language = "en") -> str:
    """Write the name of a column in words.

    >>> heading("counted_in"), heading("amount_USD"), heading("pledge_id", "fr")
    ('counted in', 'in US dollars', 'promesse')
    """
    from babel.numbers import get_currency_name

    say = words("headings", lang)
    if key in say:
        return say[key]
    if code := _CODE.search(key):
        base, inside = _CODE.sub("", key), say["in"].format(currency=get_currency_name(code[1], count=2, locale=lang))
        return inside if base in ("amount", "low", "high") else f"{heading(base, lang)}, {inside}"
    return key.replace("_", " ") if re.fullmatch("[a-z0-9_]+", key) else key


def _amounts(frame: pd.DataFrame) -> dict[str, _Money]:
    """The amounts of a frame, by the column where each stands."""
    figures = [
        name for name, values in frame.items() if _MONEY.match(str(name)) and pd.api.types.is_float_dtype(values)
    ]
    found = {}
    for name in figures:
        tokens = name.split("_")
        low, high = ("_".join(end if token in _ENDS else token for token in tokens) for end in _ENDS)
        if not {low, high} <= set(figures):
            low = high = name
        if name == low:
            key = name if low == high else "_".join(token for token in tokens if token not in _ENDS)
            found[name] = _Money(f"amount_{key}".strip("_") if key.isupper() or not key else key, low, high)
    return found


def _said(frame: pd.DataFrame, amounts: dict[str, _Money]) -> set[str]:
    """The columns that amounts put into words."""
    said = {money.high for money in amounts.values()} - amounts.keys()
    if any(money.base in _OWN for money in amounts.values()):
        said |= {*_FLAGS, "scale"}
    if any(_in_row_currency(money, amounts) for money in amounts.values()):
        said |= {"currency"}
    return said


def _in_row_currency(money: _Money, amounts: dict[str, _Money]) -> bool:
    """Whether the column ``currency`` is about it; beside the amount of a claim, a bare low and high are converted."""
    bases = {other.base for other in amounts.values() if other.code is None}
    return money.code is None and money.base == next((base for base in _OWN if base in bases), None)


def _money_texts(frame: pd.DataFrame, money: _Money, codes: Iterable[str], lang: Language) -> list[str]:
    own, nothing = money.base in _OWN, [math.nan] * len(frame)
    flags = [_flags(row) if own else (False, False) for row in frame.to_dict("records")]
    scales = frame["scale"] if own and "scale" in frame else nothing
    texts = []
    for low, high, code, ends, scale in zip(frame[money.low], frame[money.high], codes, flags, scales, strict=True):
        figures = [figure for figure in (low, high) if not pd.isna(figure)]
        if figures or not pd.isna(scale):
            first, last = (figures[0], figures[-1]) if figures else (math.nan, math.nan)
            texts.append(format_amount(Amount(first, last, code, *ends, scale), lang=lang))
        else:
            texts.append("")
    return texts


def _flags(row: Mapping[str, object]) -> tuple[bool, bool]:
    """Whether the true amount may be lower, or higher, than the figures of a row."""
    if "open_low" in row or "open_high" in row:
        return row.get("open_low") is True, row.get("open_high") is True
    return row.get("qualifier") == "up-to", row.get("qualifier") == "at-least"


def _column(name: str, values: pd.Series, lang: Language, names: Mapping[str, str] | pd.Series | None) -> Column:
    if pd.api.types.is_datetime64_any_dtype(values):
        return Column(name, values.dt.strftime("%Y-%m-%d").fillna("").tolist(), "day")
    texts = ["" if pd.isna(value) else _text(value, lang) for value in values]
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return Column(name, texts, "number")
    if names is not None:
        texts = [", ".join(names.get(one, one) for one in text.split(";")) for text in texts]
    if name == "source_id" or name.endswith("_source_id"):
        return Column(name, texts, "source")
    if all(_DAY.fullmatch(text) for text in texts if text):
        return Column(name, texts, "day")
    return Column(name, texts, "long" if max(map(len, texts), default=0) > _LONG else "text")


def _text(value: object, lang: Language) -> str:
    from babel.numbers import format_decimal

    if isinstance(value, bool | np.bool_):
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


def _links(sources: pd.DataFrame) -> Callable[[str], str]:
    address = sources.set_index("source_id")["url"]

    def link(source_id: str) -> str:
        url = address.get(source_id)
        if not isinstance(url, str) or not url.startswith(("https://", "http://")):
            return escape(source_id)
        return f'<a href="{escape(url)}">{escape(source_id)}</a>'

    return link
