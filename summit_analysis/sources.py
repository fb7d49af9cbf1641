"""From source ids to citations, to the source line under a figure, and to the rows that lack a primary source."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from summit_analysis.amounts import Language
from summit_analysis.errors import FrameError
from summit_analysis.rows import Row
from summit_analysis.words import words

if TYPE_CHECKING:
    from summit_analysis.tables import Ledger

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
    wanted = pd.Index(pd.Series(list(source_ids), dtype="str").dropna().unique())
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
    names = ids.map(publisher).value_counts().rename_axis("name").reset_index()
    names = names.sort_values(["count", "name"], ascending=[False, True])["name"].tolist()
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
    """Write the frame of `cite` as an HTML list; only web addresses become links."""
    return f"<ul>{''.join(f'<li>{_link(row)}</li>' for row in citations.itertuples())}</ul>"


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
    claims = ledger.claims.merge(ledger.sources[["source_id", "kind"]], on="source_id")
    counted = claims.groupby("pledge_id").agg(
        claims=("claim_id", "size"), primary=("kind", lambda k: (k == "primary").any())
    )
    joined = ledger.pledges[["pledge_id", "pledger"]].merge(counted, on="pledge_id", how="left")
    joined["claims"] = joined["claims"].fillna(0).astype("int64")
    lacking = ~joined["primary"].eq(True)
    return joined.loc[lacking, ["pledge_id", "pledger", "claims"]].reset_index(drop=True)


def _link(row: Row) -> str:
    text = escape(row.citation)
    address = row.url if isinstance(row.url, str) and row.url.startswith(("https://", "http://")) else ""
    return f'<a href="{escape(address)}">{text}</a>' if address else text
