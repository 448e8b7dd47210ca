#include "vm/libvirt/examination.hpp"

#include <fmt/format.h>

#include <chrono>

#include "tls/certificates.hpp"
#include "vm/libvirt/daemon.hpp"
#include "vm/libvirt/route.hpp"
#include "vm/libvirt/storage.hpp"
#include "vm/libvirt/uri.hpp"

namespace wedgehog::vm::libvirt {
namespace {

using namespace std::chrono_literals;

constexpr auto question_limit = 90s;
// A daemon that remembers answers within milliseconds.
constexpr double slow_answer_s = 2;
constexpr std::uint64_t least_room = std::uint64_t{2} << 30U;

result<bool> say_what_domains_may_have(virConnectPtr on) {
  text_handle const text(virConnectGetDomainCapabilities(on, nullptr, "x86_64", "q35", "qemu", 0));
  if (!text) return last_error();
  return true;
}

// How long it takes to say what a domain may have, once it was asked before: then it remembers, or
// tries every QEMU again.
loop::awaitable<result<double>> second_answer_s(connection& by) {
  std::function<result<bool>(virConnectPtr)> const ask = say_what_domains_may_have;
  auto const doing = std::string("asking what domains may have");
  auto const first = co_await by.call<bool>(doing, question_limit, ask);
  if (!first) co_return first.error();
  auto const begin = by.time().now();
  auto const second = co_await by.call<bool>(doing, question_limit, ask);
  if (!second) co_return second.error();
  co_return std::chrono::duration<double>(by.time().now() - begin).count();
}

examined look_at_memory_of(result<double> const& seconds) {
  examined one{"remembers QEMU"};
  if (!seconds) {
    one.state = daemon_health::missing;
    one.seen = seconds.error().message();
    one.remedy = "apt-get install qemu-system-x86 on that host";
    return one;
  }
  one.seen = fmt::format("answers again within {:.2f} s", *seconds);
  if (*seconds < slow_answer_s) return one;
  one.state = daemon_health::lacking;
  one.remedy =
      "it tries every QEMU anew before each domain, 20 s and more: /dev/kvm is there for the "
      "daemon, but not for the user that QEMU runs as. Give it the right (chmod 0660 and chgrp kvm "
      "/dev/kvm, adduser libvirt-qemu kvm), or hide the device, or set user = \"root\" in "
      "/etc/libvirt/qemu.conf";
  return one;
}

examined look_at_room(result<std::uint64_t> const& free_bytes) {
  examined one{"storage pool"};
  if (!free_bytes) {
    one.state = daemon_health::missing;
    one.seen = free_bytes.error().message();
    one.remedy =
        fmt::format("virsh pool-create-as {} dir --target FOLDER, on that host", pool_name);
    return one;
  }
  one.seen =
      fmt::format("{}, {:.1f} GiB free", pool_name, static_cast<double>(*free_bytes) / (1U << 30U));
  if (*free_bytes >= least_room) return one;
  one.state = daemon_health::lacking;
  one.remedy =
      "kernels, images, overlays and memory dumps go there: make room, or a pool of this "
      "name on a larger disk";
  return one;
}

examined look_at_encryption(disk_terms const& disks, std::string const& address) {
  examined one{"disks over TLS"};
  one.remedy = "docs/libvirt.md says which certificates are wanted where";
  if (disks.certificates.empty()) {
    one.seen =
        "no: who is on their way may read along (--disks-tls FOLDER, or disks_tls in hosts.yaml)";
    return one;
  }
  auto const ours = tls::certificates::read(disks.certificates);
  if (!ours) {
    one.state = daemon_health::missing;
    one.seen = ours.error().message();
    return one;
  }
  one.seen = fmt::format(
      "as {} until {}; QEMU there {}", (*ours)->name_at(address), (*ours)->valid_until(),
      (*ours)->demands_clients_certificate()
          ? fmt::format("must show a certificate of the {} here", tls::authority)
          : fmt::format("need not show a certificate: there is no {} here", tls::authority));
  return one;
}

loop::awaitable<void> examine_far(std::shared_ptr<connection> by, daemon_facts const& facts,
                                  disk_terms const& disks, std::vector<examined>& all) {
  storage store(by, {facts.qemu_user, is_session(by->uri())});
  auto const room = co_await store.free_bytes();
  all.push_back(look_at_room(room));
  result<std::string> address = disks.address;
  if (disks.address.empty()) address = co_await address_towards(*by, question_limit);
  all.push_back(
      {"disks from", address ? daemon_health::good : daemon_health::missing,
       address ? *address + " (QEMU there must reach it over TCP)" : address.error().message(),
       "--disks-from ADDRESS"});
  all.push_back(look_at_encryption(disks, address ? *address : std::string()));
}

}  // namespace

loop::awaitable<std::vector<examined>> examine(loop::clock& time, std::string uri,
                                               disk_terms disks) {
  std::vector<examined> all;
  auto const by = co_await connection::open(time, uri, question_limit);
  if (!by) {
    all.push_back({uri, daemon_health::missing, by.error().message(), "see there"});
    co_return all;
  }
  auto const facts = co_await look_at(**by, question_limit);
  if (!facts) {
    all.push_back({uri, daemon_health::missing, facts.error().message(), "see there"});
    co_return all;
  }
  all.push_back(
      {uri, daemon_health::good,
       fmt::format("libvirt {} on {}, QEMU {}", facts->libvirt, facts->host, facts->qemu)});
  bool const near = facts->how == reach::near;
  all.push_back({"reach", daemon_health::good,
                 near
                     ? "near: its QEMU runs as ourselves, so that faults of the process and memory "
                       "files work"
                     : fmt::format("far: QEMU runs {}, everything goes through libvirt (check --on "
                                   "says what a recipe then lacks)",
                                   facts->qemu_user ? fmt::format("as user {}", *facts->qemu_user)
                                                    : std::string("elsewhere"))});
  auto const seconds = co_await second_answer_s(**by);
  all.push_back(look_at_memory_of(seconds));
  all.push_back({"KVM", facts->offers_kvm ? daemon_health::good : daemon_health::lacking,
                 facts->offers_kvm ? "offered, which does not say that it works" : "not offered",
                 "without KVM guests are emulated: everything works, slower"});
  if (!near) co_await examine_far(*by, *facts, disks, all);
  co_return all;
}

}  // namespace wedgehog::vm::libvirt
