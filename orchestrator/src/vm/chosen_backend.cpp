#include "vm/chosen_backend.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vm/direct/backend.hpp"
#include "vm/libvirt/backend.hpp"
#include "vm/libvirt/uri.hpp"

namespace wedgehog::vm {
namespace {

using namespace std::chrono_literals;

// The first connection to a daemon may take 10 s: it tries every QEMU that it finds.
constexpr auto look_limit = 30s;
constexpr std::string_view direct_name = "direct";

error no_such_place(std::string const& on) {
  std::vector<std::string_view> names;
  for (auto const& one : backends()) names.push_back(one.name);
  return recipe_error(
      fmt::format("'{}' is no place for machines: a libvirt URI (qemu:///session, qemu:///system, "
                  "qemu+ssh://HOST/system, qemu+tcp://HOST/system), or one of {}",
                  on, fmt::join(names, ", ")));
}

}  // namespace

loop::awaitable<result<std::unique_ptr<backend>>> make_backend(loop::clock& time,
                                                               backend_choice choice) {
  if (choice.on.empty() || choice.on == direct_name) {
    direct::program const qemu{choice.qemu, choice.accel};
    co_return std::unique_ptr<backend>(std::make_unique<direct::backend>(time, qemu));
  }
  if (!libvirt::is_uri(choice.on)) co_return no_such_place(choice.on);
  // Another host has a PATH of its own.
  libvirt::program const qemu{choice.qemu.starts_with('/') ? choice.qemu : std::string(),
                              choice.accel};
  libvirt::disk_terms disks{choice.disks_from, choice.disks_tls};
  co_return co_await libvirt::backend::open(time, choice.on, qemu, std::move(disks));
}

loop::awaitable<result<backend_place>> look_at_backend(loop::clock& time, std::string on) {
  if (on.empty()) on = direct_name;
  if (auto const* const known = find_backend(on)) co_return backend_place{*known};
  if (!libvirt::is_uri(on)) co_return no_such_place(on);
  auto by = co_await libvirt::connection::open(time, on, look_limit);
  if (!by) co_return by.error();
  auto const facts = co_await libvirt::look_at(**by, look_limit);
  if (!facts) co_return facts.error();
  co_return backend_place{*find_backend(libvirt::name_of(facts->how)), facts->qemu};
}

}  // namespace wedgehog::vm
