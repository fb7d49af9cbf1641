"""What a loop over a frame yields, for the type checker."""

from __future__ import annotations

from typing import Any, TypeAlias

Row: TypeAlias = Any
"""One row of `pandas.DataFrame.itertuples`: pandas makes the class as it runs, so no checker can know its columns."""
