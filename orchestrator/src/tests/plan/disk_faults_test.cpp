// What QEMU is told about a disk's errors, from the faults of the plan.
#include "plan/disk_faults.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wedgehog::plan {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

inject fault(std::string kind, std::map<std::string, std::string> parameters = {}) {
  return {
      .fault = std::move(kind), .as = "it", .disk = "data", .parameters = std::move(parameters)};
}

std::string policies(std::vector<inject> const& faults, disk which = {.name = "data"}) {
  plan what;
  what.disks = {which};
  for (auto const& one : faults) what.steps.push_back({.what = one});
  auto const best = best_policies(what, which);
  return std::string(name_of(best.reads)) + " " + std::string(name_of(best.writes));
}

TEST(error_policies, a_disk_that_only_waits_stops_the_machine) {
  EXPECT_EQ(policies({}), "report report");
  EXPECT_EQ(policies({fault("hold")}), "stop stop");
  EXPECT_EQ(policies({fault("hold", {{"op", "read"}})}), "stop report");
  EXPECT_EQ(policies({fault("hold", {{"op", "flush"}})}), "report stop");
  EXPECT_EQ(policies({fault("lost-write"), fault("rate", {{"requests_per_second", "50"}})}),
            "report report");
}

TEST(error_policies, a_long_latency_is_like_a_hold) {
  auto const of = [](std::map<std::string, std::string> parameters) {
    return policies({fault("latency", std::move(parameters))});
  };
  EXPECT_EQ(of({{"delay", "250ms"}}), "report report");
  EXPECT_EQ(of({{"delay", "30s"}, {"op", "write"}}), "report stop");
  EXPECT_EQ(of({{"delay", "4s"}, {"jitter", "2s"}}), "stop stop");
  EXPECT_EQ(of({{"trace", "1ms 1ms 40ms"}}), "report report");
  EXPECT_EQ(of({{"trace", "1ms 40s"}}), "stop stop");
  EXPECT_EQ(of({{"delay", "1ms"}, {"shape", "pareto"}, {"limit", "1h"}}), "report report");
  EXPECT_EQ(of({{"delay", "1s"}, {"shape", "pareto"}, {"limit", "1h"}}), "stop stop");
  EXPECT_EQ(of({{"delay", "1s"}, {"shape", "pareto"}, {"limit", "3s"}}), "report report");
}

TEST(error_policies, an_error_is_for_the_guest) {
  EXPECT_EQ(policies({fault("hold"), fault("error")}), "report report");
  EXPECT_EQ(policies({fault("hold"), fault("error", {{"op", "write"}})}), "stop report");
  EXPECT_EQ(policies({fault("hold")}, {.name = "data", .full_host = full_host::enospc}),
            "stop report");
  EXPECT_EQ(policies({fault("hold")}, {.name = "log"}), "report report") << "another disk";
}

TEST(error_policies, an_outage_that_qemu_does_not_outwait_is_an_error) {
  std::vector<inject> const outage{fault("hold"), fault("disconnect", {{"for", "3s"}})};
  EXPECT_EQ(policies(outage), "report report");
  EXPECT_EQ(policies(outage, {.name = "data", .reconnect = 5s}), "report report");
  EXPECT_EQ(policies(outage, {.name = "data", .reconnect = 60s}), "stop stop");
  EXPECT_EQ(policies({fault("hold"), fault("disconnect")}, {.name = "data", .reconnect = 60s}),
            "report report")
      << "until somebody heals it";
}

TEST(error_policies, count_what_a_schedule_injects) {
  plan what;
  what.disks = {{.name = "data"}};
  what.faults = {{.what = fault("hold"), .with = {fault("error", {{"op", "read"}})}}};
  auto const best = best_policies(what, what.disks[0]);
  EXPECT_EQ(best.reads, error_policy::report);
  EXPECT_EQ(best.writes, error_policy::stop);
}

TEST(error_policies, an_error_that_would_stop_the_machine_is_told) {
  disk stopping{.name = "data", .write_errors = error_policy::stop};
  EXPECT_EQ(why_errors_stop(fault("error", {{"op", "read"}}), stopping), "");
  EXPECT_EQ(why_errors_stop(fault("hold"), stopping), "");
  EXPECT_THAT(why_errors_stop(fault("error"), stopping), HasSubstr("(on_write_error: stop)"));
  stopping.read_errors = error_policy::stop;
  EXPECT_THAT(why_errors_stop(fault("disconnect"), stopping),
              HasSubstr("disk data would stop the machine instead of reaching the guest "
                        "(on_read_error: stop, on_write_error: stop)"));
  stopping.reconnect = 60s;
  EXPECT_EQ(why_errors_stop(fault("disconnect", {{"for", "3s"}}), stopping), "");
}

}  // namespace
}  // namespace wedgehog::plan
