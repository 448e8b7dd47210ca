// What a task waits for, read from its frames: storage, a lock, a thaw, memory, or something of its
// own. The rules go by the families of functions that a road to a disk is made of, so a stack that
// nobody has seen before is still on one side or the other.
#pragma once

#include <string>
#include <vector>

namespace wedgehog::verdict {

// Innermost first; where the observer gives none, the wait channel stands for the innermost.
struct waiting_frames {
  std::vector<std::string> const& frames;
  std::string const& wait_channel;
  [[nodiscard]] std::string const& innermost() const {
    return frames.empty() ? wait_channel : frames.front();
  }
};

// By its innermost frames: waits for an administrator's freeze to end.
[[nodiscard]] bool waits_for_thaw(waiting_frames const& one);
// By its innermost frame: waits for a request, or for its turn to make one.
[[nodiscard]] bool waits_for_io(waiting_frames const& one);
// By any frame: is on its way through a file system, the page cache, a journal, or the block layer.
// Whatever it waits for there may be a request.
[[nodiscard]] bool on_road_to_storage(waiting_frames const& one);
// By its innermost frame: waits for a lock, so for whoever holds it.
[[nodiscard]] bool waits_for_lock(waiting_frames const& one);
// Writes, and is held back until others have written what is dirty: it says nothing of its own.
// Where the observer gives stacks, those tell more.
[[nodiscard]] bool waits_for_writers(waiting_frames const& one);
// By any frame: asked the kernel for I/O and sleeps until some is done (AIO, io_uring).
[[nodiscard]] bool waits_for_asynchronous_io(waiting_frames const& one);
// By any frame: let go on by small steps, because its group has more memory than it may.
[[nodiscard]] bool is_throttled(waiting_frames const& one);
// Is itself freezing or thawing a file system.
[[nodiscard]] bool freezes(waiting_frames const& one);
// By its innermost frame: waits until the child that it made by vfork has called exec or ended.
// What holds them both is what holds the child.
[[nodiscard]] bool waits_for_vfork(waiting_frames const& one);
// Waits in a way that shows as blocked but is a plain wait for a child or a core dump.
[[nodiscard]] bool waits_harmlessly(waiting_frames const& one);
// Waits in the kernel for something that is neither storage nor a lock: no request leads there.
[[nodiscard]] bool waits_for_something_else(waiting_frames const& one);

}  // namespace wedgehog::verdict
