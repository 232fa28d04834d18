"""The hosts: one budget of requests and one of connections for each, whichever markets share it."""

from collections.abc import Mapping

from feeds.registry import VENUES, find_venue
from feeds.rest import Budget, Rest
from feeds.session import Access, Means
from feeds.venue import Venue

CONNECTS_IN = 300.0
"""Seconds in which connection attempts are counted."""


class Hosts:
    """Every way in, at the venues' own addresses or at the endpoints named for them."""

    def __init__(self, endpoints: Mapping[str, str], means: Means) -> None:
        self._endpoints, self._means = dict(endpoints), means
        self._access: dict[str, Access] = {}
        self._rests: dict[str, Rest] = {}
        self._connects: dict[str, Budget] = {}
        self._together: dict[str, Budget | None] = {}
        for name in self._endpoints:
            self.dialled(find_venue(name))

    def dialled(self, venue: Venue) -> Venue:
        """The venue as it is reached: at its own address, or at the endpoint named for it."""
        endpoint = self._endpoints.get(venue.name)
        return venue if endpoint is None else venue.at(endpoint)

    def access(self, venue: Venue) -> Access:
        """The way in to a venue; markets of one host share its budgets."""
        if venue.name not in self._access:
            self._access[venue.name] = self._open(venue, self.dialled(venue))
        return self._access[venue.name]

    def hurry(self) -> None:
        """Ask again now wherever a pause was of our own choice."""
        for rest in self._rests.values():
            rest.hurry()

    def _open(self, venue: Venue, dialled: Venue) -> Access:
        limits, place = venue.limits, ""
        if dialled.rest not in self._rests:
            self._rests[dialled.rest] = self._rest(venue, dialled.rest)
        if dialled.websocket not in self._connects:
            sharing = [row for row in VENUES.values() if row.websocket == venue.websocket]
            least = min(row.limits.connects for row in sharing)
            name, timing = _shortest(sharing), self._means.timing
            self._connects[dialled.websocket] = Budget(name, least, "", timing, seconds=CONNECTS_IN)
            sends = max(row.limits.together for row in sharing)
            frames = Budget(name, sends, "", timing, seconds=1.0) if sends else None
            self._together[dialled.websocket] = frames
        if venue.name in self._endpoints:
            place = dialled.websocket
        rest, connects = self._rests[dialled.rest], self._connects[dialled.websocket]
        return Access(
            rest,
            venue.rest,
            connects,
            limits,
            venue.way_in(),
            venue.spare,
            place,
            self._together[dialled.websocket],
        )

    def _rest(self, venue: Venue, base: str) -> Rest:
        sharing, means = [row for row in VENUES.values() if row.rest == venue.rest], self._means
        budget = Budget(
            _shortest(sharing),
            min(row.limits.weight for row in sharing),
            venue.limits.weight_header,
            means.timing,
            left=venue.limits.left_header,
        )
        return Rest(base, budget, means.transport, means.timing, means.clock, means.draw)


def _shortest(sharing: list[Venue]) -> str:
    """The name of a host's exchange: that of its plainest market."""
    return min((row.name for row in sharing), key=len)
