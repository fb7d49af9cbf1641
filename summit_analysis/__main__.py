"""The command line `summit-analysis`: how it prints, then one function for each command.

The public names load with their first use, and what else a command needs is imported by it: each import is waited for.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

import summit_analysis as sa
from summit_analysis.base.errors import ChoiceError, FileError, FrameError, ReportError, SummitAnalysisError

if TYPE_CHECKING:
    import pandas as pd

_STYLES = {"agrees": "green", "slip": "bold red", "differs": "yellow", "not-accepted": "yellow", "new": "cyan"}
"""Colours of the verdicts on an amount; the others are dim."""

out = Console(markup=False, emoji=False, highlight=False, soft_wrap=True)
err = Console(markup=False, emoji=False, highlight=False, stderr=True)
print_json = partial(out.print_json, highlight=False, ensure_ascii=True)

app = typer.Typer(
    help="What was pledged, who says so, what it comes to without double counting, and what became of it.",
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=False,
)
rates_app = typer.Typer(help="The stored reference rates: how fresh they are, and how to bring them up to date.")
asks = partial(app.command, rich_help_panel="Ask a ledger")
keeps = partial(app.command, rich_help_panel="Keep a ledger")
app.add_typer(rates_app, name="rates", rich_help_panel="Keep a ledger")


Lang = Literal["en", "fr"]
"""The two languages of texts, figures and pages."""


AsJson = Annotated[bool, typer.Option("--json", metavar="", help="Print JSON.")]
Data = Annotated[
    Path | None,
    typer.Option(
        "--data", metavar="FOLDER", exists=True, file_okay=False, help="Folder of tables; default: the shipped one."
    ),
]
Language = Annotated[Lang, typer.Option("--lang", metavar="en|fr", help="Language of the answer.")]
Stored = Annotated[
    Path | None,
    typer.Option("--data", "--file", metavar="PATH", help="Folder of tables, or file of rates; default: shipped."),
]


def main() -> None:
    """Run the command line: exit code 0 fine, 1 findings or failure, 2 wrong usage."""
    # no character ends the program, whatever the code page of the output: from 3.15 on Python writes UTF-8 everywhere
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app()
    except (SummitAnalysisError, OSError) as error:
        err.print(f"error: {error}", soft_wrap=True)
        sys.exit(2 if isinstance(error, ChoiceError | FrameError) else 1)


# --- how it prints


def _print_frame(frame: pd.DataFrame, title: str) -> None:
    """Print a data frame as a table, missing cells empty."""
    # a missing cell stays NaN among the texts, and rich prints texts only
    _print_columns({str(name): cells.astype("str").fillna("") for name, cells in frame.items()}, title)


def _print_columns(columns: Mapping[str, Iterable[str]], title: str) -> None:
    from rich.table import Column, Table

    # ids are there to be copied: whole where there is room
    heads = (Column(name, overflow="fold", no_wrap=name == "pledge_id" and out.width >= 100) for name in columns)
    table = Table(*heads, title=title, title_justify="left")
    for row in zip(*columns.values(), strict=True):
        table.add_row(*row)
    out.print(table, soft_wrap=False)


@contextmanager
def _progress_bars() -> Iterator[Callable[[str, int, int], None]]:
    """Yield a function that shows how far each piece of work is: its name, steps done, steps in all."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=err) as progress:
        bar = cache(progress.add_task)
        yield lambda name, done, steps: progress.update(bar(name, total=steps), completed=done)


# --- the report


def _version(asked: bool) -> None:
    if asked:
        ledger = sa.load()
        news, rates = ledger.updates["updated_on"].max(), ledger.rates.days[-1]
        out.print(f"summit-analysis {sa.__version__}")
        out.print(f"data {ledger.version} ({ledger.digest}), last news of {news:%Y-%m-%d}, rates to {rates}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def without_command(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version", metavar="", is_eager=True, callback=_version, help="Print the versions of package and data."
        ),
    ] = False,
) -> None:
    """Run the notebooks and write the report if no command is given."""
    if context.invoked_subcommand is None:
        report()


