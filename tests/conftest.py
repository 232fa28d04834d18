"""Options of the test run: rewriting the golden pictures instead of comparing with them."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import settings

from feeds.registry import VENUES

# How long an example takes says more about the machine than about us; `bench` measures speed.
settings.register_profile("tapetop", deadline=None)
settings.load_profile("tapetop")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--update-golden`; look at the difference before it is committed."""
    parser.addoption(
        "--update-golden",
        action="store_true",
        default=False,
        help="write tests/golden/*.txt anew instead of comparing with them",
    )


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be written instead of compared."""
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session", autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what this machine's user has arranged and fetched out of the tests, and theirs out."""
    with pytest.MonkeyPatch.context() as patch:
        for kind in ("CACHE", "CONFIG", "STATE"):
            patch.setenv(f"XDG_{kind}_HOME", str(tmp_path_factory.mktemp(kind.lower())))
        yield


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let clients write as fast as they can: how slowly they must is tested elsewhere."""
    for name, venue in VENUES.items():
        limits = replace(venue.limits, sends=10_000)
        monkeypatch.setitem(VENUES, name, replace(venue, limits=limits))
