"""The layout of the house: imports point one way, and heavy libraries are loaded by one module and only when used."""

import ast
import json
import pathlib
import subprocess
import sys

import pytest

import flickr_auth

SOURCE = pathlib.Path(flickr_auth.__file__).parent

# A module imports only rows below its own, and no neighbour on its own row.
ROWS = (
    ("__main__",),
    ("cli",),
    ("__init__",),
    ("login",),
    ("sandbox", "callback"),
    ("loopback",),
    ("rest",),
    ("oauth",),
    ("stores",),
    ("transport",),
    ("answer",),
    ("provider",),
    ("apikeys",),
    ("verifier",),
    ("private",),
    ("bounded", "ordered"),
    ("account",),
    ("errors",),
    ("version",),
)
# Inside a package, likewise: commands above what they are built from.
INSIDE = {
    "cli": (
        ("app",),
        ("login", "show", "logout", "status", "use", "run", "sandbox"),
        ("dialogue", "verdicts"),
        ("two_steps", "wizard"),
        ("exchange", "prompt"),
        ("keeping", "browser", "qr"),
        ("options",),
        ("context",),
        ("console", "signals"),
        ("exits",),
        ("__init__",),
    ),
    "stores": (("accounts",), ("file_store", "keyring_store", "token_file", "unstored", "pending"), ("__init__",)),
}
# In these one module puts the others together, which do not know each other.
HEADS = {"sandbox": "sandbox.server", "loopback": "loopback.exchange"}
OWNERS = {
    "requests": {"transport"},
    "requests_oauthlib": {"transport"},
    "keyring": {"stores.keyring_store"},
    "segno": {"cli.qr"},
    "click": {"cli"},
}


def modules():
    for path in sorted(SOURCE.rglob("*.py")):
        yield ".".join(path.relative_to(SOURCE).with_suffix("").parts), ast.parse(path.read_text(encoding="utf-8"))


def imports(name, tree):
    """What a module of the package imports: names inside the package, without its own, and names outside it."""
    package = name.split(".")[:-1]
    inside, outside = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            outside |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            outside.add((node.module or "").partition(".")[0])
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1]
            for alias in node.names:
                parts = [*base, *(node.module.split(".") if node.module else [alias.name])]
                if node.module and (SOURCE.joinpath(*parts, f"{alias.name}.py")).exists():
                    parts.append(alias.name)
                inside.add(".".join(parts))
    return inside, outside


def row(table, name):
    for number, names in enumerate(table):
        if name in names:
            return number
    raise AssertionError(f"{name} stands in no row: give it one")


def test_a_module_imports_only_rows_below_its_own():
    """Whoever reads a module finds what it is built from below it, and nothing above."""
    wrong = []
    for name, tree in modules():
        top = name.partition(".")[0]
        for target in imports(name, tree)[0]:
            below = target.partition(".")[0]
            if below == "__version__":
                below = "version"
            if below == top and top in INSIDE:
                inner = row(INSIDE[top], name.partition(".")[2])
                if row(INSIDE[top], target.partition(".")[2]) <= inner:
                    wrong.append(f"{name} imports {target}")
            elif below == top and top in HEADS:
                if name != HEADS[top]:
                    wrong.append(f"{name} imports {target}")
            elif row(ROWS, below) <= row(ROWS, top):
                wrong.append(f"{name} imports {target}")
    assert not wrong


@pytest.mark.parametrize("library", OWNERS)
def test_each_heavy_library_is_imported_by_one_module_alone(library):
    """A heavy library has one owner, so that a change of it has one place."""
    owners = set()
    for name, tree in modules():
        if library in imports(name, tree)[1]:
            owners.add("cli" if library == "click" and name.startswith("cli.") else name)
    assert owners == OWNERS[library]


@pytest.mark.parametrize("library", sorted(OWNERS.keys() - {"click"}))
def test_a_heavy_library_is_imported_inside_a_function(library):
    """Nothing heavy is loaded before the function that needs it runs."""
    for _, tree in modules():
        for node in tree.body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            assert library not in {each.partition(".")[0] for each in names}


HEAVY = {
    *("requests", "requests_oauthlib", "oauthlib", "urllib3", "keyring", "segno"),
    *("http.server", "tempfile", "subprocess"),
}


def loaded(tmp_path, *arguments, **variables):
    """The modules that a run of the program has loaded when it ends."""
    report = tmp_path / "loaded.json"
    code = (
        "import atexit, json, sys\n"
        f"atexit.register(lambda: json.dump(sorted(sys.modules), open({str(report)!r}, 'w')))\n"
        "from flickr_auth.cli.app import main\n"
        f"sys.argv = ['flickr-auth', *{arguments!r}]\n"
        "main()\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={"FLICKR_AUTH_HOME": str(tmp_path / "home"), "PATH": "", **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    return ran, set(json.loads(report.read_text()))


def test_show_from_a_file_loads_nothing_that_it_does_not_use(tmp_path):
    """`show` starts as fast as click does: no HTTP, no OAuth, no keyring."""
    accounts = tmp_path / "home" / "accounts"
    accounts.mkdir(parents=True, mode=0o700)
    account = {
        "store": "file",
        "api_key": "653e7a6ecc1d528c516cc8f92cf98611",
        "api_secret": "a9567d986a7539fe",
        "oauth_token": "72157626318069415-087bfc7b5816092c",
        "oauth_token_secret": "a202d1f853ec69de",
        "user_nsid": "21207597@N07",
    }
    (accounts / "21207597@N07-653e7a6e.json").write_text(json.dumps(account))
    ran, modules_loaded = loaded(tmp_path, "show", "--field", "user_nsid")
    assert ran.stdout == "21207597@N07\n"
    assert modules_loaded & HEAVY == set()


def test_help_loads_nothing_that_it_does_not_use(tmp_path):
    """`--help` starts as fast as click does."""
    ran, modules_loaded = loaded(tmp_path, "--help")
    assert "Usage: flickr-auth" in ran.stdout
    assert modules_loaded & HEAVY == set()


def test_importing_the_package_loads_neither_click_nor_requests_nor_keyring():
    """A script that imports flickr_auth pays for what it then uses."""
    code = "import flickr_auth, sys; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(ran.stdout.split()) & (HEAVY | {"click"}) == set()
