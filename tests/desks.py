"""Desks that are kept: runs of the program without its terminal, over simulated or no markets."""

from collections.abc import Coroutine, Sequence
from dataclasses import replace
from functools import lru_cache

from feeds.simulate import together
from market.events import Event
from tests.scenes import lines
from tests.shell import FakeShell
from tui.desk.keeping import MAIN, Keeper, desk_file, load
from tui.desk.kept import State, parse
from tui.desk.monitor import Monitor, Now
from tui.keys import actions
from tui.launch import Demo, Launch, Opening
from tui.pane import Size
from tui.terminal.clock import FrameClock
from tui.terminal.governor import Governor

BTC, ETH = "binance:BTCUSDT", "binance:ETHUSDT"


@lru_cache(maxsize=1)
def simulated() -> list[Event]:
    return list(together((7, 8), 20.0))


class Run:
    """A run of the program without its terminal: a monitor and its keeper."""

    def __init__(
        self,
        opening: Opening | None = None,
        name: str = MAIN,
        given: Sequence[str] = (),
        **options: str,
    ) -> None:
        kept = load(name, frozenset((*given, *options)))
        launch = replace(Launch(opening or Demo(7, (8,)), kept=kept), **options)  # type: ignore[arg-type]  # words
        self.tasks: list[Coroutine[None, None, None]] = []
        self.monitor = Monitor(launch, FrameClock(Governor(10)), FakeShell(), tip=False)
        self.keeper = Keeper(launch.kept, self.monitor, self.tasks.append)
        if isinstance(launch.opening, Demo):
            self.monitor.session.markets.apply(simulated())
        self.picture()

    def picture(self) -> list[str]:
        monitor = self.monitor
        now = Now(monitor.now.seconds + 1.0, monitor.now.wall + 10**9)
        monitor.frame(Size(200, 50), now, lambda: 0.0)
        assert monitor.canvas is not None
        return lines(monitor.canvas)

    def press(self, *keys: str) -> "Run":
        for key in keys:
            command = self.monitor.press(key, key if len(key) == 1 else None)
            if command is not None:
                actions.run(self.monitor, command)
        return self

    def arrange(self) -> "Run":
        """Do a bit of everything."""
        self.press("full_stop", "right_square_bracket", "underscore", "G", "b", "W")
        self.press("tab", "S", "down", "down", "right", "*", "escape", "L", "dollar_sign")
        self.press("tab", "P", "tab", "z", "x", "left")
        return self


def state() -> State:
    return parse(desk_file(MAIN).read_text("utf-8"))[0]
