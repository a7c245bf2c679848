"""What the tests of the decision agent share: a policy."""

import pytest

from decision_agent.combine import All
from decision_agent.policy import MS, Policy
from decision_agent.rules import ExpectedLabel


@pytest.fixture
def policy() -> Policy:
    """One camera, one model, one rule."""
    return Policy(
        station="line-1",
        recipe="default",
        cameras=("top",),
        models={"top": ("m",)},
        rules=(ExpectedLabel(camera="top", label="OK"),),
        combine=All(),
        deadline_ns=1000 * MS,
        capture_window_ns=200 * MS,
        duplicate_window_ns=1 * MS,
        max_items_in_flight=64,
        boot_id="this-boot",
        config_sha256="0" * 64,
    )
