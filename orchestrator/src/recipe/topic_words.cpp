// What people look for under words that are none of the language: where to find it instead.
#include "recipe/catalogue.hpp"

namespace wedgehog::recipe {

std::vector<word> const& topic_words() {
  static std::vector<word> const rows{
      {.where = place::topic,
       .name = "kernel",
       .doc = "Another kernel is another image, and an image is one word: `image: NAME` or "
              "`images: [NAME, OTHER]` in a recipe, `run --image NAME --image OTHER` for any "
              "recipe. `linux` is Debian's cloud kernel, `linux-generic` its generic one, "
              "`linux-6.12` the backport for Debian 12; each is built when it is first asked for. "
              "Your own bzImage or another package of Debian's gets a name by `image build linux`, "
              "a kernel on a disk of your own by `image adopt`. The image and the release of its "
              "kernel stand in the facts of every run; `results tally --by kernel` counts by them. "
              "What the kernel is told when it boots are `machine: {kernel_arguments, sysctls, "
              "modules}`.",
       .example = R"(wedgehog image list
wedgehog image build linux --name mine --kernel arch/x86/boot/bzImage --modules /tmp/mods
wedgehog image build linux --name rt --kernel-package linux-image-rt-amd64
wedgehog image adopt my-disk.qcow2 --os linux --name theirs
wedgehog run --image linux --image mine recipes/smoke/linux.yaml
)",
       .of = "how another kernel is booted",
       .also = {"image", "images", "kernels", "kernel_package", "kernel_image", "kernel_release",
                "kernel_version", "linux", "bzImage", "bzimage", "vmlinuz", "initrd", "initramfs"}},
      {.where = place::topic,
       .name = "programs",
       .doc = "Three ways for programs into a guest. `packages` of a recipe: the Linux image is "
              "built with these packages of Debian. `files` of a recipe: your own programs and "
              "trees of this host, for any guest. A disk of its own: `image build linux-disk "
              "--package NAME`, or a disk that you have by `image adopt`; what is on it costs no "
              "memory of the guest.",
       .example = R"(packages: [stress-ng]
files: {/bin/repro: build/repro}
)",
       .of = "how programs get into the guest",
       .also = {"packages", "package", "program", "binaries", "tools", "userland", "install",
                "apt"}},
  };
  return rows;
}

}  // namespace wedgehog::recipe
