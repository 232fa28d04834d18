"""Venues: which of the markets watched trade the same coin, and how each is named and coloured."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from market.instrument import Instrument
from market.market import Market
from tui.drawing.format import safe_text
from tui.drawing.look import Look
from tui.scope import Scope


def alike(scope: Scope, gives: Callable[[Market], bool] = lambda _: True) -> list[Market]:
    """The markets that trade what the one in focus does, that one first.

    The others are those that give what is wanted of them; what trades is the listed base
    currency, or without a listing the symbol.
    """
    focus = scope.market
    if focus is None or focus.instrument is None:
        return [] if focus is None else [focus]
    what = _what(focus.instrument)
    others = [
        market
        for market in scope.markets
        if market is not focus
        and gives(market)
        and market.instrument is not None
        and _what(market.instrument) == what
    ]
    return [focus, *others]


def unheard(scope: Scope) -> list[Market]:
    """Markets of which nothing is known yet but a symbol with the name of the coin in it."""
    focus = scope.market
    if focus is None or focus.instrument is None:
        return []
    what = _what(focus.instrument).upper()
    return [
        market
        for market in scope.markets
        if market.instrument is None and what in market.symbol.upper()
    ]


def tags(markets: Sequence[Market]) -> tuple[str, ...]:
    """Names of several markets, short enough for a column: `binu` is binance-usdm."""
    found = [_tag(safe_text(market.venue)) for market in markets]
    if len(set(found)) == len(found):
        return tuple(found)
    symbols = (safe_text(market.symbol) for market in markets)
    return tuple(f"{tag} {symbol[:4]}" for tag, symbol in zip(found, symbols, strict=True))


def inks(look: Look) -> NDArray[np.uint8]:
    """Colours for venues, of which none is that of a side; they come again after the last."""
    found = (look.accent, look.poc, look.text, look.warn, look.dim)
    return np.array(found[:1] if look.mono else found, np.uint8)


def quotes(instruments: Iterable[Instrument]) -> list[str]:
    """The quote currencies, each once, where they are more than one: prices are not converted."""
    found = list(dict.fromkeys(instrument.quote for instrument in instruments if instrument.quote))
    return found if len(found) > 1 else []


def _what(instrument: Instrument) -> str:
    return instrument.base or instrument.symbol


def _tag(venue: str) -> str:
    first, *others = venue.split("-")
    return first[:3] + "".join(other[:1] for other in others)
