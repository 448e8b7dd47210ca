#include "guest/boot_dialogue.hpp"

namespace wedgehog::guest {

exchange const* boot_dialogue::awaited() const {
  return over_ < exchanges_.size() ? &exchanges_[over_] : nullptr;
}

std::string boot_dialogue::hear(std::string_view text) {
  std::string typed;
  heard_ += text;
  while (auto const* const now = awaited()) {
    auto const at = heard_.find(now->expect);
    if (at == std::string::npos) {
      auto const needed = now->expect.empty() ? 0 : now->expect.size() - 1;
      if (heard_.size() > needed) heard_.erase(0, heard_.size() - needed);
      return typed;
    }
    heard_.erase(0, at + now->expect.size());
    typed += now->send;
    ++over_;
  }
  heard_.clear();
  return typed;
}

}  // namespace wedgehog::guest
