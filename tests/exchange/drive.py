"""Drive: a client without sockets, its adapters on one side, a tongue on the other, faults between.

It does what the live session does, as far as adapters can tell: frames are sent, documents are
fetched a little later, a line that is cut or has been silent for too long is made anew.
"""

from collections import deque
from collections.abc import Iterable
from typing import Self

from feeds.adapter import Adapter, Channel, Fetch, Output, Resync, Send
from feeds.errors import Disconnected, MalformedFrame, Rejected
from feeds.plan import Link, plan, subscriptions
from feeds.registry import VENUES
from market.events import BookDelta, BookSnapshot, Event, FeedState, FeedStatus, Trade
from tests.exchange.faults import Faults
from tests.exchange.stretch import Change, Cue, Print
from tests.exchange.talk import Frame, Talk, Tongue

CHANNELS = (Channel.TRADES, Channel.BOOK)
SECOND = 1_000_000_000
_DEAD = 15 * SECOND
"""ns of silence after which a session makes its line anew."""
_MOST = 200
"""Frames that one frame may lead to: more would go on for ever."""


class _Wire:
    """One connection: its adapter, its talk, and what is on its way."""

    def __init__(self, link: Link, adapter: Adapter) -> None:
        self.link, self.adapter = link, adapter
        self.talk = Talk()
        self.fetches: deque[Fetch] = deque()
        self.writes: deque[Frame] = deque()
        self.held: Frame | None = None
        """A frame that comes after the next one."""
        self.stalled = False
        self.read_at = 0
        self.wrote_at: list[int] = []


