"""One item while it is decided: what came in for it, and what that means for each camera."""

from dataclasses import dataclass, field
from typing import Any

from decision_agent.combine import decided
from decision_agent.policy import Policy
from okko.contracts import Captured, Fault, Finding, Prediction, Reason, Trigger, Verdict, VerdictWord

_REASON_OF_FAULT: dict[str, Reason] = {
    "camera": "camera_fault",
    "exhausted": "camera_fault",
    "late": "camera_fault",
    "busy": "overload",
    "image": "image",
    "model": "model_fault",
    "deadline": "deadline",
    "overload": "overload",
}


@dataclass(slots=True)
class Part:
    """An item in flight. `deadline_mono_ns` is on this boot's clock; `settled` holds None for an OK camera.

    `policy` is what it is judged by, however often the station's models change meanwhile. `age_ns` is how old the
    trigger may have been when it was read, at `arrived_mono_ns`.
    """

    item_id: str
    number: int
    trigger: Trigger
    raw: Any
    epoch: int
    triggered_at: str
    arrived_mono_ns: int
    deadline_mono_ns: int
    cameras: tuple[str, ...]
    age_ns: int = 0
    captured: dict[str, Captured] = field(default_factory=dict)
    captured_mono_ns: dict[str, int] = field(default_factory=dict)
    predictions: dict[tuple[str, str], Prediction] = field(default_factory=dict)
    predicted_mono_ns: int = 0
    settled: dict[str, Finding | None] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    verdict: Verdict | None = None
    expected: VerdictWord | None = None
    """Of a golden part: the verdict that it must get."""
    policy: Policy | None = None
    shadows: dict[tuple[str, str], Prediction] = field(default_factory=dict)

    def settle(self, camera: str, policy: Policy) -> None:
        """Judge a camera if all that it must give is there, or if it has failed."""
        if camera in self.settled:
            return
        captured = self.captured.get(camera)
        if captured is None:
            return
        if (fault := self._fault_of(captured, policy)) is not None:
            self._close(camera, fault)
            return
        models = policy.models.get(camera, ())
        if not any(policy.models.get(expected) for expected in self.cameras):
            self._close(camera, _ko("no model", camera, "the station has no model for these cameras", "no_model"))
            return
        for model in models:
            prediction = self.predictions.get((camera, model))
            if prediction is not None and prediction.error is not None:
                self._close(camera, _finding_of(camera, prediction.error, f"model {model}"))
                return
        if any((camera, model) not in self.predictions for model in models):
            return
        self._judge(camera, policy)

    def drop_other_frames(self, captured: Captured) -> None:
        """Forget predictions that came before the camera had said which frame is this item's, and are of another."""
        for key, prediction in list(self.predictions.items()):
            if key[0] == captured.camera and prediction.frame_id != captured.frame_id:
                del self.predictions[key]
        for key, prediction in list(self.shadows.items()):
            if key[0] == captured.camera and prediction.frame_id != captured.frame_id:
                del self.shadows[key]

    def outcome(self, policy: Policy) -> VerdictWord | None:
        """The item's verdict as far as it can be told."""
        return decided(policy.combine, self.cameras, self.settled)

    def missing(self, policy: Policy) -> str:
        """What has not come, as a person reads it, and whose fault that is."""
        lacking = []
        for camera in self.cameras:
            if camera in self.settled:
                continue
            if camera not in self.captured:
                lacking.append(f"camera {camera} has not answered")
                continue
            lacking += [
                f"no prediction of {model} for {camera}"
                for model in policy.models.get(camera, ())
                if (camera, model) not in self.predictions
            ]
        return ", ".join(lacking)

    def is_complete(self, policy: Policy) -> bool:
        """Whether nothing more can come in for this item."""
        for camera in self.cameras:
            captured = self.captured.get(camera)
            if captured is None:
                return False
            if captured.error is None and any(
                (camera, model) not in self.predictions for model in policy.models.get(camera, ())
            ):
                return False
            if captured.error is None and any(
                (camera, model) not in self.shadows for model in policy.shadows.get(camera, ())
            ):
                return False
        return True

    def _fault_of(self, captured: Captured, policy: Policy) -> Finding | None:
        """Why a frame cannot make this item OK: the camera's own error, or a frame of another part."""
        camera = captured.camera
        if captured.error is not None:
            return _finding_of(camera, captured.error, f"camera {camera}")
        if captured.boot_id != policy.boot_id:
            text = "exposed on another machine, whose clock cannot be compared"
            return _ko("capture window", camera, text, "camera_fault")
        after_ns = captured.captured_mono_ns - self.arrived_mono_ns
        if after_ns < 0 or after_ns + self.age_ns > policy.capture_window_ns:
            when = f"{abs(after_ns) / 1e6:.1f} ms {'before' if after_ns < 0 else 'after'} the trigger"
            if 0 <= after_ns <= policy.capture_window_ns:
                when += f", which may have waited {self.age_ns / 1e6:.1f} ms"
            text = f"exposed {when}, the window is 0 to {policy.capture_window_ns / 1e6:g} ms: another part"
            return _ko("capture window", camera, text, "camera_fault")
        return None

    def _judge(self, camera: str, policy: Policy) -> None:
        rules = policy.rules_of(camera)
        findings = [rule.judge(self.predictions[camera, model]) for rule, model in rules]
        self.findings += findings
        bad = next((finding for finding in findings if finding.verdict == "KO"), None)
        self.settled[camera] = bad

    def _close(self, camera: str, finding: Finding) -> None:
        self.findings.append(finding)
        self.settled[camera] = finding


def told(finding: Finding) -> str:
    """A finding as a person reads it beside others: with its camera, where the text does not name it."""
    whole = finding.reason == "no_model" or finding.text.startswith(f"camera {finding.camera}")
    return finding.text if whole or finding.camera is None else f"{finding.camera}: {finding.text}"


def _finding_of(camera: str, fault: Fault, who: str) -> Finding:
    return _ko(fault.kind, camera, f"{who}: {fault.text}", _REASON_OF_FAULT[fault.kind])


def _ko(rule: str, camera: str, text: str, reason: Reason) -> Finding:
    return Finding(rule=rule, camera=camera, verdict="KO", text=text, reason=reason)
