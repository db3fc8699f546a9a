"""All measurements of speed, as ratios: `python tests/bench`, see `--help`.

Each row is a pair of whole processes that ran in turns on the same machine, and the bound that it is to stay within.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Iterator

from timing import Command, Ratio, once, paired

from flickr_auth.account import Account, Token
from flickr_auth.sandbox.server import KEYS
from flickr_auth.storage.account_files import AccountFolder
from flickr_auth.storage.keyring import KeyringStore
from flickr_auth.storage.store import Store

HERE = pathlib.Path(__file__).parent
ACCOUNTS = 1000
JAMAL = Account.of(KEYS[0], Token("72157626318069415-087bfc7b5816092c", "a202d1f853ec69de"), user_nsid="21207597@N07")
LARGEST = 60  # mebibytes of an answer; `call` takes 64
PER_PAGE, PAGES = 50, 47  # the made-up photos of a person, on that many pages


class Bench:
    """The folders, the environments and the commands that the measurements share."""

    def __init__(self, scratch: pathlib.Path, peers: str | None, runs: int) -> None:
        self.scratch = scratch
        self.peers = peers
        self.runs = runs
        self.environ = {name: os.environ[name] for name in ("PATH", "LANG", "VIRTUAL_ENV") if name in os.environ}
        self.environ |= {"HOME": str(scratch)}

    def command(self, *words: str, folder: str = "", **variables: str) -> Command:
        """A command with this environment and more variables."""
        return Command(words, self.environ | variables, str(self.scratch / folder))

    def ours(self, *words: str, home: str = "one", **variables: str) -> Command:
        """flickr-auth, as its console script runs it."""
        program = str(pathlib.Path(sys.executable).with_name("flickr-auth"))
        return self.command(program, *words, FLICKR_AUTH_HOME=str(self.scratch / home), **variables)

    def script(self, name: str, *words: str, python: str = sys.executable, **variables: str) -> Command:
        """A script of `scripts/`."""
        return self.command(python, str(HERE / "scripts" / name), *words, **variables)

    @contextlib.contextmanager
    def server(self, delay: float = 0.0) -> Iterator[str]:
        """The stand-in in another process; its base URL."""
        process = subprocess.Popen([sys.executable, HERE / "server.py", str(delay)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()

    def account(self, base: str, home: str = "one") -> dict[str, str]:
        """Log in and keep the account in a file; the variables that the other clients take."""
        variables = {"FLICKR_AUTH_BASE_URL": base, "FLICKR_API_KEY": KEYS[0].api_key}
        variables |= {"FLICKR_API_SECRET": KEYS[0].api_secret}
        once(self.ours("login", "--store", "file", "--perms", "write", home=home, **variables))
        (path,) = (self.scratch / home / "accounts").glob("*.json")
        told = json.loads(path.read_text())
        given = {"BASE": base, "KEY": told["api_key"], "SECRET": told["api_secret"]}
        return given | {"TOKEN": told["oauth_token"], "TOKEN_SECRET": told["oauth_token_secret"]}


def start_up(bench: Bench) -> Iterator[Ratio]:
    """What people feel on every line of a script."""
    click = bench.command(sys.executable, "-c", "import click")
    show = bench.ours("show", "--field", "oauth_token", home="flickr")
    kept = Store(AccountFolder(bench.scratch / "flickr", print), lambda: KeyringStore(1, lambda: None)).keep(
        JAMAL, "file"
    )
    path = str(bench.scratch / "flickr" / "accounts" / f"{kept.account}.json")
    bare = bench.command(sys.executable, "-c", f"import click, json; print(json.load(open({path!r}))['oauth_token'])")
    yield paired("show / import click", 1.15, show, click, runs=bench.runs, least=bare)
    yield paired("--help / import click", 1.3, bench.ours("--help"), click, runs=bench.runs)
    if shutil.which("gh"):
        config = bench.scratch / "gh"
        config.mkdir()
        (config / "hosts.yml").write_text("github.com:\n    oauth_token: gho_0123456789\n    user: somebody\n")
        gh = bench.command("gh", "auth", "token", GH_CONFIG_DIR=str(config))
        yield paired("show / gh auth token", 1.0, show, gh, runs=bench.runs)
    with bench.server() as base:
        bench.account(base)
    yield from _many_accounts(bench)


def _copies(bench: Bench, home: str, count: int, of: str = "one") -> pathlib.Path:
    """That many accounts of other people beside the one in `of`, whose file is returned."""
    (one,) = (bench.scratch / of / "accounts").glob("*.json")
    record = json.loads(one.read_text())
    folder = bench.scratch / home / "accounts"
    folder.mkdir(parents=True)
    for number in range(count):
        # What is in the file has to fit its name; the token may be the same.
        record["user_nsid"] = f"{number}@N00"
        record["id"] = f"{number}@N00-{one.stem.partition('-')[2]}"
        path = folder / f"{record['id']}.json"
        path.touch(0o600)  # as a login does: each that others can read gets a warning
        path.write_text(json.dumps(record))
    shutil.copy(one, folder / one.name)
    shutil.copy(bench.scratch / of / "default", bench.scratch / home / "default")
    return one


def _many_accounts(bench: Bench) -> Iterator[Ratio]:
    one = _copies(bench, "many", ACCOUNTS)
    name = f"of {ACCOUNTS:,} accounts / of one"
    show = ("show", "--field", "oauth_token")
    named = (*show, "--account", one.stem)
    yield paired(f"show {name}", 1.05, bench.ours(*show, home="many"), bench.ours(*show), runs=bench.runs)
    yield paired(f"show --account {name}", 1.05, bench.ours(*named, home="many"), bench.ours(*named), runs=bench.runs)


def checks(bench: Bench) -> Iterator[Ratio]:
    """The check of many tokens by a provider that takes 100 ms for each."""
    count, delay = 100, 0.1
    with bench.server(delay) as base:
        bench.account(base, home="checked")
        _copies(bench, "crowd", count - 1, of="checked")
        took = once(bench.ours("status", home="crowd")).wall * 1000
    each = count * delay * 1000  # one after the other, were they nothing but waited for
    yield Ratio(f"status of {count:,} accounts / of one after the other", 0.4, (took / each,), took, each)


def keyring(bench: Bench) -> Iterator[Ratio]:
    """A real Secret Service, as on a desktop."""
    if not all(map(shutil.which, ("dbus-run-session", "gnome-keyring-daemon"))):
        return
    inner = HERE / "secret_service.py"
    words = ("dbus-run-session", "--", sys.executable, str(inner), str(bench.scratch), str(bench.runs))
    ran = subprocess.run(words, env=bench.environ, capture_output=True, text=True, check=True)
    ratios, first, second = json.loads(ran.stdout.splitlines()[-1])
    yield Ratio("show from the Secret Service / keyring get", 0.75, tuple(ratios), first, second)


def logins(bench: Bench) -> Iterator[Ratio]:
    """Machine time: the person answers at once."""
    with bench.server() as base:
        given = bench.account(base, home="logins")
        keys = {"FLICKR_API_KEY": given["KEY"], "FLICKR_API_SECRET": given["SECRET"]}
        words = ("login", "--store", "file", "--perms", "write")
        ours = bench.ours(*words, home="logins", FLICKR_AUTH_BASE_URL=base, **keys)
        bare = bench.script("bare_login.py", **given)
        both = bench.command(sys.executable, "-c", f"import click, runpy; runpy.run_path({bare.words[1]!r})", **given)
        yield paired("login / a bare script", 1.1, ours, bare, runs=bench.runs, least=both)
        if bench.peers:
            theirs = bench.script("flickrapi_login.py", python=bench.peers, **given)
            yield paired("login / flickrapi's", 0.95, ours, theirs, runs=bench.runs)


def calls(bench: Bench) -> Iterator[Ratio]:
    """One call, a thousand, and all pages."""
    with bench.server() as base:
        given = bench.account(base, home="calls")
        ours, bare = bench.ours("call", "flickr.test.login", home="calls"), bench.script("bare_call.py", "1", **given)
        yield paired("call / a bare script", 1.15, ours, bare, runs=bench.runs)
        home = str(bench.scratch / "calls")
        ours, bare = (
            bench.script("our_calls.py", "1000", FLICKR_AUTH_HOME=home),
            bench.script("bare_call.py", "1000", **given),
        )
        yield paired("1,000 calls through session() / a bare script", 1.15, ours, bare, runs=3)
        yield _cost_of_counting(bench)
        yield _flat_memory(bench)
        sizes = (LARGEST, LARGEST // 2)
        large, small = (bench.ours("call", "flickr.test.echo", f"mebibytes={size}", home="calls") for size in sizes)
        memory = {"of": lambda sample: sample.peak / 2**20, "unit": "MiB"}
        yield paired(f"memory of an answer of {LARGEST} MiB / of half of it", 2.0, large, small, runs=2, **memory)
        if bench.peers:
            yield _cost_of_a_page(bench, given)
    if bench.peers:
        with bench.server(0.1) as base:
            given = bench.account(base, home="slow")
            theirs = bench.script("flickrapi_walk.py", str(PER_PAGE), str(PAGES), python=bench.peers, **given)
            name = f"{PAGES} pages of 100 ms / flickrapi's walk"
            yield paired(name, 0.3, _pages(bench, PER_PAGE, home="slow"), theirs, runs=3)


def _cost_of_counting(bench: Bench) -> Ratio:
    """The processor's time for counting 3,000 calls of a key that had 3,600 in the hour before, for each of them."""

    def taken(calls: int) -> float:
        folder = bench.scratch / f"counted-{calls}"
        shutil.rmtree(folder, ignore_errors=True)
        return once(bench.script("counted.py", str(folder), str(calls))).processor * 1000

    costs = sorted((taken(3000) - taken(0)) / 3000 for _ in range(5))
    return Ratio("counting a call / 0.1 ms", 1.0, tuple(cost / 0.1 for cost in costs), costs[2], 0.1)


