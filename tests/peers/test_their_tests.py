"""Other people's packages, tested against `flickr_auth.testing` by their own pytest: each is a folder beside this file.

They know nothing of these tests; they run in a copy, with the environment that has their client.
"""

import os
import pathlib
import shutil
import subprocess
import sys

import flickr_auth

HERE = pathlib.Path(__file__).parent
PACKAGE = pathlib.Path(flickr_auth.__file__).parent


def run_their_tests(python, name, folder, *options, conftest=None):
    """Run the tests of one folder as its owner would."""
    shutil.copytree(HERE / name, folder / name)
    if conftest is not None:
        (folder / name / "conftest.py").write_text(conftest)
    # Alone: what stands beside it when it is installed may be for another Python than theirs.
    shutil.copytree(PACKAGE, folder / "alone" / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    # "." because of pytest, which takes no path with [] in it.
    command = [python, "-m", "pytest", "-p", "no:cacheprovider", "-W", "error", *options, "."]
    ran = subprocess.run(
        command,
        cwd=folder / name,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYTHONPATH": str(folder / "alone"),
            "LANG": "C.UTF-8",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # what else is installed there takes longer to load than this to run
        },
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "1 passed" in ran.stdout


def test_a_package_that_uses_flickrapi_tests_itself_in_five_lines(peers, tmp_path):
    """`pytest_plugins = ["flickr_auth.testing"]` in its conftest.py is all that a package needs."""
    run_their_tests(peers, "with_flickrapi", tmp_path)


def test_a_login_with_requests_oauthlib_is_tested_in_five_lines(tmp_path):
    """Without a conftest.py, `pytest -p flickr_auth.testing` brings the fixture."""
    run_their_tests(sys.executable, "with_requests_oauthlib", tmp_path, "-p", "flickr_auth.testing")


def test_the_plugin_may_have_been_imported_before(tmp_path):
    """A conftest.py that imports the sandbox for itself gets no warning, which its settings may make an error."""
    conftest = 'from flickr_auth.testing import Sandbox\n\npytest_plugins = ["flickr_auth.testing"]\n'
    run_their_tests(sys.executable, "with_requests_oauthlib", tmp_path, conftest=conftest)
