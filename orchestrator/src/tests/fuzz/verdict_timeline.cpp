// Whatever a timeline holds, the judge answers: always a state, and reasons of bounded number and
// length.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "verdict/run_verdict.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace wedgehog;
  auto const read = timeline::read_text({reinterpret_cast<char const*>(data), size});
  verdict::budgets granted;
  granted.no_progress = std::chrono::seconds(20);
  verdict::judge sitting(granted);
  microseconds latest{};
  for (auto const& one : read.signals.signals()) {
    sitting.observe(one);
    latest = std::max(latest, one.at);
    auto const said = sitting.at(latest);
    if (said.because.size() > 64) std::abort();
    for (auto const& reason : said.because)
      if (reason.size() > 4096) std::abort();
  }
  (void)verdict::verdict_of_run(read.signals, granted, {});
  return 0;
}
