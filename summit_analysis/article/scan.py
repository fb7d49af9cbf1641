"""An article held against the ledger as a reader sees it: its text with the amounts marked, a plain table, rows."""

import datetime as dt
import os
import re
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap

import pandas as pd

from summit_analysis.article.amounts import read_amounts
from summit_analysis.article.match import cite_claims
from summit_analysis.article.read import FORMATS, Article, parse_article, read_article
from summit_analysis.base.days import one_day
from summit_analysis.base.errors import FrameError
from summit_analysis.base.files import rendered
from summit_analysis.base.text import LANGUAGES, Language, Row, known_language, link, long_day, records, words
from summit_analysis.ledger import tables
from summit_analysis.ledger.display import plain_dollars
from summit_analysis.ledger.tables import Ledger

SIGNS = {
    "agrees": ("✓", "#c9efd1", "#0b3b17"),
    "slip": ("✗", "#ffc7c7", "#5c0000"),
    "differs": ("≠", "#ffd6a0", "#4a2500"),
    "not-accepted": ("!", "#fff0a0", "#453800"),
    **dict.fromkeys(["other-money", "no-figure", "no-currency"], ("–", "#e2e2e2", "#222222")),
    "new": ("+", "#cfe4ff", "#06264d"),
}
"""The sign of each verdict, and the colours of paper and letters: dark on light, whatever the page around is."""
WIDTH = 100
"""Characters in a line of the plain table where no terminal says how many."""

_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
_FILLED = re.compile(r"(?<=[^\n]{60}[^\n.!?:…])\n(?=\w)")
"""The end of a line that was full, not that of a paragraph, a heading or an item of a list."""


@dataclass(frozen=True, eq=False, repr=False)
class Scan:
    """What `scan` found: in a notebook the text with its amounts marked, printed a plain table.

    Attributes
    ----------
    article : Article
        The text, its language, and the day that the page gives.
    frame : pandas.DataFrame
        One row per amount: the columns of `match_claims`, and of the claim compared with ``label`` (the pledge by its
        name), ``our_figure``, ``publisher``, ``published_on`` (a day, or a month or year alone), ``url``.
    on : datetime.date or None
        The day of the text.
    name : str
        The file; nothing for a text.
    lang : {"en", "fr"}
        The language of the answer; of the reasons it is that of the sentence.
    """

    article: Article
    frame: pd.DataFrame
    on: dt.date | None
    name: str
    lang: Language

    @property
    def notes(self) -> list[str]:
        """What a reader must know of the whole: the day of the text, an encoding or a language that is not ours."""
        from babel import Locale

        say, day = words("scan", self.lang), self.article.published_on
        key = "undated" if self.on is None else "dated" if self.on != day else "dated_by_page"
        notes = [say[key].format(day=self.on and long_day(self.on, lang=self.lang))]
        if self.article.encoding not in ("utf-8", "utf-16"):
            notes.append(say["encoding"].format(name=self.article.encoding))
        if self.article.language not in ("", *LANGUAGES):
            tongue = Locale(self.article.language).get_language_name(self.lang)
            notes.append(say["foreign"].format(name=tongue))
        return notes

    @property
    def tally(self) -> str:
        """How many amounts there are, and of each verdict."""
        say, verdicts = words("scan", self.lang), verdict_words(self.lang)
        parts = ", ".join(f"{verdicts[verdict]} {count}" for verdict, count in self._totals().items() if count)
        return say["tally"].format(count=len(self.frame), parts=parts) if parts else say["nothing"]

    def _totals(self) -> dict[str, int]:
        return {verdict: int(self.frame["verdict"].eq(verdict).sum()) for verdict in SIGNS}

    def text(self, width: int = WIDTH) -> str:
        """Return the plain table, three to five lines per amount: its sentence, what the ledger says, the address."""
        margin = len(str(len(self.frame))) + 2
        lines = [*filter(None, [self.name]), *(line for note in self.notes for line in wrap(note, width))]
        for number, row in enumerate(self.frame.itertuples(), start=1):
            block = [
                *wrap(_excerpt(self.article.text, row.start, row.end, width - margin), width - margin),
                *wrap(". ".join(_told(row)), width - margin),
                # an address is there to be followed: whole, whatever the width
                *([row.url] if isinstance(row.url, str) else []),
            ]
            lines += ["", *(f"{number if not at else '':>{margin - 2}}  {line}" for at, line in enumerate(block))]
        return "\n".join([*lines, "", *wrap(self.tally, width)])

    __repr__ = text

    def _repr_html_(self) -> str:
        """Return the text with its amounts marked, the reason on hover and in a list below."""
        text = _FILLED.sub(" ", self.article.text)
        rows = [(row, _clean(text[row.start : row.end]), *_told(row)) for row in self.frame.itertuples()]
        said = {"scan": self, "text": text, "rows": rows, "signs": SIGNS, "clean": _clean, "link": link}
        return plain_dollars(rendered("scan.html.j2", **said).removesuffix("\n"))

    def as_dict(self) -> dict[str, object]:
        """Return all of it as plain values: what ``--json`` prints."""
        article = self.article
        return {
            "file": self.name or None,
            "encoding": article.encoding,
            "language": article.language or None,
            "published_on": article.published_on and article.published_on.isoformat(),
            "published_by": article.published_by or None,
            "on": self.on and self.on.isoformat(),
            "notes": self.notes,
            "totals": self._totals(),
            "amounts": records(self.frame),
        }


