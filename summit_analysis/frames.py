"""The frames of other engines: which there are, and what is asked of each before anything is done with it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from summit_analysis.errors import FrameError, MissingExtraError

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw
    from narwhals.schema import Schema

_KINDS = ("polars", "pyarrow", "duckdb", "pyspark")


def listed_names(names: str | Iterable[str]) -> list[str]:
    """Return one name or several as a list, or raise `FrameError` if there is none."""
    listed = [names] if isinstance(names, str) else list(names) if isinstance(names, Iterable) else []
    if not listed:
        raise FrameError(f"{names!r} names no column; give one name as text, or a list of names")
    return listed


@contextmanager
def extra_installed() -> Iterator[None]:
    """Say which package of the extra ``engines`` is missing, if one is."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingExtraError((error.name or "").partition(".")[0], "engines") from error


def is_dask(frame: Any) -> bool:
    """Whether a frame is one of Dask's."""
    # whoever holds a Dask frame has imported it; Narwhals is about to let go of Dask
    dask = sys.modules.get("dask.dataframe")
    return dask is not None and isinstance(frame, dask.DataFrame)


def adopt(frame: Any) -> nw.DataFrame[Any] | nw.LazyFrame[Any]:
    """Put a frame under the one roof of Narwhals, or raise `FrameError` if its kind is not known."""
    import narwhals.stable.v2 as nw

    adopted = nw.from_native(frame, pass_through=True)
    if isinstance(adopted, nw.DataFrame | nw.LazyFrame) and adopted.implementation.value in _KINDS:
        return adopted
    kinds = "a pandas, polars, Dask or PySpark data frame, a PyArrow table or a DuckDB relation"
    raise FrameError(f"{type(frame).__module__}.{type(frame).__name__} is no frame known here; hand in {kinds}")


def check_numbers(schema: Schema, amounts: list[str]) -> None:
    """Raise `FrameError` if a column of amounts holds something else."""
    for name in amounts:
        if name in schema and not schema[name].is_numeric():
            raise FrameError(f"column {name!r} holds {schema[name]}, not numbers; cast it first")
