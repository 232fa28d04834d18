"""The instruments command: all that a venue lists, searched, from the venue or as kept on disk."""

import asyncio
import sys
import time
from collections.abc import Mapping, Sequence

import click
from msgspec import to_builtins

from feeds.directory import Directory
from feeds.finding import find, known
from feeds.jsonline import json_line
from feeds.line import one_line, printable
from feeds.listing import Catalogue, Listed
from feeds.live import parse_endpoints
from feeds.registry import VENUES, find_venue
from feeds.roundup import gather
from feeds.venue import Venue

EVERY = "all"
"""The word for all venues."""

_HEAD = ("symbol", "kind", "base", "quote", "tick", "lot", "contract", "24 h volume", "in USD")


@click.command("instruments")
@click.argument("venue", metavar="VENUE|all")
@click.argument("query", nargs=-1, metavar="[QUERY]")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on one line.")
@click.option("--refresh", is_flag=True, help="Ask the venue, however new the kept list is.")
@click.option(
    "--endpoint",
    "endpoints",
    multiple=True,
    metavar="VENUE=URL",
    help="Reach a venue's REST service at another address (repeatable).",
)
def command(
    venue: str, query: tuple[str, ...], as_json: bool, refresh: bool, endpoints: tuple[str, ...]
) -> int:
    """List all instruments of a venue, or those that QUERY means.

    The list is kept for a day, and used with its age where the network is dead. The monitor's
    search (/) finds what is kept: `tapetop instruments all` keeps the lists of every venue.

    \b
    Examples:
      tapetop instruments bybit-linear sol
      tapetop instruments okx btc linear
      tapetop instruments all --refresh
    """
    addresses = parse_endpoints(endpoints)
    names = list(VENUES) if venue == EVERY else [venue]
    venues = [_placed(name, addresses) for name in names]
    now = time.time_ns()
    found = asyncio.run(gather(venues, Directory(), refresh, now, _say))
    text = _json(found, query, now, venue == EVERY) if as_json else _text(found, query)
    click.echo(text, nl=False)
    return 0


def _placed(name: str, addresses: Mapping[str, str]) -> Venue:
    venue = find_venue(name)
    return venue.at(addresses[name]) if name in addresses else venue


def _text(found: Sequence[Catalogue], query: Sequence[str]) -> str:
    """A table; with several venues each symbol has its venue before it."""
    several = len(found) > 1
    rows = [_HEAD]
    for catalogue, row in _search(found, query):
        name = f"{catalogue}:{row.symbol}" if several else row.symbol
        rows.append(
            (
                printable(name),
                str(row.kind),
                printable(row.base),
                printable(row.quote),
                printable(row.tick or "-"),
                printable(row.lot or "-"),
                printable(row.contract or "-"),
                _amount(row.volume),
                _amount(row.dollars),
            )
        )
    if len(rows) == 1:
        _say(f'nothing matches "{" ".join(query)}"')
        return ""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row_ in rows:
        cells = [cell.ljust(width) for cell, width in zip(row_[:4], widths[:4], strict=True)]
        cells += [cell.rjust(width) for cell, width in zip(row_[4:], widths[4:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines) + "\n"


def _json(found: Sequence[Catalogue], query: Sequence[str], now: int, several: bool) -> str:
    """An object for a venue, a list of them for all."""
    rows: dict[str, list[object]] = {catalogue.venue: [] for catalogue in found}
    for venue, row in _search(found, query):
        stated = {field: getattr(row, field) for field in Listed.__struct_fields__}
        rows[venue].append(to_builtins(stated))
    objects = [
        {
            "venue": catalogue.venue,
            "listed_at": catalogue.at,
            "age_seconds": max(0, now - catalogue.at) // 10**9,
            "left_out": catalogue.left_out,
            "notes": list(catalogue.notes),
            "instruments": rows[catalogue.venue],
        }
        for catalogue in found
    ]
    return json_line(objects if several else objects[0]).decode()


def _search(found: Sequence[Catalogue], query: Sequence[str]) -> list[tuple[str, Listed]]:
    rows = [row for catalogue in found for row in known(catalogue.venue, catalogue.instruments)]
    return [(row.venue, row.listed) for row in find(" ".join(query), rows)]


def _amount(volume: float | None) -> str:
    return "-" if volume is None else f"{volume:,.0f}"


def _say(text: str) -> None:
    click.echo(one_line(text), file=sys.stderr)
