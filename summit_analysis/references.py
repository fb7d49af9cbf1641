"""Sources as the report names them: who wrote what, when, in which language, and how it was read."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from summit_analysis.amounts import Language, format_figure
from summit_analysis.display import alphabetical
from summit_analysis.rows import Row
from summit_analysis.tables import Ledger
from summit_analysis.words import words

_KINDS = ("primary", "news", "analysis", "seed")
_READ_AS = ("original", "mirror")


@dataclass(frozen=True)
class Reference:
    """A source as a page names it; ``url`` is None if no address is known."""

    id: str
    publisher: str
    title: str
    url: str | None
    day: str
    language: str
    language_name: str
    kind: str
    read: str
    mirror: bool


def references(ledger: Ledger, *, lang: Language = "en") -> list[Reference]:
    """Return all sources as pages name them, by publisher and title.

    Parameters
    ----------
    ledger : Ledger
    lang : {"en", "fr"}
    """
    from babel import Locale

    say, kinds, locale = words("sources-page", lang), words("kinds", lang), Locale(lang)
    ordered = ledger.sources.assign(title=ledger.sources["title"].fillna(say["untitled"]))
    ordered = ordered.sort_values(["publisher", "title"], key=alphabetical)
    return [
        Reference(
            id=row.source_id,
            publisher=row.publisher,
            title=row.title,
            url=row.url if isinstance(row.url, str) else None,
            day=_day(row, say["undated"]),
            language=row.language,
            language_name=locale.languages.get(row.language, row.language),
            kind=kinds[row.kind],
            read=say[row.read_as],
            mirror=row.read_as == "mirror",
        )
        for row in ordered.itertuples()
    ]


def counted(ledger: Ledger, *, lang: Language = "en") -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Count the sources by who speaks and by how they were read.

    Parameters
    ----------
    ledger : Ledger
    lang : {"en", "fr"}

    Returns
    -------
    tuple
        The headings of the columns; and of each row its name and its numbers as text, the sum last.
    """
    say, kinds = words("sources-page", lang), words("kinds", lang)
    counts = pd.crosstab(ledger.sources["kind"], ledger.sources["read_as"]).reindex(
        index=_KINDS, columns=_READ_AS, fill_value=0
    )
    counts["sum"] = counts.sum(axis=1)
    counts.loc["sum"] = counts.sum()
    rows = [
        (say["sum"] if kind == "sum" else kinds[kind], [format_figure(int(number), lang=lang) for number in numbers])
        for kind, numbers in counts.iterrows()
    ]
    return [say[column] for column in counts.columns], rows


def _day(row: Row, undated: str) -> str:
    if pd.notna(row.published_on):
        return f"{row.published_on:%Y-%m-%d}"
    return row.published_period if isinstance(row.published_period, str) else undated
