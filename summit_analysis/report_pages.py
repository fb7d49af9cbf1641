"""What stands on the pages of the report: front page, figures, notebooks, sources, methods and limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from bs4 import BeautifulSoup
from markupsafe import Markup

from summit_analysis.amounts import Language, format_figure
from summit_analysis.display import long_day
from summit_analysis.drawing import Drawn
from summit_analysis.headlines import Headline
from summit_analysis.methods import Section, share
from summit_analysis.notebook_pages import PICTURES, Article, lift_styles
from summit_analysis.novelty import SUMMIT_WEEK
from summit_analysis.pages import Site, linker
from summit_analysis.references import Reference, counted, references
from summit_analysis.sources import SEED
from summit_analysis.tables import Ledger
from summit_analysis.words import words

Listed = dict[str, str]
"""A page among others: ``name``, ``title``, and ``lang`` where that is not the language of the page that lists it."""


def write_pages(
    site: Site,
    ledger: Ledger,
    found: Sequence[Headline],
    about: Sequence[Section],
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
    about : sequence of Section
        Of the page of methods.
    figures : sequence of Drawn
        All in that language.
    articles : sequence of Article
    tables : mapping of str to int
        Names of the tables in the report, and how many rows each has.
    """
    known = references(ledger, lang=site.lang)
    notebooks = _listed(articles, site.lang)
    pictures = [{"name": figure.name, "title": figure.title, "lang": ""} for figure in figures]
    _write_front(site, ledger, found, figures, notebooks, tables)
    for place, figure in enumerate(figures):
        used = [one for one, page in zip(notebooks, articles, strict=True) if figure.function in page.calls]
        _write_figure(site, figure, known, used, _around(pictures, place))
    for place, article in enumerate(articles):
        _write_article(site, article, _around(notebooks, place))
    _write_sources(site, ledger, known)
    say = words("methods", site.lang)
    texts = {"heading": say["title"], "lead": say["lead"], "contents": say["contents"]}
    site.write("methods.html", "methods", sections=about, **texts)


def _write_front(
    site: Site,
    ledger: Ledger,
    found: Sequence[Headline],
    figures: Sequence[Drawn],
    notebooks: Sequence[Listed],
    tables: Mapping[str, int],
) -> None:
    say, row_is, lang = words("site", site.lang), words("row-is", site.lang), site.lang
    sizes = {name: len(getattr(ledger, name)) for name in ("claims", "pledges", "sources")}
    numbers = {name: format_figure(size, lang=lang) for name, size in sizes.items()}
    first, last = SUMMIT_WEEK
    week = say["week"].format(first=first.day, last=long_day(last, lang=lang))
    drawn, named = {figure.function: figure for figure in figures}, {one["name"]: one for one in notebooks}
    site.write(
        "index.html",
        "index",
        heading=say["title"],
        lead=say["lead"].format(week=week, **numbers),
        article=ledger.sources.set_index("source_id").loc[SEED],
        headlines=[
            {**asdict(one), "figure": drawn.get(one.figure), "notebook": named.get(one.notebook)} for one in found
        ],
        notebooks=notebooks,
        figures=figures,
        tables=[
            {"name": name, "row_is": row_is.get(name, ""), "rows": format_figure(rows, lang=lang)}
            for name, rows in tables.items()
        ],
    )


def _write_figure(
    site: Site,
    figure: Drawn,
    known: Sequence[Reference],
    used: Sequence[Listed],
    around: Mapping[str, Listed | None],
) -> None:
    table = BeautifulSoup(figure.table, "html.parser")
    style = lift_styles(table)
    texts = {"title": figure.title, "name": figure.name, "source": figure.source, **site.frame}
    site.write(
        f"figures/{figure.name}.html",
        "figure",
        heading=figure.title,
        figure=figure,
        table=Markup(table),
        table_style=Markup(style),
        citation=words("site", site.lang)["citation"].format(**texts),
        sources=[source for source in known if source.id in set(figure.source_ids)],
        notebooks=used,
        **around,
    )


def _write_article(site: Site, article: Article, around: Mapping[str, Listed | None]) -> None:
    page = f"notebooks/{article.name}.html"
    pictures = linker(site.path(page))(PICTURES)
    body, style = Markup(article.body.replace(f'="{PICTURES}/', f'="{pictures}/')), Markup(article.style)
    site.write(page, "notebook", heading=article.title, body=body, style=style, **around)


def _write_sources(site: Site, ledger: Ledger, known: Sequence[Reference]) -> None:
    say = words("sources-page", site.lang)
    n, primary = len(known), int(ledger.sources["kind"].eq("primary").sum())
    numbers = {"n": n, "primary": primary, "mirrors": sum(source.mirror for source in known)}
    heads, rows = counted(ledger, lang=site.lang)
    site.write(
        "sources.html",
        "sources",
        heading=say["title"],
        lead=say["lead"].format(share=share(primary, n, site.lang), **numbers),
        words=say,
        sources=known,
        count_heads=heads,
        count_rows=rows,
    )


def _listed(articles: Sequence[Article], lang: Language) -> list[Listed]:
    """Name each notebook by its question; one that has none in this language by its title."""
    asked = words("questions", lang)
    return [
        {
            "name": article.name,
            "title": asked.get(article.name, article.title),
            "lang": "" if lang == "en" or article.name in asked else "en",
        }
        for article in articles
    ]


def _around(pages: Sequence[Listed], place: int) -> dict[str, Listed | None]:
    return {
        "previous": pages[place - 1] if place else None,
        "next": pages[place + 1] if place + 1 < len(pages) else None,
    }
