"""How many colours a terminal gets is read off its environment alone."""

import pytest

from tui.drawing.look import ColorDepth
from tui.terminal.terminal import color_depth


@pytest.mark.parametrize(
    ("environ", "depth"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, ColorDepth.TRUE),
        ({"TERM": "tmux-256color", "COLORTERM": "24bit"}, ColorDepth.TRUE),
        ({"TERM": "xterm-kitty"}, ColorDepth.TRUE),
        ({"TERM": "xterm-256color"}, ColorDepth.C256),
        ({"TERM": "xterm"}, ColorDepth.C256),
        ({"TERM": "screen-256color"}, ColorDepth.C256),
        ({"TERM": "screen"}, ColorDepth.C16),
        ({"TERM": "linux"}, ColorDepth.C16),
        ({"TERM": "xterm-16color"}, ColorDepth.C16),
        ({}, ColorDepth.C16),
        ({"TERM": "xterm-kitty", "COLORTERM": "truecolor", "NO_COLOR": "1"}, ColorDepth.MONO),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, ColorDepth.C256),
    ],
)
def test_no_color_comes_first_then_colorterm_then_term(
    environ: dict[str, str], depth: ColorDepth
) -> None:
    assert color_depth(environ) is depth
