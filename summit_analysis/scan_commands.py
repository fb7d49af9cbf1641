"""The command `summit-analysis scan`."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from summit_analysis.console import Lang, err, out
from summit_analysis.errors import ArticleError, FrameError
from summit_analysis.rows import Row

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd
    from rich.text import Text

    from summit_analysis.amounts import Language
    from summit_analysis.articles import Article

_STYLES = {
    "agrees": "green",
    "contradicts": "bold red",
    "new": "cyan",
    "unquantified": "dim",
    "known-not-standing": "yellow",
}
_MARKS = {"agrees": "✓", "contradicts": "✗", "new": "+", "unquantified": "–", "known-not-standing": "!"}
_COUNTED = {
    "agrees": ("agrees with the ledger", "agree with the ledger"),
    "contradicts": ("contradicts it", "contradict it"),
    "new": ("is new to it", "are new to it"),
    "known-not-standing": ("is known, but does not stand", "are known, but do not stand"),
    "unquantified": ("has no figure to compare", "have no figure to compare"),
}
_AROUND = 60
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def scan(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Article: .txt, .html or .md, or - for standard input.")],
    on: Annotated[
        str | None,
        typer.Option("--on", help="Day of the text, YYYY-MM-DD; default: the one an HTML page gives."),
    ] = None,
    lang: Annotated[Lang | None, typer.Option(help="Language of the text; default: told sentence by sentence.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Find every amount of money in an article and hold it against the ledger; exit code 1 if one contradicts it.

    Figures without a currency are named, not judged.
    """
    from summit_analysis.articles import read_article
    from summit_analysis.days import one_day
    from summit_analysis.matching import match_claims
    from summit_analysis.mentions import read_amounts
    from summit_analysis.tables import load

    try:
        article = read_article(file)
    except ArticleError as error:
        raise typer.BadParameter(str(error), param_hint="FILE") from None
    try:
        day = one_day(on).item() if on is not None else article.published_on
    except FrameError as error:
        raise typer.BadParameter(str(error), param_hint="--on") from None
    language: Language | None = lang.value if lang else None
    amounts, bare = read_amounts(article.text, language)
    matches = match_claims(load(), amounts, on=day)
    if article.encoding not in ("utf-8", "utf-16"):
        err.print(f"{file} is not UTF-8; read as {article.encoding}", markup=False, soft_wrap=True)
    if as_json:
        answer = {**_answer(file, article, day, amounts, matches), "without_currency": _records(bare)}
        sys.stdout.write(json.dumps(answer, indent=2) + "\n")
    else:
        _print(file, article, day, amounts, matches)
        _print_bare(bare)
    raise typer.Exit(int(matches["verdict"].eq("contradicts").any()))


def totals(matches: pd.DataFrame) -> dict[str, int]:
    """Count the amounts of each verdict, an amount by the first of its rows."""
    first = matches.drop_duplicates("amount")["verdict"]
    return {verdict: int(first.eq(verdict).sum()) for verdict in _COUNTED}


def _answer(
    file: str, article: Article, day: dt.date | None, amounts: pd.DataFrame, matches: pd.DataFrame
) -> dict[str, object]:
    rows = _records(matches)
    found = [
        {**amount, "matches": [row for row in rows if row["amount"] == place]}
        for place, amount in enumerate(_records(amounts))
    ]
    return {
        "file": file,
        "encoding": article.encoding,
        "published_on": article.published_on and article.published_on.isoformat(),
        "published_by": article.published_by or None,
        "on": day and day.isoformat(),
        "totals": totals(matches),
        "amounts": found,
    }


def _records(frame: pd.DataFrame) -> list[dict[str, object]]:
    days = frame.select_dtypes("datetime").columns
    texts = frame.assign(**{column: frame[column].dt.strftime("%Y-%m-%d") for column in days}).astype(object)
    records: list[dict[str, object]] = texts.where(texts.notna(), None).to_dict("records")
    return records


def _print(file: str, article: Article, day: dt.date | None, amounts: pd.DataFrame, matches: pd.DataFrame) -> None:
    from rich.table import Table
    from rich.text import Text

    if amounts.empty:
        out.print(f"{file}: no amount of money found.", markup=False, soft_wrap=True)
        return
    table = Table(title=Text(f"{file}: {len(amounts)} amount(s)"), title_justify="left", expand=True)
    table.add_column("In the text", ratio=4, overflow="fold")
    table.add_column("Verdict", min_width=13, overflow="fold")
    table.add_column("Why", ratio=5, overflow="fold")
    for place, rows in matches.groupby("amount"):
        amount = amounts.iloc[place]
        for number, row in enumerate(rows.itertuples()):
            table.add_row(_excerpt(article.text, amount) if not number else "", _verdict(row), _why(row))
        table.add_section()
    out.print(table)
    rates = "of each claim's own day" if day is None else f"of {day}"
    out.print(f"Currencies compared at the ECB's rates {rates}.", markup=False, highlight=False, soft_wrap=True)
    out.print(f"{_sentence(totals(matches))}.", markup=False, highlight=False, soft_wrap=True)


def _print_bare(bare: pd.DataFrame) -> None:
    if len(bare):
        spans = ", ".join(f"‹{_clean(span)}›" for span in bare["span"])
        text = f"{len(bare)} figure(s) without a currency, not judged: {spans}"
        out.print(text, markup=False, highlight=False, soft_wrap=True)


def _excerpt(text: str, amount: pd.Series) -> Text:
    """Return the amount in bold and angles, with the words around it in its paragraph."""
    from rich.text import Text

    before = text[max(0, amount["start"] - _AROUND) : amount["start"]].rpartition("\n\n")[2]
    after = text[amount["end"] : amount["end"] + _AROUND].partition("\n\n")[0]
    if len(before) == _AROUND:
        before = f"… {before.partition(' ')[2]}"
    if len(after) == _AROUND:
        after = f"{after.rpartition(' ')[0]} …"
    found = Text.assemble(_clean(before), "‹", (_clean(amount["span"]), "bold"), "›", _clean(after))
    found.rstrip()
    return found


def _verdict(row: Row) -> Text:
    from rich.text import Text

    style = _STYLES[row.verdict]
    strength = row.strength if row.verdict in ("agrees", "contradicts") else ""
    by = f"by {row.by}" if isinstance(row.by, str) else ""
    details = ", ".join(filter(None, [strength, by, "tied" if row.tied else ""]))
    return Text.assemble((f"{_MARKS[row.verdict]} {row.verdict}", style), f"\n{details}" if details else "")


def _why(row: Row) -> Text:
    from rich.text import Text

    claim = f"\n{row.claim_id}" if isinstance(row.claim_id, str) else ""
    return Text.assemble(_clean(row.reason), (claim, "dim"))


def _sentence(counts: dict[str, int]) -> str:
    total = sum(counts.values())
    parts = [f"{count} {_COUNTED[verdict][count != 1]}" for verdict, count in counts.items()]
    return f"{total} amount(s): {', '.join(parts)}"


def _clean(text: str) -> str:
    """Return a text that no control character of the article turns into something else on the screen."""
    return _UNPRINTABLE.sub(" ", text)
