"""OKX's lists of instruments: what trades there, on which grids, and what a contract is worth."""

from decimal import Decimal

from msgspec import Struct

from feeds.adapter import Ignored
from feeds.exchanges.okx.wire import Context, Stated, exact
from market.events import Listing
from market.instrument import Instrument, Kind

_KINDS = {"linear": Kind.LINEAR, "inverse": Kind.INVERSE}


class InstrumentRow(Struct, gc=False):
    """One instrument of the list. What is not traded yet may have no grids.

    {"instType":"SWAP","instId":"BTC-USD-SWAP","uly":"BTC-USD","baseCcy":"","quoteCcy":"",
    "ctType":"inverse","ctVal":"100","ctMult":"1","ctValCcy":"USD","tickSz":"0.1","lotSz":"1",
    "state":"live", ...}
    """

    instType: str
    instId: str
    tickSz: str
    lotSz: str
    baseCcy: str = ""
    quoteCcy: str = ""
    uly: str = ""
    ctType: str = ""
    ctVal: str = ""
    ctMult: str = ""

    def events(self, about: Context) -> Stated:
        if self.instType == "OPTION":
            return (Ignored(about.instrument(self.instId), "options are not followed"),)
        tick, lot = _positive(self.tickSz, about), _positive(self.lotSz, about)
        if tick is None or lot is None:
            return (Ignored(about.instrument(self.instId), "not traded yet"),)
        base, _, quote = self.uly.partition("-")
        kind, contract = Kind.SPOT, None
        if self.instType != "SPOT":
            kind, contract = _KINDS.get(self.ctType, Kind.SPOT), _positive(self.ctVal, about)
            if kind is Kind.SPOT or contract is None:
                return (Ignored(about.instrument(self.instId), "a contract of unknown worth"),)
            contract = (contract * (_positive(self.ctMult, about) or 1)).normalize()
        names = (self.baseCcy or base, self.quoteCcy or quote)
        instrument = Instrument(about.venue, self.instId, tick, lot, *names, kind, contract)
        return (Listing(instrument.id, about.now, instrument),)


def _positive(text: str, about: Context) -> Decimal | None:
    """The amount that a text spells, None where it spells none or 0."""
    return (exact(text, about.venue) or Decimal(0)).normalize() or None
