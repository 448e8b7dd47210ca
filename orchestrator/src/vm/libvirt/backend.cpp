#include "vm/libvirt/backend.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "tls/certificates.hpp"
#include "vm/libvirt/machine.hpp"
#include "vm/libvirt/route.hpp"
#include "vm/libvirt/uri.hpp"
#include "vm/overlay.hpp"

namespace wedgehog::vm::libvirt {
namespace {

using namespace std::chrono_literals;

// Seen: 10 s for the first connection to a daemon, which tries every QEMU that it finds.
constexpr auto connect_limit = 30s;

std::string host_name() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

// A run's folder has a name of its own; a machine that is turned on again is another domain.
std::string domain_name(machine_spec const& spec, int nth) {
  auto folder = std::filesystem::path(spec.place.run_folder).filename().string();
  if (folder.empty()) folder = spec.name;
  return fmt::format("{}{}-{}-{}", name_prefix, folder, ::getpid(), nth);
}

domain_terms terms_of(machine_spec const& spec, program const& qemu, reach how, int nth) {
  domain_terms terms;
  terms.accel = qemu.accel;
  terms.emulator = qemu.path;
  terms.name = domain_name(spec, nth);
  terms.owner = fmt::format("{} {} {}", host_name(), ::getpid(), ::geteuid());
  terms.system_disk = spec.place.run_folder + "/system.qcow2";
  if (how == reach::near) terms.second_monitor = spec.place.runtime_folder + "/oob";
  return terms;
}

}  // namespace

loop::awaitable<result<std::unique_ptr<vm::backend>>> backend::open(loop::clock& time,
                                                                    std::string uri, program qemu,
                                                                    disk_terms disks) {
  auto by = co_await connection::open(time, uri, connect_limit);
  if (!by) co_return by.error();
  auto facts = co_await look_at(**by, connect_limit);
  if (!facts) co_return facts.error();
  std::unique_ptr<backend> made(
      new backend(std::move(by.value()), std::move(facts.value()), std::move(qemu)));
  if (made->facts_.how == reach::near) co_return std::unique_ptr<vm::backend>(std::move(made));
  if (disks.address.empty()) {
    auto found = co_await address_towards(*made->by_, connect_limit);
    if (!found) co_return found.error();
    disks.address = std::move(found.value());
  }
  auto& server = made->disk_server_.emplace();
  server.host = std::move(disks.address);
  server.port = 0;
  if (!disks.certificates.empty()) {
    auto read = tls::certificates::read(disks.certificates);
    if (!read) co_return read.error();
    made->certificates_ = std::move(read.value());
    server.tls_name = made->certificates_->name_at(server.host);
  }
  co_return std::unique_ptr<vm::backend>(std::move(made));
}

loop::awaitable<result<std::unique_ptr<vm::machine>>> backend::start(machine_spec const& spec,
                                                                     guest_profile const& guest,
                                                                     loop::duration limit) {
  machine_order order{spec, guest, terms_of(spec, qemu_, facts_.how, ++started_), facts_.how,
                      spec.place.run_folder + "/console.raw"};
  auto ready = co_await placed(std::move(order));
  if (!ready) co_return ready.error();
  co_return co_await machine::start(by_, std::move(ready.value()), limit);
}

loop::awaitable<result<machine_order>> backend::placed(machine_order order) {
  bool const from_disk = order.guest.boot.from == guest::boot_medium::disk;
  if (facts_.how == reach::near) {
    if (from_disk)
      if (auto const made = make_overlay(order.spec.medium, order.terms.system_disk); !made)
        co_return made.error();
    co_return order;
  }
  storage_terms const terms{facts_.qemu_user, is_session(by_->uri())};
  order.store = std::make_shared<storage>(by_, terms);
  std::vector<std::pair<std::string*, std::string>> const files{
      {&order.spec.kernel, "kernel"},
      {&order.spec.initramfs, "initramfs"},
      {&order.spec.medium, "medium"},
      {&order.spec.agent_disk, "agent"},
      {&order.spec.files_disk, "files"}};
  for (auto const& [file, kind] : files) {
    if (file->empty()) continue;
    auto there = co_await bring(order, *file, kind);
    if (!there) co_return there.error();
    *file = std::move(there.value());
  }
  if (!from_disk) co_return order;
  auto const name = order.terms.name + ".system";
  order.carried.push_back(name);
  auto made = co_await order.store->overlay(order.spec.medium, name);
  if (!made) co_return made.error();
  order.terms.system_disk = std::move(made.value());
  co_return order;
}

loop::awaitable<result<std::string>> backend::bring(machine_order& order, std::string file,
                                                    std::string kind) {
  if (auto const known = order.spec.sha256.find(file); known != order.spec.sha256.end())
    co_return co_await order.store->keep(file, known->second);
  auto const name = order.terms.name + "." + kind;
  order.carried.push_back(name);
  co_return co_await order.store->carry(file, name);
}

std::string backend::by_hand(machine_spec const& spec, guest_profile const& guest) const {
  return fmt::format("virsh -c {} create /dev/stdin <<'END'\n{}END\n", by_->uri(),
                     domain_xml(spec, guest, terms_of(spec, qemu_, facts_.how, started_ + 1)));
}

std::string_view backend::accelerator_name() const {
  return vm::name_of(qemu_.accel);
}

std::uint64_t backend::host_memory(machine_spec const& spec) const {
  return facts_.how == reach::near ? spec.memory_bytes : 0;
}

}  // namespace wedgehog::vm::libvirt