@asks()
def report(
    out_folder: Annotated[
        Path,
        typer.Option("--out", metavar="FOLDER", help="Folder of the report: new, or that of an earlier report."),
    ] = Path("report"),
    data: Data = None,
    lang: Language = "en",
    fresh: Annotated[
        bool, typer.Option("--fresh", metavar="", help="Make everything, also what has not changed.")
    ] = False,
    site_url: Annotated[
        str, typer.Option("--site-url", metavar="URL", help="Where it will be published: https://example.org/report.")
    ] = "",
) -> None:
    """Write the report in both languages: run the notebooks, draw the figures; what has not changed is not made again.

    With --data the report of another ledger, which has no notebooks.
    """
    from summit_analysis.report import processes

    processes.begin()
    from summit_analysis.report.site import build

    with _progress_bars() as tell:
        result = build(out_folder, folder=data, lang=lang, fresh=fresh, site_url=site_url, on_progress=tell)
    colon = "\u00a0:" if lang == "fr" else ":"
    for sentence in [*(f"{found.topic}{colon} {found.sentence}." for found in result.headlines), *result.left_out]:
        out.print(sentence)
    if result.unchanged:
        out.print(
            f"\n{result.unchanged} of {result.made} notebooks and figures had not changed (--fresh makes all anew)."
        )
    if result.problem:
        err.print(f"Nothing was taken from the earlier report: {result.problem}", soft_wrap=True)
    out.print(f"\nReport: {result.folder / 'index.html'}")
    # as it was called: nobody need have activated anything
    own = sys.argv[0] if Path(sys.argv[0]).name.startswith("summit-analysis") else "summit-analysis"
    out.print(f"Explore: {own} lab{f' --data {shlex.quote(str(data))}' if data else ''}")


# --- the tables, their sums, an amount, an article


@keeps()
def new(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="To be made; must not exist yet, or be empty.")],
    lang: Annotated[Lang, typer.Option(metavar="en|fr", help="Language of README.md and of the example.")] = "en",
) -> None:
    """Make a folder for a ledger about an event of your own: empty tables, schema, rates, an example; asks nothing."""
    from summit_analysis.base.text import words

    made = sa.new_ledger(folder, lang=lang)
    out.print(words("new", lang)["made"].format(folder=made))


@keeps()
def check(
    folder: Annotated[
        Path | None, typer.Argument(metavar="FOLDER", help="Folder of tables; default: the shipped one.")
    ] = None,
) -> None:
    """Check a folder of tables; exit code 1 if anything is found."""
    from summit_analysis.ledger.checks import UNLABELLED

    found = sa.check(folder)
    if len(found):
        _print_frame(found.assign(row=found["row"].astype("str").replace("<NA>", "")), f"{len(found)} finding(s)")
        if found["problem"].str.startswith(UNLABELLED).all():
            out.print("The ledger is read all the same: where a name is missing, the pledge_id stands for it.")
        raise typer.Exit(1)
    out.print("No finding: the tables keep to the schema and to the rules.")
    ledger = sa.load(folder)
    out.print(repr(ledger))
    if ledger.pledges.empty:
        out.print("It is empty: its README.md names the first steps.")


@asks()
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="FILE.zip (Data Package), FILE.xlsx or FILE.sqlite.")],
    data: Data = None,
) -> None:
    """Write all tables into one file: a Data Package, a workbook with a sheet of notes, a database with keys."""
    from summit_analysis.base.files import write_bytes
    from summit_analysis.ledger.export import exported

    out.print(f"Written: {write_bytes(file, exported(sa.load(data), file.suffix[1:].lower()))}")


