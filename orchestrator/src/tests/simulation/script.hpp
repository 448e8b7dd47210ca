// What a guest's model makes of a shell script: not what the words do, but what can be seen of it
// from outside, requests to disks, time, an exit code, a word to the lab module.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace wedgehog::simulation {

struct deed {
  enum class kind {
    requests,  // `count` writes and a flush; `reads`: reads
    pause,     // for `length`
    print,     // `word`
    lab,       // `word`: what the lab module is told
    lab_log,   // an entry into the lab module's log
    touch,     // the file `word`
    look_for,  // exit code 1 when the file `word` is not there
    leave,     // with `count` as exit code
    sysrq,     // the key `word`
    signal,    // number `count` to all workloads
    freeze,    // of file systems, for `length`
    burn,      // processor time, for `length`
  };
  kind what = kind::pause;
  std::string word{};
  std::string disk{};  // empty: the first
  int count = 0;
  bool reads = false;
  std::chrono::milliseconds length{};
  bool operator==(deed const&) const = default;
};

// Of a pause that nothing but a signal ends.
constexpr auto for_ever = std::chrono::hours(24);

struct program {
  std::vector<deed> deeds;
  bool loops = false;
  bool children_wait = false;  // for what none of them says
  std::string until_file{};    // ends the loop when it is there
  bool operator==(program const&) const = default;
};

[[nodiscard]] program understand(std::string_view script);

}  // namespace wedgehog::simulation
