// Mounts that nobody else sees, to try what disks do.
#pragma once

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <fstream>

namespace wedgehog::store {

// A mount namespace of our own, also for those who are not root.
inline bool alone_with_mounts() {
  auto const user = getuid();
  auto const group = getgid();
  bool const root = geteuid() == 0;
  if (unshare(CLONE_NEWNS | (root ? 0 : CLONE_NEWUSER)) != 0) return false;
  if (!root) {
    // user_namespaces(7): without a mapping of ourselves we could create no file.
    std::ofstream("/proc/self/uid_map") << user << ' ' << user << " 1\n";
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/gid_map") << group << ' ' << group << " 1\n";
  }
  return mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

}  // namespace wedgehog::store
