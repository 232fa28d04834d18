"""The endpoint: another address at which somebody wants a venue to be reached."""

import re
from urllib.parse import urlsplit

from feeds.errors import ConfigError


def address(name: str, endpoint: str) -> tuple[str, str]:
    """How an endpoint is secured, "s" or "", and its host; ConfigError where it has none."""
    match = re.fullmatch(r"(?:http|ws)(s?)://([^/?#@\s]+)/?", endpoint)
    if match is None or not _names_a_host(endpoint):
        raise ConfigError(
            f'endpoint "{name}={endpoint}": expected an address such as '
            f"{name}=http://127.0.0.1:8000"
        )
    return match[1], match[2]


def _names_a_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
