// Storage as the host sees it: who has requests in flight, how old the oldest is, and whether
// completions come.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "timeline/signal.hpp"
#include "verdict/view/guest_clock.hpp"
#include "verdict/view/sliding.hpp"

namespace wedgehog::verdict {

// A recorder that knows ages only for all disks together writes them as the disk of this name.
inline std::string const all_disks = "*";

struct storage_view {
  struct one {
    std::uint64_t in_flight = 0;
    std::optional<double> oldest_s;
    bool ages_known = false;  // it has told an exact age at least once
    std::uint64_t held = 0;
    std::string held_by;
    std::optional<double> completed_s;  // guest time of its last completion
    double latest_host_s = -1e300;
    sliding<3> samples{15};  // by host time: busy, gapping, completions
  };
  std::map<std::string, one> disks;
  sliding<3> rounds{15};  // all disks together, one row per round: busy, completions, seconds
  std::optional<double> completed_s;
  // Flushes that QEMU completed since the machine was started, of all disks together: the guest
  // counts the same. Nothing where the start was not seen.
  std::optional<std::uint64_t> flushes;
  double flushed_s = 0;  // guest time of the last

  // `settled_s`: how far back the windows look; `gap_s`: what counts as a gap.
  storage_view(double settled_s, double gap_s);
  // Another QEMU: what the old one had in flight is nobody's any more.
  void restart() { *this = storage_view(settled_s_, gap_s_); }
  // True when something completed.
  bool observe(stamp when, timeline::disk const& what);

  // Share of the rounds in which a request was in flight; nothing without samples of late.
  [[nodiscard]] std::optional<double> busy(double now_host_s) const;
  [[nodiscard]] double completions_per_second() const;
  // Of all disks but one.
  [[nodiscard]] double completions_beside(std::string const& disk) const;

  struct old_request {
    std::string disk;
    double age_s = 0;
    bool exact = false;
    std::uint64_t in_flight = 0;
    std::string held_by;
  };
  // The oldest request whose exact age is known and at least `age_s`, or else a disk that holds
  // requests and completes next to nothing.
  [[nodiscard]] std::optional<old_request> stuck(double now_host_s, double age_s) const;
  // A fault of ours, of some disk.
  [[nodiscard]] bool somebody_holds() const;
  // The exact age of the oldest request of any disk; nothing where no age is known.
  [[nodiscard]] std::optional<double> oldest_s(double now_host_s) const;

 private:
  double settled_s_;
  double gap_s_;
  std::set<std::string> in_round_;
  bool round_busy_ = false;
  double round_done_ = 0;
  double round_s_ = 0;
};

}  // namespace wedgehog::verdict