class Drive:
    """A client of one venue that watches some symbols, from the connect on."""

    def __init__(self, tongue: Tongue, *symbols: str, faults: Faults | None = None) -> None:
        self.tongue, self.faults = tongue, faults or Faults()
        self.now = tongue.floor.now
        self.bids: dict[float, float] = {}
        self.asks: dict[float, float] = {}
        self.states: list[FeedState] = []
        """What was said of the symbol's book, in order."""
        self.reasons: dict[str, list[str]] = {}
        """What was said of each instrument."""
        self.trades: list[Trade] = []
        self.delivered: set[str] = set()
        """Ids of the trades in frames that arrived unspoilt."""
        self.resyncs = self.malformed = self.connects = 0
        self.rejected: list[str] = []
        self._name = f"{tongue.venue}:{tongue.symbol}"
        venue = VENUES[tongue.venue]
        wanted = subscriptions(venue, symbols or (tongue.symbol,), CHANNELS, "")
        self.wires = [_Wire(link, venue.adapter(link.url)) for link in plan(venue, wanted)]
        for wire in self.wires:
            self._connect(wire)
        self.settle()

    @property
    def live(self) -> bool:
        """Whether the book is said to be right."""
        return bool(self.states) and self.states[-1] in (
            FeedState.LIVE,
            FeedState.SNAPSHOT_ONLY,
        )

    @property
    def right(self) -> bool:
        """Whether the book is said to be right and is."""
        return self.live and (self.bids, self.asks) == self.tongue.floor.numbers()

    def begin(self) -> Self:
        """Let things happen until the book is there: some are fetched with their first change."""
        while not self.right:
            self.happen()
        return self

    def happen(self) -> Cue:
        """Let one thing happen at the venue, and tell the client as fate decides."""
        cue = self.tongue.floor.happen()
        self.now = max(self.now, self.tongue.floor.now) + 5_000_000
        for wire in self.wires:
            for frame in self.tongue.say(wire.talk, cue):
                self._fate(wire, frame, cue)
        self.settle()
        return cue

    def lose(self, kind: type[Cue] = Change) -> None:
        """Let things happen up to one of a kind, and lose what is said of that."""
        cue = self.tongue.floor.happen()
        while not isinstance(cue, kind):
            self._tell(cue)
            cue = self.tongue.floor.happen()
        for wire in self.wires:
            self.tongue.say(wire.talk, cue)

    def spoil(self) -> bool:
        """Let things happen up to one whose message has a digit flipped; False where none has."""
        for _ in range(_MOST):
            cue = self.tongue.floor.happen()
            for wire in self.wires:
                frames = self.tongue.say(wire.talk, cue)
                for place, frame in enumerate(frames):
                    bad = self.tongue.flip(frame, self.faults.random)
                    if bad is not None:
                        frames[place] = bad
                        for each in frames:
                            self._deliver(wire, each)
                        self.settle()
                        return True
                for frame in frames:
                    self._deliver(wire, frame, cue)
        return False

    def settle(self) -> None:
        """Let arrive what is on its way: what the client wrote, its answers, what it fetches."""
        for wire in self.wires:
            for _ in range(_MOST):
                if wire.writes:
                    for frame in self.tongue.hear(wire.talk, wire.writes.popleft()):
                        if not wire.stalled:
                            self._deliver(wire, frame)
                elif wire.fetches:
                    self._body(wire, wire.fetches.popleft())
                else:
                    break
            assert not wire.writes, "a client and a venue that answer one another for ever"

    def wait(self, seconds: float, step: float = 1.0, *, beat: bool = False) -> None:
        """Let time pass, in which nothing happens but heartbeats."""
        for _ in range(round(seconds / step)):
            self.now += round(step * SECOND)
            for wire in self.wires:
                self._take(wire, wire.adapter.tick(self.now))
                if beat and not wire.stalled:
                    for frame in self.tongue.beat(wire.talk):
                        self._deliver(wire, frame)
                elif wire.stalled and self.now - wire.read_at > _DEAD:
                    self._connect(wire)
            self.settle()

    def _tell(self, cue: Cue) -> None:
        for wire in self.wires:
            for frame in self.tongue.say(wire.talk, cue):
                self._deliver(wire, frame, cue)

    def _connect(self, wire: _Wire) -> None:
        self.connects += 1
        path = wire.link.url.removeprefix(VENUES[self.tongue.venue].websocket)
        wire.talk, wire.held, wire.stalled = Talk(path), None, False
        wire.fetches.clear()
        wire.writes.clear()
        wire.read_at = self.now
        self.states.append(FeedState.CONNECTING)
        outputs = [*wire.adapter.open(wire.link.subscriptions, self.now)]
        for frame in self.tongue.greet(wire.talk):
            self._deliver(wire, frame)
        self._take(wire, outputs)

    def _fate(self, wire: _Wire, frame: Frame, cue: Cue) -> None:
        """Bring a frame to the client, or do to it what fate has decided."""
        match "stall" if wire.stalled else self.faults.of_frame():
            case "":
                self._deliver(wire, frame, cue)
            case "duplicate":
                self._deliver(wire, frame, cue)
                self._deliver(wire, frame, cue)
            case "reorder":
                wire.held, late = frame, wire.held
                if late is not None:
                    self._deliver(wire, late)
                return
            case "garbage":
                self._deliver(wire, self.faults.garbage(frame))
            case "flip":
                self._deliver(wire, self.tongue.flip(frame, self.faults.random) or frame)
            case "stall":
                wire.stalled = True
                return
            case "close":
                self._connect(wire)
        if wire.held is not None:
            late, wire.held = wire.held, None
            self._deliver(wire, late)

    def _deliver(self, wire: _Wire, frame: Frame, cue: Cue | None = None) -> None:
        """Give a frame to the adapter, and to the venue what it answers."""
        wire.read_at = self.now
        if isinstance(cue, Print):
            self.delivered.add(self.tongue.ident(cue.id))
        try:
            outputs = wire.adapter.receive(frame, self.now)
            self._take(wire, outputs)
        except MalformedFrame:
            self.malformed += 1
        except Rejected as refusal:
            self.rejected.append(refusal.reason)
        except Disconnected:
            self._connect(wire)

    def _body(self, wire: _Wire, fetch: Fetch) -> None:
        document = self.tongue.document(fetch.path)
        try:
            body = document.body.encode()
            self._take(wire, wire.adapter.receive_body(fetch.key, body, self.now))
        except Rejected as refusal:
            self.rejected.append(refusal.reason)

    def _take(self, wire: _Wire, outputs: Iterable[Output]) -> None:
        for output in outputs:
            match output:
                case Send():
                    wire.wrote_at.append(self.now)
                    wire.writes.append(output.frame)
                case Fetch():
                    wire.fetches.append(output)
                case Resync():
                    self.resyncs += 1
                case FeedStatus():
                    self.reasons.setdefault(output.instrument, []).append(output.reason)
                    if output.instrument in ("", self._name):
                        self.states.append(output.state)
                case _ if output.instrument == self._name:
                    self._note(output)

    def _note(self, event: Event) -> None:
        """Take a fact of the symbol."""
        match event:
            case Trade():
                self.trades.append(event)
            case BookSnapshot():
                self.bids, self.asks = dict(event.bids), dict(event.asks)
            case BookDelta():
                for side, levels in ((self.bids, event.bids), (self.asks, event.asks)):
                    for price, size in levels:
                        side[price] = size
                        if not size:
                            del side[price]
