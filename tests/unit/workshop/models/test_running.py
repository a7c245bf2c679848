from pathlib import Path

from workshop.models import running


def test_a_model_is_run_as_it_is(duck_bundle: Path) -> None:
    """What came out, and its shapes."""
    ran = running.run((duck_bundle / "model.tflite").read_bytes())
    assert ran.why is None
    assert ran.shapes == tuple(value.shape for value in ran.values)


def test_what_does_not_load_says_why() -> None:
    """In LiteRT's own words."""
    assert "schema version" in (running.run(b"\x1c\x00\x00\x00TFL3" + bytes(100)).why or "")


def test_sides_that_are_not_fixed_are_given_a_size(shared_data: Path) -> None:
    """Nothing can be run without one."""
    ran = running.run((shared_data / "models/thirdparty/dilated_conv.tflite").read_bytes())
    assert ran.shapes == ((1, running.FREE_SIDE_PX, running.FREE_SIDE_PX, 16),)
