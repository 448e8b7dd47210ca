#!/usr/bin/env python3
"""Holds the sources to the rules that no compiler checks: who includes whom, where time is read,
how long lines and files are, which names are banned, whether what documents and comments name is
there. What breaks a rule today stands in a ratchet
list below: entries may be removed or lowered, never added or raised; one that is no longer needed
fails the test until it is taken out.

    check_tree.py [SOURCE_DIR] [--ratchets]

--ratchets prints WIDE, LONG and LAMBDAS as the tree stands, for the list to be tightened by hand.
Exit codes: 0 clean, 1 violations (one line each), 77 when there is nothing to check (no git, no
checkout).
"""
import fnmatch
import re
import subprocess
import sys
from pathlib import Path

COLUMNS = 100
LINES = 500

# --- ratchets -----------------------------------------------------------------------------------
# Lines beyond COLUMNS, by file.
WIDE = {
    "orchestrator/src/tests/conductor/conductor_test.cpp": 2,
    "orchestrator/src/tests/nbd/peers_test.cpp": 1,
}
# Length of files beyond LINES.
LONG = {
    "guest-agent/wire/messages.hpp": 526,
    "orchestrator/src/tests/verdict/scenes_test.cpp": 790,
}
# Where real time is met outside loop/: timers that are bells (never armed with a time), and
# benchmarks.
CLOCKS = {
    "orchestrator/bench/qmp_bench.cpp",
    "orchestrator/bench/store_bench.cpp",
    "orchestrator/src/qmp/session.hpp",
}
# Includes that the table does not allow: "file: header".
INCLUDES = set()
# Not pure although marked P: "file: header".
IMPURE = set()
# A lambda with captures inside a co_await expression.
LAMBDAS = {
    "orchestrator/src/tests/agent/guest_test.cpp": 1,
    "orchestrator/src/tests/nbd/server_test.cpp": 6,
}

# --- the rules ----------------------------------------------------------------------------------
BANNED_IN_FILE_NAMES = {
    "manager": "what does it do? name it after that",
    "handler": "name it after what it answers",
    "helper": "name it after what it knows",
    "util": "name it after what is in it",
    "common": "name it after what is in it",
    "misc": "name it after what is in it",
    "do_": "the bare verb",
    "process_": "the verb that says what is done; a process of the system is fine (see below)",
    "handle_": "the verb that says what is done",
}
# Processes as the operating system has them.
NAMED_AFTER_PROCESSES = {
    "orchestrator/src/tests/loop/process_test.cpp",
}
BANNED_IN_SOURCES = {"asio::detached": "swallows exceptions: use a nursery"}
IMPURE_HEADER = re.compile(r"boost/asio|(thread|fstream|filesystem)$|loop/")
REAL_TIME = re.compile(r"\bsteady_timer\b|\bsteady_clock::now\b")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
# Up to the end of the statement: "co_await f([&] { … })".
AWAITED_LAMBDA = re.compile(
    r"co_await\b(?:[^;{}]*?[(,{=])?\s*\[[^\]\[]+\]\s*(?:<[^<>]*>\s*)?(?:mutable\s*)?[({]")

# "c ? f() : co_await g()"
AWAITED_BRANCH = re.compile(r"\?[^;{}]*?\bco_await\b")


class tree:
    def __init__(self, root):
        self.root = root
        listed = subprocess.run(
            ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            capture_output=True, check=False)
        names = listed.stdout.decode().split("\0")
        self.files = sorted(f for f in names if f and (root / f).is_file())
        self.sources = {f: (root / f).read_text() for f in self.files
                        if f.endswith((".cpp", ".hpp"))}


def read_table(text):
    allowed, pure = {}, set()
    for line in text.splitlines():
        if not line[:1].islower():
            continue
        name, _, uses = line.partition(":")
        words = name.split()
        allowed[words[0]] = set(uses.split())
        if "P" in words[1:]:
            pure.add(words[0])
    return allowed, pure


