"""Heads: how the frames of each stream are read, told by their first characters.

A combined frame begins with its stream's name, so what one frame was found to be holds for the
next of the same stream: it is decoded as just that, or left unread where nobody asked for it.
Where book tickers flow they are two frames of three, and their head is enough.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from feeds.adapter import Output
from feeds.exchanges.binance.frames import Decode

HEAD = 36
"""Characters that tell a frame's stream and end before anything in it that varies."""
_KEPT = 1000
"""Heads remembered."""

Handler: TypeAlias = Callable[[Any, str, int], Sequence[Output]]
"""Any: a decoder says which type comes to which handler, a table's type cannot."""

Reader: TypeAlias = tuple[Decode | None, Handler, str]
"""How frames of one stream are read: None leaves them unread; what they hold; the stream."""


class Heads(dict[bytes | str, Reader]):
    """The readers of the streams met so far, by head."""

    def remember(self, frame: bytes | str, reader: Reader) -> None:
        """Read frames that begin like this one the same way."""
        if len(self) < _KEPT and _names_stream(frame):
            self[frame[:HEAD]] = reader


def _names_stream(frame: bytes | str) -> bool:
    """Whether a frame's head holds its stream's whole name."""
    head = frame[:HEAD] if isinstance(frame, str) else frame[:HEAD].decode(errors="replace")
    start = '{"stream":"'
    return head.startswith(start) and '"' in head[len(start) :]
