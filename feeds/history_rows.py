"""The rows of history: which past each venue keeps for whoever asks, found by name."""

from feeds.errors import ConfigError
from feeds.exchanges.binance import history as binance
from feeds.exchanges.bitfinex import history as bitfinex
from feeds.exchanges.bitmex import history as bitmex
from feeds.exchanges.bybit import history as bybit
from feeds.exchanges.deribit import history as deribit
from feeds.exchanges.kraken import history as kraken
from feeds.exchanges.okx import history as okx
from feeds.history import Kept, Series

_EXCHANGES = (
    binance,
    bitfinex,
    bitmex,
    bybit,
    deribit,
    kraken,
    okx,
)

SERIES: dict[tuple[str, Kept], Series] = {
    (series.venue, series.kept): series for exchange in _EXCHANGES for series in exchange.SERIES
}
"""Every series by its venue and what it keeps."""


def find_series(venue: str, kept: Kept) -> Series:
    """The series of a venue; ConfigError names the venues that have one where it has none."""
    if (venue, kept) in SERIES:
        return SERIES[venue, kept]
    offer = ", ".join(sorted(name for name, what in SERIES if what is kept))
    raise ConfigError(f"{venue}: no past {kept} are to be had without a key; they are of {offer}")
