"""The AsyncAPI document: valid by the official schema, whole in itself, true of what really travelled."""

import base64
import copy
import hashlib
import json
import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from okko import cli
from okko.documents import asyncapi, schemas
from okko.documents.duties import DUTIES
from okko.documents.examples import recorded
from okko.station import load
from okko.topics import SPECS, TABLE, Topics

ROOT = Path(__file__).parents[3]
DOCUMENT = asyncapi.document()
DUCKS = load(ROOT / "stations" / "ducks")
OF_DUCKS = asyncapi.document(DUCKS)
EXAMPLES = recorded()

PACKAGE = "@asyncapi/specs@6.11.1"
SHA512 = "A3WBLqAKGoJ2+6FWFtpjBlCQ1oFCcs4GxF7zsIGvNqp/klGUHjlA3aAcZ9XMMpLGE8zPeYDz2x9FmO6DSuKraQ=="
"""As the registry states it for this version."""


@pytest.fixture(scope="session")
def official(tmp_path_factory: pytest.TempPathFactory) -> Draft7Validator:
    """The schema of AsyncAPI 3.0.0 as its authors publish it, from npm."""
    if shutil.which("npm") is None:
        pytest.skip(f"npm is not installed: {PACKAGE} holds the official schema")
    folder = tmp_path_factory.mktemp("asyncapi")
    command = ["npm", "pack", PACKAGE, "--prefer-offline", "--fetch-retries=0", "--pack-destination", str(folder)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=90)
    if done.returncode != 0:
        pytest.skip(f"{PACKAGE} cannot be had from npm: {done.stderr[-300:]}")
    (package,) = folder.glob("*.tgz")
    assert base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode() == SHA512
    with tarfile.open(package) as archive:
        file = archive.extractfile("package/schemas/3.0.0-without-$id.json")
        assert file is not None
        return Draft7Validator(json.load(file))


def _without_info(document: dict[str, Any]) -> None:
    del document["info"]


def _other_action(document: dict[str, Any]) -> None:
    document["operations"]["plc_sends_trigger"]["action"] = "publish"


def _other_qos(document: dict[str, Any]) -> None:
    document["operations"]["plc_sends_trigger"]["bindings"]["mqtt"]["qos"] = 3


def _other_schema(document: dict[str, Any]) -> None:
    document["components"]["schemas"]["Verdict"]["type"] = "struct"


def _other_key(document: dict[str, Any]) -> None:
    document["channels"]["verdict"]["topic"] = "verdict"


@pytest.mark.parametrize("document", [DOCUMENT, OF_DUCKS], ids=["any station", "the ducks"])
def test_the_official_schema_takes_it(document: dict[str, Any], official: Draft7Validator) -> None:
    """Tools that read AsyncAPI 3.0 read this, for any station and for one."""
    assert [error.message[:500] for error in official.iter_errors(document)] == []


@pytest.mark.parametrize("spoil", [_without_info, _other_action, _other_qos, _other_schema, _other_key])
def test_the_official_schema_refuses_what_is_none(
    spoil: Callable[[dict[str, Any]], None], official: Draft7Validator
) -> None:
    """The check has teeth: a document with one thing wrong in it is refused."""
    spoilt = copy.deepcopy(DOCUMENT)
    spoil(spoilt)
    assert not official.is_valid(spoilt)


def references(node: Any) -> Iterator[str]:
    """Every `$ref` in a document."""
    if isinstance(node, dict):
        if isinstance(target := node.get("$ref"), str):
            yield target
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def at(document: dict[str, Any], reference: str) -> Any:
    """What a local `$ref` names."""
    node: Any = document
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node


def test_every_reference_leads_somewhere() -> None:
    """The document is whole: nothing has to be fetched, nothing is missing."""
    found = set(references(DOCUMENT))
    assert len(found) > len(TABLE)
    for reference in found:
        assert reference.startswith("#/")
        assert at(DOCUMENT, reference)


def test_every_row_and_every_role_has_its_part() -> None:
    """Each topic is a channel with its parameters told, and each role of it an operation."""
    for spec in TABLE:
        channel = DOCUMENT["channels"][spec.key]
        assert channel["address"] == f"{{base}}/{spec.path}"
        assert set(channel["parameters"]) == set(re.findall(r"\{(\w+)\}", channel["address"]))
        for action, roles in (("send", spec.publishers), ("receive", spec.readers)):
            for role in roles:
                operation = DOCUMENT["operations"][f"{role}_{action}s_{spec.key}"]
                assert (operation["action"], at(DOCUMENT, operation["channel"]["$ref"])) == (action, channel)
    assert len(DOCUMENT["operations"]) == sum(len(spec.publishers) + len(spec.readers) for spec in TABLE)


def test_the_document_says_what_a_plc_and_a_dashboard_do() -> None:
    """Each operation of a PLC tells its rules, and no rule is left over for an operation that there is not."""
    told = {name: operation.get("description") for name, operation in DOCUMENT["operations"].items()}
    assert {name: text for name, text in told.items() if text is not None} == DUTIES
    assert {name for name in told if name.startswith("plc_")} <= set(DUTIES)


def test_every_example_is_a_recorded_message() -> None:
    """Nothing is made up: the payload of each example is one that travelled, a picture cut after its first bytes."""
    shown = {
        example["name"]: example["payload"]
        for message in DOCUMENT["components"]["messages"].values()
        for example in message.get("examples", ())
    }
    assert set(shown) == set(EXAMPLES)
    for name, payload in shown.items():
        text = EXAMPLES[name].payload.decode("utf-8", "replace")
        if name == "frame":
            assert set(payload) >= set(schemas.components("{name}")["Frame"]["required"])
            assert base64.b64decode(payload["data"].removesuffix("...")) in EXAMPLES[name].payload
        else:
            assert payload == text or payload == json.loads(text)


