// Performers as children of this process: they die with it, and Ctrl-C reaches them through it.
#pragma once

#include "farm/executor.hpp"
#include "loop/interruption.hpp"

namespace wedgehog::farm {

class children final : public executor {
 public:
  // All that is passed by reference must outlive it. `program`: as in performer_terms. `room`:
  // whether there is some for a guest of so much memory; empty: always.
  children(loop::clock& time, loop::asio::thread_pool& pool, loop::interruption& stop,
           performer_terms terms, close_run close, std::size_t slots,
           std::function<result<void>(std::uint64_t)> room = {})
      : time_(time),
        pool_(pool),
        stop_(stop),
        terms_(std::move(terms)),
        close_(std::move(close)),
        slots_(slots),
        room_(std::move(room)) {}

  [[nodiscard]] std::string describe() const override;
  [[nodiscard]] std::size_t slots() const override { return slots_; }
  [[nodiscard]] result<void> admits(std::uint64_t guest_memory) const override {
    return room_ ? room_(guest_memory) : result<void>();
  }
  loop::awaitable<result<run_report>> play(task const& what, line_sink const& told) override {
    return play_in_child(time_, pool_, stop_, terms_, what.folder, told, close_);
  }
  loop::awaitable<result<void>> sweep(std::string_view) override { co_return result<void>(); }

 private:
  loop::clock& time_;
  loop::asio::thread_pool& pool_;
  loop::interruption& stop_;
  performer_terms terms_;
  close_run close_;
  std::size_t slots_;
  std::function<result<void>(std::uint64_t)> room_;
};

}  // namespace wedgehog::farm