def _pages(bench: Bench, per_page: int, first: int = 1, home: str = "calls") -> Command:
    arguments = ("user_id=me", f"per_page={per_page}", f"page={first}")
    return bench.ours("call", "--paginate", "flickr.people.getPhotos", *arguments, home=home)


def _flat_memory(bench: Bench) -> Ratio:
    last = 1173  # with two photos a page
    all_pages, ten = _pages(bench, 2, last - 999), _pages(bench, 2, last - 9)
    name = "memory of 1,000 pages / of 10"
    return paired(name, 1.05, all_pages, ten, runs=3, of=lambda sample: sample.peak / 2**20, unit="MiB")


def _cost_of_a_page(bench: Bench, given: dict[str, str]) -> Ratio:
    """The processor's time for all pages, less that for one, for each page more."""

    def cost(every: Command, one: Command) -> float:
        return (once(every).processor - once(one).processor) * 1000 / (PAGES - 1)

    walk: Callable[[int], Command] = lambda pages: bench.script(  # noqa: E731
        "flickrapi_walk.py", str(PER_PAGE), str(pages), python=bench.peers or "", **given
    )
    bare: Callable[[int], Command] = lambda pages: bench.script("bare_pages.py", str(PER_PAGE), str(pages), **given)  # noqa: E731
    ours, theirs, least = [], [], []
    for _ in range(5):
        ours.append(cost(_pages(bench, PER_PAGE), _pages(bench, PER_PAGE, PAGES)))
        theirs.append(cost(walk(PAGES), walk(1)))
        least.append(cost(bare(PAGES), bare(1)))
    ratios, floor = (tuple(a / b for a, b in zip(each, theirs, strict=True)) for each in (ours, least))
    medians = sorted(ours)[2], sorted(theirs)[2]
    return Ratio("own cost of a page / flickrapi's", 0.7, ratios, *medians, least=sorted(floor)[2])


