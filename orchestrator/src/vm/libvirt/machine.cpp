#include "vm/libvirt/machine.hpp"

#include <fmt/format.h>
#include <libvirt/libvirt-qemu.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "loop/socket_pair.hpp"
#include "loop/within.hpp"
#include "vm/libvirt/tls_refusal.hpp"
#include "vm/monitor_requests.hpp"

namespace wedgehog::vm::libvirt {
namespace {

using namespace std::chrono_literals;

// libvirt 9.0 asks QEMU to go for 10 s, then kills it. Seen: 10.4 s where a request was held.
constexpr auto destroy_limit = 15s;

// The value of "return", where nobody else speaks yet.
result<json::value> asked_once(domain_handle const& domain, char const* command) {
  char* answer = nullptr;
  auto const text = fmt::format(R"({{"execute": "{}"}})", command);
  if (virDomainQemuMonitorCommand(domain.get(), text.c_str(), &answer, 0) != 0) return last_error();
  text_handle const kept(answer);
  boost::system::error_code failed;
  auto const parsed = json::parse(answer == nullptr ? "" : answer, failed);
  auto const* const object = parsed.if_object();
  auto const* const value = object == nullptr ? nullptr : object->if_contains("return");
  if (failed || value == nullptr)
    return host_error(fmt::format("QEMU does not answer {} as it should", command));
  return *value;
}

result<loop::descriptor> connected_to(std::string const& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return host_error(fmt::format("the socket's path {} is too long", path));
  path.copy(address.sun_path, path.size());
  loop::descriptor made(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!made) return system_failure("making a socket", errno);
  if (::connect(made.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0)
    return system_failure("connecting to QEMU's monitor " + path, errno);
  return made;
}

// Linux, unix(7), SO_PEERCRED: of whoever called listen(), which is QEMU.
result<pid_t> listener_of(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
    return system_failure("asking who QEMU is", errno);
  return peer.pid;
}

// libvirt 9.0 puts a node that knows the format above the one that knows the server, and yank wants
// the lower.
std::string storage_node(std::string node) {
  constexpr std::string_view upper = "-format";
  if (node.ends_with(upper)) node.replace(node.size() - upper.size(), upper.size(), "-storage");
  return node;
}

bool has_disks_over_tls(machine_spec const& spec) {
  return std::any_of(spec.disks.begin(), spec.disks.end(), [](disk_spec const& disk) {
    auto const* const at = std::get_if<tcp_address>(&disk.server);
    return at != nullptr && !at->tls_name.empty();
  });
}

error with_remedy(error why) {
  auto const remedy = tls_remedy(why.what());
  return remedy.empty() ? why : host_error(fmt::format("{} -> {}", why.what(), remedy));
}

}  // namespace

machine::machine(std::shared_ptr<connection> by, machine_order order)
    : by_(std::move(by)),
      order_(std::move(order)),
      fate_(std::make_shared<fate>(by_->executor())),
      names_{.device_prefix = alias_prefix, .console_line = std::string("char") + console_alias} {}

machine::~machine() {
  by_->on_loss(this, {});
  if (relay_) relay_->close();
  if (by_->lost())
    leave_nothing();
  else if (domain_ && !fate_->status())
    destroy();
  if (order_.store && !order_.carried.empty()) order_.store->remove(order_.carried);
}

loop::awaitable<result<std::unique_ptr<vm::machine>>> machine::start(std::shared_ptr<connection> by,
                                                                     machine_order order,
                                                                     loop::duration limit) {
  auto const name = order.spec.name;
  std::unique_ptr<machine> made(new machine(std::move(by), std::move(order)));
  auto const begun = co_await made->begin(limit);
  if (!begun) co_return error(begun.error()).within("starting machine " + name);
  co_return std::unique_ptr<vm::machine>(std::move(made));
}

loop::awaitable<result<void>> machine::begin(loop::duration limit) {
  by_->on_loss(this, [this] {
    fate_->lose(fmt::format("the connection to {} was lost: {}", by_->uri(), *by_->lost()));
    if (relay_) relay_->close();
  });
  auto done = co_await create(limit);
  if (done) done = co_await open_console(limit);
  if (done) done = co_await open_monitor(limit);
  if (done && order_.how == reach::near) done = co_await open_second_monitor(limit);
  if (done) done = co_await learn_names(limit);
  if (done && process_) done = co_await learn_threads(limit);
  if (done) done = co_await resume(limit);
  co_return done;
}

loop::awaitable<result<void>> machine::create(loop::duration limit) {
  std::function<result<domain_handle>(virConnectPtr)> const work =
      [xml = domain_xml(order_.spec, order_.guest, order_.terms),
       over_tls = has_disks_over_tls(order_.spec)](virConnectPtr on) -> result<domain_handle> {
    auto made = own(virDomainCreateXML(on, xml.c_str(),
                                       VIR_DOMAIN_START_PAUSED | VIR_DOMAIN_START_AUTODESTROY));
    if (!made) return over_tls ? with_remedy(last_error()) : last_error();
    return made;
  };
  auto made = co_await by_->call<domain_handle>("creating the domain", limit, work);
  if (!made) co_return made.error();
  domain_ = std::move(made.value());
  co_return result<void>();
}

loop::awaitable<result<void>> machine::open_console(loop::duration limit) {
  line_choice const which{line_kind::console, console_alias};
  auto line = co_await open_line(by_, domain_, which, limit);
  if (!line) co_return line.error();
  auto made = libvirt::console::open(by_->executor(), by_->time(), std::move(line.value()),
                                     order_.keep_console_in);
  if (!made) co_return made.error();
  console_ = std::move(made.value());
  console_->send_breaks_by(monitor_, names_);
  co_return result<void>();
}

loop::awaitable<result<void>> machine::open_monitor(loop::duration limit) {
  auto line = loop::make_socket_pair();
  if (!line) co_return line.error();
  std::function<result<json::value>(virConnectPtr)> const ask = [domain = domain_](virConnectPtr) {
    return asked_once(domain, "query-version");
  };
  auto const version = co_await by_->call<json::value>("asking QEMU's version", limit, ask);
  if (!version) co_return version.error();
  relay_ = std::make_shared<monitor_relay>(by_, domain_, std::move(line->theirs));
  relay_->start(version.value());
  auto heard = co_await domain_events::listen(by_, domain_, fate_, relay_, limit);
  if (!heard) co_return heard.error();
  events_.emplace(std::move(heard.value()));
  qmp::client_options options;
  options.deadline = limit;
  auto client =
      co_await qmp::client::adopt(by_->executor(), by_->time(), line->ours.release(), options);
  if (!client) co_return client.error();
  monitor_ = std::move(client.value());
  co_return result<void>();
}

loop::awaitable<result<void>> machine::open_second_monitor(loop::duration limit) {
  auto socket = connected_to(order_.terms.second_monitor);
  if (!socket) co_return socket.error();
  auto const pid = listener_of(socket->get());
  if (!pid) co_return pid.error();
  auto process = near_process::of(*pid);
  if (!process) co_return process.error();
  process_.emplace(std::move(process.value()));
  qmp::client_options options;
  options.deadline = limit;
  auto client =
      co_await qmp::client::adopt(by_->executor(), by_->time(), socket->release(), options);
  if (!client) co_return client.error();
  second_monitor_ = std::move(client.value());
  co_return result<void>();
}

loop::awaitable<result<void>> machine::learn_names(loop::duration limit) {
  auto const blocks = co_await monitor_.execute("query-block", limit);
  if (!blocks) co_return blocks.error();
  if (auto const* list = blocks->if_array()) {
    for (auto const& one : *list) {
      auto const* const device = one.if_object();
      if (device == nullptr) continue;
      auto const disk = names_.disk_in(text_at(*device, "qdev"));
      auto const* const inserted = device->if_contains("inserted");
      if (disk.empty() || inserted == nullptr || !inserted->is_object()) continue;
      names_.nodes[disk] = storage_node(text_at(inserted->get_object(), "node-name"));
    }
  }
  co_return result<void>();
}

loop::awaitable<result<void>> machine::learn_threads(loop::duration limit) {
  auto const cpus = co_await monitor_.execute("query-cpus-fast", limit);
  if (!cpus) co_return cpus.error();
  process_->set_vcpu_threads(vcpu_threads_in(cpus.value()));
  co_return result<void>();
}

loop::awaitable<result<void>> machine::resume(loop::duration limit) {
  std::function<result<bool>(virConnectPtr)> const work =
      [domain = domain_](virConnectPtr) -> result<bool> {
    if (virDomainResume(domain.get()) != 0) return last_error();
    return true;
  };
  auto const gone_on = co_await by_->call<bool>("letting the domain run", limit, work);
  if (!gone_on) co_return gone_on.error();
  co_return result<void>();
}

loop::awaitable<result<loop::descriptor>> machine::open_agent_line(loop::duration limit) {
  bool const channel = order_.guest.agent.transport == guest::agent_transport::virtio_serial;
  line_choice const which{channel ? line_kind::channel : line_kind::console, agent_alias};
  co_return co_await open_line(by_, domain_, which, limit);
}

std::optional<ending> machine::ended() {
  if (!fate_->status()) return std::nullopt;
  auto how = *fate_->status();
  how.by_us = by_us_;
  return how;
}

loop::awaitable<ending> machine::wait() {
  auto how = co_await fate_->wait();
  how.by_us = by_us_;
  co_return how;
}

void machine::kill() {
  if (fate_->status()) return;
  by_us_ = true;
  if (process_)
    process_->signal(SIGKILL);
  else
    destroy();
}

// The daemon that we spoke to takes its domain away when the line breaks, but not when it was
// itself what broke: then whoever comes after it is asked.
void machine::leave_nothing() {
  if (process_) process_->signal(SIGKILL);
  // A host that is out of reach cannot be asked; its daemon misses us, too, and does it by itself.
  if (by_->out_of_reach()) return;
  by_->let([uri = by_->uri(), name = order_.terms.name](virConnectPtr) {
    std::unique_ptr<virConnect, int (*)(virConnectPtr)> const anew(virConnectOpen(uri.c_str()),
                                                                   virConnectClose);
    if (!anew) return;
    auto const left = own(virDomainLookupByName(anew.get(), name.c_str()));
    if (left) virDomainDestroy(left.get());
  });
}

void machine::destroy() {
  by_->let([domain = domain_](virConnectPtr) { virDomainDestroy(domain.get()); });
}

loop::awaitable<void> machine::stop(loop::duration) {
  if (fate_->status()) co_return;
  by_us_ = true;
  // A stopped process would neither answer nor leave.
  if (process_) process_->signal(SIGCONT);
  destroy();
  auto const gone = co_await loop::within<ending>(by_->time(), destroy_limit, fate_->wait());
  if (gone) co_return;
  if (process_) process_->signal(SIGKILL);
  co_await loop::within<ending>(by_->time(), destroy_limit, fate_->wait());
  fate_->give_up("the domain does not go");
}

result<memory_place> machine::memory_file() const {
  if (!process_) return host_error("the memory of this machine is not on this host");
  return memory_place{process_->memory_file()};
}

// Never over a monitor of ours: at the event that a dump has ended which it did not begin, a
// libvirtd of 9.0 reads through a null pointer and dies (seen, qemuProcessHandleDumpCompleted).
loop::awaitable<result<void>> machine::dump_memory(int into, loop::duration limit) {
  if (order_.store) co_return co_await dump_there(into, limit);
  co_return co_await dump_into(
      "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(into), limit);
}

loop::awaitable<result<void>> machine::dump_into(std::string path, loop::duration limit) {
  std::function<result<bool>(virConnectPtr)> const work =
      [domain = domain_, to = std::move(path)](virConnectPtr) -> result<bool> {
    if (virDomainCoreDumpWithFormat(domain.get(), to.c_str(), VIR_DOMAIN_CORE_DUMP_FORMAT_RAW,
                                    VIR_DUMP_MEMORY_ONLY) != 0)
      return last_error();
    return true;
  };
  auto const dumped = co_await by_->call<bool>("dumping the guest's memory", limit, work);
  if (!dumped) co_return dumped.error();
  co_return result<void>();
}

// Into the daemon's pool, and from there by a stream.
loop::awaitable<result<void>> machine::dump_there(int into, loop::duration limit) {
  auto const name = order_.terms.name + ".memory";
  auto const until = by_->time().now() + limit;
  auto const path = co_await order_.store->place_for(name);
  if (!path) co_return path.error();
  order_.carried.push_back(name);
  auto const dumped = co_await dump_into(*path, limit);
  if (!dumped) co_return dumped.error();
  auto const fetched = co_await order_.store->fetch(name, into, until - by_->time().now());
  order_.store->remove({name});
  co_return fetched;
}

}  // namespace wedgehog::vm::libvirt
