"""The board: what each connection says of an instrument, reduced to what may be believed of it.

An instrument's trades and its book may come over different connections. It is as good as the
worst of them; a GAP is passed on even where something worse was already known.
"""

from typing import NamedTuple

from market.events import FeedState, FeedStatus

RANK = {
    FeedState.LIVE: 0,
    FeedState.SNAPSHOT_ONLY: 1,
    FeedState.STALE: 2,
    FeedState.SYNCING: 3,
    FeedState.CONNECTING: 4,
    FeedState.GAP: 5,
}
"""How bad a state is."""


class Word(NamedTuple):
    """What one connection says of one instrument."""

    state: FeedState
    reason: str = ""
    retry_at: int | None = None


class Board:
    """The words of all connections on all instruments. One row per connection and instrument."""

    def __init__(self) -> None:
        self._words: dict[str, dict[object, Word]] = {}
        self._shown: dict[str, Word] = {}

    def say(self, speaker: object, instrument: str, word: Word, now: int) -> FeedStatus | None:
        """Note a word; return the status to pass on when it changes what may be believed."""
        words = self._words.setdefault(instrument, {})
        words.pop(speaker, None)
        words[speaker] = word
        return self._settle(instrument, now, word.state is FeedState.GAP)

    def forget(self, speaker: object, instrument: str, now: int) -> FeedStatus | None:
        """Drop a connection's word; an instrument nobody speaks of is not watched any more."""
        self._words.get(instrument, {}).pop(speaker, None)
        return self._settle(instrument, now, False)

    @property
    def worst(self) -> FeedState:
        """The worst that is shown of any instrument; CONNECTING before the first word."""
        states = [self._shown[name].state for name, words in self._words.items() if words]
        return max(states, key=RANK.__getitem__, default=FeedState.CONNECTING)

    def _settle(self, instrument: str, now: int, always: bool) -> FeedStatus | None:
        # Of words that weigh the same the newest is shown.
        words = reversed(self._words.get(instrument, {}).values())
        word = max(words, key=_weight, default=Word(FeedState.CONNECTING, "no longer watched"))
        if word == self._shown.get(instrument) and not always:
            return None
        self._shown[instrument] = word
        venue = instrument.partition(":")[0]
        return FeedStatus(instrument, now, word.state, word.reason, word.retry_at, venue)


def _weight(word: Word) -> tuple[int, bool, int]:
    """The worst weighs most; of equals one that failed, and of these the soonest to try again."""
    return RANK[word.state], word.retry_at is not None, -(word.retry_at or 0)
