// Slurm's programs, asked with patience: tasks gathered to array jobs, one look at the queue for
// all who want one.
#pragma once

#include <list>
#include <map>
#include <memory>

#include "farm/executor.hpp"
#include "farm/slurm/executor.hpp"
#include "farm/slurm/queue.hpp"
#include "loop/bell.hpp"

namespace wedgehog::farm::slurm {

// Tasks that go to Slurm together.
struct batch {
  explicit batch(loop::asio::any_io_executor const& executor) : settled(executor) {}
  std::vector<task> tasks;
  std::string work;
  std::uint32_t array = 0;  // its number, once it is in the queue
  loop::time_point submitted{};
  std::optional<error> refused;
  loop::bell settled;
  std::optional<loop::time_point> asked_to_end;
  bool killed = false;
};

class cluster {
 public:
  cluster(loop::clock& time, loop::interruption& stop, slurm_terms const& terms)
      : time_(time), stop_(stop), terms_(terms) {}

  struct place {
    std::shared_ptr<batch> of;
    std::uint32_t index = 0;
  };
  // In the queue, once this returns. An error when Slurm refuses it, in its words; blame host.
  loop::awaitable<result<place>> enlist(task const& what);

  struct view {
    bool answered = false;  // whether Slurm could be asked
    loop::time_point asked{};
    std::map<task_key, listed_task> tasks{};
    std::vector<listed_task> jobs{};  // that srun carries
  };
  // Not older than `look_every`.
  loop::awaitable<std::shared_ptr<view const>> look();

  // Ends what earlier starts left, and returns when none of it is in the queue any more.
  loop::awaitable<result<void>> sweep(std::string_view campaign);

  // What the program said; blame host with its words. Never waits longer than terms allow.
  loop::awaitable<result<std::string>> ask(words question);
  void say_once(std::string const& text);

 private:
  loop::awaitable<void> settle(std::shared_ptr<batch> mine);
  loop::awaitable<void> submit(batch& all);
  loop::awaitable<std::shared_ptr<view const>> ask_queue();
  [[nodiscard]] result<std::string> write_work(batch& all) const;

  loop::clock& time_;
  loop::interruption& stop_;
  slurm_terms const& terms_;
  std::map<std::pair<std::uint64_t, int>, std::shared_ptr<batch>> gathering_;
  std::shared_ptr<view const> seen_;
  std::shared_ptr<loop::bell> looking_;
  bool out_of_reach_ = false;
  std::map<std::string, bool> said_;
};

}  // namespace wedgehog::farm::slurm
