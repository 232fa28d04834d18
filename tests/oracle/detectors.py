"""What the detectors find, reckoned the slow way from the events alone."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import groupby, pairwise
from math import ceil
from statistics import median
from typing import NamedTuple

from market.events import BookDelta, BookSnapshot, BookTicker, Event, Side, Trade
from market.market import Market
from tests.lots import in_lots

LOOK = 100_000_000
SECOND = 1_000_000_000

Key = tuple[int, str]
"""Price in ticks, `bid` or `ask`."""
Told = tuple[int, ...]
"""The numbers of one finding, its time first."""


class Print(NamedTuple):
    """One trade in ticks and lots, bought above zero."""

    ts: int
    ticks: int
    lots: int


class Look(NamedTuple):
    """The book at a boundary, what was traded against each level before it, and the best prices."""

    ts: int
    rests: dict[Key, int]
    traded: dict[Key, int]
    touched: set[Key]
    """Levels that traded or changed."""
    tops: dict[str, int | None]


def prints(market: Market, events: Iterable[Event]) -> list[Print]:
    """The trades of a market that has taken all events already."""
    grid = market.instrument
    assert grid is not None
    return [
        Print(
            event.ts_event,
            grid.ticks(event.price),
            in_lots(market, event.size, event.price) * (1 if event.side is Side.BUY else -1),
        )
        for event in events
        if isinstance(event, Trade) and event.instrument == market.id
    ]


def orders(trades: Sequence[Print]) -> list[list[Print]]:
    """Prints in a row of one side and one time, the last of which may go on."""
    return [list(some) for _, some in groupby(trades, lambda t: (t.ts, t.lots > 0))]


def large_lots(trades: Sequence[Print], percent: Fraction = Fraction(99)) -> list[Told]:
    """Definitions.md 13: time, price, lots, prints, what it is above, value, of whole orders."""
    found, sizes, above = list[Told](), list[int](), None
    for order in orders(trades)[:-1]:
        if len(sizes) >= 256 and len(sizes) % 128 == 0:
            ranked = sorted(sizes[-2048:])
            above = ranked[ceil(percent * len(ranked) / 100) - 1]
        total = sum(t.lots for t in order)
        if above is not None and abs(total) > above:
            worth = sum(t.ticks * t.lots for t in order)
            found.append((order[0].ts, order[-1].ticks, total, len(order), above, worth))
        sizes.append(abs(total))
    return found


def sweeps(trades: Sequence[Print], now: int, levels: int = 8, span: int = LOOK) -> list[Told]:
    """Definitions.md 12: end, begin, price reached, lots, price begun at, prices, value."""
    runs: list[list[Print]] = []
    for trade in trades:
        last = runs[-1][-1] if runs else None
        same = last is not None and (last.lots > 0) == (trade.lots > 0)
        if same and last is not None and 0 <= trade.ts - last.ts <= span:
            runs[-1].append(trade)
        else:
            runs.append([trade])
    if runs and now <= runs[-1][-1].ts + span:
        runs.pop()
    found: list[Told] = []
    for run in runs:
        rest = run
        while rest:
            some = [t for t in rest if t.ts - rest[0].ts <= span]
            taken = {t.ticks for t in some}
            if len(taken) < levels:
                rest = rest[1:]
                continue
            rest = rest[len(some) :]
            while {t.ticks for t in some[1:]} == taken:
                some = some[1:]
            while {t.ticks for t in some[:-1]} == taken:
                some = some[:-1]
            total = sum(t.lots for t in some)
            reached = max(taken) if total > 0 else min(taken)
            worth = sum(t.ticks * t.lots for t in some)
            ends = some[-1].ts, some[0].ts
            found.append((*ends, reached, total, some[0].ticks, len(taken), worth))
    return found


class Bar(NamedTuple):
    """The trades of one span of time, in order of time."""

    start: int
    trades: list[Print]

    def extreme(self, sign: int) -> int:
        """The high, or the low with its sign turned."""
        return max(t.ticks * sign for t in self.trades)


def bars(trades: Sequence[Print], length: int) -> list[Bar]:
    """Bars that are over, oldest first."""
    rows: defaultdict[int, list[Print]] = defaultdict(list)
    for trade in trades:
        rows[trade.ts // length * length].append(trade)
    return [Bar(start, rows[start]) for start in sorted(rows)][:-1]


def pivots(rows: Sequence[Bar], sign: int, count: int) -> list[int]:
    """Places of swings: above the bars before, not below those after."""
    found = []
    for place in range(count, len(rows) - count):
        price = rows[place].extreme(sign)
        before = [row.extreme(sign) for row in rows[place - count : place]]
        after = [row.extreme(sign) for row in rows[place + 1 : place + 1 + count]]
        if all(price > other for other in before) and all(price >= other for other in after):
            found.append(place)
    return found


def divergences(trades: Sequence[Print], length: int, count: int = 3) -> list[Told]:
    """Definitions.md 10: known at, first bar, price, change of CVD, second bar, price, value."""
    rows, found = bars(trades, length), list[Told]()
    for sign in (1, -1):
        places = pivots(rows, sign, count)
        for first, second in pairwise(places):
            between = [t for row in rows[first + 1 : second + 1] for t in row.trades]
            change = sum(Decimal(t.lots) for t in between)
            old, new = rows[first].extreme(sign), rows[second].extreme(sign)
            if new > old and change * sign < 0:
                known = rows[second + count].start + length
                starts = rows[first].start, rows[second].start
                worth = sum(t.ticks * t.lots for t in between)
                told = (known, starts[0], new * sign, int(change), starts[1], old * sign, worth)
                found.append(told)
    return sorted(found)


def exhaustions(trades: Sequence[Print], length: int, group: int, count: int = 3) -> list[Told]:
    """Definitions.md 11: known at, bar, price, the three volumes, the nearest last, and values."""
    rows, found = bars(trades, length), list[Told]()
    for sign in (1, -1):
        for place in pivots(rows, sign, count):
            row = rows[place]
            last = row.extreme(sign) * sign // group
            volumes, deltas, values = list[int](), list[int](), list[int]()
            for away in (2, 1, 0):
                inside = [t for t in row.trades if t.ticks // group == last - away * sign]
                volumes.append(sum(abs(t.lots) for t in inside if t.lots * sign > 0))
                deltas.append(abs(sum(t.lots for t in inside)))
                values.append(sum(t.ticks * abs(t.lots) for t in inside if t.lots * sign > 0))
                if not inside:
                    break
            falls = len(volumes) == 3 and volumes[0] > volumes[1] > volumes[2]
            if falls and deltas[0] > deltas[1] > deltas[2]:
                known = rows[place + count].start + length
                found.append((known, row.start, row.extreme(sign) * sign, *volumes, *values))
    return sorted(found)


def looks(market: Market, events: Iterable[Event]) -> list[Look]:
    """The book at each 100 ms by which it had changed, from the first after it was stated."""
    book, stated, clock, reached = dict[Key, int](), False, 0, 0
    found, last = list[Look](), dict[Key, int]()
    waiting = prints(market, events)
    for event in events:
        if isinstance(event, Trade | BookTicker | BookSnapshot | BookDelta):
            clock = max(clock, event.ts_event or 0)
        if not isinstance(event, BookSnapshot | BookDelta):
            continue
        boundary = (event.ts_event or clock) // LOOK * LOOK
        if stated and boundary > reached and book != last:
            begin = reached + LOOK
            late = (place for place, t in enumerate(waiting) if t.ts >= begin - LOOK)
            count = next(late, len(waiting))
            found.append(_look(begin, book, last, waiting[:count]))
            waiting, last = waiting[count:], dict(book)
        reached = max(reached, boundary)
        stated |= isinstance(event, BookSnapshot)
        _write(book, market, event)
    return found


def _look(ts: int, book: dict[Key, int], last: dict[Key, int], trades: Iterable[Print]) -> Look:
    traded = defaultdict[Key, int](int)
    for trade in trades:
        traded[trade.ticks, "ask" if trade.lots > 0 else "bid"] += abs(trade.lots)
    moved = {key for key in book.keys() | last.keys() if book.get(key) != last.get(key)}
    tops = {side: best(book, side) for side in ("bid", "ask")}
    return Look(ts, dict(book), dict(traded), moved | traded.keys(), tops)


def _write(book: dict[Key, int], market: Market, event: BookSnapshot | BookDelta) -> None:
    grid = market.instrument
    assert grid is not None
    if isinstance(event, BookSnapshot):
        book.clear()
    for side, levels in (("bid", event.bids), ("ask", event.asks)):
        for price, size in levels:
            key = (grid.ticks(price), side)
            book[key] = in_lots(market, size, price)
            if not size:
                del book[key]


def best(rests: dict[Key, int], side: str) -> int | None:
    """The best price of a side."""
    prices = [ticks for ticks, other in rests if other == side]
    return (max if side == "bid" else min)(prices, default=None)


def icebergs(found: Sequence[Look], refills: int = 3, times: int = 2) -> list[Told]:
    """Definitions.md 12: time, begin, price, executed, hidden, refills, largest shown; the last."""
    told = dict[tuple[Key, int], Told]()
    lives = dict[Key, list[Look]]()
    for place, look in enumerate(found):
        for key in look.touched | lives.keys():
            before = found[place - 1].rests.get(key, 0) if place else 0
            if key not in lives and not (place and look.traded.get(key) and before):
                continue
            if key not in lives:
                lives[key] = [found[place - 1]]
            lives[key].append(look)
            if key in look.touched or look.traded.get(key):
                _judge(key, lives[key], refills, times, told)
            if not look.rests.get(key):
                del lives[key]
    return sorted(told.values())


def _judge(
    key: Key, life: list[Look], refills: int, times: int, told: dict[tuple[Key, int], Told]
) -> None:
    sizes = [look.rests.get(key, 0) for look in life]
    traded = [look.traded.get(key, 0) for look in life]
    executed = sum(traded[1:])
    reduced = sum(max(0, a - b) for a, b in pairwise(sizes))
    again = sum(
        traded[i] >= sizes[i - 1] > 0 and sizes[i] > 0 and sizes[i + 1] > 0
        for i in range(1, len(life) - 1)
    )
    if again >= refills and executed - reduced >= times * max(sizes):
        lots = executed if key[1] == "bid" else -executed
        numbers = (lots, executed - reduced, again, max(sizes))
        told[key, life[1].ts] = (life[-1].ts, life[1].ts, key[0], *numbers)


def absorptions(
    found: Sequence[Look], times: Fraction = Fraction(3, 2), window: int = 2 * SECOND
) -> list[Told]:
    """Definitions.md 11: time, begin, price, lots, largest shown, of the most of each spell."""
    told = dict[tuple[Key, int], Told]()
    sample, sums, due, large = list[int](), defaultdict[Key, int](int), 100, 0
    spells = dict[Key, list[int]]()
    for place, look in enumerate(found):
        if place and look.ts // window != found[place - 1].ts // window:
            sample += sums.values()
            due -= len(sums)
            sums.clear()
            if due <= 0:
                due, ranked = 64, sorted(sample[-4096:])
                large = ranked[ceil(Fraction(95, 100) * len(ranked)) - 1]
        for key, lots in look.traded.items():
            sums[key] += lots
            begin = look.ts - window
            spell = spells.get(key)
            if spell is None or found[spell[1]].ts <= begin:
                spell = spells[key] = [place, place]
            spell[1] = place
            inside = [
                at
                for at in range(spell[0], place + 1)
                if found[at].ts > begin and key in found[at].touched
            ]
            volume = sum(found[at].traded.get(key, 0) for at in inside)
            shown = max(
                max(found[at].rests.get(key, 0), found[at - 1].rests.get(key, 0) if at else 0)
                for at in inside
            )
            near = [
                one.tops[key[1]] for one in found[max(0, place - 20) : place + 1] if one.ts > begin
            ]
            known = [price for price in near if price is not None]
            held = len(known) == len(near) and max(known) - min(known) <= 1
            most = told.get((key, spell[0]), (0, 0, 0, 0))[3]
            enough = shown and volume >= times * shown and volume > abs(most)
            if large and volume >= large and enough and held:
                signed = volume if key[1] == "bid" else -volume
                first = found[inside[0]].ts
                told[key, spell[0]] = (look.ts, first, key[0], signed, shown)
    return sorted(told.values())


def walls(found: Sequence[Look], times: int = 5) -> list[Told]:
    """Definitions.md 21: gone at, seen from, price, peak, traded, pulled, distance."""
    told, standing, floors, ranked = list[Told](), dict[Key, int](), dict[str, float](), 0
    for place, look in enumerate(found):
        before = found[place - 1].rests if place else {}
        if not place or look.ts >= ranked + 10 * SECOND:
            ranked = look.ts // (10 * SECOND) * 10 * SECOND
            for side in ("bid", "ask"):
                sizes = sorted(lots for key, lots in look.rests.items() if key[1] == side)
                floors[side] = sizes[int(0.98 * len(sizes))] if sizes else float("inf")
        for key in standing.keys() & look.touched:
            life = found[standing[key] : place + 1]
            sizes = [one.rests.get(key, 0) for one in life]
            if len(life) > 1 and sizes[-1] * 5 < max(sizes):
                begun = standing.pop(key)
                at_once = 2 * (sizes[-2] - sizes[-1]) >= max(sizes)
                if at_once and look.ts >= found[begun].ts + 5 * SECOND:
                    told += _gone(found, begun, place, key)
        for key in look.touched:
            lots = look.rests.get(key, 0)
            was, top = before.get(key, 0), look.tops[key[1]]
            grown = lots > was and (not place or 2 * was <= lots) and lots >= floors[key[1]]
            if key in standing or not grown or top is None or abs(top - key[0]) * 200 > top:
                continue
            others = [
                (abs(ticks - key[0]), ticks > key[0], size)
                for (ticks, side), size in look.rests.items()
                if side == key[1] and 0 < abs(ticks - key[0]) <= 400
            ]
            near = [size for _, _, size in sorted(others)[:50]]
            if near and lots >= times * median(near):
                standing[key] = place
    return sorted(told)


def _gone(found: Sequence[Look], begun: int, place: int, key: Key) -> list[Told]:
    """What became of a wall, once trades that are told late are there."""
    end = next(
        (at for at in range(place + 1, len(found)) if found[at].ts >= found[place].ts + 2 * LOOK),
        None,
    )
    if end is None:
        return []
    life = found[begun : place + 1]
    sizes = [look.rests.get(key, 0) for look in life]
    placed = sizes[0] + sum(max(0, b - a) for a, b in pairwise(sizes))
    went = placed - sizes[-1]
    traded = min(went, sum(look.traded.get(key, 0) for look in found[begun + 1 : end + 1]))
    top = found[place].tops[key[1]]
    away = 0 if top is None else abs(top - key[0])
    if 2 * (went - traded) < went:
        return []
    peak = max(sizes) if key[1] == "bid" else -max(sizes)
    return [(found[place].ts, found[begun].ts, key[0], peak, traded, went - traded, away)]
