"""Alerting: the alerts of a run, those kept in the file and those of the command line.

Events pass through it on their way to the markets; without an alert they only pass. What fired is
told by the notifier, shown for a while over the panes, and stays in the list with its time.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from feeds.alertfile import AlertFile, load, written
from feeds.errors import ConfigError, system_reason
from feeds.filing import write_whole
from feeds.needed import joined, needed
from feeds.notifier import Notifier, Ways
from feeds.plan import Beside
from market.alerts.rule import Rule
from market.alerts.watch import Alert, Firing, Watch
from market.events import Event
from market.markets import Markets
from tui.dialogs.notice import Notice
from tui.drawing.format import safe_text
from tui.drawing.zones import Zone
from tui.launch import Alerting

if TYPE_CHECKING:
    from tui.desk.session import Session

SHOWN_SECONDS: Final = 10.0
"""How long a firing is shown over the panes."""
SHOWN: Final = 4
"""Firings shown at a time; of more the newest ones."""
MOST_NEWS: Final = 1000
"""Firings that wait to be shown at most."""
DEFAULT: Final = Ways(("bell",))
"""How a screen tells where nothing is chosen."""


class Alerts:
    """The rules, how they stand, and what fired last. ConfigError where their file is wrong."""

    def __init__(self, given: Alerting, note: Callable[[str], None]) -> None:
        self._path: Path | None = given.file
        file = AlertFile() if given.file is None else load(given.file)
        self._live, self._stood = True, dict[Rule, Firing]()
        self._note = note
        self._kept = list(file.alerts)
        kept = {alert.rule for alert in self._kept}
        self._given = [Alert(rule) for rule in given.rules if rule not in kept]
        self.watch = Watch()
        self._write: Callable[[str], None] = lambda _: None
        ways = given.ways if given.ways is not None else file.ways
        self.notifier = Notifier(
            DEFAULT if ways is None else ways,
            lambda sequence: self._write(sequence),
            tmux=given.tmux,
            say=note,
        )
        self.version = 0
        """Grows with every change of what a list of them shows."""
        self._news: list[tuple[Firing, float | None]] = []
        """Firings that are shown until some time, or will be."""
        self._toast: Notice | None = None
        self._needed = Beside()
        self._hold()

    @property
    def listed(self) -> Sequence[Alert]:
        """All alerts: those of the file first."""
        return self.watch.alerts

    @property
    def complaint(self) -> str:
        """Why something is not told as it should be."""
        return safe_text(self.notifier.complaint)

    def is_kept(self, alert: Alert) -> bool:
        """Whether an alert is of the file, and not of the command line."""
        return any(alert is kept for kept in self._kept) and self._path is not None

    def write_with(self, write: Callable[[str], None]) -> None:
        """Send signals to a terminal from now on."""
        self._write = write

    def attend(self, session: "Session") -> "Session":
        """Hear what is watched from now on. Only of live markets it is remembered what fired."""
        if self._live and not session.live:
            self._stood = {one.rule: one.fired for one in self._kept if one.fired is not None}
        for alert in self._kept:
            if not session.live:
                alert.arm()
            elif not self._live and alert.rule in self._stood:
                alert.fire(self._stood[alert.rule])
        self._live = session.live
        self.watch.restart()
        self.version += 1
        session.heed = self.take
        return session

    def take(self, markets: Markets, events: Sequence[Event], since: int) -> None:
        """Have the markets take events, and tell what came true; before `since` all is past."""
        if not self.watch.alerts:
            markets.apply(events)
            return
        self.watch.since = since
        for firing in self.watch.apply(markets, events):
            self._tell(firing)

    def wants(self, beside: Beside) -> Beside:
        """What panes want beside trades and books, and what the rules are about too."""
        return joined(beside, self._needed)

    def toast(self, seconds: float, zone: Zone) -> Notice | None:
        """What fired of late, each for a while, on a monotonic clock; its times by a zone."""
        if not self._news:
            return None
        end = seconds + SHOWN_SECONDS
        timed = [(firing, end if until is None else until) for firing, until in self._news]
        shown = [(firing, until) for firing, until in timed if until > seconds]
        if len(shown) < len(self._news) or self._toast is None:
            self._toast = _notice([firing for firing, _ in shown], zone) if shown else None
        self._news = [*shown]
        return self._toast

    def add(self, rule: Rule) -> bool:
        """Hold a rule, and keep it; False where it is held already."""
        if any(alert.rule == rule for alert in self.watch.alerts):
            return False
        self._kept.append(Alert(rule))
        self._hold()
        self._keep(lambda alerts: [*alerts, Alert(rule)])
        return True

    def remove(self, alert: Alert) -> None:
        """Hold an alert no more, and keep it no more."""
        kept = self.is_kept(alert)
        self._kept = [other for other in self._kept if other is not alert]
        self._given = [other for other in self._given if other is not alert]
        self._hold()
        if kept:
            self._keep(lambda alerts: [one for one in alerts if one.rule != alert.rule])

    def arm(self, alert: Alert) -> None:
        """Have it told again."""
        alert.arm()
        self.version += 1
        self._restate(alert)

    def _hold(self) -> None:
        self.watch.set([*self._kept, *self._given])
        self._needed = needed(alert.rule for alert in self.watch.alerts)
        self.version += 1

    def _tell(self, firing: Firing) -> None:
        self.version += 1
        self._news = [*self._news[1 - MOST_NEWS :], (firing, None)]
        self._toast = None
        self.notifier.tell(firing)
        # What is told again and again is armed anyway when the file is read next.
        for alert in self._kept:
            if self._live and alert.fired is firing and firing.rule.pause is None:
                self._restate(alert)

    def _restate(self, alert: Alert) -> None:
        """Keep how an alert stands, if that is remembered at all."""
        if self._live and self.is_kept(alert):
            self._keep(lambda alerts: [alert if one.rule == alert.rule else one for one in alerts])

    def _keep(self, change: Callable[[Sequence[Alert]], Sequence[Alert]]) -> None:
        """Change the file as it is now: somebody may have edited it."""
        if self._path is None:
            return
        try:
            file = load(self._path)
            write_whole(self._path, written(replace(file, alerts=change(file.alerts))))
        except ConfigError as error:
            self._note(f"not kept: {error}")
        except OSError as error:
            self._note(f"not kept: {self._path}: {system_reason(error)}")


def _notice(news: Sequence[Firing], zone: Zone) -> Notice:
    lines = [_line(firing, zone) for firing in news[-SHOWN:]]
    if (more := len(news) - SHOWN) > 0:
        lines.insert(0, f"and {more:,} before")
    title = "Alert" if len(news) == 1 else f"{len(news):,} alerts"
    return Notice(title, tuple(lines), (("!", "alerts"),))


def _line(firing: Firing, zone: Zone) -> str:
    """A firing with its time."""
    clock = zone.of(firing.instrument.partition(":")[0]).clock(firing.at, millis=False)
    return safe_text(f"{clock}  {firing.text}")
