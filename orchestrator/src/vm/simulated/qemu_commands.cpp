// What QEMU does at its monitors' orders.
#include <fmt/format.h>
#include <unistd.h>

#include "base/described.hpp"
#include "vm/monitor_names.hpp"
#include "vm/simulated/qemu.hpp"

namespace wedgehog::vm::simulated {
namespace {

json::object returned(json::value value = json::object()) {
  return {{"return", std::move(value)}};
}

json::object refused(std::string_view kind, std::string why) {
  return {{"error", json::object{{"class", kind}, {"desc", std::move(why)}}}};
}

std::uint64_t number_at(json::object const& object, std::string_view key) {
  auto const* const found = object.if_contains(key);
  return found != nullptr && found->is_number() ? found->to_number<std::uint64_t>() : 0;
}

}  // namespace

std::map<std::string, qemu::command, std::less<>> const& qemu::commands() {
  static std::map<std::string, command, std::less<>> const all{
      {"query-status", &qemu::query_status},
      {"query-cpus-fast", &qemu::query_cpus},
      {"query-blockstats", &qemu::query_blockstats},
      {"query-block", &qemu::query_block},
      {"x-query-virtio-queue-status", &qemu::query_queue},
      {"x-query-virtio-status", &qemu::query_device},
      {"query-balloon", &qemu::query_balloon},
      {"query-memory-size-summary", &qemu::query_memory},
      {"query-version", &qemu::query_version},
      {"human-monitor-command", &qemu::human},
      {"stop", &qemu::stop},
      {"cont", &qemu::cont},
      {"quit", &qemu::quit},
      {"system_reset", &qemu::system_reset},
      {"system_powerdown", &qemu::system_powerdown},
      {"inject-nmi", &qemu::inject_nmi},
      {"set-action", &qemu::set_action},
      {"chardev-send-break", &qemu::chardev_break},
      {"balloon", &qemu::balloon},
      {"getfd", &qemu::getfd},
      {"dump-guest-memory", &qemu::dump},
      {"device_del", &qemu::device_del},
      {"device_add", &qemu::device_add},
      {"blockdev-add", &qemu::drained_only},
      {"blockdev-reopen", &qemu::drained_only},
      {"block_resize", &qemu::drained_only},
      {"set_link", &qemu::set_link},
  };
  return all;
}

// The main loop does one thing at a time, whichever monitor asks.
class qemu::at_the_helm {
 public:
  explicit at_the_helm(loop::mailbox<bool>& helm) : helm_(helm) {}
  ~at_the_helm() { helm_.push(true); }
  at_the_helm(at_the_helm const&) = delete;
  at_the_helm& operator=(at_the_helm const&) = delete;

