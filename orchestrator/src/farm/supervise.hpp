// The supervisor of a campaign: hands runs to an executor, so many at a time, until the book wants
// no more, time is over or somebody wants to stop. Keeps nothing of its own: what it has to know
// stands in the database and in the folders, and a later one goes on from there.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "farm/campaign_book.hpp"
#include "farm/executor.hpp"
#include "loop/interruption.hpp"

namespace wedgehog::farm {

// A run that was taken into the database.
struct taken_run {
  run_end how;
  bool starved = false;  // by its host
  std::string new_signature{};
};

// What the supervisor needs of others. All are called on the loop; the awaitable ones may take as
// long as a disk does.
struct campaign_ports {
  // Whether there is room for it now. An error (no memory …) with others under way makes them
  // enough for now; with none it is waited out.
  std::function<result<void>(assignment const&)> admits{};
  // Makes the run's folder with its order. At an error (no room on the disk …) room is made and it
  // is asked once more; then it is waited out.
  std::function<loop::awaitable<result<task>>(assignment const&)> prepare;
  // Takes the run into the database; must not lose it when that does not work.
  std::function<loop::awaitable<taken_run>(assignment const&, run_report const&)> take_in;
  // After each run and every few seconds.
  std::function<void()> look{};
  // Makes room: every `house_every`, and when no run could be prepared.
  std::function<loop::awaitable<void>()> keep_house{};
  // Once it is requested no run is begun any more; those that are under way end by themselves.
  loop::interruption* no_more = nullptr;
  // Something that went wrong and is waited out, or that a person should know; one sentence.
  std::function<void(std::string const&)> say{};
};

struct supervisor_terms {
  std::size_t slots = 1;
  std::optional<loop::duration> time{};
  bool stop_at_new_signature = false;
  loop::duration look_every = std::chrono::seconds(2);
  loop::duration house_every = std::chrono::minutes(10);
  // Between two attempts after something of the host failed: doubled each time, up to the second.
  loop::duration first_wait = std::chrono::seconds(10);
  loop::duration longest_wait = std::chrono::minutes(5);
  // So many failures in a row end the campaign: eight hours of waiting.
  std::size_t most_failures = 100;
};

enum class campaign_ending { all_done, time_over, stopped, new_signature, trouble };

struct supervised {
  campaign_ending how = campaign_ending::all_done;
  std::string trouble{};  // of the host
  std::size_t cells = 0;
  std::size_t given_up = 0;  // of those, because their runs came to nothing
};

// Everything must outlive it.
loop::awaitable<supervised> supervise(loop::clock& time, loop::interruption& stop, executor& where,
                                      campaign_book& book, campaign_ports const& ports,
                                      supervisor_terms const& terms);

// "all cells have had enough", for a row and for people.
[[nodiscard]] std::string describe(supervised const& end);

}  // namespace wedgehog::farm
