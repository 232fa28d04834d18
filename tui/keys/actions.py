"""What each command does, as one table over the monitor; keys and palette both end here."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import time_ns
from typing import TYPE_CHECKING, Final

from feeds.directory import Directory
from feeds.errors import FeedError
from feeds.registry import VENUES
from tui.desk.layouts import layout_names, load_layout
from tui.desk.monitor import Monitor
from tui.desk.pairing import next_pair
from tui.desk.session import Session
from tui.desk.watching import pin, turn, unwatch, watch
from tui.dialogs.alerts import open_alerts
from tui.dialogs.choice import Choice, Dialog
from tui.dialogs.layouts import choose_layout
from tui.dialogs.reading import READING
from tui.dialogs.symbols import LISTS, Symbols
from tui.dialogs.zone import choose_zone
from tui.keys import adjust, browsing, crossing, paging, sketching
from tui.keys.arranging import ARRANGE_ACTIONS
from tui.keys.candle import CANDLE_ACTIONS
from tui.keys.heat import HEAT_ACTIONS
from tui.keys.linking import link
from tui.keys.sketching import SKETCH_ACTIONS
from tui.keys.table import LAYOUTS, Command, found
from tui.keys.venues import VENUE_ACTIONS
from tui.launch import Demo, Recording
from tui.registry import PANES, pane_type
from tui.settings.dialog import open_settings
from tui.theming.picker import choose_theme

if TYPE_CHECKING:
    from feeds.transport import Transport

Action = Callable[[Monitor], None]


def run(monitor: Monitor, name: str) -> None:
    """Do what a command's name stands for."""
    ACTIONS[name](monitor)


def _turn(steps: int, monitor: Monitor) -> None:
    monitor.desk.turn(steps)


def _zoom(monitor: Monitor) -> None:
    monitor.desk.zoomed = not monitor.desk.zoomed


def _choose(monitor: Monitor) -> None:
    """Open what is highlighted in a table; elsewhere show only this pane."""
    pane = monitor.desk.pane
    if sketching.let_go(monitor):
        return
    if not isinstance(pane, browsing.Browsed):
        _zoom(monitor)
    elif (name := pane.chosen(monitor.scope)) is not None:
        watch(monitor, name)


def _layout(number: int, monitor: Monitor) -> None:
    name = layout_names()[number - 1]
    monitor.desk.choose(name)
    monitor.note(f"layout {number}: {name}")


def _panes(monitor: Monitor) -> None:
    desk = monitor.desk
    choices = [Choice(kind, pane_type(kind).title) for kind in PANES]

    def settle(kind: str | None) -> None:
        if kind is not None and kind != desk.pane.kind:
            desk.show(kind)
            monitor.session.want_interval(adjust.timeframe(desk.pane))

    monitor.open_dialog(Dialog("Panes", choices, at=desk.pane.kind), settle)


def _sizes(monitor: Monitor) -> None:
    """Write sizes in the other currency, in every pane that knows what they are worth."""
    monitor.show_sizes(monitor.sizes.other)
    monitor.note(f"sizes in {monitor.sizes} currency")


def _group(steps: int, monitor: Monitor) -> None:
    market, size = monitor.market, monitor.pane_size
    monitor.desk.change(lambda pane: adjust.coarser(pane, market, size, steps))


def _longer(steps: int, monitor: Monitor) -> None:
    market = monitor.market
    monitor.desk.change(lambda pane: adjust.longer(pane, steps, market))
    monitor.session.want_interval(adjust.timeframe(monitor.desk.pane))


def _scroll(parts: int, monitor: Monitor) -> None:
    if abs(parts) == 1 and sketching.move_held(monitor, parts, 0):
        return
    if abs(parts) == 1 and crossing.crossed(monitor.desk.pane):
        monitor.move_cross(parts, 0)
        return
    if abs(parts) > 1:
        pages = -parts // adjust.FRACTION
        if browsing.page(monitor, -pages) or paging.move(monitor, pages, pages=True):
            return
    market, size, held = monitor.market, monitor.pane_size, monitor.held_at
    if held is not None:
        monitor.desk.change(lambda pane: adjust.held(pane, held))
    monitor.desk.change(lambda pane: adjust.scrolled(pane, market, size, parts))


