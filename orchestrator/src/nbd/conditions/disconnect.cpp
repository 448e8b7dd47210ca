// Model: the cable is pulled: the connection drops, requests in flight are never answered, nobody
// can connect. What the guest sees is QEMU's doing: EIO at once (reconnect-delay=0, and the disk
// stays dead), or a long wait and no error (reconnect-delay=60).
#include "nbd/conditions/kinds.hpp"

namespace wedgehog::nbd {
namespace {

class disconnect final : public condition {
 public:
  explicit disconnect(settings const& read) {
    if (read.has("for")) length_ = read.duration("for");
  }
  ruling consider(passage&, time_point now) override {
    return {.what = ruling::kind::disconnect, .until = length_ ? now + *length_ : time_point{}};
  }

 private:
  std::optional<microseconds> length_;
};

}  // namespace

condition_kind disconnect_kind() {
  return {
      .name = "disconnect",
      .summary = "drops all connections at a matching request, and comes back",
      .model =
          "With reconnect-delay the guest waits and sees no error; QEMU tries again after 1, 2, "
          "4 … seconds, so that an outage lasts longer for the guest than for the disk. "
          "Without it every request fails from then on.",
      .example = "pulled=disconnect:operations=write,after=10,for=3s",
      .parameters = {{"for", parameter_type::duration, "",
                      "back after this time; not given: once it is healed"},
                     {"times", parameter_type::count, "1", "at most so often"}},
      .default_operations = "read+write+flush+trim+zero",
      .make = [](settings const& read, disk_context const&) -> result<std::unique_ptr<condition>> {
        return std::make_unique<disconnect>(read);
      }};
}

}  // namespace wedgehog::nbd
