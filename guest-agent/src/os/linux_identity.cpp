// A Linux that began as a copy becomes one of its own: what makes two copies the same in the eyes
// of their programs and of others is replaced, as far as the system lets a program do that.
#include <fcntl.h>
#include <linux/random.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "bodies.hpp"
#include "os/linux_text.hpp"
#include "os/os.hpp"

namespace wedgehog::guest::os {

namespace {

bool failed(std::string const& tried, std::string& why) {
  why = tried + ": " + std::strerror(errno);
  return false;
}

// random(4). Bytes that are only written to the device are mixed in and change nothing before the
// generator takes a new key by itself, minutes later (6.1, seen: five copies gave the same UUIDs):
// they must be credited, and the key taken now. That also voids what each processor holds ready.
bool reseed(std::string const& seed, std::string& why) {
  int const device = open("/dev/urandom", O_WRONLY | O_CLOEXEC);
  if (device < 0) return failed("opening /dev/urandom", why);
  auto const size = sizeof(rand_pool_info) + seed.size();
  auto const room = std::make_unique<std::uint32_t[]>(size / sizeof(std::uint32_t) + 1);
  auto* const pool = reinterpret_cast<rand_pool_info*>(room.get());
  pool->entropy_count = static_cast<int>(seed.size() * 8);
  pool->buf_size = static_cast<int>(seed.size());
  std::memcpy(pool->buf, seed.data(), seed.size());
  bool done = ioctl(device, RNDADDENTROPY, pool) == 0 || failed("crediting random bytes", why);
  done = done && (ioctl(device, RNDRESEEDCRNG) == 0 || failed("reseeding the random numbers", why));
  close(device);
  return done;
}

bool write_whole(std::string const& path, std::string const& text, mode_t mode) {
  int const fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode);
  if (fd < 0) return false;
  bool const written = print(fd, text);
  return close(fd) == 0 && written;
}

void note_failure(std::string const& what, std::vector<std::string>& left) {
  left.push_back(what + ": " + std::strerror(errno));
}

void change_machine_id(std::string const& id, std::vector<std::string>& left) {
  if (!write_whole("/etc/machine-id", id + "\n", 0444))
    note_failure("the machine id in /etc/machine-id", left);
  constexpr char const* of_dbus = "/var/lib/dbus/machine-id";
  struct stat there {};
  if (lstat(of_dbus, &there) == 0 && S_ISREG(there.st_mode) &&
      !write_whole(of_dbus, id + "\n", 0444))
    note_failure("the machine id of D-Bus", left);
}

// The kernel draws it once and keeps it. Programs read it from this file, so another is put over
// it.
void change_boot_id(std::string const& id, std::vector<std::string>& left) {
  constexpr char const* shown = "/proc/sys/kernel/random/boot_id";
  constexpr char const* ours = "/run/wedgehog-boot-id";
  if (!write_whole(ours, id + "\n", 0444) || mount(ours, shown, nullptr, MS_BIND, nullptr) != 0)
    note_failure("the boot id", left);
}

// Most cards take another address only while they are down.
bool change_address(int socket, ifreq& card, sockaddr const& address) {
  ifreq wanted = card;
  wanted.ifr_hwaddr = address;
  if (ioctl(socket, SIOCSIFHWADDR, &wanted) == 0) return true;
  if (errno != EBUSY) return false;
  ifreq flags = card;
  if (ioctl(socket, SIOCGIFFLAGS, &flags) != 0) return false;
  auto const before = flags.ifr_flags;
  flags.ifr_flags = static_cast<short>(before & ~IFF_UP);
  if (ioctl(socket, SIOCSIFFLAGS, &flags) != 0) return false;
  bool const changed = ioctl(socket, SIOCSIFHWADDR, &wanted) == 0;
  auto const failure = errno;
  flags.ifr_flags = before;
  ioctl(socket, SIOCSIFFLAGS, &flags);
  errno = failure;
  return changed;
}

void change_addresses(std::string address, std::vector<std::string>& left) {
  if (address.size() != 6) return;
  int const socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return;
  struct if_nameindex* const all = if_nameindex();
  for (auto const* one = all; one != nullptr && one->if_index != 0; ++one) {
    auto const name = std::string(one->if_name);
    // Cards, not bridges, tunnels and the like, which have addresses of their own making.
    if (access(("/sys/class/net/" + name + "/device").c_str(), F_OK) != 0) continue;
    ifreq card{};
    name.copy(card.ifr_name, sizeof card.ifr_name - 1);
    if (ioctl(socket, SIOCGIFHWADDR, &card) != 0 || card.ifr_hwaddr.sa_family != ARPHRD_ETHER)
      continue;
    sockaddr wanted = card.ifr_hwaddr;
    address.copy(wanted.sa_data, 6);
    if (!change_address(socket, card, wanted)) note_failure("the address of " + name, left);
    address[5] = static_cast<char>(address[5] + 1);
  }
  if (all != nullptr) if_freenameindex(all);
  close(socket);
}

}  // namespace

bool become_another(wire::become_another const& wanted, std::vector<std::string>& left,
                    std::string& why) {
  if (!reseed(wanted.seed, why)) return false;
  if (!wanted.host_name.empty() &&
      sethostname(wanted.host_name.data(), wanted.host_name.size()) != 0)
    note_failure("the host name", left);
  change_machine_id(wanted.machine_id, left);
  change_boot_id(wanted.boot_id, left);
  change_addresses(wanted.hardware_address, left);
  return true;
}

}  // namespace wedgehog::guest::os
