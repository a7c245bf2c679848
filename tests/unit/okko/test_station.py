"""A station file that is wrong says so in full: where, what it has, and what it may have; never a traceback."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from okko.errors import ConfigError
from okko.station import URL_VARIABLE, Station, load
from okko.station_place import DATA_VARIABLE

BUNDLE = """
name = "duck-quality"
version = "1.0.0"
file = "model.tflite"
labels = ["OK", "KO"]
[decoder]
kind = "classification"
min_score = 0.3
"""
STATION = """
[station]
site = "canario"
line = "ducks"
name = "line-1"
[[camera]]
name = "top"
source = { kind = "folder", path = "images" }
[[model]]
bundle = "bundle"
cameras = ["top"]
[[rule]]
kind = "expected_label"
camera = "top"
label = "OK"
"""
SECOND = """
[[camera]]
name = "left"
source = { kind = "simulator" }
"""
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write the good station, with some text replaced and some added, and give its folder."""
    for variable in (URL_VARIABLE, DATA_VARIABLE):
        monkeypatch.delenv(variable, raising=False)

    def _write(*changes: tuple[str, str], add: str = "", bundle: str = BUNDLE) -> Path:
        text = STATION
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        (tmp_path / "bundle").mkdir(exist_ok=True)
        (tmp_path / "bundle" / "model.toml").write_text(bundle)
        (tmp_path / "bundle" / "model.tflite").write_bytes(b"no model")
        (tmp_path / "station.toml").write_text(text + add)
        return tmp_path

    return _write


