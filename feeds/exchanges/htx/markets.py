"""HTX's markets: what differs between them, and how long bars are."""

from dataclasses import dataclass

from market.instrument import Kind


@dataclass(frozen=True, slots=True)
class Market:
    """One market's addresses of the same protocol."""

    kind: Kind
    klines: str
    """The endpoint of bars, with what it calls a symbol."""
    listing: str
    """The endpoint of instruments, with what it calls a symbol."""
    mark: str = ""
    """The endpoint of mark prices; "" where there are none."""
    interest: str = ""
    """The endpoint of open interest."""

    @property
    def sides(self) -> int:
        """How often what is traded is counted: contracts once for each side of a trade."""
        return 1 if self.kind is Kind.SPOT else 2


MARKETS: dict[str, Market] = {
    "htx": Market(
        Kind.SPOT,
        "/market/history/kline?symbol=",
        "/v1/settings/common/market-symbols?symbols=",
    ),
    "htx-inverse": Market(
        Kind.INVERSE,
        "/swap-ex/market/history/kline?contract_code=",
        "/swap-api/v1/swap_contract_info?contract_code=",
        "/index/market/history/swap_mark_price_kline?contract_code=",
        "/swap-api/v1/swap_open_interest?contract_code=",
    ),
    "htx-swap": Market(
        Kind.LINEAR,
        "/linear-swap-ex/market/history/kline?contract_code=",
        "/linear-swap-api/v1/swap_contract_info?contract_code=",
        "/index/market/history/linear_swap_mark_price_kline?contract_code=",
        "/linear-swap-api/v1/swap_open_interest?contract_code=",
    ),
}
"""Every market by the name of its venue, sorted."""

INTERVALS: dict[str, tuple[str, int]] = {
    "1min": ("1m", 60),
    "5min": ("5m", 300),
    "15min": ("15m", 900),
    "30min": ("30m", 1800),
    "60min": ("1h", 3600),
    "4hour": ("4h", 14400),
}
"""Our name and the seconds of each of the venue's intervals; its days begin at 16:00 UTC."""

SPELLING: dict[str, str] = {
    "1m": "1min",
    "5m": "5min",
    "15m": "15min",
    "30m": "30min",
    "1h": "60min",
    "4h": "4hour",
    # Where the venue has no such bars, those that they can be made of.
    "1s": "1min",
    "3m": "1min",
    "2h": "60min",
    "6h": "60min",
    "8h": "4hour",
    "12h": "4hour",
    "1d": "4hour",
    "3d": "4hour",
    "1w": "4hour",
    "1M": "4hour",
}
"""The venue's interval that serves each of ours."""
