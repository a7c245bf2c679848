"""What runs a model beside LiteRT's own kernels: a vendor's library, loaded by LiteRT's own loader.

Every agent reads bundles, so LiteRT is imported where a delegate is opened.
"""

import ctypes
from pathlib import PurePosixPath
from typing import Annotated, Any, NamedTuple, Self

from pydantic import Field, field_validator, model_validator

from okko.settings import Settings

_ENTRY_POINTS = ("tflite_plugin_create_delegate", "tflite_plugin_destroy_delegate")

Option = str | bool | int | float


class Compiled(NamedTuple):
    """A model that was compiled for a piece of hardware: for what, by what, and which delegate runs it."""

    hardware: str
    compiler: str
    library: str


COMPILED = {
    "edgetpu-custom-op": Compiled("an Edge TPU", "edgetpu_compiler", "libedgetpu.so.1"),
    "ethos-u": Compiled("an Arm Ethos-U", "Vela", "libethosu_delegate.so"),
    "NeutronGraph": Compiled("an NXP Neutron NPU", "the Neutron converter", "libneutron_delegate.so"),
}
"""By the custom op that the compiler leaves in the model."""


class Delegate(Settings):
    """`[delegate]`: a library that runs the model, or the parts of it that it can, on other hardware.

    What it leaves, and all of the model without one, runs on the CPU: by XNNPACK, or with `xnnpack = false` by LiteRT's
    plain kernels. The library is code that runs in the inference agent: name only those that you trust.
    """

    library: Annotated[
        str | None,
        Field(min_length=1, description="the delegate's library: a name that the system finds, or an absolute path"),
    ] = None
    options: Annotated[
        dict[str, Option] | None, Field(description="what the library takes; `true` is given to it as the text true")
    ] = None
    xnnpack: Annotated[bool, Field(description="whether XNNPACK runs on the CPU what it can")] = True

    @field_validator("library")
    @classmethod
    def _name_or_absolute(cls, library: str | None) -> str | None:
        if library is not None and "/" in library and not PurePosixPath(library).is_absolute():
            message = "must be a name without a slash, which the system looks for, or an absolute path"
            raise ValueError(message)
        return library

    @model_validator(mode="after")
    def _options_of_a_library(self) -> Self:
        if self.options and self.library is None:
            message = "options are for a library: give `library` too"
            raise ValueError(message)
        return self

    def open(self) -> Any:
        """LiteRT's handle of the delegate. Whoever has it must keep it for as long as it is used.

        Raises:
            ValueError: if the library is absent, is none, or refuses; the text says what to do.
        """
        from ai_edge_litert.interpreter import load_delegate

        # Looked at before LiteRT does, whose own error is one of ctypes, and whose clean-up then fails aloud.
        try:
            library = ctypes.CDLL(self.library)
        except OSError as error:
            message = (
                f"the delegate {self.library!r} cannot be loaded: {error}. "
                "Install it on this machine, or mend `library` under [delegate] in model.toml"
            )
            raise ValueError(message) from error
        if missing := [name for name in _ENTRY_POINTS if not hasattr(library, name)]:
            message = f"{self.library!r} is no LiteRT delegate: it has no {' and no '.join(missing)}"
            raise ValueError(message)
        try:
            return load_delegate(self.library, {key: _text(value) for key, value in (self.options or {}).items()})
        except (ValueError, RuntimeError) as error:
            _, _, why = str(error).partition("\n")
            why = " ".join(why.split()) or "it gives no reason; is its hardware there, and may this user use it?"
            message = f"the delegate {self.library!r} refuses: {why[:300]}"
            raise ValueError(message) from error


def why_unresolved(op: str, delegate: Delegate) -> str:
    """What is to be done about a model with a custom op that nothing here runs."""
    if (compiled := COMPILED.get(op)) is None:
        here = "which LiteRT does not have" if delegate.library is None else f"which {delegate.library} does not take"
        return f"it needs the custom op {op!r}, {here}. Convert the model without it"
    here = "this agent runs on the CPU" if delegate.library is None else f"{delegate.library} does not run it"
    return (
        f"it is compiled for {compiled.hardware}, {here}. Use the .tflite from before {compiled.compiler}; or, where "
        f'that hardware is, give library = "{compiled.library}" under [delegate] in model.toml'
    )


def _text(value: Option) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
