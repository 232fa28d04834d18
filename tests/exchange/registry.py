"""The registry of tongues: how the stand-in of each venue is made, by the venue's name."""

from collections.abc import Callable

from tests.exchange import tongue_kraken, tongues_b
from tests.exchange.talk import Tongue

TONGUES: dict[str, Callable[[], Tongue]] = dict(
    sorted((tongue_kraken.TONGUES | tongues_b.TONGUES).items())
)
