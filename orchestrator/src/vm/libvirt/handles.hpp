// libvirt's objects, owned; and its last error as ours.
#pragma once

#include <libvirt/libvirt.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace wedgehog::vm::libvirt {

using domain_handle = std::shared_ptr<virDomain>;
using stream_handle = std::shared_ptr<virStream>;
using pool_handle = std::shared_ptr<virStoragePool>;
using volume_handle = std::shared_ptr<virStorageVol>;

[[nodiscard]] inline domain_handle own(virDomainPtr domain) {
  return {domain, [](virDomainPtr one) {
            if (one != nullptr) virDomainFree(one);
          }};
}
[[nodiscard]] inline stream_handle own(virStreamPtr stream) {
  return {stream, [](virStreamPtr one) {
            if (one != nullptr) virStreamFree(one);
          }};
}
[[nodiscard]] inline pool_handle own(virStoragePoolPtr pool) {
  return {pool, [](virStoragePoolPtr one) {
            if (one != nullptr) virStoragePoolFree(one);
          }};
}
[[nodiscard]] inline volume_handle own(virStorageVolPtr volume) {
  return {volume, [](virStorageVolPtr one) {
            if (one != nullptr) virStorageVolFree(one);
          }};
}
// What libvirt allocated for the caller.
struct freed {
  void operator()(char* text) const;
};
using text_handle = std::unique_ptr<char, freed>;

// libvirt's last error on this thread, as blame of the host.
[[nodiscard]] error last_error();
// Its number (VIR_ERR_…) on this thread; 0: there is none.
[[nodiscard]] int last_code();

}  // namespace wedgehog::vm::libvirt
