"""Inverse contracts: their turnover in quote currency, where the venue states base currency.

Volumes there count contracts, each worth a fixed amount of quote currency, so the turnover in it is
exact where the contract's size is known. Nothing is made up where it is not.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from msgspec.structs import replace

from feeds.adapter import Ignored
from market.events import Event, Kline, Ticker
from market.instrument import Instrument


def in_quote(
    stated: Iterable[Event | Ignored], listed: Mapping[str, Instrument]
) -> tuple[Event | Ignored, ...]:
    """The same facts, with the turnover of bars and days in quote currency."""
    return tuple(
        _worded(item, _turnover(item, listed)) if isinstance(item, Kline | Ticker) else item
        for item in stated
    )


def _worded(item: Kline | Ticker, turnover: Decimal | None) -> Kline | Ticker:
    base = item.quote_volume
    return replace(item, quote_volume=turnover, base_volume=None if base is None else float(base))


def _turnover(item: Kline | Ticker, listed: Mapping[str, Instrument]) -> Decimal | None:
    instrument = listed.get(item.instrument.partition(":")[2])
    if instrument is None or instrument.contract_size is None:
        return None
    return Decimal(repr(item.volume)) * instrument.contract_size