def _problems(folder: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(folder)
    assert caught.value.exit_code == 2
    return [str(problem).replace(str(folder), "FOLDER") for problem in caught.value.problems]


TWO_MODELS = f"""{SECOND}
[[model]]
bundle = "other"
cameras = ["left"]
[[rule]]
kind = "expected_label"
camera = "left"
label = "OK"
"""
A, B = '[[inference]]\nname = "a"\ncameras = ["top"]\n', '[[inference]]\nname = "b"\ncameras = ["left"]\n'


def _with_other_bundle(folder: Path) -> Path:
    """A second one, by its own name."""
    shutil.copytree(folder / "bundle", folder / "other")
    manifest = folder / "other" / "model.toml"
    manifest.write_text(manifest.read_text().replace("duck-quality", "other"))
    return folder


def test_a_good_station(write: Write) -> None:
    """Everything that is left out has its default; paths start at the station's folder."""
    folder = write()
    station = load(folder)
    assert isinstance(station, Station)
    assert (station.base, station.broker.url) == ("okko/v1/canario/ducks/line-1", "mqtt://127.0.0.1:1883")
    assert (station.trigger.kind, station.combine.kind, station.recorder) == ("mqtt", "all", None)
    assert (station.data, station.journal_folder) == (folder / "data", folder / "data" / "journal")
    assert station.models_of("top") == ("duck-quality",)
    assert load(folder / "station.toml") == station
    assert load(folder).config_sha256 == station.config_sha256


def _in_station(line: str) -> tuple[str, str]:
    return 'name = "line-1"', f'name = "line-1"\n{line}'


def _in_camera(line: str) -> tuple[str, str]:
    return 'name = "top"', f'name = "top"\n{line}'


def _in_rule(line: str) -> tuple[str, str]:
    return 'label = "OK"', f'label = "OK"\n{line}'


SOURCE = 'source = { kind = "folder", path = "images" }'
NAME_RULE = "must be letters, digits, `_` and `-`, the first a letter or digit, at most 64"
SOURCES = "Choices: folder, picamera2, simulator, usb, video"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            ('kind = "folder", path', 'kind = "folder", lop = true, path'),
            "camera[0].source.lop: unknown key. Did you mean `loop`? Known here: kind, loop, path",
        ),
        (
            _in_camera("outbox = { foo = 1 }"),
            "camera[0].outbox.foo: unknown key. Known here: max_bytes, path, timeout_s",
        ),
        (
            ('kind = "folder"', 'kind = "foldr"'),
            f"camera[0].source.kind: there is no 'foldr'. Did you mean `folder`? {SOURCES}",
        ),
        (('kind = "folder", ', ""), f"camera[0].source: has no `kind`. {SOURCES}"),
        ((SOURCE, 'source = "images"'), 'camera[0].source: "images" must be a table'),
        (('name = "top"\n', ""), "camera[0].name: is missing"),
        (('name = "top"', 'name = "to/p"'), f'camera[0].name: "to/p" {NAME_RULE}'),
        (('name = "top"', 'name = "top\\n"'), f'camera[0].name: "top\\n" {NAME_RULE}'),
        (('site = "canario"', 'site = "../x"'), f'station.site: "../x" {NAME_RULE}'),
        (('line = "ducks"\n', ""), "station.line: is missing"),
        (_in_station('deadline_ms = "1000"'), 'station.deadline_ms: "1000" must be a whole number'),
        (_in_station("deadline_ms = 10.5"), "station.deadline_ms: 10.5 must be a whole number"),
        (_in_station("deadline_ms = 9"), "station.deadline_ms: 9 must be at least 10"),
        (_in_station("ready_needs_recorder = 1"), "station.ready_needs_recorder: 1 must be true or false"),
        (_in_station("recipe = 7"), "station.recipe: 7 must be text, in quotes"),
        (
            _in_station("capture_window_ms = 2000"),
            "station: capture_window_ms = 2000 is longer than deadline_ms = 1000",
        ),
        (
            _in_station('base = "plant/#"'),
            (
                "station.base: 'plant/#' is no topic prefix: levels parted by `/`, none empty, no `+`, `#`, `$`, "
                "no white space"
            ),
        ),
        (("[[camera]]", "[camera]"), "camera: is written as [camera] and must be [[camera]]: there may be several"),
        (_in_camera("roi = [0.5, 0]"), "camera[0].roi: [0.5, 0] has too few values"),
        (_in_camera("roi = [0, 0, 1.5, 1]"), "camera[0].roi[2]: 1.5 must be at most 1.0"),
        (_in_camera("roi = [0, 0, 1, 1, 1]"), "camera[0].roi: [0, 0, 1, 1, 1] must be at most 4 entries long"),
        (
            _in_camera('encoding = { kind = "gif" }'),
            "camera[0].encoding.kind: there is no 'gif'. Choices: jpeg, png, raw-bgr8",
        ),
        (
            (SOURCE, 'source = { kind = "usb", device = 1.5 }'),
            "camera[0].source.device: 1.5 must be a whole number, or text, in quotes",
        ),
        (
            (SOURCE, 'source = { kind = "simulator", view = "lefft" }'),
            'camera[0].source.view: "lefft" is none of the choices. Did you mean `left`? Choices: left, right',
        ),
        (('bundle = "bundle"', 'bundle = "bundl"'), "model[0].bundle: FOLDER/bundl/model.toml: there is no such file"),
        (('cameras = ["top"]', 'cameras = "top"'), 'model[0].cameras: "top" must be a list: [...]'),
        (('cameras = ["top"]', "cameras = []"), "model[0].cameras: [] must be 1 entry or more"),
        (
            ('kind = "expected_label"', 'kind = "expected"'),
            (
                "rule[0].kind: there is no 'expected'. Did you mean `expected_label`? "
                "Choices: expected_label, unexpected_label, min_count, max_count, "
                "min_area, max_area, max_anomaly, image"
            ),
        ),
        (('camera = "top"\n', 'camera = "tip"\n'), "rule[0].camera: there is no camera 'tip'. Cameras here: top"),
        (_in_rule('labels = ["KO"]'), "rule[0]: give either `label` or `labels`"),
        (
            ('label = "OK"', 'label = "OKK"'),
            "rule[0].label: model 'duck-quality' never reports 'OKK'. Did you mean 'OK'? Its labels: OK, KO",
        ),
        (
            ('label = "OK"', 'labels = ["OK", "dent"]'),
            "rule[0].labels: model 'duck-quality' never reports 'dent'. Its labels: OK, KO",
        ),
        (_in_rule("min_score = 1.5"), "rule[0].min_score: 1.5 must be at most 1.0"),
        (_in_rule("min_score = nan"), "rule[0].min_score: NaN must be a finite number"),
        (
            _in_rule("min_score = 0.1"),
            (
                "rule[0].min_score: 0.1 is below what model 'duck-quality' reports at all (0.3). "
                "Lower min_score under [decoder] in its model.toml, or raise this one"
            ),
        ),
        (
            _in_rule('model = "other"'),
            "rule[0].model: 'other' does not see camera 'top'. Choices: duck-quality",
        ),
        (
            ('kind = "expected_label"', 'kind = "min_count"\ncount = 2'),
            "rule[0].count: 2 can never be reached: of a classifier each label counts as one. At most 1 here",
        ),
        (
            ('kind = "expected_label"', 'kind = "max_count"\ncount = 1'),
            (
                "rule[0].count: 1 can never be exceeded, so that no part would ever be KO: "
                "of a classifier each label counts as one. Below 1 here"
            ),
        ),
    ],
)
def test_one_thing_wrong(write: Write, change: tuple[str, str], problem: str) -> None:
    """Each mistake is one problem: the key's path, the value, and what may stand there."""
    assert _problems(write(change)) == [problem]


