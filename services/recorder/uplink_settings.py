"""What stands under [uplink] in a station file: the broker further up, and how items go there."""

from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from okko.broker_settings import BrokerSettings
from okko.topics import check_base


class UplinkSettings(BrokerSettings):
    """`[uplink]`: a second broker, to which the recorder passes every item. Needs `[recorder]`."""

    table: ClassVar[str] = "uplink"
    password_variable: ClassVar[str] = "OKKO_UPLINK_PASSWORD"  # noqa: S105 - the name of a variable, not a password

    # Its own, without a default: nobody's items go anywhere by accident.
    url: Annotated[str, Field(description="`mqtt://host:port`, or `mqtts://` for TLS")]
    username: Annotated[str | None, Field(description="who the station says it is")] = None
    password_file: Annotated[
        Path | None, Field(description="a file that holds the password alone; OKKO_UPLINK_PASSWORD goes before it")
    ] = None
    # Longer than on the box itself: the way up may be a mobile network.
    keepalive_s: Annotated[
        int, Field(ge=2, le=300, description="a broker that is silent for longer counts as gone")
    ] = 30
    timeout_s: Annotated[float, Field(gt=0, le=60, description="how long to wait for an answer to a connection")] = 10.0
    central_base: Annotated[
        str | None, Field(description="topic prefix of this station up there; default: the station's own")
    ] = None
    receipts: Annotated[
        Literal["hub", "puback"],
        Field(
            description="what says that an item has arrived: a hub's receipt, once it has stored it, or the broker's "
            "PUBACK, once it has it in memory"
        ),
    ] = "puback"
    without_reader: Annotated[
        Literal["keep", "sent"],
        Field(
            description="an item that the broker confirmed although nobody subscribes: kept and sent again later, or "
            "counted as sent (brokers that store by rules of their own)"
        ),
    ] = "keep"
    receipt_timeout_s: Annotated[
        float, Field(gt=0, le=3600, description='with `receipts = "hub"`: without a receipt so long, it is sent again')
    ] = 30.0
    max_items_per_s: Annotated[
        float, Field(ge=0.1, le=10_000, description="how fast a backlog goes up; what is just recorded goes at once")
    ] = 50.0

    @field_validator("central_base")
    @classmethod
    def _usable_base(cls, base: str | None) -> str | None:
        return base if base is None else check_base(base)
