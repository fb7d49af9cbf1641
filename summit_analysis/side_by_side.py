"""Run coroutines side by side in a thread of their own; whatever ends the run ends all of them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

Result = TypeVar("Result")
Job = Callable[[], Coroutine[Any, Any, Result]]


def cores() -> int:
    """Return how many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_jobs(jobs: Sequence[Job[Result]], *, workers: int | None = None) -> list[Result]:
    """Run jobs, at most `workers` at a time, and return their results in the order of the jobs.

    Parameters
    ----------
    jobs : sequence of callables
        Each returns a coroutine.
    workers : int, optional
        Default: the number of cores.

    Raises
    ------
    BaseException
        The first that a job raises, or ``KeyboardInterrupt``; the other jobs are cancelled and have cleaned up by then.

    >>> async def double(number):
    ...     return 2 * number
    >>> run_jobs([lambda: double(1), lambda: double(2)])
    [2, 4]
    """
    running: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]]] = Future()

    async def run() -> list[Result]:
        task = asyncio.current_task()
        # this is one
        assert task is not None
        running.set_result((asyncio.get_running_loop(), task))
        gate = asyncio.Semaphore(workers or cores())

        async def in_turn(job: Job[Result]) -> Result:
            async with gate:
                return await job()

        try:
            # unlike `gather`, a group waits until the jobs it has cancelled have cleaned up
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(in_turn(job)) for job in jobs]
        except BaseExceptionGroup as found:
            raise found.exceptions[0] from None
        return [task.result() for task in tasks]

    # its own thread: a notebook can call this too, and in the main one nbclient would take Ctrl-C for its last kernel
    with ThreadPoolExecutor(1) as thread:
        done = thread.submit(asyncio.run, run())
        try:
            return done.result()
        except KeyboardInterrupt:
            loop, task = running.result()
            if not done.done():
                loop.call_soon_threadsafe(task.cancel)
            raise
