// The same recordings as a somewhat different guest, host or storage would have made them: rules
// that were fitted to these very numbers show.
#include <cmath>
#include <functional>

#include "tests/verdict/recordings.hpp"

namespace wedgehog::verdict {
namespace {

// Counts that were changed by a factor keep what was rounded off.
using rests = std::map<std::string, double>;

void multiply(std::uint64_t& count, double factor, double& rest) {
  double const exact = static_cast<double>(count) * factor + rest;
  count = static_cast<std::uint64_t>(exact);
  rest = exact - std::floor(exact);
}

struct change {
  std::string name;
  std::function<void(timeline::payload&, rests&)> make;
  double budget_factor = 1;
};

template <class Signal>
change changed(std::string name, std::function<void(Signal&, rests&)> how) {
  return {std::move(name), [how = std::move(how)](timeline::payload& what, rests& kept) {
            if (auto* one = std::get_if<Signal>(&what)) how(*one, kept);
          }};
}

change host_speed(std::string name, double factor) {
  return changed<timeline::vcpu>(std::move(name), [factor](timeline::vcpu& one, rests&) {
    one.host_share = std::min(1.0, one.host_share * factor);
  });
}

change switches(std::string name, double factor) {
  return changed<timeline::guest>(std::move(name), [factor](timeline::guest& one, rests&) {
    one.context_switches =
        static_cast<std::uint64_t>(static_cast<double>(one.context_switches) * factor);
  });
}

change guest_time(std::string name, double factor) {
  return changed<timeline::guest>(std::move(name), [factor](timeline::guest& one, rests&) {
    for (auto& cpu : one.cpu_s)
      for (auto& part : cpu) part *= factor;
  });
}

change pressure(std::string name, double factor) {
  return changed<timeline::guest>(std::move(name), [factor](timeline::guest& one, rests&) {
    for (auto& [key, total_s] : one.pressure_s) total_s *= factor;
  });
}

change storage_speed(std::string name, double factor) {
  return changed<timeline::disk>(std::move(name), [factor](timeline::disk& one, rests& kept) {
    multiply(one.reads, factor, kept["reads " + one.name]);
    multiply(one.writes, factor, kept["writes " + one.name]);
  });
}

// Timers of journals and of others write now and then, also in a guest that is wedged.
change stray_writes(std::string name, double per_sample) {
  return changed<timeline::disk>(std::move(name), [per_sample](timeline::disk& one, rests& kept) {
    double& due = kept["stray " + one.name];
    due += per_sample;
    if (due < 1) return;
    due -= 1;
    one.writes += 1;
    if (one.idle_s) one.idle_s = 0.3;
  });
}

std::vector<change> changes() {
  std::vector<change> all;
  all.push_back(host_speed("a host twice as fast", 0.5));
  all.push_back(host_speed("a host half as fast", 2));
  all.push_back(switches("half the context switches", 0.5));
  all.push_back(switches("three times the context switches", 3));
  all.push_back(guest_time("half the processor time", 0.5));
  all.push_back(guest_time("twice the processor time", 2));
  all.push_back(pressure("half the pressure", 0.5));
  all.push_back(pressure("half as much pressure again", 1.5));
  all.push_back(storage_speed("storage half as fast", 0.5));
  all.push_back(storage_speed("storage three times as fast", 3));
  all.push_back(stray_writes("a stray write in three seconds", 0.33));
  all.push_back(changed<timeline::disk>("no exact ages",
                                        [](timeline::disk& one, rests&) { one.oldest_s.reset(); }));
  all.push_back(changed<timeline::guest>("no stacks", [](timeline::guest& one, rests&) {
    for (auto& task : one.blocked) {
      task.frames.clear();
      task.wait_channel.clear();
    }
  }));
  all.push_back(changed<timeline::guest>(
      "one more task that waits for I/O now and then", [](timeline::guest& one, rests& kept) {
        timeline::blocked_task more;
        more.pid = 9999;
        more.name = "kworker/u4:9";
        more.frames = {"io_schedule", "folio_wait_bit_common"};
        kept["switches"] += 7;
        more.switches = static_cast<std::uint64_t>(kept["switches"]);
        one.blocked.push_back(more);
      }));
  all.push_back(
      changed<timeline::canary>("a third of the canaries", [](timeline::canary& one, rests& kept) {
        multiply(one.completed, 1.0 / 3, kept["canaries"]);
      }));
  all.push_back(changed<timeline::workload>(
      "a workload that counts in tens",
      [](timeline::workload& one, rests&) { one.done = one.done * 10; }));
  for (double const factor : {0.75, 1.5, 2.0}) {
    change one{"a budget times " + std::to_string(factor), [](timeline::payload&, rests&) {}};
    one.budget_factor = factor;
    all.push_back(std::move(one));
  }
  return all;
}

class changed_traces : public ::testing::TestWithParam<change> {};

TEST_P(changed_traces, are_judged_as_their_labels_say) {
  auto const all = recordings();
  if (all.empty()) GTEST_SKIP() << "no recordings in ../shared/traces";
  score all_in_all;
  for (auto one : all) {
    one.budget_s *= GetParam().budget_factor;
    rests kept;
    auto const make = [&kept](timeline::payload& what) { GetParam().make(what, kept); };
    judge_by_labels(one, make, all_in_all);
  }
  std::cout << all_in_all.samples << " samples, " << all_in_all.wrong << " wrong\n";
  EXPECT_GT(all_in_all.samples, 1000U);
  EXPECT_LE(all_in_all.wrong * 100, all_in_all.samples);
}

INSTANTIATE_TEST_SUITE_P(each, changed_traces, ::testing::ValuesIn(changes()),
                         [](auto const& tested) {
                           std::string name = tested.param.name;
                           for (auto& byte : name)
                             if (std::isalnum(static_cast<unsigned char>(byte)) == 0) byte = '_';
                           return name;
                         });

}  // namespace
}  // namespace wedgehog::verdict
