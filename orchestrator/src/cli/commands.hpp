// The commands: each adds itself to the parser in its own file and leaves what is to be done in
// `act`, which returns the exit code. How to add one: a file named after it, a line here, a line in
// main.cpp, a row in docs/adding.md.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace wedgehog::cli {

// Exit codes: 0 passed, 1 the guest failed, 2 inconclusive or invalid, 3 wrong usage, 130
// interrupted.
inline constexpr int exit_inconclusive = 2;
inline constexpr int exit_usage = 3;
inline constexpr int exit_interrupted = 130;

struct common_options {
  std::string results;
  bool json = false;
  bool quiet = false;
};

using action = std::function<int()>;

void add_campaign(CLI::App& to, common_options& common, action& act);
void add_check(CLI::App& to, common_options& common, action& act);
void add_compare(CLI::App& to, common_options& common, action& act);
void add_doctor(CLI::App& to, common_options& common, action& act);
void add_explain(CLI::App& to, common_options& common, action& act);
void add_export(CLI::App& to, common_options& common, action& act);
void add_image(CLI::App& to, common_options& common, action& act);
void add_judge(CLI::App& to, common_options& common, action& act);
void add_live(CLI::App& to, common_options& common, action& act);  // inject, heal, faults
void add_log(CLI::App& to, common_options& common, action& act);
void add_machines(CLI::App& to, common_options& common, action& act);
void add_perform(CLI::App& to, common_options& common, action& act);
void add_results(CLI::App& to, common_options& common, action& act);
void add_run(CLI::App& to, common_options& common, action& act);
void add_selftest(CLI::App& to, common_options& common, action& act);
void add_show(CLI::App& to, common_options& common, action& act);
void add_signature(CLI::App& to, common_options& common, action& act);
void add_tools(CLI::App& to, common_options& common, action& act);
// Of `image`: adopt.
void add_adopt(CLI::App& to, common_options& common, action& act);
// Of `results`: ingest, merge, rebuild, upgrade, gc, alias.
void add_upkeep(CLI::App& to, common_options& common, action& act);

// Prints "wedgehog: …" to stderr and returns `code`.
int complain(std::string const& message, int code);

}  // namespace wedgehog::cli