ODD = BUNDLE.replace(
    'kind = "classification"\nmin_score = 0.3', 'kind = "anomaly"\nmethod = "heatmap"\nthreshold = 0.5'
)
SEGMENTING = BUNDLE.replace('kind = "classification"\nmin_score = 0.3', 'kind = "segmentation"')


@pytest.mark.parametrize(
    ("rule", "bundle", "problem"),
    [
        ('kind = "max_area"\nlabel = "OK"\narea = 0.1', SEGMENTING, None),
        ('kind = "min_count"\nlabel = "OK"\ncount = 1', SEGMENTING, None),
        ('kind = "max_anomaly"', ODD, None),
        (
            'kind = "max_area"\nlabel = "OKK"\narea = 0.1',
            SEGMENTING,
            "rule[0].label: model 'duck-quality' never reports 'OKK'. Did you mean 'OK'? Its labels: OK, KO",
        ),
        (
            'kind = "min_count"\nlabel = "OK"\ncount = 2',
            SEGMENTING,
            "rule[0].count: 2 can never be reached: of a segmentation each label counts as one. At most 1 here",
        ),
        (
            'kind = "min_area"\nlabel = "OK"\narea = 0.1',
            BUNDLE,
            (
                "rule[0].kind: model 'duck-quality' reports no areas, so that min_area would make every part KO. "
                "Its decoder is 'classification'"
            ),
        ),
        (
            'kind = "max_anomaly"',
            SEGMENTING,
            (
                "rule[0].kind: model 'duck-quality' gives no anomaly score, "
                "so that max_anomaly would make every part KO. Its decoder is 'segmentation'"
            ),
        ),
    ],
)
def test_a_rule_that_asks_a_model_for_what_it_does_not_give(
    write: Write, rule: str, bundle: str, problem: str | None
) -> None:
    """A rule fits its model: else every part would be KO, and nobody would know why before the line runs."""
    folder = write(('kind = "expected_label"\ncamera = "top"\nlabel = "OK"', f'camera = "top"\n{rule}'), bundle=bundle)
    if problem is None:
        assert load(folder).rules
    else:
        assert _problems(folder) == [problem]


@pytest.mark.parametrize(
    ("add", "problem"),
    [
        ('[combine]\nkind = "min_ok"\ncount = 2', "combine.count: 2 of 1 cameras can never be OK"),
        ('[combine]\nkind = "most"', "combine.kind: there is no 'most'. Choices: all, min_ok, min_ratio"),
        (
            '[trigger]\nkind = "interval"\nperiod = 1.0',
            "trigger.period: unknown key. Did you mean `period_ms`? Known here: kind, period_ms",
        ),
        ('[trigger]\nkind = "gpio"\npin = [1]', "trigger.pin: [1] must be a whole number, or text, in quotes"),
        (
            '[recorder]\npth = "x"',
            "recorder.pth: unknown key. Did you mean `path`? Known here: group_ms, path, queue_max_bytes, retention",
        ),
        (
            '[broker]\nurl = "mqtt://u:hunter2@host"',
            "broker.url: no user or password in the address: set `username`, and the password in OKKO_BROKER_PASSWORD",
        ),
        ('[broker]\nurl = "http://host"', "broker.url: 'http://host' must begin with mqtt:// or mqtts://"),
        (
            '[broker]\nurl = "mqtt://host:0"',
            "broker.url: 'mqtt://host:0' must be mqtt://host:port, the port a number from 1 to 65535",
        ),
        (
            '[broker]\nurl = "mqtt://host:x"',
            "broker.url: 'mqtt://host:x' must be mqtt://host:port, the port a number from 1 to 65535",
        ),
        (
            '[broker]\nca = "nowhere.pem"',
            "broker.ca: there is no file 'FOLDER/nowhere.pem'. A relative path starts at the station's folder",
        ),
        (
            '[[camera]]\nname = "top"\nsource = { kind = "simulator" }',
            "camera[1].name: 'top' is the name of two cameras. Give each its own",
        ),
        (
            '[[model]]\nbundle = "bundle"\ncameras = ["top"]',
            (
                "model[1]: model 'duck-quality' is given camera 'top' already by model[0]. "
                "Give each bundle its own name in model.toml"
            ),
        ),
        (
            f'{SECOND}[[rule]]\nkind = "expected_label"\ncamera = "left"\nlabel = "OK"',
            "rule[1].camera: no model sees camera 'left'. Add a [[model]] with this camera, or take the rule away",
        ),
        (
            f'{SECOND}[combine]\nkind = "min_ok"\ncount = 1',
            (
                "camera[1]: no rule is about camera 'left', which would always count as OK. "
                'Add a [[rule]] for it: combine.kind = "min_ok" counts cameras'
            ),
        ),
        (
            f'{SECOND}[combine]\nkind = "min_ratio"\nratio = 0.5',
            (
                "camera[1]: no rule is about camera 'left', which would always count as OK. "
                'Add a [[rule]] for it: combine.kind = "min_ratio" counts cameras'
            ),
        ),
    ],
)
def test_one_table_wrong(write: Write, add: str, problem: str) -> None:
    """What only the whole station can show is found as well, and no password is printed."""
    problems = _problems(write(add=add))
    assert problems == [problem]
    assert "hunter2" not in problems[0]


