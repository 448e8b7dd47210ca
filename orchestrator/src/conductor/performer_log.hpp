// The performer's own log in the run's folder: what it did and when, for whoever wonders about the
// orchestrator and not about the guest. Bounded; never fails, a log that cannot be written is none.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string_view>

namespace wedgehog::conductor {

class performer_log {
 public:
  // The log begins anew at that size; what was before is kept once (performer.1.log).
  static constexpr std::size_t most_bytes = 1U << 20U;

  explicit performer_log(std::filesystem::path const& folder);
  ~performer_log();
  performer_log(performer_log const&) = delete;
  performer_log& operator=(performer_log const&) = delete;

  void note(std::string_view what);
  // Something of ours went wrong.
  void complain(std::string_view what);

 private:
  struct sink;
  std::unique_ptr<sink> sink_;  // null: it could not be opened
};

}  // namespace wedgehog::conductor
