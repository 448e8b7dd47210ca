#include "cli/adopted.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "adoption/luggage.hpp"
#include "base/described.hpp"
#include "base/units.hpp"
#include "cli/adopting_bench.hpp"
#include "cli/images.hpp"
#include "cli/terminal.hpp"
#include "folder/checksum.hpp"
#include "guest/adoption.hpp"
#include "guest/read_profile.hpp"
#include "loop/offload.hpp"
#include "loop/small_file.hpp"

namespace wedgehog::cli {
namespace fs = std::filesystem;

namespace {

constexpr std::size_t longest_password = 512;

std::map<std::string, std::string> kinds_by_system(places const& where) {
  std::map<std::string, std::string> kinds;
  std::error_code ignored;
  for (auto const& entry : fs::directory_iterator(where.images, ignored)) {
    auto const text =
        loop::read_small_file((entry.path() / "adopt.yaml").string(), guest::longest_profile);
    if (!text) continue;
    auto const read = guest::read_adoption(*text);
    if (!read.value.os.empty()) kinds[read.value.os] = entry.path().filename().string();
  }
  return kinds;
}

std::string os_of_kind(places const& where, std::string const& kind) {
  for (auto const& [os, folder] : kinds_by_system(where))
    if (folder == kind) return os;
  return {};
}

result<std::string> read_password(std::string const& file) {
  if (file.empty()) return std::string();
  auto text = loop::read_small_file(file, longest_password);
  if (!text) return text.error();
  auto password = *text;
  if (password.ends_with('\n')) password.pop_back();
  if (password.find_first_of("\r\n") != std::string::npos)
    return recipe_error(file + ": a password is one line");
  return password;
}

result<void> wrong_with(places const& where, adopting_options const& asked) {
  if (!is_image_name(asked.name) || asked.name.ends_with(".failed"))
    return recipe_error(fmt::format(
        "'{}' is no name for an image: small letters, digits, '-', '_' and '.'", asked.name));
  if (fs::exists(where.images + "/" + asked.name + "/build") ||
      fs::exists(where.images + "/" + asked.name + "/build.yaml"))
    return recipe_error(
        fmt::format("'{}' is an image that is built: choose another --name", asked.name));
  return {};
}

std::vector<std::string> disk_command(places const& where, adopting_options const& asked,
                                      disk_options const& disk, bool quiet) {
  std::vector<std::string> argv{where.images + "/" + asked.kind + "/make-disk", "--cache",
                                where.cache + "/images"};
  auto const add = [&argv](char const* option, std::string const& value) {
    if (value.empty()) return;
    argv.emplace_back(option);
    argv.push_back(value);
  };
  add("--suite", disk.suite);
  add("--mirror", disk.mirror);
  add("--kernel-package", disk.kernel_package);
  for (auto const& package : disk.packages) add("--package", package);
  if (disk.size != 0) add("--size", std::to_string(disk.size));
  if (quiet) argv.emplace_back("--quiet");
  return argv;
}

}  // namespace

result<std::string> sum_of_inputs(std::string words, std::string const& folder,
                                  adoption::wanted const& what) {
  std::vector<fs::path> files;
  for (auto const& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (auto const& file : files) {
    auto const sum = folder::sha256_of_file(file);
    if (!sum) return sum.error();
    words += *sum + "\n";
  }
  auto const agent = adoption::sum_of_agent({what.agent, what.agent_source, {}});
  if (!agent) return agent.error();
  return folder::sha256_of_text(words + *agent);
}

std::string inputs_in(vm::image const& made) {
  boost::system::error_code failure;
  auto const facts = json::parse(made.facts, failure);
  if (failure || !facts.is_object()) return {};
  auto const* const adopted = facts.get_object().if_contains("adopted");
  return adopted != nullptr && adopted->is_object() ? text_at(adopted->get_object(), "inputs")
                                                    : std::string();
}

result<std::optional<vm::image>> made_before(places const& where, adopting_options const& asked,
                                             std::string const& inputs) {
  auto const home = home_of(where, asked.name);
  if (!home.adopted || asked.replace) return std::nullopt;
  auto const there = vm::read_image(home.folder, home.profile);
  if (there && inputs_in(*there) == inputs) return std::optional(*there);
  if (there && inputs_in(*there).empty())
    return recipe_error(
        fmt::format("the image '{}' is a disk that was adopted: --name gives this one another name",
                    asked.name));
  return std::nullopt;
}

result<adoption::wanted> wanted_of(places const& where, adopting_options const& asked) {
  if (auto const good = wrong_with(where, asked); !good) return good.error();
  auto const password = read_password(asked.password_file);
  if (!password) return password.error();
  bool const ours = os_of_kind(where, asked.kind) == "linux";
  adoption::wanted made{.file = asked.file,
                        .name = asked.name,
                        .kind_folder = where.images + "/" + asked.kind,
                        .agent = asked.agent.empty() && ours ? where.agent : asked.agent,
                        .network = asked.network,
                        .password = *password,
                        .parent = where.adopted,
                        .replace = asked.replace,
                        .version = WEDGEHOG_VERSION};
  if (made.agent.empty()) made.agent_source = where.agent_source;
  return made;
}

std::vector<std::string> adoptable_systems(places const& where) {
  std::vector<std::string> systems;
  for (auto const& [os, kind] : kinds_by_system(where)) systems.push_back(os);
  return systems;
}

loop::awaitable<result<vm::image>> adopt_wanted(adoption::workshop const& shop,
                                                adoption::wanted const& what) {
  auto const made = co_await adoption::adopt(shop, what);
  if (!made) co_return made.error();
  co_return vm::read_image(*made, *made + "/profile.yaml");
}

result<std::string> kind_of_system(places const& where, std::string const& os) {
  auto const kinds = kinds_by_system(where);
  auto const found = kinds.find(os);
  if (found != kinds.end()) return found->second;
  return recipe_error(fmt::format("nobody says how a disk of '{}' is adopted (known: {})", os,
                                  fmt::join(adoptable_systems(where), ", ")));
}

loop::awaitable<result<vm::image>> adopt_disk(work_context in, places where, adopting_options asked,
                                              bool quiet) {
  auto const what = wanted_of(where, asked);
  if (!what) co_return what.error();
  auto const bench = co_await adopting_bench::set_up(in, where, asked, quiet);
  if (!bench) co_return bench.error();
  co_return co_await adopt_wanted(bench.value()->shop(), *what);
}

loop::awaitable<result<vm::image>> build_disk(work_context in, places where, adopting_options asked,
                                              disk_options disk, bool quiet) {
  asked.file = fmt::format("{}/images/{}.raw", where.cache, asked.name);
  auto what = wanted_of(where, asked);
  if (!what) co_return what.error();
  auto argv = disk_command(where, asked, disk, quiet);
  auto const inputs =
      sum_of_inputs(fmt::format("{}\n", fmt::join(argv, "\n")), what->kind_folder, *what);
  if (!inputs) co_return inputs.error();
  auto const there = made_before(where, asked, *inputs);
  if (!there) co_return there.error();
  if (there->has_value()) {
    if (!quiet) tell("wedgehog: {} is up to date: nothing to do\n", (*there)->folder);
    co_return **there;
  }
  argv.emplace_back("--output");
  argv.push_back(asked.file);
  auto making = run_build(std::move(argv));
  auto const made = co_await in.stop.unless_requested(std::move(making));
  if (!made) co_return host_error("interrupted");
  if (!*made)
    co_return host_error(fmt::format("the disk of the image '{}' could not be made: {}", asked.name,
                                     made->error().message()));
  what->replace = true;
  what->inputs = *inputs;
  what->recorded_source = "images/" + asked.kind + "/make-disk";
  auto const bench = co_await adopting_bench::set_up(in, where, asked, quiet);
  if (!bench) co_return bench.error();
  auto const done = co_await adopt_wanted(bench.value()->shop(), *what);
  std::error_code ignored;
  fs::remove(asked.file, ignored);
  co_return done;
}

}  // namespace wedgehog::cli
