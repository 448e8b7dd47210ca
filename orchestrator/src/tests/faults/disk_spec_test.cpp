// A recipe's words about a disk fault, in those of the fault disk.
#include "faults/disk_spec.hpp"

#include <gtest/gtest.h>

#include "faults/fault.hpp"
#include "nbd/condition.hpp"
#include "recipe/catalogue.hpp"

namespace wedgehog::faults {
namespace {

plan::inject broken_by(std::string kind, std::map<std::string, std::string> parameters) {
  return {
      .fault = std::move(kind), .as = "it", .disk = "data", .parameters = std::move(parameters)};
}

nbd::condition_spec checked(plan::inject const& what) {
  auto const spec = disk_spec(what);
  auto read = nbd::read_spec(spec);
  EXPECT_TRUE(read) << json::serialize(spec) << ": " << (read ? "" : read.error().message());
  return std::move(read.value());
}

unsigned bits(std::initializer_list<nbd::operation> all) {
  unsigned sum = 0;
  for (auto const one : all) sum |= 1U << static_cast<unsigned>(one);
  return sum;
}

TEST(disk_spec, latency_says_the_middle_of_its_jitter) {
  auto const spec = checked(broken_by(
      "latency",
      {{"delay", "200ms"}, {"jitter", "100ms"}, {"op", "read"}, {"probability", "0.25"}}));
  EXPECT_EQ(spec.name, "it");
  EXPECT_EQ(spec.kind->name, "latency");
  EXPECT_EQ(spec.values.text("shape"), "uniform");
  EXPECT_EQ(spec.values.duration("delay"), microseconds(250'000));
  EXPECT_EQ(spec.values.duration("spread"), microseconds(50'000));
  EXPECT_EQ(spec.values.operations("operations"), bits({nbd::operation::read}));
  EXPECT_DOUBLE_EQ(spec.values.fraction("fraction"), 0.25);
}

TEST(disk_spec, without_jitter_a_latency_is_fixed) {
  auto const spec = checked(broken_by("latency", {{"delay", "200ms"}, {"jitter", "0s"}}));
  EXPECT_EQ(spec.values.text("shape"), "fixed");
  EXPECT_EQ(spec.values.duration("delay"), microseconds(200'000));
}

TEST(disk_spec, a_trace_keeps_its_order) {
  auto const spec = checked(broken_by("latency", {{"trace", "1ms 1ms 40ms"}, {"jitter", "0s"}}));
  EXPECT_EQ(
      spec.values.durations("trace"),
      (std::vector<microseconds>{microseconds(1000), microseconds(1000), microseconds(40'000)}));
}

TEST(disk_spec, a_shape_and_a_range_reach_the_disk) {
  auto const spec = checked(broken_by("latency", {{"delay", "10ms"},
                                                  {"shape", "lognormal"},
                                                  {"sigma", "1"},
                                                  {"jitter", "0s"},
                                                  {"from", "4096"},
                                                  {"length", "8192"},
                                                  {"every", "3"}}));
  EXPECT_EQ(spec.values.text("shape"), "lognormal");
  EXPECT_DOUBLE_EQ(spec.values.fraction("sigma"), 1);
  EXPECT_EQ(spec.values.number("from"), 4096U);
  EXPECT_EQ(spec.values.number("length"), 8192U);
  EXPECT_EQ(spec.values.number("every"), 3U);
}

TEST(disk_spec, bits_flip_in_writes_alone) {
  auto const spec = checked(broken_by("bit-flip", {{"op", "write"}, {"bits", "3"}}));
  EXPECT_EQ(spec.values.operations("operations"), bits({nbd::operation::write}));
}

TEST(disk_spec, rate_has_one_of_two_limits) {
  auto const requests = checked(broken_by("rate", {{"requests_per_second", "50"}, {"op", "any"}}));
  EXPECT_DOUBLE_EQ(requests.values.fraction("requests"), 50);
  EXPECT_FALSE(requests.values.has("bytes"));
  auto const bytes = checked(broken_by("rate", {{"bytes_per_second", "1048576"}}));
  EXPECT_EQ(bytes.values.number("bytes"), 1048576U);
  EXPECT_FALSE(bytes.values.has("requests"));
}

TEST(disk_spec, hold_skips_and_counts) {
  auto const spec = checked(broken_by("hold", {{"op", "flush"}, {"skip", "7"}, {"count", "1"}}));
  EXPECT_EQ(spec.values.operations("operations"), bits({nbd::operation::flush}));
  EXPECT_EQ(spec.values.number("after"), 7U);
  EXPECT_EQ(spec.values.number("times"), 1U);
}

TEST(disk_spec, writes_are_trims_and_zeroes_too) {
  auto const spec = checked(broken_by("error", {{"op", "write"}, {"errno", "ENOSPC"}}));
  EXPECT_EQ(spec.values.operations("operations"),
            bits({nbd::operation::write, nbd::operation::trim, nbd::operation::zero}));
  EXPECT_EQ(spec.values.text("error"), "ENOSPC");
}

// Every word that a recipe may use is understood, in every one of its choices.
TEST(disk_spec, every_row_of_the_recipe_is_accepted) {
  int tried = 0;
  for (auto const& row : recipe::fault_words()) {
    auto const* const kind = find_kind(row.name);
    if (kind == nullptr || kind->make != make_disk_fault) continue;
    for (auto const& each : row.parameters) {
      // A plan has what the file says, as its trace.
      if (each.name == "disk" || each.name == "trace_file") continue;
      std::vector<std::string> values;
      for (auto const& choice : each.choices) values.emplace_back(choice.name);
      using enum recipe::value_kind;
      if (each.kind == duration) values = {"250ms"};
      if (each.kind == durations) values = {"1ms 40ms"};
      if (each.kind == count) values = {"7"};
      if (each.kind == size) values = {"4096"};
      if (each.kind == name) values = {"bus"};
      if (each.kind == fraction) values = {"0.5"};
      ASSERT_FALSE(values.empty()) << row.name << "." << each.name;
      for (auto const& value : values) {
        auto what = broken_by(std::string(row.name), {{std::string(each.name), value}});
        if (row.name == "rate" && !each.name.ends_with("_per_second"))
          what.parameters["bytes_per_second"] = "4096";
        bool const unsaid = (each.name == "op" && value == "any");
        auto const spec = disk_spec(what);
        EXPECT_EQ(nbd::read_spec(spec).has_value(), true) << json::serialize(spec);
        EXPECT_TRUE(unsaid || spec.size() > 2) << row.name << "." << each.name << " is dropped";
        ++tried;
      }
    }
  }
  EXPECT_GT(tried, 20);
}

}  // namespace
}  // namespace wedgehog::faults
