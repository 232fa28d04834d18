"""Drawing: each pane at 200x50 to ANSI, against run-length merged Rich segments of one canvas."""

from rich.color import Color, ColorSystem
from rich.style import Style

from feeds.replay import load as load_recording
from feeds.simulate import events
from market.market import Market
from market.markets import Markets
from tui.bench.measure import Figure, Runner, compare, timed
from tui.bench.workload import DEFAULT_CAPTURE, Workload
from tui.canvas import Canvas
from tui.encode import encode
from tui.look import ColorDepth, Look
from tui.pane import Size
from tui.registry import PANES, pane_type
from tui.themes import load_look

SIZE = Size(200, 50)


def render(_workload: Workload, rounds: int, _peers: list[str]) -> list[Figure]:
    """Each pane drawn and encoded, and the encoder alone beside Rich's own way of styling runs."""
    market, look = _market(), load_look("dark", ColorDepth.TRUE)
    figures = list[Figure]()
    for kind in PANES:
        canvas = pane_type(kind)().draw(market, SIZE, look)
        ours, reference = _encoder(canvas), _rich_runs(canvas, look)
        against = {"Rich styled runs": reference}
        figures += compare(f"encode {kind}", "frames/s", ours, against, rounds)
        drawn = _draw_and_encode(kind, market, look)
        figures += compare(f"draw + encode {kind}", "frames/s", drawn, against, rounds)
    return figures


def _market() -> Market:
    markets = Markets()
    if DEFAULT_CAPTURE.exists():
        markets = load_recording(DEFAULT_CAPTURE)
    else:
        markets.apply(events(7, 300))
    market = markets.get(markets.ids[0])
    assert market is not None
    return market


def _encoder(canvas: Canvas, frames: int = 10) -> Runner:
    def run() -> int:
        for _ in range(frames):
            "\n".join(encode(canvas))
        return frames

    return timed(run)


def _draw_and_encode(kind: str, market: Market, look: Look, frames: int = 5) -> Runner:
    def run() -> int:
        for _ in range(frames):
            "\n".join(encode(pane_type(kind)().draw(market, SIZE, look)))
        return frames

    return timed(run)


def _rich_runs(canvas: Canvas, look: Look, frames: int = 2) -> Runner:
    """Runs of equal style, styles cached: what a good plain widget hands to the terminal."""
    rgb = [Color.from_rgb(*colour) for colour in look.palette]
    styles = dict[tuple[int, int, bool], Style]()

    def run() -> int:
        for _ in range(frames):
            for y in range(canvas.height):
                _rich_row(canvas, y, rgb, styles)
        return frames

    return timed(run)


def _rich_row(
    canvas: Canvas, y: int, rgb: list[Color], styles: dict[tuple[int, int, bool], Style]
) -> str:
    text, out = "", list[str]()
    last: tuple[int, int, bool] | None = None
    cells = zip(canvas.glyph[y], canvas.fg[y], canvas.bg[y], canvas.bold[y], strict=True)
    for glyph, fg, bg, bold in cells:
        key = (int(fg), int(bg), bool(bold))
        if key != last and last is not None:
            out.append(_styled(text, last, rgb, styles))
            text = ""
        text += chr(glyph or 32)
        last = key
    if last is not None:
        out.append(_styled(text, last, rgb, styles))
    return "".join(out)


def _styled(
    text: str,
    key: tuple[int, int, bool],
    rgb: list[Color],
    styles: dict[tuple[int, int, bool], Style],
) -> str:
    if key not in styles:
        styles[key] = Style(color=rgb[key[0]], bgcolor=rgb[key[1]], bold=key[2])
    return styles[key].render(text, color_system=ColorSystem.TRUECOLOR)
