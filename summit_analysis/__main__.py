"""The command line `summit-analysis`."""

from __future__ import annotations

import codecs
import datetime as dt
import io
import json
import re
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from summit_analysis.article.read import Article
from summit_analysis.base.errors import ArticleError, ChoiceError, FrameError, SummitAnalysisError
from summit_analysis.base.text import Language, Row
from summit_analysis.currency.update import Provider

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd
    from rich.text import Text


class Lang(StrEnum):
    """The two languages of texts, figures and pages."""

    en = "en"
    fr = "fr"


out = Console()
err = Console(stderr=True)

_PLAIN = {"✓": "=", "✗": "x", "–": "-", "—": "-", "−": "-", "≈": "~", "≥": ">=", "≤": "<=", "×": "x", "→": "->"}
_PLAIN |= {
    "‹": "<",
    "›": ">",
    "«": '"',
    "»": '"',
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "€": "EUR",
    "£": "GBP",
    "œ": "oe",
}
"""How a mark is written where the code page of the output lacks it."""


def plain_output() -> None:
    """Let no character end the program: one that the output's code page lacks is written in plain ones, or as ?."""
    codecs.register_error("plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="plain")


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    near = (_PLAIN.get(each) or unicodedata.normalize("NFKD", each) for each in lacking)
    return "".join(each.encode("ascii", "ignore").decode() or "?" for each in near), error.end


def print_frame(frame: pd.DataFrame, title: str) -> None:
    """Print a data frame as a table, missing cells empty."""
    table = Table(title=title, title_justify="left")
    for column in frame.columns:
        table.add_column(str(column), overflow="fold")
    # a missing cell stays NaN among the texts, and rich prints texts only
    for row in frame.astype("str").fillna("").itertuples(index=False):
        table.add_row(*row)
    out.print(table, markup=False)


@contextmanager
def progress_bars() -> Iterator[Callable[[str, int, int], None]]:
    """Yield a function that shows how far each piece of work is: its name, steps done, steps in all."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=err) as progress:
        bars: dict[str, TaskID] = {}

        def tell(name: str, done: int, steps: int) -> None:
            if name not in bars:
                bars[name] = progress.add_task(name, total=steps)
            progress.update(bars[name], completed=done, total=steps)

        yield tell


rates_app = typer.Typer(help="The stored reference rates: how fresh they are, and how to bring them up to date.")
ROWS_SHOWN = 40

Stored = Annotated[Path | None, typer.Option("--file", help="File of rates, or its folder; default: the shipped one.")]


@rates_app.command()
def status(file: Stored = None) -> None:
    """Print first and last day, age, currencies, ended ones and holes of the stored rates."""
    from summit_analysis.currency.rates import Rates
    from summit_analysis.currency.update import rates_status

    rates = Rates.from_ecb_csv(_stored(file))
    print_frame(rates_status(rates, dt.date.today()), rates.source)


@rates_app.command()
def update(
    source: Annotated[str, typer.Option("--from", help="forex-python, ecb, or the ECB's file (path or address).")],
    base_url: Annotated[
        str | None, typer.Option("--base-url", help="Other address of the service, or of the ECB's folder.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", help="Last day to ask for, YYYY-MM-DD.")] = None,
    deadline: Annotated[float, typer.Option("--deadline", min=0.1, help="Seconds for everything together.")] = 60,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the differences.")] = False,
    file: Stored = None,
) -> None:
    """Show how fresh rates differ from the stored ones, then store them."""
    from summit_analysis.base.days import one_day
    from summit_analysis.currency.update import update_rates

    try:
        last = None if until is None else one_day(until).item()
    except FrameError as error:
        raise typer.BadParameter(str(error), param_hint="--until") from None
    path = _stored(file)
    provider = _provider(source, base_url, deadline)
    found = update_rates(path, provider, until=last, dry_run=dry_run, show=_print_differences)
    if len(found):
        out.print("Nothing written: dry run." if dry_run else f"Written: {path}", soft_wrap=True, highlight=False)


def _print_differences(found: pd.DataFrame) -> None:
    if len(found):
        shown = found.head(ROWS_SHOWN)
        print_frame(shown, f"{len(found)} difference(s), the first {len(shown)} shown")
    else:
        out.print("Nothing new: the stored rates are up to date.")


def _provider(source: str, base_url: str | None, deadline: float) -> Provider:
    from summit_analysis.currency.update import ECB_FILE, ECBFileProvider, ForexPythonProvider, is_address

    if source == "forex-python":
        return ForexPythonProvider(base_url, deadline=deadline)
    if source == "ecb":
        folder, _, name = ECB_FILE.rpartition("/")
        return ECBFileProvider(f"{(base_url or folder).rstrip('/')}/{name}", deadline=deadline)
    if base_url is not None:
        raise typer.BadParameter("goes with --from forex-python or --from ecb", param_hint="--base-url")
    if not is_address(source) and not Path(source).is_file():
        raise typer.BadParameter(
            f"{source!r} is none of: forex-python, ecb, a file that exists, an address", param_hint="--from"
        )
    return ECBFileProvider(source, deadline=deadline)


def _stored(file: Path | None) -> Path:
    from summit_analysis.base import files
    from summit_analysis.currency.rates import RATES_FILE

    path = files.shipped("data") if file is None else file
    return path / RATES_FILE if path.is_dir() else path


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
    from summit_analysis.article.amounts import read_amounts
    from summit_analysis.article.match import match_claims
    from summit_analysis.article.read import read_article
    from summit_analysis.base.days import one_day
    from summit_analysis.ledger.tables import load

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


app = typer.Typer(
    help="Pledges, timelines and signatures of the Paris AI Action Summit as evidence that anyone can check.",
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=False,
)
app.add_typer(rates_app, name="rates")
MOVES_SHOWN = 20

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Out = Annotated[Path, typer.Option("--out", help="Folder of the report: new, or that of an earlier report.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Run everything, also what has not changed.")]


@app.callback(invoke_without_command=True)
def without_command(context: typer.Context) -> None:
    """Run the notebooks and write the report if no command is given."""
    if context.invoked_subcommand is None:
        report()


@app.command()
def report(out_folder: Out = Path("report"), lang: Lang = Lang.en, fresh: Fresh = False) -> None:
    """Run the notebooks side by side and write the report, in both languages; what has not changed is not run again."""
    from summit_analysis.report.site import build

    with progress_bars() as tell:
        result = build(out_folder, lang=lang.value, fresh=fresh, on_progress=tell)
    for found in result.headlines:
        out.print(f"{found.topic}: {found.sentence}.", markup=False, highlight=False, soft_wrap=True)
    if result.unchanged:
        kept = f"{result.unchanged} of {result.made} notebooks and figures had not changed (--fresh makes all anew)."
        out.print(f"\n{kept}", soft_wrap=True)
    if result.problem:
        err.print(f"Nothing is kept for the next run: {result.problem}", markup=False, soft_wrap=True)
    out.print(f"\nReport: {result.folder / 'index.html'}", soft_wrap=True)
    out.print(f"Explore: {_own_command()} lab", soft_wrap=True)


@app.command()
def check(
    folder: Annotated[Path | None, typer.Argument(help="Folder of tables; default: the shipped one.")] = None,
) -> None:
    """Check a folder of tables; exit code 1 if anything is found."""
    from summit_analysis.ledger.tables import check as check_tables

    found = check_tables(folder)
    if len(found):
        print_frame(found.assign(row=found["row"].astype("str").replace("<NA>", "")), f"{len(found)} finding(s)")
        raise typer.Exit(1)
    out.print("No finding: the tables keep to the schema and to the rules.")


@app.command()
def convert(
    amount: str,
    source: Annotated[str, typer.Argument(metavar="FROM")],
    target: Annotated[str, typer.Argument(metavar="TO")],
    on: Annotated[str, typer.Option("--on", help="Day, YYYY-MM-DD.")],
    as_json: AsJson = False,
) -> None:
    """Convert an amount at the ECB's reference rate of a day."""
    from summit_analysis.currency.convert import describe_quote, quote

    try:
        figure = Decimal(amount)
        if not figure.is_finite():
            raise InvalidOperation
    except InvalidOperation:
        raise typer.BadParameter(f"{amount!r} is not a number; write 400e6 or 400000000", param_hint="AMOUNT") from None
    with _usage("--on"):
        found = quote(source, target, on=on)
    answer = {
        "amount": str(figure),
        "from": source.strip().upper(),
        "to": target.strip().upper(),
        "on": on,
        "converted": str(figure * found.factor),
        "rate": str(found.rate),
        "factor": str(found.factor),
        "rate_date": found.rate_date and found.rate_date.isoformat(),
        "rate_status": found.status,
        "rate_source": found.source,
    }
    if as_json:
        sys.stdout.write(json.dumps(answer, indent=2) + "\n")
    else:
        out.print(f"{figure:,f} {answer['from']} = {figure * found.factor:,.2f} {answer['to']}", highlight=False)
        out.print(describe_quote(found, source, target, on=on), highlight=False, soft_wrap=True)


@app.command()
def total(
    rule: Annotated[str, typer.Option(help="full-range, primary-first, latest or article.")] = "full-range",
    where: Annotated[
        str, typer.Option(help="summit, comparator, article or a pledge id; several joined by commas.")
    ] = "summit",
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Day, YYYY-MM-DD; default: all rows, as announced.")
    ] = None,
    to: Annotated[str, typer.Option("--to", help="Currency of the total, ISO 4217.")] = "EUR",
    lang: Lang = Lang.en,
    as_json: AsJson = False,
) -> None:
    """Add up pledges, each euro once: the sentence, what counts, what is left out, what ties take off."""
    from summit_analysis.ledger.tables import load
    from summit_analysis.pledges.claims import known_rule
    from summit_analysis.pledges.totals import total as add_up

    known = known_rule(rule)
    ledger = load()
    with _usage("--as-of"):
        found = add_up(ledger, to=to, rule=known, where=where.split(","), as_of=as_of)
    if as_json:
        sys.stdout.write(json.dumps(found.as_dict(lang.value), indent=2) + "\n")
        return
    out.print(found.sentence(lang.value), highlight=False, soft_wrap=True)
    names = ledger.names(lang.value)
    for title, frame in found.tables().items():
        if len(frame):
            ids = [column for column in ("pledge_id", "pledge_a", "pledge_b", "counted_in") if column in frame]
            readable = frame.assign(**{column: frame[column].map(names).fillna("") for column in ids})
            print_frame(_compact(readable, lang.value), title)