def _scroll_way(monitor: Monitor) -> None:
    monitor.desk.change(adjust.next_scroll)
    way = getattr(monitor.desk.pane, "scroll", None)
    if way is None:
        monitor.note(f"the {monitor.desk.pane.title.lower()} has one way of moving on")
    else:
        monitor.note(f"{monitor.desk.pane.title.lower()}: {adjust.SCROLLS[way]}")


def _raise(parts: int, monitor: Monitor) -> None:
    if sketching.move_held(monitor, 0, parts):
        return
    if crossing.crossed(monitor.desk.pane):
        monitor.move_cross(0, parts)
        return
    if browsing.move(monitor, -parts) or paging.move(monitor, -parts):
        return
    market, size = monitor.market, monitor.pane_size
    monitor.desk.change(lambda pane: adjust.raised(pane, market, size, parts))


def _live(monitor: Monitor) -> None:
    monitor.desk.change_all(adjust.live)
    monitor.held_at = None
    if monitor.session.source is not None:
        monitor.session.source.paused = False


def _pause(monitor: Monitor) -> None:
    """Stop the market's time where it is ours to stop, else hold the picture."""
    session, market = monitor.session, monitor.market
    if session.live:
        monitor.held_at = None if monitor.held_at is not None or not market else market.clock
    elif session.source is not None:
        session.source.paused = not session.source.paused


def _escape(monitor: Monitor) -> None:
    if sketching.let_go(monitor):
        return
    if monitor.desk.zoomed:
        monitor.desk.zoomed = False
    elif crossing.marked(monitor.desk.pane):
        monitor.desk.change(crossing.uncrossed)
    elif not browsing.restore(monitor):
        _live(monitor)


def _search(monitor: Monitor) -> None:
    near = (monitor.instrument or "").partition(":")[0]
    watched = [*filter(None, [monitor.instrument]), *monitor.session.instruments]
    symbols = Symbols(list(dict.fromkeys(watched)), near)
    symbols.load(Directory(), monitor.endpoints)

    def chosen(name: str | None) -> None:
        if name == LISTS:
            monitor.note("fetching the lists of all venues")
            monitor.shell.work(fetch_lists(monitor))
        elif name is not None:
            watch(monitor, name)

    monitor.open_dialog(symbols.dialog(time_ns()), chosen)


async def fetch_lists(monitor: Monitor, transport: "Transport | None" = None) -> None:
    """Fetch and keep the lists that are missing or old, and say what came of it."""
    # Not at the top: the first picture does not wait for what only this needs.
    from feeds.roundup import gather

    places = monitor.endpoints
    venues = [row.at(places[name]) if name in places else row for name, row in VENUES.items()]
    try:
        found = await gather(venues, Directory(), False, time_ns(), _unsaid, transport)
    except FeedError as error:
        monitor.note(f"no list could be fetched: {error}")
        return
    count = sum(len(catalogue.instruments) for catalogue in found)
    monitor.shelf.renew()
    reached = f"{len(found)} of {len(venues)} venues"
    monitor.note(f"{count:,} instruments of {reached} are known: / searches them")


def _unsaid(text: str) -> None:
    """What is said of single venues has no place on the screen; the search shows their ages."""


def _open(monitor: Monitor) -> None:
    def typed(text: str) -> Choice:
        return Choice(str(Path(text).expanduser()), f"open {text}")

    found_here = sorted(path for end in ("", ".gz") for path in Path().glob(f"*.jsonl{end}"))
    dialog = Dialog(
        "Open a recording",
        [Choice(str(path), path.name) for path in found_here],
        prompt="path of a .jsonl or .jsonl.gz file",
        intro=("Recordings in this folder; tapetop record makes them.",),
        free=typed,
    )
    monitor.open_dialog(dialog, lambda path: _play(monitor, Path(path)) if path else None)


def _play(monitor: Monitor, path: Path) -> None:
    if path.is_file():
        monitor.begin(Session(Recording(path)))
    else:
        monitor.note(f"{path}: no such file")


def _retry(monitor: Monitor) -> None:
    if not monitor.session.live:
        monitor.begin(Session(monitor.session.opening))
        monitor.note("from the start")
    elif monitor.session.error is not None or not monitor.session.retry():
        monitor.begin(Session(monitor.session.opening))


