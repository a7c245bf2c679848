"""Every error that okko raises on purpose, and what follows from each.

OkkoError
├── ConfigError           the station, a bundle or the environment is wrong     exit 2, not restarted
│   └── IdentityTaken     another agent runs under this name                    exit 2, not restarted
├── ContractError         a message that cannot be read                         dead letter, acked, counted
├── BrokerUnavailable     no connection                                         tried again with backoff
├── BrokerRefused         the broker does not want us (credentials, protocol)   exit 2, not restarted
├── DiskFull              no room to begin in                                   exit 1, started again
├── AddressTaken          another program listens where the page should         exit 1, started again
├── SourceError           a camera failed                                       its source is opened again
│   └── SourceExhausted   a video or folder without `loop` has no more frames   frames end, KO camera_fault
├── ImageError            a picture that cannot be decoded                      prediction with `error`, KO image
└── ModelError            a model cannot be loaded or run                       agent faulted, tried again
"""

from dataclasses import dataclass, field
from pathlib import Path


class OkkoError(Exception):
    """The root of all errors that okko raises on purpose."""

    exit_code = 1


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in a file: where it stands, what was found and how to mend it."""

    where: str
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}. {self.remedy}" if self.remedy else text


@dataclass
class ConfigError(OkkoError):
    """The user's configuration cannot be used; all its problems at once, so that one look mends them."""

    file: Path | str
    problems: tuple[Problem, ...] = field(default=())

    exit_code = 2

    def __str__(self) -> str:
        if len(self.problems) == 1:
            return f"{self.file}: {self.problems[0]}"
        lines = "\n".join(f"  - {problem}" for problem in self.problems)
        return f"{self.file}: {len(self.problems)} problems\n{lines}"

    @classmethod
    def one(cls, file: Path | str, where: str, what: str, remedy: str = "") -> "ConfigError":
        """A configuration error with a single problem."""
        return cls(file, (Problem(where, what, remedy),))


@dataclass
class AddressTaken(OkkoError):
    """Another program listens at an address of ours; it may end, so it is worth another try."""

    address: str
    why: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.address} cannot be listened at: {self.why}. {self.remedy}"


class IdentityTaken(ConfigError):
    """Another agent already runs under the same name on the same station."""


@dataclass
class ContractError(OkkoError):
    """A message, or a topic, that breaks the contract: it becomes a dead letter."""

    what: str
    why: str

    def __str__(self) -> str:
        return f"{self.what}: {self.why}"


@dataclass
class BrokerUnavailable(OkkoError):
    """No connection to the broker, or it was lost; worth another try."""

    url: str
    why: str

    def __str__(self) -> str:
        return f"no connection to the broker at {self.url}: {self.why}"


@dataclass
class BrokerRefused(OkkoError):
    """The broker answered and said no; trying again would not help."""

    url: str
    why: str
    remedy: str = "Check `username` under [broker] and the password in OKKO_BROKER_PASSWORD or `password_file`"

    exit_code = 2

    def __str__(self) -> str:
        return f"no entry to the broker at {self.url}: {self.why}. {self.remedy}"


@dataclass
class DiskFull(OkkoError):
    """The disk has no room for what an agent must open before it can work; tried again, since room may be made."""

    path: Path
    why: str

    def __str__(self) -> str:
        return f"{self.path}: cannot be opened: {self.why}. Make room on this disk"


@dataclass
class SourceError(OkkoError):
    """A camera source could not be opened, or gave no frame."""

    source: str
    why: str

    def __str__(self) -> str:
        return f"{self.source}: {self.why}"


class SourceExhausted(SourceError):
    """The source has come to its end and is not set to start again."""


@dataclass
class ImageError(OkkoError):
    """A picture that cannot be decoded, or that is not what it claims to be."""

    why: str

    def __str__(self) -> str:
        return self.why


@dataclass
class ModelError(OkkoError):
    """A model file that cannot be loaded or run, and what is wrong with it."""

    model: str
    why: str

    def __str__(self) -> str:
        return f"model {self.model}: {self.why}"
