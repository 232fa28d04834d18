"""Alerts from the whole list of what happened, each measure reckoned anew after each event.

Written from docs/commands.md (Alerts): plain Python, Fractions, no cursors and no caches.
"""

from collections.abc import Hashable, Iterable
from fractions import Fraction
from typing import NamedTuple

from market.alerts.rule import Condition, Rule
from market.events import (
    BookDelta,
    BookSnapshot,
    Event,
    FeedState,
    FeedStatus,
    FundingRate,
    Liquidation,
    OpenInterest,
    Side,
    Trade,
)

GOOD = ("LIVE", "REPLAY", "SIM", "SNAPSHOT-ONLY")


class Told(NamedTuple):
    """What is told: when, and of which value."""

    at: int
    value: Fraction


class Past:
    """All that happened so far."""

    def __init__(self) -> None:
        self.trades: list[tuple[int, Fraction, Fraction]] = []
        """Time, price, size, which is negative when the seller aggressed."""
        self.interest: list[tuple[int, Fraction]] = []
        self.book: dict[bool, dict[Fraction, Fraction]] = {True: {}, False: {}}
        self.stated = self.good = False
        self.clock = 0
        self.gaps: list[tuple[int, int | None]] = []
        self.opening = True
        """Whether it has been for less than 2 s by our clock, and never well so far."""
        self._received: list[int] = []

    def take(self, event: Event) -> None:
        """Note an event."""
        self._open(event.ts_recv)
        match event:
            case Trade():
                size = exact(event.size) * (1 if event.side is Side.BUY else -1)
                self.trades.append((event.ts_event, exact(event.price), size))
            case BookSnapshot() | BookDelta():
                if isinstance(event, BookSnapshot):
                    self.book, self.stated = {True: {}, False: {}}, True
                for side, levels in ((True, event.bids), (False, event.asks)):
                    for price, resting in levels:
                        self.book[side][exact(price)] = exact(resting)
                        if not resting:
                            del self.book[side][exact(price)]
            case OpenInterest():
                self.interest.append((event.ts_event, exact(event.size)))
            case FeedStatus():
                self._status(event.state)
        if not isinstance(event, FundingRate | Liquidation | OpenInterest):
            self.clock = max(self.clock, getattr(event, "ts_event", 0) or 0)

    def _open(self, received: int) -> None:
        self._received.append(received)
        if not received or received - self._received[0] >= 2_000_000_000:
            self.opening = False

    def _status(self, state: FeedState) -> None:
        if state == "STALE":
            return
        good = state in GOOD
        if not good and not (self.gaps and self.gaps[-1][1] is None):
            if self.good or (state == "CONNECTING" and self.trades):
                self.gaps.append((self.clock, None))
        elif good and self.gaps and self.gaps[-1][1] is None:
            self.gaps[-1] = (self.gaps[-1][0], self.clock)
        self.good = good
        self.opening = self.opening and not good

    def touched(self, since: int, until: int) -> bool:
        """Whether a gap has more than its end in a span."""
        return any(start <= until and (end is None or end > since) for start, end in self.gaps)


def exact(value: float) -> Fraction:
    """The decimal that was written."""
    return Fraction(repr(value))


def measure(
    past: Past, event: Event, condition: Condition
) -> tuple[int, Fraction, Hashable] | None:
    """The time, the value and what it is of; None where it is not known or this is no time to."""
    match condition.subject, event:
        case (("price" | "change" | "delta" | "volume" | "size" | "trades"), Trade()):
            return of_trades(past, condition)
        case "liquidation", Liquidation():
            return forced(past, event, condition)
        case "funding", FundingRate():
            return event.ts_event, exact(event.rate) * 100, None
        case "interest", OpenInterest():
            now = event.ts_event
            at = now - condition.span
            before = [size for ts, size in past.interest if ts <= at]
            if not before or any(a <= at and (b is None or at < b) for a, b in past.gaps):
                return None
            return now, (exact(event.size) / before[-1] - 1) * 100, None
        case "spread", (BookSnapshot() | BookDelta() | FeedStatus()):
            if not (past.good and past.stated and past.book[True] and past.book[False]):
                return None
            bid, ask = max(past.book[True]), min(past.book[False])
            if bid >= ask:
                return None
            points = 20_000 * (ask - bid) / (ask + bid)
            return past.clock, points if condition.unit == "bp" else ask - bid, None
        case "feed", FeedStatus():
            return past.clock or event.ts_recv, Fraction(event.state not in GOOD), None
    return None


