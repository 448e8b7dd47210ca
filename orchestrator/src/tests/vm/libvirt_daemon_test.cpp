// What is concluded about a libvirt daemon from its words alone.
#include "vm/libvirt/daemon.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libvirt/virterror.h>

#include <cstdlib>
#include <fstream>

#include "tests/file_text.hpp"
#include "vm/backends.hpp"
#include "vm/libvirt/inventory.hpp"
#include "vm/libvirt/uri.hpp"

namespace wedgehog::vm::libvirt {
namespace {

using ::testing::HasSubstr;

TEST(uri, of_libvirt_is_told_from_other_words) {
  for (auto const* good : {"qemu:///system", "qemu:///session", "qemu+ssh://me@host/system",
                           "qemu+tcp://10.0.0.1:16509/system", "qemu+unix:///system?socket=/x"})
    EXPECT_TRUE(is_uri(good)) << good;
  for (auto const* bad : {"", "direct", "xen:///system", "qemu", "qemu:/system", "qemux:///system"})
    EXPECT_FALSE(is_uri(bad)) << bad;
}

TEST(uri, says_whether_the_daemon_is_on_this_host) {
  for (auto const* here : {"qemu:///system", "qemu:///session", "qemu+unix:///system?socket=/x"})
    EXPECT_TRUE(is_local(here)) << here;
  for (auto const* there : {"qemu+ssh://host/system", "qemu+tcp://localhost/system",
                            "qemu://host/system", "qemu+ssh:///system"})
    EXPECT_FALSE(is_local(there)) << there;
}

TEST(uri, a_session_is_told_by_its_path_alone) {
  EXPECT_TRUE(is_session("qemu:///session"));
  EXPECT_TRUE(is_session("qemu+unix:///session?socket=/x"));
  EXPECT_FALSE(is_session("qemu:///system"));
  EXPECT_FALSE(is_session("qemu+unix:///system?socket=/run/session/libvirt-sock"));
}

TEST(uri, names_the_host_without_user_and_port) {
  EXPECT_EQ(host_in("qemu+ssh://me@host:22/system"), "host");
  EXPECT_EQ(host_in("qemu+tcp://[fe80::1]:16509/system"), "fe80::1");
  EXPECT_EQ(host_in("qemu:///system"), "");
  EXPECT_EQ(host_in("qemu+tcp://host"), "host");
}

TEST(uri, a_refusal_says_what_to_do) {
  EXPECT_THAT(remedy_for("qemu:///system", VIR_ERR_AUTH_FAILED), HasSubstr("group libvirt"));
  EXPECT_THAT(remedy_for("qemu:///system", VIR_ERR_SYSTEM_ERROR), HasSubstr("systemctl start"));
  EXPECT_THAT(remedy_for("qemu+tcp://h/system", VIR_ERR_SYSTEM_ERROR), HasSubstr("listen"));
}

constexpr char const* capabilities = R"(<capabilities><host>
  <secmodel><model>apparmor</model><doi>0</doi></secmodel>
  <secmodel><model>dac</model><doi>0</doi>
    <baselabel type='kvm'>+64055:+108</baselabel><baselabel type='qemu'>+64055:+108</baselabel>
  </secmodel></host>
  <guest><os_type>hvm</os_type><arch name='x86_64'><domain type='qemu'/><domain type='kvm'/></arch>
  </guest></capabilities>)";

TEST(daemon, its_capabilities_name_the_user_of_qemu) {
  EXPECT_EQ(qemu_user_in(capabilities), 64055U);
  EXPECT_EQ(qemu_user_in("<capabilities><host/></capabilities>"), std::nullopt);
  EXPECT_EQ(qemu_user_in("no XML"), std::nullopt);
  EXPECT_TRUE(offers_kvm(capabilities));
  EXPECT_FALSE(offers_kvm("<capabilities/>"));
}

TEST(daemon, is_near_only_where_its_qemu_is_ours_to_look_at) {
  EXPECT_EQ(reach_of("qemu:///session", std::nullopt, 1000), reach::near);
  EXPECT_EQ(reach_of("qemu:///system", 64055U, 1000), reach::far);
  EXPECT_EQ(reach_of("qemu:///system", 64055U, 0), reach::far);
  EXPECT_EQ(reach_of("qemu:///system", 0U, 0), reach::near);
  EXPECT_EQ(reach_of("qemu:///system", std::nullopt, 0), reach::far);
  EXPECT_EQ(reach_of("qemu+ssh://host/session", std::nullopt, 1000), reach::far);
}

TEST(daemon, the_farther_can_less) {
  auto const& near = can_do(reach::near);
  auto const& far = can_do(reach::far);
  for (auto const one : far) EXPECT_TRUE(near.contains(one)) << word_of(one);
  EXPECT_TRUE(near.contains(ability::kill));
  EXPECT_FALSE(far.contains(ability::kill));
  EXPECT_TRUE(far.contains(ability::memory_dump));
}

std::string yes_or_no(abilities const& all, ability what) {
  return all.contains(what) ? "yes" : "**no**";
}

// Of what machines on the three backends can: the data that `check --on` reads.
std::string table_of_abilities() {
  auto const& direct = find_backend("direct")->can;
  std::string text = "| | direct | libvirt | libvirt-far |\n|---|---|---|---|\n";
  for (auto const one : all_abilities())
    text += fmt::format("| `{}`: {} | {} | {} | {} |\n", word_of(one), meaning_of(one),
                        yes_or_no(direct, one), yes_or_no(can_do(reach::near), one),
                        yes_or_no(can_do(reach::far), one));
  return text;
}

TEST(daemon, the_document_says_what_its_machines_can) {
  std::string const file = std::string(WEDGEHOG_SOURCE_DIR) + "/orchestrator/docs/libvirt.md";
  auto text = testing::text_of(file);
  std::string const begin = "<!-- abilities -->\n";
  auto const from = text.find(begin) + begin.size();
  auto const to = text.find("<!-- end -->", from);
  ASSERT_NE(to, std::string::npos);
  if (std::getenv("WEDGEHOG_REWRITE") != nullptr) {
    text.replace(from, to - from, table_of_abilities());
    std::ofstream(file, std::ios::binary) << text;
    GTEST_SKIP() << "wrote " << file;
  }
  EXPECT_EQ(text.substr(from, to - from), table_of_abilities()) << "WEDGEHOG_REWRITE=1 writes it";
}

constexpr char const* metadata =
    R"(<wedgehog:machine xmlns:wedgehog="urn:wedgehog:machine:1" run="a run" owner="here 7 0"/>)";

TEST(inventory, a_domain_is_abandoned_when_its_process_of_this_host_is_gone) {
  auto const alive = [](long) { return true; };
  auto const dead = [](long) { return false; };
  auto const living = our_domain_in(metadata, {"here", alive});
  ASSERT_TRUE(living);
  EXPECT_EQ(living->run, "a run");
  EXPECT_EQ(living->owner_pid, 7);
  EXPECT_FALSE(living->abandoned);
  EXPECT_TRUE(our_domain_in(metadata, {"here", dead})->abandoned);
  EXPECT_FALSE(our_domain_in(metadata, {"elsewhere", dead})->abandoned)
      << "of another host's processes nothing is known";
}

TEST(inventory, what_carries_no_owner_is_nobodys_of_ours) {
  auto const dead = [](long) { return false; };
  for (auto const* other : {"", "no XML", "<run/>", "<run owner=''/>", "<run owner='x y z'/>"})
    EXPECT_FALSE(our_domain_in(other, {"here", dead})) << other;
}

}  // namespace
}  // namespace wedgehog::vm::libvirt
