// wedgehog image build|list|show; adopt is in adopt.cpp.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "base/units.hpp"
#include "cli/adopted.hpp"
#include "cli/commands.hpp"
#include "cli/from_medium.hpp"
#include "cli/images.hpp"
#include "cli/interruptible.hpp"
#include "cli/terminal.hpp"

namespace wedgehog::cli {
namespace {

struct image_command_options {
  std::string name = "linux";
  std::string as;  // another name for what is built
  image_options build;
  adopting_options adopting;
  disk_options disk;
  std::string disk_size;
  medium_options medium;
  bool sum = false;
};

loop::awaitable<void> build_one(image_command_options const& asked, places const& where,
                                work_context context, bool quiet,
                                std::optional<result<vm::image>>& into) {
  if (makes_disk(where, asked.name)) {
    auto adopting = asked.adopting;
    adopting.kind = asked.name;
    adopting.name = asked.as.empty() ? asked.name : asked.as;
    into = co_await build_disk(context, where, std::move(adopting), asked.disk, quiet);
    co_return;
  }
  if (has_medium(where, asked.name)) {
    auto adopting = asked.adopting;
    adopting.kind = asked.name;
    adopting.name = asked.as.empty() ? asked.name : asked.as;
    into = co_await build_from_medium(context, where, std::move(adopting), asked.medium, quiet);
    co_return;
  }
  auto work = ensure_image(where, asked.name, asked.build, quiet);
  into = co_await context.stop.unless_requested(std::move(work));
  if (asked.as.empty() || !into || !*into) co_return;
  auto const how = home_of(where, asked.name, asked.build);
  auto const named = name_build(where, asked.as, how.built_as, how.options, asked.adopting.replace);
  if (!named)
    into = named.error();
  else
    into->value().name = asked.as;
}

// What an image is made of: packages in memory, a disk of packages, a vendor's medium.
enum class making { initramfs, disk, medium };

making making_of(places const& where, std::string const& name) {
  if (makes_disk(where, name)) return making::disk;
  return has_medium(where, name) ? making::medium : making::initramfs;
}

// An option that the image's build does not know would be taken for granted.
std::string unfit_option(image_command_options const& asked, making how) {
  struct option {
    char const* name;
    bool given;
    std::vector<making> fits;
  };
  std::vector<option> const all{
      {"--kernel", !asked.build.kernel.empty(), {making::initramfs}},
      {"--modules", !asked.build.modules.empty(), {making::initramfs}},
      {"--kernel-package", !asked.build.kernel_package.empty(), {making::initramfs, making::disk}},
      {"--package", !asked.build.packages.empty(), {making::initramfs, making::disk}},
      {"--suite", !asked.disk.suite.empty(), {making::disk}},
      {"--mirror", !asked.disk.mirror.empty(), {making::disk}},
      {"--size", !asked.disk_size.empty(), {making::disk}},
      {"--replace without --name",
       asked.adopting.replace && asked.as.empty(),
       {making::disk, making::medium}},
      {"--from", !asked.medium.from.empty(), {making::medium}},
      {"--url", !asked.medium.url.empty(), {making::medium}},
      {"--checksum", !asked.medium.checksum.empty(), {making::medium}},
      {"--agent", !asked.adopting.agent.empty(), {making::medium}},
      {"--network", asked.adopting.network, {making::medium}}};
  for (auto const& one : all)
    if (one.given && std::find(one.fits.begin(), one.fits.end(), how) == one.fits.end())
      return one.name;
  return {};
}

int build(image_command_options asked, common_options const& common) {
  auto const where = find_places();
  if (!where) return complain(where.error().message(), exit_inconclusive);
  if (auto const unfit = unfit_option(asked, making_of(*where, asked.name)); !unfit.empty())
    return complain(fmt::format("image build {}: {} is not for this image", asked.name, unfit),
                    exit_usage);
  asked.disk.kernel_package = asked.build.kernel_package;
  asked.disk.packages = asked.build.packages;
  if (!asked.disk_size.empty()) {
    auto const size = parse_size(asked.disk_size);
    if (!size) return complain("--size: " + size.error().message(), exit_usage);
    asked.disk.size = size.value();
  }
  std::optional<result<vm::image>> finished;
  auto const making = [&](work_context context) {
    return build_one(asked, *where, context, common.quiet, finished);
  };
  if (perform_interruptible(making) || !finished) return exit_interrupted;
  return report_image(*finished, common);
}

int show(image_command_options const& asked, common_options const& common) {
  auto const where = find_places();
  if (!where) return complain(where.error().message(), exit_inconclusive);
  auto const made = built_image(where.value(), asked.name);
  if (!made) return complain(made.error().message(), exit_inconclusive);
  if (asked.sum)
    if (auto const same = check_sums(made.value()); !same)
      return complain(same.error().message(), exit_inconclusive);
  return report_image(made, common);
}

std::string why_not_there(places const& where, std::string const& name, error const& why) {
  auto const home = home_of(where, name);
  if (!home.trouble.empty()) return home.trouble;
  return home.adopted ? why.message() : "not there: " + how_to_have(where, name);
}

int list(common_options const&) {
  auto const where = find_places();
  if (!where) return complain(where.error().message(), exit_inconclusive);
  for (auto const& name : image_names(where.value())) {
    auto const made = built_image(where.value(), name);
    auto const how = how_built(where.value(), name);
    print(
        "{:14} {}{}\n", name,
        made ? "kernel " + made->kernel_release : why_not_there(where.value(), name, made.error()),
        how.empty() ? how : fmt::format(" ({})", how));
  }
  return 0;
}

}  // namespace

void add_build(CLI::App& to, common_options& common, action& act) {
  auto asked = std::make_shared<image_command_options>();
  auto* building = to.add_subcommand("build", "Build an image (does nothing when nothing changed)");
  building
      ->add_option("name", asked->name,
                   "Its folder below images/: linux, linux-generic, linux-disk, dragonfly …")
      ->capture_default_str();
  building->add_option("--kernel-package", asked->build.kernel_package,
                       "Debian kernel package (NAME or NAME=VERSION)");
  building->add_option("--kernel", asked->build.kernel, "linux: your own bzImage …");
  building->add_option("--modules", asked->build.modules,
                       "… and what make modules_install INSTALL_MOD_PATH=DIR made");
  building->add_option("--suite", asked->disk.suite, "linux-disk: Debian's suite (bookworm)");
  building->add_option("--mirror", asked->disk.mirror, "linux-disk: where its packages are");
  building->add_option("--package", asked->build.packages,
                       "One more Debian package with the libraries it needs (repeatable)");
  building->add_option("--size", asked->disk_size, "linux-disk: of the disk (4GiB)");
  building->add_option("--name", asked->as,
                       "A name of its own: for another kernel, other packages, another disk");
  building->add_option("--from", asked->medium.from,
                       "dragonfly, illumos: the vendor's medium, where you have it");
  building->add_option("--url", asked->medium.url, "dragonfly, illumos: where else it is");
  building->add_option("--checksum", asked->medium.checksum,
                       "dragonfly, illumos: of another medium than the usual (sha256:HEX)");
  building->add_option("--agent", asked->adopting.agent,
                       "dragonfly, illumos: the agent's executable for that system");
  add_adopting_options(*building, asked->adopting);
  building->callback(
      [asked, &common, &act] { act = [asked, &common] { return build(*asked, common); }; });
}

void add_image(CLI::App& to, common_options& common, action& act) {
  auto* image = to.add_subcommand("image", "Guest images: build, adopt, list, show");
  image->require_subcommand(1);
  auto asked = std::make_shared<image_command_options>();
  add_build(*image, common, act);
  add_adopt(*image, common, act);
  auto* listing = image->add_subcommand("list", "Which images there are");
  listing->callback([&common, &act] { act = [&common] { return list(common); }; });
  auto* showing = image->add_subcommand("show", "What an image is made of");
  showing->add_option("name", asked->name, "Its folder below images/, or what it was adopted as")
      ->capture_default_str();
  showing->add_flag("--sum", asked->sum, "Also read its files and compare their checksums");
  showing->callback(
      [asked, &common, &act] { act = [asked, &common] { return show(*asked, common); }; });
}

}  // namespace wedgehog::cli
