"""How kernels and drawers of figures begin: on Linux they are forked from a process that has imported everything."""

import multiprocessing
import sys
from typing import Any

PROCESSES: Any = multiprocessing.get_context("forkserver" if sys.platform == "linux" else "spawn")
# a name is no import: what is not installed is passed over
PROCESSES.set_forkserver_preload(["ipykernel.ipkernel", "summit_analysis.report.warm", "summit_analysis.__main__"])


def begin() -> None:
    """Let that process import while the program itself does; without this it begins when it is first needed."""
    if sys.platform == "linux":
        from multiprocessing.forkserver import ensure_running

        ensure_running()
