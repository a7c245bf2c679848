from dataclasses import replace

from an_account import account, scored
from workshop.teaching.card import card


def test_the_card_says_what_was_shown_and_what_it_means() -> None:
    """In words and numbers; every picture with its hash."""
    text = card(account())
    assert text.startswith("# top-taught 3\n")
    assert "taught from: 30 good parts, 1 more left out as suspicious, 5 KO parts, 640 x 480 pixels" in text
    assert "method: `padim`, on the features of backbone-lite0 1.0.0" in text
    assert "AUROC on the parts shown: 0.9" in text
    assert "**With 30 good parts all that can be said of false rejects, at 95 %: up to 9.5 %" in text
    assert "| 1 % (chosen) |" in text
    assert f"| 004.jpg | duck-4 | good | 5 | {4:064x} |" in text
    assert "## Suspicious" in text


def test_without_ko_and_suspects_nothing_is_said_of_them() -> None:
    """But that escapes are not known."""
    text = card(account(ko=0, suspects=0))
    assert "AUROC" not in text
    assert "Suspicious" not in text
    assert "not known" in text


def test_a_name_cannot_break_the_card() -> None:
    """It comes from a file, or from a PLC."""
    text = card(account(name="a|b\n<script>`x`"))
    assert "<script>" not in text
    assert "a\\|b\N{REPLACEMENT CHARACTER}\\<script\\>\\`x\\`" in text


def test_the_same_account_gives_the_same_card() -> None:
    """Byte for byte: no clock, no path."""
    assert card(account()) == card(account())


def test_of_a_network_the_figures_are_of_parts_held_out() -> None:
    """Those that taught it are listed and counted among the parts shown, and have no part in the figures."""
    told = account(suspects=0)
    taught = (scored(300, 0.5, "taught good"), scored(301, 99.0, "taught KO"))
    text = card(replace(told, method="cnn", backbone="", backbone_sha256="", scored=(*told.scored, *taught)))
    assert "taught from: 31 good parts, 6 KO parts" in text
    assert "method: `cnn`, a network of its own\n" in text
    assert "the 30 good and 5 KO parts that were held out" in text
    assert "AUROC on the parts held out: 0.9" in text
    assert f"| 300.jpg | duck-300 | taught good | 0.5 | {300:064x} |" in text
    assert "301.jpg (99)" not in text
