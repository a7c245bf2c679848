"""What is refused about accounts and passwords: a key, for the pages' own words, and the same in English."""

from dataclasses import dataclass, field

from okko.errors import OkkoError

TEXTS = {
    "name_empty": "a name has at least one character",
    "name_long": "a name has at most {most} characters",
    "name_character": "a name can't have {character} in it: letters, digits, inner spaces and . _ - @ can be",
    "name_start": "a name begins with a letter or digit",
    "name_taken": "there is an account {name!r} already (upper and lower case are the same)",
    "name_unknown": "there is no account {name!r}",
    "password_short": "a password has at least {least} characters, this one has {count}",
    "password_long": "a password has at most {most} characters",
    "password_name": "the password is the name, or nearly: choose another",
    "password_common": "this password is one of the first that anybody tries: choose another",
    "password_simple": "the password is a row or a repetition of few characters: choose another",
    "password_wrong": "that is not the present password",
    "password_wait": "too many wrong guesses: try again in {seconds} s",
    "last_technician": "{name!r} is the last technician who can log in: without one nobody can manage the dashboard",
}
"""By key, in English, with the fields in braces. texts/access.toml has each as `refused_{key}`."""


@dataclass
class AccessRefused(OkkoError):
    """A name, a password or a change of accounts that is refused; the text is made of `key` and `fields`."""

    key: str
    fields: dict[str, object] = field(default_factory=dict)

    exit_code = 2

    def __str__(self) -> str:
        return TEXTS[self.key].format(**self.fields)
