"""Change the program in one small way after the other, and see whether its tests notice.

    .venv/bin/python tests/mutants.py                     a sample of 8 changes in each module, the same every time
    .venv/bin/python tests/mutants.py --each 2 storage    fewer, and only of modules whose name begins so

A change that no test notices (a survivor) is printed, the line before and after. Texts are left alone: words are
reviewed, not tested. Each change is made in a copy, which has a virtual environment of its own; the working tree stays
as it is. For a change of a line the tests are run that pass through it in their own process, and if they notice nothing
all of the package's: a process that a test starts is not seen to pass anywhere. It needs `pip install pytest-cov`.
"""

import argparse
import ast
import collections
import contextlib
import copy
import pathlib
import random
import shutil
import site
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).parents[1]
SOURCE = ROOT / "src" / "flickr_auth"
# What is changed, and the tests that have to notice.
TESTS = {
    "protocol": ("tests/protocol",),
    "storage": ("tests/storage", "tests/faults/test_temporary_files.py"),
    "transport": ("tests/transport", "tests/protocol/test_foreign_text.py", "tests/protocol/test_rest.py"),
    "loopback": ("tests/loopback", "tests/sandbox/test_sandbox_http.py", "tests/sandbox/test_sandbox_pages.py"),
    "interop": ("tests/interop", "tests/cli/test_export.py", "tests/cli/test_import.py"),
    "sandbox": ("tests/sandbox",),
    "account": ("tests/test_account.py",),
    "advice": ("tests/test_advice.py",),
    "provider": ("tests/test_provider.py",),
    "threads": ("tests/test_threads.py", "tests/protocol/test_pagination.py"),
}
LONGEST = 20  # seconds for one test: a change that hangs it is noticed
_SWAPS = (
    *((ast.Eq, ast.NotEq), (ast.Is, ast.IsNot), (ast.In, ast.NotIn), (ast.Lt, ast.LtE), (ast.Gt, ast.GtE)),
    *((ast.And, ast.Or), (ast.Add, ast.Sub), (ast.BitOr, ast.BitAnd)),
)
_OPPOSITE = dict(_SWAPS) | {second: first for first, second in _SWAPS}


def changes(tree):
    """Every change of a module: what is changed, and a function that makes it, in place."""
    typing = {
        id(inner)
        for node in ast.walk(tree)
        for part in (getattr(node, "annotation", None), getattr(node, "returns", None))
        if part is not None
        for inner in ast.walk(part)
    }
    for node in ast.walk(tree):
        if id(node) in typing:
            continue
        if isinstance(node, ast.Compare) and type(node.ops[0]) in _OPPOSITE:
            yield node, lambda node=node: node.ops.__setitem__(0, _OPPOSITE[type(node.ops[0])]())
        elif isinstance(node, ast.BoolOp | ast.BinOp) and type(node.op) in _OPPOSITE:
            yield node, lambda node=node: setattr(node, "op", _OPPOSITE[type(node.op)]())
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield node, lambda node=node: _become(node, ast.Call(ast.Name("bool", ast.Load()), [node.operand], []))
        elif isinstance(node, ast.Constant) and type(node.value) in (bool, int):
            yield node, lambda node=node: setattr(node, "value", _other(node.value))
        elif _gives_a_value(node) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
            yield node, lambda node=node: setattr(node, "value", ast.Constant(None))
        elif isinstance(node, ast.If | ast.While | ast.IfExp):
            yield node, lambda node=node: setattr(node, "test", ast.Constant(False))


def _other(value):
    return not value if isinstance(value, bool) else value + 1


def _gives_a_value(node):
    return isinstance(node, ast.Return) and ast.unparse(node) not in ("return", "return None")


def _become(node, other):
    """Turn a node into another one, for whoever refers to it."""
    inner = copy.copy(other)
    node.__class__, node.__dict__ = inner.__class__, inner.__dict__
    ast.fix_missing_locations(node)


def mutated(text, number):
    """The module's text with its change of that number, the line that was changed, and how it read and reads."""
    tree = ast.parse(text)
    before = ast.unparse(tree)
    node, change = list(changes(tree))[number]
    line = node.lineno
    change()
    after = ast.unparse(ast.fix_missing_locations(tree))
    # Both without comments and line breaks inside a statement, so that they differ in this one line.
    pairs = zip(before.splitlines(), after.splitlines(), strict=False)
    old, new = next(pair for pair in pairs if pair[0] != pair[1])
    return after, line, (old.strip(), new.strip())


