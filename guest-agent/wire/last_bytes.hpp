// The last bytes of a stream that is too long to be kept whole. Takes memory only once there is
// something to keep.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace wedgehog::wire {

class last_bytes {
 public:
  explicit last_bytes(std::size_t most) : most_(most) {}

  void push(std::string_view bytes) {
    if (bytes.size() >= most_) {
      forgotten_ += kept_.size() + bytes.size() - most_;
      kept_.assign(bytes.substr(bytes.size() - most_));
      at_ = 0;
      return;
    }
    auto const room = most_ - kept_.size();
    auto const appended = bytes.size() < room ? bytes.size() : room;
    kept_.append(bytes.substr(0, appended));
    bytes.remove_prefix(appended);
    forgotten_ += bytes.size();
    while (!bytes.empty()) {  // full: over the oldest
      auto const count = bytes.size() < most_ - at_ ? bytes.size() : most_ - at_;
      kept_.replace(at_, count, bytes.substr(0, count));
      at_ = (at_ + count) % most_;
      bytes.remove_prefix(count);
    }
  }

  [[nodiscard]] bool empty() const { return kept_.empty(); }
  [[nodiscard]] std::size_t size() const { return kept_.size(); }
  // How many bytes had to make room since the beginning, or since take().
  [[nodiscard]] std::uint64_t forgotten() const { return forgotten_; }

  [[nodiscard]] std::string text() const { return kept_.substr(at_) + kept_.substr(0, at_); }
  std::string take() {
    auto all = text();
    kept_.clear();
    at_ = 0;
    forgotten_ = 0;
    return all;
  }

 private:
  std::size_t most_;
  std::string kept_;
  std::size_t at_ = 0;  // of the oldest byte
  std::uint64_t forgotten_ = 0;
};

}  // namespace wedgehog::wire
