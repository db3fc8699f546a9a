"""The made-up photos and albums of the sandbox.

A photo is known by its id, a number that tells whose it is and which; the photos of a person are a range of them. What
was changed of a photo is kept, until the sandbox ends.

Source: https://www.flickr.com/services/api/
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .people import SHOWN, User

PHOTOS = 2345  # that each person has
_FIRST_ID, _EACH = 50_000_000_000, 10_000  # of the photos, and of the ids that each person has for them
_MOTIFS = (
    ("Harbour at dawn", "harbour dawn"),
    ("Überraschung im Schnee", "schnee winter"),
    ("桜 in bloom", "桜 spring"),
    ("Nº 5 & <friends>", "friends"),
    ("Sunset 🌅", "sunset harbour"),
    ("", ""),
    ("Straße, naß", "straße rain"),
)
_ALBUMS = (
    ("Harbour at dawn", range(0, PHOTOS, len(_MOTIFS))),
    ("Schnee & <桜>", range(1, 1200)),
    ("A dozen", range(12)),
)
_TAG = re.compile(r'"([^"]+)"|([^\s"]+)')  # of those that are uploaded with a photo
PHOTO_ID = re.compile(r"[1-9][0-9]{10}")
_ALBUM_ID = re.compile(r"72157([0-9]{3})([0-9]{9})")
_NEWEST = 1_760_000_000  # when the first photo of each person was posted; each other one an hour before

Response = dict[str, Any]


class Photos:
    """Everybody's photos and albums. Safe for many threads."""

    def __init__(self, people: Sequence[User]) -> None:
        self._people = people
        self._lock = threading.Lock()
        self._meta: dict[int, tuple[str, str]] = {}
        self._uploaded: dict[int, list[int]] = {}  # by person, the newest first
        self._posted: dict[int, tuple[int, Mapping[str, str]]] = {}  # when, and the tags

    def find(self, photo_id: str) -> int | None:
        """Return the photo of that id; None if there is none."""
        photo = int(photo_id) if PHOTO_ID.fullmatch(photo_id) else 0
        user = self.owner(photo)
        is_made_up = 0 <= user < len(self._people) and photo in _made_up(user)
        with self._lock:
            return photo if is_made_up or photo in self._posted else None

    def owner(self, photo: int) -> int:
        """Return the number of the person whose photo it is."""
        return (photo - _FIRST_ID) // _EACH

    def of(self, user: int) -> Sequence[int]:
        """Return the photos of that person, the newest first."""
        with self._lock:
            uploaded = self._uploaded.get(user)
            return [*uploaded, *_made_up(user)] if uploaded else _made_up(user)

    def add(self, user: int, title: str, description: str, tags: str) -> int | None:
        """Keep what is known of an uploaded photo, and return its number; None if the person has too many."""
        with self._lock:
            uploaded = self._uploaded.setdefault(user, [])
            photo = _made_up(user).stop + len(uploaded)
            if self.owner(photo) != user:
                return None
            uploaded.insert(0, photo)
            words = [quoted or bare for quoted, bare in _TAG.findall(tags)]
            self._posted[photo] = int(time.time()), {"".join(word.casefold().split()): word for word in words}
            self._meta[photo] = title, description
        return photo

    def recent(self) -> list[int]:
        """Return a thousand photos of several people."""
        return [photo for photos in zip(*map(_made_up, SHOWN), strict=True) for photo in photos][:1000]

    def search(self, users: Iterable[int], text: str, tags: set[str], *, all_tags: bool) -> list[int]:
        """Return the photos of those people that have all words of the text, and one of the tags or all of them."""
        words, found = text.casefold().split(), []
        for photo in (photo for user in users for photo in self.of(user)):
            has = set(self._tags(photo))
            if tags and not (tags <= has if all_tags else tags & has):
                continue
            said = " ".join((*self.meta(photo), *has)).casefold()
            if all(word in said for word in words):
                found.append(photo)
        return found

    def meta(self, photo: int) -> tuple[str, str]:
        """Return title and description."""
        number = (photo - _FIRST_ID) % _EACH
        with self._lock:
            return self._meta.get(photo, (f"{_MOTIFS[number % len(_MOTIFS)][0]} {number + 1}".strip(), ""))

    def set_meta(self, photo: int, title: str, description: str) -> None:
        """Change title and description."""
        with self._lock:
            self._meta[photo] = title, description

    def row(self, photo: int, extras: str = "") -> Response:
        """Write the photo as it stands in a list, with the `extras` description, owner_name and tags."""
        owner, (title, description) = self._people[self.owner(photo)], self.meta(photo)
        row = {"id": str(photo), "owner": owner.nsid, **_place(photo), "title": title, **_PUBLIC}
        more = {
            "description": {"_content": description},
            "owner_name": owner.username,
            "tags": " ".join(self._tags(photo)),
        }
        return row | {name.replace("_", ""): more[name] for name in extras.split(",") if name in more}

    def info(self, photo: int) -> Response:
        """Write all that is known of the photo."""
        owner, (title, description) = self._people[self.owner(photo)], self.meta(photo)
        is_uploaded = photo in self._posted
        seconds = self._posted[photo][0] if is_uploaded else _NEWEST - 3600 * ((photo - _FIRST_ID) % _EACH)
        posted, taken = str(seconds), time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds))
        page = f"https://www.flickr.com/photos/{owner.nsid}/{photo}/"
        tags = [
            {"id": f"{photo}-{word}", "author": owner.nsid, "raw": raw, "_content": word, "machine_tag": 0}
            for word, raw in self._tags(photo).items()
        ]
        return {
            "id": str(photo),
            **_place(photo),
            "dateuploaded": posted,
            **_AS_ALL,
            "owner": {"nsid": owner.nsid, "username": owner.username, "realname": owner.fullname},
            "title": {"_content": title},
            "description": {"_content": description},
            "visibility": _PUBLIC,
            "dates": {"posted": posted, "taken": taken, "takengranularity": 0, "lastupdate": posted},
            "tags": {"tag": tags},
            "urls": {"url": [{"type": "photopage", "_content": page}]},
        }

    def albums(self, user: int) -> list[Response]:
        """Write the albums of that person."""
        return [self._album(user, number) for number in range(len(_ALBUMS))]

    def album(self, album_id: str) -> tuple[int, Response, range] | None:
        """Return whose album it is, the album and its photos; None if there is none of that id."""
        match = _ALBUM_ID.fullmatch(album_id)
        if match is None or int(match[1]) >= len(self._people) or int(match[2]) >= len(_ALBUMS):
            return None
        user, number = int(match[1]), int(match[2])
        numbers, first = _ALBUMS[number][1], _made_up(user).start
        photos = range(first + numbers.start, first + numbers.stop, numbers.step)
        return user, self._album(user, number), photos

    def _album(self, user: int, number: int) -> Response:
        title, numbers = _ALBUMS[number]
        primary = _made_up(user)[numbers[0]]
        return {
            "id": f"72157{user:03d}{number:09d}",
            "owner": self._people[user].nsid,
            "username": self._people[user].username,
            "primary": str(primary),
            **_place(primary),
            "count_photos": len(numbers),
            "count_videos": 0,
            "photos": len(numbers),
            "videos": 0,
            "title": {"_content": title},
            "description": {"_content": ""},
        }

    def _tags(self, photo: int) -> Mapping[str, str]:
        """Return the tags, each with what was typed for it."""
        if photo in self._posted:
            return self._posted[photo][1]
        return {word: word for word in _MOTIFS[(photo - _FIRST_ID) % _EACH % len(_MOTIFS)][1].split()}


def _made_up(user: int) -> range:
    """Return the photos that a person has from the beginning."""
    return range(_FIRST_ID + user * _EACH, _FIRST_ID + user * _EACH + PHOTOS)


_PUBLIC = {"ispublic": 1, "isfriend": 0, "isfamily": 0}
_EDITABILITY = {"cancomment": 0, "canaddmeta": 0}
_AS_ALL: Response = {  # what does not differ between these photos
    "isfavorite": 0,
    "license": "0",
    "safety_level": "0",
    "rotation": 0,
    "views": "0",
    "editability": _EDITABILITY,
    "publiceditability": _EDITABILITY,
    "usage": {"candownload": 0, "canblog": 0, "canprint": 0, "canshare": 1},
    "comments": {"_content": "0"},
    "notes": {"note": []},
    "people": {"haspeople": 0},
    "media": "photo",
}


def _place(photo: int) -> Response:
    """Where the picture would be, if there was one."""
    return {"secret": hashlib.sha256(str(photo).encode()).hexdigest()[:10], "server": "65535", "farm": 66}