def library_of(file, libraries):
    """The library that a file belongs to; None for tests, tools, benchmarks and the agent."""
    parts = file.split("/")
    if file.startswith("guest-agent/wire/"):
        return "wire"
    inside = file.startswith(("orchestrator/src/", "results/src/"))
    if inside and len(parts) > 3 and parts[2] in libraries:
        return parts[2]
    return None


def without_comments(text):
    """Comments and the insides of literals blanked, so that words in them are no code; positions
    stay. Raw strings that go over several lines are left as they are."""
    def blank(match):
        word = match.group(0)
        if word.startswith("/"):
            return re.sub(r"[^\n]", " ", word)
        return word[0] + " " * (len(word) - 2) + word[-1]
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', blank, text,
                  flags=re.S)


def line_at(text, offset):
    return text.count("\n", 0, offset) + 1


def check_includes(one, complain):
    allowed, pure = read_table((one.root / "orchestrator/dependencies.txt").read_text())
    for name, uses in allowed.items():
        for used in uses - allowed.keys():
            complain("orchestrator/dependencies.txt", 1, f"{name} uses '{used}', which has no line")
        for used in sorted(uses & allowed.keys()) if name in pure else []:
            if used not in pure:
                complain("orchestrator/dependencies.txt", 1,
                         f"{name} is pure and uses {used}, which is not")
    for file, text in one.sources.items():
        library = library_of(file, allowed)
        if library is None:
            continue
        for found in INCLUDE.finditer(text):
            quoted, header = found.group(1) == '"', found.group(2)
            where, exception = line_at(text, found.start()), f"{file}: {header}"
            if library in pure and IMPURE_HEADER.search(header):
                complain(file, where, f"{library} is pure and includes {header}", IMPURE, exception)
            other = header.split("/")[0]
            ours = quoted and "/" in header and other in allowed
            if ours and other != library and other not in allowed[library]:
                complain(file, where, f"{library} may not include {header} (dependencies.txt)",
                         INCLUDES, exception)


def check_clocks(one, complain):
    for file, text in one.sources.items():
        if file.startswith("orchestrator/src/loop/"):
            continue
        found = REAL_TIME.search(without_comments(text))
        if found:
            complain(file, line_at(text, found.start()),
                     f"{found.group(0)}: time is passed in (loop/clock.hpp)", CLOCKS, file)


def check_printing(one, complain):
    """fmt::print throws when a terminal was closed, and a run must not end of that."""
    for file, text in one.sources.items():
        if not file.startswith(("orchestrator/src/cli/", "orchestrator/src/farm/", "orchestrator/src/conductor/")):
            continue
        for found in re.finditer(r"\b(fmt::print|std::cout|printf)\b", without_comments(text)):
            complain(file, line_at(text, found.start()), f"{found.group(0)}: cli/terminal.hpp is the one way to print")


def check_lengths(one, counted):
    for file, text in one.sources.items():
        lines = text.splitlines()
        wide = [number for number, line in enumerate(lines, 1) if len(line) > COLUMNS]
        first = wide[0] if wide else 0
        counted(file, len(wide), 0, WIDE,
                f"{len(wide)} lines beyond {COLUMNS} columns, the first: {first}")
        counted(file, len(lines), LINES, LONG,
                f"{len(lines)} lines are more than {LINES}: too long to live in")


def check_named_in_cmake(one, complain):
    words = {}
    for file in one.files:
        if file.endswith(("CMakeLists.txt", ".cmake")):
            text = re.sub(r"#[^\n]*", "", (one.root / file).read_text())
            words[file] = set(re.findall(r"[\w./${}-]+", text))
    ours = ("orchestrator/", "results/", "guest-agent/")
    for file in one.sources:
        if not file.endswith(".cpp") or not file.startswith(ours):
            continue
        named = False
        for listing, names in words.items():
            folder = Path(listing).parent
            for name in names:
                if not name.endswith(".cpp") or Path(name).name != Path(file).name:
                    continue
                path = name.replace("${CMAKE_SOURCE_DIR}/", "/")
                path = path.replace("${CMAKE_CURRENT_SOURCE_DIR}/", "")
                resolved = Path(path[1:]) if path.startswith("/") else Path(normal(folder / path))
                named = named or str(resolved) == file
        if not named:
            complain(file, 1, "no CMakeLists.txt names it: it is not built")


