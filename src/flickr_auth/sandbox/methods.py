"""The REST methods of the sandbox, and its made-up photos.

Source: https://www.flickr.com/services/api/
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..account import PERMS
from .people import User

PHOTOS = 2345  # that each person has
_FIRST_ID = 50_000_000_000
_TITLES = (
    "Harbour at dawn",
    "Überraschung im Schnee",
    "桜 in bloom",
    "Nº 5 & <friends>",
    "Sunset 🌅",
    "",
    "Straße, naß",
)
_NUMBER = re.compile(r"[0-9]{1,9}")
_PHOTO_ID = re.compile(r"[1-9][0-9]{10}")


@dataclass(frozen=True)
class Caller:
    """Whose access token signed the call."""

    oauth_token: str
    user: int
    perms: str


class Failed(Exception):
    """The answer to a call is `stat: fail`, with this code and message."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


Arguments = Mapping[str, str]
Response = dict[str, Any]


class Methods:
    """The methods, by name, and the changes that were made to photos. Safe for many threads."""

    def __init__(self, people: Sequence[User]) -> None:
        self._people = people
        self._numbers = {person.nsid: number for number, person in enumerate(people)}
        self._lock = threading.Lock()
        self._meta: dict[int, tuple[str, str]] = {}
        self._methods: dict[str, Callable[[Arguments, Caller | None], Response]] = {
            "flickr.test.echo": self._echo,
            "flickr.test.login": self._login,
            "flickr.auth.oauth.checkToken": self._check_token,
            "flickr.people.getPhotos": self._get_photos,
            "flickr.photos.setMeta": self._set_meta,
        }

    @property
    def names(self) -> list[str]:
        """The names of the methods."""
        return sorted(self._methods)

    def call(self, arguments: Arguments, caller: Caller | None) -> Response:
        """Answer a call, without its `stat`; `caller` is None for one without a token. Raises `Failed`."""
        name = arguments.get("method", "")
        method = self._methods.get(name)
        if method is None:
            raise Failed(112, f'Method "{name}" not found')
        return method(arguments, caller)

    def _echo(self, arguments: Arguments, _: Caller | None) -> Response:
        return {name: {"_content": value} for name, value in arguments.items()}

    def _login(self, _: Arguments, caller: Caller | None) -> Response:
        person = self._people[_permitted(caller, "read").user]
        return {"user": {"id": person.nsid, "username": {"_content": person.username}}}

    def _check_token(self, _: Arguments, caller: Caller | None) -> Response:
        if caller is None:
            raise Failed(98, "Invalid auth token")
        person = self._people[caller.user]
        return {
            "oauth": {
                "token": {"_content": caller.oauth_token},
                "perms": {"_content": caller.perms},
                "user": {"nsid": person.nsid, "username": person.username, "fullname": person.fullname},
            }
        }

    def _get_photos(self, arguments: Arguments, caller: Caller | None) -> Response:
        user = self._owner(arguments.get("user_id", ""), caller)
        per_page = min(_number(arguments, "per_page", 100), 500)
        pages = -(-PHOTOS // per_page)
        # Flickr answers a page beyond the last with the last one again, which a client must not take for more.
        page = min(_number(arguments, "page", 1), pages)
        described = "description" in arguments.get("extras", "").split(",")
        numbers = range((page - 1) * per_page, min(page * per_page, PHOTOS))
        return {
            "photos": {
                "page": page,
                "pages": pages,
                "perpage": per_page,
                "total": PHOTOS,
                "photo": [self._photo(user, number, described=described) for number in numbers],
            }
        }

    def _owner(self, user_id: str, caller: Caller | None) -> int:
        if not user_id:
            raise Failed(1, "Required arguments missing")
        if user_id == "me":
            return _permitted(caller, "read").user
        number = self._numbers.get(user_id)
        if number is None:
            raise Failed(2, "Unknown user")
        return number

    def _photo(self, user: int, number: int, *, described: bool) -> Response:
        photo_id = _FIRST_ID + user * 10_000 + number
        with self._lock:
            title, description = self._meta.get(
                photo_id, (f"{_TITLES[number % len(_TITLES)]} {number + 1}".strip(), "")
            )
        photo = {
            "id": str(photo_id),
            "owner": self._people[user].nsid,
            "secret": hashlib.sha256(str(photo_id).encode()).hexdigest()[:10],
            "server": "65535",
            "farm": 66,
            "title": title,
            "ispublic": 1,
            "isfriend": 0,
            "isfamily": 0,
        }
        return photo | ({"description": {"_content": description}} if described else {})

    def _set_meta(self, arguments: Arguments, caller: Caller | None) -> Response:
        user = _permitted(caller, "write").user
        photo_id = arguments.get("photo_id", "")
        owner, number = divmod(int(photo_id) - _FIRST_ID, 10_000) if _PHOTO_ID.fullmatch(photo_id) else (-1, 0)
        if owner != user or number >= PHOTOS:
            raise Failed(1, "Photo not found")
        with self._lock:
            self._meta[int(photo_id)] = (arguments.get("title", ""), arguments.get("description", ""))
        return {}


def _permitted(caller: Caller | None, perms: str) -> Caller:
    """Return the caller, who must have at least this permission. Raises `Failed`."""
    granted = caller.perms if caller else "none"
    if caller is None or PERMS.index(granted) < PERMS.index(perms):
        raise Failed(99, f"Insufficient permissions. Method requires {perms} privileges; {granted} granted.")
    return caller


def _number(arguments: Arguments, name: str, otherwise: int) -> int:
    """Read a positive number among the arguments; anything else counts as not given, as at Flickr."""
    text = arguments.get(name, "")
    return (int(text) if _NUMBER.fullmatch(text) else 0) or otherwise
