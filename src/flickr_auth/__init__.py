"""One login at a terminal, and every script and tool of yours can call Flickr as you."""

from .version import __version__

__all__ = ["__version__"]
