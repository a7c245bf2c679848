"""The record, item by item, through models and rules: a stream, so that its length does not matter."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2

from decision_agent.from_station import policy_of
from okko.contracts import Frame, Prediction
from okko.errors import ImageError
from okko.stats import StatsBook
from recorder.query import Query
from recorder.reader import StoredItem, stored_items
from workshop.replay.change import Changed
from workshop.replay.evidence import JUDGED, LeftOut, read_evidence
from workshop.replay.eyes import Eyes
from workshop.replay.frames import read_frame
from workshop.replay.judge import judge
from workshop.replay.tally import Looked, Tally, outcome_of


@dataclass
class Replay:
    """A pass over the record. `now` holds the timings of this pass, `then` those that are recorded."""

    changed: Changed
    folder: Path
    config_sha256: str
    tally: Tally = field(default_factory=Tally)
    now: StatsBook = field(default_factory=StatsBook)
    then: StatsBook = field(default_factory=StatsBook)

    def __post_init__(self) -> None:
        # As in the inference agent: the same code on as many threads.
        cv2.setNumThreads(1)
        station = self.changed.station
        # Golden parts are judged as all others: of what they must be nothing depends here.
        self.policy = replace(policy_of(station), golden=None)
        self.eyes = Eyes(station)

    def items(self, connection: sqlite3.Connection, query: Query) -> Iterator[Looked | LeftOut]:
        """Each item that matches, judged again or left out; counted in `tally` when it is given."""
        for stored in stored_items(connection, query):
            yield self._counted(stored)

    def _counted(self, stored: StoredItem) -> Looked | LeftOut:
        result = self._again(stored)
        if isinstance(result, LeftOut):
            self.tally.leave_out(result)
            return result
        item = result.evidence.item
        self.tally.add(result.outcome)
        self.tally.decided_with(item.config_sha256, self.config_sha256)
        for prediction in item.predictions:
            if prediction.shadow:
                continue
            self.tally.seen_by(prediction.camera, prediction.model)
            _time(self.then, prediction)
        for prediction in result.predictions:
            _time(self.now, prediction)
        return result

    def _again(self, stored: StoredItem) -> Looked | LeftOut:
        evidence = read_evidence(stored, self.policy.models, self.changed.replaced)
        if isinstance(evidence, LeftOut):
            return evidence
        item_id = evidence.item.item_id
        frames: dict[str, Frame] = {}
        try:
            for camera, image in evidence.frames.items():
                frames[camera] = read_frame(self.folder, image, item_id)
        except OSError as error:
            return LeftOut(item_id, "image_gone", f"{error.filename}: {error.strerror}")
        except ImageError as error:
            return LeftOut(item_id, "image_damaged", error.why)
        said = {
            (prediction.camera, prediction.model.name): prediction
            for camera, frame in frames.items()
            for prediction in self.eyes.look(frame, [model for seen, model in evidence.seers if seen == camera])
        }
        predictions = [said[seer] for seer in evidence.seers]
        judgement = judge(evidence, predictions, self.policy)
        verdict = judgement.verdict
        if verdict.reason not in JUDGED or (verdict.reason == "model_fault" and evidence.failed):
            return LeftOut(item_id, verdict.reason, verdict.finding or "")
        return Looked(evidence, frames, predictions, outcome_of(evidence, judgement))


def _time(book: StatsBook, prediction: Prediction) -> None:
    for stage in ("decode", "preprocess", "invoke", "postprocess"):
        if (ms := prediction.timings_ms.get(stage)) is not None:
            book.stage(f"{prediction.model.name} {stage}", ms)
