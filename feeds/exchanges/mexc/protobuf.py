"""Protobuf's wire format, read only: messages in, plain values by name out.

A message is a run of fields, each a number with a wire type and a value. What a schema does not
name is skipped, so that a venue may add fields. https://protobuf.dev/programming-guides/encoding
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

MOST_BYTES: Final = 10
"""Of one variable-length integer."""

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_FIRST_TEXT, _SECOND_TEXT = b"\x0a", b"\x12"
"""How fields 1 and 2 begin where they are texts."""


@dataclass(frozen=True, slots=True)
class Schema:
    """What is read of one kind of message, by the numbers of its fields."""

    values: Mapping[int, str] = field(default_factory=dict)
    """Names of integers and texts; the wire says which it is."""
    messages: Mapping[int, tuple[str, "Schema"]] = field(default_factory=dict)
    """Names of messages within."""
    lists: Mapping[int, tuple[str, "Schema"]] = field(default_factory=dict)
    """Names of messages that may come any number of times; none makes an empty list."""
    pairs: Mapping[int, str] = field(default_factory=dict)
    """Names of lists of messages that are read as a tuple of their fields 1 and 2."""


def read(schema: Schema, payload: bytes) -> dict[str, object]:
    """The fields of a message by name. ValueError where the bytes are none."""
    lists: dict[str, list[object]] = {name: [] for name, _ in schema.lists.values()}
    lists |= {name: [] for name in schema.pairs.values()}
    found: dict[str, object] = dict(lists)
    for number, value in _fields(payload):
        if number in schema.values:
            found[schema.values[number]] = _plain(value)
        elif number in schema.pairs:
            lists[schema.pairs[number]].append(_pair(_message(value)))
        elif number in schema.lists:
            name, inner = schema.lists[number]
            lists[name].append(read(inner, _message(value)))
        elif number in schema.messages:
            name, inner = schema.messages[number]
            found[name] = read(inner, _message(value))
    return found


def _pair(payload: bytes) -> tuple[object, ...]:
    """Fields 1 and 2; fewer where they are not there."""
    # Nearly always they are two short texts: reading them so takes a third of the time.
    middle = payload[1] + 2 if payload[:1] == _FIRST_TEXT and len(payload) > 1 else 0
    start = middle + 2
    short = payload[middle : middle + 1] == _SECOND_TEXT and start < len(payload) < 128
    if middle and short and payload[middle + 1] == len(payload) - start:
        return str(payload[2:middle], "utf-8"), str(payload[start:], "utf-8")
    held = {number: value for number, value in _fields(payload) if number in (1, 2)}
    return tuple(_plain(held[number]) for number in sorted(held))


def _plain(value: int | bytes) -> int | str:
    return value if isinstance(value, int) else str(value, "utf-8")


def _message(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise ValueError("a number where a message belongs")
    return value


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields in order; those of fixed width are skipped, as no schema has any."""
    at, size = 0, len(data)
    while at < size:
        key, at = (data[at], at + 1) if data[at] < 0x80 else _varint(data, at)
        number, kind = key >> 3, key & 7
        if not number:
            raise ValueError("a field without a number")
        if kind == _VARINT:
            value, at = _varint(data, at)
            yield number, value
            continue
        if kind == _LENGTH:
            short = at < size and data[at] < 0x80
            width, at = (data[at], at + 1) if short else _varint(data, at)
        elif kind in (_FIXED32, _FIXED64):
            width = 4 if kind == _FIXED32 else 8
        else:
            raise ValueError(f"a field of the unknown type {kind}")
        if at + width > size:
            raise ValueError("the message ends within a field")
        if kind == _LENGTH:
            yield number, data[at : at + width]
        at += width


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """An integer of seven bits a byte, the lowest first, and where it ends."""
    value = 0
    for place, byte in enumerate(data[at : at + MOST_BYTES]):
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return value, at + place + 1
    raise ValueError("an integer without an end")
