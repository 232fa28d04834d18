"""What ours is measured against: the plain way each job is done without this project's means."""

import json

from tui.bench.workload import Workload


def naive_decode(workload: Workload) -> int:
    """Standard library JSON, then float of every number."""
    for frame in workload.frames:
        data = json.loads(frame)["data"]
        match data.get("e"):
            case "depthUpdate":
                [(float(p), float(q)) for p, q in data["b"]]
                [(float(p), float(q)) for p, q in data["a"]]
            case "aggTrade":
                float(data["p"]), float(data["q"]), int(data["T"]) * 1_000_000
            case _:
                float(data["b"]), float(data["B"]), float(data["a"]), float(data["A"])
    return len(workload.frames)


class NaivePipeline:
    """Standard library JSON into dict books and trades, as most scripts do it."""

    def __init__(self, workload: Workload) -> None:
        self._workload = workload
        self.bids = dict[float, float]()
        self.asks = dict[float, float]()
        self.trades = 0
        self.last = (0.0, 0.0, 0)

    def run(self) -> int:
        """Read every frame; return their number."""
        snapshot = json.loads(self._workload.snapshot)
        self.bids = {float(p): float(q) for p, q in snapshot["bids"]}
        self.asks = {float(p): float(q) for p, q in snapshot["asks"]}
        for frame in self._workload.frames:
            data = json.loads(frame)["data"]
            kind = data.get("e")
            if kind == "depthUpdate":
                apply_levels(self.bids, [(float(p), float(q)) for p, q in data["b"]])
                apply_levels(self.asks, [(float(p), float(q)) for p, q in data["a"]])
            elif kind == "aggTrade":
                self._trade(float(data["p"]), float(data["q"]), data["T"], data["m"])
            else:
                float(data["b"]), float(data["B"]), float(data["a"]), float(data["A"])
        return len(self._workload.frames)

    def _trade(self, price: float, size: float, milliseconds: int, sell: bool) -> None:
        self.trades += 1
        self.last = (price, -size if sell else size, milliseconds * 1_000_000)


def apply_levels(book: dict[float, float], levels: list[tuple[float, float]]) -> None:
    """Absolute sizes into a dict book; 0 removes."""
    for price, size in levels:
        if size:
            book[price] = size
        else:
            book.pop(price, None)
