"""Sketch numbers: drawings as exact decimal strings and ns."""

from collections.abc import Sequence

from market.drawings import Drawing, Level, Line, Moment, Note
from market.instrument import plain
from market.market import Market


def with_drawings(found: dict[str, object], market: Market) -> dict[str, object]:
    """The numbers of a pane with those of the drawings on it, where there are any."""
    if market.drawings is None:
        return found
    return {**found, "drawings": drawing_numbers(market.drawings.items)}


def drawing_numbers(drawings: Sequence[Drawing]) -> list[dict[str, object]]:
    """Each drawing: what it is, its points, text and sort."""
    return [
        {"drawing": kind_of(drawing), **_points(drawing), **_told(drawing)} for drawing in drawings
    ]


def kind_of(drawing: Drawing) -> str:
    """What a drawing is called."""
    return type(drawing).__name__.lower()


def _points(drawing: Drawing) -> dict[str, object]:
    match drawing:
        case Level(price):
            return {"price": plain(price)}
        case Moment(at):
            return {"time": at}
        case Note(at, price):
            return {"time": at, "price": plain(price)}
        case Line(at, price, until, to):
            return {"time": at, "price": plain(price), "until": until, "to": plain(to)}


def _told(drawing: Drawing) -> dict[str, object]:
    return {"text": drawing.text, "sort": drawing.sort.value}
