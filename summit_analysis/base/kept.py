"""What is worked out from a ledger is worked out once and kept on it; what holds frames hands out copies of them."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import TypeVar, cast

import pandas as pd

from summit_analysis.base.errors import FrameError

F = TypeVar("F", bound=Callable[..., object])


class Frozen:
    """Hands out its frames and series as copies, which share their cells until somebody writes (copy-on-write)."""

    def __getattribute__(self, name: str) -> object:
        """Return an attribute, frames and series as copies."""
        value = object.__getattribute__(self, name)
        return value.copy(deep=False) if isinstance(value, pd.DataFrame | pd.Series) else value


def _settled(argument: object) -> object:
    """Return what can be read only once, or may change, as a tuple."""
    return argument if isinstance(argument, str | list) or not isinstance(argument, Iterable) else tuple(argument)


def memory_of(ledger: object) -> dict[object, object]:
    """Return what is kept on a ledger; raise `FrameError` for anything else."""
    memory = getattr(ledger, "kept", None)
    if not isinstance(memory, dict):
        raise FrameError(f"{ledger!r:.60} is not a ledger; hand in load(), or load(folder) for tables of your own")
    return memory


def kept(function: F) -> F:
    """Keep what `function` returns on the ledger that it is given first, for each set of arguments.

    Raises
    ------
    FrameError
        If the first argument is no ledger.
    """

    @wraps(function)
    def once(ledger: object, *positional: object, **named: object) -> object:
        memory = memory_of(ledger)
        positional, named = tuple(map(_settled, positional)), {name: _settled(one) for name, one in named.items()}
        # as it is written: a moment in two zones is equal, its days are not
        key = function, repr(positional), repr(sorted(named.items()))
        if key not in memory:
            memory[key] = function(ledger, *positional, **named)
        found = memory[key]
        return found.copy(deep=False) if isinstance(found, pd.DataFrame | pd.Series) else found

    return cast(F, once)
