// The main of every test binary: when everything that was selected got skipped, the exit code is
// 77, so that ctest says "skipped" and not "passed".
#include <gtest/gtest.h>

#include <cstdio>

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  int const outcome = RUN_ALL_TESTS();
  auto const& unit = *::testing::UnitTest::GetInstance();
  bool const all_skipped =
      unit.test_to_run_count() > 0 && unit.skipped_test_count() == unit.test_to_run_count();
  if (outcome == 0 && all_skipped) {
    std::puts("everything was skipped: exit code 77");
    return 77;
  }
  return outcome;
}
