// Where a run gets the frozen machine from that it begins as a copy of: the one that is there for
// machines of just this kind, or one that it boots and freezes for itself and all others.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "conductor/lives.hpp"
#include "conductor/template_cache.hpp"

namespace wedgehog::conductor {

class template_source {
 public:
  using teller = std::function<void(std::string)>;

  // All must outlive it. `folder` is the run's; `told` hears in a few words what goes on.
  template_source(stage& on, plan::plan const& what, std::string folder,
                  loop::asio::any_io_executor const& executor, teller told);

  // Waits while others make it. It stays there until release(). Blame: host where it could not be
  // made.
  loop::awaitable<result<vm::frozen_machine>> obtain();
  // Whoever begins with it has begun: another may.
  void release() {
    lock_ = loop::descriptor();
    place_to_begin_ = loop::descriptor();
  }
  // It is of no use: the next run makes another.
  void discard();
  // Its name; only after obtain() returned one.
  [[nodiscard]] std::string const& key() const { return key_; }

  // Must be awaited when obtain() was cancelled; else it does nothing.
  loop::awaitable<void> end();

 private:
  loop::awaitable<result<vm::frozen_machine>> find_or_make();
  loop::awaitable<result<void>> make(std::string made_of);
  loop::awaitable<result<void>> boot_and_freeze(std::filesystem::path into);
  loop::awaitable<void> just_before_a_beat();
  [[nodiscard]] result<std::string> made_of() const;
  [[nodiscard]] lives_listeners listeners();

  stage& on_;
  plan::plan const& plan_;
  std::string folder_;
  loop::asio::any_io_executor executor_;
  teller told_;
  template_cache cache_;
  std::string key_;
  loop::descriptor lock_;
  loop::descriptor place_to_begin_;
  std::unique_ptr<lives> making_;
  std::optional<loop::time_point> last_beat_;
};

}  // namespace wedgehog::conductor
