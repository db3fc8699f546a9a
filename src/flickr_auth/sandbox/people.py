"""The thousand made-up people of the sandbox."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class User:
    """A made-up person, with the three names that Flickr has for each."""

    nsid: str
    username: str
    fullname: str


# Names that break clients which forget to encode, decode or escape; a full name may be empty, as at Flickr.
_NAMED = (
    ("sandbox-sam", "Sam Sandbox"),
    ("sandbox-zoë", "Zoë Ångström"),
    ("sandbox-さくら", "砂場 さくら"),
    ("sandbox-a&b=c+d%20e", 'Ann "<b>" O\'Sand & Daughters'),
    ("sandbox-📷", "Cam 📷 Sandbox"),
    ("sandbox-nameless", ""),
)


def _user(number: int) -> User:
    named = _NAMED[number] if number < len(_NAMED) else (f"sandbox-user-{number}", f"Sandbox User {number}")
    return User(f"{12345678 + number}@N00", *named)


def number_of(nsid: str | None) -> int:
    """Return the number of the person with that NSID; 0, the first one, if there is none."""
    return next((number for number, person in enumerate(USERS) if person.nsid == nsid), 0)


USERS = tuple(_user(number) for number in range(1000))
SHOWN = range(len(_NAMED))  # those that the authorize page offers
