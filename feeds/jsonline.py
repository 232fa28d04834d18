"""Lines of JSON for programs, which are as safe for a terminal as those for people."""

import json

from msgspec.json import Encoder

_encode = Encoder().encode


def json_line(value: object) -> bytes:
    """A value as JSON on one line, what a terminal could obey or hide written as `\\u` escapes.

    JSON itself has only those below U+0020 escaped; to a program both mean the same.
    """
    line = _encode(value)
    if not line.isascii() or b"\x7f" in line:
        # Outside of strings there is nothing of the kind, and within them no character before it
        # can be half of an escape.
        escaped = (mark if mark.isprintable() else json.dumps(mark)[1:-1] for mark in line.decode())
        line = "".join(escaped).encode()
    return line + b"\n"
