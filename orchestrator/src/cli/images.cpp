#include "cli/images.hpp"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <functional>

namespace wedgehog::cli {
namespace fs = std::filesystem;

namespace {

// Waits for a program that talks to our stderr. Its exit code; 127 when it could not be started.
int run_program(std::vector<std::string> argv) {
  std::vector<char*> pointers;
  for (auto& argument : argv) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  pid_t const pid = ::fork();
  if (pid == 0) {
    ::dup2(2, 1);
    ::execvp(pointers[0], pointers.data());
    ::_exit(127);
  }
  int status = 0;
  while (pid > 0 && ::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 127;
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
    if (fs::exists(entry.path() / "build")) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

result<vm::image> built_image(places const& where, std::string const& name) {
  return vm::read_image(built_folder(where, name, {}), where.images + "/" + name + "/profile.yaml");
}

result<vm::image> ensure_image(places const& where, std::string const& name,
                               image_options const& options, bool quiet) {
  auto const known = image_names(where);
  if (std::find(known.begin(), known.end(), name) == known.end())
    return recipe_error(
        fmt::format("there is no image '{}' (known: {})", name, fmt::join(known, ", ")));
  std::string const folder = built_folder(where, name, options);
  std::error_code failure;
  fs::create_directories(fs::path(folder).parent_path(), failure);
  if (failure)
    return host_error(
        fmt::format("creating {}: {}", fs::path(folder).parent_path().string(), failure.message()));
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
  if (int const code = run_program(argv); code != 0)
    return host_error(fmt::format(
        "the image '{}' could not be built: {} ended with exit code {}, see its words above", name,
        argv[0], code));
  return vm::read_image(folder, where.images + "/" + name + "/profile.yaml");
}

}  // namespace wedgehog::cli
