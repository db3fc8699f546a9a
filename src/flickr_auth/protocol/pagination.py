"""All pages of a method: fetched ahead of the reader, given in order.

The answer of such a method has one object beside `stat`, in which are a list of items, and `page` and `pages`, as
numbers or as strings. Source: https://www.flickr.com/services/api/flickr.people.getPhotos.html

A search gives its first 4,000 results and counts them all; from there on its pages repeat earlier ones
(https://www.flickr.com/services/api/flickr.photos.search.html). So what the pages hold is believed, not their counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .. import threads
from ..account import Token
from ..errors import BadAnswer, Error, UsageError
from ..transport import Transport
from . import rest

PER_PAGE = 500  # the most of most methods: fewer calls, of which a key has 3,600 an hour
_AT_ONCE = 4
_MOST_EMPTY = 20  # pages one after the other: of a page that nobody but its owner may see, nothing comes
_COUNT = re.compile(r"([0-9]{1,9})(?:\.0+)?")
_COUNTED = {"pages", "has_next_page"}  # each tells whether there are more
_PAGED = {"page", "perpage", "per_page"}  # beside one of those; methods without pages have a `total` at most
_IDS = ("id", "nsid", "user_id", "photo_id", "gallery_id", "suggestion_id", "url", "name", "_content")


@dataclass(frozen=True)
class Page:
    """A page: its number, how many there are as it was fetched, and its items.

    `total` is how many items Flickr counts on all pages, some of which it does not show; None if it does not count.
    """

    number: int
    pages: int
    items: list[Any] = field(repr=False)
    total: int | None = None


def walk(
    transport: Transport,
    token: Token | None,
    method: str,
    arguments: Mapping[str, str],
) -> Generator[Page, None, None]:
    """Yield all pages of a method, in order, from the one that `arguments` name, else the first.

    Only the one that it begins with may be empty. Four pages are fetched at once, ahead of the one that is read. A
    failure is raised when its page's turn comes; when the reader stops, nothing more is fetched. Raises `UsageError` if
    the method has no pages, `Error` if its pages repeat earlier ones, and as `rest.call`.
    """
    asked = _first_page(arguments)
    given = {"per_page": str(PER_PAGE), **arguments}

    def fetch(number: int) -> tuple[int, dict[str, Any]]:
        return number, rest.call(transport, token, method, {**given, "page": str(number)})

    def to_the_last() -> Iterator[int]:
        nonlocal asked
        while asked < page.pages:  # as it is known by then: there may be more of them, or fewer, meanwhile
            asked += 1
            yield asked

    who = transport.provider.called
    page = _page(*fetch(asked), method, who, is_first=True)
    first = former = _ids(page.items)
    yield page
    empty = 0
    while asked < page.pages:
        for number, answer in threads.results(fetch, to_the_last(), workers=transport.at_once(_AT_ONCE)):
            page = _page(number, answer, method, who)
            ids = _ids(page.items)
            if page.items and not _repeats(ids, first, former):
                former, empty = ids, 0
                yield page
            elif page.items and page.pages >= number:
                raise _repeated(page, who)
            elif (empty := empty + 1) == _MOST_EMPTY:
                raise _empty(page, who)


def _first_page(arguments: Mapping[str, str]) -> int:
    """Read the page to begin with. Raises `UsageError`."""
    text = arguments.get("page", "1")
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text)):
        raise UsageError(f"'page={text}' is not the number of a page.", "Fix: count pages from 1 (page=1)")
    return int(text)


def _page(asked: int, answer: dict[str, Any], method: str, who: str, *, is_first: bool = False) -> Page:
    """Read the page that was asked for; it is empty if the last one came again instead. Raises as `walk`."""
    holders = [each for each in answer.values() if isinstance(each, dict)]
    # flickr.groups.discuss.replies.getList counts in an object inside the one with the items.
    inside = [(holder, each) for holder in holders for each in (holder, *holder.values()) if isinstance(each, dict)]
    for holder, counts in inside:
        if counts.keys() & _COUNTED:
            number, pages = _counted(counts, asked)
            page = Page(asked, pages or asked, _items(holder, method), _total(counts))  # 0 counts nothing
            if number < asked and page.pages < asked:  # there Flickr repeats the last page
                return replace(page, items=[])
            if number < asked and page.items:  # as it does beyond the 10,000th
                raise _repeated(page, who)
            if number > asked:
                raise BadAnswer(f"The response is page {number:,} instead of page {asked:,}.", "Try: again")
            return page
    if is_first and not any(counts.keys() & _PAGED for _, counts in inside):
        raise UsageError(f"{method} has no pages.", "Try: a single call, without --paginate")
    raise BadAnswer(f"The response does not count its pages (page {asked:,}).", "Try: again")


def _ids(items: Sequence[Any]) -> frozenset[str]:
    """Return what tells the items apart: whatever else there is of them may change meanwhile, as their order may."""
    return frozenset(map(_id, items))


def _id(item: Any) -> str:  # noqa: ANN401  # any JSON
    """Return the item's id, which is called `nsid` for a person and has more names; the item itself if it has none."""
    if isinstance(item, dict):
        for name in _IDS:
            if isinstance(value := item.get(name), str | int):
                return str(value)
    return json.dumps(item, sort_keys=True)