def _demo(monitor: Monitor) -> None:
    """Switch to the demo, but never from a market that is well for one key pressed by mistake."""
    if not monitor.session.live or monitor.troubled:
        monitor.begin(Session(Demo()))
        return
    choices = [
        Choice("", "stay with the live market"),
        Choice("demo", "show the simulated market instead"),
    ]
    dialog = Dialog("Leave the live market?", choices, prompt="")
    monitor.open_dialog(dialog, lambda name: monitor.begin(Session(Demo())) if name else None)


def _palette(monitor: Monitor) -> None:
    _choose_command(monitor, "Commands", ())


def _help(monitor: Monitor) -> None:
    kind = monitor.desk.pane.kind
    _choose_command(monitor, f"Help: {monitor.desk.pane.title}", READING.get(kind, ()))


def _choose_command(monitor: Monitor, title: str, intro: tuple[str, ...]) -> None:
    kind = monitor.desk.pane.kind
    choices = [
        Choice(command.name, _does(command), command.shown, command.group)
        for command in found("", kind)
        if command.name not in ("palette", "help")
    ]
    dialog = Dialog(title, choices, prompt="search keys and commands", intro=intro)
    monitor.open_dialog(dialog, lambda name: run(monitor, name) if name else None)


def _does(command: Command) -> str:
    """What a command does, layouts by their own titles."""
    if not command.layout:
        return command.does
    layout = load_layout(layout_names()[command.layout - 1])
    return f"layout {layout.name}: {layout.title}"


def _mouse(monitor: Monitor) -> None:
    monitor.mouse_on = not monitor.mouse_on
    monitor.shell.mouse(monitor.mouse_on)
    words = "mouse on" if monitor.mouse_on else "mouse off: select text as in any terminal"
    monitor.note(words)


ACTIONS: Final[dict[str, Action]] = {
    **ARRANGE_ACTIONS,
    **CANDLE_ACTIONS,
    **HEAT_ACTIONS,
    **VENUE_ACTIONS,
    **SKETCH_ACTIONS,
    "alerts": open_alerts,
    "automatic": lambda monitor: monitor.desk.change(adjust.automatic),
    "back": partial(_scroll, -1),
    "choose": _choose,
    "coarser": partial(_group, 1),
    "demo": _demo,
    "down": partial(_raise, -1),
    "escape": _escape,
    "favourite": browsing.mark,
    "favourites": browsing.narrow,
    "finer": partial(_group, -1),
    "focus_next": partial(_turn, 1),
    "focus_previous": partial(_turn, -1),
    "forward": partial(_scroll, 1),
    "help": _help,
    **{f"layout_{n}": partial(_layout, n) for n in range(1, LAYOUTS + 1)},
    "layouts": choose_layout,
    "link": link,
    "panes": _panes,
    "live": _live,
    "longer": partial(_longer, 1),
    "mouse": _mouse,
    "next_instrument": partial(turn, 1),
    "open": _open,
    "page_back": partial(_scroll, -adjust.FRACTION),
    "page_forward": partial(_scroll, adjust.FRACTION),
    "pair": next_pair,
    "palette": _palette,
    "pause": _pause,
    "performance": lambda monitor: monitor.toggle_panel(),
    "pin": pin,
    "previous_instrument": partial(turn, -1),
    "quit": lambda monitor: monitor.shell.leave(0),
    "recentre": lambda monitor: monitor.desk.change(adjust.recentred),
    "redraw": lambda monitor: monitor.shell.redraw(),
    "retry": _retry,
    "screenshot": lambda monitor: monitor.save_picture(),
    "scroll": _scroll_way,
    "search": _search,
    "settings": open_settings,
    "shorter": partial(_longer, -1),
    "sizes": _sizes,
    "sort": browsing.sort,
    "suspend": lambda monitor: monitor.shell.to_background(),
    "table_search": browsing.search,
    "theme": choose_theme,
    "turn_order": browsing.turn,
    "unwatch": unwatch,
    "up": partial(_raise, 1),
    "zone": choose_zone,
    "zoom": _zoom,
}
"""Every command of `tui/keys/table.py` by name, sorted."""
