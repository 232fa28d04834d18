"""Needed: what rules are about that is not subscribed for every instrument."""

from collections.abc import Iterable
from typing import Final

from feeds.adapter import Channel
from feeds.plan import Beside
from market.alerts.rule import Rule

_CHANNELS: Final = {
    "funding": Channel.MARK_PRICE,
    "interest": Channel.MARK_PRICE,
    "liquidation": Channel.LIQUIDATIONS,
}
"""By subject, the channel it is told on; open interest comes with the mark price."""


def needed(rules: Iterable[Rule]) -> Beside:
    """What these rules take beside trades and books; of open interest its past."""
    subjects = {rule.condition.subject for rule in rules}
    channels = {_CHANNELS[subject] for subject in subjects & _CHANNELS.keys()}
    return Beside(tuple(sorted(channels)), "interest" in subjects)


def joined(one: Beside, other: Beside) -> Beside:
    """What either takes."""
    if not other.channels:
        return one
    channels = tuple(sorted({*one.channels, *other.channels}))
    return Beside(channels, one.interest or other.interest)