def of_trades(past: Past, condition: Condition) -> tuple[int, Fraction, Hashable] | None:
    """What the trades up to the newest say."""
    trades = past.trades
    ts, price, _ = trades[-1]
    now = max(at for at, _, _ in trades)
    if condition.subject == "price":
        return (ts, price, None) if ts == now else None
    if condition.subject == "size":
        return order(past, condition)
    first = next(number for number, trade in enumerate(trades) if trade[0] > now - condition.span)
    if not first:
        return None
    bound = now - condition.span
    if condition.subject == "change":
        since, old, _ = trades[first - 1]
        gap = any(a <= bound and (b is None or b >= since) for a, b in past.gaps)
        return None if gap or ts < now else (ts, (price / old - 1) * 100, None)
    if any(end is None or end > bound for _, end in past.gaps):
        return None
    if condition.subject == "trades":
        wanted = [
            size
            for _, _, size in trades[first:]
            if condition.side in (None, Side.BUY if size > 0 else Side.SELL)
        ]
        return now, Fraction(len(wanted)), None
    many = [size if condition.subject == "delta" else abs(size) for _, _, size in trades[first:]]
    if condition.unit == "quote":
        prices = [price for _, price, _ in trades[first:]]
        many = [price * size for price, size in zip(prices, many, strict=True)]
    return now, sum(many, Fraction()), None


def order(past: Past, condition: Condition) -> tuple[int, Fraction, Hashable] | None:
    """The prints in a row that are the newest order."""
    ts, _, size = past.trades[-1]
    side = Side.BUY if size > 0 else Side.SELL
    if condition.side not in (None, side) or ts < past.clock - 2_000_000_000:
        return None
    whole = Fraction()
    for at, price, part in reversed(past.trades):
        if at != ts or (part > 0) != (size > 0):
            break
        whole += abs(part) * (price if condition.unit == "quote" else 1)
    return ts, whole, (ts, side)


def forced(
    past: Past, event: Liquidation, condition: Condition
) -> tuple[int, Fraction, Hashable] | None:
    """The size of a forced order that is news."""
    if condition.side not in (None, event.side) or event.ts_event < past.clock - 60_000_000_000:
        return None
    size = exact(event.size) * (exact(event.price) if condition.unit == "quote" else 1)
    return event.ts_event, size, (event.ts_event, event.price, event.size, event.side)


def beyond(condition: Condition, value: Fraction) -> bool:
    """Whether a value is where the condition says."""
    level = Fraction(condition.level)
    return {
        ">": value > level,
        ">=": value >= level,
        "<": value < level,
        "<=": value <= level,
        "beyond": abs(value) > level,
    }[str(condition.operator)]


class _Held:
    """A rule and what it has told."""

    def __init__(self, rule: Rule) -> None:
        self.rule, self.found = rule, list[Told]()
        self._was: bool | None = None
        self._keys: set[Hashable] = set()
        self._quiet = 0

    def hear(self, past: Past, event: Event) -> None:
        """Look at what has just happened."""
        condition, pause = self.rule.condition, self.rule.pause
        reading = measure(past, event, condition)
        if reading is None:
            return
        at, value, key = reading
        is_so = beyond(condition, value)
        if key is not None:
            due = is_so and key not in self._keys
            self._keys |= {key} if is_so else set()
        else:
            strict = condition.subject in ("price", "change", "feed")
            due = is_so and (self._was is False or (self._was is None and not strict))
            self._was = is_so
        if past.opening and condition.subject in ("price", "change", "size", "liquidation", "feed"):
            return
        if due and at >= self._quiet and not (pause is None and self.found):
            self.found.append(Told(at, value))
            self._quiet = at + (pause or 0)


def told(events: Iterable[Event], rules: Iterable[Rule]) -> list[list[Told]]:
    """Everything that each rule tells of one instrument."""
    past, held = Past(), [_Held(rule) for rule in rules]
    for event in events:
        past.take(event)
        for one in held:
            one.hear(past, event)
    return [one.found for one in held]
