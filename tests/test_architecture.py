"""The layout of the house: imports point one way, and heavy libraries are loaded by one module and only when used."""

import ast
import pathlib

import pytest

import flickr_auth

SOURCE = pathlib.Path(flickr_auth.__file__).parent

# A module imports only rows below its own, and no neighbour on its own row.
ROWS = (
    ("__main__",),
    ("cli",),
    ("__init__",),
    ("login",),
    ("interop",),
    ("sandbox", "callback"),
    ("loopback",),
    ("pages",),
    ("rest",),
    ("oauth",),
    ("stores",),
    ("transport",),
    ("answer",),
    ("provider",),
    ("apikeys",),
    ("verifier",),
    ("private",),
    ("bounded", "leftovers", "ordered"),
    ("account",),
    ("errors",),
    ("version",),
)
# Inside a package, likewise: commands above what they are built from.
INSIDE = {
    "cli": (
        ("app",),
        ("login", "show", "logout", "status", "use", "call", "run", "export", "import_", "doctor", "sandbox"),
        ("checkup.checklist",),
        ("checkup.machine", "checkup.network", "checkup.stores"),
        ("dialogue", "verdicts", "arguments", "tools", "taking_over"),
        ("two_steps", "wizard"),
        ("exchange", "prompt"),
        ("keeping", "browser", "qr", "checkup.files"),
        ("options", "completion", "checkup.finding"),
        ("names",),
        ("context",),
        ("console", "signals", "reader"),
        ("typed",),
        ("exits",),
        ("__init__", "checkup.__init__"),
    ),
    "interop": (
        ("flickrapi", "gallery_dl", "two_lines", "flickcurl", "snippets"),
        ("json_text", "sqlite"),
        ("tool",),
        ("__init__",),
    ),
    "stores": (("accounts",), ("file_store", "keyring_store", "token_file", "unstored", "pending"), ("__init__",)),
    "transport": (("__init__",), ("sending", "session"), ("failures", "signing")),
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
# A class can derive only from one that is there, so the session's module imports requests at once. That makes it as
# heavy as requests, and the same rule holds for it: whoever imports it does so inside a function.
HEAVY_MODULES = {"transport.session"}


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
            package = name.partition(".")[0]
            owners.add(package if package in OWNERS[library] else name)
    assert owners == OWNERS[library]


@pytest.mark.parametrize("library", sorted(OWNERS.keys() - {"click"}))
def test_a_heavy_library_is_imported_inside_a_function(library):
    """Nothing heavy is loaded before the function that needs it runs."""
    at_once = {name for name, tree in modules() if library in loaded_at_once(name, tree)[1]}
    assert at_once <= HEAVY_MODULES


@pytest.mark.parametrize("module", sorted(HEAVY_MODULES))
def test_a_module_that_loads_something_heavy_at_once_is_imported_inside_a_function(module):
    """Nothing heavy is loaded by way of a module of ours, either."""
    names = dict(modules())
    assert [name for name, tree in names.items() if module in loaded_at_once(name, tree)[0]] == []
    assert [name for name, tree in names.items() if module in imports(name, tree)[0]] != []  # it is in use
