"""The command line `summit-analysis`."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from summit_analysis import rate_commands, scan_commands
from summit_analysis.console import Lang, err, out, plain_output, print_frame, progress_bars
from summit_analysis.errors import ChoiceError, FrameError, SummitAnalysisError

if TYPE_CHECKING:
    import pandas as pd

    from summit_analysis.amounts import Language

app = typer.Typer(
    help="Pledges, timelines and signatures of the Paris AI Action Summit as evidence that anyone can check.",
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=False,
)
app.add_typer(rate_commands.app, name="rates")
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
    from summit_analysis.report import build

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
    from summit_analysis.tables import check as check_tables

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
    from summit_analysis.quotes import describe_quote, quote

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
    from summit_analysis.resolving import known_rule
    from summit_analysis.tables import load
    from summit_analysis.totals import total as add_up

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


app.command()(scan_commands.scan)


@app.command()
def refresh(
    release: Annotated[bool, typer.Option("--release", help="Take the totals as those of this release.")] = False,
) -> None:
    """Execute the notebooks again, rewrite the column dictionary; print which numbers moved, and which totals."""
    import pandas as pd

    from summit_analysis import differences, execution, releases, schema
    from summit_analysis.errors import NotebookError
    from summit_analysis.tables import load

    paths = execution.notebook_paths()
    with progress_bars() as tell:
        done = execution.execute_all(paths, on_progress=tell)
    changes, pictures = [pd.DataFrame()], []
    for path, new in zip(paths, done, strict=True):
        if not isinstance(new, NotebookError):
            old = execution.read(path)
            changes.append(differences.moved(old, new, path.stem))
            pictures += [path.stem] if differences.redrawn(old, new) else []
            if len(changes[-1]) or path.stem in pictures:
                execution.rewrite(path, new)
    schema.rewrite_dictionary()
    moved = pd.concat(changes)
    if len(moved):
        short = moved.assign(**{side: moved[side].str.slice(0, 200) for side in ("before", "after")})
        print_frame(short.head(MOVES_SHOWN), f"{len(moved)} place(s) moved, the first {MOVES_SHOWN} shown")
    else:
        out.print("Nothing moved.")
    if pictures:
        out.print(f"Pictures drawn anew: {', '.join(pictures)}")
    ledger = load()
    out.print("\n".join(releases.moved_lines(ledger)), markup=False, highlight=False, soft_wrap=True)
    if release:
        releases.record_release(ledger)
    execution.raise_all([error for error in done if isinstance(error, NotebookError)])


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def lab(context: typer.Context) -> None:
    """Open the notebooks in JupyterLab; further options go to it. An installed package works on a copy."""
    from summit_analysis import files

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
    from summit_analysis.display import compact

    money = [column for column in frame.columns if column in ("low", "high")]
    return frame.assign(**{column: frame[column].map(lambda value: compact(value, lang=lang)) for column in money})


def _own_command() -> str:
    command = Path(sys.argv[0])
    return str(command) if command.name.startswith("summit-analysis") else "summit-analysis"


if __name__ == "__main__":
    main()
