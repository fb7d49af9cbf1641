"""Both languages: the texts of figures and pages, days in words, names in a reader's order."""

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Literal, TypeAlias

import pandas as pd
from babel import dates, lists, numbers

from summit_analysis.base.errors import ChoiceError

Language = Literal["en", "fr"]


LANGUAGES: tuple[Language, ...] = ("en", "fr")
_TIGHT = (
    (re.compile("[ \u00a0]([;!?%])"), "\u202f\\1"),
    (re.compile("[ \u202f]([:»])"), "\u00a0\\1"),
    (re.compile("«[ \u202f]"), "«\u00a0"),
)
"""Which space French typography wants where."""


def known_language(name: str) -> Language:
    """Return the language of this name, or raise `ChoiceError`."""
    if name not in LANGUAGES:
        raise ChoiceError("lang", name, LANGUAGES)
    return name


def format_figure(value: float, *, lang: Language = "en", digits: int = 1) -> str:
    """Write a bare number with the separators of `lang` and at most `digits` decimals.

    >>> format_figure(1234.56)
    '1,234.6'
    """
    known_language(lang)
    return numbers.format_decimal(value, format="#,##0" + ("." + "#" * digits if digits else ""), locale=lang)


def in_words(count: int, lang: Language = "en") -> str:
    """Write a count as a title does: up to ten in words.

    >>> in_words(8), in_words(14), in_words(8, "fr")
    ('eight', '14', 'huit')
    """
    return words("numbers", lang).get(f"{count}", format_figure(count, lang=lang))


def listed(names: Iterable[str], lang: Language) -> str:
    """Write a list.

    >>> listed(["Thales", "Orange", "Mistral"], "en"), listed([], "fr")
    ('Thales, Orange, and Mistral', '')
    """
    return lists.format_list(list(names), locale=lang)


def long_day(day: object, *, lang: Language = "en", data_end: object = None) -> str:
    """Write a day, or a month or year alone, in words; one after the end of the data says where they end.

    >>> long_day("2026-10-01", lang="fr"), long_day("2026-10"), long_day(None)
    ('1ᵉʳ octobre 2026', 'October 2026', 'undated')
    >>> long_day("2052-02-11", data_end="2026-10-01")
    '11 February 2052 (the data end on 1 October 2026)'
    """
    if pd.isna(day):
        return words("shared", lang)["undated"]
    moment, pattern = pd.Timestamp(day).tz_localize(None), {4: "y", 7: "MMMM y"}.get(len(str(day)), "d MMMM y")
    text = dates.format_date(moment, pattern, locale=lang)
    text = text.replace("1", "1ᵉʳ", 1) if lang == "fr" and moment.day == 1 and pattern[0] == "d" else text
    if data_end is None or moment <= pd.Timestamp(data_end):
        return text
    return words("shared", lang)["after_data"].format(day=text, end=long_day(data_end, lang=lang))


def capital(text: str) -> str:
    """Let a text begin with a capital.

    >>> capital("six are Six")
    'Six are Six'
    """
    return text[:1].upper() + text[1:]


def alphabetical(names: pd.Series) -> pd.Series:
    """Return the keys by which a reader of English or French looks names up, for ``sort_values(key=alphabetical)``.

    Case and accents do not count, ligatures count as two letters; among names equal so far, the plain letter comes
    first. That is what both languages' dictionaries do, so no collation library is needed.

    >>> sorted(["Zimbabwe", "États-Unis", "Estonie"], key=lambda name: alphabetical(pd.Series([name]))[0])
    ['Estonie', 'États-Unis', 'Zimbabwe']
    """
    apart = names.astype("str").str.casefold().str.replace("œ", "oe").str.replace("æ", "ae").str.normalize("NFKD")
    return apart.str.replace(r"[\u0300-\u036f]", "", regex=True) + "\0" + names


def is_web(address: object) -> bool:
    """Whether an address is one of the web, and may be a link."""
    return isinstance(address, str) and address.startswith(("https://", "http://"))


def link(text: str, address: object) -> str:
    """Write a text as HTML, as a link where the address is one of the web.

    >>> link("R&D", "https://example.org"), link("R&D", "javascript:alert()")
    ('<a href="https://example.org">R&amp;D</a>', 'R&amp;D')
    """
    return f'<a href="{escape(str(address))}">{escape(text)}</a>' if is_web(address) else escape(text)


def typeset(text: object) -> object:
    r"""Put unbreakable spaces where French typography wants them; what is no plain text, such as markup, stays.

    >>> typeset("« oui » ; non")
    '«\xa0oui\xa0»\u202f; non'
    """
    if type(text) is str:
        for pattern, replacement in _TIGHT:
            text = pattern.sub(replacement, text)
    return text


def words(section: str, lang: Language) -> dict[str, str]:
    """Return the texts of one figure or page.

    Parameters
    ----------
    section : str
        Name of a table in one of the two files.
    lang : {"en", "fr"}

    Raises
    ------
    ChoiceError
        If the language is not one of the two.

    >>> words("ladder", "fr")["site"]
    'Site choisi'
    """
    lang, texts = known_language(lang), _texts()
    return {key: text[lang] for key, text in {**texts["shared"], **texts[section]}.items()}


@cache
def _texts() -> dict[str, dict[str, dict[str, str]]]:
    return {
        section: {key: {**text, "fr": str(typeset(text["fr"]))} for key, text in table.items()}
        for name in ("words.toml", "pages.toml")
        for section, table in tomllib.loads(Path(__file__).parents[1].joinpath(name).read_text("utf-8")).items()
    }


def records(frame: pd.DataFrame, missing: object = None) -> list[dict[Any, Any]]:
    """Return the rows of a frame as plain values, with the same in place of whatever is missing."""
    return list(frame.astype(object).where(frame.notna(), missing).to_dict("records"))


Row: TypeAlias = Any
"""One row of `pandas.DataFrame.itertuples`: pandas makes the class as it runs, so no checker can know its columns."""
