"""The frame of the report's pages: templates, relative links, navigation, both languages, French spaces."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from summit_analysis import files
from summit_analysis.amounts import LANGUAGES, Language
from summit_analysis.words import words

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).with_name("templates")
STYLE = "style.css"
_TIGHT = ((re.compile(r" ([;!?])"), "\u202f\\1"), (re.compile(r" ([:»%])"), "\u00a0\\1"), (re.compile("« "), "«\u00a0"))
_CODE = re.compile("`([^`]+)`")


@dataclass(frozen=True)
class Site:
    """Writes the pages of one language into the folder of a report.

    Parameters
    ----------
    folder : pathlib.Path
        Of the report.
    lang : {"en", "fr"}
        Language of the pages.
    first : {"en", "fr"}
        Language of the pages at the top of the folder; the other one has a folder of its own.
    frame : mapping of str to str
        What stands on each page: ``version``, ``last_day``, ``last_rates``.
    """

    folder: Path
    lang: Language
    first: Language
    frame: Mapping[str, str]

    def path(self, page: str, *, lang: Language | None = None) -> str:
        """Return the path inside the report of a page, or of a file that each language has."""
        lang = lang or self.lang
        return page if lang == self.first else f"{lang}/{page}"

    def write(self, page: str, template: str, **content: object) -> None:
        """Write a page.

        Parameters
        ----------
        page : str
            Its path without the folder of the language, ``figures/ladder.html``.
        template : str
            Name of the template without its endings.
        content
            What the template shows.
        """
        (other,) = (lang for lang in LANGUAGES if lang != self.lang)
        here = self.path(page)
        rendered = (
            _environment(self.lang)
            .get_template(f"{template}.html.j2")
            .render(
                lang=self.lang,
                other=other,
                say=words("site", self.lang),
                page=page,
                root=linker(here),
                to=lambda target: linker(here)(self.path(target)),
                counterpart=linker(here)(self.path(page, lang=other)),
                **self.frame,
                **content,
            )
        )
        files.write_text(self.folder / here, rendered)


def linker(here: str) -> Callable[[str], str]:
    """Return a function that gives the relative address of a file of the report, seen from the page `here`.

    >>> linker("fr/figures/ladder.html")("style.css")
    '../../style.css'
    """
    return lambda target: quote(posixpath.relpath(target, posixpath.dirname(here) or "."))


def typeset(text: object) -> object:
    r"""Put unbreakable spaces where French typography wants them; markup stays as it is.

    >>> typeset("« oui » ; non")
    '«\xa0oui\xa0»\u202f; non'
    """
    if type(text) is str:
        for pattern, replacement in _TIGHT:
            text = pattern.sub(replacement, text)
    return text


def is_web(address: object) -> bool:
    """Whether an address is one of the web, and may be a link."""
    return isinstance(address, str) and address.startswith(("https://", "http://"))


@cache
def _environment(lang: Language) -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup, escape

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=typeset if lang == "fr" else None,
    )
    tight = typeset if lang == "fr" else str
    environment.filters["coded"] = lambda text: Markup(_CODE.sub(r"<code>\1</code>", str(escape(tight(text)))))
    environment.tests["web"] = is_web
    return environment
