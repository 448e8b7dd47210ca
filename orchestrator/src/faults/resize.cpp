// A disk becomes larger under the running guest, which is told by an interrupt. To the size that it
// has already, it is only the interrupt: a poke for a driver that has lost one. A healthy guest
// shows the new size and touches nothing else.
#include <fmt/format.h>

#include <algorithm>

#include "faults/fault.hpp"
#include "vm/monitor_names.hpp"

namespace wedgehog::faults {
namespace {

class resize final : public fault {
 public:
  resize(plan::inject const& what, fault_targets& targets)
      : disk_(what.disk),
        as_(what.as),
        size_(plan::number_of(what, "size").value_or(0)),
        targets_(targets) {}

  loop::awaitable<result<std::string>> begin() override {
    auto* const disk = targets_.disks.find(disk_);
    if (disk == nullptr) co_return recipe_error("there is no disk " + disk_);
    // Exchanging the node waits for the disk.
    auto const held = targets_.disks.holding();
    if (std::find(held.begin(), held.end(), disk_) != held.end())
      co_return recipe_error(fmt::format(
          "disk {} cannot be resized while a fault holds its requests: heal that first", disk_));
    auto const before = disk->size();
    if (auto grown = disk->grow(size_); !grown) co_return grown.error();
    if (size_ != before)
      if (auto done = co_await look_again(); !done) co_return done.error();
    json::object const arguments{{"node-name", targets_.machine->names().disk_top(disk_)},
                                 {"size", size_}};
    auto const told = co_await targets_.machine->monitor().execute("block_resize", arguments);
    if (!told) co_return told.error();
    hit_ = true;
    co_return fmt::format("disk {}: from {} to {}, QMP block_resize", disk_, print_size(before),
                          print_size(size_));
  }
  loop::awaitable<result<std::string>> end() override {
    co_return std::string("a disk does not shrink: nothing was undone");
  }
  loop::awaitable<std::uint64_t> hits() override { co_return hit_ ? 1 : 0; }

 private:
  // QEMU 7.2 asks an NBD server for the size once, when it connects: so another node connects, and
  // takes the place of the first below the node that the device looks at.
  loop::awaitable<result<void>> look_again() {
    auto& monitor = targets_.machine->monitor();
    std::string const node = fmt::format("{}-{}", targets_.machine->names().disk_node(disk_), as_);
    json::object const server = address();
    json::object const larger{
        {"driver", "nbd"}, {"node-name", node}, {"server", server}, {"discard", "unmap"}};
    auto const added = co_await monitor.execute("blockdev-add", larger);
    if (!added) co_return added.error();
    json::object const top{{"driver", "raw"},
                           {"node-name", targets_.machine->names().disk_top(disk_)},
                           {"file", node}};
    json::array const all{top};
    json::object const reopened{{"options", all}};
    auto const exchanged = co_await monitor.execute("blockdev-reopen", reopened);
    if (!exchanged) co_return exchanged.error();
    co_return result<void>();
  }

  [[nodiscard]] json::object address() const {
    for (auto const& disk : targets_.machine->spec().disks)
      if (disk.name == disk_) return vm::server_address(disk.server);
    return {};
  }

  std::string disk_;
  std::string as_;
  std::uint64_t size_;
  fault_targets& targets_;
  bool hit_ = false;
};

}  // namespace

std::unique_ptr<fault> make_resize(plan::inject const& what, fault_targets& targets) {
  return std::make_unique<resize>(what, targets);
}

}  // namespace wedgehog::faults
