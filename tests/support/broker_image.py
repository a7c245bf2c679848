"""The tests' broker out of an image: OKKO_TEST_BROKER_IMAGE=eclipse-mosquitto:2 takes the place of the installed one.

The plain `docker` command, not testcontainers: tests kill their broker, stop its process and start it again on the same
port, for which that library has no words; and what it does for us is these few lines.
"""

import os
import secrets
import subprocess
import time
from pathlib import Path

from okko import broker as okko_broker

IMAGE_VARIABLE = "OKKO_TEST_BROKER_IMAGE"


def wanted_image() -> str | None:
    """The image that the tests' broker is to come from, or None for the installed Mosquitto."""
    return os.environ.get(IMAGE_VARIABLE) or None


def start(image: str, folder: Path, port: int) -> "tuple[subprocess.Popen[bytes], int]":
    """A broker on 127.0.0.1 in a container; gives the command that is attached to it, and the broker's own process.

    On the machine's own network, since a published port answers before the broker does and goes on when it hangs; under
    our own user, so that its files, and its process, are ours as those of an installed one. So it wants Linux.
    """
    configured = okko_broker.write_configuration(folder, "127.0.0.1", port)
    name = f"okko-test-{secrets.token_hex(6)}"
    options = ["--rm", "--network", "host", "--user", f"{os.getuid()}:{os.getgid()}", "--volume", f"{folder}:{folder}"]
    attached = subprocess.Popen(
        ["docker", "run", "--name", name, *options, image, "mosquitto", "-c", configured],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    return attached, _pid_of(name, attached)


def _pid_of(name: str, attached: "subprocess.Popen[bytes]") -> int:
    for _ in range(600):  # the first one may have to be pulled
        command = ["docker", "inspect", "--format", "{{.State.Pid}}", name]
        told = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
        if told.isdecimal() and int(told):
            return int(told)
        if attached.poll() is not None:
            break
        time.sleep(0.1)
    message = f"no broker came of {IMAGE_VARIABLE}; does a Docker engine answer?"
    raise RuntimeError(message)
