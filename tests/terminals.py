"""Pseudo-terminals: pexpect, or None on Windows, which has none that pexpect knows."""

import pytest

try:
    import pexpect
except ImportError:
    pexpect = None

needs_a_terminal = pytest.mark.skipif(pexpect is None, reason="Windows has no pseudo-terminals that pexpect knows")
