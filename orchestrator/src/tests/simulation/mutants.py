#!/usr/bin/env python3
"""Breaks the program on purpose, one place at a time, and asks whether the simulated lives notice: each promise of promises.cpp
must be broken by a program that does not keep it. A record that is spoiled (promises_test.cpp) proves that a promise can see;
this proves that it looks.

usage: mutants.py SOURCES BUILD [NAME...]   SOURCES are copied to BUILD/sources, where they are built and broken.
Exit codes: 0, 1 a mutant was not noticed or fits the sources no more, 77 it cannot be built here.

How to add one: a row in MUTANTS. `was` must stand once in the file."""

import dataclasses
import pathlib
import shutil
import subprocess
import sys

LIVES = 60


@dataclasses.dataclass
class Mutant:
    name: str
    promise: str
    file: str  # below orchestrator/src, or results/src
    was: str
    becomes: str


MUTANTS = [
    Mutant("the budget is a day", "ends in time", "orchestrator/src/conductor/performance.cpp",
           "co_await watched_.sleep_for(plan_.limits.boot + plan_.limits.run);",
           "co_await watched_.sleep_for(std::chrono::hours(24));"),
    Mutant("the machine is left alone", "ends in time", "orchestrator/src/conductor/life.cpp",
           "  co_await machine_->stop(patience);", "  co_await context_.time.sleep_for(600s);"),
    Mutant("its opinion is written twice", "one verdict", "orchestrator/src/conductor/perform.cpp",
           "note(into.judged(done.said));", "note(into.judged(done.said));\n  note(into.judged(done.said));"),
    Mutant("it is judged twice", "one verdict", "orchestrator/src/conductor/performance.cpp",
           "  conclude();\n", "  conclude();\n  conclude();\n"),
    Mutant("it is impatient", "no verdict before its cause", "orchestrator/src/verdict/judged_run.cpp",
           "static_cast<double>(what.limits.no_progress.count())", "static_cast<double>(what.limits.no_progress.count()) / 20"),
    Mutant("faults are healed before the evidence is safe", "evidence before healing before the end",
           "orchestrator/src/conductor/performance.cpp",
           "  record_.flush();\n  co_await evidence_.gather(", "  co_await faults_.heal_what_is_left();\n  record_.flush();\n"
           "  co_await evidence_.gather("),
    Mutant("the machine ends before the evidence", "evidence before healing before the end",
           "orchestrator/src/conductor/performance.cpp",
           '  co_await guarded("keeping the wreckage", gather_evidence());\n  co_await guarded("ending the machine", tear_down());\n',
           '  co_await guarded("ending the machine", tear_down());\n  co_await guarded("keeping the wreckage", gather_evidence());\n'),
    Mutant("nothing is healed at the end", "no fault left", "orchestrator/src/conductor/run_faults.cpp",
           "loop::awaitable<void> run_faults::heal_what_is_left() {\n", "loop::awaitable<void> run_faults::heal_what_is_left() {\n"
           "  if (plan_.seed + 1 > 0) co_return;\n"),
    Mutant("its memory stays", "nothing left behind", "orchestrator/src/conductor/lives.cpp",
           "  runtime_.reset();\n", "  if (runtime_) new auto(std::move(*runtime_));\n"),
    Mutant("it is judged before its end is noted", "judged the same from the folder",
           "orchestrator/src/conductor/performance.cpp",
           "  record_.reach(timeline::reached::run_ended);\n  concluded_ = judge_.conclude();\n",
           "  concluded_ = judge_.conclude();\n  record_.reach(timeline::reached::run_ended);\n"),
    Mutant("it is not sealed", "sealed and readable", "orchestrator/src/conductor/perform.cpp",
           "  note(into.seal(facts, ", "  if (facts.uid.empty()) note(into.seal(facts, "),
    Mutant("it is written to after its end", "sealed and readable", "orchestrator/src/conductor/perform.cpp",
           "    return !how.hurried;\n  }));\n", "    return !how.hurried;\n  }));\n"
           '  note(folder::write_document(folder / "qemu.command", "another\\n"));\n'),
]


class Stale(Exception):
    pass


def told(*words):
    print(*words, flush=True)


def copy_sources(source, copy):
    """What a build of the tests reads; files that did not change keep their times."""
    skipped = shutil.ignore_patterns("__pycache__")
    for entry in source.iterdir():
        if entry.is_dir() and entry.name in ("orchestrator", "guest-agent", "results", "images", "recipes"):
            shutil.copytree(entry, copy / entry.name, ignore=skipped, dirs_exist_ok=True)
        elif entry.is_file():
            shutil.copy2(entry, copy / entry.name)


def run(*command, **how):
    return subprocess.run([str(word) for word in command], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **how)


def build(tree):
    done = run("cmake", "--build", tree, "--target", "simulation_test")
    if done.returncode != 0:
        told(done.stdout[-4000:])
    return done.returncode == 0


def lives_of(tree):
    return run(tree / "tests/simulation_test", "--seeds", 1, LIVES, timeout=1800).stdout


def is_noticed(mutant, source, tree):
    file = source / mutant.file
    before = file.read_text()
    if before.count(mutant.was) != 1:
        raise Stale(f"{mutant.file} does not hold once: {mutant.was!r}")
    try:
        file.write_text(before.replace(mutant.was, mutant.becomes))
        if not build(tree):
            raise Stale("it does not compile")
        lives = lives_of(tree)
    finally:
        file.write_text(before)
    broken = [line for line in lives.splitlines() if f"{mutant.promise}: " in line]
    told(f"  {len(broken)} of {LIVES} lives broke it", *(["such as", broken[0][:200]] if broken else ["\n" + lives[-1500:]]))
    return bool(broken)


def main():
    if len(sys.argv) < 3:
        told(__doc__)
        return 3
    if not shutil.which("cmake") or not shutil.which("c++"):
        told("skipped: there is no compiler, or no cmake")
        return 77
    source, tree = pathlib.Path(sys.argv[2]) / "sources", pathlib.Path(sys.argv[2]) / "build"
    source.mkdir(parents=True, exist_ok=True)
    copy_sources(pathlib.Path(sys.argv[1]), source)
    configured = run("cmake", "-S", source, "-B", tree, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug", "-DWEDGEHOG_UNITY=ON",
                     "-DCMAKE_CXX_FLAGS_DEBUG=-O0 -g0")
    if configured.returncode != 0 or not build(tree):
        told(configured.stdout[-4000:])
        return 77 if configured.returncode != 0 else 1
    if " 0 broke a promise" not in lives_of(tree):
        told("lives break promises before anything is broken")
        return 1
    failed = 0
    for mutant in MUTANTS:
        if sys.argv[3:] and mutant.name not in sys.argv[3:]:
            continue
        told(f"{mutant.name} ({mutant.promise})")
        try:
            failed += not is_noticed(mutant, source, tree)
        except Stale as why:
            told("  FAILED:", why)
            failed += 1
    told(f"{failed} of them were not noticed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
