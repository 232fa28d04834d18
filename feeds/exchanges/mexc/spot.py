"""MEXC spot's adapter: one connection as a machine of protobuf pushes and JSON answers.

Statistics of the day have no stream any more: they are fetched every half minute.
"""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct, json
from msgspec.json import Decoder

from feeds.adapter import Channel, Fetch, Ignored, Output, Send, Subscription
from feeds.errors import ConfigError, MalformedFrame, Rejected
from feeds.exchanges.mexc import rest
from feeds.exchanges.mexc.about import DECODE_ERRORS, FINER, SPELLING, About, Refused
from feeds.exchanges.mexc.connection import Connection, query
from feeds.exchanges.mexc.wire import Candle, Deals, Depths, LimitDepths, Push, Quote, read_push
from market.events import Event

BOOK_LEVELS = 5000
"""Levels a side of the book that is fetched."""

KLINES = 500
"""Bars asked for at the start."""

PING = 15_000_000_000
"""ns between two pings: without data the venue hangs up after 60 s."""

DAY_PAUSE = 30_000_000_000
"""ns between two looks at a day's statistics."""

TOPICS: dict[Channel, str] = {
    Channel.BOOK: "spot@public.aggre.depth.v3.api.pb@100ms@{symbol}",
    Channel.BOOK_TICKER: "spot@public.aggre.bookTicker.v3.api.pb@100ms@{symbol}",
    Channel.KLINES: "spot@public.kline.v3.api.pb@{symbol}@{interval}",
    # What is subscribed keeps a connection that carries nothing but days.
    Channel.TICKER: "spot@public.aggre.bookTicker.v3.api.pb@100ms@{symbol}",
    Channel.TRADES: "spot@public.aggre.deals.v3.api.pb@100ms@{symbol}",
}
"""The topic of each channel."""

_VITAL = re.compile(r"spot@public\.aggre\.(?:deals|depth)\..*@([^@]+)")
"""Topics without which a symbol cannot be shown."""

_TOPIC = re.compile(r"spot@[^\s\],]+")


class _Answer(Struct):
    """{"id":0,"code":0,"msg":"spot@public.aggre.deals.v3.api.pb@100ms@BTCUSDT"}.

    A refusal has a code of 0 too: "Not Subscribed successfully! [TOPIC].  Reason： Blocked!"
    """

    id: int | None = None
    code: int | None = None
    msg: str | None = None
    channel: str = ""
    """No answer has one: it is a push that somebody wrote down as JSON."""

    @property
    def agrees(self) -> bool:
        """Whether it is a pong, or names what was subscribed and nothing besides."""
        said = self.msg or ""
        return not self.code and (said == "PONG" or not _TOPIC.sub("", said).strip(","))


