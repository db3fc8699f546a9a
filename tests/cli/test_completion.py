"""Tab in real shells: command names, choices, accounts and files, as its help switches it on."""

import os
import re
import shutil

import pytest

from programs import FLICKR_AUTH, make, need, needs_dev_fd
from samples import API_KEY, JAMAL
from terminals import pexpect

SHELLS = ("bash", "zsh", "fish")
JAMAL_NSID, JANE_NSID = JAMAL.user_nsid, "40215689@N00"


def store(machine, username, nsid, key=API_KEY):
    """Store an account of that name in a file."""
    machine.keep(JAMAL._replace(username=username, user_nsid=nsid, api_key=key))


def offered(machine, line, shell="fish"):
    """What a shell is told for the line: the candidates, each with its help where the shell shows it."""
    ran = machine.run(_FLICKR_AUTH_COMPLETE=f"{shell}_complete", COMP_LINE=line)
    assert (ran.returncode, ran.stderr) == (0, "")
    return [tuple(each.split("\t")[1:]) for each in ran.stdout.splitlines() if each]


class Line:
    """A shell at a terminal, with completion switched on by the line of its help."""

    def __init__(self, shell, machine, folder):
        self.name = shell
        line = re.search(
            rf"^.*flickr-auth completion {shell}.*$", machine.run("completion", "--help").stdout, re.MULTILINE
        )
        assert line is not None
        switched_on = line[0].partition("#")[0]
        if shell == "bash":
            rc = folder / "bashrc"
            rc.write_text(f"{switched_on}\nPS1='READY> '\nbind 'set enable-bracketed-paste off'\n")
            arguments = ["--noprofile", "--rcfile", str(rc), "-i"]
        elif shell == "zsh":
            rc = folder / ".zshrc"
            before = "autoload -Uz compinit && compinit -u -D\nbindkey -e\nunset zle_bracketed_paste\n"
            rc.write_text(f"{before}{switched_on}\nPROMPT='READY> '\n")
            arguments = ["-d", "-i"]
        else:
            arguments = ["--no-config", "-C", f"{switched_on}; function fish_prompt; echo 'READY> '; end", "-i"]
        its = {"PATH": f"{folder}:{os.environ['PATH']}", "ZDOTDIR": str(folder)}
        its["XDG_RUNTIME_DIR"] = str(folder)  # else fish leaves a folder in /tmp
        self._terminal = pexpect.spawn(
            shutil.which(shell),
            arguments,
            cwd=str(machine.folder),
            env=machine.environ | its,
            encoding="utf-8",
            dimensions=(24, 200),
            timeout=30,
        )
        self._terminal.expect("READY")

    def run(self, line):
        """Run a line of the shell's."""
        self._terminal.send(f"{line}\r")
        self._terminal.expect("READY")

    def means(self, typed, words):
        """Whether the line is these words after Tab, as the shell itself understands them."""
        self._terminal.send(f"{typed}\t")
        self._terminal.send("\x01printf '<%s>' \r")  # Ctrl-A: to the line's start
        self._terminal.expect(rf"<{re.escape(words[0])}>[\s\S]*READY")
        return "".join(f"<{each}>" for each in words) in self._terminal.after

    def close(self):
        self._terminal.close(force=True)


@pytest.fixture(params=SHELLS)
def shell(request, machine, bin_folder):
    need(request.param)
    make(bin_folder / "flickr-auth", f'exec {FLICKR_AUTH} "$@"\n')
    store(machine, "jamalfanaian", JAMAL_NSID)
    store(machine, "Jane Doe", JANE_NSID)
    line = Line(request.param, machine, bin_folder)
    yield line
    line.close()


TABS = {
    "flickr-auth stat": ["status"],
    "flickr-auth login --perms wr": ["login", "--perms", "write"],
    "flickr-auth login --sandb": ["login", "--sandbox"],
    "flickr-auth show --account jam": ["show", "--account", "jamalfanaian"],
    "flickr-auth show --account JAM": ["show", "--account", "jamalfanaian"],
    "flickr-auth use 212": ["use", JAMAL_NSID],
    "flickr-auth use 21207597@": ["use", JAMAL_NSID],
    "flickr-auth use 21207597@N07-": ["use", f"{JAMAL_NSID}-653e7a6e"],
    "flickr-auth use Jan": ["use", "Jane Doe"],
    "flickr-auth use Jane\\ D": ["use", "Jane Doe"],
    "flickr-auth show --account=212": ["show", f"--account={JAMAL_NSID}"],
    "flickr-auth show --account=21207597@N": ["show", f"--account={JAMAL_NSID}"],
    "flickr-auth login --perms=wr": ["login", "--perms=write"],
    "flickr-auth show --token-file tok": ["show", "--token-file", "token-of-mine"],
    "flickr-auth show --token-file=tok": ["show", "--token-file=token-of-mine"],
    "flickr-auth sign po": ["sign", "POST"],
    "flickr-auth sign POST https://up": ["sign", "POST", "https://up.flickr.com/services/upload/"],
}


@needs_dev_fd
def test_tab_completes(machine, shell):
    """A command, a choice, an option, an account in each of its names, a file: one Tab, and the shell has the word."""
    (machine.folder / "token-of-mine").touch()
    assert [typed for typed, words in TABS.items() if not shell.means(typed, ["flickr-auth", *words])] == []


