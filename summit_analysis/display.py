"""Print frames as people read them: compact money, days without hours, sources as links."""

from __future__ import annotations

import math
import re
from html import escape

import pandas as pd
from pandas.io.formats.style import Styler

from summit_analysis.amounts import Language, format_figure

_MONEY = re.compile(r"^(amount|low|high|naive|begins|figure|parts|unallocated)(_|$)")
_LEFT_HEADINGS = [{"selector": "th", "props": [("text-align", "left")]}]
_SCALES = {"en": ((1e12, "tn"), (1e9, "bn"), (1e6, "m")), "fr": ((1e9, "Md"), (1e6, "M"))}


def show(frame: pd.DataFrame, name: str, *, lang: Language = "en", sources: pd.DataFrame | None = None) -> Styler:
    """Style a frame for a notebook or a page.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns whose names begin with ``amount``, ``low``, ``high`` and the like hold whole currency units.
    name : str
        Id of the table in the page, the same in every run.
    lang : {"en", "fr"}
    sources : pandas.DataFrame, optional
        The table ``sources``; turns the column ``source_id`` into links.

    Returns
    -------
    pandas.io.formats.style.Styler
    """
    formats = {}
    for column, values in frame.items():
        if pd.api.types.is_datetime64_any_dtype(values):
            formats[column] = _day
        elif pd.api.types.is_bool_dtype(values):
            formats[column] = _yes
        elif pd.api.types.is_float_dtype(values):
            formats[column] = _money(lang) if _MONEY.match(str(column)) else "{:.6g}".format
        elif column == "source_id" and sources is not None:
            formats[column] = _links(sources)
    escaped = [column for column in frame.columns if column not in formats]
    style = frame.style.hide(axis="index").set_uuid(name)
    texts = [*escaped, *(column for column in frame.columns if column == "source_id")]
    style = style.set_properties(subset=texts, **{"text-align": "left"}).set_table_styles(_LEFT_HEADINGS)
    return style.format(formats, na_rep="").format(lambda cell: escape(str(cell)), subset=escaped, na_rep="")


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


def long_day(day: object, *, lang: Language = "en") -> str:
    """Write a day in words.

    >>> long_day("2026-10-01", lang="fr")
    '1er octobre 2026'
    """
    from babel.dates import format_date

    day = pd.Timestamp(day)
    text = format_date(day, "d MMMM y", locale=lang)
    return text.replace("1", "1er", 1) if lang == "fr" and day.day == 1 else text


def alphabetical(names: pd.Series) -> pd.Series:
    """Return the keys by which a reader of English or French looks names up, for ``sort_values(key=alphabetical)``.

    Case and accents do not count, ligatures count as two letters; among names equal so far, the plain letter comes
    first. That is what both languages' dictionaries do, so no collation library is needed.

    >>> sorted(["Zimbabwe", "États-Unis", "Estonie"], key=lambda name: alphabetical(pd.Series([name]))[0])
    ['Estonie', 'États-Unis', 'Zimbabwe']
    """
    apart = names.astype("str").str.casefold().str.replace("œ", "oe").str.replace("æ", "ae").str.normalize("NFKD")
    return apart.str.replace(r"[\u0300-\u036f]", "", regex=True) + "\0" + names


def _money(lang: Language):
    return lambda value: compact(value, lang=lang)


def _day(value: pd.Timestamp) -> str:
    return value.strftime("%Y-%m-%d")


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _links(sources: pd.DataFrame):
    address = sources.set_index("source_id")["url"]

    def link(source_id: str) -> str:
        url = address.get(source_id)
        if not isinstance(url, str) or not url.startswith(("https://", "http://")):
            return escape(source_id)
        return f'<a href="{escape(url)}">{escape(source_id)}</a>'

    return link
