"""The performance panel: figures of the last second for each tile, and why frames were skipped."""

from feeds.live import Live
from tests.scenes import lines
from tests.shell import FakeShell
from tui.desk.board import Tile
from tui.desk.layouts import Region
from tui.desk.monitor import Monitor, Now
from tui.desk.performance import SIZE, Cost, Panel, bytes_words, draw_panel, panel_place
from tui.drawing.canvas import Canvas
from tui.launch import Demo, Launch
from tui.pane import Size
from tui.terminal.clock import FrameClock
from tui.terminal.governor import Governor
from tui.terminal.link import PATIENCE
from tui.themes import load_look

LOOK = load_look()


def _monitor() -> Monitor:
    return Monitor(Launch(Demo(7)), FrameClock(Governor(20)), FakeShell(), tip=False)


def _tile(name: str) -> Tile:
    return Tile(name, Region(0, 0, 9, 1), lambda size, look: Canvas(*size, look), lambda: 0)


def test_figures_are_those_since_the_second_before() -> None:
    monitor, panel, tile = _monitor(), Panel(), _tile("tape")
    panel.renew(monitor, [tile])
    tile.draws, tile.seconds = 10, 0.02
    tile.skips["rest"] = 9
    panel.costs["tape"] = Cost(0.005, 4000)
    panel.renew(monitor, [tile])
    (row,) = panel.rows
    assert (row.draws, row.draw_ms, row.encode_ms, row.bytes) == (10, 2.0, 0.5, 400.0)
    assert row.skipped == "9 rest"
    panel.renew(monitor, [tile])
    assert panel.rows[0].draws == 0


def test_the_key_opens_the_panel_over_the_panes_and_closes_it() -> None:
    monitor = _monitor()
    monitor.frame(Size(200, 50), Now(1.0, 0), lambda: 1.0)
    monitor.toggle_panel()
    monitor.frame(Size(200, 50), Now(1.1, 0), lambda: 1.1)
    shown = monitor.frame(Size(200, 50), Now(2.2, 0), lambda: 2.2)
    assert shown is not None
    text = "\n".join(lines(shown))
    for word in ("Performance", "draw ms", "bytes", "heatmap", "no frame skipped"):
        assert word in text
    owners = monitor.owners()
    assert owners is not None
    assert owners.names[owners.grid[1, 199]] == "performance"
    monitor.toggle_panel()
    assert monitor.owners() is None


def test_the_panel_says_when_the_terminal_does_not_answer() -> None:
    monitor, panel = _monitor(), Panel()
    governor = monitor.clock.governor
    governor.sent(0.0, 0.0, 100, fenced=True)
    governor.hold(PATIENCE + 1)
    panel.renew(monitor, [])
    assert any("does not say" in line for line in panel.lines)


def test_the_panel_fits_any_size() -> None:
    monitor, panel = _monitor(), Panel()
    panel.renew(monitor, [_tile("tape")])
    for width, height in ((0, 0), (1, 1), (40, 10), (200, 48)):
        place = panel_place(panel, width, height)
        assert place.x >= 0
        assert place.x + place.width <= max(width, 0)
        draw_panel(panel, Size(place.width, place.height), LOOK)


def test_the_panel_counts_what_happened_to_live_feeds_and_to_no_others() -> None:
    monitor, panel = _monitor(), Panel()
    panel.renew(monitor, [])
    assert not [line for line in panel.lines if line.startswith("feeds: ")]
    live = Live(["binance:BTCUSDT"])
    counts = live.counts
    counts.gaps, counts.renewals, counts.duplicates, counts.malformed = 1, 2, 12_345, 3
    monitor.session.source = live
    panel.renew(monitor, [])
    (line,) = [line for line in panel.lines if line.startswith("feeds: ")]
    assert line == "feeds: 1 gap, 2 renewals, 12,345 duplicates, 3 malformed"
    assert len(line) < SIZE.width


def test_bytes_are_given_in_thousands() -> None:
    assert bytes_words(1234.0) == "1.2 KB/s"
    assert bytes_words(250_000.0) == "250 KB/s"


def test_at_rest_the_figures_of_the_status_row_stand_still() -> None:
    monitor = _monitor()
    clock = monitor.clock
    seconds = 1.0
    for _ in range(30):
        seconds += 0.1
        clock.drew(seconds, 0.004)
        clock.wrote(seconds, 500)
        monitor.frame(Size(200, 50), Now(seconds, 0), lambda: 1.0)
    shown = 0
    for _ in range(100):
        seconds += 0.1
        if monitor.frame(Size(200, 50), Now(seconds, 0), lambda: 1.0) is not None:
            shown += 1
            clock.drew(seconds, 0.001 * shown)
            clock.wrote(seconds, 60)
    assert shown <= 2, "once, to say that nothing moves"