@needs_dev_fd
def test_tab_completes_an_alias_and_a_program_that_is_named_by_its_path(machine, shell, bin_folder):
    """An alias is the line that it stands for; a path is that program, and a function of the name is not run."""
    (bin_folder / "other").mkdir()
    make(bin_folder / "other" / "flickr-auth", r"printf 'plain\tother\n'")
    (machine.folder / "my folder").symlink_to(bin_folder / "other")
    shell.run("alias fa='flickr-auth login'")
    if shell.name == "bash":
        shell.run("complete -o nosort -F _flickr_auth_completion fa")
    shell.run("function flickr-auth; touch run; end" if shell.name == "fish" else "flickr-auth() { touch run; }")
    assert shell.means("fa --perms wr", ["fa", "--perms", "write"])
    assert shell.means("flickr-auth stat", ["flickr-auth", "status"])
    assert shell.means("my\\ folder/flickr-auth o", ["my folder/flickr-auth", "other"])
    assert not (machine.folder / "run").exists()


def test_each_account_is_offered_by_its_names(machine):
    """Usernames and NSIDs, with who that is beside them; an ID only where nothing shorter would do."""
    store(machine, "jamalfanaian", JAMAL_NSID)
    store(machine, "さくら", JANE_NSID)
    store(machine, "さくら", JANE_NSID, key="c0ffee5a9d0123456789abcdef5a9d00")
    help_text = f"jamalfanaian {JAMAL_NSID} read"
    assert offered(machine, "flickr-auth use 2") == [(JAMAL_NSID, help_text)]
    names = {each[0] for each in offered(machine, "flickr-auth show --account ")}
    assert names == {"jamalfanaian", JAMAL_NSID, f"{JANE_NSID}-653e7a6e", f"{JANE_NSID}-c0ffee5a"}


def test_a_name_is_completed_in_whatever_form_it_is_typed(machine):
    """A keyboard that sends accents apart, or full-width letters, finds the name as it is stored."""
    for name, typed in (
        ("Zoë", "zoe\u0308"),
        ("İstanbul", "ist"),
        ("Straße", "STRASS"),
        ("हिन्दी", "हि"),
        ("x\uff12", "X2"),
    ):
        store(machine, name, JANE_NSID)
        assert [each[0] for each in offered(machine, f"flickr-auth use {typed}")] == [name]


def test_a_name_that_a_shell_could_mistake_is_not_offered(machine):
    """The NSID is offered in its place, and nothing of the name reaches the terminal but as text."""
    for name in ("a\u001b[2Jb", "a\nb", "a\tb", 'a"b', "a'b", "a$(id)b", "a:b", "a*b", "-a", "~a", "a;b"):
        store(machine, name, JAMAL_NSID)
        for shell in SHELLS:
            assert [each[0] for each in offered(machine, "flickr-auth use ", shell)] == [JAMAL_NSID], name
            raw = machine.run(_FLICKR_AUTH_COMPLETE=f"{shell}_complete", COMP_LINE="flickr-auth use ").stdout
            assert all(each.isprintable() for each in raw.replace("\t", "").splitlines())


def test_a_damaged_account_or_folder_offers_nothing_and_says_nothing(machine):
    """A line that is being typed is no place for an error."""
    store(machine, "jamalfanaian", JAMAL_NSID)
    (machine.app / "accounts" / "damaged-653e7a6e.json").write_text("{")
    assert [each[0] for each in offered(machine, "flickr-auth use j")] == ["jamalfanaian"]
    machine.environ["FLICKR_AUTH_HOME"] = "/dev/null/there"
    assert offered(machine, "flickr-auth use j") == []


@pytest.mark.process
def test_no_keyring_and_no_network_is_asked_for_a_tab(machine):
    """Accounts in the keyring are completed although it hangs, and nothing heavy is loaded."""
    store(machine, "jamalfanaian", JAMAL_NSID)
    path = next((machine.app / "accounts").iterdir())
    path.write_text(path.read_text().replace('"file"', '"keyring", "backend": "fake_keyrings.Hanging"'))
    machine.environ |= {"PYTHON_KEYRING_BACKEND": "fake_keyrings.Hanging", "PYTHONPROFILEIMPORTTIME": "1"}
    ran = machine.run(_FLICKR_AUTH_COMPLETE="bash_complete", COMP_LINE="flickr-auth use ")
    assert ran.stdout.split() == ["plain", "jamalfanaian", "plain", JAMAL_NSID]
    loaded = {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines()}
    assert "click" in loaded
    assert loaded & {"requests", "oauthlib", "keyring", "segno", "http.server", "sqlite3", "subprocess"} == set()


def test_topics_commands_and_tools_are_completed(machine):
    """`help` offers what it knows, and `export` the tools that it can write to."""
    assert [name for name, _ in offered(machine, "flickr-auth export gal")] == ["gallery-dl"]
    assert ("exit-codes",) in offered(machine, "flickr-auth help ex")
    assert ("export",) in offered(machine, "flickr-auth help ex")
    assert [each[0] for each in offered(machine, "flickr-auth completion ")] == ["bash", "zsh", "fish"]
