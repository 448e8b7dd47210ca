#include "vm/direct/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "vm/image.hpp"

namespace wedgehog::vm::direct {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

machine_spec small_machine() {
  machine_spec machine;
  machine.name = "m";
  machine.kernel = "/k/vmlinuz";
  machine.initramfs = "/k/initramfs";
  machine.kernel_arguments = "console=ttyS0 quiet";
  machine.emulated_arguments = "norandmaps";
  machine.place = {"/run/m", "/w"};
  machine.disks = {
      {.name = "data", .server = unix_socket{"/run/m/data"}, .write_error = on_error::stop}};
  return machine;
}

guest_profile linux_guest() {
  auto const file = std::string(WEDGEHOG_SOURCE_DIR) + "/images/linux/profile.yaml";
  return vm::read_profile(file).value();
}

guest_profile sample(std::string const& name) {
  auto const folder = std::string(WEDGEHOG_SOURCE_DIR) + "/orchestrator/src/tests/testdata/guest/";
  return vm::read_profile(folder + name + ".yaml").value();
}

std::string value_of(std::vector<std::string> const& argv, std::string const& option) {
  auto const found = std::find(argv.begin(), argv.end(), option);
  return found == argv.end() || found + 1 == argv.end() ? "" : *(found + 1);
}

TEST(command_line, memory_is_a_shared_file) {
  auto const argv = command_line({}, small_machine(), linux_guest());
  EXPECT_THAT(argv,
              Contains("memory-backend-file,id=ram,size=268435456B,mem-path=/run/m/ram,share=on"));
  EXPECT_EQ(value_of(argv, "-machine"), "q35,memory-backend=ram");
}

TEST(command_line, a_kernel_is_booted_with_its_arguments) {
  auto const argv = command_line({}, small_machine(), linux_guest());
  EXPECT_EQ(value_of(argv, "-kernel"), "/k/vmlinuz");
  EXPECT_EQ(value_of(argv, "-initrd"), "/k/initramfs");
  EXPECT_EQ(value_of(argv, "-append"), "norandmaps console=ttyS0 quiet");
}

TEST(command_line, what_helps_emulation_is_not_told_to_a_guest_on_kvm) {
  auto const emulated = command_line({}, small_machine(), linux_guest());
  EXPECT_EQ(value_of(emulated, "-cpu"), "max,-erms");
  auto const real = command_line({.accel = accelerator::kvm}, small_machine(), linux_guest());
  EXPECT_EQ(value_of(real, "-cpu"), "host");
  EXPECT_EQ(value_of(real, "-append"), "console=ttyS0 quiet");
}

TEST(command_line, the_files_of_a_recipe_come_on_a_read_only_disk) {
  auto machine = small_machine();
  machine.files_disk = "/w/files.tar";
  auto const argv = command_line({}, machine, linux_guest());
  EXPECT_THAT(argv,
              Contains("driver=file,node-name=files-disk,read-only=on,filename=/w/files.tar"));
  EXPECT_THAT(argv,
              Contains("virtio-blk-pci,id=files-disk,drive=files-disk,serial=wedgehog-files"));
}

TEST(command_line, a_panic_pauses_the_machine_unless_the_guest_has_yet_to_speak) {
  auto guest = linux_guest();
  EXPECT_EQ(value_of(command_line({}, small_machine(), guest), "-action"),
            "panic=pause,reboot=shutdown,shutdown=pause,watchdog=pause");
  guest.after_panic = guest::panic_action::run;
  EXPECT_EQ(value_of(command_line({}, small_machine(), guest), "-action"),
            "panic=none,reboot=shutdown,shutdown=pause,watchdog=pause");
}

// Of the two that follow no guest was booted: they hold down what is written.
TEST(command_line, a_guest_on_a_disk_gets_an_overlay_and_no_kernel) {
  auto machine = small_machine();
  machine.medium = "/i/disk.qcow2";
  machine.agent_disk = "/i/agent.img";
  auto const argv = command_line({}, machine, sample("dragonfly"));
  EXPECT_THAT(argv, Not(Contains("-kernel")));
  EXPECT_THAT(argv, Not(Contains("-append")));
  EXPECT_THAT(argv, Contains("driver=qcow2,node-name=system,file.driver=file,"
                             "file.filename=/w/system.qcow2"));
  EXPECT_THAT(argv, Contains("virtio-blk-pci,id=system-disk,drive=system,bootindex=0"));
  // DragonFly 5.9, seen 2026-11: what is read of a read-only virtio disk is zeroes.
  EXPECT_THAT(argv, Contains("if=none,id=agent-disk,format=raw,snapshot=on,file=/i/agent.img"));
  EXPECT_THAT(argv, Contains("virtio-blk-pci,id=agent-disk,drive=agent-disk,"
                             "serial=wedgehog-agent"));
  EXPECT_EQ(value_of(argv, "-machine"), "q35,memory-backend=ram,hpet=off");
  EXPECT_THAT(argv, Contains("pvpanic"));
  EXPECT_THAT(argv, Not(Contains("pvpanic-pci")));
  EXPECT_THAT(argv, Not(Contains("vmcoreinfo")));
  EXPECT_THAT(argv, Contains("isa-serial,chardev=agent,index=1"));
}

TEST(command_line, a_guest_on_a_cd_reads_it_and_no_more) {
  auto machine = small_machine();
  machine.medium = "/i/a,b.iso";
  auto const argv = command_line({}, machine, sample("illumos"));
  EXPECT_THAT(argv, Contains("driver=file,node-name=system,read-only=on,filename=/i/a,,b.iso"));
  EXPECT_THAT(argv, Contains("ide-cd,id=system-cd,drive=system,bootindex=0"));
  EXPECT_THAT(argv, Not(Contains("virtio-balloon-pci,id=balloon")));
  EXPECT_THAT(argv, Not(Contains("-kernel")));
}

TEST(command_line, a_guest_gets_the_devices_that_it_has_drivers_for) {
  auto guest = linux_guest();
  auto const whole = command_line({}, small_machine(), guest);
  for (auto const* one :
       {"vmcoreinfo", "pvpanic-pci", "virtio-balloon-pci,id=balloon", "virtio-rng-pci,rng=entropy"})
    EXPECT_THAT(whole, Contains(one));
  guest.devices.clear();
  auto machine = small_machine();
  machine.network = true;
  auto const bare = command_line({}, machine, guest);
  EXPECT_THAT(bare, Not(Contains("vmcoreinfo")));
  EXPECT_THAT(bare, Not(Contains(HasSubstr("balloon"))));
  EXPECT_THAT(bare, Not(Contains(HasSubstr("-rng-"))));
  EXPECT_THAT(bare, Not(Contains("-netdev")));
}

TEST(command_line, error_policy_is_always_explicit) {
  EXPECT_THAT(
      command_line({}, small_machine(), linux_guest()),
      Contains(
          "virtio-blk-pci,id=disk-data,drive=node-data,serial=data,rerror=report,werror=stop"));
}

TEST(command_line, a_volatile_cache_is_told_to_the_guest_and_a_lost_server_waited_for) {
  auto machine = small_machine();
  machine.disks.front().volatile_cache = true;
  machine.disks.front().reconnect_s = 60;
  auto const argv = command_line({}, machine, linux_guest());
  EXPECT_THAT(argv, Contains(HasSubstr("werror=stop,write-cache=on")));
  EXPECT_THAT(argv, Contains(HasSubstr("discard=unmap,reconnect-delay=60")));
}

TEST(command_line, a_disk_that_is_pulled_sits_behind_a_port_and_no_other_does) {
  auto machine = small_machine();
  machine.disks.push_back(
      {.name = "loose", .server = unix_socket{"/run/m/loose"}, .hotplug = true});
  auto const argv = command_line({}, machine, linux_guest());
  EXPECT_THAT(argv, Contains("pcie-root-port,id=port-loose,chassis=2,slot=2"));
  EXPECT_THAT(argv, Contains("virtio-blk-pci,id=disk-loose,drive=node-loose,serial=loose,"
                             "rerror=report,werror=report,bus=port-loose"));
  EXPECT_THAT(argv, Not(Contains(HasSubstr("port-data"))));
}

TEST(command_line, a_disk_that_grows_has_a_node_above_its_connection) {
  auto machine = small_machine();
  machine.disks[0].resizable = true;
  auto const argv = command_line({}, machine, linux_guest());
  EXPECT_THAT(argv, Contains("driver=raw,node-name=top-data,file=node-data"));
  EXPECT_THAT(argv, Contains(HasSubstr("id=disk-data,drive=top-data,")));
}

TEST(command_line, there_is_a_network_card_only_on_demand_and_it_reaches_nobody) {
  auto machine = small_machine();
  EXPECT_THAT(command_line({}, machine, linux_guest()), Not(Contains("-netdev")));
  machine.network = true;
  auto const argv = command_line({}, machine, linux_guest());
  EXPECT_EQ(value_of(argv, "-netdev"), "user,id=net,restrict=on");
  EXPECT_THAT(argv, Contains("virtio-net-pci,id=nic,netdev=net"));
}

TEST(command_line, a_machine_reaches_what_its_host_reaches_only_where_that_was_asked_for) {
  auto machine = small_machine();
  machine.network_reaches = true;
  EXPECT_THAT(command_line({}, machine, linux_guest()), Not(Contains("-netdev")));
  machine.network = true;
  EXPECT_EQ(value_of(command_line({}, machine, linux_guest()), "-netdev"), "user,id=net");
}

TEST(command_line, a_system_is_installed_from_a_cd_beside_its_disk) {
  auto machine = small_machine();
  machine.install_medium = "/i/a,b.iso";
  auto const argv = command_line({}, machine, sample("dragonfly"));
  EXPECT_THAT(argv,
              Contains("driver=file,node-name=install-medium,read-only=on,filename=/i/a,,b.iso"));
  EXPECT_THAT(argv, Contains("ide-cd,id=install-cd,drive=install-medium,bootindex=0"));
  EXPECT_THAT(argv, Contains("virtio-blk-pci,id=system-disk,drive=system,bootindex=1"));
}

TEST(command_line, evidence_is_never_thrown_away) {
  auto const argv = command_line({}, small_machine(), linux_guest());
  EXPECT_EQ(value_of(argv, "-action"), "panic=pause,reboot=shutdown,shutdown=pause,watchdog=pause");
  EXPECT_THAT(value_of(argv, "-sandbox"), HasSubstr("spawn=deny"));
  EXPECT_THAT(argv, Contains("vmcoreinfo"));
}

TEST(command_line, a_guest_without_virtio_serial_gets_its_second_uart_first) {
  auto guest = linux_guest();
  guest.agent.transport = guest::agent_transport::isa_serial;
  auto const argv = command_line({}, small_machine(), guest);
  auto const second = std::find(argv.begin(), argv.end(), "isa-serial,chardev=agent,index=1");
  auto const first = std::find(argv.begin(), argv.end(), "isa-serial,chardev=console,index=0");
  ASSERT_NE(second, argv.end());
  ASSERT_NE(first, argv.end());
  EXPECT_LT(second, first);
  EXPECT_THAT(argv, Not(Contains(HasSubstr("virtserialport"))));
}

TEST(command_line, commas_in_paths_survive_qemus_option_parser) {
  auto machine = small_machine();
  machine.disks = {{.name = "data", .file = "/w/a,b.raw"}};
  EXPECT_THAT(command_line({}, machine, linux_guest()),
              Contains(HasSubstr("filename=/w/a,,b.raw")));
}

TEST(command_line, a_disk_may_be_served_from_another_host) {
  auto machine = small_machine();
  machine.disks[0].server = tcp_address{"10.99.1.1", 10810};
  EXPECT_THAT(command_line({}, machine, linux_guest()),
              Contains("driver=nbd,node-name=node-data,server.type=inet,server.host=10.99.1.1,"
                       "server.port=10810,discard=unmap"));
}

TEST(command_line, pasteable_text_is_quoted) {
  EXPECT_EQ(pasteable({"qemu", "-append", "a b", "-x", "it's", ""}),
            "qemu \\\n  -append 'a b' \\\n  -x 'it'\\''s' ''");
}

TEST(command_line, a_copy_maps_what_was_frozen_and_writes_to_pages_of_its_own) {
  auto machine = small_machine();
  machine.balloon = false;
  auto const frozen = command_line({}, machine, linux_guest());
  machine.begins_as = frozen_machine{"/cache/key"};
  auto const copy = command_line({}, machine, linux_guest());
  EXPECT_THAT(copy,
              Contains("memory-backend-file,id=ram,size=268435456B,mem-path=/cache/key/memory,"
                       "share=off"));
  EXPECT_EQ(value_of(copy, "-incoming"), "defer");
  // QEMU takes what was frozen only where all devices are the same.
  auto const devices = [](std::vector<std::string> const& argv) {
    std::vector<std::string> all;
    for (std::size_t i = 0; i + 1 < argv.size(); ++i)
      if (argv[i] == "-device") all.push_back(argv[i + 1]);
    return all;
  };
  EXPECT_EQ(devices(copy), devices(frozen));
  for (auto const& one : devices(copy)) EXPECT_THAT(one, Not(HasSubstr("balloon")));
  EXPECT_EQ(value_of(copy, "-kernel"), value_of(frozen, "-kernel"));
  machine.reboots = false;
  EXPECT_THAT(command_line({}, machine, linux_guest()), Not(Contains("-kernel")));
  machine.begins_as.reset();
  EXPECT_THAT(command_line({}, machine, linux_guest()), Contains("-kernel"));
  machine.balloon = true;
  EXPECT_THAT(devices(command_line({}, machine, linux_guest())),
              Contains("virtio-balloon-pci,id=balloon"));
}

}  // namespace
}  // namespace wedgehog::vm::direct
