"""The commands `summit-analysis rates …`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from summit_analysis.console import out, print_frame
from summit_analysis.errors import FrameError

if TYPE_CHECKING:
    import pandas as pd

    from summit_analysis.refreshing import Provider

app = typer.Typer(help="The stored reference rates: how fresh they are, and how to bring them up to date.")
ROWS_SHOWN = 40

Stored = Annotated[Path | None, typer.Option("--file", help="File of rates, or its folder; default: the shipped one.")]


@app.command()
def status(file: Stored = None) -> None:
    """Print first and last day, age, currencies, ended ones and holes of the stored rates."""
    from summit_analysis.freshness import rates_status
    from summit_analysis.rates import Rates

    rates = Rates.from_ecb_csv(_stored(file))
    print_frame(rates_status(rates, dt.date.today()), rates.source)


@app.command()
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
    from summit_analysis.days import one_day
    from summit_analysis.refreshing import update_rates

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
    from summit_analysis.ecb_file import ECB_FILE, ECBFileProvider, is_address
    from summit_analysis.live import ForexPythonProvider

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
    from summit_analysis import files
    from summit_analysis.rates import RATES_FILE

    path = files.shipped("data") if file is None else file
    return path / RATES_FILE if path.is_dir() else path
