#include "cli/images.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>

#include "base/described.hpp"
#include "cli/relayed_words.hpp"
#include "folder/checksum.hpp"
#include "folder/files.hpp"
#include "guest/named_build.hpp"
#include "guest/read_profile.hpp"
#include "loop/nursery.hpp"
#include "loop/process.hpp"
#include "loop/small_file.hpp"
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
  std::set<std::string> const packages(options.packages.begin(), options.packages.end());
  for (auto const& package : packages) add("--package", package);
  if (quiet) argv.emplace_back("--quiet");
  return argv;
}

std::string named_build_file(std::string const& folder, std::string const& name) {
  return fmt::format("{}/{}/build.yaml", folder, name);
}

// Ours go before a user's: theirs cannot have such a name.
std::string build_file_of(places const& where, std::string const& name) {
  std::error_code ignored;
  for (auto const& folder : {where.images, where.adopted})
    if (auto file = named_build_file(folder, name); fs::exists(file, ignored)) return file;
  return {};
}

// What was asked for now goes before what the name says; packages come to those it has.
image_options merged(guest::named_build const& own, image_options const& asked) {
  image_options both = asked;
  if (asked.kernel.empty() && asked.kernel_package.empty()) {
    both.kernel_package = own.kernel_package;
    both.kernel = own.kernel;
    both.modules = own.modules;
  }
  both.packages.insert(both.packages.end(), own.packages.begin(), own.packages.end());
  return both;
}

image_home home_of_named(places const& where, std::string const& file,
                         image_options const& options) {
  image_home home;
  auto const text = loop::read_small_file(file, guest::longest_profile);
  if (!text) {
    home.trouble = text.error().message();
    return home;
  }
  auto const read = guest::read_named_build(*text);
  if (!read.complaints.empty()) {
    home.trouble = recipe::print(read.complaints, file);
    while (home.trouble.ends_with('\n')) home.trouble.pop_back();
    return home;
  }
  home.built_as = read.value.of;
  home.options = merged(read.value, options);
  home.folder = built_folder(where, home.built_as, home.options);
  home.profile = where.images + "/" + home.built_as + "/profile.yaml";
  if (!fs::exists(where.images + "/" + home.built_as + "/build"))
    home.trouble = fmt::format("{}: nothing builds an image '{}'", file, home.built_as);
  return home;
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
  std::set<std::string> const packages(options.packages.begin(), options.packages.end());
  if (!packages.empty())
    variant += fmt::format("-with-{:016x}",
                           std::hash<std::string>{}(fmt::format("{}", fmt::join(packages, " "))));
  std::replace(variant.begin(), variant.end(), '/', '_');
  return where.cache + "/built/" + name + variant;
}

image_home home_of(places const& where, std::string const& name, image_options const& options) {
  auto const adopted = where.adopted + "/" + name;
  std::error_code ignored;
  if (fs::exists(adopted + "/image.json", ignored))
    return {adopted, adopted + "/profile.yaml", true};
  if (auto const file = build_file_of(where, name); !file.empty())
    return home_of_named(where, file, options);
  return {.folder = built_folder(where, name, options),
          .profile = where.images + "/" + name + "/profile.yaml",
          .built_as = name,
          .options = options};
}

bool is_image_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && name.front() != '.' && name.front() != '-' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                  c == '.';
         });
}

result<void> name_build(places const& where, std::string const& name, std::string const& of,
                        image_options const& options, bool replace) {
  std::error_code ignored;
  auto const path = [](std::string const& file) {
    return file.empty() ? file : fs::absolute(file).lexically_normal().string();
  };
  auto const text = guest::to_text({.of = of,
                                    .kernel_package = options.kernel_package,
                                    .kernel = path(options.kernel),
                                    .modules = path(options.modules),
                                    .packages = options.packages});
  if (!is_image_name(name) || name.ends_with(".failed"))
    return recipe_error(
        fmt::format("'{}' is no name for an image: small letters, digits, '-', '_' and '.'", name));
  if (fs::exists(where.images + "/" + name, ignored))
    return recipe_error(
        fmt::format("'{}' is an image that comes with Wedgehog: choose another --name", name));
  auto const file = named_build_file(where.adopted, name);
  bool const ours = fs::exists(file, ignored);
  if (!ours && fs::exists(where.adopted + "/" + name, ignored))
    return recipe_error(
        fmt::format("there is an image '{}' already, of a disk: choose another --name", name));
  auto const former = ours ? loop::read_small_file(file, guest::longest_profile)
                           : result<std::string>(std::string());
  if (former && *former == text) return {};
  if (ours && !replace)
    return recipe_error(
        fmt::format("there is an image '{}' already, built in another way ({}): --replace gives "
                    "this one its name",
                    name, file));
  std::error_code failure;
  fs::create_directories(where.adopted + "/" + name, failure);
  if (failure)
    return host_error(fmt::format("creating {}/{}: {}", where.adopted, name, failure.message()));
  return folder::write_document(file, text);
}

std::string how_built(places const& where, std::string const& name) {
  auto const home = home_of(where, name);
  if (home.adopted || home.built_as == name || home.built_as.empty()) return {};
  std::vector<std::string> with;
  for (auto const& one : {home.options.kernel_package, home.options.kernel})
    if (!one.empty()) with.push_back(one);
  with.insert(with.end(), home.options.packages.begin(), home.options.packages.end());
  return with.empty() ? home.built_as
                      : fmt::format("{} with {}", home.built_as, fmt::join(with, ", "));
}

