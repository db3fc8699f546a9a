"""The REST methods of the sandbox.

Source: https://www.flickr.com/services/api/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ..account import PERMS
from .people import SHOWN, User
from .photos import PHOTO_ID, Photos, Response

_PERSONS_PAGES = {"photos": "photos", "profile": "people"}
_NUMBER = re.compile(r"[0-9]{1,9}")
_MOST_FOUND = 4000  # that a search gives, while it counts them all


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
Item = TypeVar("Item")


class Methods:
    """The methods, by name, and the changes that were made to photos. Safe for many threads."""

    def __init__(self, people: Sequence[User]) -> None:
        self._people = people
        self._numbers = {person.nsid: number for number, person in enumerate(people)}
        self._photos = Photos(people)
        self._methods: dict[str, Callable[[Arguments, Caller | None], Response]] = {
            "flickr.auth.oauth.checkToken": self._check_token,
            "flickr.people.getInfo": self._get_person,
            "flickr.people.getPhotos": self._get_photos,
            "flickr.photos.getInfo": self._get_photo,
            "flickr.photos.getRecent": self._get_recent,
            "flickr.photos.search": self._search,
            "flickr.photos.setMeta": self._set_meta,
            "flickr.photosets.getList": self._get_albums,
            "flickr.photosets.getPhotos": self._get_album,
            "flickr.test.echo": self._echo,
            "flickr.test.login": self._login,
        }

    def call(self, arguments: Arguments, caller: Caller | None) -> Response:
        """Answer a call, without its `stat`; `caller` is None for one without a token. Raises `Failed`."""
        name = arguments.get("method", "")
        method = self._methods.get(name)
        if method is None:
            raise Failed(112, f'Method "{name}" not found')
        return method(arguments, caller)

    def upload(self, fields: Arguments, photo: tuple[str, int] | None, caller: Caller | None) -> Response:
        """Take a photo, of which the file name and the size are known, or none. Raises `Failed`.

        Source: https://www.flickr.com/services/api/upload.api.html
        """
        user = _permitted(caller, "write").user
        filename, _size = _checked(photo)
        title = fields.get("title") or filename.rpartition(".")[0] or filename
        added = self._photos.add(user, title, fields.get("description", ""), fields.get("tags", ""))
        if added is None:
            raise Failed(6, "User exceeded upload limit")
        return _uploaded(added, fields)

    def replace(self, fields: Arguments, photo: tuple[str, int] | None, caller: Caller | None) -> Response:
        """Take a photo in place of another one of the same person. Raises `Failed`.

        Source: https://www.flickr.com/services/api/replace.api.html
        """
        replaced = self._own_photo(fields, caller)
        _checked(photo)
        return _uploaded(replaced, fields)

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

    def _get_person(self, arguments: Arguments, caller: Caller | None) -> Response:
        user = self._user(arguments.get("user_id", ""), caller, Failed(1, "User not found"))
        person = self._people[user]
        texts = {"username": person.username, "realname": person.fullname, "description": ""}
        urls = {f"{name}url": f"https://www.flickr.com/{path}/{person.nsid}/" for name, path in _PERSONS_PAGES.items()}
        contents = {name: {"_content": value} for name, value in (texts | urls).items()}
        photos = {"count": {"_content": len(self._photos.of(user))}}
        return {"person": {"id": person.nsid, "nsid": person.nsid, "ispro": 0, **contents, "photos": photos}}

    def _get_photos(self, arguments: Arguments, caller: Caller | None) -> Response:
        if not arguments.get("user_id"):
            raise Failed(1, "Required arguments missing")
        return self._listed(self._photos.of(self._user(arguments["user_id"], caller)), arguments)

    def _get_recent(self, arguments: Arguments, _: Caller | None) -> Response:
        return self._listed(self._photos.recent(), arguments)

    def _search(self, arguments: Arguments, caller: Caller | None) -> Response:
        """Search by what people try first; the photos of the first few people, if none is named."""
        text, user_id = arguments.get("text", "").strip(), arguments.get("user_id", "")
        tags = {"".join(each.casefold().split()) for each in arguments.get("tags", "").split(",")} - {""}
        if not (text or tags or user_id):
            raise Failed(3, "Parameterless searches have been disabled. Please use flickr.photos.getRecent instead.")
        users = [self._user(user_id, caller)] if user_id else SHOWN
        found = self._photos.search(users, text, tags, all_tags=arguments.get("tag_mode") == "all")
        return self._listed(found, arguments, _MOST_FOUND)

    def _get_photo(self, arguments: Arguments, _: Caller | None) -> Response:
        return {"photo": self._photos.info(self._photo(arguments))}

    def _set_meta(self, arguments: Arguments, caller: Caller | None) -> Response:
        photo = self._own_photo(arguments, caller)
        self._photos.set_meta(photo, arguments.get("title", ""), arguments.get("description", ""))
        return {}

    def _get_albums(self, arguments: Arguments, caller: Caller | None) -> Response:
        user_id = arguments.get("user_id") or ("me" if caller else "")
        albums = self._photos.albums(self._user(user_id, caller, Failed(1, "User not found")))
        counts, on_page = _paged(albums, arguments, 500)
        return {"photosets": {"cancreate": 1, **counts, "photoset": on_page}}

    def _get_album(self, arguments: Arguments, caller: Caller | None) -> Response:
        found = self._photos.album(arguments.get("photoset_id", ""))
        if found is None:
            raise Failed(1, "Photoset not found")
        owner, album, photos = found
        missing = Failed(2, "User not found")
        if (user_id := arguments.get("user_id")) and self._user(user_id, caller, missing) != owner:
            raise missing
        counts, on_page = _paged(photos, arguments, 500)
        rows = [self._photos.row(each, arguments.get("extras", "")) for each in on_page]
        for row in rows:
            row["isprimary"] = str(int(row["id"] == album["primary"]))
            del row["owner"]  # which the album tells
        about = {"id": album["id"], "primary": album["primary"], "owner": album["owner"]}
        title = album["title"]["_content"]
        return {"photoset": {**about, "ownername": album["username"], "title": title, **counts, "photo": rows}}

    def _listed(self, photos: Sequence[int], arguments: Arguments, most: int | None = None) -> Response:
        counts, on_page = _paged(photos, arguments, 100, most)
        extras = arguments.get("extras", "")
        return {"photos": {**counts, "photo": [self._photos.row(each, extras) for each in on_page]}}

    def _user(self, user_id: str, caller: Caller | None, missing: Failed | None = None) -> int:
        """Find a person by NSID, or whoever calls. Raises `Failed`: `missing` if there is no such person."""
        if user_id == "me":
            return _permitted(caller, "read").user
        number = self._numbers.get(user_id)
        if number is None:
            raise missing or Failed(2, "Unknown user")
        return number

    def _own_photo(self, arguments: Arguments, caller: Caller | None) -> int:
        user = _permitted(caller, "write").user
        photo = self._photo(arguments)
        if self._photos.owner(photo) != user:
            raise Failed(1, "Photo not found")
        return photo

    def _photo(self, arguments: Arguments) -> int:
        photo_id = arguments.get("photo_id", "")
        photo = self._photos.find(photo_id)
        if photo is None:
            is_none = photo_id and not PHOTO_ID.fullmatch(photo_id)
            raise Failed(1, f'Photo "{photo_id}" not found (invalid ID)' if is_none else "Photo not found")
        return photo


def _paged(
    items: Sequence[Item], arguments: Arguments, usual: int, most: int | None = None
) -> tuple[Response, Sequence[Item]]:
    """Return the counts of the pages, and what is on the one that is asked for.

    Flickr answers a page beyond the last with the last one again, which a client must not take for more; and where it
    gives no more than `most` items, each page beyond them has what is on the last of theirs.
    """
    per_page = min(_number(arguments, "per_page", usual), 500)
    pages = -(-len(items) // per_page)
    page = max(min(_number(arguments, "page", 1), pages), 1)
    counts = {"page": page, "pages": pages, "perpage": per_page, "total": len(items)}
    given = items[:most]
    page = min(page, -(-len(given) // per_page))
    return counts, given[max(page - 1, 0) * per_page : page * per_page]


def _checked(photo: tuple[str, int] | None) -> tuple[str, int]:
    if photo is None:
        raise Failed(2, "No photo specified")
    if photo[1] == 0:
        raise Failed(4, "Filesize was zero")
    return photo


def _uploaded(photo: int, fields: Arguments) -> Response:
    """Answer with the photo's ID or, if it was not to be waited for, with a ticket."""
    return {"ticketid": f"{photo}-{photo}"} if fields.get("async") == "1" else {"photoid": photo}


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
