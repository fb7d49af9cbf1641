"""Many mistakes of one kind as one table: what each of them must be told, and those that are told something else."""

import re


def misses(kind, rows):
    """Return by name the rows whose work does not end in an error of this kind that says so, with what came instead.

    Parameters
    ----------
    kind : type of exception
    rows : dict of str to (callable, str)
        What is done, and a pattern of what the error must say.
    """
    found = {}
    for name, (work, pattern) in rows.items():
        try:
            found[name] = f"no error, but {work()!r}"
        except kind as error:
            if not re.search(pattern, str(error), re.DOTALL):
                found[name] = str(error)
    return found
