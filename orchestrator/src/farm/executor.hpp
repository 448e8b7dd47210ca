// Where performers run: as children here, or as tasks of a cluster. A supervisor hands over run
// folders with orders in them, and gets back what the folders say. Another engine is another file
// that implements these few calls.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "farm/played_in_child.hpp"
#include "farm/run_report.hpp"
#include "loop/clock.hpp"

namespace wedgehog::farm {

struct task {
  std::filesystem::path folder;  // the run's own, made, with its order in it
  std::string name;              // for people and queues
  std::string campaign;          // its uid; empty: none
  std::uint64_t memory = 0;      // bytes that the guest and its performer need at most
  int processors = 1;
};

class executor {
 public:
  virtual ~executor() = default;
  // For people: "8 children of this process".
  [[nodiscard]] virtual std::string describe() const = 0;
  // So many tasks are worth having under way.
  [[nodiscard]] virtual std::size_t slots() const = 0;
  // Whether a run with a guest of so much memory may be begun now. An error (blame host) is waited
  // out; with others under way their number is enough.
  [[nodiscard]] virtual result<void> admits(std::uint64_t /*guest_memory*/) const { return {}; }
  // Plays the order in the folder to its end. Once a stop was asked for it is passed on, and the
  // run ends interrupted with its evidence kept. References must outlive the call: GCC 12 breaks
  // what is passed by value inside a co_await. An error (blame host) when nothing of the run could
  // be read afterwards, or it could not be begun.
  virtual loop::awaitable<result<run_report>> play(task const& what, line_sink const& told) = 0;
  // Ends what a former supervisor of this campaign left running.
  virtual loop::awaitable<result<void>> sweep(std::string_view campaign) = 0;
};

}  // namespace wedgehog::farm