def peers_in(folder: pathlib.Path) -> str | None:
    """The Python of an environment with flickrapi, made here; None where it cannot be installed."""
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    ran = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "flickrapi", "lxml"], capture_output=True, check=False
    )
    return python if ran.returncode == 0 else None


HEAD = "| what | ratio | spread | bound | libraries alone | medians |\n|---|---|---|---|---|---|"


def line(row: Ratio) -> str:
    """A row of the table in Markdown."""
    mark = "" if row.holds else " (not met)"
    least = "" if row.least is None else f"{row.least:.2f}"
    spread = f"{min(row.ratios):.2f}–{max(row.ratios):.2f}"
    medians = f"{row.first:.4g} and {row.second:.4g} {row.unit}"
    return f"| {row.name} | {row.median:.2f}{mark} | {spread} | {row.bound:.3g} | {least} | {medians} |"


GROUPS = {"start_up": start_up, "checks": checks, "keyring": keyring, "logins": logins, "calls": calls}


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(prog="python tests/bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=20, help="pairs of each start-up measurement (20)")
    parser.add_argument(
        "--peers",
        help="a Python that has flickrapi and lxml, which its walk needs; else an environment with it is made",
    )
    parser.add_argument("--imports", action="store_true", help="print what `show` imports, and how long each took")
    parser.add_argument("groups", nargs="*", choices=[*GROUPS, []], help="these alone")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        peers = asked.peers or peers_in(scratch / "peers")
        bench = Bench(scratch, peers, asked.runs)
        print(HEAD)
        for name in asked.groups or GROUPS:
            for row in GROUPS[name](bench):
                print(line(row), flush=True)
        if asked.imports:
            print_imports(bench)


def print_imports(bench: Bench) -> None:
    """Each module that `show` loads beyond click's own, with its microseconds, as Python itself tells them."""
    words = (sys.executable, "-X", "importtime", "-m", "flickr_auth", "show", "--field", "oauth_token")
    environ = bench.environ | {"FLICKR_AUTH_HOME": str(bench.scratch / "flickr")}
    told = subprocess.run(words, env=environ, capture_output=True, text=True, check=False).stderr
    base = subprocess.run(
        (sys.executable, "-X", "importtime", "-c", "import click"), capture_output=True, text=True, check=False
    ).stderr
    known = {line.rpartition("|")[2].strip() for line in base.splitlines()}
    print("\n".join(line for line in told.splitlines() if line.rpartition("|")[2].strip() not in known))


if __name__ == "__main__":
    main()
