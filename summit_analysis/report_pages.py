"""What stands on the report's pages of figures, sources and methods, and on the front page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import pandas as pd
from markupsafe import Markup

from summit_analysis import __version__
from summit_analysis.amounts import Language, format_figure
from summit_analysis.display import alphabetical, long_day
from summit_analysis.drawing import Drawn
from summit_analysis.headlines import Headline
from summit_analysis.methods import sections, share
from summit_analysis.notebook_pages import PICTURES, Article, lift_styles, png_size
from summit_analysis.novelty import SUMMIT_WEEK
from summit_analysis.outcomes import last_day
from summit_analysis.pages import Site, linker
from summit_analysis.sources import SEED
from summit_analysis.tables import Ledger
from summit_analysis.words import words

_KINDS = ("primary", "news", "analysis", "seed")


@dataclass(frozen=True)
class Reference:
    """A source as a page names it."""

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
    """Return all sources as pages name them, by publisher and title."""
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


def write_pages(
    site: Site,
    ledger: Ledger,
    found: Sequence[Headline],
    figures: Sequence[Drawn],
    articles: Sequence[Article],
    tables: Mapping[str, int],
) -> None:
    """Write all pages of one language.

    Parameters
    ----------
    site : Site
    ledger : Ledger
    found : sequence of Headline
    figures : sequence of Drawn
        Both in that language.
    articles : sequence of Article
    tables : mapping of str to int
        Names of the tables in the report, and how many rows each has.
    """
    frame = {
        "version": __version__,
        "last_day": long_day(last_day(ledger), lang=site.lang),
        "last_rates": long_day(ledger.rates.days[-1], lang=site.lang),
    }
    listed, pictured = _listed(articles, site.lang), [_pictured(figure) for figure in figures]
    known = references(ledger, lang=site.lang)
    _write_front(site, ledger, found, pictured, listed, tables, frame)
    for place, figure in enumerate(figures):
        used = [one for one, page in zip(listed, articles, strict=True) if figure.function in page.calls]
        around = [_step(site, "figures", pictured, at) for at in (place - 1, place + 1)]
        _write_figure(site, figure, pictured[place], known, used, around, frame)
    for place, article in enumerate(articles):
        around = [_step(site, "notebooks", listed, at) for at in (place - 1, place + 1)]
        _write_article(site, article, around, frame)
    _write_sources(site, ledger, known, frame)
    say = words("methods", site.lang)
    site.write("methods.html", "methods", heading=say["title"], lead=say["lead"], contents=say["contents"],
               sections=sections(ledger, lang=site.lang), **frame)  # fmt: skip


def _write_front(site, ledger, found, figures, notebooks, tables, frame) -> None:
    say, row_is = words("site", site.lang), words("row-is", site.lang)
    seed = ledger.sources.set_index("source_id").loc[SEED]
    sizes = {name: len(getattr(ledger, name)) for name in ("claims", "pledges", "sources")}
    numbers = {name: format_figure(size, lang=site.lang) for name, size in sizes.items()}
    first, last = SUMMIT_WEEK
    week = say["week"].format(first=first.day, last=long_day(last, lang=site.lang))
    drawn, named = {figure["function"]: figure for figure in figures}, {one["name"]: one for one in notebooks}
    shown = [{**asdict(one), "figure": drawn.get(one.figure), "notebook": named.get(one.notebook)} for one in found]
    listed = [
        {"name": name, "row_is": row_is.get(name, ""), "rows": format_figure(rows, lang=site.lang)}
        for name, rows in tables.items()
    ]
    lead = say["lead"].format(week=week, **numbers)
    site.write("index.html", "index", heading=say["title"], lead=lead, article=seed, headlines=shown,
               notebooks=notebooks, figures=figures, tables=listed, **frame)  # fmt: skip


def _write_figure(site, figure, pictured, known, used, around, frame) -> None:
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(figure.table, "html.parser")
    style = lift_styles(soup)
    citation = words("site", site.lang)["citation"].format(
        title=figure.title, name=figure.name, source=figure.source, version=__version__,
        day=frame["last_day"], rates=frame["last_rates"],
    )  # fmt: skip
    cited = [source for source in known if source.id in set(figure.source_ids)]
    site.write(f"figures/{figure.name}.html", "figure", heading=figure.title, figure=pictured, table=Markup(soup),
               table_style=Markup(style), citation=citation, sources=cited, notebooks=used,
               previous=around[0], next=around[1], **frame)  # fmt: skip


def _write_article(site, article, around, frame) -> None:
    page = f"notebooks/{article.name}.html"
    pictures = linker(site.path(page))(PICTURES)
    body = article.body.replace(f'="{PICTURES}/', f'="{pictures}/')
    site.write(page, "notebook", heading=article.title, notebook=article, body=Markup(body),
               style=Markup(article.style), previous=around[0], next=around[1], **frame)  # fmt: skip


def _write_sources(site, ledger, known, frame) -> None:
    say, kinds = words("sources-page", site.lang), words("kinds", site.lang)
    counts = pd.crosstab(ledger.sources["kind"], ledger.sources["read_as"], margins=True, margins_name="all")
    order = [*(kind for kind in _KINDS if kind in counts.index), "all"]
    columns = [column for column in ("original", "mirror", "all") if column in counts.columns]
    heads = [say["sum" if column == "all" else column] for column in columns]
    rows = [
        (say["sum"] if kind == "all" else kinds[kind],
         [format_figure(int(number), lang=site.lang) for number in counts.loc[kind, columns]])
        for kind in order
    ]  # fmt: skip
    n, primary = len(known), int(ledger.sources["kind"].eq("primary").sum())
    lead = say["lead"].format(n=n, primary=primary, share=share(primary, n, site.lang),
                              mirrors=sum(source.mirror for source in known))  # fmt: skip
    site.write("sources.html", "sources", heading=say["title"], lead=lead, words=say, sources=known,
               counts={"heads": heads, "rows": rows}, **frame)  # fmt: skip


def _pictured(figure: Drawn) -> dict[str, object]:
    width, height = png_size(figure.png)
    texts = ("function", "name", "title", "subtitle", "alt", "source", "rows")
    return {**{name: getattr(figure, name) for name in texts}, "width": width, "height": height}


def _listed(articles: Sequence[Article], lang: Language) -> list[dict[str, str]]:
    """Each notebook with its question; one that has none in this language is named by its title."""
    asked = words("questions", lang)
    return [
        {
            "name": article.name,
            "title": article.title,
            "question": asked.get(article.name, article.title),
            "lang": "" if lang == "en" or article.name in asked else "en",
        }
        for article in articles
    ]


def _step(site: Site, folder: str, pages: Sequence[Mapping[str, object]], place: int) -> dict[str, object] | None:
    if not 0 <= place < len(pages):
        return None
    page = pages[place]
    title = page.get("question", page["title"])
    return {"href": f"{page['name']}.html", "title": title, "lang": page.get("lang", "")}


def _day(row, undated: str) -> str:
    if pd.notna(row.published_on):
        return row.published_on.strftime("%Y-%m-%d")
    return row.published_period if isinstance(row.published_period, str) else undated
