"""The venues command: what each venue carries, how its books are verified and what it allows.

All of it is read off the registry. docs/venues.md is the output of `--format markdown`.
"""

from collections.abc import Callable, Iterator, Sequence

import click

from feeds.adapter import Channel
from feeds.jsonline import json_line
from feeds.registry import VENUES, find_venue
from feeds.venue import Venue

WRITE = "tapetop venues --format markdown > docs/venues.md"
"""What makes the page anew."""

_CHANNELS = {
    Channel.TRADES: "trades",
    Channel.BOOK_TICKER: "best",
    Channel.KLINES: "bars",
    Channel.TICKER: "24 h",
    Channel.MARK_PRICE: "mark",
    Channel.LIQUIDATIONS: "forced",
}
"""The columns of the channels; the book has columns of its own."""

_WORDS = {
    Channel.BOOK: "book",
    Channel.TRADES: "trades",
    Channel.BOOK_TICKER: "best bid and ask",
    Channel.KLINES: "bars",
    Channel.TICKER: "24 h statistics",
    Channel.MARK_PRICE: "mark price and funding",
    Channel.LIQUIDATIONS: "liquidations",
}
"""The channels in words."""

_INTRODUCTION = f"""\
# Venues

This page is the output of `{WRITE}`: it is made of the rows
that the program itself works with, and a test compares them. `tapetop venues` prints the same in a
terminal, `tapetop venues NAME` one venue.

Every book is verified by every means that its venue offers, always. `levels` are those a side;
beyond them the book is unknown and drawn so. `verified by`:

| means | a loss shows |
|---|---|
| sequence | at the next change of the book: each says which one it follows |
| connection sequence | at the next message of the connection; then every book is asked for again |
| row ids | at a change of a row that was never stated, or when the book stays crossed |
| checksum | at the venue's next checksum of the top of the book |
| snapshots only | not at all: nothing follows on anything. Such books are labelled SNAPSHOT-ONLY |

`mark` is the mark price with funding and its next time, `forced` liquidations, `interest` open
interest, `best` the best bid and ask.
"""


@click.command("venues")
@click.argument("name", required=False, metavar="[VENUE]")
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json", "markdown")),
    default="text",
    show_default=True,
    help="How to print it.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
def command(name: str | None, form: str, as_json: bool) -> int:
    """Show what each venue carries, how its books are verified, and its limits.

    \b
    Examples:
      tapetop venues
      tapetop venues bybit-linear
      tapetop venues --json
    """
    venues = [find_venue(name)] if name else list(VENUES.values())
    if as_json or form == "json":
        facts = [_facts(venue) for venue in venues]
        click.echo(json_line(facts[0] if name else facts), nl=False)
    elif form == "markdown":
        click.echo(page(venues) if name is None else section(venues[0]), nl=False)
    else:
        click.echo(section(venues[0], plain=True) if name else _text(venues), nl=False)
    return 0


def page(venues: Sequence[Venue]) -> str:
    """The whole page: both tables, and each venue by itself."""
    parts = [
        _INTRODUCTION,
        "## Channels\n\n" + _table([_HEAD, *map(_row, venues)]),
        "## Limits\n\nOf one connection and of one address; tapetop stays below them.\n\n"
        + _table([_LIMITS, *map(_limits, venues)]),
        *map(section, venues),
    ]
    return "\n".join(parts)


def section(venue: Venue, plain: bool = False) -> str:
    """One venue in full."""
    known = venue.capability
    carried = ", ".join(word for word, offered in _offered(venue) if offered)
    facts = [
        ("carries", carried),
        ("book", known.book),
        ("levels, cadence", f"{known.depth or 'all'}, {known.cadence or 'not stated'}"),
        ("verified by", _checks(venue)),
        ("trades", known.trades),
        ("liquidations", known.liquidations),
        ("history", f"{known.bars} bars" if known.bars else ""),
        ("limits", _spelled(venue)),
        ("sockets", venue.websocket if plain else f"`{venue.websocket}`"),
        ("REST", venue.rest if plain else f"`{venue.rest}`"),
    ]
    stated = [(word, text) for word, text in facts if text]
    if plain:
        lines = [f"{word:<16} {text}" for word, text in stated]
        notes = [f"  - {note}" for note in known.notes]
        return "\n".join([venue.name, *lines, *(["known traps", *notes] if notes else [])]) + "\n"
    lines = [f"- {word}: {text}" for word, text in stated]
    notes = ["\nKnown traps:\n", *(f"- {note}" for note in known.notes)] if known.notes else []
    return "\n".join([f"## `{venue.name}`\n", *lines, *notes]) + "\n"


_HEAD = (
    "venue",
    "levels",
    "cadence",
    "verified by",
    *_CHANNELS.values(),
    "interest",
)
_LIMITS = ("venue", "streams a connection", "frames a second", "connects in 5 min", "weight a min")


def _row(venue: Venue) -> tuple[str, ...]:
    known = venue.capability
    cells = [word if offered else "-" for word, offered in _marks(venue)]
    return (venue.name, str(known.depth or "all"), known.cadence, _checks(venue), *cells)


def _marks(venue: Venue) -> Iterator[tuple[str, bool]]:
    for channel in _CHANNELS:
        yield "yes", channel in venue.paths
    yield "yes", venue.capability.interest


def _offered(venue: Venue) -> Iterator[tuple[str, bool]]:
    for channel, words in _WORDS.items():
        yield words, channel in venue.paths
    yield "open interest", venue.capability.interest


def _checks(venue: Venue) -> str:
    return " and ".join(venue.capability.checks) or "not stated"


def _limits(venue: Venue) -> tuple[str, ...]:
    allowed = venue.limits
    numbers = (allowed.streams, allowed.sends, allowed.connects, allowed.weight)
    return (venue.name, *map(str, numbers))


def _spelled(venue: Venue) -> str:
    allowed = venue.limits
    text = (
        f"{allowed.streams} streams a connection, {allowed.sends} frames a second, "
        f"{allowed.connects} connects in 5 min, weight {allowed.weight} a minute"
    )
    return text + (f" (stated by `{allowed.weight_header}`)" if allowed.weight_header else "")


def _facts(venue: Venue) -> dict[str, object]:
    known, allowed = venue.capability, venue.limits
    return {
        "venue": venue.name,
        "channels": sorted(venue.paths),
        "open_interest": known.interest,
        "levels": known.depth,
        "cadence": known.cadence,
        "verified_by": list(known.checks),
        "book": known.book,
        "trades": known.trades,
        "liquidations": known.liquidations or None,
        "bars": known.bars,
        "limits": {
            "streams": allowed.streams,
            "sends": allowed.sends,
            "connects": allowed.connects,
            "weight": allowed.weight,
        },
        "websocket": venue.websocket,
        "rest": venue.rest,
        "notes": list(known.notes),
    }


def _table(rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]]) + "\n"


def _text(venues: Sequence[Venue]) -> str:
    """Both tables in columns."""
    channels = _columns([_HEAD, *map(_row, venues)], str.ljust)
    limits = _columns([_LIMITS, *map(_limits, venues)], str.rjust)
    return f"{channels}\n{limits}\ntapetop venues VENUE shows one in full\n"


def _columns(rows: Sequence[Sequence[str]], align: Callable[[str, int], str]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [align(cell, width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines) + "\n"
