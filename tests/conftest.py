"""Options of the test run: rewriting the golden pictures instead of comparing with them."""

import pytest


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
