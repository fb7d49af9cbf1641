"""The errors a user can meet: one base, a few children, each naming what is wrong and what would be right."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 20


class SummitAnalysisError(Exception):
    """Base of every error this package raises on purpose.

    Catch it to catch them all; each child says what was wrong and what would be right.
    """


class FolderError(SummitAnalysisError):
    """A folder or file that is needed is not there, or cannot be written."""


class ArticleError(SummitAnalysisError, ValueError):
    """The file of an article is not there, or holds no text that can be read."""


class FrameError(SummitAnalysisError, ValueError):
    """A data frame handed in lacks a column, has one too many, or holds the wrong kind of values."""


class ChoiceError(SummitAnalysisError, ValueError):
    """A word was given that is not among those allowed."""

    def __init__(self, name: str, value: object, allowed: Iterable[object]) -> None:
        super().__init__(f"{name}={value!r} is not known; choose one of: {', '.join(map(str, allowed))}")


class MissingExtraError(SummitAnalysisError, ImportError):
    """A package that only some users need is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package} is not installed; run: pip install 'summit-analysis[{extra}]'", name=package)


class LedgerError(SummitAnalysisError, ValueError):
    """The tables of a ledger break their schema or their own logic.

    Attributes
    ----------
    findings : pandas.DataFrame
        One row per defect: ``table``, ``row``, ``column``, ``value``, ``problem``, ``remedy``.
    """

    def __init__(self, findings: pd.DataFrame) -> None:
        self.findings = findings
        super().__init__(f"{len(findings)} finding(s) in the tables\n{listed(findings, describe_finding)}")


class MissingRateError(SummitAnalysisError, ValueError):
    """Amounts could not be converted because no reference rate exists for them.

    Attributes
    ----------
    missing : pandas.DataFrame
        Each missing (currency, day) once: ``currency``, ``date``, ``rate_status``, ``rows`` (how many),
        ``first_row`` (index label), ``remedy``.
    """

    def __init__(self, missing: pd.DataFrame) -> None:
        self.missing = missing
        super().__init__(f"{len(missing)} rate(s) missing\n{listed(missing, describe_missing)}")

    def __reduce__(self) -> tuple[type, tuple[pd.DataFrame]]:
        # the workers of a cluster send their errors home pickled
        return type(self), (self.missing,)


class NetworkError(SummitAnalysisError):
    """A server stayed silent, refused, or answered what cannot be right.

    Attributes
    ----------
    url : str
        What was asked for.
    cause : str
        Why there is no answer that can be used.
    passing : bool
        It may be over when asked again.
    """

    def __init__(self, url: str, cause: str, *, passing: bool = False) -> None:
        self.url, self.cause, self.passing = url, cause, passing
        super().__init__(f"{url}: {cause}. Nothing of it is used; try again later, or name another source of rates")


class NotebookError(SummitAnalysisError):
    """A notebook stopped; the message names the notebook and the cell."""


class FigureError(SummitAnalysisError):
    """A figure of the report cannot be drawn; the message names it."""


def describe_finding(row: pd.Series) -> str:
    """Write one finding of `check` as a line of text."""
    where = [str(row["table"])]
    if row["row"] == row["row"] and row["row"] is not None:
        where.append(f"row {int(row['row'])}")
    if row["column"]:
        where.append(str(row["column"]))
    value = f" {row['value']!r}" if row["value"] else ""
    return f"{', '.join(where)}:{value} {row['problem']}. {row['remedy']}"


def describe_missing(row: pd.Series) -> str:
    """Write one missing rate as a line of text."""
    on = f" on {row['date']}" if row["date"] else ""
    where = f" ({row['rows']} row(s), first {row['first_row']!r})" if row["first_row"] is not None else ""
    return f"{row['currency']}{on}: {row['rate_status']}{where}. {row['remedy']}"


def listed(frame: pd.DataFrame, describe: Callable[[pd.Series], str]) -> str:
    """Describe the first rows of `frame`, one line each, and say how many more there are."""
    lines = [f"  {describe(row)}" for _, row in frame.head(SHOWN).iterrows()]
    if len(frame) > SHOWN:
        lines.append(f"  … and {len(frame) - SHOWN} more")
    return "\n".join(lines)
