"""Links: groups of panes that show one instrument, and what else the panes of a group share."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from feeds.errors import ConfigError
from market.basis import TimeBasis, parse_basis
from tui.drawing.look import Look
from tui.keys import crossing
from tui.pane import Pane
from tui.settings.words import set_one

P = TypeVar("P", bound=Pane)

LETTERS: Final = tuple("ABCDEFGHI")
"""The groups there are."""
SHARED: Final[Mapping[str, tuple[str, ...]]] = {
    "crosshair": ("cross_time", "cross_price"),
    "timeframe": ("timeframe",),
    "scrolling": ("until",),
}
"""What a group can share beside its instrument, and the settings that this is in a pane."""
TIMED: Final = ("candles", "comparison", "footprint", "heatmap")
"""Panes whose timeframe is the length of a bar or column; in others it is something else."""
_BARRED: Final = ("candles", "footprint")
"""Those of them whose bars may be other than of time."""
_TINTS: Final = ("accent", "warn", "live", "poc", "imbalance_buy", "imbalance_sell", "buy", "sell")


@dataclass(frozen=True, slots=True)
class Link:
    """What the panes of one group have in common."""

    instrument: str | None = None
    """What they show; None for what panes without a group show."""
    crosshair: bool = True
    """Whether the crosshair of one stands in all, at the same market time and price."""
    timeframe: bool = False
    """Whether bars and columns are of one length."""
    scrolling: bool = False
    """Whether they go back in time together."""

    def shares(self, name: str) -> bool:
        """Whether one of `SHARED` is so."""
        shared: bool = getattr(self, name)
        return shared

    def sharing(self, name: str, shared: bool) -> "Link":
        """The same with one of `SHARED` so, or not."""
        # The names are those of the switches, which a type cannot say.
        return replace(self, **{name: shared})  # type: ignore[arg-type]

    @property
    def shared(self) -> tuple[str, ...]:
        """What of `SHARED` is so."""
        return tuple(name for name in SHARED if self.shares(name))


def changed(before: Pane, after: Pane) -> tuple[str, ...]:
    """What of `SHARED` differs between two states of a pane."""

    def differs(key: str) -> bool:
        one: object = getattr(before, key, None)
        other: object = getattr(after, key, None)
        return one != other

    return tuple(name for name, keys in SHARED.items() if any(map(differs, keys)))


def agreeing(pane: P, model: Pane, shared: Collection[str], now: int | None = None) -> P:
    """The pane with what is shared as another pane has it, as far as it has the like.

    `now` is the market time at which a crosshair stands that points at a price alone.
    """
    if "crosshair" in shared:
        pane = _crossed(pane, model, now)
    if "timeframe" in shared:
        pane = _timed(pane, model)
    if "scrolling" in shared and hasattr(pane, "until"):
        # Panes are dataclasses by convention, which a Protocol cannot state.
        pane = replace(pane, until=getattr(model, "until", None))  # type: ignore[type-var]
    return pane


def tint(letter: str, look: Look) -> int:
    """The colour on which a group's letter stands."""
    role: int = getattr(look, _TINTS[LETTERS.index(letter) % len(_TINTS)])
    return role


def _crossed(pane: P, model: Pane, now: int | None) -> P:
    if not isinstance(pane, crossing.Crossed) or not isinstance(model, crossing.Crossed):
        return pane
    if model.cross_price is None:
        return crossing.uncrossed(pane)
    at = next((at for at in (model.cross_time, pane.cross_time, now) if at is not None), None)
    return replace(pane, cross_time=at, cross_price=model.cross_price)


def _timed(pane: P, model: Pane) -> P:
    word: str | None = getattr(model, "timeframe", None)
    if word is None or pane.kind not in TIMED or model.kind not in TIMED:
        return pane
    if pane.kind not in _BARRED and not isinstance(parse_basis(word), TimeBasis):
        return pane
    try:
        return set_one(pane, "timeframe", word)
    except ConfigError:
        # Bars can be of a length that no column has: those columns stay as they are.
        return pane
