// Signs of life from inside the guest: who beats, and since when each is silent.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "timeline/signal.hpp"
#include "verdict/view/guest_clock.hpp"

namespace wedgehog::verdict {

struct life_view {
  struct source {
    double last_s = 0;
    std::uint64_t beats = 0;
  };
  std::map<std::string, source> sources;  // only those that were heard at least once

  std::uint64_t canaries = 0;  // completed in all
  double canary_last_s = 0;

  double last_sign_host_s = -1e300;  // of anything that only a running guest makes

  void observe(stamp when, timeline::beat const& what);
  void observe(stamp when, timeline::canary const& what);
  void observe(stamp when, timeline::gap const& what);
  void sign(stamp when) {
    if (when.host_s > last_sign_host_s) last_sign_host_s = when.host_s;
  }

  // Nothing when this source was never heard: it may not exist here.
  [[nodiscard]] std::optional<double> silent_s(std::string const& name, double now_s) const;
  [[nodiscard]] bool silent(std::string const& name, double now_s, double quiet_s) const;
  [[nodiscard]] bool beats(std::string const& name, double now_s, double quiet_s) const;
};

inline std::string const beat_fifo = "agent-fifo";
inline std::string const beat_ordinary = "agent-ordinary";
inline std::string const beat_kernel = "kernel-irq";
inline std::string const beat_workqueue = "workqueue";

}  // namespace wedgehog::verdict
