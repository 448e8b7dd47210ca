// A domain as the machine port: started, watched and taken away through libvirt. Where its QEMU is
// near, its process is looked at and signalled as a child would be, and a monitor that is ours
// alone answers when libvirt does not.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "vm/backend.hpp"
#include "vm/libvirt/console.hpp"
#include "vm/libvirt/daemon.hpp"
#include "vm/libvirt/domain_events.hpp"
#include "vm/libvirt/domain_xml.hpp"
#include "vm/libvirt/fate.hpp"
#include "vm/libvirt/monitor_relay.hpp"
#include "vm/libvirt/near_process.hpp"
#include "vm/libvirt/storage.hpp"
#include "vm/libvirt/stream_line.hpp"

namespace wedgehog::vm::libvirt {

struct machine_order {
  machine_spec spec;  // with the daemon's paths
  guest_profile guest;
  domain_terms terms;
  reach how = reach::far;
  std::string keep_console_in;         // a file of ours
  std::shared_ptr<storage> store{};    // where files are carried; null: the daemon opens ours
  std::vector<std::string> carried{};  // names in it that go with the machine
};

class machine final : public vm::machine {
 public:
  static loop::awaitable<result<std::unique_ptr<vm::machine>>> start(std::shared_ptr<connection> by,
                                                                     machine_order order,
                                                                     loop::duration limit);
  // Destroys a domain that still runs. When we are gone without this, the daemon does.
  ~machine() override;

  [[nodiscard]] machine_spec const& spec() const override { return order_.spec; }
  [[nodiscard]] abilities const& can() const override { return can_do(order_.how); }
  [[nodiscard]] monitor_names const& names() const override { return names_; }
  [[nodiscard]] qmp::client& monitor() override { return monitor_; }
  [[nodiscard]] qmp::client& second_monitor() override { return second_monitor_; }
  [[nodiscard]] serial_console& console() override { return *console_; }
  loop::awaitable<result<loop::descriptor>> open_agent_line(loop::duration limit) override;
  [[nodiscard]] host_process* process() override { return process_ ? &*process_ : nullptr; }
  std::optional<ending> ended() override;
  loop::awaitable<ending> wait() override;
  void kill() override;
  loop::awaitable<void> stop(loop::duration patience) override;
  [[nodiscard]] result<memory_place> memory_file() const override;
  loop::awaitable<result<void>> dump_memory(int into, loop::duration limit) override;
  [[nodiscard]] std::string last_words() const override { return fate_->why(); }

 private:
  machine(std::shared_ptr<connection> by, machine_order order);
  loop::awaitable<result<void>> begin(loop::duration limit);
  loop::awaitable<result<void>> create(loop::duration limit);
  loop::awaitable<result<void>> open_console(loop::duration limit);
  loop::awaitable<result<void>> open_monitor(loop::duration limit);
  loop::awaitable<result<void>> open_second_monitor(loop::duration limit);
  loop::awaitable<result<void>> learn_names(loop::duration limit);
  loop::awaitable<result<void>> learn_threads(loop::duration limit);
  loop::awaitable<result<void>> resume(loop::duration limit);
  // A path as the daemon's side has it.
  loop::awaitable<result<void>> dump_into(std::string path, loop::duration limit);
  loop::awaitable<result<void>> dump_there(int into, loop::duration limit);
  void leave_nothing();
  void destroy();

  std::shared_ptr<connection> by_;
  machine_order order_;
  domain_handle domain_;
  std::shared_ptr<fate> fate_;
  std::shared_ptr<monitor_relay> relay_;
  std::optional<domain_events> events_;
  monitor_names names_;
  std::unique_ptr<libvirt::console> console_;
  qmp::client monitor_;
  qmp::client second_monitor_;
  std::optional<near_process> process_;
  bool by_us_ = false;
};

}  // namespace wedgehog::vm::libvirt
