"""The file of an article as plain text, and the day on which it was published."""

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
from html.parser import HTMLParser
from pathlib import Path

from summit_analysis.base.errors import ArticleError

_SILENT = frozenset(
    ["title", "script", "style", "template", "noscript", "svg", "math", "iframe", "object", "select", "textarea"]
)
_BLOCKS = re.compile(
    "address|article|aside|blockquote|br|button|caption|center|d[dlt]|details|dialog|div|fieldset|figcaption|figure|"
    "footer|form|h[1-6]|header|hr|legend|li|main|nav|[ou]l|p|pre|section|summary|table|t(body|foot|head|r)|video"
)
_CELLS = ("td", "th")
# what need not be closed (HTML Living Standard) cannot be told from what follows it
_NEVER_HIDDEN = re.compile(
    "area|base|body|br|caption|col(group)?|d[dt]|embed|head|hr|html|img|input|li|link|meta|optgroup|option|p|r[pt]|source|"
    "t(body|d|foot|h|head|r)|track|wbr"
)
_UNFINISHED = re.compile(r"<[a-zA-Z/!?]")
_BREAK, _CELL, _LINE = "\u2029", "\x1f", "\x1e"
_MARKS = re.compile(rf" ?[{_BREAK}{_CELL}][{_BREAK}{_CELL} ]*")
_DAY = re.compile(r"\s*(\d{4}-\d{2}-\d{2})(?!\d)")


def read_page(html: str) -> tuple[str, dt.date | None, str]:
    r"""Return the text of a page, the day of its publication, and what gives that day.

    Parameters
    ----------
    html : str
        However broken; a fragment will do.

    Returns
    -------
    tuple
        As `Article.text`, `Article.published_on`, `Article.published_by`.

    >>> read_page("<p>They promised <b>50</b> billion&nbsp;euros.<script>x = 1</script>")
    ('They promised 50 billion\xa0euros.', None, '')
    """
    page = _Page()
    # Python turns no number of thousands of digits into a character; eight are past the last one already
    page.feed(re.sub(r"&#0*([0-9]{1,8})[0-9]*", r"&#\1", html))
    # a tag or comment that never ends is no text
    if not _UNFINISHED.match(page.rawdata):
        page.close()
    return page.text(), *page.published()


class _Page(HTMLParser):
    """Collects what a reader sees of a page, and the days it gives for its publication."""

    def __init__(self) -> None:
        super().__init__()
        self._texts: list[str] = []
        self._silent, self._depth = "", 0
        self._in_lines = False
        self._linked: list[str] | None = None
        self._days: dict[str, list[str]] = {"article:published_time": [], "datePublished": [], "time": []}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if not self._silent:
            self._texts.append(_mark(tag))
            if tag in _SILENT or ("hidden" in given and not _NEVER_HIDDEN.fullmatch(tag)):
                self._silent, self._depth = tag, 1
        elif tag == self._silent and tag not in _SILENT:
            self._depth += 1
        if tag == "script" and given.get("type", "").strip().lower() == "application/ld+json":
            self._linked = []
        if tag == "meta" and "article:published_time" in (given.get("property"), given.get("name")):
            self._days["article:published_time"].append(given.get("content", ""))
        if tag == "pre":
            self._in_lines = True
        if tag == "time":
            self._days["time"].append(given.get("datetime", ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._silent:
            self._texts.append(_BREAK if _BLOCKS.fullmatch(tag) else "")
        elif tag == self._silent:
            # whatever was left open inside ends with it
            self._depth -= 1
            self._silent = tag if self._depth else ""
        if tag == "pre":
            self._in_lines = False
        if tag == "script" and self._linked is not None:
            self._days["datePublished"] += _published("".join(self._linked))
            self._linked = None

    def handle_data(self, data: str) -> None:
        if self._linked is not None:
            self._linked.append(data)
        elif not self._silent:
            self._texts.append(data.replace("\n", _LINE) if self._in_lines else data)

    def parse_marked_section(self, i: int, report: int = 1) -> int:
        """Pass over "<![endif]-->" as browsers do; HTMLParser would wait for "]>" to the end of the page."""
        return self.parse_bogus_comment(i, bool(report))

    def text(self) -> str:
        """Return the text: blank runs are one blank as in a browser, each block and each row is a paragraph."""
        text = re.sub(r"[ \t\n\f]+", " ", "".join([_BREAK, *self._texts, _BREAK]))
        marked = _MARKS.sub(lambda marks: "\n\n" if _BREAK in marks[0] else " | ", text)
        return marked.replace(_LINE, "\n").strip()

    def published(self) -> tuple[dt.date | None, str]:
        """Return the first day given, of the surest kind, and which kind that is."""
        for by, texts in self._days.items():
            for text in texts:
                if day := _day(text):
                    return day, by
        return None, ""


def _mark(tag: str) -> str:
    return _BREAK if _BLOCKS.fullmatch(tag) else _CELL if tag in _CELLS else ""


def _published(text: str) -> Iterator[str]:
    """Yield each ``datePublished`` of a piece of JSON-LD, the outer ones first."""
    try:
        waiting = deque([json.loads(text)])
    except (ValueError, RecursionError):
        return
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


FORMATS = {".txt": "text", ".text": "text", ".html": "html", ".htm": "html", ".md": "markdown", ".markdown": "markdown"}
"""What a file is read as, by the end of its name."""

_STDIN = "-"
FALLBACK = "windows-1252"
"""What pages that call themselves Latin-1 are written in (WHATWG Encoding Standard)."""
NULS = 8
"""So many NUL characters a short text may hold and still be text."""

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_DECLARED = re.compile(rb"""<meta[^>]{1,200}charset=["']?([\w-]{1,40})""", re.IGNORECASE)
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n.*?\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_IS_HTML = re.compile(r"\s*(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)


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
    ArticleError
        If there is no such file, its name ends otherwise, or what it holds is not text.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "article.md")
    ...     _ = path.write_text("# Cambrai\n\nThe site costs **20 billion** euros.", encoding="utf-8")
    ...     read_article(path).text
    'Cambrai\n\nThe site costs 20 billion euros.'
    """
    if str(path) == _STDIN:
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
        Its text, and of HTML the day of publication.

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
    seen, day, by = read_page(text)
    return Article(seen, day, by, encoding) if kind == "html" else Article(seen, None, "", encoding)


def _accepted() -> str:
    return f"give a file that ends in {', '.join(FORMATS)}, or {_STDIN} for standard input"


def _decoded(content: bytes, name: str) -> tuple[str, str]:
    text, encoding = _first_that_fits(content)
    # what had to fall back and still holds control characters was no text in the first place
    if text.count("\0") > NULS + len(text) // 100 or (not encoding.startswith("utf-") and _CONTROL.search(text)):
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

    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    return str(reader.render(_FRONT_MATTER.sub("", text)))
