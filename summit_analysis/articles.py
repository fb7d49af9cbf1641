"""Read the file of an article into plain text, and find the day on which it was published."""

from __future__ import annotations

import codecs
import datetime as dt
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from summit_analysis.errors import ArticleError
from summit_analysis.markup import read_page

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
