"""What all tests share: how many examples a property is tried with."""

from hypothesis import settings

# No database: a test run leaves nothing behind. No deadline: these machines are shared.
settings.register_profile("few", max_examples=60, deadline=None, database=None)
settings.register_profile("long", max_examples=10_000, deadline=None, database=None, print_blob=True)
settings.load_profile("few")
