// Sends a folder on a stream while it is written: what only grows as it grows, all else when it is
// over. Blocking; one thread at a time.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>

#include "farm/stream/frames.hpp"

namespace wedgehog::farm::stream {

class folder_sender {
 public:
  // `to`: a descriptor that stays open. `patience`: whoever takes nothing for so long is gone.
  folder_sender(int to, std::filesystem::path folder, std::chrono::milliseconds patience)
      : to_(to), folder_(std::move(folder)), patience_(patience) {}

  // Blame of all: host.
  result<void> open(opening const& hello) { return say(hello); }
  result<void> progress(std::string_view line) { return say(progress_line{line}); }
  // Facts, plan and recipe once they are there, and what the timeline has grown by.
  result<void> follow();
  // Everything that has not been sent, the manifest last, and the end. Links, sockets and what the
  // receiver has (the order) are left out.
  result<void> rest();

 private:
  result<void> say(message const& what);
  result<void> send(std::string const& path);

  int to_;
  std::filesystem::path folder_;
  std::chrono::milliseconds patience_;
  message_writer writer_;
  std::map<std::string, std::uint64_t> sent_;  // bytes of each file
};

// All of it, within `patience` for each part that is taken. Blame: host.
result<void> write_all(int to, std::string_view bytes, std::chrono::milliseconds patience);

}  // namespace wedgehog::farm::stream