def test_a_camera_without_a_rule_is_fine_where_all_must_be_ok(write: Write) -> None:
    """With `all` it only adds its pictures to the record."""
    assert len(load(write(add=SECOND)).cameras) == 2


def test_all_problems_come_at_once(write: Write) -> None:
    """One look mends the file: each problem on its line below the file's name."""
    folder = write(('site = "canario"', 'site = "a b"\nfoo = 1'), _in_camera("roi = 3"), _in_rule("min_score = 2"))
    with pytest.raises(ConfigError) as caught:
        load(folder)
    lines = str(caught.value).splitlines()
    assert lines[0] == f"{folder / 'station.toml'}: 4 problems"
    assert [line.split(": ")[0] for line in lines[1:]] == [
        "  - station.site",
        "  - station.foo",
        "  - camera[0].roi",
        "  - rule[0].min_score",
    ]


def test_a_wrong_bundle_is_told_with_its_own_file(write: Write) -> None:
    """The problem names the model of the station and the key in its model.toml."""
    folder = write(bundle=BUNDLE.replace("min_score", "min_scor"))
    assert _problems(folder) == [
        (
            "model[0].bundle: FOLDER/bundle/model.toml: decoder.min_scor: unknown key. Did you mean `min_score`? "
            "Known here: activation, head, kind, min_score"
        )
    ]


def test_models_without_rules_are_refused_and_no_models_are_a_station(write: Write) -> None:
    """With a model and no rule nothing could be OK; without a model images are recorded."""
    rule = STATION[STATION.index("[[rule]]") :]
    assert _problems(write((rule, ""))) == [
        "rule: there are models but no rule, so that nothing could ever be OK. Add a [[rule]]"
    ]
    assert load(write((STATION[STATION.index("[[model]]") :], ""))).models == ()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"[station", "is not valid TOML: Expected ']' at the end of a table declaration (at end of document)"),
        (b"\xff\xfe", "is not UTF-8 text: byte 0 is wrong"),
        (b"x = " + b"[" * 5000, "is not valid TOML: "),
        (b"", "2 problems\n  - station: is missing\n  - camera: is missing"),
        (
            b"station = 3\ncamera = 4\n",
            "2 problems\n  - station: 3 must be a table\n  - camera: 4 must be a list: [...]",
        ),
        (
            b"camera = [1]\nmodel = 1979-05-27\n",
            "3 problems\n  - station: is missing\n  - camera[0]: 1 must be a table",
        ),
    ],
)
def test_what_is_no_station_file_at_all(tmp_path: Path, content: bytes, what: str) -> None:
    """Whatever lies in the file, the answer is one message."""
    (tmp_path / "station.toml").write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / 'station.toml'}: {what}")


