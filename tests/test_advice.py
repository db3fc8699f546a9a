"""Hints: a command that works as it stands, for the token that was refused and the program as it was started."""

import subprocess
import sys

from samples import OAUTH_TOKEN, OAUTH_TOKEN_SECRET

TOKEN = f"{OAUTH_TOKEN}\n{OAUTH_TOKEN_SECRET}"  # which the sandbox never issued


def hint(machine, *arguments, **variables):
    """The last line on the screen of a call that is refused."""
    ran = machine.run("call", *arguments, **variables)
    assert (ran.returncode, ran.stdout) == (4, ""), ran.stderr
    return ran.stderr.splitlines()[-1]


def spoil(machine):
    """Let the only account have a token that its provider does not know."""
    record = machine.record()
    (path,) = (machine.app / "accounts").iterdir()
    path.write_text(path.read_text().replace(record["oauth_token"], OAUTH_TOKEN))


def test_a_stored_account_is_renewed_by_its_name_with_what_it_may_do(here, sandbox):
    """The line asks for as much as the token had, or as the call needs, and says where the account is from."""
    here.log_in(provider=sandbox.base_url, perms="read")
    needs_write = ("flickr.photos.setMeta", "--post", "photo_id=1", "title=t")
    assert hint(here, *needs_write) == "Run: flickr-auth login --account sandbox-sam --perms write"
    here.log_in(provider=sandbox.base_url, perms="delete")
    spoil(here)
    assert hint(here, *needs_write) == "Run: flickr-auth login --account sandbox-sam --perms delete"
    assert here.run("logout").returncode == 0
    here.log_in(user=1)
    spoil(here)
    assert hint(here, "flickr.test.login") == "Run: flickr-auth login --sandbox --account 'sandbox-zoë'"


def test_a_token_file_is_written_anew_and_variables_that_hide_a_login_are_unset(here):
    """What is no account has no name: the file is named, quoted, and variables are unset first."""
    (here.folder / "my token").write_text(TOKEN)
    (here.folder / "my token").chmod(0o600)
    login = "flickr.test.login"
    renewed = "Run: flickr-auth login --token-file 'my token'"
    assert hint(here, login, "--token-file", "my token") == renewed
    assert hint(here, login, FLICKR_TOKEN_FILE="my token") == renewed
    assert hint(here, login, "--token-file", "-", stdin=TOKEN) == "Run: flickr-auth login"
    keys = (here.folder / "apikeys").read_text().split()
    values = dict(zip(("FLICKR_API_KEY", "FLICKR_API_SECRET"), keys, strict=True))
    values |= {"FLICKR_OAUTH_TOKEN": OAUTH_TOKEN, "FLICKR_OAUTH_TOKEN_SECRET": OAUTH_TOKEN_SECRET}
    assert hint(here, login, **values) == ("Run: unset FLICKR_OAUTH_TOKEN FLICKR_OAUTH_TOKEN_SECRET; flickr-auth login")


def test_the_program_is_named_as_it_was_started(machine, bin_folder):
    """Without a flickr-auth on PATH a hint has the path that was typed."""
    program = bin_folder / "flickr-auth"
    program.write_text(f"#!{sys.executable}\nfrom flickr_auth.__main__ import main\nmain()\n")
    program.chmod(0o755)
    for path, name in ((bin_folder, "flickr-auth"), ("/nowhere", f"{bin_folder.name}/flickr-auth")):
        ran = subprocess.run(
            [sys.executable, f"{bin_folder.name}/flickr-auth", "show"],
            cwd=bin_folder.parent,
            env=machine.environ | {"PATH": str(path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ran.returncode, ran.stderr.splitlines()[-1]) == (3, f"Run: {name} login")
