"""Other models while it runs: loaded and warmed up beside those that work, which take no notice of it."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference_agent.bundle import load_bundle
from inference_agent.lineup import Lineup
from inference_agent.shadows import ShadowBench, by_camera
from inference_agent.slots import FileStamp, Looks, Slot
from inference_agent.supervisor import LOAD_HUNG_AFTER_NS, Supervisor
from okko import clock
from okko import contracts as c
from okko.agent import Incoming, Runtime
from okko.errors import ContractError, ModelError, OkkoError
from okko.models_watch import ModelsWatch, in_thread
from okko.station import Station, StationModel

PREPARED_FOR_NS = 60_000_000_000
"""How long a model that was prepared is kept for its taking over."""

AFTER_DEADLINE_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Prepared:
    """A model that works, and nobody asks yet."""

    slot: Slot
    model: Looks
    stamp: FileStamp
    since_ns: int


class Changes:
    """Answers `prepare` and `reload`, and keeps the lineup at what `models.toml` says."""

    def __init__(  # noqa: PLR0913, PLR0917 - the agent's parts, which it makes work together
        self,
        runtime: Runtime,
        station: Station,
        supervisor: Supervisor,
        lineup: Lineup,
        slot: Callable[[StationModel], Slot],
        open_camera: Callable[[str], Awaitable[None]],
        shadows: ShadowBench,
    ) -> None:
        self._runtime = runtime
        self._station = station
        self._supervisor = supervisor
        self._lineup = lineup
        self._slot = slot
        self._open_camera = open_camera
        self._shadows = shadows
        self._after_ns = station.station.deadline_ms * 1_000_000 + AFTER_DEADLINE_NS
        self._prepared: Prepared | None = None
        self._to_drop: dict[str, int] = {}
        self._awaited: set[tuple[str, str]] | None = None
        for key, ref in supervisor.refs.items():
            lineup.names[key] = ref.name
        self._watch = ModelsWatch(runtime, station, self._take_over, self._look, follows_file=True)
        self.run = self._watch.run
        runtime.command("prepare", self._on_prepare)
        runtime.on("station", self._on_station)

    def serve(self) -> None:
        """Say which cameras' frames are answered by which models."""
        self._runtime.serve(*self._lineup.serves())

    # -- prepare -----------------------------------------------------------------------------------------------------

    def _on_prepare(self, command: c.Command) -> None:
        bundle = command.args.get("bundle")
        if not isinstance(bundle, str) or "\0" in bundle:
            raise ContractError("prepare", "`bundle` must be text: the bundle's folder, relative to the station file")
        self._watch.soon(lambda: self._prepare(command, bundle))

    async def _prepare(self, command: c.Command, bundle: str) -> None:
        try:
            folder = self._folder(bundle)
            prepared = await in_thread_for(lambda: self._load(folder))
        except OkkoError as error:
            self._runtime.reply(command.request_id, {}, str(error))
            return
        self._prepared = prepared
        self._runtime.reply(command.request_id, _told(prepared.model.ref))

    def _folder(self, bundle: str) -> Path:
        """The folder, if it is one of the station's: whoever may publish a command is not to choose any file."""
        folder = (self._station.folder / bundle).resolve()
        own = {
            (self._station.folder / table.bundle).resolve() for table in (self._station.own or self._station.file).model
        }
        if not folder.is_relative_to(self._station.folder.resolve()) and folder not in own:
            raise ContractError("prepare", f"{bundle!r} is neither below the station's folder nor named in its file")
        return folder

    def _load(self, folder: Path) -> Prepared:
        slot = self._slot(StationModel(folder, load_bundle(folder), ()))
        return self._loaded(slot)

    def _loaded(self, slot: Slot) -> Prepared:
        stamp = slot.stamp()
        try:
            return Prepared(slot, slot.load(), stamp, clock.mono_ns())
        except OkkoError:
            raise
        except Exception as error:
            # What numpy or LiteRT raise on a strange model is not documented; the models that work go on.
            self._runtime.log.exception("%s cannot be loaded", slot)
            raise ModelError(slot.ref.name, f"{type(error).__name__}: {error}"[:1000]) from error

    # -- take over ---------------------------------------------------------------------------------------------------

    async def _take_over(self, station: Station, command: c.Command | None) -> None:
        models = station.inference.get(self._runtime.name, ())
        try:
            for model in models:
                await self._ensure(model)
        except OkkoError as error:
            self._runtime.event("error", "models_refused", f"{error}; the models stay as they are")
            if command is not None:
                self._runtime.reply(command.request_id, {}, str(error))
            return
        wanted = {camera: tuple(slot.key for slot in slots) for camera, slots in by_camera(models, self._slot).items()}
        for camera in wanted:
            if camera not in self._lineup.cameras():
                await self._open_camera(camera)
        before = self._lineup.keys()
        self._lineup.want(wanted)
        self._release(before)
        if self._awaited is not None and self._lineup.is_leaving():
            self._lineup.needed(self._awaited, clock.mono_ns(), self._after_ns)
        self.serve()
        why = await self._take_shadows(station)
        if command is not None and why is not None:
            self._runtime.reply(command.request_id, {}, f"in the shadow: {why}")
        elif command is not None:
            refs = self._supervisor.refs
            result = {camera: [_told(refs[key]) for key in keys] for camera, keys in wanted.items()}
            self._runtime.reply(command.request_id, {"models": result})

    async def _take_shadows(self, station: Station) -> str | None:
        shadows = by_camera(station.inference_shadows.get(self._runtime.name, ()), self._slot)
        present = {camera: tuple(slot.key for slot in slots) for camera, slots in self._shadows.shadows.items()}
        if present == {camera: tuple(slot.key for slot in slots) for camera, slots in shadows.items()}:
            return None
        return await self._shadows.want(shadows)

    async def _ensure(self, model: StationModel) -> None:
        """Have the model in the worker's hands, without any frame waiting for it."""
        slot = self._slot(model)
        self._to_drop.pop(slot.key, None)
        if slot.key in self._supervisor.at_work:
            return
        prepared, self._prepared = self._prepared, None
        if prepared is None or prepared.slot.key != slot.key:
            prepared = await in_thread_for(lambda: self._loaded(slot))
        self._lineup.names[slot.key] = slot.ref.name
        await self._supervisor.adopt(slot, prepared.model, prepared.stamp)

    def _release(self, before: set[str]) -> None:
        for key in before - self._lineup.keys():
            # What waits already may name it until its deadline.
            self._to_drop[key] = clock.mono_ns() + self._after_ns

    # -- between -----------------------------------------------------------------------------------------------------

    def _on_station(self, incoming: Incoming) -> None:
        if not incoming.payload:
            return
        info = c.decode(c.StationInfo, incoming.payload)
        self._awaited = {(camera, model.name) for model in info.models for camera in model.cameras}

    def _look(self) -> None:
        now_ns = clock.mono_ns()
        self._shadows.check(self._supervisor.hung_after_ns)
        if self._prepared is not None and now_ns - self._prepared.since_ns > PREPARED_FOR_NS:
            self._prepared = None
        if self._awaited is not None and self._lineup.is_leaving():
            before = self._lineup.keys()
            if self._lineup.needed(self._awaited, now_ns, self._after_ns):
                self._release(before)
                self.serve()
        for key, due_ns in tuple(self._to_drop.items()):
            if now_ns > due_ns:
                del self._to_drop[key]
                self._supervisor.drop(key)


async def in_thread_for(load: Callable[[], Prepared]) -> Prepared:
    """What `load` gives; a model that hangs while it is loaded is given up, and its thread left behind.

    Raises:
        ModelError: if it hangs.
    """
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LOAD_HUNG_AFTER_NS / 1e9):
            return await in_thread(load)
    raise ModelError("given", f"it was not loaded within {LOAD_HUNG_AFTER_NS / 1e9:g} s")


def _told(ref: c.ModelRef) -> dict[str, Any]:
    return {"name": ref.name, "version": ref.version, "sha256": ref.sha256}
