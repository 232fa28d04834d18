"""Asked: what REST was asked for and has not answered as it should. Pure."""

from collections.abc import Iterable

from feeds.adapter import Fetch
from feeds.sync import Request


class Asked:
    """The requests of one connection by key, each repeated until its answer will do."""

    def __init__(self) -> None:
        self._requests: dict[str, Request] = {}

    def __contains__(self, key: str) -> bool:
        """Whether an answer to this is still awaited."""
        return key in self._requests

    def begin(self, fetches: Iterable[Fetch], now: int) -> list[Fetch]:
        """Ask for these, and for nothing that was asked for before."""
        self._requests = {fetch.key: Request(fetch) for fetch in fetches}
        return [request.ask(now) for request in self._requests.values()]

    def ask(self, fetch: Fetch, now: int) -> Fetch:
        """Ask for this, too."""
        request = self._requests[fetch.key] = Request(fetch)
        return request.ask(now)

    def settle(self, key: str) -> None:
        """The answer will do, or none is wanted any more."""
        self._requests.pop(key, None)

    def refuse(self, key: str, now: int) -> bool:
        """The answer was of no use: ask again after a pause. Whether it was asked for here."""
        request = self._requests.get(key)
        if request is None:
            return False
        request.refuse(now)
        return True

    def tick(self, now: int) -> list[Fetch]:
        """What is due again."""
        return [fetch for request in self._requests.values() for fetch in request.tick(now)]