app.command()(scan)


@app.command()
def refresh(
    release: Annotated[bool, typer.Option("--release", help="Take the totals as those of this release.")] = False,
) -> None:
    """Execute the notebooks again, rewrite what is written from the tables; print which numbers and totals moved."""
    import pandas as pd

    from summit_analysis.base.errors import NotebookError
    from summit_analysis.ledger import schema
    from summit_analysis.ledger.tables import load, record_clean
    from summit_analysis.pledges import compare
    from summit_analysis.report import notebooks

    paths = notebooks.notebook_paths()
    with progress_bars() as tell:
        done = notebooks.execute_all(paths, on_progress=tell)
    changes, pictures = [pd.DataFrame()], []
    for path, new in zip(paths, done, strict=True):
        if not isinstance(new, NotebookError):
            old = notebooks.read(path)
            changes.append(notebooks.moved(old, new, path.stem))
            pictures += [path.stem] if notebooks.redrawn(old, new) else []
            if len(changes[-1]) or path.stem in pictures:
                notebooks.rewrite(path, new)
    schema.rewrite_dictionary()
    record_clean()
    moved = pd.concat(changes)
    if len(moved):
        short = moved.assign(**{side: moved[side].str.slice(0, 200) for side in ("before", "after")})
        print_frame(short.head(MOVES_SHOWN), f"{len(moved)} place(s) moved, the first {MOVES_SHOWN} shown")
    else:
        out.print("Nothing moved.")
    if pictures:
        out.print(f"Pictures drawn anew: {', '.join(pictures)}")
    ledger = load()
    out.print("\n".join(compare.moved_lines(ledger)), markup=False, highlight=False, soft_wrap=True)
    if release:
        compare.record_release(ledger)
    notebooks.raise_all([error for error in done if isinstance(error, NotebookError)])


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def lab(context: typer.Context) -> None:
    """Open the notebooks in JupyterLab; further options go to it. An installed package works on a copy."""
    from summit_analysis.base import files

    folder = files.shipped("notebooks")
    if folder.parent.name == "_shipped":
        copied = Path("summit-notebooks")
        if not copied.exists():
            with files.new_folder(copied) as fresh:
                shutil.copytree(folder, fresh, dirs_exist_ok=True)
        folder = copied
    command = [sys.executable, "-m", "jupyterlab", f"--notebook-dir={folder}", *context.args]
    raise typer.Exit(subprocess.run(command, check=False).returncode)


def main() -> None:
    """Run the command line: exit code 0 fine, 1 findings or failure, 2 wrong usage."""
    plain_output()
    try:
        app()
    except ChoiceError as error:
        err.print(f"error: {error}", markup=False, soft_wrap=True)
        sys.exit(2)
    except SummitAnalysisError as error:
        err.print(f"error: {error}", markup=False, soft_wrap=True)
        sys.exit(1)


@contextmanager
def _usage(option: str) -> Iterator[None]:
    """Turn a day that is none into wrong usage."""
    try:
        yield
    except FrameError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None


def _compact(frame: pd.DataFrame, lang: Language) -> pd.DataFrame:
    from summit_analysis.ledger.display import compact

    money = [column for column in frame.columns if column in ("low", "high")]
    return frame.assign(**{column: frame[column].map(lambda value: compact(value, lang=lang)) for column in money})


def _own_command() -> str:
    command = Path(sys.argv[0])
    return str(command) if command.name.startswith("summit-analysis") else "summit-analysis"


if __name__ == "__main__":
    main()
