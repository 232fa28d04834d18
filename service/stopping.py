"""Stopping: how a command that runs for a while ends in order when it is told to end."""

import asyncio
import signal
import threading
from collections.abc import Coroutine
from contextlib import suppress


async def until_stopped(work: Coroutine[None, None, None]) -> None:
    """Do the work; to be terminated or left by the terminal cancels it, as Ctrl-C does."""
    task = asyncio.current_task()
    assert task is not None
    if threading.current_thread() is threading.main_thread():
        with suppress(NotImplementedError):
            for number in (signal.SIGTERM, signal.SIGHUP):
                asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    await work


def end_in_order() -> None:
    """Let what was begun be left by `finally` where the program is told to end."""

    def end(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, end)
