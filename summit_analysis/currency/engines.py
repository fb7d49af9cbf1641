"""The same conversion for frames of other engines: their batches go to the one kernel, their own kind comes back."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar, cast

import pandas as pd
import pyarrow as pa

from summit_analysis.base.errors import FrameError
from summit_analysis.currency.convert import Conversion

Frame = TypeVar("Frame")


def converted(frame: Frame, conversion: Conversion) -> Frame:
    """Hand a frame of any kind to whoever knows that kind: what comes in comes out.

    Raises
    ------
    FrameError
        If nobody knows it.
    """
    kind, given = type(frame), cast(Any, frame)
    known = _DOORS.get((kind.__module__.partition(".")[0].lstrip("_"), kind.__name__))
    door = Conversion.__call__ if isinstance(frame, pd.DataFrame) else known
    if door is None:
        kinds = "a pandas, polars, Dask or PySpark data frame, a PyArrow table or a DuckDB relation"
        raise FrameError(f"{kind.__module__}.{kind.__name__} is no frame known here; hand in {kinds}")
    # of a lazy frame of polars the names are work, and it warns who asks for them as if they were none
    lazy = hasattr(frame, "collect_schema")
    names = given.collect_schema().names() if lazy else getattr(frame, "column_names", None) or given.columns
    return cast(Frame, door(conversion.for_columns(list(names)), given))


def _added(conversion: Conversion, rows: pa.Table) -> pa.Table:
    """Convert Arrow columns, at least those needed, and return those added: days, numbers and text, which all know."""

    def known(kind: pa.DataType) -> pa.DataType:
        # polars counts categories without a sign, which pandas cannot; Arrow cannot take rows of views yet
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        return pa.string() if pa.types.is_string_view(kind) else kind

    rows = rows.select(conversion.needed)
    rows = rows.cast(pa.schema([(field.name, known(field.type)) for field in rows.schema]))
    columns = conversion.columns(rows.to_pandas(types_mapper=pd.ArrowDtype))
    kinds = {"f": pa.float64(), "M": pa.date32()}
    cells = {name: pa.array(column, from_pandas=True) for name, column in columns.items()}
    return pa.table({name: cells[name].cast(kinds.get(columns[name].dtype.kind, pa.string())) for name in columns})


def _with_added(conversion: Conversion, rows: pa.Table) -> pa.Table:
    added = _added(conversion, rows)
    for name in added.column_names:
        rows = rows.append_column(name, added[name])
    return rows


def _polars(conversion: Conversion, frame: Any) -> Any:
    import polars as pl

    def convert(cells: Any) -> Any:
        return pl.DataFrame(_added(conversion, cells.struct.unnest().to_arrow())).to_struct()

    none = pl.DataFrame(schema=frame.select(conversion.needed).collect_schema()).to_struct()
    found = pl.struct(conversion.needed).map_batches(convert, return_dtype=convert(none).dtype)
    return frame.with_columns(found.struct.unnest())


def _duckdb(conversion: Conversion, relation: Any) -> Any:
    import duckdb

    # only the relation knows its connection, so no function can be registered there; a reader of batches is read once
    summit_analysis_rows = _with_added(conversion, relation.to_arrow_table())  # noqa: F841
    # DuckDB finds an Arrow table by the name of a variable of this function, unless the connection forbids it
    try:
        return relation.query("summit_analysis_frame", "FROM summit_analysis_rows")
    except duckdb.CatalogException as error:
        remedy = "SET python_enable_replacements=true, or hand in relation.to_arrow_table()"
        raise FrameError(f"the connection of this relation may not see Arrow tables: {remedy}") from error


def _spark(conversion: Conversion, frame: Any) -> Any:
    from pyspark.sql.types import StructType

    def convert(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield from _with_added(conversion, pa.table(batch)).to_batches()

    session = frame.sparkSession
    none = session.createDataFrame([], frame.select(conversion.needed).schema).toArrow()
    added = session.createDataFrame(_added(conversion, none)).schema
    return frame.mapInArrow(convert, StructType([*frame.schema.fields, *added.fields]))


_DOORS: dict[tuple[str, str], Callable[[Conversion, Any], Any]] = {
    ("polars", "DataFrame"): lambda conversion, frame: _polars(conversion, frame.lazy()).collect(),
    ("polars", "LazyFrame"): _polars,
    ("pyarrow", "Table"): _with_added,
    ("duckdb", "DuckDBPyRelation"): _duckdb,
    ("dask", "DataFrame"): lambda conversion, frame: frame.map_partitions(conversion, meta=conversion(frame._meta)),
    ("pyspark", "DataFrame"): _spark,
}