# Names of files of ours in documents and comments: sources and documents by any name, other files
# and folders when they are named from the top. NAME, OS, <x> and … stand for something else.
NAMED_ANYWHERE = (".cpp", ".hpp", ".md", ".py", ".cmake")
PATH = re.compile(r"(?<![\w/.~$}>-])[\w*{}][\w./*{},-]*[\w*}/](?![\w<…])")
PLACEHOLDER = re.compile(r"(^|[/_.-])[A-Z]{2,}([/_.-]|$)")
NOT_PLACEHOLDERS = re.compile(r"(README|LICENSE|CMakeLists|MANIFEST)\b")
# Of others: headers of libraries, the specification of NBD.
FOREIGN = re.compile(r"(boost|fmt|yaml-cpp|sys|linux|gtest|gmock|re2)/|(doc/)?proto\.md$")
# As in "a.cpp b.cpp".
ANY_FILE = re.compile(r"[a-z]\.[a-z]+$")
LINK = re.compile(r"\]\(([^)\s]+)\)")
ADDRESS = re.compile(r"\b[a-z]+://\S+")


def braces_written_out(path):
    found = re.search(r"\{([^{}]*)\}", path)
    if not found:
        return [path]
    return [other for part in found.group(1).split(",")
            for other in braces_written_out(path[:found.start()] + part + path[found.end():])]


def named_paths(text, tops):
    """(position, path) of what looks like a path of this tree in a text that people wrote."""
    text = ADDRESS.sub(lambda found: " " * len(found.group(0)), text)
    for found in PATH.finditer(text):
        path = found.group(0).rstrip(".,").removeprefix("./")
        if FOREIGN.match(path) or ANY_FILE.match(path):
            continue
        if PLACEHOLDER.search(NOT_PLACEHOLDERS.sub("", path)):
            continue
        by_name = path.endswith(NAMED_ANYWHERE) and not path.startswith(("*", "."))
        from_top = "/" in path and path.split("/")[0] in tops
        if by_name or from_top:
            for each in braces_written_out(path):
                yield found.start(), each


class paths:
    """Every file and folder of the tree, to be asked for by its name or the end of it."""

    def __init__(self, files):
        self.all = set(files)
        for file in files:
            self.all.update(str(parent) for parent in Path(file).parents)
        self.endings = {path[at + 1:] for path in self.all
                        for at in [-1] + [i for i, c in enumerate(path) if c == "/"]}
        self.tops = {file.split("/")[0] for file in files if "/" in file}

    def has(self, path):
        path = path.rstrip("/")
        if "*" not in path:
            return path in self.endings
        return any(fnmatch.fnmatchcase(ending, path) for ending in self.endings)


def comments_of(file, text):
    """The text with everything but comments blanked, positions kept."""
    mark = r"//[^\n]*" if file.endswith((".cpp", ".hpp")) else r"(?m:^\s*#[^\n]*)"
    kept = [" " if c != "\n" else c for c in text]
    for found in re.finditer(mark, text):
        kept[found.start():found.end()] = found.group(0)
    return "".join(kept)


def check_named_paths(one, complain):
    known = paths(one.files)
    for file in one.files:
        document = file.endswith(".md")
        code = file.endswith((".cpp", ".hpp", "CMakeLists.txt", ".cmake"))
        if not (document or code) or "/testdata/" in file:
            continue
        text = (one.root / file).read_text()
        for at, path in named_paths(text if document else comments_of(file, text), known.tops):
            if not known.has(path):
                complain(file, line_at(text, at), f"names {path}, which is not there")
        without_code = re.sub(r"`[^`\n]*`", lambda code: " " * len(code.group(0)), text)
        for found in LINK.finditer(without_code) if document else []:
            target = found.group(1).split("#")[0]
            if target and "://" not in target and \
                    normal(Path(file).parent / target) not in known.all:
                complain(file, line_at(text, found.start()),
                         f"links to {target}, which is not there")


