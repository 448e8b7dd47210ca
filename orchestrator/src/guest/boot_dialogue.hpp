// The talk with a guest's console between power-on and the agent's first word: boot menu, login,
// starting the agent. Pure: what the console shows comes in, what is to be typed goes out.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "guest/profile.hpp"

namespace wedgehog::guest {

class boot_dialogue {
 public:
  explicit boot_dialogue(std::vector<exchange> exchanges) : exchanges_(std::move(exchanges)) {}

  // Console text in any pieces: the same is typed however it comes. What is to be typed now; empty
  // when nothing that was expected has appeared, or when nothing is to be said to it.
  [[nodiscard]] std::string hear(std::string_view text);

  // What is waited for; null when all has been said.
  [[nodiscard]] exchange const* awaited() const;
  [[nodiscard]] bool done() const { return awaited() == nullptr; }
  // Exchanges that are over.
  [[nodiscard]] std::size_t over() const { return over_; }

 private:
  std::vector<exchange> exchanges_;
  std::size_t over_ = 0;
  std::string heard_;  // since the last match; no more of it than a match may still need
};

}  // namespace wedgehog::guest
