"""A broker of one's own: Mosquitto with the project's configuration, for `okko up`, the demo and the tests."""

import ctypes
import ipaddress
import os
import re
import shutil
import signal
import socket
import subprocess
from importlib import resources
from pathlib import Path

from okko.errors import ConfigError

_PR_SET_PDEATHSIG = 1
_ELSEWHERE = ("/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/opt/homebrew/sbin/mosquitto")
INSTALL_HINT = "Install it: `apt-get install mosquitto` on Debian, Ubuntu and Raspberry Pi OS"


def find_mosquitto() -> Path:
    """The broker's program. Debian puts it where only root's PATH looks.

    Raises:
        ConfigError: if it is not installed.
    """
    for candidate in (shutil.which("mosquitto"), *_ELSEWHERE):
        if candidate is not None and os.access(candidate, os.X_OK):
            return Path(candidate)
    raise ConfigError.one("mosquitto", "", "the broker is not installed", INSTALL_HINT)


def configuration() -> str:
    """The text of the project's mosquitto.conf, from the installed package or from the source tree."""
    packaged = resources.files("okko") / "mosquitto.conf"
    if packaged.is_file():
        return packaged.read_text(encoding="utf-8")
    return (Path(__file__).parents[2] / "mosquitto" / "mosquitto.conf").read_text(encoding="utf-8")


def write_configuration(folder: Path, host: str, port: int) -> Path:
    """The configuration with its address and data folder set, written below `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    text = re.sub(r"^listener .*$", f"listener {port} {host}", configuration(), flags=re.MULTILINE)
    text = re.sub(r"^persistence_location .*$", f"persistence_location {folder}/", text, flags=re.MULTILINE)
    if os.geteuid() == 0:
        # As root Mosquitto would become the user `mosquitto`, who may not write here.
        text += "\nuser root\n"
    path = folder / "mosquitto.conf"
    path.write_text(text, encoding="utf-8")
    return path


def start(folder: Path, host: str, port: int) -> "subprocess.Popen[bytes]":
    """A broker on `host:port` that keeps its data below `folder`; the caller ends it.

    Raises:
        ConfigError: if Mosquitto is not installed.
    """
    configured = write_configuration(folder, host, port)
    # A session of its own: Ctrl-C in the terminal must not take the broker away from agents that still say goodbye.
    return subprocess.Popen(  # noqa: S603 - our own file
        [find_mosquitto(), "-c", configured],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=_end_with_parent,  # noqa: PLW1509 - no thread of ours holds a lock that libc's prctl would need
    )


def _end_with_parent() -> None:
    """Have the kernel end this process when its parent is gone, however it went (Linux; see prctl(2))."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def answers(host: str, port: int, timeout_s: float = 1.0) -> bool:
    """Whether anything listens at an address."""
    try:
        with socket.create_connection((host, port), timeout=timeout_s):
            return True
    except OSError:
        return False


def is_this_machine(host: str) -> bool:
    """Whether an address is one of this machine's own."""
    if host == "localhost":
        return True
    try:
        addresses = {info[4][0] for info in socket.getaddrinfo(host, None)}
    except OSError:
        return False
    return all(_is_own(str(address)) for address in addresses)


def _is_own(address: str) -> bool:
    if ipaddress.ip_address(address).is_loopback:
        return True
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((address, 0))  # only an address of this machine can be bound
        except OSError:
            return False
    return True


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether nothing listens on a port just now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nothing listens on just now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