def scan(
    text_or_path: str | os.PathLike[str],
    *,
    ledger: Ledger | None = None,
    on: str | dt.date | None = None,
    lang: Language | None = None,
) -> Scan:
    """Find every amount of money in an article and hold it against the ledger.

    Parameters
    ----------
    text_or_path : str or path
        The text itself, also as HTML; or a file that ends in .txt, .html or .md: a path, or its name as a str of one
        line. ``Path("-")`` is standard input.
    ledger : Ledger, optional
        Default: the shipped one.
    on : str or datetime.date, optional
        Day of the text; default: the one that the page gives. Without any, pledges of every day count.
    lang : {"en", "fr"}, optional
        Language of the text; default: told sentence by sentence.

    Returns
    -------
    Scan
        In a notebook it shows the text with each amount marked and the reason on hover and below; ``print`` gives a
        plain table, ``.frame`` the rows: those of `match_claims`, and ``label``, ``our_figure``, ``publisher``,
        ``published_on``, ``url``. A figure for which the text names no currency has a row, too.

    Raises
    ------
    FileError
        If there is no such file, or it holds no text.
    FrameError
        If `on` is not a day, or the first argument neither text nor path.
    ChoiceError
        If `lang` is not one of the two languages.

    >>> found = scan("Brookfield will invest 200 billion euros in France.", ledger=ledger, on="2025-02-11")
    >>> found.frame[["span", "verdict", "label", "our_figure"]]
                    span verdict                label our_figure
    0  200 billion euros    slip  Brookfield (France)      €20bn
    """
    if not isinstance(text_or_path, str | os.PathLike):
        raise FrameError(f"text_or_path is a {type(text_or_path).__name__}; give a text as a str, or a path")
    name, text = os.fspath(text_or_path), str(text_or_path)
    # a file may have blanks in its name, and a sentence may end in an address
    is_text = "\n" in text or (" " in text and "://" in text) or Path(text).suffix.lower() not in FORMATS
    is_file = not (isinstance(text_or_path, str) and is_text)
    article = read_article(name) if is_file else parse_article(text.encode("utf-8", "replace"), name="the text")
    ledger = tables.load() if ledger is None else ledger
    day = article.published_on if on is None else one_day(on).item()
    frame = cite_claims(ledger, read_amounts(article.text, lang), on=day)
    tongue = lang or (article.language if article.language in LANGUAGES else frame["language"].min())
    return Scan(article, frame, day, name if is_file else "", known_language(tongue if tongue in LANGUAGES else "en"))


def verdict_words(lang: Language) -> dict[str, str]:
    """Return each verdict in words, its sign before it.

    >>> verdict_words("fr")["slip"]
    '✗ coquille probable'
    """
    return {verdict: f"{sign} {words('scan', lang)[verdict]}" for verdict, (sign, *_) in SIGNS.items()}


def _told(row: Row) -> tuple[str, str]:
    """Return the verdict on an amount and its reason; to other money belongs what was pledged."""
    lang, reason = known_language(row.language), row.reason
    if row.verdict == "other-money" and isinstance(row.our_figure, str):
        cited = {"ours": row.our_figure, "who": row.publisher, "day": long_day(row.published_on, lang=lang)}
        reason += " " + words("scan", lang)["pledged"].format(**cited)
    return verdict_words(lang)[row.verdict], _clean(reason)


def _excerpt(text: str, start: int, end: int, width: int) -> str:
    """Return an amount in angles, with as many words around it in its paragraph as the line has room for."""
    span = _clean(text[start:end])
    room = max(width - len(span) - 2, 40)
    before = _clean(text[max(0, start - 2 * width) : start].rpartition("\n\n")[2]).lstrip()
    after = _clean(text[end : end + 2 * width].partition("\n\n")[0]).rstrip()
    left = max(room // 2, room - len(after))
    if len(before) > left:
        before = f"… {before[2 - left :].partition(' ')[2]}"
    if len(after) > room - len(before):
        after = f"{after[: room - len(before) - 2].rpartition(' ')[0]} …"
    return f"{before}‹{span}›{after}"


def _clean(text: str) -> str:
    """Return a text in one line, without characters that turn it into something else on the screen."""
    return _UNPRINTABLE.sub(" ", text)
