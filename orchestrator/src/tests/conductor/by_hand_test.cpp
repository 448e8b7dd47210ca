// What people may inject into a run that lives.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conductor/live_control.hpp"
#include "tests/loop_runner.hpp"

namespace wedgehog::conductor {
namespace {

using ::testing::HasSubstr;

struct by_hand : ::testing::Test {
  json::object inject(plan::inject what) {
    live_control::controlled_run controlled{
        "run", planned, injector,
        [what](std::string_view, std::vector<plan::disk> const&) -> result<plan::inject> {
          return what;
        },
        [](timeline::payload) {}};
    json::object answer;
    json::object const command{{"do", "inject"}, {"fault", "it"}};
    testing::run_to_end(
        context, [&]() -> loop::awaitable<void> { answer = co_await obey(controlled, command); }());
    return answer;
  }

  boost::asio::io_context context{1};
  loop::manual_clock time{context.get_executor()};
  faults::disk_set disks{context.get_executor(), time, 1, {}};
  faults::injector injector{{time, disks, nullptr, nullptr, [](timeline::payload) {}}, {}};
  plan::plan planned{.disks = {{.name = "data", .write_errors = plan::error_policy::stop}}};
};

// It would pause the machine, and nobody would know why.
TEST_F(by_hand, no_error_is_injected_where_it_would_stop_the_machine) {
  auto const refused = inject({.fault = "error", .as = "bad", .disk = "data"});
  EXPECT_FALSE(refused.at("ok").as_bool());
  EXPECT_THAT(std::string(refused.at("error").as_string()),
              HasSubstr("would stop the machine instead of reaching the guest (on_write_error: "
                        "stop)"));
  auto const tried =
      inject({.fault = "error", .as = "bad", .disk = "data", .parameters = {{"op", "read"}}});
  EXPECT_THAT(std::string(tried.at("error").as_string()), HasSubstr("there is no disk data"))
      << "it came to the disk, which this run does not serve";
}

}  // namespace
}  // namespace wedgehog::conductor
