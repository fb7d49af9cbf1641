"""Turn a column of currency codes into small integers, without hashing each text where that can be avoided."""

from __future__ import annotations

import numpy as np
import pandas as pd

from summit_analysis.rates import Rates, clean_code

BLOCK = 65_536
"""Rows handled at a time, so that the working arrays stay in the processor's cache."""
MISSING = -1
_MOST_LABELS = 64
_BITS = 5
"""A letter's place in the alphabet, whatever its case, fits its five low bits."""


def coded(currency: pd.Series, rates: Rates) -> tuple[np.ndarray, list[str]]:
    """Return for each row the position of its currency in a list of texts.

    Parameters
    ----------
    currency : pandas.Series
        Text, categorical or Arrow dictionary.
    rates : Rates

    Returns
    -------
    codes : numpy.ndarray of int, shape (n,)
        -1 for a missing currency; where the list is `Rates.currencies`, also for an unknown one.
    labels : list of str
        Upper case, without blanks around.
    """
    if isinstance(currency.dtype, pd.CategoricalDtype):
        codes, texts = currency.cat.codes.to_numpy(), currency.cat.categories
    elif isinstance(currency.dtype, pd.ArrowDtype) and "dictionary" in str(currency.dtype):
        encoded = currency.array.__arrow_array__().combine_chunks()
        codes = encoded.indices.fill_null(MISSING).to_numpy(zero_copy_only=False)
        texts = encoded.dictionary.to_pylist()
    elif (packed := _from_letters(_letters(currency), rates)) is not None:
        return packed, list(rates.currencies)
    else:
        codes, texts = pd.factorize(currency)
    labels = [clean_code(text) for text in texts]
    if len(labels) > _MOST_LABELS:
        # many unknown texts: a table with a column for each would be large
        places = [rates.column.get(label, MISSING) for label in labels]
        return np.array([*places, MISSING], dtype=np.int16)[codes], list(rates.currencies)
    return codes, labels


def _letters(currency: pd.Series) -> list[np.ndarray] | None:
    """Return the bytes of the texts, shape (n, 3) for each chunk, if all are three bytes long and stored by Arrow."""
    # where there are few rows, tables with a column for every currency would cost more than hashing
    if getattr(currency.dtype, "storage", None) != "pyarrow" or len(currency) <= BLOCK:
        return None
    found = []
    for chunk in currency.array.__arrow_array__().chunks:
        _, offsets, data = chunk.buffers()
        width = np.int64 if str(chunk.type) == "large_string" else np.int32
        ends = np.frombuffer(offsets, dtype=width)[chunk.offset : chunk.offset + len(chunk) + 1]
        if chunk.null_count or data is None or not (np.diff(ends) == 3).all():
            return None
        found.append(np.frombuffer(data, dtype=np.uint8)[ends[0] : ends[-1]].reshape(-1, 3))
    return found


def _from_letters(chunks: list[np.ndarray] | None, rates: Rates) -> np.ndarray | None:
    """Look up three letters at once by their place in the alphabet; None where there are none, or other bytes."""
    if chunks is None:
        return None
    places = np.full(1 << 3 * _BITS, MISSING, dtype=np.int8)
    places[_key(np.array([list(code.encode()) for code in rates.currencies], dtype=np.uint8))] = range(
        len(rates.currencies)
    )
    codes = np.empty(sum(map(len, chunks)), dtype=np.int8)
    done = 0
    for letters in chunks:
        for start in range(0, len(letters), BLOCK):
            block = letters[start : start + BLOCK]
            if (np.bitwise_and(block, 0xC0) != 0x40).any():
                return None
            np.take(places, _key(block), out=codes[done : done + len(block)], mode="clip")
            done += len(block)
    return codes


def _key(letters: np.ndarray) -> np.ndarray:
    first, second, third = (np.bitwise_and(letters[:, place], 31).astype(np.int16) for place in range(3))
    key: np.ndarray = (first << 2 * _BITS) | (second << _BITS) | third
    return key
