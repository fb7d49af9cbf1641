"""What a reader sees of an HTML page, and the day on which it says that it was published."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import deque
from collections.abc import Iterator
from html.parser import HTMLParser

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
