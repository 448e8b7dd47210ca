// One performer as its supervisor sees it: a child process that says on a pipe how its run goes,
// and leaves a folder. It dies with us; one that hangs is killed; what either leaves of the run is
// closed in its stead.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "farm/run_report.hpp"
#include "loop/clock.hpp"
#include "loop/interruption.hpp"

namespace wedgehog::farm {

struct performer_terms {
  std::vector<std::string> program;  // and its first arguments; the order and --into come after
  // A performer says something once a second; one that is silent for so long hangs.
  loop::duration most_silence = std::chrono::seconds(120);
};

// Each line of progress as it comes; called on the loop, must not block.
using line_sink = std::function<void(std::string_view)>;

// Ends a run whose performer is gone: judges what there is, notes why, and seals the folder.
// Blocking. Gives what the folder says afterwards.
using close_run = std::function<result<folder::run_contents>(std::filesystem::path const& folder,
                                                             std::string const& why)>;

// What a performer said where nobody listened: a failed assertion, a sanitizer, the dynamic linker.
// The end of it; empty when it said nothing. Blocking.
[[nodiscard]] std::string last_words(std::filesystem::path const& folder);

// Plays the order that stands in the folder. A request to stop is passed on once; whoever wants
// more ends this process. References must outlive the call: GCC 12 breaks what is passed by value
// inside a co_await. An error (blame host) when nothing of the run could be read afterwards.
loop::awaitable<result<run_report>> play_in_child(loop::clock& time, loop::asio::thread_pool& pool,
                                                  loop::interruption& stop,
                                                  performer_terms const& terms,
                                                  std::filesystem::path const& folder,
                                                  line_sink const& told, close_run const& close);

}  // namespace wedgehog::farm
