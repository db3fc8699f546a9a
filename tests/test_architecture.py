"""The layout of the house: imports point one way, and heavy libraries are loaded by one module and only when used."""

import ast
import functools
import pathlib
import re

import pytest

import flickr_auth

SOURCE = pathlib.Path(flickr_auth.__file__).parent

# A package imports only rows below its own, and no neighbour on its own row.
ROWS = (
    ("__main__",),
    ("cli",),
    ("testing",),
    ("__init__",),
    ("interop",),
    ("protocol",),
    ("storage",),
    ("sandbox",),
    ("transport",),
    ("loopback",),
    ("account", "advice", "provider", "threads", "values", "errors", "program", "version"),
)
# Inside a package, likewise. `*` is every module of that folder which no other row names.
INSIDE = {
    "": (("advice", "provider", "threads", "values"), ("account",), ("errors", "version"), ("program",)),
    "cli": (
        ("app",),
        ("commands.*",),
        ("doctor.checklist",),
        ("doctor.machine", "doctor.network"),
        ("doctor.setup",),
        ("account_check", "call_arguments", "request_url", "shell_formats"),
        ("login.log_in", "login.import_token"),
        ("login.complete",),
        ("login.begin", "login.codes", "login.report"),
        ("login.plan", "login.browser_code"),
        ("consumer_keys", "login.destination"),
        ("login.ask_keys",),
        ("options", "topics", "list_tools", "completion", "browser", "qr", "default_account"),
        ("usage", "help_page", "complete_accounts"),
        ("context",),
        ("console", "signals", "hidden"),
        ("text", "stdin"),
        ("__init__", "commands.__init__", "doctor.__init__", "login.__init__"),
    ),
    "interop": (
        ("registry",),
        ("*",),
        ("formats.*",),
        ("formats.json_text",),
        ("tool",),
        ("__init__", "formats.__init__"),
    ),
    "protocol": (
        ("session",),
        ("pagination",),
        ("rest",),
        ("legs",),
        ("verifier", "method_names"),
        ("__init__",),
    ),
    "storage": (
        ("choose", "store"),
        ("account_files", "keyring", "token_file", "pending"),
        ("apikeys", "record", "keyring_errors"),
        ("replacement",),
        ("mounted",),
        ("files",),
        ("ownership",),
        ("file_errors",),
        ("__init__",),
    ),
    "sandbox": (
        ("server", "faults"),
        ("methods", "pages", "checks", "formats"),
        ("signature", "request_tokens", "access_tokens", "photos"),
        ("people",),
        ("__init__",),
    ),
    "transport": (
        ("__init__",),
        ("client", "signed_session"),
        ("failures",),
        ("exchange", "signing", "multipart"),
        ("connections", "calls_per_hour"),
    ),
    "loopback": (("callback",), ("handler", "http_server", "html"), ("__init__",)),
}
OWNERS = {
    "requests": {"transport"},
    "requests_oauthlib": {"transport"},
    "keyring": {"storage.keyring"},
    "segno": {"cli.qr"},
    "click": {"cli"},
}
# What people type names these: `flickr-auth login` is `cli.commands.login`, and may share its name with what it starts.
NAMED_BY_USERS = "cli.commands."
# A class can derive only from one that is there, so these modules import requests at once. That makes them as heavy as
# requests, and the same rule holds for them: whoever imports one does so inside a function.
HEAVY_MODULES = {"transport.connections", "transport.signed_session", "protocol.session"}


@functools.cache
def modules():
    return [
        (".".join(path.relative_to(SOURCE).with_suffix("").parts), ast.parse(path.read_text(encoding="utf-8")))
        for path in sorted(SOURCE.rglob("*.py"))
    ]


@functools.cache
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


@functools.cache
def loaded_at_once(name, tree):
    """What a module imports when it is itself imported: not in a function, and not for type checkers alone."""
    found = ast.Module([], [])
    waiting = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            found.body.append(node)
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting += node.orelse
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)
    return imports(name, found)


