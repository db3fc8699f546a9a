"""The version, once: importlib.metadata would cost more than click to import."""

__version__ = "0.1.0"
