"""Watch: rules held against what happens, each told when its condition comes true.

A rule without an instrument is held against every market by itself, with one state: told of one
market, it is told. Times are market time; nothing here has a clock.
"""

from collections import deque
from collections.abc import Hashable, Iterable, Sequence
from decimal import Context, Decimal
from typing import Final, NamedTuple

from market.alerts.rule import Rule, with_unit
from market.alerts.sensors import GOOD, Reading, Sensor
from market.alerts.subjects import SUBJECTS, Due
from market.events import Event, FeedStatus, Liquidation, Trade
from market.instrument import plain
from market.market import Market
from market.markets import Markets

REMEMBERED: Final = 4096
"""Trades and forced orders of a market that are known again if they are stated twice."""
OPENING: Final = 2_000_000_000
"""ns of our own clock for which a market whose feed is not well yet has only just begun."""
_STATED: Final = Context(prec=12)
_READ: Final = Context(prec=4)


class Firing(NamedTuple):
    """That a rule came true: where, when in market time (ns), and with which value."""

    rule: Rule
    instrument: str
    at: int
    value: Decimal
    note: str = ""

    @property
    def exact(self) -> str:
        """The value as a decimal string; of a fraction twelve digits."""
        divided = self.rule.condition.unit in ("%", "bp")
        return plain((_STATED.plus(self.value) if divided else self.value).normalize() + 0)

    @property
    def measure(self) -> str:
        """The value for people, with its unit; of a feed its state."""
        condition = self.rule.condition
        if condition.subject == "feed":
            return self.note
        if condition.unit in ("%", "bp"):
            return with_unit(plain(_READ.plus(self.value).normalize() + 0), condition.unit)
        return with_unit(self.exact, condition.unit)

    @property
    def text(self) -> str:
        """One line for people; what venues wrote in it is not made safe yet."""
        condition = self.rule.condition
        head = f"{self.instrument} {condition.subject} {self.measure}"
        if condition.subject == "feed":
            return head
        note = f", {self.note}" if self.note else ""
        return f"{head}{note} ({condition.text})"


class Alert:
    """A rule and how it stands."""

    def __init__(self, rule: Rule, fired: Firing | None = None) -> None:
        self.rule = rule
        self.fired = fired
        """The last firing."""
        self.armed = fired is None or rule.pause is not None
        self.quiet_until = 0
        """Market time, ns, before which it is not told again."""

    def arm(self) -> None:
        """Have it told again."""
        self.armed, self.quiet_until, self.fired = True, 0, None

    def fire(self, firing: Firing) -> None:
        """Note that it was told."""
        self.fired = firing
        self.armed = self.rule.pause is not None
        self.quiet_until = firing.at + (self.rule.pause or 0)


class _Check:
    """An alert held against one market."""

    def __init__(self, alert: Alert) -> None:
        self.alert = alert
        self.subject = SUBJECTS[alert.rule.condition.subject]
        self.sensor: Sensor = self.subject.sensor(alert.rule.condition)
        self._held: bool | None = None
        self._told: Hashable = None

    def due(self, reading: Reading, past: bool) -> bool:
        """Whether a reading is one to tell of; from now on it is known.

        What holds from the past on is found so at the first look at the present.
        """
        met = self.alert.rule.condition.met(reading.value)
        if self.subject.due is Due.HAPPENED:
            news = met and reading.key != self._told
            if met:
                self._told = reading.key
            return news
        if past and self.subject.due is Due.TRUE:
            return False
        before, self._held = self._held, met
        return met and (before is False or (before is None and self.subject.due is Due.TRUE))


class _Watched:
    """All that is held against one market, by the kind of event after which it is read."""

    def __init__(self, market: Market, alerts: Iterable[Alert]) -> None:
        self.market = market
        self.checks: dict[type, list[_Check]] = {}
        self._all: dict[int, _Check] = {}
        self._end = -1
        self._began: int | None = 0
        """When the first event was received, ns; None when the opening is over."""
        self._known: set[Hashable] = set()
        self._order: deque[Hashable] = deque()
        self.hold(alerts)

    def hold(self, alerts: Iterable[Alert]) -> None:
        """Hold these; what is known of those held before is kept."""
        mine = [alert for alert in alerts if alert.rule.instrument in ("", self.market.id)]
        self._all = {id(alert): self._all.get(id(alert)) or _Check(alert) for alert in mine}
        self.checks = {}
        for check in self._all.values():
            for kind in check.subject.events:
                self.checks.setdefault(kind, []).append(check)

    def opening(self, event: Event) -> bool:
        """Whether the market has only just begun, when venues tell of trades before we came.

        It ends when its feed is well, or a while after the first event by our own clock.
        """
        if self._began is None:
            return False
        self._began = self._began or event.ts_recv
        well = self.market.status.state in GOOD
        # Where it is not known when it was received, all is news.
        if well or not event.ts_recv or event.ts_recv - self._began >= OPENING:
            self._began = None
        return self._began is not None

    def news(self, event: Event) -> bool:
        """Whether an event says what was not said before."""
        if isinstance(event, Trade):
            counted, self._end = self.market.trades.end != self._end, self.market.trades.end
            # A print that moved nothing was not taken by the market.
            return counted and (not event.id or self._first(event.id))
        if isinstance(event, Liquidation):
            return self._first((event.ts_event, event.price, event.size, event.side))
        return True

    def _first(self, key: Hashable) -> bool:
        if key in self._known:
            return False
        self._known.add(key)
        self._order.append(key)
        if len(self._order) > REMEMBERED:
            self._known.discard(self._order.popleft())
        return True


class Watch:
    """The engine: events in, firings out."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self.alerts = [Alert(rule) for rule in rules]
        self.since = 0
        """Market time, ns, before which all is past: it is heard, but not told."""
        self._watched: dict[str, _Watched] = {}

    def set(self, alerts: Sequence[Alert]) -> None:
        """Hold these from now on, each as it stands."""
        self.alerts = list(alerts)
        for watched in self._watched.values():
            watched.hold(self.alerts)

    def restart(self) -> None:
        """Begin anew with other markets, or with the same ones at an earlier time."""
        self._watched.clear()
        for alert in self.alerts:
            alert.quiet_until = 0

    def apply(self, markets: Markets, events: Iterable[Event]) -> list[Firing]:
        """Have the markets take each event, and tell what came true after it."""
        firings: list[Firing] = []
        for event in events:
            markets.apply((event,))
            if event.instrument:
                market = markets.get(event.instrument)
                if market is not None:
                    self._read(market, event, firings)
            elif isinstance(event, FeedStatus):
                for market in markets:
                    if market.venue == event.venue:
                        self._read(market, event, firings)
        return firings

    def take(self, market: Market, event: Event) -> list[Firing]:
        """What came true after an event that a market has just taken."""
        firings: list[Firing] = []
        self._read(market, event, firings)
        return firings

    def _read(self, market: Market, event: Event, firings: list[Firing]) -> None:
        watched = self._watched.get(market.id)
        if watched is None or watched.market is not market:
            watched = self._watched[market.id] = _Watched(market, self.alerts)
        opening = watched.opening(event)
        checks = watched.checks.get(type(event))
        if checks is None or not watched.news(event):
            return
        for check in checks:
            reading = check.sensor.read(market, event)
            if reading is None:
                continue
            alert = check.alert
            past = reading.at < self.since or (opening and check.subject.due is not Due.TRUE)
            due = check.due(reading, past) and not past
            if due and alert.armed and reading.at >= alert.quiet_until:
                firing = Firing(alert.rule, market.id, reading.at, reading.value, reading.note)
                alert.fire(firing)
                firings.append(firing)
