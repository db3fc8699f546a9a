"""What the tests of the commands share."""

import pytest


@pytest.fixture
def two(here, sandbox):
    """Two people who are logged in, the first of them by default."""
    for user in (0, 2):
        here.log_in(user, provider=sandbox.base_url)
    return here
