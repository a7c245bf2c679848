"""What the engine decides by: the station's configuration, as the pure values that matter to a verdict."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from decision_agent.combine import Combine
from decision_agent.golden_settings import GoldenSettings
from decision_agent.rules import Rule
from okko.contracts import VerdictWord

MS = 1_000_000


@dataclass(frozen=True)
class Policy:
    """Times are in nanoseconds; `models` gives for each camera the names of the models that see it."""

    station: str
    recipe: str
    cameras: tuple[str, ...]
    models: Mapping[str, tuple[str, ...]]
    rules: tuple[Rule, ...]
    combine: Combine
    deadline_ns: int
    capture_window_ns: int
    duplicate_window_ns: int
    max_items_in_flight: int
    boot_id: str
    config_sha256: str
    golden: GoldenSettings | None = None
    shadows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The names of the models that look on at each camera without a say."""

    def expected_of(self, part_id: str) -> VerdictWord | None:
        """The verdict that a golden part must get; None for every other part."""
        part = self.golden.by_id.get(part_id) if self.golden is not None else None
        return None if part is None else part.expect

    def rules_of(self, camera: str) -> tuple[tuple[Rule, str], ...]:
        """Each rule about a camera, with the model whose prediction it judges."""
        models = self.models.get(camera, ())
        return tuple(
            (rule, getattr(rule, "model", None) or models[0]) for rule in self.rules if rule.camera == camera and models
        )