def row(table, name):
    folder = name.rpartition(".")[0]
    for wanted in (name, f"{folder}.*" if folder else "*"):
        for number, names in enumerate(table):
            if wanted in names:
                return number
    raise AssertionError(f"{name} stands in no row: give it one")


def place(name):
    """Where a module stands: the row of its package, and its row inside that."""
    top, _, inner = name.partition(".")
    if top in INSIDE:
        return row(ROWS, top), row(INSIDE[top], inner or "__init__")
    return row(ROWS, top), row(INSIDE[""], top) if any(top in names for names in INSIDE[""]) else 0


def test_a_module_imports_only_rows_below_its_own():
    """Whoever reads a module finds what it is built from below it, and nothing above."""
    wrong = []
    for name, tree in modules():
        for target in imports(name, tree)[0]:
            below = "version" if target == "__version__" else target
            if place(below) <= place(name):
                wrong.append(f"{name} imports {target}")
    assert not wrong


def test_each_row_names_modules_that_are_there():
    """The rows are read as a map: a name on it that leads nowhere misleads."""
    there = {name for name, _ in modules()}
    there |= {parent for name in there if (parent := name.rpartition(".")[0])}
    named = {name for names in ROWS for name in names}
    named |= {f"{package}.{name}".lstrip(".") for package, rows in INSIDE.items() for names in rows for name in names}
    assert {name for name in named if not name.endswith("*")} <= there


def test_no_two_modules_share_a_name():
    """A name in a traceback or a search leads to one file."""
    names = [
        name.rpartition(".")[2]
        for name, _ in modules()
        if not name.endswith("__init__") and not name.startswith(NAMED_BY_USERS)
    ]
    assert sorted(names) == sorted(set(names))


def test_the_sandbox_is_started_at_the_top_of_the_house_only():
    """Whoever reads or stores a token starts no server."""
    starters = {name.partition(".")[0] for name, tree in modules() if "sandbox.server" in imports(name, tree)[0]}
    assert starters <= {"cli", "testing", "__init__", "sandbox"}


def test_each_heavy_library_is_imported_by_one_module_alone_and_inside_a_function():
    """A heavy library has one owner, so that a change of it has one place, and is loaded when it is needed."""
    for library, expected in OWNERS.items():
        owners = set()
        for name, tree in modules():
            if library in imports(name, tree)[1]:
                package = name.partition(".")[0]
                owners.add(package if package in expected else name)
            if library != "click" and library in loaded_at_once(name, tree)[1]:
                assert name in HEAVY_MODULES
        assert owners == expected


@pytest.mark.parametrize("module", sorted(HEAVY_MODULES))
def test_a_module_that_loads_something_heavy_at_once_is_imported_inside_a_function(module):
    """Nothing heavy is loaded by way of a module of ours, either."""
    names = dict(modules())
    at_once = {name for name, tree in names.items() if module in loaded_at_once(name, tree)[0]}
    assert at_once <= HEAVY_MODULES
    assert [name for name, tree in names.items() if module in imports(name, tree)[0]] != []  # it is in use


def test_every_test_says_what_a_user_is_promised():
    """A test that fails tells what was promised, in a sentence that is more than its name."""
    wrong = []
    for path in sorted(pathlib.Path(__file__).parent.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                said = re.findall(r"\w+", (ast.get_docstring(node) or "").lower())
                if not said or "_".join(said) == node.name.removeprefix("test_"):
                    wrong.append(f"{path.name}::{node.name}")
    assert wrong == []


PREDICATES = {"exists", "is_dir", "is_file", "is_fifo", "is_mount", "is_socket", "is_symlink"}


def test_no_question_about_a_path_can_raise():
    """A folder that may not be entered is no traceback: pathlib's predicates raise there, os.path's do not."""
    wrong = [
        f"{name}:{node.lineno}"
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and not node.args
        if isinstance(node.func, ast.Attribute) and node.func.attr in PREDICATES
    ]
    assert wrong == []