@pytest.mark.parametrize("name", DOCUMENT["components"]["messages"])
def test_an_example_is_valid_by_the_schema_beside_it(name: str) -> None:
    """In AsyncAPI's own dialect too, each message's examples are what its payload says."""
    message = DOCUMENT["components"]["messages"][name]
    check = Draft7Validator({**message["payload"], "components": DOCUMENT["components"]})
    Draft7Validator.check_schema(at(DOCUMENT, message["payload"]["$ref"]))
    for example in message.get("examples", ()):
        check.validate(example["payload"])
    assert message.get("examples") or name == "Bridge"


def test_tuples_keep_their_length_in_the_older_dialect() -> None:
    """A box has four numbers in draft 7 as well, which knows no `prefixItems`."""
    check = Draft7Validator(DOCUMENT["components"]["schemas"]["Detection"])
    assert check.is_valid({"label": "dent", "score": 0.5, "box": [0, 0, 1, 1]})
    for box in ([0, 0, 1], [0, 0, 1, 1, 1], [0, 0, 1, "x"]):
        assert not check.is_valid({"label": "dent", "score": 0.5, "box": box})


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_document_of_a_station_is_true_of_its_messages(name: str) -> None:
    """Address, QoS, retain, expiry, content type and schema are those that the duck station's messages really had."""
    example, spec = EXAMPLES[name], SPECS[name.partition(":")[0]]
    channel = OF_DUCKS["channels"][spec.key]
    names = Topics(DUCKS.base).parse(example.topic).names
    assert channel["address"].format(**names) == example.topic
    for parameter, value in names.items():
        assert value in channel["parameters"][parameter].get("enum", [value])
    sender = OF_DUCKS["operations"][f"{spec.publishers[0]}_sends_{spec.key}"]
    said = sender["bindings"]["mqtt"]
    assert (said["qos"], said["retain"], said.get("messageExpiryInterval")) == (
        example.qos,
        example.retain,
        example.expiry_s,
    )
    if example.content_type is not None:
        (message,) = (at(OF_DUCKS, at(OF_DUCKS, reference["$ref"])["$ref"]) for reference in sender["messages"])
        assert message["contentType"] == example.content_type
        assert ("headers" in message) is (example.schema is not None)


def test_the_document_of_a_station_names_its_own() -> None:
    """The broker, and the cameras and models that can stand in a topic."""
    server = OF_DUCKS["servers"]["station"]
    assert (server["host"], server["protocol"]) == (f"{DUCKS.broker.host}:{DUCKS.broker.port}", "mqtt")
    parameters = OF_DUCKS["channels"]["prediction"]["parameters"]
    assert parameters["camera"]["enum"] == ["left", "right"]
    assert parameters["model"]["enum"] == ["duck-quality"]


def test_a_broker_with_a_password_is_told(tmp_path: Path, official: Draft7Validator) -> None:
    """TLS and the password's being needed are in the document, the password is not."""
    (tmp_path / "station.toml").write_text(
        '[station]\nsite = "a"\nline = "b"\nname = "c"\n[broker]\nurl = "mqtts://broker.example"\nusername = "line"\n'
        '[[camera]]\nname = "top"\nsource = { kind = "simulator" }\n'
    )
    document = asyncapi.document(load(tmp_path))
    server = document["servers"]["station"]
    assert (server["host"], server["protocol"]) == ("broker.example:8883", "mqtts")
    assert at(document, server["security"][0]["$ref"])["type"] == "userPassword"
    assert official.is_valid(document)


@pytest.mark.parametrize(
    ("option", "file"), [("--asyncapi", "asyncapi.json"), ("--schemas", "schemas.json"), ("--markdown", "topics.md")]
)
def test_the_command_gives_what_is_kept(option: str, file: str, tmp_path: Path) -> None:
    """`okko topics` writes the very documents of docs/reference."""
    output = tmp_path / "document"
    assert cli.run(["topics", option, "--output", str(output)]) == 0
    kept = (ROOT / "docs" / "reference" / file).read_text(encoding="utf-8")
    assert kept.endswith(output.read_text(encoding="utf-8"))


def test_the_command_knows_a_station(capsys: pytest.CaptureFixture[str]) -> None:
    """With a station its prefix takes the place of `{base}`, in every form."""
    for form in ([], ["--markdown"], ["--schemas"], ["--asyncapi"]):
        assert cli.run(["topics", "--station", str(DUCKS.path), *form]) == 0
        told = capsys.readouterr().out
        assert DUCKS.base in told
        assert "{base}/" not in told


def test_the_table_for_people_has_a_line_for_each_topic(capsys: pytest.CaptureFixture[str]) -> None:
    """What the terminal shows begins with the topic: it can be cut out and searched."""
    assert cli.run(["topics"]) == 0
    first = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line]
    assert first[2:] == [spec.path for spec in TABLE]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--asyncapi", "--schemas"], 2, "choose one"),
        (["--station", "no/such/station"], 2, "no/such/station"),
        (["--output", "/no/such/folder/file"], 1, "/no/such/folder/file"),
    ],
)
def test_the_command_says_what_is_wrong(
    arguments: list[str], code: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two forms at once, a station that is not there, a file that cannot be written."""
    assert cli.run(["topics", *arguments]) == code
    assert says in capsys.readouterr().err
