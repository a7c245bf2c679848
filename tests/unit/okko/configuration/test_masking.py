"""What leaves of a station file: never a user, a password or a key that stands in a camera's address."""

import pytest

from okko.configuration.masking import UnknownSecret, masked, told_sha256, unmasked

TEXT = """
[broker]
url = "mqtt://127.0.0.1:1883"
[[camera]]
source = { kind = "video", url = "rtsp://root:pass#word@10.0.0.7/a?key=abc&x=1" } # rtsp://eve@10.0.0.8/b
"""
PLAIN = TEXT.replace("pass#word", "password")


def test_users_and_keys_are_hidden_and_nothing_else() -> None:
    """The address stays readable; one without a secret is as it was."""
    assert masked(PLAIN) == PLAIN.replace("root:password", "***").replace("key=abc&x=1", "***").replace("eve@", "***@")
    assert "password" not in masked(PLAIN)
    assert masked(masked(PLAIN)) == masked(PLAIN)


def test_what_was_hidden_comes_back() -> None:
    """Also where the text around it is another, and where the camera's path has changed."""
    assert unmasked(masked(PLAIN), PLAIN) == PLAIN
    edited = "# more\n" + masked(PLAIN).replace("10.0.0.7/a", "10.0.0.7/stream2")
    assert unmasked(edited, PLAIN) == "# more\n" + PLAIN.replace("10.0.0.7/a", "10.0.0.7/stream2")
    assert unmasked(PLAIN, "") == PLAIN


def test_another_camera_gets_no_secret_of_this_one() -> None:
    """It is refused, with the address: a password never goes to a host that it was not written for."""
    with pytest.raises(UnknownSecret) as caught:
        unmasked(masked(PLAIN).replace("10.0.0.7", "10.6.6.6"), PLAIN)
    assert caught.value.url == "rtsp://***@10.6.6.6/a?***"


def test_the_hash_says_nothing_of_what_is_hidden() -> None:
    """Two files that differ in a password alone are told by the same one."""
    assert told_sha256(PLAIN) == told_sha256(PLAIN.replace("password", "another"))
    assert told_sha256(PLAIN) != told_sha256(PLAIN.replace("10.0.0.8", "10.0.0.9"))
