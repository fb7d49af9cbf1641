"""Read the file of an article into plain text, and find the day on which it was published."""

from __future__ import annotations

import codecs
import datetime as dt
import json
import os
import re
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from summit_analysis.errors import ArticleError

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

FORMATS = {".txt": "text", ".text": "text", ".html": "html", ".htm": "html", ".md": "markdown", ".markdown": "markdown"}
"""What a file is read as, by the end of its name."""

STDIN = "-"
FALLBACK = "windows-1252"
"""What pages that call themselves Latin-1 are written in (WHATWG Encoding Standard)."""

_SILENT = ["head", "script", "style", "template", "noscript", "svg", "math", "iframe", "object", "select", "textarea"]
_BLOCKS = re.compile(
    "address|article|aside|blockquote|br|button|caption|center|d[dlt]|details|dialog|div|fieldset|figcaption|figure|"
    "footer|form|h[1-6]|header|hr|legend|li|main|nav|[ou]l|p|pre|section|summary|table|t(body|d|foot|h|head|r)|video"
)
_BREAK = "\u2029"
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_DAY = re.compile(r"\s*(\d{4}-\d{2}-\d{2})(?!\d)")
_DECLARED = re.compile(rb"""<meta[^>]{1,200}charset=["']?([\w-]{1,40})""", re.IGNORECASE)
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n.*?\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_IS_HTML = re.compile(r"\s*(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Article:
    """The plain text of an article.

    Attributes
    ----------
    text : str
        Without tags, scripts, styles, comments and attributes; paragraphs are set off by empty lines.
    published_on : datetime.date or None
        Day of publication that the page itself gives (HTML only), as printed, without change of time zone.
    published_by : str
        What gives it: ``article:published_time``, ``datePublished``, ``time``, or nothing.
    encoding : str
        How the bytes were read.
    """

    text: str
    published_on: dt.date | None
    published_by: str
    encoding: str


def read_article(path: str | os.PathLike[str]) -> Article:
    """Read an article from a file, or from standard input.

    Parameters
    ----------
    path : path
        A file that ends in .txt, .html or .md, or ``-`` for standard input (plain text, or HTML if it begins so).

    Returns
    -------
    Article

    Raises
    ------
    ArticleError
        If there is no such file, its name ends otherwise, or what it holds is not text.
    """
    if str(path) == STDIN:
        return parse_article(sys.stdin.buffer.read(), name="standard input")
    path = Path(path)
    if path.suffix.lower() not in FORMATS:
        raise ArticleError(f"{path}: {path.suffix or 'a name without ending'} is not accepted; {_accepted()}")
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ArticleError(f"{path} does not exist; {_accepted()}") from None
    except OSError as error:
        raise ArticleError(f"{path} cannot be read: {error.strerror}; {_accepted()}") from error
    return parse_article(content, name=str(path), kind=FORMATS[path.suffix.lower()])


def parse_article(content: bytes, *, name: str = "the article", kind: str | None = None) -> Article:
    r"""Turn the bytes of an article into plain text.

    Parameters
    ----------
    content : bytes
        UTF-8, with or without byte order mark, UTF-16 with one, or the encoding that an HTML page declares; else
        Windows-1252, the usual meaning of "Latin-1" on the web.
    name : str
        What an error calls it.
    kind : {"text", "html", "markdown"}, optional
        Default: HTML if it begins with a tag of an HTML page, else text.

    Returns
    -------
    Article

    Raises
    ------
    ArticleError
        If the bytes are not text.

    >>> parse_article(b"<p>They promised <b>50</b> billion&nbsp;euros.<script>x = 1</script>", kind="html").text
    'They promised 50 billion\xa0euros.'
    """
    text, encoding = _decoded(content, name)
    if kind is None:
        kind = "html" if _IS_HTML.match(text) else "text"
    if kind == "text":
        return Article(text, None, "", encoding)
    if kind == "markdown":
        text = _rendered(text)
    soup = _soup(text, name)
    day, by = _published(soup) if kind == "html" else (None, "")
    return Article(_visible(soup), day, by, encoding)


def _accepted() -> str:
    return f"give a file that ends in {', '.join(FORMATS)}, or {STDIN} for standard input"


def _decoded(content: bytes, name: str) -> tuple[str, str]:
    text, encoding = _first_that_fits(content)
    # what had to fall back and still holds control characters was no text in the first place
    if text.count("\0") > len(text) // 100 or (not encoding.startswith("utf-") and _CONTROL.search(text)):
        raise ArticleError(f"{name} holds bytes that are no text (a picture, a PDF?); save the article as UTF-8 text")
    return text.replace("\r\n", "\n").replace("\r", "\n"), encoding


def _first_that_fits(content: bytes) -> tuple[str, str]:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace"), "utf-16"
    declared = _DECLARED.search(content[:2048])
    for encoding in ("utf-8-sig", declared[1].decode("ascii") if declared else FALLBACK, FALLBACK):
        try:
            return content.decode(encoding), encoding.removesuffix("-sig")
        except (LookupError, UnicodeDecodeError):
            continue
    return content.decode("latin-1"), "latin-1"


def _rendered(text: str) -> str:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(_FRONT_MATTER.sub("", text))


def _soup(text: str, name: str) -> BeautifulSoup:
    from bs4 import BeautifulSoup
    from bs4.exceptions import ParserRejectedMarkup

    try:
        return BeautifulSoup(text, "html.parser")
    except (ParserRejectedMarkup, RecursionError) as error:
        raise ArticleError(f"{name} is not HTML that can be read ({error}); save its text as .txt") from error


def _visible(soup: BeautifulSoup) -> str:
    """Return what a reader sees: blank runs are one blank as in a browser, each block is a paragraph."""
    for element in soup.find_all(_SILENT):
        element.decompose()
    for element in soup.find_all(lambda tag: bool(_BLOCKS.fullmatch(tag.name))):
        element.insert_before(_BREAK)
        element.insert_after(_BREAK)
    text = re.sub(r"[ \t\n\f]+", " ", soup.get_text())
    return re.sub(rf" ?{_BREAK}[{_BREAK} ]*", "\n\n", text).strip()


def _published(soup: BeautifulSoup) -> tuple[dt.date | None, str]:
    for by, texts in (
        ("article:published_time", _metas(soup)),
        ("datePublished", _linked(soup)),
        ("time", (str(element["datetime"]) for element in soup.find_all("time", datetime=True))),
    ):
        for text in texts:
            if day := _day(text):
                return day, by
    return None, ""


def _metas(soup: BeautifulSoup) -> Iterator[str]:
    for key in ("property", "name"):
        for element in soup.find_all("meta", attrs={key: "article:published_time"}):
            yield str(element.get("content", ""))


def _linked(soup: BeautifulSoup) -> Iterator[str]:
    for element in soup.find_all("script", type="application/ld+json"):
        try:
            waiting = deque([json.loads(element.get_text())])
        except (ValueError, RecursionError):
            continue
        while waiting:
            found = waiting.popleft()
            if isinstance(found, dict):
                if isinstance(found.get("datePublished"), str):
                    yield found["datePublished"]
                waiting += found.values()
            elif isinstance(found, list):
                waiting += found


def _day(text: str) -> dt.date | None:
    found = _DAY.match(text)
    try:
        return dt.date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None
