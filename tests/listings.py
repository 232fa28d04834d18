"""Recorded lists of instruments, page by page as venues answered."""

import gzip
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from msgspec import json

from feeds.lists import Page
from feeds.venue import Venue

NOW = 1_790_000_000_000_000_000

RECORDED = {
    "binance": ("binance_spot/cf_20211012.jsonl.gz", 1695),
    "binance-coinm": ("binance_coinm/cf_20210722.jsonl.gz", 36),
    "binance-usdm": ("binance_usdm/cf_20210722_part1.jsonl.gz", 122),
    "bitmex": ("bitmex/cf_20210722.jsonl.gz", 34),
    "bybit-linear": ("bybit/samples.jsonl.gz", 500),
    "deribit": ("deribit/cf_20210722.jsonl.gz", 1017),
    "gate-futures": ("gate/futures_cf_20230524.jsonl.gz", 302),
    "htx-swap": ("htx/instruments.jsonl.gz", 203),
    "kucoin-futures": ("kucoin/instruments.jsonl.gz", 406),
    "kraken-futures": ("kraken/futures_cf_20210722.jsonl.gz", 17),
    "mexc-futures": ("mexc/instruments.jsonl.gz", 750),
    "okx": ("okx/cf_20220513.jsonl.gz", 783),
}
"""Recorded lists, and how many instruments are in each."""


def bodies(file: Path, venue: Venue) -> Iterator[tuple[Page, bytes]]:
    """The recorded answers to a venue's lists; those without an address are lists by themselves."""
    pages = venue.lists.instruments
    with gzip.open(file, "rt", encoding="utf-8") as opened:
        for line in opened:
            record = json.decode(line)
            url = record.get("url") or ""
            if url.startswith("http"):
                path = "/" + url.split("/", 3)[3]
                for page in pages:
                    if page.path.partition("?")[0] == path.partition("?")[0]:
                        yield replace(page, path=path), text(record["raw"]).encode()
                        break
            elif file.name == "instruments.jsonl.gz":
                yield Page(""), text(record["raw"]).encode()


def text(raw: object) -> str:
    """A recorded frame or body as it was, also where it was recorded as JSON."""
    return raw if isinstance(raw, str) else json.encode(raw).decode()
