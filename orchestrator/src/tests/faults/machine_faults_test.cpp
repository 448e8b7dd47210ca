// Faults that speak to QEMU, against a monitor that the test answers.
#include <gmock/gmock.h>

#include "tests/faults/fake_machine.hpp"
#include "vm/monitor_names.hpp"

namespace wedgehog::faults {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> const idle{"sleep", "600"};

struct machine_faults : fake_machine {
  std::vector<std::string> notes() const {
    std::vector<std::string> all;
    for (auto const& one : noted)
      if (auto const* fault = std::get_if<timeline::fault>(&one)) all.push_back(fault->detail);
    return all;
  }
  vm::machine_spec spec_with_disk() const {
    vm::machine_spec spec;
    spec.disks = {
        {.name = "data", .server = vm::unix_socket{"/s"}, .hotplug = true, .resizable = true}};
    return spec;
  }
};

TEST_F(machine_faults, a_cable_is_pulled_only_from_a_guest_that_has_a_driver) {
  bool driven = false;
  respond = [&](std::string const& name, json::object const&) {
    if (name != "x-query-virtio-status") return returned(json::object());
    json::array statuses;
    if (driven) statuses.emplace_back("VIRTIO_CONFIG_S_DRIVER_OK: Driver setup and ready");
    return returned(json::object{{"status", json::object{{"statuses", statuses}}}});
  };
  with_machine(idle, [&]() -> loop::awaitable<void> {
    auto where = targets();
    plan::inject const what{.fault = "link", .as = "cable"};
    for (bool const with : {false, true}) {
      driven = with;
      auto const link = make_link_down(what, where);
      auto const begun = co_await link->begin();
      EXPECT_TRUE(begun);
      auto const hit = co_await link->hits();
      EXPECT_EQ(hit, with ? 1U : 0U);
      auto const ended = co_await link->end();
      EXPECT_TRUE(ended);
    }
  });
  EXPECT_EQ(commands.at(1), R"(set_link {"name":"nic","up":false})");
  EXPECT_EQ(commands.at(2), R"(set_link {"name":"nic","up":true})");
}

TEST_F(machine_faults, a_disk_is_out_when_the_guest_let_go_and_comes_back_as_it_was) {
  spec = spec_with_disk();
  bool lets_go = true;
  after = [&](std::string const& name) -> loop::awaitable<void> {
    if (name != "device_del" || !lets_go) co_return;
    json::object const part{{"path", "/machine/peripheral/disk-data/virtio-backend"}};
    json::object const whole{{"device", "disk-data"}, {"path", "/machine/peripheral/disk-data"}};
    co_await event("DEVICE_DELETED", part);
    co_await event("DEVICE_DELETED", whole);
  };
  with_machine(idle, [&]() -> loop::awaitable<void> {
    auto where = targets();
    plan::inject const what{.fault = "unplug", .as = "pulled", .disk = "data"};
    auto const pulled = make_unplug(what, where);
    auto const begun = co_await pulled->begin();
    EXPECT_TRUE(begun);
    auto const hit = co_await pulled->hits();
    EXPECT_EQ(hit, 1U);
    auto const ended = co_await pulled->end();
    EXPECT_TRUE(ended);
  });
  EXPECT_THAT(commands, ElementsAre(R"(device_del {"id":"disk-data"})",
                                    HasSubstr(R"("driver":"virtio-blk-pci","id":"disk-data")")));
  EXPECT_THAT(commands.at(1), HasSubstr(R"("bus":"port-data")"));
}

TEST_F(machine_faults, a_refused_unplug_hits_nothing) {
  spec = spec_with_disk();
  respond = [](std::string const& name, json::object const&) {
    return name == "device_del" ? refused("Bus 'pcie.0' does not support hotplugging")
                                : refused("Duplicate device ID 'disk-data'");
  };
  with_machine(idle, [&]() -> loop::awaitable<void> {
    auto where = targets();
    plan::inject const what{.fault = "unplug", .as = "pulled", .disk = "data"};
    auto const pulled = make_unplug(what, where);
    auto const begun = co_await pulled->begin();
    EXPECT_FALSE(begun);
    auto const hit = co_await pulled->hits();
    EXPECT_EQ(hit, 0U);
    auto const ended = co_await pulled->end();
    EXPECT_TRUE(ended) << "it is still there";
  });
}

TEST_F(machine_faults, a_disk_grows_by_way_of_another_connection) {
  spec = spec_with_disk();
  std::ofstream(folder + "/data.raw").close();
  std::filesystem::resize_file(folder + "/data.raw", 1U << 20U);
  ASSERT_TRUE(
      disks.serve({.name = "data", .file = folder + "/data.raw", .served_at = folder + "/s"}));
  with_machine(idle, [&]() -> loop::awaitable<void> {
    auto where = targets();
    plan::inject const what{.fault = "resize",
                            .as = "larger",
                            .disk = "data",
                            .parameters = {{"size", std::to_string(2U << 20U)}}};
    auto const larger = make_resize(what, where);
    auto const begun = co_await larger->begin();
    EXPECT_TRUE(begun);
    auto const hit = co_await larger->hits();
    EXPECT_EQ(hit, 1U);
    // Again: the size is there, what is left is the interrupt.
    auto const poke = make_resize(what, where);
    auto const poked = co_await poke->begin();
    EXPECT_TRUE(poked);
    auto smaller = what;
    smaller.parameters["size"] = std::to_string(1U << 20U);
    auto const shrunk = make_resize(smaller, where);
    auto const refused_to = co_await shrunk->begin();
    EXPECT_FALSE(refused_to);
    co_await disks.stop();
  });
  EXPECT_EQ(std::filesystem::file_size(folder + "/data.raw"), 2U << 20U);
  EXPECT_THAT(commands,
              ElementsAre(HasSubstr(R"("node-name":"node-data-larger")"),
                          HasSubstr(R"("node-name":"top-data","file":"node-data-larger")"),
                          R"(block_resize {"node-name":"top-data","size":2097152})",
                          R"(block_resize {"node-name":"top-data","size":2097152})"));
}

json::object ended_by(std::string_view reason) {
  return {{"guest", reason.starts_with("guest")}, {"reason", reason}};
}

TEST_F(machine_faults, the_power_button_hits_when_the_guest_powers_itself_off) {
  std::string reason;
  after = [&](std::string const& name) -> loop::awaitable<void> {
    if (name != "system_powerdown") co_return;
    json::object const nothing;
    co_await event("POWERDOWN", nothing);
    if (reason.empty()) co_return;
    auto const data = ended_by(reason);
    co_await event("SHUTDOWN", data);
  };
  with_machine(idle, [&]() -> loop::awaitable<void> {
    auto where = targets();
    plan::inject const what{.fault = "power-button", .as = "pressed"};
    for (auto const& [answer, hits] : {std::pair("", 0U), std::pair("host-qmp-system-reset", 0U),
                                       std::pair("guest-shutdown", 1U)}) {
      reason = answer;
      auto const pressed = make_power_button(what, where);
      auto const begun = co_await pressed->begin();
      EXPECT_TRUE(begun);
      // Behind the answer to this, the events have been read.
      auto const status = co_await machine->monitor().execute("query-status");
      EXPECT_TRUE(status);
      auto const hit = co_await pressed->hits();
      EXPECT_EQ(hit, hits) << answer;
      // Asked again, it is no other.
      auto const again = co_await pressed->hits();
      EXPECT_EQ(again, hits) << answer;
    }
  });
  EXPECT_EQ(commands.at(0), "system_powerdown");
}

TEST_F(machine_faults, a_reset_hits_when_qemu_says_so) {
  after = [&](std::string const& name) -> loop::awaitable<void> {
    if (name != "system_reset") co_return;
    auto const data = ended_by("host-qmp-system-reset");
    co_await event("SHUTDOWN", data);
  };
  with_machine(idle, [&]() -> loop::awaitable<void> {
    auto where = targets();
    plan::inject const what{.fault = "reset", .as = "pressed"};
    auto const pressed = make_reset(what, where);
    auto const early = co_await pressed->hits();
    EXPECT_EQ(early, 0U);
    auto const begun = co_await pressed->begin();
    EXPECT_TRUE(begun);
    auto const status = co_await machine->monitor().execute("query-status");
    EXPECT_TRUE(status);
    auto const hit = co_await pressed->hits();
    EXPECT_EQ(hit, 1U);
  });
  EXPECT_EQ(commands.at(0), "system_reset");
}

TEST_F(machine_faults, a_balloon_says_what_its_driver_did) {
  spec.memory_bytes = 256U << 20U;
  respond = [&](std::string const& name, json::object const&) {
    if (name != "query-balloon") return returned(json::object());
    return returned(json::object{{"actual", 100U << 20U}});
  };
  with_machine(idle, [&]() -> loop::awaitable<void> {
    auto where = targets();
    plan::inject const what{.fault = "balloon",
                            .as = "squeeze",
                            .parameters = {{"leave", std::to_string(128U << 20U)}}};
    auto const squeeze = make_balloon(what, where);
    auto const begun = co_await squeeze->begin();
    EXPECT_TRUE(begun);
    auto const hits = co_await squeeze->hits();
    EXPECT_EQ(hits, 156U);
    auto const ended = co_await squeeze->end();
    EXPECT_TRUE(ended);
    if (ended) {
      EXPECT_THAT(*ended, HasSubstr("100MiB were left"));
    }
    co_await squeeze->let_go();
  });
  EXPECT_THAT(notes(), ElementsAre(HasSubstr("gave more than was asked: 100MiB are left instead "
                                             "of 128MiB")));
}

}  // namespace
}  // namespace wedgehog::faults
