#include "cli/backend_on.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "cli/interruptible.hpp"
#include "vm/libvirt/uri.hpp"

namespace wedgehog::cli {

result<vm::backend_place> backend_on(std::string const& on) {
  loop::real_clock time;
  result<vm::backend_place> found = host_error("interrupted");
  perform_interruptible([&](work_context) -> loop::awaitable<void> {
    found = co_await vm::look_at_backend(time, on);
  });
  return found;
}

namespace {

std::string hosts_file() {
  if (auto const* file = std::getenv("WEDGEHOG_HOSTS"); file != nullptr && *file != 0) return file;
  if (auto const* folder = std::getenv("XDG_CONFIG_HOME"); folder != nullptr && *folder != 0)
    return std::string(folder) + "/wedgehog/hosts.yaml";
  auto const* home = std::getenv("HOME");
  return std::string(home == nullptr ? "" : home) + "/.config/wedgehog/hosts.yaml";
}

}  // namespace

result<vm::named_host> host_named(std::string const& on) {
  if (on.empty() || vm::libvirt::is_uri(on) || vm::find_backend(on) != nullptr)
    return vm::named_host{on, on};
  auto const file = hosts_file();
  std::ifstream stream(file, std::ios::binary);
  if (!stream)
    return recipe_error(
        fmt::format("'{}' is no libvirt URI (qemu:///session, qemu:///system, "
                    "qemu+ssh://HOST/system …), and there is no {} to name hosts",
                    on, file));
  std::string const text{std::istreambuf_iterator<char>(stream), {}};
  auto const read = vm::read_hosts(text);
  if (!read.complaints.empty()) return recipe_error(recipe::print(read.complaints, file));
  std::vector<std::string> names;
  for (auto one : read.hosts) {
    if (one.name == on) {
      if (!one.disks_tls.empty())
        one.disks_tls = (std::filesystem::absolute(file).parent_path() / one.disks_tls)
                            .lexically_normal()
                            .string();
      return one;
    }
    names.push_back(one.name);
  }
  return recipe_error(fmt::format("'{}' is no libvirt URI, and {} names no such host (known: {})",
                                  on, file, fmt::join(names, ", ")));
}

}  // namespace wedgehog::cli
