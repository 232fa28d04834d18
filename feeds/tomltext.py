"""TOML text: files of the user's, read so that whatever stands in them fails in one way."""

import tomllib
from collections.abc import Callable
from typing import Any


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
