"""Every text of the figures and of the report, in English and French, from `words.toml` and `pages.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from summit_analysis.amounts import Language, known_language

_FILES = ("words.toml", "pages.toml")


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
    'A un site'
    """
    lang, texts = known_language(lang), _texts()
    return {key: text[lang] for key, text in {**texts["shared"], **texts[section]}.items()}


@cache
def _texts() -> dict[str, dict[str, dict[str, str]]]:
    found: dict[str, dict[str, dict[str, str]]] = {}
    for name in _FILES:
        found |= tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))
    return found
