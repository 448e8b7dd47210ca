// A model of QEMU: processors that run or stand, disks with what is in flight on them, a main loop
// that is deaf while it waits for them, monitors, and a guest. It does what QEMU 7.2 was seen
// doing; how it behaves on a bad day is its owner's choice.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "loop/process.hpp"
#include "vm/simulated/hardware.hpp"
#include "vm/simulated/monitor.hpp"

namespace wedgehog::vm::simulated {

struct model {
  drive_maker make_drive;
  guest_maker make_guest;
  manners_choice manners{};
  // So much of what its processors want do they get from the host.
  double host_share = 1;
  // Its process dies by itself after so long, or never.
  std::optional<loop::duration> dies_after{};
  loop::exit_status dies_with{.code = 1};
  std::string refuses_to_start{};  // its complaint
};

class qemu final : public hardware, public std::enable_shared_from_this<qemu> {
 public:
  qemu(loop::asio::any_io_executor executor, loop::clock& host, machine_spec spec, model how);

  // Connects the disks; then live() must be spawned. Blame: host.
  loop::awaitable<result<void>> prepare();
  // Until the process has ended. Both monitors talk over these sockets, which it takes over.
  static loop::awaitable<void> live(std::shared_ptr<qemu> self, int first_monitor,
                                    int second_monitor);

  // --- the process
  [[nodiscard]] std::optional<loop::exit_status> const& status() const { return status_; }
  loop::awaitable<loop::exit_status> wait();
  void end(loop::exit_status how);
  // Nothing of it goes on any more.
  [[nodiscard]] bool gone() const { return gone_; }
  bool signal(int number);
  [[nodiscard]] bool stopped() const { return stopped_; }
  [[nodiscard]] double processor_seconds(std::size_t index) const;
  [[nodiscard]] bool processor_wants(std::size_t index) const;
  [[nodiscard]] std::string const& last_words() const { return last_words_; }

  // --- its lines
  [[nodiscard]] std::string const& printed() const { return printed_; }
  [[nodiscard]] loop::bell& printing() { return printing_; }
  void type(std::string_view bytes);
  void send_break() { break_came_ = true; }
  // Takes over a connected socket; the one before is closed.
  void connect_agent(int connected);
  // What a person or a fault on the host changes while it runs.
  void set_host_share(double share);

  // --- hardware
  [[nodiscard]] loop::asio::any_io_executor executor() const override { return executor_; }
  [[nodiscard]] loop::clock& time() override { return time_; }
  [[nodiscard]] machine_spec const& spec() const override { return spec_; }
  loop::awaitable<int> ask_disk(std::string disk, block_request what) override;
  void lose_completions(std::string const& disk, bool lost) override;
  void print(std::string_view console_bytes) override;
  void say(std::string_view agent_bytes) override;
  void set_processor(std::size_t index, processor const& what) override;
  void power_off() override;
  void reset() override;
  void panicked() override;

 private:
  struct flight {
    block_request what;
    loop::bell landed;
    bool done = false;
    int error = 0;
  };
  struct device {
    disk_spec spec;
    std::unique_ptr<drive> line;
    bool plugged = true;
    bool loses_completions = false;
    std::uint64_t at_server = 0;               // asked, and not answered
    std::deque<std::shared_ptr<flight>> kept;  // failed, to be asked again
    std::uint64_t taken = 0;                   // from the ring, and not returned
    std::uint64_t reads = 0, writes = 0, flushes = 0, failed = 0;
    loop::time_point last{};
  };
  struct seat {  // of a processor
    processor now;
    double seconds = 0;
    loop::time_point since{};
  };
  struct new_beginning {};
  class at_the_helm;

  using command = loop::awaitable<json::object> (qemu::*)(monitor&, json::object const&);
  static std::map<std::string, command, std::less<>> const& commands();

