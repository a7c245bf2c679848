"""What stands under [dashboard] in a station file: where the page is served, who may see what, when shifts begin."""

import ipaddress
import itertools
import re
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from okko.settings import Settings

Language = Literal["en", "fr"]
WithoutLogin = Literal["nothing", "look", "operate"]

_HOST_NAME = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
_SHIFT = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


class DashboardSettings(Settings):
    """`[dashboard]`: the page of this station. Without the table there is none.

    Passwords travel with a login: at an address that others can reach, the page wants TLS.
    """

    table: ClassVar[str] = "dashboard"

    host: Annotated[
        str,
        Field(
            description="the address to listen at; `127.0.0.1` is this machine alone, `0.0.0.0` whoever can reach it"
        ),
    ] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65_535, description="the port to listen at")] = 8080
    cert: Annotated[
        Path | None, Field(description="the page's certificate in PEM, with those between it and its authority: TLS")
    ] = None
    key: Annotated[Path | None, Field(description="the key of `cert`, where it is a file of its own")] = None
    plain_http: Annotated[
        bool, Field(description="allow a `host` that others can reach without TLS: passwords can be read on the way")
    ] = False
    names: Annotated[
        tuple[str, ...],
        Field(
            max_length=20,
            description="what the page is called in DNS, or by a proxy, as `okko.plant.example`; addresses and local "
            "names need not be here",
        ),
    ] = ()
    without_login: Annotated[
        WithoutLogin,
        Field(description='what one may do without a login: "look" at everything, "operate": look and trigger'),
    ] = "look"
    language: Annotated[Language, Field(description="of the reports, and of a browser that has not chosen")] = "en"
    target_per_min: Annotated[
        float | None,
        Field(gt=0, le=60_000, description="items a minute that the line is to make; shown beside the rate"),
    ] = None
    shifts: Annotated[
        tuple[str, ...],
        Field(
            min_length=1,
            max_length=24,
            description="when shifts begin, the machine's local time, earliest first; the last one ends with the first",
        ),
    ] = ("06:00", "14:00", "22:00")
    session_hours: Annotated[float, Field(gt=0, le=8784, description="how long a login lasts at most")] = 12.0

    @field_validator("host")
    @classmethod
    def _an_address(cls, host: str) -> str:
        if not _is_address(host) and not _HOST_NAME.fullmatch(host):
            message = f"{host!r} must be an address or a name, as 127.0.0.1, ::1 or box-3.plant; `port` has its own key"
            raise ValueError(message)
        return host

    @field_validator("names")
    @classmethod
    def _names_alone(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if not _HOST_NAME.fullmatch(name):
                message = f"{name!r} must be a name alone, as okko.plant.example, without https:// and port"
                raise ValueError(message)
        return names

    @field_validator("shifts")
    @classmethod
    def _each_once_in_order(cls, shifts: tuple[str, ...]) -> tuple[str, ...]:
        for shift in shifts:
            if not _SHIFT.fullmatch(shift):
                message = f'{shift!r} must be a time of day, from "00:00" to "23:59", with two digits each'
                raise ValueError(message)
        for before, after in itertools.pairwise(shifts):
            if before == after:
                message = f"{after!r} stands there twice"
                raise ValueError(message)
            if before > after:
                right = ", ".join(f'"{shift}"' for shift in sorted(set(shifts)))
                message = f"{after!r} comes after {before!r} and is earlier; write them in order: [{right}]"
                raise ValueError(message)
        return shifts

    @model_validator(mode="after")
    def _no_password_in_the_clear(self) -> Self:
        if self.key is not None and self.cert is None:
            message = "`key` is the key of a certificate, and there is no `cert`"
            raise ValueError(message)
        if not self.local and not self.tls and not self.plain_http:
            message = (
                f"host = {self.host!r} can be reached from other machines, and passwords would travel unencrypted; "
                "set `cert` (and `key`), or, on a network of its own or behind a proxy that does TLS, plain_http = true"
            )
            raise ValueError(message)
        return self

    @property
    def local(self) -> bool:
        """Whether only this machine can reach the page."""
        return self.host == "localhost" or (_is_address(self.host) and ipaddress.ip_address(self.host).is_loopback)

    @property
    def tls(self) -> bool:
        """Whether the page is served by https."""
        return self.cert is not None

    @property
    def url(self) -> str:
        """Where the page is found, by a browser on this machine."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        host = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(host, host)  # noqa: S104 - nothing is bound here
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}/"

    def resolved(self, folder: Path) -> Self:
        """The same with the paths of its files made absolute; relative ones start at `folder`."""
        paths = {key: getattr(self, key) for key in ("cert", "key")}
        return self.model_copy(update={key: folder / path for key, path in paths.items() if path is not None})


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
