"""From source ids to citations, to the source line under a figure, and to the rows that lack a primary source."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from summit_analysis.base.errors import FrameError
from summit_analysis.base.text import Language, Row, alphabetical, format_figure, link, words
from summit_analysis.ledger.tables import Ledger

SEED = "seed-article"


def cite(sources: pd.DataFrame, source_ids: Iterable[str]) -> pd.DataFrame:
    """Return the sources of the given ids with a citation, sorted by publisher and title.

    Parameters
    ----------
    sources : pandas.DataFrame
        The table ``sources``.
    source_ids : iterable of str
        Repeated and missing ids are passed over.

    Returns
    -------
    pandas.DataFrame
        ``source_id``, ``citation`` (publisher, title, day or month), ``url``, ``kind``, ``read_as``.

    Raises
    ------
    FrameError
        If an id is not in the table.

    >>> print(cite(ledger.sources, ["seed-article", "seed-article"])["citation"].item())
    LeBigData.fr, Sommet de l'IA à Paris : ce qu'il faut retenir de cet événement international, 2025-02
    """
    ids = [source_ids] if isinstance(source_ids, str) else list(source_ids)
    wanted = pd.Index(pd.Series(ids, dtype="str").dropna().unique())
    unknown = wanted.difference(sources["source_id"])
    if len(unknown):
        raise FrameError(f"source {unknown[0]!r} is not in sources.csv; add its row or correct the id")
    chosen = sources[sources["source_id"].isin(wanted)]
    day = chosen["published_on"].dt.strftime("%Y-%m-%d").fillna(chosen["published_period"]).fillna("undated")
    citation = chosen["publisher"] + ", " + chosen["title"].fillna("(no title shown)") + ", " + day
    return (
        chosen.assign(citation=citation)[["source_id", "citation", "url", "kind", "read_as"]]
        .sort_values("citation", key=lambda texts: texts.str.casefold())
        .reset_index(drop=True)
    )


def source_line(
    sources: pd.DataFrame, source_ids: Iterable[str], *, rates: bool = False, lang: Language = "en", shown: int = 3
) -> str:
    """Write the line under a figure from the ids of the rows drawn.

    Parameters
    ----------
    sources : pandas.DataFrame
        The table ``sources``.
    source_ids : iterable of str
        One per row drawn; the publishers of most rows come first.
    rates : bool
        Amounts were converted, so the ECB is named too.
    lang : {"en", "fr"}
    shown : int
        How many publishers are named before "and n more".

    Returns
    -------
    str

    Raises
    ------
    ChoiceError
        If the language is not known.
    FrameError
        If there is no source at all, or an id is not in the table.

    From the rows drawn, never typed:

    >>> source_line(ledger.sources, ["afp-uae-20250207", "afp-109bn-detail-20250210", "seed-article"], rates=True)
    'Source: AFP, AFP/France 24, LeBigData.fr (article that started the project); ECB reference rates'
    """
    say, ids = words("source-line", lang), pd.Series(list(source_ids), dtype="str").dropna()
    if ids.empty and not rates:
        raise FrameError("no source for a source line; hand in the ids of the rows drawn")
    cite(sources, ids)
    publisher = publishers(sources)
    publisher = publisher.where(publisher.index != SEED, say["article"])
    counts = ids.map(publisher).value_counts()
    names = sorted(counts.index, key=lambda name: (-counts[name], name))
    text = ", ".join(names[:shown])
    if len(names) > shown:
        more = len(names) - shown
        text = say["more" if more > 1 else "one-more"].format(names=text, n=more)
    parts = [text, say["rates"] if rates else ""]
    return say["line"].format(sources=say["and"].join(filter(None, parts)))


def publishers(sources: pd.DataFrame) -> pd.Series:
    """Return who wrote each page, by ``source_id``: "AFP via X" and "Reuters, read through X" are AFP and Reuters."""
    return sources.set_index("source_id")["publisher"].str.replace(r"(?: \(|,| via ).*", "", regex=True)


def links(citations: pd.DataFrame) -> str:
    """Write citations as an HTML list; only web addresses become links.

    Parameters
    ----------
    citations : pandas.DataFrame
        As `cite` returns them.

    Returns
    -------
    str

    >>> cited = pd.DataFrame({"citation": ["Le Monde, 2025"], "url": ["https://www.lemonde.fr"]})
    >>> links(cited)
    '<ul><li><a href="https://www.lemonde.fr">Le Monde, 2025</a></li></ul>'
    """
    return f"<ul>{''.join(f'<li>{link(row.citation, row.url)}</li>' for row in citations.itertuples())}</ul>"


def without_primary(ledger: Ledger) -> pd.DataFrame:
    """Return the pledges none of whose claims rests on a primary source.

    Parameters
    ----------
    ledger : Ledger

    Returns
    -------
    pandas.DataFrame
        ``pledge_id``, ``pledger``, ``claims`` (how many there are), in table order.

    The largest part of the 109 billion rests on reports and quotations alone:

    >>> found = without_primary(ledger).set_index("pledge_id")
    >>> print(*found.loc["mgx-campus"])
    MGX 18
    """
    claims, kinds = ledger.claims, ledger.sources.set_index("source_id")["kind"]
    backed = claims.loc[claims["source_id"].map(kinds).eq("primary"), "pledge_id"]
    lacking = ledger.pledges.loc[~ledger.pledges["pledge_id"].isin(backed), ["pledge_id", "pledger"]]
    counts = lacking["pledge_id"].map(claims["pledge_id"].value_counts()).fillna(0).astype("int64")
    return lacking.assign(claims=counts).reset_index(drop=True)


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
