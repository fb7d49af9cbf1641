"""The file of an article as plain text, and the day on which it was published."""

import codecs
import datetime as dt
import json
import logging
import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from bs4.dammit import EncodingDetector

from summit_analysis.article.numbers import entries, language
from summit_analysis.base.errors import FileError

FORMATS = {".txt": "text", ".text": "text", ".html": "html", ".htm": "html", ".md": "markdown", ".markdown": "markdown"}
"""What a file is read as, by the end of its name."""
FALLBACK = "windows-1252"
"""What pages that call themselves Latin-1 are written in (WHATWG Encoding Standard)."""

_ACCEPTED = f"give a file that ends in {', '.join(FORMATS)}, or - for standard input"
_TEASER = re.compile(rf"\W*(?:{'|'.join(entries('teasers', 'words'))})\b.{{0,200}}\Z", re.IGNORECASE | re.DOTALL)
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n.*?\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_IS_HTML = re.compile(r"\s*(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)

_SILENT = ("title", "script", "style", "template", "noscript", "svg", "math", "iframe", "object", "select", "textarea")
# elements, classes, identifiers and roles of what stands around an article
_AROUND = re.compile(
    "nav|navigation|navbar|menu|breadcrumbs?|footer|contentinfo|aside|sidebar|comments?|related|teasers?|newsletter|"
    "share|cookies?"
)
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
        Of a page title and article, where trafilatura (extra ``article``) is installed and finds one, else all that a
        reader sees but menus and footers. Paragraphs are set off by empty lines, the cells of a row by `` | ``.
    published_on : datetime.date or None
        Day of publication that the page or the front matter gives, as printed, without change of time zone.
    published_by : str
        What gives it: ``article:published_time``, ``datePublished``, ``time``, ``date`` (front matter of Markdown),
        or nothing.
    encoding : str
        How the bytes were read.
    language : str
        ISO 639-1, told by the words of grammar (en, fr, de, es, it, nl, pt); nothing where there are too few. Amounts
        are found only in English and French.

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
    language: str = ""


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
    except OSError as error:
        said = f"cannot be read: {error.strerror}" if path.exists() else "does not exist"
        raise FileError(f"{path} {said}; {_ACCEPTED}") from error
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
    is_control = not encoding.startswith("utf-") and re.search(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]", text)
    if is_control or text.count("\0") > 8 + len(text) // 100:
        raise FileError(f"{name} holds bytes that are no text (a picture, a PDF?); save the article as UTF-8 text")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kind = kind or ("html" if _IS_HTML.match(text) else "text")
    day, by = None, ""
    if kind == "markdown":
        from markdown_it import MarkdownIt

        front = _FRONT_MATTER.match(text)
        dated = re.findall(r"^date:[ \t\"']*(.+)$", front[0] if front else "", re.MULTILINE)
        day, by = _first_day([("date", said) for said in dated])
        reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
        text = _seen(_shown(_page(reader.render(_FRONT_MATTER.sub("", text)))))
    elif kind == "html":
        page = _page(text)
        day, by = _first_day(_said(page))
        # a paragraph that only points to another article goes: "Lire aussi : SoftBank, 75 milliards"
        text = "\n\n".join(each for each in _article(_shown(page)).split("\n\n") if not _TEASER.match(each))
    return Article(text, day, by, encoding, language(text))


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


def _article(page: BeautifulSoup) -> str:
    """Return headline and article of a page as trafilatura finds them, all of it where that finds no paragraphs."""
    html, text, title = str(page), _seen(page), " ".join(page.h1.get_text().split()) if page.h1 else ""
    try:
        import trafilatura
    except ImportError:
        return text
    # it logs as an error what it does not find, and of a page without paragraphs it makes one of everything
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    found = trafilatura.extract(html, output_format="html", include_comments=False) if page.body else ""
    article = _seen(_page(found or ""))
    ours, theirs = ([re.sub(r"\s", "", each) for each in seen.split("\n\n")] for seen in (text, article))
    if not article or 2 * len(set(theirs).intersection(ours)) < len(set(theirs)):
        return text
    return article if title in article else f"{title}\n\n{article}"


def _shown(page: BeautifulSoup) -> BeautifulSoup:
    """Empty the elements of a page that are not shown, or around the article: menus, teasers, comments, footers."""
    for element in page.find_all(True):
        marks = [element.name, element.get("id"), element.get("role"), *element.get_attribute_list("class")]
        aside = element.name not in ("article", "main") and any(_AROUND.fullmatch(str(mark)) for mark in marks)
        is_gone = (aside or element.has_attr("hidden")) and not _NEVER_HIDDEN.fullmatch(element.name)
        if element.name in _SILENT or is_gone:
            element.clear()
    return page


def _seen(page: BeautifulSoup) -> str:
    """Return what a reader sees: blank runs are one blank as in a browser, each block and each row is a paragraph."""
    # as text: each mark set into the tree would look for the end of all that is nested in it
    html = re.sub(r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<[!?][^>]*>", "", str(page), flags=re.DOTALL)
    html = re.sub(r"<pre\b.*?</pre>", lambda lines: lines[0].replace("\n", _LINE), html, flags=re.DOTALL)
    html = re.sub(
        r"<(/?)([^\s>/]+)[^>]*>",
        lambda tag: _CELL * (not tag[1]) if tag[2] in ("td", "th") else _BREAK * bool(_BLOCKS.fullmatch(tag[2])),
        html,
    )
    text = re.sub(r"[ \t\n\f]+", " ", f"{_BREAK}{unescape(html)}{_BREAK}")
    text = _MARKS.sub(lambda marks: _gap(*marks[0].rpartition(_BREAK)[1:]), text)
    return text.replace(_LINE, "\n").strip()


def _gap(mark: str, cells: str) -> str:
    """Return what sets off a paragraph or a cell: an empty cell keeps its place, so that columns stay columns."""
    count = cells.count(_CELL)
    return f"\n\n{'| ' * (count - 1)}" if mark else f" |{' |' * (count - 1)} "


def _said(page: BeautifulSoup) -> Iterator[tuple[str, Any]]:
    """Yield what a page gives as its day, the surest kind first."""
    name = "article:published_time"
    for tag in page.select(f'meta[property="{name}"], meta[name="{name}"]'):
        yield name, tag.get("content")
    for script in page.select('script[type*="application/ld+json" i]'):
        yield from (("datePublished", day) for day in _linked_days(script.string or ""))
    for tag in page.find_all("time"):
        yield "time", tag.get("datetime")


def _first_day(said: Iterable[tuple[str, Any]]) -> tuple[dt.date | None, str]:
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
        waiting += found.values() if isinstance(found, dict) else found if isinstance(found, list) else []
