// The profiles of our own images and of guests that are still to come, and what is said of a broken
// one, with its place.
#include <gtest/gtest.h>

#include <filesystem>

#include "guest/read_profile.hpp"
#include "tests/file_text.hpp"

namespace wedgehog::guest {
namespace {

namespace files = std::filesystem;
using namespace std::chrono_literals;

files::path const root = WEDGEHOG_SOURCE_DIR;
files::path const samples = root / "orchestrator/src/tests/testdata/guest";

profile profile_of(std::string const& text) {
  auto const read = read_profile(text);
  EXPECT_EQ(recipe::print(read.complaints, "profile.yaml"), "");
  return read.value;
}

// The smallest profile, with a line more.
std::string small(std::string const& more = "", std::string const& boot = "{from: kernel}") {
  return "format: 1\nname: x\nos: linux\nboot: " + boot +
         "\nagent: {transport: virtio-serial}\ndisks: {path: \"/dev/{name}\"}\n" + more;
}

std::string complaints_of(std::string const& text) {
  return recipe::print(read_profile(text).complaints, "p");
}

TEST(profile, every_image_that_ships_has_a_good_one_of_its_own_name) {
  for (auto const& entry : files::directory_iterator(root / "images")) {
    auto const file = entry.path() / "profile.yaml";
    if (!files::exists(file)) continue;
    EXPECT_EQ(profile_of(testing::text_of(file)).name, entry.path().filename());
  }
}

TEST(profile, linux_is_read_whole) {
  auto const linux = profile_of(testing::text_of(root / "images/linux/profile.yaml"));
  EXPECT_EQ(linux.os, "linux");
  EXPECT_EQ(linux.boot.from, boot_medium::kernel);
  EXPECT_EQ(linux.boot.kernel_arguments.front(), "console=ttyS0");
  EXPECT_EQ(linux.boot.emulated_kernel_arguments,
            (std::vector<std::string>{"norandmaps", "tsc=nowatchdog",
                                      "sysctl.vm.compaction_proactiveness=0",
                                      "sysctl.vm.stat_interval=10"}));
  EXPECT_EQ(linux.boot.sysctl, "wedgehog.sysctl={name}={value}");
  EXPECT_EQ(linux.least_memory, 256U << 20U);
  EXPECT_EQ(disk_path(linux, "data"), "/dev/wedgehog/data");
  EXPECT_EQ(linux.collectors, (std::vector<std::string>{"ps", "dmesg", "proc"}));
  EXPECT_EQ(linux.probes.sysrq_answer, "sysrq: ");
  for (auto const one : all_abilities())
    EXPECT_EQ(linux.can.contains(one), one != ability::debugger) << word_of(one);
}

TEST(profile, guests_of_other_systems_can_be_described) {
  auto const dragonfly = profile_of(testing::text_of(samples / "dragonfly.yaml"));
  EXPECT_EQ(dragonfly.boot.from, boot_medium::disk);
  ASSERT_EQ(dragonfly.boot.dialogue.size(), 2U);
  EXPECT_EQ(dragonfly.boot.dialogue[0], (exchange{"login: ", "root\n", 5min}));
  EXPECT_EQ(dragonfly.agent.delivery, agent_delivery::disk);
  EXPECT_EQ(dragonfly.machine, (std::vector<std::string>{"hpet=off"}));
  EXPECT_FALSE(dragonfly.can.contains(ability::kernel_arguments));
  EXPECT_FALSE(dragonfly.can.contains(ability::console_keys));
  EXPECT_TRUE(dragonfly.can.contains(ability::balloon));
  EXPECT_TRUE(dragonfly.can.contains(ability::debugger));
  EXPECT_EQ(dragonfly.debugger, (debugger_profile{.prompt = "db> ",
                                                  .pager = "--More--",
                                                  .commands = {"ps", "show registers"},
                                                  .go_on = "continue"}));
  EXPECT_EQ(dragonfly.after_panic, panic_action::run);
  auto const illumos = profile_of(testing::text_of(samples / "illumos.yaml"));
  EXPECT_EQ(illumos.boot.from, boot_medium::cd);
  EXPECT_EQ(illumos.boot.dialogue.back().send, "/mnt/agent /dev/term/b &\n");
  EXPECT_FALSE(illumos.can.contains(ability::balloon));
  EXPECT_FALSE(illumos.can.contains(ability::debugger));
  EXPECT_EQ(illumos.after_panic, panic_action::pause);
}

struct broken {
  std::string text;
  std::string says;
};

TEST(profile, what_is_wrong_is_said_with_its_place) {
  std::vector<broken> const all{
      {"", "p:1:1: "},
      {"- a\n", "p:1:1: a profile is a mapping"},
      {"format: [\n", "p:"},
      {"format: 2\n" + small().substr(10), "p:1:9: format: wants a whole number from 1 to 1"},
      {small("colour: red\n"), "p:7:1: 'colour' is not a key of a profile"},
      {small("memori: {least: 1MiB}\n"), "did you mean 'memory'"},
      {small("memory: {least: -1}\n"), "p:7:17: memory: least: "},
      {small("memory: {least: much}\n"), "p:7:17: memory: least: "},
      {small("memory: {least: 1MiB, most: 2MiB}\n"), "'most' is not a key of `memory`"},
      {small("memory: 5\n"), "memory: wants a mapping"},
      {small("devices: [virtio-baloon-pci]\n"), "did you mean 'virtio-balloon-pci'"},
      {small("devices: [pvpanic, pvpanic]\n"), "stands there twice"},
      {small("devices: pvpanic\n"), "devices: wants a list"},
      {small("machine: [\"hpet=off,accel=kvm\"]\n"), "no option of QEMU's -machine"},
      {small("after_panic: dance\n"), "after_panic: 'dance' is no word for it"},
      {small("debugger: {prompt: \"db> \"}\n"), "debugger: commands: is missing"},
      {small("debugger: {commands: [ps], go_on: c}\n"), "debugger: prompt: is missing"},
      {small("debugger: {prompt: x, commands: [ps], go_on: c, colour: red}\n"),
       "'colour' is not a key of `debugger`"},
      {small("can: [fly]\n"), "can: 'fly' is no word for it"},
      {small("blocked_state: DD\n"), "blocked_state: wants one line of 1 to 1"},
      {small("collectors: [\"a b\"]\n"), "collectors: a name has"},
      {small("collectors: [{a: b}]\n"), "collectors: wants one line"},
      {small("probes: {io: dd if=/dev/x}\n"), "probes: io: needs {disk} in it"},
      {small("", "{from: floppy}"), "p:4:14: boot: from: 'floppy' is no word for it"},
      {small("", "{}"), "boot: from: is missing"},
      {small("settings: {sysctl: \"s {name} {value}\"}\n", "{from: kernel}"), "is told at boot"},
      {small("settings: {modules: modprobe}\n", "{from: disk}"), "needs {names} in it"},
      {small("settings: {colour: red}\n", "{from: disk}"), "colour"},
      {small("", "{from: kernel, sysctl: \"a={name}\"}"), "needs {value} in it"},
      {small("", "{from: kernel, sysctl: \"{name}{name}={value}\"}"), "twice"},
      {small("", "{from: disk, kernel_arguments: [quiet]}"), "only a kernel that is booted"},
      {small("", "{from: kernel, kernel_arguments: [\"a\\nb\"]}"), "wants one line of text"},
      {small("", "{from: disk, dialogue: [{send: x}]}"), "boot: dialogue: expect: is missing"},
      {small("", "{from: disk, dialogue: [{expect: x}]}"), "boot: dialogue: limit: is missing"},
      {small("", "{from: disk, dialogue: [{expect: x, limit: 0s}]}"), "wants a time above 0"},
      {small("", "{from: disk, dialogue: [{expect: x, limit: 2h}]}"), "up to 1h"},
      {small("", "{from: disk, dialogue: [{expect: \"\", limit: 1s}]}"), "wants one line"},
      {small("", "{from: disk, dialogue: [login]}"), "each item wants"},
      {small("", "{from: disk, dialogue: [{expect: x, limit: 1s, then: y}]}"),
       "'then' is not a key"},
      {std::string(longest_profile + 1, ' '), "p:1:1: a profile has at most 64KiB"},
  };
  for (auto const& one : all)
    EXPECT_NE(complaints_of(one.text).find(one.says), std::string::npos)
        << one.text.substr(0, 300) << "\nsays: " << complaints_of(one.text)
        << "\nnot: " << one.says;
}

TEST(profile, names_cannot_break_qemus_command_line) {
  auto const text = small();
  auto named = text;
  named.replace(named.find("virtio-serial"), 13, "virtio-serial, port: \"a,b=c\"");
  EXPECT_NE(complaints_of(named).find("has no comma"), std::string::npos) << complaints_of(named);
  auto serial = text;
  serial.replace(serial.find("virtio-serial"), 13, "isa-serial, port: x");
  EXPECT_NE(complaints_of(serial).find("only ports of virtio-serial"), std::string::npos);
}

// Each key of the profiles that there are has an effect: without it, what is read is another.
TEST(profile, no_key_is_for_decoration) {
  for (auto const* file : {"dragonfly.yaml", "illumos.yaml"}) {
    auto const text = testing::text_of(samples / file);
    auto const whole = read_profile(text).value;
    for (auto const* key : {"memory:", "machine:", "devices:", "collectors:", "probes:",
                            "after_panic:", "debugger:", "can:"}) {
      auto const at = text.find(std::string("\n") + key);
      if (at == std::string::npos) continue;
      auto without = text;
      without.erase(at + 1, without.find('\n', at + 1) - at);
      auto const read = read_profile(without);
      EXPECT_TRUE(read.complaints.empty()) << key;
      EXPECT_FALSE(read.value == whole) << key;
    }
  }
}

TEST(profile, any_prefix_is_survived) {
  auto const text = testing::text_of(root / "images/linux/profile.yaml");
  for (std::size_t i = 0; i < text.size(); ++i) (void)read_profile(text.substr(0, i));
}

}  // namespace
}  // namespace wedgehog::guest