bool makes_disk(places const& where, std::string const& name) {
  std::error_code ignored;
  return fs::exists(where.images + "/" + name + "/make-disk", ignored);
}

bool has_medium(places const& where, std::string const& name) {
  std::error_code ignored;
  return fs::exists(where.images + "/" + name + "/medium.yaml", ignored);
}

std::vector<std::string> image_names(places const& where) {
  std::set<std::string> names;
  std::error_code ignored;
  for (auto const& entry : fs::directory_iterator(where.images, ignored))
    if (fs::exists(entry.path() / "profile.yaml") || fs::exists(entry.path() / "build.yaml"))
      names.insert(entry.path().filename().string());
  // One that is being made begins with a dot, and one that failed has no image.json.
  for (auto const& entry : fs::directory_iterator(where.adopted, ignored))
    if (entry.path().filename().string().front() != '.' &&
        (fs::exists(entry.path() / "image.json") || fs::exists(entry.path() / "build.yaml")))
      names.insert(entry.path().filename().string());
  return {names.begin(), names.end()};
}

bool can_be_had(places const& where, std::string const& name) {
  auto const home = home_of(where, name);
  if (!home.trouble.empty()) return false;
  return fs::exists(where.images + "/" + home.built_as + "/build") ||
         fs::exists(home.folder + "/image.json");
}

std::string how_to_have(places const& where, std::string const& name) {
  std::error_code ignored;
  auto const folder = where.images + "/" + name;
  if (has_medium(where, name))
    return fmt::format(
        "wedgehog image build {0} (from its vendor's medium), or image adopt FILE --os {0}", name);
  if (!makes_disk(where, name) && !fs::exists(folder + "/build", ignored) &&
      fs::exists(folder + "/adopt.yaml", ignored))
    return "it becomes one of a disk with an installed system: wedgehog image adopt FILE --os " +
           name;
  return "wedgehog image build " + name;
}

namespace {

// What its build calls it is the folder's name, and several names are built from one folder.
result<vm::image> read_as(std::string const& name, std::string const& folder,
                          std::string const& profile) {
  auto made = vm::read_image(folder, profile);
  if (made) made->name = name;
  return made;
}

}  // namespace

result<vm::image> built_image(places const& where, std::string const& name,
                              image_options const& options) {
  auto const home = home_of(where, name, options);
  if (!home.trouble.empty()) return host_error(home.trouble);
  return read_as(name, home.folder, home.profile);
}

result<void> check_sums(vm::image const& made) {
  auto const facts = json::parse(made.facts).as_object();
  for (auto const& [name, row] : facts.at("files").as_object()) {
    auto const file = made.folder + "/" + std::string(name);
    auto const sum = folder::sha256_of_file(file);
    if (!sum) return sum.error();
    if (*sum != text_at(row.as_object(), "sha256"))
      return host_error(
          fmt::format("{} is not what it was when the image '{}' was made", file, made.name));
  }
  return {};
}

loop::awaitable<result<loop::exit_status>> run_script(std::vector<std::string> argv) {
  loop::process_options building;
  building.argv = std::move(argv);
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
  co_return ended;
}

loop::awaitable<result<void>> run_build(std::vector<std::string> argv) {
  auto const program = argv.at(0);
  auto const ended = co_await run_script(std::move(argv));
  if (!ended) co_return ended.error();
  if (ended->clean()) co_return result<void>();
  co_return host_error(
      fmt::format("{} ended with {}, see its words above", program, loop::describe(*ended)));
}

loop::awaitable<result<vm::image>> ensure_image(places where, std::string name,
                                                image_options options, bool quiet) {
  auto const known = image_names(where);
  if (std::find(known.begin(), known.end(), name) == known.end())
    co_return recipe_error(
        fmt::format("there is no image '{}' (known: {})", name, fmt::join(known, ", ")));
  auto const home = home_of(where, name, options);
  if (!home.trouble.empty()) co_return host_error(home.trouble);
  bool const to_build = !(options.kernel + options.kernel_package + options.modules).empty() ||
                        !options.packages.empty();
  if (home.adopted && to_build)
    co_return recipe_error(fmt::format(
        "image '{}' boots the kernel and runs the programs that are on its disk: build another "
        "disk for others",
        name));
  if (home.adopted) co_return vm::read_image(home.folder, home.profile);
  if (!fs::exists(where.images + "/" + home.built_as + "/build")) {
    if (auto there = built_image(where, name)) co_return there;
    co_return recipe_error(
        fmt::format("the image '{}' is not there yet: {}", name, how_to_have(where, name)));
  }
  std::error_code failure;
  fs::create_directories(fs::path(home.folder).parent_path(), failure);
  if (failure)
    co_return host_error(fmt::format(
        "creating {}: {}", fs::path(home.folder).parent_path().string(), failure.message()));
  auto const answers = loop::temporary_directory::make();
  if (!answers) co_return answers.error();
  std::string const kept_in = answers->path() + "/kept-in";
  auto argv = build_command(where, home.built_as, home.options, home.folder, quiet);
  argv.emplace_back("--kept-in");
  argv.push_back(kept_in);
  if (auto const built = co_await run_build(std::move(argv)); !built) {
    co_return host_error(
        fmt::format("the image '{}' could not be built: {}", name, built.error().message()));
  }
  std::string kept;
  std::ifstream answer(kept_in);
  std::getline(answer, kept);
  co_return read_as(name, kept.empty() ? home.folder : kept, home.profile);
}

}  // namespace wedgehog::cli