 private:
  loop::mailbox<bool>& helm_;
};

loop::awaitable<json::object> qemu::obey(monitor& from, std::string name, json::object with) {
  auto const found = commands().find(name);
  if (found == commands().end())
    co_return refused("CommandNotFound", fmt::format("The command {} has not been found", name));
  co_await helm_.receive();
  at_the_helm const mine(helm_);
  co_return co_await (this->*found->second)(from, with);
}

json::object qemu::obey_out_of_band(std::string const& name, json::object const& with) {
  if (name != "yank") return refused("CommandNotFound", name + " is no out-of-band command");
  auto const* const instances = with.if_contains("instances");
  if (instances == nullptr || !instances->is_array())
    return refused("GenericError", "Parameter 'instances' is missing");
  for (auto const& each : instances->get_array())
    if (auto* const one =
            each.is_object() ? find(text_at(each.get_object(), "node-name")) : nullptr)
      one->line->cut();
  return returned();
}

loop::awaitable<json::object> qemu::query_status(monitor&, json::object const&) {
  co_return returned(
      json::object{{"status", state_}, {"running", state_ == "running"}, {"singlestep", false}});
}

loop::awaitable<json::object> qemu::query_cpus(monitor&, json::object const&) {
  json::array all;
  for (std::size_t i = 0; i < processors_.size(); ++i)
    all.push_back(json::object{{"cpu-index", i},
                               {"thread-id", 1000 + i},
                               {"qom-path", fmt::format("/machine/unattached/device[{}]", i)},
                               {"target", "x86_64"}});
  co_return returned(std::move(all));
}

loop::awaitable<json::object> qemu::query_blockstats(monitor&, json::object const&) {
  json::array all;
  for (auto const& one : devices_) {
    if (!one->plugged) continue;
    auto const idle = std::chrono::duration_cast<std::chrono::nanoseconds>(host_.now() - one->last);
    all.push_back(json::object{{"device", ""},
                               {"qdev", monitor_names().virtio_path(one->spec.name)},
                               {"stats", json::object{{"rd_operations", one->reads},
                                                      {"wr_operations", one->writes},
                                                      {"flush_operations", one->flushes},
                                                      {"failed_rd_operations", 0},
                                                      {"failed_wr_operations", one->failed},
                                                      {"failed_flush_operations", 0},
                                                      {"idle_time_ns", idle.count()}}}});
  }
  co_return returned(std::move(all));
}

loop::awaitable<json::object> qemu::query_block(monitor&, json::object const&) {
  json::array all;
  for (auto const& one : devices_)
    all.push_back(json::object{
        {"device", ""}, {"qdev", monitor_names().virtio_path(one->spec.name)}, {"locked", false}});
  co_return returned(std::move(all));
}

loop::awaitable<json::object> qemu::query_queue(monitor&, json::object const& with) {
  auto const* const one = find(text_at(with, "path"));
  if (one == nullptr || !one->plugged)
    co_return refused("GenericError", "Path is not a VirtIODevice");
  bool const first = number_at(with, "queue") == 0;
  co_return returned(json::object{{"name", "virtio-blk"}, {"inuse", first ? one->taken : 0}});
}

loop::awaitable<json::object> qemu::query_device(monitor&, json::object const&) {
  json::array const said{"VIRTIO_CONFIG_S_DRIVER_OK: Driver setup and ready"};
  co_return returned(json::object{{"status", json::object{{"statuses", said}}}});
}

loop::awaitable<json::object> qemu::query_balloon(monitor&, json::object const&) {
  co_return returned(json::object{{"actual", memory_left_}});
}

loop::awaitable<json::object> qemu::query_memory(monitor&, json::object const&) {
  co_return returned(json::object{{"base-memory", spec_.memory_bytes}, {"plugged-memory", 0}});
}

loop::awaitable<json::object> qemu::query_version(monitor&, json::object const&) {
  json::object const version{{"micro", 22}, {"minor", 2}, {"major", 7}};
  co_return returned(json::object{{"qemu", version}, {"package", "model"}});
}

std::string qemu::registers() const {
  std::string text;
  for (std::size_t i = 0; i < processors_.size(); ++i) {
    auto const& now = processors_[i].now;
    text += fmt::format(
        "\r\nCPU#{}\r\nRIP={:016x} RFL={:08x} [-------] CPL={} II=0 A20=1 SMM=0 "
        "HLT={}\r\n",
        i, now.where, now.interrupts_on ? 0x246 : 0x046, now.ring, now.halted ? 1 : 0);
  }
  return text;
}

loop::awaitable<json::object> qemu::human(monitor&, json::object const& with) {
  bool const asked = text_at(with, "command-line") == "info registers -a";
  json::string const text(asked ? registers() : std::string());
  co_return returned(text);
}

loop::awaitable<json::object> qemu::stop(monitor&, json::object const&) {
  if (state_ == "running" || state_ == "io-error") stand("paused");
  co_await drain();
  co_return returned();
}

loop::awaitable<json::object> qemu::cont(monitor&, json::object const&) {
  if (state_ == "guest-panicked" || state_ == "shutdown")
    co_return refused("GenericError", "Resetting the Virtual Machine is required");
  if (state_ != "running") go_on();
  co_return returned();
}

loop::awaitable<json::object> qemu::quit(monitor&, json::object const&) {
  announce("SHUTDOWN", {{"guest", false}, {"reason", "host-qmp-quit"}});
  stand("shutdown");
  co_await drain();
  end({.code = 0});
  co_return returned();
}

loop::awaitable<json::object> qemu::system_reset(monitor&, json::object const&) {
  if (!resets_) {
    shut_down(false, "host-qmp-system-reset");
    co_await drain();
    co_return returned();
  }
  time_.run(false);
  co_await drain();
  announce("RESET", {{"guest", false}, {"reason", "host-qmp-system-reset"}});
  wishes_.push({});
  time_.run(!stopped_ && state_ == "running");
  // A machine that had ended begins anew, and waits to be let go on.
  if (state_ == "guest-panicked" || state_ == "shutdown") state_ = "paused";
  co_return returned();
}

loop::awaitable<json::object> qemu::system_powerdown(monitor&, json::object const&) {
  announce("POWERDOWN", {});
  if (guest_ && time_.running()) guest_->press_power_button();
  co_return returned();
}

loop::awaitable<json::object> qemu::inject_nmi(monitor&, json::object const&) {
  if (guest_ && time_.running()) guest_->non_maskable_interrupt();
  co_return returned();
}

loop::awaitable<json::object> qemu::set_action(monitor&, json::object const& with) {
  resets_ = text_at(with, "reboot") == "reset";
  co_return returned();
}

loop::awaitable<json::object> qemu::chardev_break(monitor&, json::object const&) {
  send_break();
  co_return returned();
}

loop::awaitable<json::object> qemu::balloon(monitor&, json::object const& with) {
  auto const wanted = std::min(number_at(with, "value"), spec_.memory_bytes);
  if (guest_ && time_.running()) memory_left_ = std::max(wanted, guest_->least_memory());
  co_return returned();
}

loop::awaitable<json::object> qemu::getfd(monitor& from, json::object const&) {
  handed_ = from.take_descriptor();
  if (!handed_) co_return refused("GenericError", "No file descriptor supplied via SCM_RIGHTS");
  co_return returned();
}

loop::awaitable<json::object> qemu::dump(monitor&, json::object const&) {
  auto const into = std::exchange(handed_, loop::descriptor());
  if (!into) co_return refused("GenericError", "No file descriptor named 'memory-dump' found");
  bool const ran = state_ == "running";
  if (ran) stand("paused");
  co_await drain();
  constexpr std::string_view core =
      "\x7f"
      "ELF of a model\n";
  bool const written =
      ::write(into.get(), core.data(), core.size()) == static_cast<ssize_t>(core.size());
  if (ran) go_on();
  if (!written) co_return refused("GenericError", "dump: failed to write memory");
  co_return returned();
}

loop::awaitable<json::object> qemu::device_del(monitor&, json::object const& with) {
  auto* const one = find(text_at(with, "id"));
  if (one == nullptr || !one->plugged) co_return refused("DeviceNotFound", "Device not found");
  if (!guest_ || !time_.running() || !guest_->lets_go_of(one->spec.name)) co_return returned();
  one->plugged = false;
  announce("DEVICE_DELETED",
           {{"device", monitor_names().disk_device(one->spec.name)},
            {"path", "/machine/peripheral/" + monitor_names().disk_device(one->spec.name)}});
  co_return returned();
}

loop::awaitable<json::object> qemu::device_add(monitor&, json::object const& with) {
  auto* const one = find(text_at(with, "id"));
  if (one == nullptr) co_return refused("GenericError", "the model knows no such disk");
  if (one->plugged) co_return refused("GenericError", "Duplicate device ID");
  one->plugged = true;
  co_return returned();
}

loop::awaitable<json::object> qemu::drained_only(monitor&, json::object const&) {
  co_await drain();
  co_return returned();
}

loop::awaitable<json::object> qemu::set_link(monitor&, json::object const&) {
  co_return returned();
}

}  // namespace wedgehog::vm::simulated
