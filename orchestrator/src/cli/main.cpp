// The program: parses the command line and hands over to one command.
#include <fmt/format.h>

#include <signal.h>
#include <cerrno>
#include <cstring>

#include "cli/commands.hpp"
#include "cli/terminal.hpp"
#include "loop/descriptor_limit.hpp"

namespace wedgehog::cli {

int complain(std::string const& message, int code) {
  tell("wedgehog: {}\n", message);
  return code;
}

}  // namespace wedgehog::cli

namespace {

// An option that may be repeated takes one value each time: `--image A recipe.yaml` names a recipe.
void take_one_value_each(CLI::App& of) {
  auto const named = [](CLI::Option const* one) { return one->nonpositional(); };
  for (auto* option : of.get_options(named))
    if (option->get_items_expected_max() > 1) option->allow_extra_args(false);
  auto const any = [](CLI::App const*) { return true; };
  for (auto* command : of.get_subcommands(any)) take_one_value_each(*command);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace wedgehog::cli;
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
  CLI::App program(
      "Wedgehog boots guests in QEMU, stresses them by recipe, breaks their disks and memory on "
      "purpose, tells a hang "
      "from a slow disk, and keeps the wreckage.\n\nStart with:  wedgehog run "
      "recipes/smoke/linux.yaml",
      "wedgehog");
  program.set_version_flag("--version", "wedgehog " WEDGEHOG_VERSION);
  program.require_subcommand(1);
  program.fallthrough();
  program.footer(
      "Exit codes: 0 passed, 1 the guest failed, 2 inconclusive or invalid, 3 wrong usage, 130 "
      "interrupted.\n"
      "Words of the recipe language, faults and verdicts: wedgehog explain WORD.");
  common_options common;
  program.add_option(
      "--results", common.results,
      "Where results live (default: $XDG_DATA_HOME/wedgehog, else ~/.local/share/wedgehog)");
  program.add_flag("--json", common.json, "Machine-readable output: one JSON object a line");
  program.add_flag("-q,--quiet", common.quiet, "No progress");
  action act;
  add_run(program, common, act);
  add_perform(program, common, act);
  add_machines(program, common, act);
  add_live(program, common, act);
  add_campaign(program, common, act);
  add_check(program, common, act);
  add_explain(program, common, act);
  add_show(program, common, act);
  add_log(program, common, act);
  add_results(program, common, act);
  add_judge(program, common, act);
  add_export(program, common, act);
  add_image(program, common, act);
  add_selftest(program, common, act);
  add_compare(program, common, act);
  add_doctor(program, common, act);
  add_signature(program, common, act);
  add_tools(program, common, act);
  take_one_value_each(program);
  try {
    program.parse(argc, argv);
  } catch (CLI::CallForHelp const& help) {
    return program.exit(help);
  } catch (CLI::CallForVersion const& version) {
    return program.exit(version);
  } catch (CLI::ParseError const& wrong) {
    program.exit(wrong);
    return exit_usage;
  }
  wedgehog::loop::raise_descriptor_limit();
  int code = exit_inconclusive;
  try {
    code = act();
  } catch (std::exception const& failure) {
    return complain(fmt::format("failed: {}", failure.what()), exit_inconclusive);
  }
  int const failure = flush_output();
  if (failure == 0) return code;
  // Whoever closed the pipe has read enough, and knows.
  if (failure != EPIPE)
    complain(fmt::format("standard output: {}", std::strerror(failure)), exit_inconclusive);
  return code == 0 ? exit_inconclusive : code;
}
