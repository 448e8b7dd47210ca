#include "verdict/course.hpp"

#include <algorithm>

namespace wedgehog::verdict {
namespace {

std::string said_by(finding const& one) {
  if (one.state) return describe(*one.state, one.kind);
  std::string text;
  for (auto const flag : one.flags) {
    text += text.empty() ? "flag " : " ";
    text += name_of(flag);
  }
  return text.empty() ? "a reason" : text;
}

}  // namespace

std::string describe(state_word state, kind_word kind) {
  std::string text(name_of(state));
  if (kind != kind_word::none) {
    text += '/';
    text += name_of(kind);
  }
  return text;
}

course::stretch& course::add(std::vector<stretch>& to, stretch one) {
  if (to.size() >= most_stretches) {
    // The beginning and the latest tell more than what flapped between.
    to.erase(to.begin() + static_cast<std::ptrdiff_t>(most_stretches / 2));
    ++left_out_;
  }
  to.push_back(std::move(one));
  return to.back();
}

void course::hear(judgement const& said, std::span<finding const> found) {
  auto const words = describe(said.state, said.kind);
  auto* state = states_.empty() ? nullptr : &states_.back();
  if (state == nullptr || state->said != words || state->detector != said.detector)
    state = &add(states_, {words, said.detector, said.at, said.at, 0, 0, said.because, {}});
  state->until = said.at;
  ++state->looks;
  state->counted += said.confirmed ? 1 : 0;
  state->last_because = said.because;

  for (auto const& one : found) {
    auto const opinion = said_by(one);
    // Goes on when it was said at the look before, too.
    auto open = std::find_if(opinions_.rbegin(), opinions_.rend(), [&](stretch const& each) {
      return each.detector == one.detector && each.said == opinion;
    });
    stretch* at = nullptr;
    if (open != opinions_.rend() && looks_ > 0 && open->until == last_look_) at = &*open;
    if (at == nullptr)
      at = &add(opinions_, {opinion, one.detector, said.at, said.at, 0, 0, one.because, {}});
    at->until = said.at;
    ++at->looks;
    at->counted += one.state && one.detector == said.detector ? 1 : 0;
    at->last_because = one.because;
  }
  last_look_ = said.at;
  ++looks_;
}

}  // namespace wedgehog::verdict
