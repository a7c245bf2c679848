import asyncio
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from a_session import EVENT, RunSession, options, settings
from agents import Agent, write_station
from okko.broker_settings import PASSWORD_VARIABLE, BrokerSettings
from okko.errors import BrokerRefused, ConfigError
from okko.session import Session, certificate_is_wrong
from scripted_broker import Peer, scripted_broker
from waiting import until

StartBroker = Callable[[str], int]


async def refusal(broker: BrokerSettings) -> BrokerRefused:
    """What the session is refused with."""
    with pytest.raises(BrokerRefused) as refused:
        await asyncio.wait_for(Session(broker, options()).run(), 20)
    return refused.value


@pytest.fixture
def password_broker(guarded_broker: StartBroker, tmp_path: Path) -> int:
    """The port of a broker that lets in `line` with `right`, and nobody else."""
    file = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", file, "line", "right"], check=True)
    return guarded_broker(f"password_file {file}")


async def test_the_password_may_come_from_the_environment(
    run_session: RunSession, password_broker: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """User name and OKKO_BROKER_PASSWORD open the door; the environment goes before the file."""
    monkeypatch.setenv(PASSWORD_VARIABLE, "right")
    async with run_session(settings(password_broker, username="line"), options()) as session:
        await until(lambda: session.connected)
        assert session.publish(EVENT, b"x")


async def test_the_password_may_come_from_a_file(run_session: RunSession, password_broker: int, tmp_path: Path) -> None:
    """`password_file` opens the door, with the line break that editors leave at its end."""
    file = tmp_path / "secret"
    file.write_text("right\n")
    async with run_session(settings(password_broker, username="line", password_file=file), options()) as session:
        await until(lambda: session.connected)


@pytest.mark.parametrize("who", [{}, {"username": "line"}, {"username": "other"}])
async def test_wrong_credentials_are_refused_with_what_to_do(
    password_broker: int, monkeypatch: pytest.MonkeyPatch, who: dict[str, str]
) -> None:
    """Nobody, a wrong password, an unknown user: no further attempt, and the text says where the credentials stand."""
    monkeypatch.setenv(PASSWORD_VARIABLE, "wrong")
    text = str(await refusal(settings(password_broker, **who)))
    assert f"mqtt://127.0.0.1:{password_broker}" in text
    assert "not authorized" in text or "bad user name or password" in text
    assert "OKKO_BROKER_PASSWORD" in text
    assert "wrong" not in text


def test_an_agent_that_is_refused_ends_with_exit_2(
    password_broker: int, start_agent: Callable[..., Agent], tmp_path: Path
) -> None:
    """So that it is not started again; its last line says why, without a traceback."""
    folder = write_station(tmp_path / "station", f"mqtt://127.0.0.1:{password_broker}")
    agent = start_agent("-m", "okko", "run", "recorder", str(folder))
    assert agent.process.wait(30) == 2
    assert "okko: no entry to the broker" in agent.log
    assert "Traceback" not in agent.log


async def test_a_topic_that_may_not_be_read_is_refused() -> None:
    """A broker that does not grant a subscription would leave an agent deaf: refused, with the topic.

    By a scripted broker: Mosquitto's access list grants every subscription, and then delivers nothing.
    """

    async def grants_nothing(peer: Peer) -> None:
        await peer.let_in(granted=0x87)
        await peer.read()

    async with scripted_broker(grants_nothing) as broker:
        with pytest.raises(BrokerRefused, match="secret/x"):
            await asyncio.wait_for(Session(broker, options("me", "secret/x")).run(), 20)


async def test_a_password_file_that_cannot_be_read_is_the_users_error(tmp_path: Path) -> None:
    """It is told as a configuration error, not as a traceback."""
    file = tmp_path / "secret"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="password_file"):
        await Session(settings(1, password_file=file), options()).run()


# -- TLS ---------------------------------------------------------------------------------------------------------------


