"""The base of everything that stands in a configuration file, and the few types that its keys share."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"

Name = Annotated[str, Field(pattern=NAME_PATTERN)]
"""A name that is safe in a topic and in a path: stations, cameras, models."""

Share = Annotated[float, Field(ge=0.0, le=1.0)]
"""A number from 0 to 1."""


class Settings(BaseModel):
    """Frozen settings that refuse keys they do not know."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        arbitrary_types_allowed=False,
    )
