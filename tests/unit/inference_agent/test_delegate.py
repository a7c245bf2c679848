"""Delegates: what is taken, what is refused and why. A small one is compiled where there is a compiler."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from inference_agent.bundle import Bundle, Input
from inference_agent.delegate import Delegate
from inference_agent.runtime import Network
from okko.errors import ModelError

SOURCE = r"""
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* TensorFlow Lite's TfLiteDelegate, as tensorflow/lite/core/c/common.h has it. */
typedef struct Delegate {
  void *data;
  int (*prepare)(void *context, struct Delegate *delegate);
  void *copy_from, *copy_to, *free_buffer;
  int64_t flags;
  void *builder;
} Delegate;
static int takes_nothing(void *context, Delegate *delegate) { (void)context; (void)delegate; return 0; }
static int fails(void *context, Delegate *delegate) { (void)context; (void)delegate; return 1; }
Delegate *tflite_plugin_create_delegate(char **keys, char **values, size_t count, void (*report)(const char *)) {
  Delegate *made = calloc(1, sizeof(Delegate));
  made->prepare = takes_nothing;
  for (size_t i = 0; i < count; i++) {
    char text[200];
    snprintf(text, sizeof text, "I do not take %s = %s", keys[i], values[i]);
    if (!strcmp(keys[i], "mark")) { FILE *file = fopen(values[i], "a"); fputs("created ", file); fclose(file); }
    else if (!strcmp(keys[i], "fails")) made->prepare = fails;
    else { if (strcmp(keys[i], "silent")) report(text); free(made); return NULL; }
  }
  return made;
}
void tflite_plugin_destroy_delegate(Delegate *delegate) { free(delegate); }
"""
COMPILER = shutil.which("cc") or shutil.which("gcc")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A delegate that takes no op of a model, refuses options that it does not know, and fails when told to."""
    if COMPILER is None:
        pytest.skip("no C compiler to make a delegate with")
    folder = tmp_path_factory.mktemp("delegate")
    (folder / "delegate.c").write_text(SOURCE)
    path = folder / "libdummy_delegate.so"
    subprocess.run([COMPILER, "-shared", "-fPIC", "-o", path, folder / "delegate.c"], check=True)
    return str(path)


@pytest.fixture
def model_file(shared_data: Path) -> Path:
    """A model of a few kilobytes."""
    return shared_data / "models" / "thirdparty" / "untrained_float16_weights.tflite"


def outputs_of(network: Network) -> list[np.ndarray[Any, Any]]:
    """What it makes of a grey picture."""
    network.input_view()[...] = 100
    return [output.values for output in network.invoke()]


def test_a_model_runs_with_a_delegate_as_without(library: str, model_file: Path, tmp_path: Path) -> None:
    """The library is loaded and asked, gets its options, and the model gives what it gave before."""
    mark = tmp_path / "mark"
    delegate = Delegate(library=library, options={"mark": str(mark)})
    found = outputs_of(Network(model_file, Input(), delegate=delegate))
    assert mark.read_text() == "created "
    assert all(np.array_equal(a, b) for a, b in zip(found, outputs_of(Network(model_file, Input())), strict=True))


@pytest.mark.parametrize("threads", [1, 2])
def test_xnnpack_can_be_left_out(model_file: Path, threads: int) -> None:
    """LiteRT's plain kernels give the same but for rounding, with one thread or two."""
    plain = outputs_of(Network(model_file, Input(), threads=threads, delegate=Delegate(xnnpack=False)))
    for found, expected in zip(plain, outputs_of(Network(model_file, Input())), strict=True):
        assert found == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"usb": 3}, "refuses: I do not take usb = 3"),
        ({"fast": True}, "refuses: I do not take fast = true"),
        ({"silent": ""}, "refuses: it gives no reason; is its hardware there"),
        ({"fails": 1}, "LiteRT cannot prepare it for the delegate"),
    ],
)
def test_a_delegate_that_refuses_says_why(library: str, model_file: Path, options: dict[str, Any], why: str) -> None:
    """Its own words come through; without any, what usually is the matter."""
    with pytest.raises(ModelError) as caught:
        Network(model_file, Input(), delegate=Delegate(library=library, options=options))
    assert why in str(caught.value)
    assert "libdummy_delegate.so" in str(caught.value)


