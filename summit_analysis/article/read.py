"""The file of an article as plain text, and the day on which it was published."""

from __future__ import annotations

import codecs
import datetime as dt
import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from bs4.dammit import EncodingDetector

from summit_analysis.base.errors import FileError

FORMATS = {".txt": "text", ".text": "text", ".html": "html", ".htm": "html", ".md": "markdown", ".markdown": "markdown"}
"""What a file is read as, by the end of its name."""
FALLBACK = "windows-1252"
"""What pages that call themselves Latin-1 are written in (WHATWG Encoding Standard)."""
NULS = 8
"""So many NUL characters a short text may hold and still be text."""

_ACCEPTED = f"give a file that ends in {', '.join(FORMATS)}, or - for standard input"
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n.*?\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_IS_HTML = re.compile(r"\s*(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)

_SILENT = ("title", "script", "style", "template", "noscript", "svg", "math", "iframe", "object", "select", "textarea")
_BLOCKS = re.compile(
    "address|article|aside|blockquote|br|button|caption|center|d[dlt]|details|dialog|div|fieldset|figcaption|figure|"
    "footer|form|h[1-6]|header|hr|legend|li|main|nav|[ou]l|p|pre|section|summary|table|t(body|foot|head|r)|video"
)
# what need not be closed (HTML Living Standard) cannot be told from what follows it
_NEVER_HIDDEN = re.compile(
    "area|base|body|br|caption|col(group)?|d[dt]|embed|head|hr|html|img|input|li|link|meta|optgroup|option|p|r[pt]|source|"
    "t(body|d|foot|h|head|r)|track|wbr"
)
_BREAK, _CELL, _LINE = "\u2029", "\x1f", "\x1e"
_MARKS = re.compile(rf" ?[{_BREAK}{_CELL}][{_BREAK}{_CELL} ]*")
_DAY = re.compile(r"\s*([0-9]{4}-[0-9]{2}-[0-9]{2})(?![0-9]).*", re.DOTALL)


@dataclass(frozen=True)
class Article:
    """The plain text of an article.

    Attributes
    ----------
    text : str
        Without tags, scripts, styles, comments, attributes and hidden elements; paragraphs are set off by empty lines,
        the cells of a table's row by `` | ``.
    published_on : datetime.date or None
        Day of publication that the page itself gives (HTML only), as printed, without change of time zone.
    published_by : str
        What gives it: ``article:published_time``, ``datePublished``, ``time``, or nothing.
    encoding : str
        How the bytes were read.

    >>> page = b'<p><time datetime="2025-02-07T09:00">Friday</time><p>MGX brings 50 billion euros.'
    >>> article = parse_article(page, kind="html")
    >>> print(article.text)
    Friday
    <BLANKLINE>
    MGX brings 50 billion euros.
    >>> str(article.published_on), article.published_by
    ('2025-02-07', 'time')
    """

    text: str
    published_on: dt.date | None
    published_by: str
    encoding: str


def read_article(path: str | os.PathLike[str]) -> Article:
    r"""Read an article from a file, or from standard input.

    Parameters
    ----------
    path : path
        A file that ends in .txt, .html or .md, or ``-`` for standard input (plain text, or HTML if it begins so).

    Returns
    -------
    Article
        As `parse_article` makes it of what the file holds.

    Raises
    ------
    FileError
        If there is no such file, its name ends otherwise, or what it holds is not text.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "article.md")
    ...     _ = path.write_text("# Cambrai\n\nThe site costs **20 billion** euros.", encoding="utf-8")
    ...     read_article(path).text
    'Cambrai\n\nThe site costs 20 billion euros.'
    """
    if str(path) == "-":
        return parse_article(sys.stdin.buffer.read(), name="standard input")
    path = Path(path)
    if path.suffix.lower() not in FORMATS:
        raise FileError(f"{path}: {path.suffix or 'a name without ending'} is not accepted; {_ACCEPTED}")
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise FileError(f"{path} does not exist; {_ACCEPTED}") from None
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}; {_ACCEPTED}") from error
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
        Its text, and of HTML the day of publication.

    Raises
    ------
    FileError
        If the bytes are not text.

    >>> parse_article(b"<p>They promised <b>50</b> billion&nbsp;euros.<script>x = 1</script>", kind="html").text
    'They promised 50 billion\xa0euros.'
    """
    text, encoding = _first_that_fits(content)
    # what had to fall back and still holds control characters was no text in the first place
    if text.count("\0") > NULS + len(text) // 100 or (not encoding.startswith("utf-") and _CONTROL.search(text)):
        raise FileError(f"{name} holds bytes that are no text (a picture, a PDF?); save the article as UTF-8 text")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kind = kind or ("html" if _IS_HTML.match(text) else "text")
    if kind == "text":
        return Article(text, None, "", encoding)
    if kind == "markdown":
        from markdown_it import MarkdownIt

        reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
        text = reader.render(_FRONT_MATTER.sub("", text))
    page = _page(text)
    day, by = _published(page) if kind == "html" else (None, "")
    return Article(_seen(page), day, by, encoding)


def _first_that_fits(content: bytes) -> tuple[str, str]:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace"), "utf-16"
    declared = EncodingDetector.find_declared_encoding(content, is_html=True) or FALLBACK
    for encoding in ("utf-8-sig", declared, FALLBACK):
        with suppress(LookupError, UnicodeError):
            return content.decode(encoding), encoding.removesuffix("-sig")
    return content.decode("latin-1"), "latin-1"


def _page(html: str) -> BeautifulSoup:
    """Parse a page, however broken, or a fragment of one."""
    # the parser stops at a reference without number, and Python at one of thousands of digits: eight are too many
    html = re.sub(r"&#(?![0-9]|[xX][0-9a-fA-F])", "&amp;#", html)
    html = re.sub(r"&#0*([0-9]{1,8})[0-9]*", r"&#\1", html)
    # the parser takes "<![endif]-->" for the beginning of something that ends with "]>"
    html = re.sub(r"(<!--.*?-->)|<!\[[^>]*>?", r"\1", html, flags=re.DOTALL)
    ahead = HTMLParser()
    ahead.feed(html)
    if re.match(r"<[a-zA-Z/!?]", ahead.rawdata):
        # a tag or comment that never ends is no text
        html = html.removesuffix(ahead.rawdata)
    # Beautiful Soup warns of what may be a file's name or XML, but not if it begins so
    return BeautifulSoup(f"<html>{html}", "html.parser")


def _seen(page: BeautifulSoup) -> str:
    """Return what a reader sees: blank runs are one blank as in a browser, each block and each row is a paragraph."""
    for element in page.find_all(True):
        if element.name in _SILENT or (element.has_attr("hidden") and not _NEVER_HIDDEN.fullmatch(element.name)):
            element.clear()
        if element.name == "pre":
            for text in list(element.strings):
                text.replace_with(text.replace("\n", _LINE))
        if element.name in ("td", "th"):
            element.insert(0, _CELL)
        elif _BLOCKS.fullmatch(element.name):
            element.insert(0, _BREAK)
            element.append(_BREAK)
    text = re.sub(r"[ \t\n\f]+", " ", f"{_BREAK}{page.get_text()}{_BREAK}")
    text = _MARKS.sub(lambda marks: "\n\n" if _BREAK in marks[0] else " | ", text)
    return text.replace(_LINE, "\n").strip()


def _published(page: BeautifulSoup) -> tuple[dt.date | None, str]:
    """Return the first day of publication that a page gives, of the surest kind, and which kind that is."""
    name = "article:published_time"
    said = [(name, tag.get("content")) for tag in page.select(f'meta[property="{name}"], meta[name="{name}"]')]
    scripts = [script.string or "" for script in page.select('script[type*="application/ld+json" i]')]
    said += [("datePublished", day) for script in scripts for day in _linked_days(script)]
    said += [("time", tag.get("datetime")) for tag in page.find_all("time")]
    for by, text in said:
        with suppress(ValueError):
            return dt.date.fromisoformat(_DAY.sub(r"\1", str(text))), by
    return None, ""


def _linked_days(text: str) -> Iterator[Any]:
    """Yield each ``datePublished`` of a piece of JSON-LD, the outer ones first."""
    waiting: list[Any] = []
    with suppress(ValueError, RecursionError):
        waiting.append(json.loads(text))
    for found in waiting:
        if isinstance(found, dict):
            yield found.get("datePublished")
        if isinstance(found, dict | list):
            waiting += found.values() if isinstance(found, dict) else found
