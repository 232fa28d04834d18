"""Virtual time: an event loop whose clock leaps to the next thing that is due."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from selectors import BaseSelector, DefaultSelector, SelectorKey
from typing import Any, ParamSpec

P = ParamSpec("P")

SECOND = 1_000_000_000
BEGAN = 1_750_000_000 * SECOND
"""ns since the epoch when every virtual day begins."""


class _Leaping(BaseSelector):
    """Waits for nobody: the time that would have been waited has passed."""

    def __init__(self) -> None:
        self.now = 0.0
        self._real = DefaultSelector()

    def register(self, fileobj: Any, events: int, data: Any = None) -> SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> SelectorKey:
        return self._real.unregister(fileobj)

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        assert timeout is not None, "everybody waits for ever"
        self.now += max(0.0, timeout)
        return self._real.select(0)

    def get_map(self) -> Any:
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in which waiting takes no time. Threads and sockets have no place in it."""

    def __init__(self) -> None:
        self._leaping = _Leaping()
        super().__init__(self._leaping)

    def time(self) -> float:
        return self._leaping.now


def clock() -> int:
    """Virtual now in ns since the epoch."""
    return BEGAN + round(asyncio.get_running_loop().time() * SECOND)


def in_virtual_time(
    test: Callable[P, Coroutine[object, object, None]],
) -> Callable[P, None]:
    """A coroutine as a test function in whose world waiting takes no time."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run
