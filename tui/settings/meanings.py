"""Meanings: what each setting of a pane means, read from the strings beneath the fields.

What all panes share is said here once; a pane that means something of its own by a shared name,
or has no use for it, says so beneath its own field.
"""

import ast
import inspect
import textwrap
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from tui.pane import Pane

SHARED: Final[Mapping[str, str]] = {
    "grouping": "Ticks in a row of prices; auto takes a round step that suits.",
    "timeframe": "Length of a bar, a column or a sum.",
    "until": "Market time at the right edge, ns; auto is the live edge.",
    "center": "Price in the middle, in ticks; auto follows the market.",
}
"""Of the settings that all panes have."""

IDLE: Final = "without effect"
"""Words of a meaning that say a setting changes nothing in this pane."""


@lru_cache(maxsize=64)
def meanings_of(kind: type[Pane]) -> Mapping[str, str]:
    """Return what settings of a pane class mean by name, as far as somebody has said so."""
    try:
        source = textwrap.dedent(inspect.getsource(kind))
    except (OSError, TypeError):
        # A program frozen without its sources: the dialog says what is accepted, and no more.
        return SHARED
    found = dict(SHARED)
    body = ast.parse(source).body[0]
    assert isinstance(body, ast.ClassDef)
    for field, beneath in zip(body.body, body.body[1:], strict=False):
        match field, beneath:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(words))),
            ):
                found[name] = " ".join(words.replace("`", "").split())
    return found
