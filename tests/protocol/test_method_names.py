"""The names of Flickr's methods: what a slip of the finger is corrected to, and what changes something."""

import re

from flickr_auth.protocol import method_names
from flickr_auth.sandbox.methods import Methods


def test_a_slip_of_the_finger_is_corrected():
    """The first of at most three names is the one that was meant; what is like no method gets no misleading guess."""
    for typed, meant in (
        ("flickr.photos.getinfo", "flickr.photos.getInfo"),
        ("test.login", "flickr.test.login"),
        ("flickr.photos.delte", "flickr.photos.delete"),
        ("flickr.photos.rotate", "flickr.photos.transform.rotate"),
        ("flickr.groups.discuss.getList", "flickr.groups.discuss.topics.getList"),
    ):
        offered = method_names.close_matches(typed)
        assert offered[0] == meant and len(offered) <= 3
    assert method_names.close_matches("Flickr.Photos.getinfo") == ["flickr.photos.getInfo"]  # not its neighbour too
    for typed in ("flickr.foo.bar", "", "flickr.photos"):
        assert method_names.close_matches(typed) == []


def test_what_changes_something_is_known():
    """Whether a method changes something is known of each that Flickr documents, and of no other."""
    assert method_names.changes("flickr.photos.setMeta") is True
    assert method_names.changes("flickr.photos.upload.checkTickets") is False
    assert method_names.changes("flickr.no.such") is None


def test_every_name_is_one_of_flickrs():
    """Some 220 names, each as Flickr writes it and there once; what only reads has a name that says so."""
    names = list(method_names.METHODS)
    assert 200 < len(names) < 250 and names == sorted(set(names))
    assert all(re.fullmatch(r"flickr(\.[a-z]+)+\.[a-z][A-Za-z]+", name) for name in names)
    changing = re.compile(r"\.(add|set|edit|delete|remove|create|join|approve|reject|order|reorder|rotate)[A-Z]?\w*$")
    assert [name for name in names if changing.search(name) and not method_names.changes(name)] == []
    assert [name for name in names if ".get" in name and method_names.changes(name)] == []


def test_the_sandbox_has_no_method_that_flickr_has_not():
    """What works at the sandbox is a method of Flickr's."""
    assert set(Methods(())._methods) <= set(method_names.METHODS)
