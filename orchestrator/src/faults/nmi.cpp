// One non-maskable interrupt to every processor, by way of the pin LINT1 of its APIC. Linux masks
// that pin on all but the first (6.1, seen 2026-11: of two processors one counts it).
#include "faults/fault.hpp"

namespace wedgehog::faults {
namespace {

class nmi final : public fault {
 public:
  explicit nmi(fault_targets& targets) : targets_(targets) {}

  loop::awaitable<result<std::string>> begin() override {
    auto const sent = co_await targets_.machine->monitor().execute("inject-nmi");
    if (!sent) co_return sent.error();
    sent_ = true;
    co_return std::string("QMP inject-nmi");
  }
  loop::awaitable<result<std::string>> end() override {
    co_return std::string("there is nothing to heal");
  }
  loop::awaitable<std::uint64_t> hits() override { co_return sent_ ? 1 : 0; }

 private:
  fault_targets& targets_;
  bool sent_ = false;
};

}  // namespace

std::unique_ptr<fault> make_nmi(plan::inject const&, fault_targets& targets) {
  return std::make_unique<nmi>(targets);
}

}  // namespace wedgehog::faults
