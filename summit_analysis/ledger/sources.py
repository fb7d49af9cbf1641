"""From source ids to citations, to the source line under a figure, and to the rows that lack a primary source."""

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from summit_analysis.base.days import day_or_period
from summit_analysis.base.errors import FrameError, one_or_several
from summit_analysis.base.text import Language, Row, alphabetical, format_figure, link, words
from summit_analysis.ledger import schema
from summit_analysis.ledger.tables import Ledger

AGENCIES = r"\b(?:AFP|AP|Reuters|Bloomberg|ANSA|PA|CP|dpa|EFE|Kyodo|Yonhap|Xinhua|TASS)\b"
"""How publishers of agency text are known."""
_OF_RECORD = (
    r"(?:Le Monde|Le Figaro|Les [EÉ]chos|Libération|La Croix|La Tribune|Franceinfo|RFI|Le Temps|Le Soir"
    r"|The New York Times|The Washington Post|The Wall Street Journal|Financial Times|The Economist|The Guardian"
    r"|The Times|BBC(?: News)?|NPR|CNN|CNBC|Politico(?: Europe)?|The Globe and Mail|The Hindu|Nikkei(?: Asia)?"
    r"|Frankfurter Allgemeine|Süddeutsche Zeitung|Der Spiegel|Die Zeit|Handelsblatt|Neue Zürcher Zeitung|El Pa[ií]s"
    r"|Corriere della Sera|La Repubblica|Il Sole 24 Ore|South China Morning Post)"
)
"""Newspapers, magazines and broadcasters of record."""


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
        If an id is not in the table, or it is another table.

    >>> print(cite(ledger.sources, ["seed-article", "seed-article"])["citation"].item())
    LeBigData.fr, Sommet de l'IA à Paris : ce qu'il faut retenir de cet événement international, 2025-02
    """
    if "source_id" not in getattr(sources, "columns", ()):
        raise FrameError(f"{sources!r:.60} is no table of sources: hand in ledger.sources")
    ids = one_or_several(source_ids)
    unknown = pd.Index(ids, dtype="str").dropna().difference(sources["source_id"])
    if len(unknown):
        raise FrameError(f"source {unknown[0]!r} is not in sources.csv; add its row or correct the id")
    chosen = sources[sources["source_id"].isin(ids)]
    title, day = chosen["title"].fillna("(no title shown)"), day_or_period(chosen, "published").fillna("undated")
    citation = chosen["publisher"] + ", " + title + ", " + day
    return (
        chosen.assign(citation=citation)[["source_id", "citation", "url", "kind", "read_as"]]
        .sort_values("citation", key=lambda texts: texts.str.casefold())
        .reset_index(drop=True)
    )


def bylines(sources: pd.DataFrame, *, lang: Language = "en") -> pd.Series:
    """Return publisher and day of each page, by ``source_id``.

    >>> bylines(ledger.sources)["seed-article"]
    'LeBigData.fr, 2025-02'
    """
    days = day_or_period(sources, "published").fillna(words("sources-page", lang)["undated"])
    return (sources["publisher"] + ", " + days).set_axis(sources["source_id"])


def resting(ledger: Ledger) -> pd.DataFrame:
    """Return which rows rest on which source: name its id, or call it a further witness in their note.

    Returns
    -------
    pandas.DataFrame
        ``source_id``, ``table``, ``pledge_id`` (missing where the row is not about a pledge), each combination once.

    >>> print(*resting(ledger).query("source_id == 'afp-uae-20250207'")["pledge_id"].unique())
    mgx-campus
    """
    found = []
    for table in (table for table in schema.resources() if table != "sources"):
        rows = getattr(ledger, table, pd.DataFrame())
        about = [rows[key] for key in rows.columns.intersection(["pledge_id", "pledge_a", "pledge_b"])] or [None]
        for texts in (rows[name].fillna("") for name in rows if re.search("(?:^|_)source_ids?$|^note$", str(name))):
            ids = texts.str.findall("[a-z0-9][a-z0-9-]*")
            found += [pd.DataFrame({"source_id": ids, "table": table, "pledge_id": one}) for one in about]
    every = pd.concat(found, ignore_index=True).explode("source_id")
    return every[every["source_id"].isin(ledger.sources["source_id"])].drop_duplicates(ignore_index=True)


def source_line(
    sources: pd.DataFrame, source_ids: Iterable[str], *, rates: bool = False, lang: Language = "en", shown: int = 3
) -> str:
    """Write the line under a figure from the ids of the rows drawn.

    Parameters
    ----------
    sources : pandas.DataFrame
        The table ``sources``.
    source_ids : iterable of str
        One per row drawn. The actor itself comes first, then agencies, titles of record, the rest, and last who is
        known from a copy or a retelling only; among equals, who has most rows.
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
    'Source: AFP, AFP/France 24, LeBigData.fr (the article examined); ECB reference rates'
    """
    say, ids = words("source-line", lang), pd.Series(list(source_ids), dtype="str").dropna()
    if ids.empty and not rates:
        raise FrameError("no source for a source line; hand in the ids of the rows drawn")
    cite(sources, ids)
    articles = sources.loc[sources["kind"] == "seed", ["source_id", "publisher"]].itertuples(index=False)
    named = {article: say["article"].format(name=publisher) for article, publisher in articles}
    called = pd.Series({**publishers(sources).to_dict(), **named})
    counts, page = ids.map(called).value_counts(), sources.set_index("source_id").loc[ids.unique()]
    classes = [
        page["read_as"].ne("original"),
        page["kind"].eq("primary"),
        page["publisher"].str.contains(AGENCIES),
        called[page.index].str.fullmatch(_OF_RECORD),
    ]
    weight = pd.Series(np.select(classes, [4, 0, 1, 2], 3)).groupby(called[page.index].to_numpy()).min()
    names = sorted(counts.index, key=lambda name: (weight[name], -counts[name], name))
    text, more = ", ".join(names[:shown]), len(names) - shown
    if more > 0:
        text = say["more" if more > 1 else "one-more"].format(names=text, n=more)
    return say["line"].format(sources=say["and"].join(filter(None, [text, say["rates"] if rates else ""])))


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
    counts = claims["pledge_id"].value_counts().reindex(lacking["pledge_id"], fill_value=0)
    return lacking.assign(claims=counts.to_numpy()).reset_index(drop=True)


def references(ledger: Ledger, *, lang: Language = "en") -> list[Row]:
    """Return all sources as pages name them, by publisher and title.

    Parameters
    ----------
    ledger : Ledger
    lang : {"en", "fr"}

    Returns
    -------
    list of named tuples
        The columns of the table, with ``id``, ``day``, ``language_name``, ``kind`` and ``read`` in words; ``url`` is
        missing if no address is known.

    >>> print(next(one.day for one in references(ledger) if one.id == "seed-article"))
    2025-02
    """
    from babel import Locale

    say, languages, sources = words("sources-page", lang), Locale(lang).languages, ledger.sources
    named = sources.assign(
        id=sources["source_id"],
        title=sources["title"].fillna(say["untitled"]),
        day=day_or_period(sources, "published").fillna(say["undated"]),
        language_name=sources["language"].map(lambda code: languages.get(code, code)),
        kind=sources["kind"].map(words("kinds", lang)),
        read=sources["read_as"].map(say),
    )
    return list(named.sort_values(["publisher", "title"], key=alphabetical).itertuples())


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
    counts = pd.crosstab(ledger.sources["kind"], ledger.sources["read_as"], margins=True, margins_name="sum")
    counts = counts.reindex(["primary", "news", "analysis", "seed", "sum"], fill_value=0)
    counts = counts.reindex(["original", "mirror", "digest", "sum"], axis="columns", fill_value=0)
    rows = [
        (say["sum"] if kind == "sum" else kinds[kind], [format_figure(int(number), lang=lang) for number in numbers])
        for kind, numbers in counts.iterrows()
    ]
    return [say[column] for column in counts.columns], rows
