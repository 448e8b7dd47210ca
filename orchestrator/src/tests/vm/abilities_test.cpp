#include "vm/abilities.hpp"

#include <gtest/gtest.h>

#include "vm/backends.hpp"
#include "vm/monitor_names.hpp"

namespace wedgehog::vm {
namespace {

TEST(abilities, each_has_a_word_of_its_own_and_a_meaning) {
  std::set<std::string_view> words;
  for (auto const one : all_abilities()) {
    EXPECT_TRUE(words.insert(word_of(one)).second) << word_of(one);
    EXPECT_FALSE(meaning_of(one).empty());
  }
}

TEST(backends, are_found_by_name) {
  ASSERT_NE(find_backend("direct"), nullptr);
  EXPECT_TRUE(find_backend("direct")->can.contains(ability::memory_file));
  ASSERT_NE(find_backend("simulated"), nullptr);
  EXPECT_FALSE(find_backend("simulated")->can.contains(ability::process_group));
  EXPECT_EQ(find_backend("nowhere"), nullptr);
}

TEST(monitor_names, a_disk_is_recognised_by_its_path) {
  monitor_names const ours;
  EXPECT_EQ(ours.disk_in(ours.virtio_path("data")), "data");
  EXPECT_EQ(ours.disk_in("/machine/peripheral/nic/virtio-backend"), "");
  EXPECT_EQ(ours.disk_in("/machine/unattached/device[3]"), "");
}

TEST(abilities, a_copy_has_no_balloon) {
  auto const& of_direct = find_backend("direct")->can;
  EXPECT_TRUE(of_direct.contains(ability::balloon));
  EXPECT_TRUE(of_direct.contains(ability::clone));
  EXPECT_FALSE(of_clone(of_direct).contains(ability::balloon));
  for (auto const* name : {"libvirt", "libvirt-far", "simulated"})
    EXPECT_FALSE(find_backend(name)->can.contains(ability::clone)) << name;
}

}  // namespace
}  // namespace wedgehog::vm
