// Model: requests go in and do not come out, until somebody lets them. A healthy guest waits for
// ever (virtio) or resets the controller (NVMe), and goes on as if nothing had happened once
// they are released.
//
// QEMU reads the first sector while it realizes a device, and would not start if that were held.
// So a connection's opening reads (within the first 4 KiB, before anything else was asked) pass,
// unless `opening` is set.
#include "nbd/conditions/kinds.hpp"

namespace wedgehog::nbd {
namespace {

class hold final : public condition {
 public:
  explicit hold(settings const& read) : opening_(read.flag("opening")) {
    if (read.has("for")) limit_ = read.duration("for");
  }

  [[nodiscard]] bool concerns(request const&, bool opening) const override {
    return !opening || opening_;
  }
  ruling consider(passage&, time_point now) override {
    return {.what = ruling::kind::hold, .until = limit_.count() > 0 ? now + limit_ : time_point{}};
  }
  [[nodiscard]] waiting makes_wait() const override { return waiting::holds; }

 private:
  bool opening_;
  microseconds limit_{};
};

}  // namespace

condition_kind hold_kind() {
  return {
      .name = "hold",
      .summary = "keeps requests until they are released, one by one or all, in any order",
      .model =
          "Waiting, without an error and without a limit on virtio; after the release the "
          "guest goes on as if nothing had happened. While held, QEMU's stop, reset, quit and "
          "migrate wait too: release or freeze first.",
      .example = "stuck=hold:operations=write,after=100,times=1",
      .parameters =
          {{"for", parameter_type::duration, "",
            "released by itself after this time; not given: only by hand"},
           {"opening", parameter_type::flag, "false",
            "hold also a connection's first reads of the disk's start, without which QEMU does not "
            "start"}},
      .default_operations = "read+write+flush+trim+zero",
      .make = [](settings const& read, disk_context const&) -> result<std::unique_ptr<condition>> {
        return std::make_unique<hold>(read);
      }};
}

}  // namespace wedgehog::nbd
