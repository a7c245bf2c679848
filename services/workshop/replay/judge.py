"""An item judged again, by the line's own engine: evidence and predictions in, verdict and findings out. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from msgspec.structs import replace

from decision_agent import outputs as o
from decision_agent.engine import Engine, Memory, Now
from decision_agent.policy import Policy
from okko.clock import utc_text
from okko.contracts import Captured, Finding, Prediction, Totals, Verdict
from okko.plc import PlcTrigger
from workshop.replay.evidence import Evidence

_NOW = Now(0, 0)
_TOTALS = Totals(total=0, ok=0, ko=0, missed=0, by_reason={}, since=utc_text(0))


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an engine says of an item."""

    verdict: Verdict
    findings: tuple[Finding, ...]


def judge(evidence: Evidence, predictions: Iterable[Prediction], policy: Policy) -> Judgement:
    """What the engine says where these predictions come in time for the recorded exposures, and nothing else comes.

    An engine of its own for each item: nothing of one, no repeat and no counter, may reach another.
    """
    engine = Engine(policy, Memory(_TOTALS))
    outputs = engine.trigger(_NOW, PlcTrigger(evidence.trigger, None))
    item_id = next(output.item_id for output in outputs if isinstance(output, o.Admitted))

    def fresh(captured: Captured) -> Captured:
        # When it was exposed was judged in its time: what was late then stands among the faults.
        return replace(captured, item_id=item_id, captured_mono_ns=_NOW.mono_ns, boot_id=policy.boot_id)

    for captured in evidence.captured:
        outputs += engine.captured(_NOW, fresh(captured))
    for prediction in (*predictions, *evidence.failed):
        outputs += engine.prediction(_NOW, replace(prediction, item_id=item_id))
    for captured in evidence.faults:
        outputs += engine.captured(_NOW, fresh(captured))
    outputs += engine.tick(Now(policy.deadline_ns, policy.deadline_ns))
    verdict = next(output.verdict for output in outputs if isinstance(output, o.Decided))
    item = next(output.item() for output in outputs if isinstance(output, o.Finished))
    return Judgement(verdict, item.findings)
