// The steps of a recipe, and the names by which they speak of each other.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "plan/plan.hpp"
#include "recipe/checked.hpp"

namespace wedgehog::recipe {

class step_reader {
 public:
  // What the steps may refer to and must stay within.
  struct step_scope {
    std::vector<std::string> disks{};
    microseconds run_budget{};
    std::vector<std::string> collections{};  // empty: any
    // As in options; empty: there are no files.
    std::function<result<std::string>(std::string const& name)> read_file{};
  };

  step_reader(checker& check, step_scope scope) : check_(check), scope_(std::move(scope)) {}

  std::vector<plan::step> read_list(node const& list);
  // Of `after_boot`; to be read before the other steps, as it is done before them.
  std::vector<plan::step> read_after_boot(node const& list);
  plan::inject read_inject(node const& where);
  plan::scheduled_fault read_scheduled(node const& where);
  std::optional<plan::recovery> read_recovery(node const* where, microseconds no_progress);
  std::vector<std::string> read_collections(fields const& given, std::string_view name);

  // To be called once, when all has been read: names may be used before they are known.
  void check_references();
  // The value of `parameter`, where it was given, is the label or path of a step.
  void refer_to_step(fields const& given, std::string_view parameter);
  // The steps that schedules and expectations speak of.
  void check_step_places(plan::plan const& what);

 private:
  enum class noun { workload, capture, injected, label };
  struct definition {
    position where;
    std::size_t order;
    plan::lifetime lifetime = plan::lifetime::ends;
  };
  struct use {
    noun what;
    std::string name;
    position where;
    std::size_t order;
    bool in_any_order;  // other steps run at the same time
    bool awaits_end;
  };
  using definitions = std::map<std::string, definition>;

  plan::step read_step(node const& where);
  plan::action read_action(word const& what, node const& value);
  plan::action read_run(fields const& given);
  plan::action read_workload(fields const& given);
  plan::action read_wait(fields const& given);
  plan::action read_loop(fields const& given);
  plan::action read_parallel(fields const& given);
  plan::action read_canary(fields const& given);
  plan::action read_expect(fields const& given);
  plan::action read_collect(fields const& given);
  plan::action read_fetch(fields const& given);
  plan::action read_heal(fields const& given);
  plan::action read_power_off(fields const& given);
  plan::action read_reset(fields const& given);
  plan::action read_power_cut(fields const& given);
  plan::action read_reboot(fields const& given);
  plan::action read_kill_qemu(fields const& given);
  plan::action read_pause(fields const& given);
  plan::action read_resume(fields const& given);

  void stand_alone(fields const& given, std::string_view word);
  // schedules.cpp
  void read_begin(fields const& given, plan::scheduled_fault& into);
  void read_repetition(fields const& given, plan::scheduled_fault& into);
  void read_injects(node const& where, plan::scheduled_fault& into);

  void read_label(node const& where, plan::step& into);
  void take_trace_file(fields const& given, plan::inject& into);
  void check_after_the_end(node const& list, std::vector<plan::step> const& steps);
  void stay_within_the_run(fields const& given, std::string_view name);
  void define(noun what, std::string const& name, definition at);
  void refer(noun what, fields const& given, std::string_view parameter, bool awaits_end = false);
  void check_use(use const& one, definitions const& known);

  checker& check_;
  step_scope scope_;
  std::map<noun, definitions> defined_;
  std::vector<use> uses_;
  std::vector<std::pair<std::string, position>> step_places_;
  bool after_boot_ = false;  // what is read comes again with each life
  std::size_t order_ = 0;
  bool scheduled_ = false;  // what is read happens by a schedule: before or after any step
  int loops_ = 0;           // how many we are inside of
  int parallels_ = 0;       // likewise
};

}  // namespace wedgehog::recipe
