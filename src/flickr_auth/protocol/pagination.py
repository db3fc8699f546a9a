"""All pages of a method: fetched ahead of the reader, given in order.

The answer of such a method has one object beside `stat`, in which are a list of items, and `page` and `pages`, as
numbers or as strings. Source: https://www.flickr.com/services/api/flickr.people.getPhotos.html
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .. import threads
from ..account import Token
from ..errors import BadAnswer, Error, UsageError
from ..transport import Transport
from . import rest

PER_PAGE = 500  # the most of most methods: fewer calls, of which a key has 3,600 an hour
_AT_ONCE = 4
_COUNT = re.compile(r"([0-9]{1,9})(?:\.0+)?")


@dataclass(frozen=True)
class Page:
    """A page: its number, how many there are as it was fetched, and its items."""

    number: int
    pages: int
    items: list[Any] = field(repr=False)


def walk(
    transport: Transport,
    token: Token | None,
    method: str,
    arguments: Mapping[str, str],
) -> Generator[Page, None, None]:
    """Yield all pages of a method, in order, from the one that `arguments` name, else the first.

    Four pages are fetched at once, ahead of the one that is read. A failure is raised when its page's turn comes; when
    the reader stops, nothing more is fetched. Raises `UsageError` if the method has no pages, `Error` if Flickr does
    not return all that it counts, and as `rest.call`.
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

    page = _page(*fetch(asked), method)
    first = former = _content(page)
    if page.items:
        yield page
    while asked < page.pages:
        for number, answer in threads.results(fetch, to_the_last(), workers=transport.at_once(_AT_ONCE)):
            page = _page(number, answer, method)
            content = _content(page)
            if page.items and content in (first, former):
                raise _repeated(page)
            former = content
            if page.items:
                yield page


def _first_page(arguments: Mapping[str, str]) -> int:
    """Read the page to begin with. Raises `UsageError`."""
    text = arguments.get("page", "1")
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text)):
        raise UsageError(f"'page={text}' is not the number of a page.", "Fix: count pages from 1 (page=1)")
    return int(text)


def _page(asked: int, answer: dict[str, Any], method: str) -> Page:
    """Read the page that was asked for; it is empty if it is beyond the last. Raises as `walk`."""
    for holder in answer.values():
        if not isinstance(holder, dict):
            continue
        # flickr.groups.discuss.replies.getList counts in an object inside this one.
        for counts in (holder, *holder.values()):
            if isinstance(counts, dict) and counts.keys() & {"pages", "has_next_page"}:
                number, pages = _counted(counts, asked)
                items = _items(holder, method)
                if asked > pages:  # there Flickr repeats the last page
                    return Page(asked, pages, [])
                if number < asked:  # as it does beyond the 10,000th
                    raise _repeated(Page(asked, pages, items))
                return Page(asked, pages, items)
    raise UsageError(f"{method} has no pages.", "Try: a single call, without --paginate")


def _content(page: Page) -> object:
    """Return the ids of the items, which tell pages apart: their order and their counts may change meanwhile."""
    ids = [item.get("id") for item in page.items if isinstance(item, dict)]
    return frozenset(map(str, ids)) if len(ids) == len(page.items) and None not in ids else page.items


def _counted(counts: Mapping[str, Any], asked: int) -> tuple[int, int]:
    """Return the number of the page, and how many there are; getPhotosOf tells only if there is a next one."""
    number = _count(counts.get("page", asked))
    if "pages" in counts:
        return number, _count(counts["pages"])
    more = counts["has_next_page"]
    return number, number + (more if isinstance(more, bool) else bool(_count(more)))


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


def _repeated(page: Page) -> Error:
    """Return the error for a page that was given before, though more are counted. A search gives 4,000 items."""
    return Error(
        f"Flickr counts {page.pages:,} pages but repeats earlier items from page {page.number:,} on.",
        "Try: smaller parts, such as min_upload_date=DATE max_upload_date=DATE; one search returns 4,000 items at most",
    )