@asks()
def convert(
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="400e6 or 400000000.")],
    source: Annotated[str, typer.Argument(metavar="FROM", help="Currency, ISO 4217: USD.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="The other currency: EUR.")],
    on: Annotated[str, typer.Option("--on", metavar="DAY", help="Day, YYYY-MM-DD.")],
    data: Data = None,
    live: Annotated[
        bool, typer.Option("--live", metavar="", help="Ask forex-python’s service, not the stored rates.")
    ] = False,
    service: Annotated[
        str | None, typer.Option("--service", metavar="URL", help="Other address of that service.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Convert an amount at the ECB’s reference rate of a day, or with --live at that of forex-python."""
    try:
        figure = Decimal(amount)
        # written out, a million digits would say nothing
        if not figure.is_finite() or abs(figure.adjusted()) > 30:
            raise InvalidOperation
    except InvalidOperation:
        raise typer.BadParameter(
            f"{amount!r} is no number up to 1e30; write 400e6 or 400000000", param_hint="AMOUNT"
        ) from None
    if live and data:
        raise typer.BadParameter("the rates are those of the service or those of a folder", param_hint="--live, --data")
    rates = sa.load(data).rates if data else None
    if live:
        from summit_analysis.currency.update import ForexPythonProvider

        rates = ForexPythonProvider(service).rates([on])
    found = sa.quote(source, target, on=on, rates=rates)
    converted = figure * found.factor
    if not as_json:
        out.print(f"{figure:,f} {found.currency} = {converted:,.2f} {found.to}")
        # of one currency there is nothing to say in two directions
        out.print(found.sentence() if found.rate_date is None else repr(found))
        return
    print_json(
        data={
            "amount": str(figure),
            "from": found.currency,
            "to": found.to,
            "on": on,
            "converted": str(converted),
            "rate": str(found.rate),
            "factor": str(found.factor),
            "rate_date": found.rate_date and found.rate_date.isoformat(),
            "rate_status": found.status,
            "rate_source": found.source,
        }
    )


@asks()
def total(
    data: Data = None,
    rule: Annotated[
        str,
        typer.Option(
            metavar="RULE",
            help="`full-range` (lowest to highest figure published), `primary-first`, `latest` or `article`.",
        ),
    ] = "full-range",
    where: Annotated[
        str | None,
        typer.Option(
            metavar="WHERE",
            help="A group, article, or pledges by id or name, joined by commas; default: the event’s group.",
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="DAY", help="Day, YYYY-MM-DD; default: all rows, as announced."),
    ] = None,
    to: Annotated[str, typer.Option("--to", metavar="CODE", help="Currency of the total, ISO 4217.")] = "EUR",
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Add up pledges without double counting: the total, what counts, what is left out, what is deducted."""
    from summit_analysis.pledges.claims import known_rule

    ledger, wanted = sa.load(data), None if where is None else [one.strip() for one in where.split(",")]
    found = sa.total(ledger, to=to, rule=known_rule(rule, ledger), where=wanted, as_of=as_of)
    if as_json:
        print_json(data=found.as_dict(lang))
        return
    out.print(found.sentence(lang))
    _print_sums(found, lang)


def _print_sums(found: sa.Total, lang: Lang) -> None:
    """Print the tables of a total in words: ids of pledges and their names."""
    from summit_analysis.base.text import words
    from summit_analysis.ledger.display import heading, readable

    say, said = words("sums", lang), words("headings", lang) | words("explorer", lang)
    for title, frame in ((title, frame) for title, frame in found.tables().items() if len(frame)):
        # what is taken off two sums is no range; that all amounts rest on claims goes without saying
        of_two = {"low": "amount", "high": "figure"} if "relation" in frame else {}
        heads = {"amount": say["off_low"], "figure": say["off_high"]} if of_two else {}
        shown = frame.loc[:, ~frame.eq("claims").all()].drop(columns="relation", errors="ignore").rename(columns=of_two)
        shown = shown.replace({"money_kind": said, "amount_by": said})
        columns = readable(shown, lang=lang, currency=found.to, names=found.ledger.names(lang))
        texts = {heads.get(column.key) or heading(column.key, lang): column.texts for column in columns}
        _print_columns({**frame.filter(["pledge_id"]), **texts}, say[title.lower().replace(" ", "_")])


@asks()
def scan(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Article: .txt, .html or .md, or - for standard input.")],
    on: Annotated[
        str | None,
        typer.Option("--on", metavar="DAY", help="Day of the text, YYYY-MM-DD; default: that of the page."),
    ] = None,
    data: Data = None,
    lang: Annotated[
        Lang | None, typer.Option(metavar="en|fr", help="Language of the text; default: told sentence by sentence.")
    ] = None,
    as_json: AsJson = False,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write the rows to this file for a spreadsheet, too.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", metavar="", help="Exit code 1 if an amount differs or looks like a slip.")
    ] = False,
) -> None:
    """Find every amount of money in an article, and say of each what the ledger knows, who says so, and where."""
    from rich.text import Text

    from summit_analysis.article.scan import verdict_words
    from summit_analysis.base.files import csv_text, write_text
    from summit_analysis.base.text import LANGUAGES

    ledger = sa.load(data)
    try:
        found = sa.scan(Path(file), ledger=ledger, on=on, lang=lang)
    except FileError as error:
        raise typer.BadParameter(str(error), param_hint="FILE") from None
    if csv:
        write_text(csv, csv_text(found.frame))
    if as_json:
        print_json(data=found.as_dict())
    else:
        shown = Text(found.text(out.width))
        for words in map(verdict_words, LANGUAGES):
            for verdict, said in words.items():
                shown.highlight_words([said], _STYLES.get(verdict, "dim"))
        out.print(shown)
        if csv:
            out.print(f"Written: {csv}")
    raise typer.Exit(int(strict and found.frame["verdict"].isin(["slip", "differs"]).any()))


# --- the notebooks


@keeps()
def refresh() -> None:
    """Execute the notebooks again, rewrite what is written from the tables; print which numbers moved."""
    from difflib import unified_diff

    from summit_analysis.ledger import schema
    from summit_analysis.report import notebooks

    paths = notebooks.lessons()
    with _progress_bars() as tell:
        done = notebooks.run_jobs([partial(notebooks.execute, path, notebooks.CELL_SECONDS, tell) for path in paths])
    changed = [
        (path, new)
        for path, new in zip(paths, done, strict=True)
        if not isinstance(new, ReportError) and notebooks.outputs(notebooks.read(path)) != notebooks.outputs(new)
    ]
    for path, new in changed:
        name, old = f"{path.parent.name}/{path.name}", notebooks.read(path)
        moved = unified_diff(notebooks.shown(old), notebooks.shown(new), name, name, n=0, lineterm="")
        out.print("\n".join(moved) or f"Pictures drawn anew: {path.stem}")
        notebooks.rewrite(path, new)
    if not changed:
        out.print("Nothing moved.")
    schema.rewrite_dictionary()
    notebooks.raise_all([error for error in done if isinstance(error, ReportError)])


@asks(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def lab(
    context: typer.Context,
    data: Data = None,
    restore: Annotated[
        str | None,
        typer.Option(
            "--restore",
            metavar="NUMBER",
            help="Bring lesson 02 back, or `data` for the tables; open nothing.",
        ),
    ] = None,
    lang: Annotated[Lang, typer.Option("--lang", metavar="en|fr", help="Language of the lesson to open.")] = "en",
    without_outputs: Annotated[
        bool,
        typer.Option("--without-outputs", metavar="", help="For a class: clear what the lessons of the copy show."),
    ] = False,
) -> None:
    """Open a copy of the notebooks in JupyterLab, with --data that folder; further options go to JupyterLab.

    The copy, summit-notebooks, has the tables beside the notebooks, and stays when it is there.
    """
    from summit_analysis.base import files

    if data and (restore or without_outputs):
        raise typer.BadParameter("only the copy has lessons", param_hint="--data")
    where = [f"--notebook-dir={data}"]
    if data is None:
        copied = Path("summit-notebooks")
        if not copied.exists():
            with files.new_folder(copied) as fresh:
                for name in ("data", "notebooks"):
                    shutil.copytree(files.shipped(name), fresh / name, ignore=shutil.ignore_patterns(".*"))
            out.print(f"Lessons and tables, yours to change: {copied.resolve()}")
        if restore or without_outputs:
            from summit_analysis.report import notebooks
        if restore:
            said = notebooks.restore(copied, restore)
            out.print("\n".join(said) or f"Nothing to restore: {restore} is as in this installation.")
        if without_outputs:
            notebooks.clear_outputs(copied, restore)
        if restore:
            return
        folder = "notebooks" if lang == "en" else f"notebooks/{lang}"
        first = min((copied / folder).glob("*.ipynb"), default=copied / folder).relative_to(copied)
        where = [f"--notebook-dir={copied}", f"--LabApp.default_url=/lab/tree/{first.as_posix()}"]
    # a lesson asks nothing of the network: neither news, nor newer versions, nor extensions to install
    quiet = [
        "--LabApp.news_url=None",
        "--LabApp.extension_manager=readonly",
        "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
    ]
    command = [sys.executable, "-m", "jupyterlab", *where, *quiet, *context.args]
    if os.name == "posix":
        # this process becomes JupyterLab: what ends one ends the other
        os.execv(sys.executable, command)
    raise typer.Exit(subprocess.run(command, check=False).returncode)


# --- the rates


@rates_app.command()
def status(file: Stored = None) -> None:
    """Print first and last day, age, currencies, ended ones and holes of the stored rates."""
    from summit_analysis.currency.update import rates_status

    rates = sa.Rates.from_ecb_csv(_stored(file))
    _print_frame(rates_status(rates, dt.date.today()), rates.source)


@rates_app.command()
def update(
    source: Annotated[
        str,
        typer.Option("--from", metavar="ecb|FILE", help="ecb, or the ECB’s file elsewhere: an address or a path."),
    ],
    deadline: Annotated[
        float, typer.Option("--deadline", metavar="SECONDS", min=0.1, help="For everything together.")
    ] = 60,
    dry_run: Annotated[bool, typer.Option("--dry-run", metavar="", help="Only show the differences.")] = False,
    file: Stored = None,
) -> None:
    """Store the ECB’s rates, and show how they differ from those stored before."""
    from summit_analysis.base.text import is_web
    from summit_analysis.currency import update as fresh

    if source != "ecb" and not is_web(source) and not Path(source).is_file():
        raise typer.BadParameter(f"{source!r} is none of: ecb, an address, a file that exists", param_hint="--from")
    path, place = _stored(file), fresh.ECB_FILE if source == "ecb" else source
    found = fresh.update_rates(path, place, dry_run=dry_run, patience=fresh.Patience(deadline=deadline))
    if not len(found):
        out.print("Nothing new: the stored rates are up to date.")
        return
    shown = found.head(40)
    _print_frame(shown, f"{len(found)} difference(s), the first {len(shown)} shown")
    out.print("Nothing written: dry run." if dry_run else f"Written: {path}")


def _stored(file: Path | None) -> Path:
    from summit_analysis.base import files
    from summit_analysis.currency.rates import RATES_FILE

    path = files.shipped("data") if file is None else file
    if path.is_dir() and not (path / RATES_FILE).exists():
        raise FileError(f"{path} has no rates of its own, the shipped ones serve it: ask for those, without --data")
    return path / RATES_FILE if path.is_dir() else path


if __name__ == "__main__":
    main()