def test_a_library_that_is_absent_is_said(shared_data: Path) -> None:
    """Of a model that is compiled for it too: the library is what is missing, not another model."""
    compiled = shared_data / "models" / "negative" / "mobilenet_v1_0.25_128_quant_edgetpu.tflite"
    with pytest.raises(ModelError) as caught:
        Network(compiled, Input(), delegate=Delegate(library="libnot_here.so.1"))
    assert "'libnot_here.so.1' cannot be loaded" in str(caught.value)
    assert "Install it on this machine" in str(caught.value)


def test_a_library_of_something_else_is_no_delegate(model_file: Path) -> None:
    """The C library is there, and is no delegate."""
    with pytest.raises(ModelError, match="no LiteRT delegate: it has no tflite_plugin_create_delegate"):
        Network(model_file, Input(), delegate=Delegate(library="libc.so.6"))


def test_a_file_that_is_no_library_is_said(model_file: Path, tmp_path: Path) -> None:
    """What the system says of it comes through."""
    path = tmp_path / "libtext.so"
    path.write_text("no library")
    with pytest.raises(ModelError, match="cannot be loaded"):
        Network(model_file, Input(), delegate=Delegate(library=str(path)))


def test_a_compiled_model_wants_its_own_delegate(shared_data: Path, library: str) -> None:
    """Without it the key to give is named; with another, that this one does not run it."""
    compiled = shared_data / "models" / "negative" / "mobilenet_v1_0.25_128_quant_edgetpu.tflite"
    with pytest.raises(ModelError) as caught:
        Network(compiled, Input())
    assert "compiled for an Edge TPU, this agent runs on the CPU" in str(caught.value)
    assert 'library = "libedgetpu.so.1" under [delegate]' in str(caught.value)
    with pytest.raises(ModelError, match=r"libdummy_delegate\.so does not run it"):
        Network(compiled, Input(), delegate=Delegate(library=library))


@pytest.mark.parametrize(
    ("op", "words"),
    [("ethos-u", "an Arm Ethos-U"), ("NeutronGraph", "an NXP Neutron NPU"), ("mine", "needs the custom op 'mine'")],
)
def test_other_compiled_models_are_known(shared_data: Path, tmp_path: Path, op: str, words: str) -> None:
    """The op that a compiler leaves tells for what the model is compiled."""
    compiled = (shared_data / "models" / "negative" / "mobilenet_v1_0.25_128_quant_edgetpu.tflite").read_bytes()
    path = tmp_path / "model.tflite"
    # A FlatBuffer's text is ended by a zero byte: a shorter name needs its length corrected too.
    old = b"edgetpu-custom-op"
    at = compiled.index(old)
    renamed = bytearray(compiled)
    renamed[at - 4 : at] = len(op).to_bytes(4, "little")
    renamed[at : at + len(old)] = op.encode().ljust(len(old), b"\0")
    path.write_bytes(renamed)
    with pytest.raises(ModelError) as caught:
        Network(path, Input())
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"library": "drivers/libx.so"}, "absolute path"),
        ({"library": "../libx.so"}, "absolute path"),
        ({"library": ""}, "at least 1 character"),
        ({"options": {"device": "usb"}}, "give `library` too"),
        ({"options": {"device": [1]}, "library": "libx.so"}, "options"),
        ({"lib": "libx.so"}, "Extra inputs"),
    ],
)
def test_a_table_that_is_wrong_is_refused(table: dict[str, Any], message: str) -> None:
    """Before anything is loaded."""
    bundle = {"name": "m", "version": "1", "file": "m.tflite", "decoder": {"kind": "classification"}}
    with pytest.raises(ValidationError, match=message):
        Bundle.model_validate({**bundle, "delegate": table})