def openssl(folder: Path, *arguments: str) -> None:
    """Run openssl in a folder."""
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """A folder with a certificate authority, a server certificate for 127.0.0.1 and a client's."""
    folder = tmp_path / "tls"
    folder.mkdir()
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    ca_is = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]
    openssl(folder, "req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=Canario CA", *ca_is)
    for name in ("server", "client"):
        openssl(folder, "req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        (folder / "ext").write_text("subjectAltName=IP:127.0.0.1\n")
        sign = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "ext"]
        openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-out", f"{name}.crt", "-days", "2", *sign)
    openssl(folder, "req", "-x509", *key, "-keyout", "other.key", "-out", "other.crt", "-subj", "/CN=Other CA", *ca_is)
    return folder


def tls_lines(authority: Path) -> str:
    """The lines of a listener with TLS."""
    return (
        f"allow_anonymous true\ncafile {authority}/ca.crt\n"
        f"certfile {authority}/server.crt\nkeyfile {authority}/server.key"
    )


def tls_settings(port: int, *, host: str = "127.0.0.1", **more: object) -> BrokerSettings:
    """A broker that speaks TLS."""
    return BrokerSettings.model_validate({"url": f"mqtts://{host}:{port}", **more})


async def test_tls_with_the_right_authority(
    run_session: RunSession, guarded_broker: StartBroker, authority: Path
) -> None:
    """`mqtts://` with the plant's own authority: connected, and messages of a megabyte pass."""
    port = guarded_broker(tls_lines(authority))
    came: list[bytes] = []
    wanted = options("me", EVENT.topic, on_message=lambda received: came.append(received.payload))
    async with run_session(tls_settings(port, ca=authority / "ca.crt"), wanted) as session:
        await until(lambda: session.connected)
        for number in range(3):
            assert session.publish(EVENT, bytes([number]) * 1_000_000)
        await until(lambda: len(came) == 3)
    assert [payload[:1] for payload in came] == [b"\0", b"\1", b"\2"]


async def test_tls_with_a_certificate_of_the_client(
    run_session: RunSession, guarded_broker: StartBroker, authority: Path
) -> None:
    """A broker that asks for a certificate lets in who has one."""
    port = guarded_broker(tls_lines(authority) + "\nrequire_certificate true")
    ca, cert, key = (authority / name for name in ("ca.crt", "client.crt", "client.key"))
    async with run_session(tls_settings(port, ca=ca, cert=cert, key=key), options()) as session:
        await until(lambda: session.connected)


@pytest.mark.parametrize("ca", ["other.crt", None])
async def test_tls_with_another_authority_is_refused(
    guarded_broker: StartBroker, authority: Path, ca: str | None
) -> None:
    """A broker whose certificate nobody known has signed is not talked to, and not tried again; `ca` is named."""
    port = guarded_broker(tls_lines(authority))
    text = str(await refusal(tls_settings(port, ca=authority / ca if ca else None)))
    assert "not to be trusted" in text
    assert "`ca`" in text
    assert "password" not in text


async def test_tls_under_another_name_is_refused(guarded_broker: StartBroker, authority: Path) -> None:
    """The certificate is for 127.0.0.1: the same broker by another name is not it."""
    port = guarded_broker(tls_lines(authority))
    text = str(await refusal(tls_settings(port, host="localhost", ca=authority / "ca.crt")))
    assert "localhost" in text


@pytest.mark.parametrize(("code", "wrong"), [(9, False), (10, False), (18, True), (19, True), (20, True), (62, True)])
def test_a_certificate_that_only_the_clock_speaks_against_is_tried_again(code: int, *, wrong: bool) -> None:
    """Not yet valid, or expired: a box that just woke up without a battery will know the time soon."""
    error = ssl.SSLCertVerificationError("certificate verify failed")
    error.verify_code = code
    assert certificate_is_wrong(error) is wrong


async def test_a_certificate_that_cannot_be_read_is_the_users_error(tmp_path: Path) -> None:
    """A `ca` that holds no certificate is a configuration error."""
    file = tmp_path / "ca.crt"
    file.write_text("no certificate")
    with pytest.raises(ConfigError, match="`ca`"):
        await Session(tls_settings(1, ca=file), options()).run()
