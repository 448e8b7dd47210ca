#include "cli/images.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <filesystem>
#include <fstream>
#include <functional>

#include "cli/relayed_words.hpp"
#include "loop/nursery.hpp"
#include "loop/process.hpp"
#include "loop/temporary.hpp"

namespace wedgehog::cli {
namespace fs = std::filesystem;

namespace {

std::vector<std::string> build_command(places const& where, std::string const& name,
                                       image_options const& options, std::string const& folder,
                                       bool quiet) {
  std::vector<std::string> argv{where.images + "/" + name + "/build",
                                "--output",
                                folder,
                                "--agent",
                                where.agent,
                                "--cache",
                                where.cache + "/images"};
  auto const add = [&argv](char const* option, std::string const& value) {
    if (value.empty()) return;
    argv.emplace_back(option);
    argv.push_back(value);
  };
  add("--kernel-package", options.kernel_package);
  add("--kernel", options.kernel);
  add("--modules", options.modules);
  if (quiet) argv.emplace_back("--quiet");
  return argv;
}

loop::awaitable<void> note_end(loop::process& of, loop::exit_status& ended) {
  ended = co_await of.wait();
}

}  // namespace

std::string built_folder(places const& where, std::string const& name,
                         image_options const& options) {
  std::string variant;
  if (!options.kernel_package.empty()) variant = "-" + options.kernel_package;
  if (!options.kernel.empty())
    variant = fmt::format(
        "-own-{:016x}",
        std::hash<std::string>{}(fs::absolute(options.kernel).string() + options.modules));
  std::replace(variant.begin(), variant.end(), '/', '_');
  return where.cache + "/built/" + name + variant;
}

std::vector<std::string> image_names(places const& where) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (auto const& entry : fs::directory_iterator(where.images, ignored))
    if (fs::exists(entry.path() / "profile.yaml"))
      names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

bool can_be_had(places const& where, std::string const& name) {
  return fs::exists(where.images + "/" + name + "/build") ||
         fs::exists(built_folder(where, name, {}) + "/image.json");
}

result<vm::image> built_image(places const& where, std::string const& name) {
  return vm::read_image(built_folder(where, name, {}), where.images + "/" + name + "/profile.yaml");
}

loop::awaitable<result<vm::image>> ensure_image(places where, std::string name,
                                                image_options options, bool quiet) {
  auto const known = image_names(where);
  if (std::find(known.begin(), known.end(), name) == known.end())
    co_return recipe_error(
        fmt::format("there is no image '{}' (known: {})", name, fmt::join(known, ", ")));
  if (!fs::exists(where.images + "/" + name + "/build")) {
    if (auto there = built_image(where, name)) co_return there;
    co_return recipe_error(fmt::format(
        "the image '{}' is known, but nothing builds it ({}/{} has no `build`), and there is none "
        "in {}",
        name, where.images, name, built_folder(where, name, {})));
  }
  std::string const folder = built_folder(where, name, options);
  std::error_code failure;
  fs::create_directories(fs::path(folder).parent_path(), failure);
  if (failure)
    co_return host_error(
        fmt::format("creating {}: {}", fs::path(folder).parent_path().string(), failure.message()));
  auto const answers = loop::temporary_directory::make();
  if (!answers) co_return answers.error();
  std::string const kept_in = answers->path() + "/kept-in";
  loop::process_options building;
  building.argv = build_command(where, name, options, folder, quiet);
  building.argv.emplace_back("--kept-in");
  building.argv.push_back(kept_in);
  auto const executor = co_await loop::asio::this_coro::executor;
  auto words = relayed_words::open(executor);
  if (!words) co_return words.error();
  building.output_file = words->place();
  auto child = loop::process::start(executor, building);
  if (!child) co_return child.error();
  words->begun();
  loop::nursery both(executor);
  loop::exit_status ended;
  both.spawn(words->pass_on());
  both.spawn(note_end(child.value(), ended));
  co_await both.join();
  if (!ended.clean())
    co_return host_error(
        fmt::format("the image '{}' could not be built: {} ended with {}, see its words above",
                    name, building.argv[0], loop::describe(ended)));
  std::string kept;
  std::ifstream answer(kept_in);
  std::getline(answer, kept);
  co_return vm::read_image(kept.empty() ? folder : kept,
                           where.images + "/" + name + "/profile.yaml");
}

}  // namespace wedgehog::cli
