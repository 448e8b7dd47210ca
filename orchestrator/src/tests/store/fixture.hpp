// What the store's tests share: a folder of their own, and runs to put into it.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>

#include "store/results_database.hpp"
#include "tests/file_text.hpp"
#include "tests/own_folder.hpp"

namespace wedgehog::store {

using wedgehog::testing::own_folder;

inline moment at(std::string_view text) {
  return parse_moment(text).value();
}

inline run_facts some_facts(std::string recipe = "lost-wakeup") {
  return {.recipe = std::move(recipe),
          .recipe_file = "recipes/seeds/lost-wakeup.yaml",
          .recipe_text = "steps:\n  - run: mkfs\n",
          .plan = R"({"name":"lost-wakeup"})",
          .variant = "fs=xfs",
          .seed = 18446744073709551557ULL,
          .image = "debian",
          .kernel = "6.1.0-56-amd64",
          .image_checksums = "disk.qcow2 sha256:00ff",
          .qemu = "7.2.19",
          .accelerator = "tcg",
          .time_scale = 2.5,
          .host = "farm-7",
          .host_kernel = "6.1.0",
          .wedgehog = "0.1.0",
          .command_line = "qemu-system-x86_64 -m 256",
          .started = at("2026-11-21T03:41:07.123Z")};
}

inline outcome some_outcome() {
  return {.ended = "all steps done",
          .duration_s = 184.5,
          .boot_s = 12.25,
          .exposure_s = 1800,
          .steps = "9 of 9 done",
          .faults = {{"hold-1", "hold", 3}, {"slow", "latency", 0}}};
}

inline judgement some_verdict(std::string verdict = "wedged") {
  return {.judged = at("2026-11-21T03:44:12.000Z"),
          .judge = "wedgehog 0.1.0",
          .verdict = std::move(verdict),
          .kind = "software-wait",
          .because = {"nothing outstanding for 61 s", "canary stuck 61 s; \"quoted\""},
          .signature = "wait-on-bit/xfs_log",
          .exit_code = 1,
          .expected = "passed",
          .met = false,
          .stuck = {{.pid = 17, .name = "syncer", .wait_channel = "flstik", .frames = {"a", "b"}}}};
}

// Runs `body` in a child and returns its exit code; the child never returns into the test.
inline int in_child(std::function<int()> const& body) {
  pid_t const child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// A result that must be good; otherwise the test says what went wrong and stops with an exception.
template <class T>
T good(result<T> outcome) {
  if (!outcome) throw std::runtime_error(outcome.error().message());
  return std::move(outcome.value());
}
inline void good(result<void> const& outcome) {
  if (!outcome) throw std::runtime_error(outcome.error().message());
}

// A database as a program that knew only an older schema left it.
inline void restore(std::string const& dump, std::filesystem::path const& file) {
  std::filesystem::create_directories(file.parent_path());
  auto raw = good(sqlite::connection::open(file, std::chrono::seconds(1)));
  good(raw.script(testing::text_of(std::filesystem::path(WEDGEHOG_TESTDATA) / "store" / dump)));
}

}  // namespace wedgehog::store
