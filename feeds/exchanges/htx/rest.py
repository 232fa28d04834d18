"""HTX's REST bodies: what reads each endpoint, and how a body is known by its shape."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, TypeAlias
from urllib.parse import parse_qs

from msgspec import UNSET, Meta, Raw, Struct, UnsetType, field
from msgspec.json import Decoder

from feeds.adapter import Ignored
from feeds.bodies import Place, Refused, first_keys, is_list, listed, raw, shape
from feeds.errors import MalformedFrame
from feeds.exchanges.htx.frames import DECODE_ERRORS
from feeds.exchanges.htx.wire import About, Bar, Interest, Mark, Prints, Row, Stated
from feeds.fields import Time, amount, nanoseconds
from market.events import Kline, Listing, Trade
from market.instrument import Instrument, Kind

PASSING = frozenset({"1000", "1001", "1004", "1032", "429", "500", "gateway-internal-error"})
"""Codes of a venue that is busy; any other refusal would only be repeated."""

Places = Annotated[int, Meta(ge=0, le=20)]


class _Body(Struct):
    """{"ch":"market.btcusdt.kline.1min","status":"ok","ts":1616243199157,"data":[...]}.

    Spot writes `err-code`, swaps `err_code`, and the newer endpoints of spot `code`.
    """

    status: str = ""
    ts: Time | None = None
    data: Raw | UnsetType = UNSET
    code: int = 200
    message: str = ""
    spot_code: str = field(default="", name="err-code")
    spot_text: str = field(default="", name="err-msg")
    swap_code: int = field(default=0, name="err_code")
    swap_text: str = field(default="", name="err_msg")


class PairRow(Struct, gc=False):
    """A pair of spot: its grids are of so many decimals.

    {"base-currency":"btt","quote-currency":"eth","price-precision":10,"amount-precision":2,
    "symbol":"btteth", ...}
    """

    symbol: str
    base: str = field(name="base-currency")
    quote: str = field(name="quote-currency")
    price: Places = field(name="price-precision")
    amount: Places = field(name="amount-precision")

    def events(self, about: About) -> Stated:
        grid = (Decimal(1).scaleb(-self.price), Decimal(1).scaleb(-self.amount))
        names = self.base.upper(), self.quote.upper()
        listed = Instrument(about.venue, self.symbol, *grid, *names)
        return (Listing(listed.id, about.now, listed),)


class MarketRow(Struct, gc=False):
    """The same in the short words of another endpoint.

    {"symbol":"btcusdt","bc":"btc","qc":"usdt","pp":2,"ap":6,"state":"online", ...}
    """

    symbol: str
    bc: str
    qc: str
    pp: Places
    ap: Places

    def events(self, about: About) -> Stated:
        return PairRow(self.symbol, self.bc, self.qc, self.pp, self.ap).events(about)


class ContractRow(Struct, gc=False):
    """A swap; a contract is worth so many coins, or so many dollars where coins settle it.

    {"symbol":"BTC","contract_code":"BTC-USDT","contract_size":0.001,"price_tick":0.1, ...}
    """

    symbol: str
    contract_code: str
    contract_size: Decimal
    price_tick: Decimal

    def events(self, about: About) -> Stated:
        worth = amount(self.contract_size, about.venue).normalize()
        tick = amount(self.price_tick, about.venue).normalize()
        if not worth or not tick:
            return (Ignored(about.instrument(self.contract_code), "a contract of unknown worth"),)
        # The list of all holds dated futures of both kinds, too.
        quote = "USDT" if "-USDT" in self.contract_code else "USD"
        kind = Kind.LINEAR if quote == "USDT" else Kind.INVERSE
        grid = (tick, Decimal(1), self.symbol, quote)
        listed = Instrument(about.venue, self.contract_code, *grid, kind, worth)
        return (Listing(listed.id, about.now, listed),)


_Reader: TypeAlias = Callable[[Raw], Sequence[Row]]
_body = Decoder(_Body, strict=False).decode

ENDPOINTS: dict[str, _Reader] = {
    "kline": listed(Bar),
    "linear_swap_mark_price_kline": listed(Mark),
    "market-symbols": listed(MarketRow),
    "swap_contract_info": listed(ContractRow),
    "swap_mark_price_kline": listed(Mark),
    "swap_open_interest": listed(Interest),
    "symbols": listed(PairRow),
    "trade": listed(Prints),
}
"""What reads the bodies of each endpoint that states something for the model."""

SHAPES: dict[str, frozenset[str]] = {
    "swap_contract_info": frozenset({"contract_code", "price_tick"}),
    "swap_open_interest": frozenset({"contract_code", "volume"}),
    "symbols": frozenset({"symbol", "price-precision"}),
}
"""Keys that tell a body's endpoint where no address does."""


def read(about: About, path: str, body: bytes | str) -> Stated:
    """What a body states; `path` holds the query too, and is "" where unknown."""
    try:
        data, time = _opened(about, body)
        place = locate(path)
        endpoint = place.endpoint or shape(first_keys(data), SHAPES)
        reader = ENDPOINTS.get(endpoint)
        if reader is None:
            if not place.endpoint:
                raise ValueError("not a body of a known shape")
            return (Ignored("", f"{endpoint[:40]}: states nothing that is used"),)
        about = replace(about, symbol=place.symbol, interval=place.interval, time=time)
        stated = [event for row in reader(data) for event in row.events(about)]
        # The newest come first.
        stated.sort(key=lambda event: event.start if isinstance(event, Kline) else 0)
        stated.sort(key=lambda event: event.ts_event if isinstance(event, Trade) else 0)
        return tuple(stated) or (Ignored("", f"{endpoint}: an empty answer"),)
    except DECODE_ERRORS as error:
        raise MalformedFrame(about.venue, str(error), body) from error


def locate(path: str) -> Place:
    """Where a path leads."""
    bare, _, text = path.partition("?")
    query = parse_qs(text)
    match = re.search(r"/([\w-]+)$", bare)
    if match is None:
        return Place()
    names = (query[key][0] for key in ("symbol", "contract_code", "symbols") if key in query)
    return Place(match[1], next(names, "?"), query.get("period", [""])[0])


def _opened(about: About, body: bytes | str) -> tuple[Raw, int]:
    """What a body holds, and when it was sent; a list may have been taken out of it."""
    data = raw(body)
    if is_list(data):
        return data, about.now
    told = _body(data)
    if told.status == "error" or told.code != 200:
        code = told.spot_code or str(told.swap_code or told.code)
        text = told.spot_text or told.swap_text or told.message
        raise Refused(about.venue, code, text, PASSING)
    if isinstance(told.data, UnsetType):
        raise ValueError("neither data nor a refusal")
    return told.data, nanoseconds(told.ts) if told.ts else about.now
