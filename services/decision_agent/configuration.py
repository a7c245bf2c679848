"""`cmd/decision/config`: the station file as it is in force, and another one put in its place while the line runs."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from decision_agent.config_args import MAX_BYTES, VERB, ConfigArgs, asked_for
from decision_agent.rollout import Rollout
from okko import clock, concern, shutdown, station, toml_tables
from okko import contracts as c
from okko.agent import Runtime
from okko.configuration import activation, history
from okko.configuration.activation import Signed
from okko.configuration.changed import difference
from okko.configuration.masking import masked, told_sha256
from okko.errors import ConfigError, ContractError, OkkoError, Problem
from okko.models_watch import in_thread
from okko.station import Station
from okko.toml_lines import line_of

MOST_WAITING = 4
LOOK_S = 0.25
CHECK_S = 60.0
CHECK_NICENESS = 10
MOST_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class Refused(OkkoError):
    """What was asked for is not done. `result` goes into the answer beside the reason."""

    why: str
    result: dict[str, Any]

    def __str__(self) -> str:
        return self.why


class Configuration:
    """Owns the station file. `take_over` has the decision agent work by another one without a break.

    `in_force` is what it works by, with what `models.toml` has changed since.
    """

    def __init__(self, runtime: Runtime, in_force: Callable[[], Station], take_over: Callable[[Station], None]) -> None:
        self._runtime = runtime
        self._in_force = in_force
        self._present = in_force()
        self._take_over = take_over
        self._states: dict[str, c.AgentState] = {}
        self._rollout: Rollout | None = None
        self._work: asyncio.Queue[tuple[c.Command, ConfigArgs]] = asyncio.Queue(MOST_WAITING)
        runtime.command(VERB, self._on_command, max_bytes=MAX_BYTES)

    def on_agent(self, state: c.AgentState) -> None:
        """Take in what an agent says of itself."""
        self._states[state.agent] = state

    async def run(self) -> None:
        """Answer what is asked, one thing after the other, and see that all agents work by what is in force."""
        await self._go_on()
        while True:
            try:
                async with asyncio.timeout(LOOK_S):
                    command, asked = await self._work.get()
            except TimeoutError:
                await self._look()
                continue
            result, why = await self._answer(asked)
            self._runtime.reply(command.request_id, result, why)
            if why is None and asked.verb in {"activate", "rollback"}:
                await self._put_to_work()

    def _on_command(self, command: c.Command) -> None:
        asked = asked_for(command.args)
        try:
            self._work.put_nowait((command, asked))
        except asyncio.QueueFull:
            raise ContractError(VERB, "too many questions at once; wait for the answers") from None

    async def _answer(self, asked: ConfigArgs) -> tuple[dict[str, Any], str | None]:
        try:
            match asked.verb:
                case "get":
                    return await in_thread(self._told), None
                case "history":
                    return await in_thread(self._history), None
                case "version":
                    return await in_thread(lambda: self._version(asked)), None
                case "check":
                    return await self._check(asked), None
                case "activate" | "rollback":
                    return await self._activate(asked), None
        except Refused as error:
            return error.result, str(error)
        except OkkoError as error:
            return {}, str(error)

    # -- what is told ------------------------------------------------------------------------------------------------

    def _told(self) -> dict[str, Any]:
        file = self._present.path
        in_force = activation.told(file)
        return {
            **in_force,
            "config_sha256": self._in_force().config_sha256,
            # False: somebody has changed the file with an editor, and this agent has not begun anew since.
            "in_force": toml_tables.text_of(file) == self._present.text,
            "writable": os.access(file.parent, os.W_OK),
            "behind": list(self._rollout.behind(self._states)) if self._rollout is not None else [],
        }

    def _history(self) -> dict[str, Any]:
        kept = self._settled()
        versions = [version.model_dump(exclude={"sha256"}, exclude_none=True) for version in reversed(kept.version)]
        return {"versions": versions}

    def _settled(self) -> history.History:
        folder = self._present.folder
        return history.read(folder).settled(history.sha256_of(self._present.path.read_bytes()))

    def _version(self, asked: ConfigArgs) -> dict[str, Any]:
        text = history.text_of(self._present.folder, asked.number or 0)
        present = toml_tables.text_of(self._present.path)
        diff = difference(masked(present), masked(text))
        return {"text": masked(text), "sha256": told_sha256(text), "diff": diff}

    # -- what is changed ---------------------------------------------------------------------------------------------

    async def _check(self, asked: ConfigArgs) -> dict[str, Any]:
        present = await in_thread(lambda: toml_tables.text_of(self._present.path))
        diff = difference(masked(present), masked(asked.text or ""))
        try:
            await self._checked(activation.whole(self._present.path, asked.text or ""))
        except ConfigError as error:
            return _wrong([_told(p, asked.text or "") for p in error.problems]) | {"diff": diff}
        except Refused as error:
            return error.result | {"diff": diff}
        return {"good": True, "problems": [], "diff": diff}

    async def _activate(self, asked: ConfigArgs) -> dict[str, Any]:
        file = self._present.path
        if asked.verb == "rollback":
            text = await in_thread(lambda: history.text_of(file.parent, asked.number or 0))
        else:
            text = await in_thread(lambda: activation.whole(file, asked.text or ""))
        after = await self._checked(text)
        signed = Signed(asked.by or "", asked.note, asked.number, after.config_sha256)
        version = await in_thread(lambda: activation.put_in_force(file, text, asked.based_on or "", signed))
        return {
            "number": version.number,
            "sha256": told_sha256(text),
            "config_sha256": after.config_sha256,
            "behind": [name for name in self._concerned(after) if name != "decision"],
            "begins_anew": "decision" in self._concerned(after),
        }

    def _concerned(self, after: Station) -> list[str]:
        names = ["decision", *sorted(self._states.keys() - {"decision"})]
        return [
            name for name in names if concern.sha256_of(after, name) not in {"", concern.sha256_of(self._present, name)}
        ]

    async def _checked(self, text: str) -> Station:
        """The station that the text describes.

        Looked at in a process of its own: a model file that LiteRT dies of must not end the line's controller, and what
        takes its time must not take its turn.

        Raises:
            Refused: if something is wrong with it.
        """
        command = (sys.executable, "-m", "okko", "check", str(self._present.path), "--with", "-", "--json")
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.setpriority(os.PRIO_PROCESS, process.pid, CHECK_NICENESS)
        try:
            async with asyncio.timeout(CHECK_S):
                said, _ = await process.communicate(text.encode())
        except TimeoutError:
            raise Refused(f"it could not be checked within {CHECK_S:g} s: perhaps a model file hangs", {}) from None
        finally:
            if process.returncode is None:
                process.kill()
        try:
            found = json.loads(said)
        except ValueError:
            why = f"it could not be checked: `okko check` ended with {process.returncode}; a model file may be broken"
            raise Refused(why, {}) from None
        if found["good"]:
            after = await in_thread(lambda: station.load(self._present.path, text=text))
            problems = [_told(problem, text) for problem in activation.fixed(self._present, after)]
            if not problems:
                return after
            found = _wrong(problems)
        raise Refused(_first(found["problems"]), _wrong(found["problems"]))

    # -- how it is taken over ----------------------------------------------------------------------------------------

    async def _put_to_work(self) -> None:
        after = await in_thread(lambda: station.load(self._present.path))
        if concern.sha256_of(after, "decision") != concern.sha256_of(self._present, "decision"):
            shutdown.begin_anew()  # and goes on from there
            await asyncio.Event().wait()
        self._present = after
        self._take_over(after)
        await self._go_on()

    async def _go_on(self) -> None:
        """Have all agents work by what is in force, if that is not done yet; whatever died meanwhile."""
        try:
            newest = (await in_thread(self._settled)).newest
        except (OSError, OkkoError) as error:
            self._runtime.log.warning("the history of the station file cannot be read: %s", error)
            return
        if newest is None or newest.done or newest.sha256 != history.sha256_of(self._present.text.encode()):
            return
        present = self._present
        self._rollout = Rollout(lambda agent: concern.sha256_of(present, agent), clock.mono_ns())
        note = f": {newest.note}" if newest.note else ""
        back = f", back to version {newest.of}" if newest.of is not None else ""
        text = f"version {newest.number} of the station file is in force{back}, by {newest.by}{note}"
        self._runtime.event("info", "config_activated", text)

    async def _look(self) -> None:
        if self._rollout is None or not self._runtime.connected:
            return
        now_ns = clock.mono_ns()
        for name in self._rollout.to_ask(self._states, now_ns):
            address = self._runtime.topics.build("cmd", agent=name, verb="restart")
            self._runtime.publish(address, c.Command(request_id=f"config-{name}"))
        if not self._rollout.is_over(self._states, now_ns):
            return
        for name in self._rollout.behind(self._states):
            where = self._rollout.stale.get(name)
            why = f"the station file on {where} is another one" if where else "it has not begun anew"
            self._runtime.event("warning", "config_not_taken", f"{name} works by another configuration: {why}")
        self._rollout = None
        try:
            await in_thread(lambda: activation.finish(self._present.folder))
        except (OSError, OkkoError) as error:
            self._runtime.log.warning("the history of the station file cannot be written: %s", error)


def _told(problem: Problem, text: str) -> dict[str, Any]:
    line = line_of(text, problem.where, problem.what)
    return {"where": problem.where, "what": problem.what, "remedy": problem.remedy, "line": line}


def _wrong(problems: list[dict[str, Any]]) -> dict[str, Any]:
    return {"good": False, "problems": problems[:MOST_PROBLEMS]}


def _first(problems: list[dict[str, Any]]) -> str:
    first = str(Problem(problems[0]["where"], problems[0]["what"], problems[0]["remedy"]))
    return first if len(problems) == 1 else f"{len(problems)} problems; the first: {first}"
