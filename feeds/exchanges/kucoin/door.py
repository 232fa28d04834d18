"""KuCoin's door: the address of its sockets, with a token, is handed out before each connection."""

from urllib.parse import quote

from msgspec import Struct
from msgspec.json import Decoder

from feeds.door import Post, parts_of
from feeds.errors import MalformedFrame, Rejected

PING = 10_000_000_000
"""ns between two pings; the venue asks for one every 18 s."""

GRANTED = "200000"


class _Server(Struct):
    """{"endpoint":"wss://ws-api-spot.kucoin.com/","encrypt":true,"protocol":"websocket",
    "pingInterval":18000,"pingTimeout":10000}.
    """

    endpoint: str
    pingInterval: int


class _Entry(Struct):
    token: str = ""
    instanceServers: list[_Server] = []


class _Answer(Struct):
    """{"code":"200000","data":{"token":"2neAi...","instanceServers":[...]}}."""

    code: str
    msg: str = ""
    data: _Entry | None = None


_answer = Decoder(_Answer).decode


class KucoinDoor:
    """What is asked of KuCoin before each connection."""

    request = Post("/api/v1/bullet-public")

    def __init__(self, venue: str) -> None:
        self._venue = venue

    def enter(self, body: bytes, now: int) -> str:
        """The url to connect to. Raise MalformedFrame or Rejected when the body names none."""
        try:
            answer = _answer(body)
        except (ValueError, RecursionError) as error:
            raise MalformedFrame(self._venue, str(error), body) from error
        if answer.code != GRANTED:
            raise Rejected(self._venue, f"{answer.msg[:200] or 'refused'} ({answer.code[:20]})")
        entry = answer.data or _Entry()
        servers = [each for each in entry.instanceServers if each.endpoint.startswith("ws")]
        if not servers or not entry.token:
            raise MalformedFrame(self._venue, "no address of a socket", body)
        if servers[0].pingInterval * 1_000_000 < PING:
            raise MalformedFrame(self._venue, "pings are wanted more often than are sent", body)
        parts_of(self._venue, servers[0].endpoint)
        return f"{servers[0].endpoint}?token={quote(entry.token, safe='=')}&connectId={now}"
