"""A person: reads what a program says, opens the address that it shows, presses the button, and reads what comes."""

import re
from urllib.parse import urljoin, urlsplit

PATIENCE = 60
ADDRESS = r"(http://\S*/services/oauth/authorize\?\S+)"


def read(pattern, stream, process):
    """What the pattern finds in the first line that has it; fails with all that was said where none has."""
    said = []
    for line in stream:
        said.append(line)
        if found := re.search(pattern, line):
            return found[1]
    raise AssertionError("".join((*said, *process.communicate(timeout=PATIENCE))))


def press(browser, address, **filled_in):
    """Open the page, send its form with these fields filled in, and return what comes, unfollowed."""
    page = browser.get(address, timeout=PATIENCE)
    assert page.status_code == 200, page.text
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))
    to = urljoin(address, re.search(r'<form method="post" action="([^"]*)">', page.text)[1])
    parts = urlsplit(address)
    return browser.post(
        to,
        data=hidden | filled_in,
        headers={"Origin": f"{parts.scheme}://{parts.netloc}"},
        allow_redirects=False,
        timeout=PATIENCE,
    )
