"""What the tests with PyTorch share."""

import pytest

from taught import Taught, teach


@pytest.fixture(scope="session")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Taught:
    """A network that was taught for a few steps; once for all tests."""
    return teach(tmp_path_factory.mktemp("taught"))
