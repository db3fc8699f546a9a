"""Change the program in one small way after the other, and see whether its tests notice.

    .venv/bin/python tests/mutants.py                     a sample of 8 changes in each module, the same every time
    .venv/bin/python tests/mutants.py --each 2 storage    fewer, and only of modules whose name begins so
    .venv/bin/python tests/mutants.py --seed 1 --jobs 2   another sample, by two copies beside each other

A change that no test notices (a survivor) is printed, the line before and after. Nothing is changed that only a reader
or a type checker would notice: texts; the number behind a limit's name (LONGEST, MOST), which tests take from there;
and a False or an empty text that is returned, which is not made None. Each change is made in a copy, which has a
virtual environment of its own; the working tree stays as it is. For a change of a line the tests are run that pass
through it in their own process, and if they notice nothing the others of the package: a process that a test starts is
not seen to pass anywhere. It needs `pip install pytest-cov`.
"""

import argparse
import ast
import collections
import concurrent.futures
import contextlib
import copy
import pathlib
import queue
import random
import re
import shutil
import site
import subprocess
import sys
import tempfile
from functools import partial

ROOT = pathlib.Path(__file__).parents[1]
SOURCE = ROOT / "src" / "flickr_auth"
# What is changed, and the tests that have to notice.
TESTS = {
    "cli": ("tests/cli", "tests/transport/test_calls_per_hour.py"),
    "protocol": ("tests/protocol",),
    "storage": ("tests/storage", "tests/faults/test_temporary_files.py", "tests/cli/test_secret_service_trouble.py"),
    "transport": ("tests/transport", "tests/protocol", "tests/faults/test_no_connection.py"),
    "loopback": ("tests/loopback", "tests/sandbox", "tests/test_testing.py", "tests/protocol/test_fork.py"),
    "interop": ("tests/interop", "tests/cli/test_export.py", "tests/cli/test_import.py"),
    "sandbox": ("tests/sandbox", "tests/test_testing.py"),
    "account": ("tests/test_account.py", "tests/test_values.py"),
    "advice": ("tests/test_advice.py",),
    "provider": ("tests/test_provider.py",),
    "threads": ("tests/test_threads.py", "tests/protocol/test_pagination.py"),
    "errors": ("tests/test_errors.py", "tests/test_python.py", "tests/protocol", "tests/cli/test_call.py"),
    "values": ("tests/test_values.py", "tests/storage/test_one_door.py", "tests/storage/test_apikeys.py"),
    "program": ("tests/cli/test_program.py", "tests/test_advice.py", "tests/cli/test_printed_lines.py"),
    "testing": ("tests/test_testing.py",),
    "__init__": ("tests/test_python.py", "tests/test_start_up.py"),
    "__main__": ("tests/cli/test_program.py", "tests/cli/test_run.py", "tests/cli/test_issued_and_stored.py"),
}
LONGEST = 60  # seconds for one test: a change that hangs it is noticed
_SWAPS = (
    *((ast.Eq, ast.NotEq), (ast.Is, ast.IsNot), (ast.In, ast.NotIn), (ast.Lt, ast.LtE), (ast.Gt, ast.GtE)),
    *((ast.And, ast.Or), (ast.Add, ast.Sub), (ast.BitOr, ast.BitAnd)),
)
_OPPOSITE = dict(_SWAPS) | {second: first for first, second in _SWAPS}


def changes(tree):
    """Every change of a module: what is changed, and a function that makes it, in place."""
    alone = {
        id(inner)
        for node in ast.walk(tree)
        for part in (getattr(node, "annotation", None), getattr(node, "returns", None), _limit(node))
        if part is not None
        for inner in ast.walk(part)
    }
    for node in ast.walk(tree):
        if id(node) in alone:
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
        elif isinstance(node, ast.If | ast.While | ast.IfExp) and ast.unparse(node.test) != "TYPE_CHECKING":
            yield node, lambda node=node: setattr(node, "test", ast.Constant(False))


def _other(value):
    return not value if isinstance(value, bool) else value + 1


def _limit(node):
    """The number that is given a limit's name; None if the node is no such assignment."""
    is_named = isinstance(node, ast.Assign) and re.search("LONGEST|MOST", ast.unparse(node.targets[0]))
    return node.value if is_named else None


