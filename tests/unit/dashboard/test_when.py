from dashboard.shell.when import local_of, local_text


def test_an_instant_of_a_message_is_written_as_one_of_the_store() -> None:
    """In the box's own time, to the second."""
    assert local_of("2026-11-25T23:49:40.942Z") == local_text(1795650580942)
