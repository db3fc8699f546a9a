"""python-flickr-api: the two or four lines of a file that the script which uses it names."""

from __future__ import annotations

from .formats.two_lines import TwoLines


class PythonFlickrApi(TwoLines):
    """The Python library flickr_api."""

    name = "python-flickr-api"
    summary = "the Python library flickr_api"
    no_place = "the file that your script names: --path FILE"


TOOL = PythonFlickrApi()
