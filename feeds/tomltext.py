"""TOML of the user's files: read so that whatever stands in them fails in one way, and written."""

import json
import re
import tomllib
from collections.abc import Callable
from typing import Any, Final

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,19}")
"""How a user may call what becomes a file or a table: 20 letters, digits, - and _ at most."""


def read_toml(text: str, parse_float: Callable[[str], object] = float) -> dict[str, Any]:
    """The table in a text; TOMLDecodeError says where it is none, or more than can be read."""
    try:
        return tomllib.loads(text, parse_float=parse_float)
    except tomllib.TOMLDecodeError:
        raise
    except RecursionError:
        raise tomllib.TOMLDecodeError("brackets within brackets, too many to read") from None
    except ValueError:  # of integers, which Python reads to some length alone
        raise tomllib.TOMLDecodeError("a number with too many digits") from None


def quoted(text: str) -> str:
    """A basic string of TOML that reads back as the text."""
    # JSON escapes as TOML does, but for one character and for halves of pairs.
    whole = text.encode("utf-8", "replace").decode()
    return json.dumps(whole, ensure_ascii=False).replace("\x7f", "\\u007f")