def _gives_a_value(node):
    return isinstance(node, ast.Return) and ast.unparse(node) not in (
        "return",
        "return None",
        "return False",
        "return ''",
    )


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
        folder.mkdir(mode=0o755)
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
        program = self._python.with_name("flickr-auth")  # hints name it
        program.write_text(f"#!{self._python}\nfrom flickr_auth.__main__ import main\n\nmain()\n")
        program.chmod(0o755)

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
        """The tests of the package that pass through each line, and through how many each; a text if they fail."""
        import coverage

        options = ("--cov", "flickr_auth", "--cov-context", "test", "--cov-report", "")
        if not self.passes(*TESTS[package], options=options):
            return self.said
        data = coverage.CoverageData(str(self.folder / ".coverage"))
        data.read()
        lines = {
            (str(pathlib.Path(path).relative_to(self.folder)), line): {
                each.rpartition("|")[0] for each in tests if each
            }
            for path in data.measured_files()
            for line, tests in data.contexts_by_lineno(path).items()
        }
        return lines, collections.Counter(each for tests in lines.values() for each in tests)

    def notices(self, path, package, number, found):
        """Whether a test notices the change of that number; and the line that it changes, how it read and reads."""
        lines, sizes = found
        text, place = path.read_text(encoding="utf-8"), str(path.relative_to(ROOT))
        changed, line, pair = mutated(text, number)
        # The likely ones first: the module's own, then those that pass through little else.
        through = sorted(
            lines.get((place, line), ()), key=lambda each: (f"/test_{path.stem}.py" not in each, sizes[each], each)
        )
        (self.folder / place).write_text(changed, encoding="utf-8")
        seen = through and not self.passes(*through)
        noticed = seen or not self.passes(*TESTS[package], options=[f"--deselect={each}" for each in through])
        (self.folder / place).write_text(text, encoding="utf-8")
        return noticed, line, pair


def modules(prefixes):
    """The modules that are looked at: name, path, and the package that they count to."""
    for path in sorted(SOURCE.rglob("*.py")):
        name = ".".join(path.relative_to(SOURCE).with_suffix("").parts)
        package = next((each for each in TESTS if f"{name}.".startswith(f"{each}.")), None)
        if package and (not prefixes or name.startswith(tuple(prefixes))):
            yield name, path, package


def sample(options):
    """The changes to be made: module, path, package and number."""
    for name, path, package in modules(options.modules):
        count = len(list(changes(ast.parse(path.read_text(encoding="utf-8")))))
        chosen = random.Random(f"{name}{options.seed}")  # noqa: S311  # the same every time
        for number in sorted(chosen.sample(range(count), min(options.each, count))):
            yield name, path, package, number


def main():
    """Make the sample, and print a line for each survivor and a row for each package."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=8, help="how many changes of each module")
    parser.add_argument("--seed", default="", help="another sample")
    parser.add_argument("--jobs", type=int, default=1, help="how many copies work beside each other")
    parser.add_argument("modules", nargs="*", help="beginnings of module names, such as storage or transport.client")
    options = parser.parse_args()
    made, totals = list(sample(options)), collections.defaultdict(collections.Counter)
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        pathlib.Path(folder).chmod(0o755)  # some tests that root runs look at it as a user who has no rights
        copies = queue.SimpleQueue()
        for number in range(options.jobs):
            copies.put(Copy(pathlib.Path(folder).resolve() / str(number)))

        def in_a_copy(step, *arguments):
            project = copies.get()
            try:
                return step(project, *arguments)
            finally:
                copies.put(project)

        packages = dict.fromkeys(package for _, _, package, _ in made)
        found = dict(zip(packages, pool.map(partial(in_a_copy, Copy.tests_of_lines), packages), strict=True))
        for package in packages:
            if isinstance(found[package], str):
                print(f"{package}: its tests fail without any change\n{found[package]}", flush=True)
        made = [each for each in made if not isinstance(found[each[2]], str)]
        results = pool.map(lambda each: in_a_copy(Copy.notices, *each[1:], found[each[2]]), made)
        for (name, _, package, _), (noticed, line, (old, new)) in zip(made, results, strict=True):
            totals[package].update(noticed=int(noticed), made=1)
            if not noticed:
                print(f"  survives: {name} line {line}: {old}\n{'becomes:':>11} {new}", flush=True)
    totals["all"] = sum(totals.values(), collections.Counter())
    for package, total in totals.items():
        print(f"{package}: {total['noticed']} of {total['made']} noticed")


if __name__ == "__main__":
    main()