def _repeats(ids: frozenset[str], first: frozenset[str], former: frozenset[str]) -> bool:
    """Whether a page repeats the first one and the one before: half of a full page, or all of a shorter one.

    A few items come twice where others were added meanwhile, which moves the rest on; on the last page, which may be
    short, these can be most of them.
    """
    known = len(ids & (first | former))
    return 2 * known >= len(ids) if len(ids) >= len(former) else known == len(ids)


def _counted(counts: Mapping[str, Any], asked: int) -> tuple[int, int]:
    """Return the number of the page, and how many there are; getPhotosOf tells only if there is a next one."""
    number = _count(counts.get("page", asked)) or asked
    if "pages" in counts:
        return number, _count(counts["pages"])
    more = counts["has_next_page"]
    return number, number + (more if isinstance(more, bool) else bool(_count(more)))


def _total(counts: Mapping[str, Any]) -> int | None:
    """Return how many items there are in all; a hint, so that anything but a count is none."""
    count = _COUNT.fullmatch(str(counts.get("total")))
    return int(count[1]) if count else None


def _count(value: object) -> int:
    """Read a count, which Flickr writes as a number or as a string. Raises `BadAnswer` for anything else."""
    count = _COUNT.fullmatch(str(value))
    if count is None:
        raise BadAnswer("The response does not count its pages in whole numbers.", "Try: again")
    return int(count[1])


def _items(holder: Mapping[str, Any], method: str) -> list[Any]:
    """Find the one list; a page without any has no items."""
    lists = [each for each in holder.values() if isinstance(each, list)]
    if len(lists) > 1:
        raise UsageError(
            f"{method} has several lists on a page.",
            "Try: single calls with page=1, page=2 and so on, without --paginate",
        )
    return lists[0] if lists else []


def _empty(page: Page, who: str) -> Error:
    """Return the error for a walk that finds nothing any more: each page is a call, and the key has so many an hour."""
    first = page.number - _MOST_EMPTY + 1
    message = f"{who} counts {page.pages:,} pages, but pages {first:,} to {page.number:,} are empty."
    return Error(message, f"Try: page={page.number + 1} to go on")


def _repeated(page: Page, who: str) -> Error:
    """Return the error for a page that was given before, though more are counted. A search gives 4,000 items."""
    return Error(
        f"{who} counts {page.pages:,} pages but repeats earlier items from page {page.number:,} on.",
        "Try: smaller parts, such as min_upload_date=DATE max_upload_date=DATE; one search returns 4,000 items at most",
    )
