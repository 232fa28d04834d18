"""A wall clock that tests turn by hand: sleeping moves it, and nothing else does."""

import asyncio


class Wall:
    """Seconds that pass only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.longest = 0.0
        """The longest single sleep."""

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.longest = max(self.longest, seconds)
        self.now += seconds
        await asyncio.sleep(0)