def normal(path):
    parts = []
    for part in path.parts:
        if part == ".." and parts:
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def check_words(one, complain):
    ours = ("orchestrator/src", "orchestrator/bench", "results/src", "guest-agent")
    for file in one.files:
        if not file.startswith(ours) or "/testdata/" in file:
            continue
        name = Path(file).name
        for word, instead in BANNED_IN_FILE_NAMES.items():
            starts = word.endswith("_")
            found = re.search(rf"(^|_){word}" if starts else word, name)
            if found and file not in NAMED_AFTER_PROCESSES:
                complain(file, 1, f"'{word}' in the name: {instead}")
    for file, text in one.sources.items():
        code = without_comments(text)
        for word, instead in BANNED_IN_SOURCES.items():
            at = code.find(word)
            if at >= 0:
                complain(file, line_at(text, at), f"{word}: {instead}")


def check_lambdas(one, counted):
    for file, text in one.sources.items():
        code = without_comments(text)
        lines = [line_at(code, found.start()) for found in AWAITED_LAMBDA.finditer(code)]
        first = f"{len(lines)} times, first in line {lines[0]}" if lines else ""
        counted(file, len(lines), 0, LAMBDAS,
                "a lambda with captures inside a co_await expression (GCC 12 copies temporaries "
                f"there bit by bit; name it first): {first}")


def check_branches(one, complain):
    for file, text in one.sources.items():
        code = without_comments(text)
        for found in AWAITED_BRANCH.finditer(code):
            complain(file, line_at(code, found.start()),
                     "co_await in a branch of a conditional expression: GCC 12 awaits it whatever "
                     "the condition says; write if")


def main():
    given = [word for word in sys.argv[1:] if not word.startswith("--")]
    root = Path(given[0]) if given else Path(__file__).resolve().parents[4]
    try:
        one = tree(root)
    except FileNotFoundError:
        print("git is not installed")
        return 77
    if not one.sources:
        print(f"{root} is no git checkout")
        return 77
    complaints, needed = [], set()

    def complain(file, line, what, ratchet=None, exception=None):
        if ratchet is not None and exception in ratchet:
            needed.add((id(ratchet), exception))
            return
        complaints.append(f"{file}:{line}: {what}")

    stand = {}

    def counted(file, count, limit, ratchet, what):
        if count > limit:
            stand.setdefault(id(ratchet), {})[file] = count
        most = ratchet.get(file, limit)
        if count > most:
            allowance = f" (the ratchet allows {most})" if file in ratchet else ""
            complaints.append(f"{file}:1: {what}{allowance}")
        if file in ratchet and count > limit:
            needed.add((id(ratchet), file))

    check_includes(one, complain)
    check_clocks(one, complain)
    check_printing(one, complain)
    check_lengths(one, counted)
    check_named_in_cmake(one, complain)
    check_words(one, complain)
    check_lambdas(one, counted)
    check_branches(one, complain)
    check_named_paths(one, complain)
    if "--ratchets" in sys.argv:
        for name, ratchet in (("WIDE", WIDE), ("LONG", LONG), ("LAMBDAS", LAMBDAS)):
            print(f"{name} = {{")
            for file, count in sorted(stand.get(id(ratchet), {}).items()):
                print(f'    "{file}": {count},')
            print("}")
        return 0
    lists = {"WIDE": WIDE, "LONG": LONG, "CLOCKS": CLOCKS, "INCLUDES": INCLUDES, "IMPURE": IMPURE,
             "LAMBDAS": LAMBDAS}
    for name, ratchet in lists.items():
        for exception in ratchet:
            if (id(ratchet), exception) not in needed:
                complaints.append(f"check_tree.py: {name} lists '{exception}', which needs it no "
                                  "longer: take it out")
    print("\n".join(complaints) or f"{len(one.sources)} sources, no complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
