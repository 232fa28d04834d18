"""Keys and commands as one table: help, palette, footer and bindings all read it."""

from typing import Final, NamedTuple

LAYOUTS: Final = 9
"""Layouts that a digit reaches; there are as many of ours."""


class Command(NamedTuple):
    """Something a key does."""

    name: str
    """The entry in the table of what is done, `tui/keys/actions.py`."""
    keys: tuple[str, ...]
    """As Textual names them."""
    shown: str
    """As people name them."""
    does: str
    group: str
    kinds: tuple[str, ...] = ()
    """The panes it matters to; empty where it matters to all."""
    layout: int = 0
    """The number of the layout it chooses, 0 where it chooses none."""


PRICED: Final = ("candles", "footprint", "heatmap", "ladder", "profile", "tpo")

HEAT: Final = ("heatmap",)

TABLES: Final = ("tickers",)
ROWED: Final = (*PRICED, *TABLES, "tape", "events")

COMMANDS: tuple[Command, ...] = (
    Command("focus_next", ("tab",), "Tab", "focus the next pane", "Panes"),
    Command("focus_previous", ("shift+tab",), "Shift+Tab", "focus the pane before", "Panes"),
    Command("zoom", ("z",), "z", "show only this pane, or all again", "Panes"),
    Command("choose", ("enter",), "Enter", "open what is highlighted in a table, or z", "Panes"),
    *(
        Command(f"layout_{n}", (str(n),), str(n), f"layout {n}", "Panes", layout=n)
        for n in range(1, LAYOUTS + 1)
    ),
    Command("layouts", ("0",), "0", "layouts by name: choose, copy, rename, put in order", "Panes"),
    Command("keep_layout", ("Y",), "Y", "keep this arrangement as a layout", "Panes"),
    Command("settings", ("S",), "S", "settings of this pane; so does a click on its name", "Panes"),
    Command("panes", ("p",), "p", "show another pane in this place", "Panes"),
    Command("split_beside", ("vertical_line",), "|", "this pane twice, side by side", "Panes"),
    Command("split_below", ("underscore",), "_", "this pane twice, one above the other", "Panes"),
    Command("close_pane", ("X",), "X", "close this pane", "Panes"),
    Command("exchange", ("W",), "W", "change places with the next pane", "Panes"),
    Command("narrower", ("H",), "H", "make this pane narrower", "Panes"),
    Command("wider", ("L",), "L", "make this pane wider", "Panes"),
    Command("taller", ("J",), "J", "make this pane taller", "Panes"),
    Command("lower", ("K",), "K", "make this pane less tall", "Panes"),
    Command(
        "finer",
        ("left_square_bracket", "plus", "equals_sign"),
        "[ +",
        "finer prices: fewer ticks a row",
        "Scale",
        kinds=PRICED,
    ),
    Command(
        "coarser",
        ("right_square_bracket", "minus"),
        "] -",
        "coarser prices: more ticks a row",
        "Scale",
        kinds=PRICED,
    ),
    Command("automatic", ("a",), "a", "choose the price grouping by itself", "Scale", kinds=PRICED),
    Command("shorter", ("comma",), ",", "shorter bars, columns or sums", "Scale"),
    Command("longer", ("full_stop",), ".", "longer bars, columns or sums", "Scale"),
    Command(
        "contrast",
        ("b",),
        "b",
        "spread colours by logarithm, evenly, or by rank",
        "Scale",
        kinds=HEAT,
    ),
    Command(
        "floor_down",
        ("left_parenthesis",),
        "(",
        "colours from smaller sizes on",
        "Scale",
        kinds=HEAT,
    ),
    Command(
        "floor_up",
        ("right_parenthesis",),
        ")",
        "colours from larger sizes on: less shows",
        "Scale",
        kinds=HEAT,
    ),
    Command(
        "ceiling_down",
        ("left_curly_bracket",),
        "{",
        "brightest from smaller sizes on: more glows",
        "Scale",
        kinds=HEAT,
    ),
    Command(
        "ceiling_up",
        ("right_curly_bracket",),
        "}",
        "brightest from larger sizes on",
        "Scale",
        kinds=HEAT,
    ),
    Command(
        "volume_profile",
        ("v",),
        "v",
        "volume profile: of what is seen, a window, the session, none",
        "Scale",
        kinds=HEAT,
    ),
    Command(
        "cross",
        ("x",),
        "x",
        "crosshair with its numbers, or none; arrows and a click move it",
        "Move",
        kinds=("candles", "heatmap", "ladder"),
    ),
    Command(
        "ruler",
        ("R",),
        "R",
        "ruler from the crosshair or the newest bar, or none",
        "Move",
        kinds=("candles", "heatmap"),
    ),
    Command(
        "anchor",
        ("A",),
        "A",
        "begin VWAP and cumulative delta at the crosshair, or not",
        "Scale",
        kinds=("candles",),
    ),
    Command(
        "level",
        ("e",),
        "e",
        "level at the crosshair, or at a price typed; with a ruler a line along it",
        "Draw",
        PRICED,
    ),
    Command("note", ("E",), "E", "note or time mark at the crosshair, or now", "Draw", PRICED),
    Command("drawings", ("Z",), "Z", "drawings: name, move, colour, hide, undo", "Draw", PRICED),
    Command("remove_drawing", ("delete",), "Del", "delete the drawing in hand", "Draw", PRICED),
    Command("back", ("left", "h"), "Left h", "scroll back in time", "Move"),
    Command("forward", ("right", "l"), "Right l", "scroll forward in time", "Move"),
    Command("page_back", ("pageup",), "PgUp", "a page back in time", "Move"),
    Command("page_forward", ("pagedown",), "PgDn", "a page forward", "Move"),
    Command("up", ("up", "k"), "Up k", "to higher prices, up a list", "Move", ROWED),
    Command("down", ("down", "j"), "Down j", "to lower prices, down a list", "Move", ROWED),
    Command("recentre", ("c",), "c", "centre on the last price and follow it", "Move", PRICED),
    Command("live", ("home", "g", "end"), "Home g", "back to the live edge", "Move"),
    Command(
        "scroll",
        ("w",),
        "w",
        "move on by blocks, by single columns, or as a sweep",
        "Move",
        kinds=("candles", "heatmap"),
    ),
    Command("sort", ("u",), "u", "sort by the next column", "Table", TABLES),
    Command("turn_order", ("U",), "U", "turn the order round", "Table", TABLES),
    Command("table_search", ("i",), "i", "search in the table", "Table", TABLES),
    Command("favourite", ("f",), "f", "mark as a favourite, or not", "Table", TABLES),
    Command("favourites", ("F",), "F", "favourites alone, or all", "Table", TABLES),
    Command("pause", ("space",), "Space", "pause, and go on", "Market"),
    Command("search", ("slash",), "/", "another symbol or venue", "Market"),
    Command("next_instrument", ("n",), "n", "the next instrument being watched", "Market"),
    Command("previous_instrument", ("N",), "N", "the instrument before", "Market"),
    Command("pin", ("P",), "P", "keep this pane to its instrument, or not", "Market"),
    Command("link", ("G",), "G", "link this pane to others in a group, or not", "Market"),
    Command(
        "pair",
        ("V",),
        "V",
        "set the next market against the first",
        "Market",
        kinds=("comparison",),
    ),
    Command(
        "as_one",
        ("M",),
        "M",
        "all markets watched of this coin as one, or the one alone",
        "Market",
        kinds=("candles", "heatmap", "ladder", "tape"),
    ),
    Command("unwatch", ("D",), "D", "watch this instrument no more", "Market"),
    Command("open", ("o",), "o", "open a recording", "Market"),
    Command("demo", ("d",), "d", "switch to the simulated market", "Market"),
    Command("alerts", ("exclamation_mark",), "!", "alerts: what fired, and new ones", "Market"),
    Command("retry", ("r",), "r", "try the venue again now, or play a recording again", "Market"),
    Command("theme", ("t",), "t", "choose a theme, or change one: e edits it", "Program"),
    Command("zone", ("T",), "T", "choose a time zone", "Program"),
    Command("sizes", ("dollar_sign",), "$", "sizes in base currency, or in quote", "Program"),
    Command("screenshot", ("s",), "s", "save the screen as a picture (SVG)", "Program"),
    Command("mouse", ("m",), "m", "mouse on, or off so that text can be selected", "Program"),
    Command("performance", ("f12",), "F12", "what each pane costs, and what is skipped", "Program"),
    Command("redraw", ("ctrl+l",), "Ctrl+L", "write the whole screen again", "Program"),
    Command("suspend", ("ctrl+z",), "Ctrl+Z", "back to the shell; fg returns", "Program"),
    Command("palette", ("ctrl+p", "colon"), "Ctrl+P :", "find a command by name", "Program"),
    Command("help", ("question_mark", "f1"), "?", "help", "Program"),
    Command("escape", ("escape",), "Esc", "back: out of zoom, then to the live edge", "Program"),
    Command("quit", ("q", "ctrl+q"), "q", "quit", "Program"),
)
"""Every command, in the order help shows them."""

HINTS: Final = (
    ("?", "help"),
    ("q", "quit"),
    ("Tab", "pane"),
    ("z", "zoom"),
    ("[ ]", "group"),
    (", .", "time"),
    ("/", "symbol"),
    ("Space", "pause"),
    ("S", "settings"),
    ("←→↑↓", "scroll"),
    ("g", "live"),
    ("1-9", "layout"),
    ("t", "theme"),
    ("s", "picture"),
)
"""The bottom row, most needed first; what does not fit is left out."""


BY_KEY: Final = {key: command for command in COMMANDS for key in command.keys}


def matters(command: Command, kind: str | None) -> bool:
    """Say whether a command does anything for a pane of this kind."""
    return not command.kinds or kind in command.kinds


def found(query: str, kind: str | None) -> list[Command]:
    """Commands whose text holds every word asked for; those of the focused pane first."""
    words = query.lower().split()
    hits = [
        command
        for command in COMMANDS
        if all(word in f"{command.shown} {command.does} {command.group}".lower() for word in words)
    ]
    return sorted(hits, key=lambda command: not matters(command, kind))
