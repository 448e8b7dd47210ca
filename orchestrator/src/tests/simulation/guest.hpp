// A seeded model of a Linux guest with the agent in it, on the real wire format: it boots, beats,
// observes, runs what it is told, and has its bad days. Only what can be seen from outside is
// modelled.
//
// How to add a bad day: an enumerator in `trouble_kind`, what it does in model_guest::suffer_now(),
// and its name in the table of bad_days.cpp, which draws it from then on.
#pragma once

#include <deque>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/chance.hpp"
#include "loop/nursery.hpp"
#include "tests/simulation/script.hpp"
#include "vm/simulated/hardware.hpp"
#include "wire/frame.hpp"
#include "wire/messages.hpp"

namespace wedgehog::simulation {

namespace simulated = vm::simulated;

enum class trouble_kind {
  none,
  panics,
  resets,
  powers_off,
  locks_up,           // all processors, interrupts off
  waits_in_software,  // whoever works for the workload, without a request
  loses_completions,
  agent_falls_silent,
  agent_restarts,
  agent_babbles,  // noise on its line
  console_floods,
  workload_dies,
  workload_reports_errors,
  never_boots,
};

struct guest_trouble {
  trouble_kind what = trouble_kind::none;
  loop::duration after{};  // since power-on
};

struct guest_options {
  std::uint64_t seed = 0;
  loop::duration boot = std::chrono::seconds(2);
  guest_trouble trouble{};
  // When something goes wrong in it: the trouble, or what a script does to it.
  std::function<void()> when_it_comes{};
};

class model_guest final : public simulated::guest {
 public:
  model_guest(guest_options options, int boot);

  loop::awaitable<void> live(simulated::hardware& hardware) override;
  void hear(std::string_view agent_bytes) override;
  void break_and_key(char key) override;
  void non_maskable_interrupt() override;
  void press_power_button() override;
  [[nodiscard]] bool lets_go_of(std::string const& disk) const override;
  [[nodiscard]] std::uint64_t least_memory() const override { return 80U << 20U; }

 private:
  // A process that runs a script: of a request, of a workload, or the canary.
  struct task {
    explicit task(loop::asio::any_io_executor const& executor) : killed(executor), gone(executor) {}
    std::uint64_t request = 0;
    std::uint32_t pid = 0;
    std::string name;
    bool workload = false;
    bool stopped = false;
    bool blocked = false;
    std::string wait_channel;
    std::vector<std::string> stack;
    std::uint64_t switches = 0;
    int killed_by = 0;
    bool ended = false;
    int exit_code = 0;
    std::string output;
    std::uint64_t done = 0;
    std::uint64_t errors = 0;
    loop::time_point progressed{};
    loop::bell killed;
    loop::bell gone;
  };
  struct canary {
    std::string directory;
    std::uint64_t request = 0;
    std::uint64_t completed = 0;
    std::optional<loop::time_point> pending;
    bool over = false;
  };
  struct seen_disk {
    std::uint64_t reads = 0, writes = 0, flushes = 0, in_flight = 0;
  };
  class blocked_for;

  loop::awaitable<void> boot();
  loop::awaitable<void> suffer();
  loop::awaitable<void> suffer_now(trouble_kind what);
  loop::awaitable<void> beat();
  loop::awaitable<void> observe();
  loop::awaitable<void> run_script(std::shared_ptr<task> who, program what);
  [[nodiscard]] static bool harms(task const& who, deed const& what);
  loop::awaitable<bool> perform(task& who, deed const& what);
  loop::awaitable<int> request(task& who, std::string disk, simulated::block_request what);
  loop::awaitable<bool> ask_disk(task& who, deed const& what);
  loop::awaitable<void> pause(task& who, loop::duration length);
  loop::awaitable<void> wait_for_ever(task& who, std::vector<std::string> stack);
  loop::awaitable<void> until_answering();
  loop::awaitable<void> serve_exec(wire::exec asked);
  loop::awaitable<void> supervise(std::shared_ptr<task> who, std::uint64_t deadline_ms);
  loop::awaitable<void> stop_named(wire::stop_workload asked);
  loop::awaitable<void> run_canary(std::shared_ptr<canary> one, loop::duration interval);
  loop::awaitable<void> serve_collect(wire::collect asked);
  loop::awaitable<void> end_by_power(wire::power asked);

  void take(wire::frame const& frame);
  void greet();
  template <class Message>
  void send(Message const& message);
  template <class Message>
  void answer(std::uint64_t request, Message message);
  template <class Request>
  bool first_time(Request const& asked, std::uint32_t pid = 0);
  bool goes_down_unheard(wire::power const& asked);
  void end_request(std::uint64_t request, int exit_code = 0);
  void say_ended(task const& who, bool timed_out);
  std::shared_ptr<task> start(std::uint64_t request, std::string name, bool workload);
  void tell_lab(std::string const& word);
  void press(char key);
  void panic(std::string const& why);
  void print(std::string const& line);
  void set_load();
  [[nodiscard]] std::string first_disk() const;
  [[nodiscard]] std::uint64_t micros() const;
  [[nodiscard]] wire::observation look();

  guest_options options_;
  int boot_;
  chance luck_;
  simulated::hardware* hardware_ = nullptr;
  std::optional<loop::nursery> tasks_;
  bool ready_ = false;      // the agent runs
  bool dead_ = false;       // panicked, locked up: nothing runs any more
  bool silent_ = false;     // the agent says nothing
  bool log_stuck_ = false;  // the lab's log, or a lock of the file system
  bool oops_ = false;
  int burning_ = 0;
  std::optional<loop::time_point> frozen_until_;

  wire::decoder decoder_;
  std::uint32_t sequence_ = 0;
  std::uint64_t session_ = 0;
  std::map<std::uint64_t, std::string> answers_;  // the last to each request, as it was sent
  std::uint64_t beats_ = 0;
  std::uint64_t observations_ = 0;
  std::uint32_t last_pid_ = 100;
  std::list<std::shared_ptr<task>> all_;
  std::list<std::shared_ptr<canary>> canaries_;
  std::set<std::string> files_;
  std::map<std::string, seen_disk> disks_;
  wire::hog_state hog_;
  std::optional<loop::time_point> hog_since_;
  std::uint64_t hog_wants_ = 0;
  double stalled_s_ = 0;
  double burned_s_ = 0;
};

}  // namespace wedgehog::simulation
