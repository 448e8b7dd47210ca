#!/usr/bin/env python3
"""The rules of check_tree.py on small trees of their own: each is seen to complain, and to keep
quiet about what only looks alike."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import check_tree

TABLE = "base P:\n"
CLEAN = {
    "orchestrator/dependencies.txt": TABLE,
    "orchestrator/src/base/CMakeLists.txt": "wedgehog_library(base SOURCES units.cpp)\n",
    "orchestrator/src/base/units.cpp": "// Units.\n",
    "recipes/smoke/linux.yaml": "name: smoke\n",
}


class Tree(unittest.TestCase):
    rule = staticmethod(check_tree.check_named_paths)

    def complaints(self, files):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (CLEAN | files).items():
                path = Path(folder) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            subprocess.run(["git", "init", "-q", folder], check=True)
            said = []
            one = check_tree.tree(Path(folder))
            self.rule(one, lambda file, line, what: said.append(f"{file}:{line}: {what}"))
            return said


class Printing(Tree):
    rule = staticmethod(check_tree.check_printing)

    def test_what_throws_on_a_closed_terminal(self):
        said = self.complaints({"orchestrator/src/cli/show.cpp": "int x;\n  fmt::print(\"{}\", 1);\n"})
        self.assertEqual(said, ["orchestrator/src/cli/show.cpp:2: fmt::print: cli/terminal.hpp is the one way to print"])

    def test_words_and_other_libraries_are_left_alone(self):
        self.assertEqual(self.complaints({
            "orchestrator/src/cli/show.cpp": "// fmt::print throws\nprint(\"{}\", 1);\nsnprintf(a, 1, b);\n",
            "orchestrator/src/base/units.cpp": "fmt::print(1);\n"}), [])


class AwaitedBranches(Tree):
    rule = staticmethod(check_tree.check_branches)

    def test_what_gcc_awaits_in_any_case(self):
        said = self.complaints({"orchestrator/src/vm/x.cpp": "while (rests ? true :\n  co_await look()) ;\n"})
        self.assertEqual(len(said), 1)
        self.assertIn("vm/x.cpp:1: co_await in a branch", said[0])

    def test_conditions_and_neighbours_are_left_alone(self):
        self.assertEqual(self.complaints({"orchestrator/src/vm/x.cpp":
            "int a = co_await f() ? 1 : 2;\nco_await f(b ? 1 : 2);\nint c = b ? 1 : 2;\nco_await f();\n"}), [])


class NamedPaths(Tree):

    def test_what_is_there_may_be_named_in_every_form(self):
        self.assertEqual(self.complaints({"orchestrator/docs/x.md": """
`src/base/units.cpp`, `orchestrator/src/base`, base/units.cpp, `units.cpp`, recipes/smoke/linux.yaml,
`recipes/smoke/`, recipes/*/linux.yaml, src/{base}/units.{cpp}, [units](../src/base/units.cpp#L1),
[a place in here](#top), [the web](https://example.org/gone.md), ./recipes/smoke.
"""}), [])

    def test_what_is_gone_is_told_with_its_line(self):
        said = self.complaints({"README.md": """Read `src/base/gone.cpp`
and gone.hpp, recipes/lab/gone.yaml, `orchestrator/gone/`,
src/base/{units,gone}.cpp, recipes/*/gone.yaml, [it](docs/gone.md).
"""})
        for line, path in ((1, "src/base/gone.cpp"), (2, "gone.hpp"), (2, "recipes/lab/gone.yaml"),
                           (2, "orchestrator/gone/"), (3, "src/base/gone.cpp"),
                           (3, "recipes/*/gone.yaml"), (3, "docs/gone.md")):
            self.assertIn(f"README.md:{line}: names {path}, which is not there", said)
        self.assertIn("README.md:3: links to docs/gone.md, which is not there", said)
        self.assertEqual(len(said), 8)

    def test_comments_of_sources_are_documents(self):
        said = self.complaints({
            "orchestrator/src/base/units.hpp": '// See base/gone.hpp.\nchar const* x = "none.cpp";\n'})
        self.assertEqual(said, [
            "orchestrator/src/base/units.hpp:1: names base/gone.hpp, which is not there"])

    def test_what_stands_for_something_else_is_left_alone(self):
        self.assertEqual(self.complaints({"README.md": """
`src/nbd/conditions/NAME.cpp`, images/OS/profile.yaml, `wreckage/<run>/`, recipes/…, a.cpp,
boost/asio.hpp, NBD doc/proto.md, results.sqlite, image.json, /proc/mounts, e.g., 3.5, build/bin/x,
https://example.org/docs/gone.md, `[&text](…) { … }`, ../shared/traces, and/or, recipe.yaml.
"""}), [])


if __name__ == "__main__":
    sys.exit(unittest.main())