class Copy:
    """A copy of the project with a Python that imports it, and what is installed beside the program here."""

    def __init__(self, folder):
        folder.chmod(0o755)  # some tests that root runs look at it as a user who has no rights
        self.folder = folder
        for name in ("src", "tests"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("pyproject.toml", "README.md", "apikeys.example"):
            shutil.copy(ROOT / name, folder / name)
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
        (packages,) = (folder / "venv").rglob("site-packages")
        packages.joinpath("copy.pth").write_text("\n".join([str(folder / "src"), *site.getsitepackages()]))
        self.said = ""  # by the tests that ran last
        self._python = next(folder.glob("venv/[bS]*/python*"))  # bin, or Scripts

    def passes(self, *tests, options=()):
        """Whether these tests pass, up to the first that does not."""
        plain = ("-B", "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider", "--timeout", str(LONGEST))
        with contextlib.suppress(subprocess.TimeoutExpired):
            command = [self._python, *plain, *options, *tests]
            ran = subprocess.run(command, cwd=self.folder, capture_output=True, timeout=60 * LONGEST, check=False)
            self.said = ran.stdout.decode(errors="replace")
            return ran.returncode == 0
        return False

    def tests_of_lines(self, package):
        """For each file, the tests of the package that pass through each line; None if they fail as they are."""
        import coverage

        options = ("--cov", "flickr_auth", "--cov-context", "test", "--cov-report", "")
        if not self.passes(*TESTS[package], options=options):
            return None
        data = coverage.CoverageData(str(self.folder / ".coverage"))
        data.read()
        return {
            pathlib.Path(path): {
                line: {each.rpartition("|")[0] for each in contexts if each}
                for line, contexts in data.contexts_by_lineno(path).items()
            }
            for path in data.measured_files()
        }


def modules(prefixes):
    """The modules that are looked at: name, path, and the package that they count to."""
    for path in sorted(SOURCE.rglob("*.py")):
        name = ".".join(path.relative_to(SOURCE).with_suffix("").parts)
        package = next((each for each in TESTS if f"{name}.".startswith(f"{each}.")), None)
        if package and not name.endswith("__init__") and (not prefixes or name.startswith(tuple(prefixes))):
            yield name, path, package


def quickest(through, stem):
    """The tests through a line in the order in which they are likely to notice: the module's own first."""
    first = f"/test_{stem}.py"
    return sorted(through, key=lambda each: (first not in each, each))


def main():
    """Make the sample, and print a row for each module and a line for each survivor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=8, help="how many changes of each module")
    parser.add_argument("modules", nargs="*", help="beginnings of module names, such as storage or transport.client")
    options = parser.parse_args()
    totals = collections.defaultdict(collections.Counter)
    with tempfile.TemporaryDirectory() as folder:
        project = Copy(pathlib.Path(folder).resolve())
        lines = {}
        for name, path, package in modules(options.modules):
            if package not in lines:
                lines[package] = project.tests_of_lines(package)
                if lines[package] is None:
                    print(project.said, flush=True)
            if lines[package] is None:
                print(f"{name}: its tests fail without any change", flush=True)
                continue
            text = path.read_text(encoding="utf-8")
            count = len(list(changes(ast.parse(text))))
            sample = random.Random(name).sample(range(count), min(options.each, count))  # noqa: S311  # the same every time
            noticed, started = 0, time.monotonic()
            target = project.folder / path.relative_to(ROOT)
            for number in sorted(sample):
                changed, line, (old, new) = mutated(text, number)
                target.write_text(changed, encoding="utf-8")
                through = lines[package].get(target, {}).get(line, ())
                unseen = not through or project.passes(*quickest(through, path.stem))
                if unseen and project.passes(*TESTS[package]):
                    print(f"  survives: {name} line {line}: {old}\n{'becomes:':>11} {new}", flush=True)
                else:
                    noticed += 1
            target.write_text(text, encoding="utf-8")
            totals[package].update(noticed=noticed, made=len(sample))
            print(f"{name}: {noticed} of {len(sample)} noticed ({time.monotonic() - started:.0f} s)", flush=True)
    for package, total in totals.items():
        print(f"{package}: {total['noticed']} of {total['made']} noticed")


if __name__ == "__main__":
    main()