class MexcSpot:
    """The state of one connection to MEXC's spot market."""

    def __init__(self, venue: str, url: str = "") -> None:
        self.url = url
        self._venue = venue
        self._known = Connection(venue, _depth_path, _listing_path)
        self._ping_at: int | None = None
        self._days: dict[str, int] = {}
        """When to fetch each of the days again, by path."""

    @property
    def duplicates(self) -> int:
        """Trades that came again and were left out."""
        return self._known.duplicates

    def open(self, wanted: Sequence[Subscription], now: int) -> Sequence[Output]:
        """Begin a fresh connection that carries `wanted`; forget books of an earlier one."""
        self._ping_at = now + PING
        # Each by itself, as the answer to many does not say which of them is refused.
        topics = dict.fromkeys(self._topic(item) for item in wanted)
        sends = [_request("SUBSCRIPTION", topic) for topic in topics]
        days = [_day_path(item.symbol) for item in wanted if item.channel is Channel.TICKER]
        self._days = dict.fromkeys(days, now + DAY_PAUSE)
        return [
            *sends,
            *self._known.open(wanted, _klines(wanted), now),
            *(Fetch(path, path, 1) for path in self._days),
        ]

    def receive(self, frame: bytes | str, now: int) -> Sequence[Output]:
        """Take one frame. Raise MalformedFrame when it is not what the venue documents."""
        if _is_text(frame):
            return self._on_answer(self._answer(frame), now)
        return self._on_push(read_push(self._venue, _binary(frame)), now)

    def receive_body(self, key: str, body: bytes, now: int) -> Sequence[Output]:
        """Take a fetched body; `key` is the fetch's, or a recorded request's path and query."""
        place, known = rest.locate(key), self._known
        try:
            stated = rest.read(About(self._venue, now, *place[1:]), place, body)
        except Refused as refusal:
            return known.refuse(key, place.symbol, refusal, now)
        except MalformedFrame:
            known.ask_again(key, place.symbol, now)
            raise
        return known.take(key, place.symbol, stated, now)

    def tick(self, now: int) -> Sequence[Output]:
        """Let time pass: retries that are due, days, and the ping that keeps the connection."""
        outputs: list[Output] = []
        if self._ping_at is not None and now >= self._ping_at:
            self._ping_at = now + PING
            outputs.append(Send('{"method":"PING"}'))
        for path, due in self._days.items():
            if now >= due:
                self._days[path] = now + DAY_PAUSE
                outputs.append(Fetch(path, path, 1))
        return [*outputs, *self._known.tick(now)]

    def parse(
        self, payload: bytes | str, now: int, path: str | None = None
    ) -> Sequence[Event | Ignored]:
        """What one message states by itself, synchronised or not; see `feeds.adapter.Parser`."""
        about = About(self._venue, now)
        if path is not None:
            place = rest.locate(path)
            return rest.read(About(self._venue, now, *place[1:]), place, payload)
        if not _is_text(payload):
            return read_push(self._venue, _binary(payload)).events(about)
        try:
            answer = self._answer(payload)
        except MalformedFrame as error:
            try:
                return rest.read(about, rest.Place(), payload)
            except MalformedFrame:
                raise error from None
        if answer.channel:
            return (Ignored("", "a push in JSON, which the venue does not send"),)
        if not answer.agrees:
            raise Rejected(self._venue, answer.msg or "refused")
        return (Ignored("", "pong" if answer.msg == "PONG" else "acknowledgement"),)

    def _answer(self, frame: bytes | str) -> _Answer:
        try:
            answer = _answer(frame)
        except DECODE_ERRORS as error:
            raise MalformedFrame(self._venue, str(error), frame) from error
        if answer.msg is None and not answer.channel:
            raise MalformedFrame(self._venue, "neither a push nor an answer", frame)
        return answer

    def _topic(self, item: Subscription) -> str:
        if item.channel not in TOPICS:
            raise ConfigError(f"{self._venue} has no {item.channel}")
        interval = SPELLING.get(item.interval, "Min1")
        return TOPICS[item.channel].format(symbol=item.symbol, interval=interval)

    def _on_answer(self, answer: _Answer, now: int) -> Sequence[Output]:
        """Tell of a symbol that cannot be had; what is not vital is missed where it is missing."""
        if answer.channel or answer.agrees:
            return ()
        reason = answer.msg or "refused"
        topics = _TOPIC.findall(reason)
        if not topics:
            raise Rejected(self._venue, reason)
        vital = [match[1] for topic in topics if (match := _VITAL.fullmatch(topic))]
        why = _TOPIC.sub("", reason).replace("[]", "").strip()
        return [self._known.unknown(symbol, why, now) for symbol in dict.fromkeys(vital)]

    def _on_push(self, push: Push, now: int) -> Sequence[Output]:
        symbol, content = push.symbol, push.content
        if content is None or not symbol:
            return ()
        outputs: list[Output] = []
        known = self._known.meet(symbol, now, outputs)
        match content:
            case Deals():
                trades = (deal.trade(known.id, now) for deal in content.deals)
                outputs += self._known.new(known, trades)
            case Depths():
                outputs += known.book.delta(content.delta(known.id, push.time, now), now)
            case LimitDepths():
                outputs += known.book.partial(content.snapshot(known.id, push.time, now), now)
            case Candle() | Quote():
                stated = content.events(known.id, push.time, About(self._venue, now))
                outputs += (event for event in stated if not isinstance(event, Ignored))
        return outputs


def _klines(wanted: Sequence[Subscription]) -> Iterator[Fetch]:
    for item in wanted:
        if item.channel is Channel.KLINES:
            name = FINER.get(item.interval, item.interval)
            code = rest.SPELLING.get(name, "1m")
            path = f"/api/v3/klines?symbol={query(item.symbol)}&interval={code}&limit={KLINES}"
            yield Fetch(path, path, 1)


def _depth_path(symbol: str) -> str:
    return f"/api/v3/depth?symbol={query(symbol)}&limit={BOOK_LEVELS}"


def _listing_path(symbol: str) -> str:
    return f"/api/v3/exchangeInfo?symbol={query(symbol)}"


def _day_path(symbol: str) -> str:
    return f"/api/v3/ticker/24hr?symbol={query(symbol)}"


def _request(method: str, topic: str) -> Send:
    return Send(json.encode({"method": method, "params": [topic]}).decode())


def _is_text(frame: bytes | str) -> bool:
    """Whether a frame is JSON: no push begins like an object or a list."""
    return isinstance(frame, str) or frame[:1] in (b"{", b"[")


def _binary(frame: bytes | str) -> bytes:
    return frame if isinstance(frame, bytes) else frame.encode(errors="surrogatepass")


_answer = Decoder(_Answer).decode
