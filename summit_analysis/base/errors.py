"""The errors a user can meet: one base, a few children, each naming what is wrong and what would be right."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 20


class SummitAnalysisError(Exception):
    """Base of every error this package raises on purpose.

    Catch it to catch them all; each child says what was wrong and what would be right.

    >>> from summit_analysis import quote
    >>> try:
    ...     quote("USD", on="next Monday")
    ... except SummitAnalysisError as error:
    ...     print(error)
    'next Monday' is not a day; write YYYY-MM-DD
    """


class FileError(SummitAnalysisError, ValueError):
    """A file or folder that is needed is not there, cannot be written, or holds no text that can be read.

    >>> from summit_analysis import load
    >>> load("my-tables")
    Traceback (most recent call last):
        ...
    summit_analysis.base.errors.FileError: my-tables is not a folder: give the folder that holds the tables
    """


class FrameError(SummitAnalysisError, ValueError):
    """A data frame handed in lacks a column, has one too many, or holds the wrong kind of values; or a text is no day.

    >>> from summit_analysis import normalise
    >>> normalise(ledger.updates, amounts="sum", date="updated_on")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    summit_analysis.base.errors.FrameError: no column 'sum'; the frame has: pledge_id, updated_on, ...
    """


class ChoiceError(SummitAnalysisError, ValueError):
    """A word was given that is not among those allowed.

    >>> from summit_analysis import total
    >>> total(ledger, rule="newest")
    Traceback (most recent call last):
        ...
    summit_analysis.base.errors.ChoiceError: rule='newest' is not known;
        choose one of: full-range, primary-first, latest, article
    """

    def __init__(self, name: str, value: object, allowed: Iterable[object], problem: str = "is not known") -> None:
        super().__init__(f"{name}={value!r} {problem}; choose one of: {', '.join(map(str, allowed))}")


class LedgerError(SummitAnalysisError, ValueError):
    r"""The tables of a ledger break their schema or their own logic.

    Attributes
    ----------
    findings : pandas.DataFrame
        One row per defect: ``table``, ``row``, ``column``, ``value``, ``problem``, ``remedy``.

    >>> from summit_analysis import Rates
    >>> Rates.from_ecb_text("Date,USD\n2025-02-10,0\n", "rates.csv")
    Traceback (most recent call last):
        ...
    summit_analysis.base.errors.LedgerError: 1 finding(s) in the tables
      rates.csv, row 2, USD: '0' not a rate above zero, nor N/A. Take the ECB's file eurofxref-hist.csv as it is
    """

    def __init__(self, findings: pd.DataFrame) -> None:
        self.findings = findings
        super().__init__(f"{len(findings)} finding(s) in the tables\n{_first_lines(findings, describe_finding)}")


class AbsentError(SummitAnalysisError, LookupError):
    """What was asked for rests on rows that the ledger does not have: no figure, no page of it, and no fault either."""


class MissingRateError(SummitAnalysisError, ValueError):
    """Amounts could not be converted because no reference rate exists for them.

    Attributes
    ----------
    missing : pandas.DataFrame
        Each missing (currency, day) once: ``currency``, ``date``, ``rate_status``, ``rows`` (how many),
        ``first_row`` (index label), ``remedy``.

    Of the rouble the last rate known is not taken in silence:

    >>> from summit_analysis import quote
    >>> quote("RUB", on="2023-01-03")
    Traceback (most recent call last):
        ...
    summit_analysis.base.errors.MissingRateError: 1 rate(s) missing
      RUB on 2023-01-03: ended. The ECB stopped publishing this currency; take an earlier day,
        or put rates into rates.csv in the ledger's folder: day, currency, rate per 1 euro, source
    """

    def __init__(self, missing: pd.DataFrame) -> None:
        self.missing = missing
        super().__init__(f"{len(missing)} rate(s) missing\n{_first_lines(missing, describe_missing)}")

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

    >>> from summit_analysis.currency.update import fetch_ecb
    >>> fetch_ecb("http://")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    summit_analysis.base.errors.NetworkError: http://: no usable answer (InvalidURL: ...). Nothing of it is used; ...
    """

    def __init__(self, url: str, cause: str) -> None:
        self.url, self.cause = url, cause
        super().__init__(f"{url}: {cause}. Nothing of it is used; try again later, or name another source of rates")


class ReportError(SummitAnalysisError):
    """A notebook stopped, or a figure of the report cannot be drawn; the message names it, and the cell.

    >>> import nbformat, pathlib, tempfile
    >>> from summit_analysis.report.notebooks import execute, raise_all
    >>> cells = [nbformat.v4.new_code_cell(text) for text in ("pledges = []", "109 / len(pledges)")]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "share.ipynb"
    ...     nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    ...     raise_all([execute(path, 60, lambda *step: None)])
    Traceback (most recent call last):
        ...
    summit_analysis.base.errors.ReportError: share.ipynb, code cell 2: ZeroDivisionError: division by zero
    >>> from summit_analysis.report.site import draw
    >>> draw(ledger, len)
    Traceback (most recent call last):
        ...
    summit_analysis.base.errors.ReportError: figure len (en): TypeError: len() takes no keyword arguments
    """


def one_or_several(given: object) -> list[Any]:
    """Return what was handed in alone, or several together, as a list; a text is one."""
    return list(given) if isinstance(given, Iterable) and not isinstance(given, str) else [given]


def listed_words(name: str, given: object, allowed: Collection[object]) -> list[Any]:
    """Return one word or several as a list; raise `ChoiceError` if there is none, or one that is not allowed."""
    words = one_or_several(given)
    unknown = [word for word in words if word not in allowed]
    if unknown or not words:
        raise ChoiceError(name, unknown[0] if unknown else words, allowed)
    return words


def describe_finding(row: pd.Series) -> str:
    """Write one finding of `check` as a line of text."""
    number = f"row {row['row']:.0f}" if row["row"] == row["row"] and row["row"] is not None else ""
    value = f" {row['value']!r}" if row["value"] else ""
    return f"{', '.join(filter(None, [row['table'], number, row['column']]))}:{value} {row['problem']}. {row['remedy']}"


def describe_missing(row: pd.Series) -> str:
    """Write one missing rate as a line of text."""
    on = f" on {row['date']}" if row["date"] else ""
    where = f" ({row['rows']} row(s), first {row['first_row']!r})" if row["first_row"] is not None else ""
    return f"{row['currency']}{on}: {row['rate_status']}{where}. {row['remedy']}"


def _first_lines(frame: pd.DataFrame, describe: Callable[[pd.Series], str]) -> str:
    """Describe the first rows of `frame`, one line each, and say how many more there are."""
    more = [f"  … and {len(frame) - SHOWN} more"] if len(frame) > SHOWN else []
    return "\n".join([*(f"  {describe(row)}" for _, row in frame.head(SHOWN).iterrows()), *more])
