// Sums over the last so many seconds of samples, in O(1) amortised per sample and bounded memory.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <deque>

namespace wedgehog::verdict {

template <std::size_t Columns>
class sliding {
 public:
  using row = std::array<double, Columns>;

  explicit sliding(double length_s) : length_s_(length_s) {}

  void push(double at_s, row values) {
    for (auto& value : values) value = std::isfinite(value) ? std::clamp(value, 0.0, 1e12) : 0.0;
    rows_.push_back({at_s, values});
    for (std::size_t i = 0; i < Columns; ++i) sums_[i] += values[i];
    while (rows_.size() > row_limit || rows_.front().at_s < at_s - length_s_) drop_oldest();
  }
  void clear() {
    rows_.clear();
    sums_ = {};
  }

  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  [[nodiscard]] double sum(std::size_t column) const { return std::max(0.0, sums_[column]); }
  // Mean per sample; 0 without samples.
  [[nodiscard]] double mean(std::size_t column) const {
    return rows_.empty() ? 0 : sum(column) / static_cast<double>(rows_.size());
  }
  [[nodiscard]] double newest_s() const { return rows_.empty() ? 0 : rows_.back().at_s; }
  [[nodiscard]] double oldest_s() const { return rows_.empty() ? 0 : rows_.front().at_s; }
  [[nodiscard]] double covered_s() const { return newest_s() - oldest_s(); }
  [[nodiscard]] double length_s() const { return length_s_; }

 private:
  static constexpr std::size_t row_limit = 4096;
  struct stamped {
    double at_s;
    row values;
  };

  void drop_oldest() {
    for (std::size_t i = 0; i < Columns; ++i) sums_[i] -= rows_.front().values[i];
    rows_.pop_front();
    if (rows_.empty()) sums_ = {};  // rounding does not pile up
  }

  double length_s_;
  std::deque<stamped> rows_;
  row sums_{};
};

}  // namespace wedgehog::verdict