  loop::awaitable<void> play();
  loop::awaitable<void> run_errands();
  loop::awaitable<void> die_some_day();
  loop::awaitable<void> read_agent();
  loop::awaitable<void> write_agent();
  loop::awaitable<void> until_awake();
  loop::awaitable<void> say_the_last();
  loop::awaitable<void> drain();
  loop::awaitable<void> flush(device& one);

  loop::awaitable<json::object> obey(monitor& from, std::string name, json::object with);
  json::object obey_out_of_band(std::string const& name, json::object const& with);
  void announce(std::string_view name, json::object data);
  void submit(device& to, std::shared_ptr<flight> const& one);
  void landed(device& at, std::shared_ptr<flight> const& one, int error);
  void account(seat& one);
  void stand(std::string state);
  void go_on();
  void ask_again();
  void shut_down(bool by_guest, std::string_view reason);
  [[nodiscard]] device* find(std::string const& path_or_name);
  [[nodiscard]] std::string registers() const;

  loop::awaitable<json::object> query_status(monitor&, json::object const&);
  loop::awaitable<json::object> query_cpus(monitor&, json::object const&);
  loop::awaitable<json::object> query_blockstats(monitor&, json::object const&);
  loop::awaitable<json::object> query_block(monitor&, json::object const&);
  loop::awaitable<json::object> query_queue(monitor&, json::object const&);
  loop::awaitable<json::object> query_device(monitor&, json::object const&);
  loop::awaitable<json::object> query_balloon(monitor&, json::object const&);
  loop::awaitable<json::object> query_memory(monitor&, json::object const&);
  loop::awaitable<json::object> query_version(monitor&, json::object const&);
  loop::awaitable<json::object> human(monitor&, json::object const&);
  loop::awaitable<json::object> stop(monitor&, json::object const&);
  loop::awaitable<json::object> cont(monitor&, json::object const&);
  loop::awaitable<json::object> quit(monitor&, json::object const&);
  loop::awaitable<json::object> system_reset(monitor&, json::object const&);
  loop::awaitable<json::object> system_powerdown(monitor&, json::object const&);
  loop::awaitable<json::object> inject_nmi(monitor&, json::object const&);
  loop::awaitable<json::object> set_action(monitor&, json::object const&);
  loop::awaitable<json::object> chardev_break(monitor&, json::object const&);
  loop::awaitable<json::object> balloon(monitor&, json::object const&);
  loop::awaitable<json::object> getfd(monitor&, json::object const&);
  loop::awaitable<json::object> dump(monitor&, json::object const&);
  loop::awaitable<json::object> device_del(monitor&, json::object const&);
  loop::awaitable<json::object> device_add(monitor&, json::object const&);
  loop::awaitable<json::object> drained_only(monitor&, json::object const&);
  loop::awaitable<json::object> set_link(monitor&, json::object const&);

  loop::asio::any_io_executor executor_;
  loop::clock& host_;
  machine_spec spec_;
  model how_;
  processor_clock time_;
  std::vector<std::unique_ptr<device>> devices_;
  std::vector<seat> processors_;
  std::string state_ = "running";
  bool resets_ = false;  // set-action reboot=reset; else a reset ends the machine
  std::uint64_t memory_left_ = 0;

  std::optional<loop::exit_status> status_;
  loop::bell ended_;
  bool gone_ = false;
  bool stopped_ = false;
  loop::bell awake_;
  std::string last_words_;

  loop::bell settled_;           // something that was in flight is not any more
  loop::mailbox<bool> helm_;     // the main loop: one at a time
  loop::mailbox<bool> errands_;  // a stop that must still drain
  loop::mailbox<new_beginning> wishes_;
  std::unique_ptr<monitor> first_;
  std::unique_ptr<monitor> second_;
  loop::descriptor handed_;
  std::unique_ptr<guest> guest_;
  int boots_ = 0;

  std::string printed_;
  loop::bell printing_;
  bool break_came_ = false;
  std::optional<loop::asio::local::stream_protocol::socket> agent_;
  loop::bell agent_came_;
  std::string to_agent_listener_;
  loop::mailbox<bool> agent_unsent_;
};

}  // namespace wedgehog::vm::simulated
