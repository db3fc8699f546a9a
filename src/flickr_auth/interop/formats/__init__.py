"""File formats that the tools' files are in."""
