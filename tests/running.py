"""Tests that are coroutines: each in an event loop of its own, with an end in any case."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import ParamSpec

P = ParamSpec("P")

TIMEOUT = 30.0
"""Seconds after which a test that hangs has failed."""


def in_loop(test: Callable[P, Coroutine[object, object, None]]) -> Callable[P, None]:
    """A coroutine as a test function."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        async def bounded() -> None:
            async with asyncio.timeout(TIMEOUT):
                await test(*args, **kwargs)

        asyncio.run(bounded())

    return run