def test_the_environment_takes_the_place_of_the_url(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """OKKO_BROKER_URL puts the same station, of the same configuration hash, on another broker."""
    folder = write(add='[broker]\nurl = "mqtt://plant:1884"\nkeepalive_s = 7')
    before = load(folder)
    monkeypatch.setenv(URL_VARIABLE, "mqtt://127.0.0.1:2000")
    after = load(folder)
    assert (before.broker.port, after.broker.port, after.broker.keepalive_s) == (1884, 2000, 7)
    assert before.config_sha256 == after.config_sha256


def test_the_environment_takes_the_place_of_the_data_folder(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """OKKO_DATA moves record and journal of the same station, of the same configuration hash."""
    folder = write(add='[recorder]\npath = "record"')
    before = load(folder)
    assert before.data == before.folder / "record"
    monkeypatch.setenv(DATA_VARIABLE, "/volume")
    after = load(folder)
    assert (after.data, after.journal_folder) == (Path("/volume"), Path("/volume/journal"))
    assert (before.recorder, before.config_sha256) == (after.recorder, after.config_sha256)
    monkeypatch.setenv(DATA_VARIABLE, "elsewhere")
    assert load(folder).data == after.folder / "elsewhere"


def test_a_wrong_url_in_the_environment_is_not_blamed_on_the_file(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The problem names the variable; a [broker] that is no table is still told."""
    monkeypatch.setenv(URL_VARIABLE, "amqp://host")
    assert _problems(write()) == ["broker.url, from OKKO_BROKER_URL: 'amqp://host' must begin with mqtt:// or mqtts://"]
    monkeypatch.setenv(URL_VARIABLE, "mqtt://host")
    assert _problems(write(("[station]", "broker = 3\n[station]"))) == ["broker: 3 must be a table"]


def test_what_a_table_holds_is_not_printed(write: Write) -> None:
    """An address with a password stands nowhere in an error, even where its table is wrong."""
    for source in ('"rtsp://u:hunter2@cam/1"', '{ kind = "video", url = "rtsp://u:hunter2@cam/1", loop = true }'):
        assert "hunter2" not in " ".join(_problems(write((SOURCE, f"source = {source}"))))


UPLINK = """
[recorder]
[uplink]
url = "mqtts://hub.canario.example"
ca = "ca.pem"
"""


def test_a_broker_further_up(write: Write) -> None:
    """Its files are found from the station's folder, and its prefix is the station's own where none is given."""
    folder = write(add=UPLINK)
    (folder / "ca.pem").write_text("a certificate")
    found = load(folder)
    assert found.uplink is not None
    assert (found.uplink.port, found.uplink.ca) == (8883, folder / "ca.pem")
    assert found.central_base == found.base
    without = write()
    assert load(without).uplink is None
    assert load(without).config_sha256 != found.config_sha256  # [recorder] is new


def test_the_way_up_does_not_change_what_is_inspected(write: Write) -> None:
    """The hash of the configuration stays when the items go somewhere else."""
    one = load(write(add='[recorder]\n[uplink]\nurl = "mqtt://one"\n')).config_sha256
    assert load(write(add='[recorder]\n[uplink]\nurl = "mqtt://other"\n')).config_sha256 == one


@pytest.mark.parametrize(
    ("add", "problem"),
    [
        pytest.param('[uplink]\nurl = "mqtt://hub"\n', "uplink: only what is recorded can go up", id="no record"),
        pytest.param("[recorder]\n[uplink]\n", "uplink.url: is missing", id="no address"),
        pytest.param(UPLINK, "uplink.ca: there is no file", id="no certificate"),
        pytest.param(
            '[recorder]\n[uplink]\nurl = "mqtt://127.0.0.1:1883"\n', "uplink.url: is the station's own", id="itself"
        ),
        pytest.param(
            '[recorder]\n[uplink]\nurl = "mqtt://u:p@hub"\n', "the password in OKKO_UPLINK_PASSWORD", id="password"
        ),
        pytest.param(
            '[recorder]\n[uplink]\nurl = "mqtt://hub"\ncentral_base = "a/#"\n', "no topic prefix", id="prefix"
        ),
    ],
)
def test_a_way_up_that_leads_nowhere(write: Write, add: str, problem: str) -> None:
    """Each is refused in words that say what to mend."""
    with pytest.raises(ConfigError) as caught:
        load(write(add=add))
    assert problem in str(caught.value)


def test_two_models_may_share_a_name_where_they_look_at_different_cameras(write: Write) -> None:
    """The same bundle for one camera each, say: a rule about either camera finds its model."""
    station = load(write(add=TWO_MODELS.replace('"other"', '"bundle"')))
    assert (station.models_of("top"), station.models_of("left")) == (("duck-quality",), ("duck-quality",))


def test_without_inference_tables_one_agent_has_all_models(write: Write) -> None:
    """Named `inference`; with a table its name, and another hash of the configuration."""
    plain = load(write())
    assert plain.inference == {"inference": plain.models}
    assert "inference" not in plain.file.model_dump(exclude_defaults=True)
    named = load(write(add=A))
    assert named.inference == {"inference-a": named.models}
    assert named.config_sha256 != plain.config_sha256


def test_the_hash_of_a_station_without_a_newer_table_is_that_of_before_there_was_one(write: Write) -> None:
    """A new release of okko alone does not make a configuration another one."""
    station = load(write())
    tables = station.file.model_dump(mode="json", exclude={"broker", "uplink", "dashboard", "inference", "golden"})
    for table in tables["model"]:
        assert table.pop("shadow") is False
    text = json.dumps([tables, [model.bundle.model_dump(mode="json") for model in station.models]], sort_keys=True)
    assert station.config_sha256 == hashlib.sha256(text.encode()).hexdigest()


def test_each_inference_agent_has_the_models_of_its_cameras(write: Write) -> None:
    """A model that sees cameras of both is run by both, each time for some of its cameras only."""
    folder = _with_other_bundle(write(('cameras = ["top"]', 'cameras = ["top", "left"]'), add=A + B))
    text = (folder / "station.toml").read_text() + TWO_MODELS.replace("[[rule]]", '[[rule]]\nmodel = "other"')
    (folder / "station.toml").write_text(text)
    spread = {
        agent: [(model.bundle.name, model.cameras) for model in models]
        for agent, models in load(folder).inference.items()
    }
    assert spread == {
        "inference-a": [("duck-quality", ("top",))],
        "inference-b": [("duck-quality", ("left",)), ("other", ("left",))],
    }
    assert load(folder).inference_agent("b") == "inference-b"


@pytest.mark.parametrize(
    ("add", "problem"),
    [
        (
            A,
            (
                "inference: no inference agent serves camera 'left', which a model is to see. "
                "Name it under `cameras` of one of them"
            ),
        ),
        (
            A + B.replace('["left"]', '["left", "top"]'),
            "inference[1].cameras: camera 'top' is served by inference[0] already. Name each camera once",
        ),
        (
            A + B.replace('["left"]', '["left", "left"]'),
            "inference[1].cameras: camera 'left' is served by inference[1] already. Name each camera once",
        ),
        (
            A + B.replace('["left"]', '["left", "lid"]'),
            "inference[1].cameras: there is no camera 'lid'. Cameras here: top, left, spare",
        ),
        (
            A + B.replace('["left"]', '["left", "spare"]'),
            "inference[1].cameras: no model sees camera 'spare'. Add a [[model]] with this camera, or take it out here",
        ),
        (A + B.replace('"b"', '"a"'), "inference[1].name: 'a' is the name of two inference agents. Give each its own"),
        (A + B.replace('["left"]', "[]"), "inference[1].cameras: [] must be 1 entry or more"),
        (A + B.replace('"b"', '"b/#"'), f'inference[1].name: "b/#" {NAME_RULE}'),
        (A + B + 'model = "x"', "inference[1].model: unknown key. Known here: cameras, name"),
    ],
)
def test_each_camera_with_a_model_has_one_inference_agent(write: Write, add: str, problem: str) -> None:
    """Left out, served twice, unknown, without a model, or two agents of one name: each is said by its place."""
    spare = SECOND.replace('"left"', '"spare"')
    folder = _with_other_bundle(write(add=TWO_MODELS + spare + add))
    assert _problems(folder) == [problem]


def test_an_inference_agent_that_is_not_there_is_answered_with_those_that_are(write: Write) -> None:
    """Or with the advice to leave the name out."""
    with pytest.raises(ConfigError, match=r"there is no inference agent 'c'\. Inference agents here: a"):
        load(write(add=A)).inference_agent("c")
    with pytest.raises(ConfigError, match=r"no inference agent 'c'\. There is one for all cameras: leave the name out"):
        load(write()).inference_agent("c")
