"""The contract as an AsyncAPI 3.0 document: who sends what on which topic, how, and what it looks like."""

import base64
import json
import re
from typing import Any

import msgspec

from okko import contracts as c
from okko.documents import examples, schemas
from okko.documents.duties import DUTIES
from okko.documents.texts import TEXTS
from okko.station import Station
from okko.topics import SPECS, TABLE, TopicSpec

VERSION = "3.0.0"
_BINDING_VERSION = "0.2.0"
_DATA_SHOWN = 24
"""How many bytes of a picture an example shows."""

_INTRO = """
Visual inspection on MQTT: a PLC publishes a trigger for each part and hears OK or KO once, by the deadline.

Operations are named by role: `plc_sends_trigger`, `anyone_receives_verdict`. `anyone` is a dashboard, a script, a
gateway; `broker` is Mosquitto itself; `hub` is what stores items further up; the others but `plc` are okko's own
agents. Whoever writes a PLC or a dashboard reads the operations with its tag: `description` says what to do there.

Addresses begin with the station's prefix `{base}`, which has several levels. In a subscription, `+` takes the place
of every other parameter. What agents publish has its content type, and the JSON and MessagePack messages the user
property `schema` (MQTT 5). A PLC needs neither: it may speak MQTT 3.1.1.

A reader ignores fields that it does not know. `x-max-bytes` is what a reader takes at most. What has the type string
and `x-text` travels as that text alone, without quotes. `x-columns` says where in it a field stands: its first and
last column, counted from 1; without a last one it goes to the end. `x-reasons` names the numbers of the reasons.

This is the station's own broker. One further up has the same below its own prefix, as far as it is told: `item` by the
recorder (`[uplink]`), what is live by the bridge (`okko bridge`).
"""

_VERB = (
    "the command's name; every agent answers `who`; an inference agent `prepare` (load `bundle` beside the models at "
    "work), it and the decision agent `reload` (work by `models.toml` as it is now)"
)
_PARAMETERS = {
    "base": ("the station's prefix; has several levels", "okko/v1/canario/ducks/line-1"),
    "camera": ("the camera's name", "left"),
    "model": ("the model's name", "duck-quality"),
    "agent": ("the agent's name: `decision`, `recorder`, `camera-` and the camera's name, ...", "decision"),
    "verb": (_VERB, "who"),
}


