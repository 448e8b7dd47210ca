// Commands that are programs of their own beside this one: they need little and start fast.
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "cli/commands.hpp"

namespace wedgehog::cli {
namespace {

struct tool {
  char const* verb;
  char const* program;
  char const* about;
};
constexpr tool tools[] = {
    {"disk", "wedgehog-disk",
     "Serve a file as a disk that breaks on command (NBD); talk to one that is being served"}};

int become(tool const& which, std::vector<std::string> arguments) {
  std::error_code ignored;
  auto const program =
      std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path() / which.program;
  std::string name = program.string();
  std::vector<char*> argv{name.data()};
  for (auto& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  ::execv(name.c_str(), argv.data());
  return complain(fmt::format("{} could not be started: {}", name, std::strerror(errno)),
                  exit_inconclusive);
}

}  // namespace

void add_tools(CLI::App& to, common_options& common, action& act) {
  for (auto const& one : tools) {
    auto* command = to.add_subcommand(one.verb, one.about);
    command->prefix_command();
    command->fallthrough(false);
    command->set_help_flag();
    command->callback([command, &one, &common, &act] {
      auto arguments = command->remaining();
      if (common.json) arguments.emplace_back("--json");
      act = [&one, arguments] { return become(one, arguments); };
    });
  }
}

}  // namespace wedgehog::cli
