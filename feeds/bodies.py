"""Bodies: what REST bodies of several venues have in common, whatever they state. Pure."""

from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any, NamedTuple, cast

from msgspec import Raw
from msgspec.json import Decoder

from feeds.errors import Rejected

raw = Decoder(Raw).decode
"""A body as it is; ValueError where it is no JSON."""

_array = Decoder(list[Raw]).decode
_keys = Decoder(dict[str, Raw]).decode


class Place(NamedTuple):
    """What a request's path says of its body; "" and "?" where it does not."""

    endpoint: str = ""
    symbol: str = "?"
    interval: str = ""


class Refused(Rejected):
    """The venue answered a request with a reason instead of data."""

    def __init__(self, venue: str, code: str, text: str, busy: Container[str]) -> None:
        super().__init__(venue, f"{text[:200] or 'refused'} ({code[:60]})")
        self.passing = code in busy
        """Whether the same request may do later."""


def is_list(data: Raw) -> bool:
    """Say whether a value is a list."""
    return bytes(memoryview(data)[:1]) == b"["


def listed(kind: Any) -> Callable[[Raw], Sequence[Any]]:  # Any: a type made of a type
    """A reader of rows in a list."""
    decode = Decoder(list[kind], strict=False).decode
    return lambda data: cast(Sequence[Any], decode(data))


def listed_or_one(kind: Any) -> Callable[[Raw], Sequence[Any]]:  # Any: as above
    """A reader of rows in a list, or of one without."""
    many, one = Decoder(list[kind], strict=False).decode, Decoder(kind, strict=False).decode
    return lambda data: cast(Sequence[Any], many(data) if is_list(data) else [one(data)])


def first_keys(data: Raw) -> frozenset[str]:
    """The keys of an object, or of the first of a list."""
    if is_list(data):
        rows = _array(data)
        data = rows[0] if rows else Raw(b"{}")
    return frozenset(_keys(data)) if bytes(memoryview(data)[:1]) == b"{" else frozenset()


def shape(keys: frozenset[str], shapes: Mapping[str, frozenset[str]]) -> str:
    """The first of some shapes whose keys are all there; "" where none is."""
    return next((name for name, some in shapes.items() if some <= keys), "")