def document(station: Station | None = None) -> dict[str, Any]:
    """The document of every station, or of one: its broker, its prefix, its cameras and models, its expiries."""
    return {
        "asyncapi": VERSION,
        "id": f"urn:okko:v{c.SCHEMA}",
        "info": {
            "title": "okko" if station is None else f"okko at {station.base}",
            "version": c.SCHEMA,
            "description": _INTRO.strip(),
            "license": {"name": "Apache 2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"station": _server(station)},
        "channels": {spec.key: _channel(spec, station) for spec in TABLE},
        "operations": {name: operation for spec in TABLE for name, operation in _operations(spec, station)},
        "components": {
            "messages": {name: _message(name) for name in _message_names()},
            "schemas": {name: _draft_07(schema) for name, schema in _schemas().items()},
            **_security(station),
        },
    }


def _server(station: Station | None) -> dict[str, Any]:
    server: dict[str, Any] = {"protocol": "mqtt", "protocolVersion": "5.0"}
    if station is None:
        server["host"] = "{broker}"
        server["variables"] = {"broker": {"default": "127.0.0.1:1883", "description": "host and port"}}
    else:
        server["host"] = f"{station.broker.host}:{station.broker.port}"
        server["protocol"] = "mqtts" if station.broker.tls else "mqtt"
        if station.broker.username is not None:
            server["security"] = [{"$ref": "#/components/securitySchemes/password"}]
    server["description"] = "The station's broker. PLCs may speak MQTT 3.1.1 to it."
    return server


def _security(station: Station | None) -> dict[str, Any]:
    if station is None or station.broker.username is None:
        return {}
    return {"securitySchemes": {"password": {"type": "userPassword", "description": "of the broker"}}}


def _channel(spec: TopicSpec, station: Station | None) -> dict[str, Any]:
    base = "{base}" if station is None else station.base
    address = f"{base}/{spec.path}"
    channel: dict[str, Any] = {
        "address": address,
        "description": spec.about,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in schemas.messages_of(spec)},
        "x-max-bytes": spec.max_bytes,
    }
    if names := re.findall(r"\{(\w+)\}", address):
        channel["parameters"] = {name: _parameter(name, station) for name in names}
    return channel


def _parameter(name: str, station: Station | None) -> dict[str, Any]:
    about, example = _PARAMETERS[name]
    if station is not None and name == "camera":
        return {"description": about, "enum": [camera.name for camera in station.cameras]}
    if station is not None and name == "model" and station.models:
        return {"description": about, "enum": sorted({model.bundle.name for model in station.models})}
    return {"description": about, "examples": [example]}


def _operations(spec: TopicSpec, station: Station | None) -> list[tuple[str, dict[str, Any]]]:
    """Each role's part in a row of the table, by name."""
    sent = [(f"{role}_sends_{spec.key}", role, "send") for role in spec.publishers]
    received = [(f"{role}_receives_{spec.key}", role, "receive") for role in spec.readers]
    return [(name, _operation(spec, role, action, station)) for name, role, action in (*sent, *received)]


def _operation(spec: TopicSpec, role: str, action: str, station: Station | None) -> dict[str, Any]:
    binding: dict[str, Any] = {"qos": spec.qos, "retain": spec.retain}
    if action == "send" and (expiry := _expiry(spec, station)) is not None:
        binding["messageExpiryInterval"] = expiry
    operation: dict[str, Any] = {
        "action": action,
        "channel": {"$ref": f"#/channels/{spec.key}"},
        "summary": spec.about,
        "tags": [{"name": role}],
        "bindings": {"mqtt": {**binding, "bindingVersion": _BINDING_VERSION}},
        "messages": _messages_at(spec),
    }
    if (duty := DUTIES.get(f"{role}_{action}s_{spec.key}")) is not None:
        operation["description"] = duty
    if spec.key == "cmd":
        operation["reply"] = {"channel": {"$ref": "#/channels/reply"}, "messages": _messages_at(SPECS["reply"])}
    return operation


def _expiry(spec: TopicSpec, station: Station | None) -> int | dict[str, Any] | None:
    if station is not None:
        return spec.expiry_with(station.station.deadline_ms)
    if spec.expiry_after_deadline_s is None:
        return spec.expiry_s
    more = f" + {spec.expiry_after_deadline_s} s" if spec.expiry_after_deadline_s else ""
    about = f"s; the station's deadline in whole seconds, rounded up{more}"
    return {"type": "integer", "minimum": 1 + spec.expiry_after_deadline_s, "description": about}


def _messages_at(spec: TopicSpec) -> list[dict[str, str]]:
    return [{"$ref": f"#/channels/{spec.key}/messages/{name}"} for name in schemas.messages_of(spec)]


def _message_names() -> list[str]:
    return list(dict.fromkeys(name for spec in TABLE for name in schemas.messages_of(spec)))


def _message(name: str) -> dict[str, Any]:
    specs = [spec for spec in TABLE if name in schemas.messages_of(spec)]
    is_text = name in {form.name for form in TEXTS.values()}
    content_type = "application/json" if name == c.Trigger.__name__ else specs[0].content_type
    message: dict[str, Any] = {
        "name": name,
        "title": name,
        "contentType": content_type,
        "payload": {"$ref": f"#/components/schemas/{name}"},
    }
    if specs[0].payload is not None:
        message["headers"] = {"$ref": "#/components/schemas/UserProperties"}
    if name in {c.Command.__name__, c.Reply.__name__}:
        message["correlationId"] = {"location": "$message.payload#/request_id"}
    found = [
        {"name": example_name, "summary": f"on {example.topic}", "payload": shown(example)}
        for spec in specs
        for example_name, example in examples.of(spec.key).items()
        if spec.payload is not None or example.payload.startswith(b"{") is not is_text
    ]
    if found:
        message["examples"] = found
    return message


def shown(example: examples.Example) -> Any:
    """An example's payload as a document can have it: JSON as it is, text as text, of a picture its first bytes."""
    if example.content_type == "application/msgpack":
        fields: dict[str, Any] = msgspec.msgpack.decode(example.payload)
        return {**fields, "data": base64.b64encode(fields["data"][:_DATA_SHOWN]).decode() + "..."}
    text = example.payload.decode()
    is_json = example.content_type == "application/json" or text.startswith("{")
    return json.loads(text) if is_json else text


def _schemas() -> dict[str, schemas.Schema]:
    user = {
        "title": "UserProperties",
        "description": "MQTT 5 user properties of the messages that agents publish.",
        "type": "object",
        "properties": {"schema": {"description": "version of the contract", "type": "string", "const": c.SCHEMA}},
    }
    return {**schemas.components("#/components/schemas/{name}"), "UserProperties": user}


def _draft_07(schema: Any) -> Any:
    """A schema in draft 7, which is AsyncAPI's own dialect: it says tuples otherwise."""
    if isinstance(schema, list):
        return [_draft_07(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    said = {key: _draft_07(value) for key, value in schema.items()}
    if isinstance(places := said.get("prefixItems"), list):
        del said["prefixItems"]
        said["additionalItems"] = said.pop("items", True)
        said["items"] = places
    return said
