// What a campaign file asks for, as plain values: which recipes, how much of each, and what is done
// with what comes out.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/enum_words.hpp"
#include "base/units.hpp"

namespace wedgehog::plan {

enum class campaign_order { least_known, in_turn };
BOOST_DESCRIBE_ENUM(campaign_order, least_known, in_turn)

enum class at_new_signature { keep, stop, nothing };
BOOST_DESCRIBE_ENUM(at_new_signature, keep, stop, nothing)

// When a cell (a recipe's variant on an image) has had enough: any one that is reached.
struct campaign_goal {
  std::optional<std::uint64_t> runs{};
  std::optional<double> hours{};  // of exposure, in all machines together
  std::optional<std::uint64_t> hits{};
  std::string signature{};  // that a hit must have; empty: any failure is one
  std::optional<double> width{};
  bool operator==(campaign_goal const&) const = default;
};

struct campaign_retention {
  std::optional<microseconds> age{};
  std::optional<std::uint64_t> a_signature{};
  std::optional<std::uint64_t> bytes{};
  bool operator==(campaign_retention const&) const = default;
};

struct campaign {
  std::string name;
  std::string about;
  std::vector<std::string> recipes;                      // files and folders, as they are written
  std::map<std::string, std::vector<std::string>> only;  // variants of those that have them
  std::vector<std::string> images;
  std::vector<std::uint64_t> seeds;
  std::optional<std::uint64_t> seed;
  campaign_goal goal;
  std::optional<microseconds> time;  // after which nothing more is begun
  std::optional<std::uint64_t> slots;
  campaign_order order = campaign_order::least_known;
  std::uint64_t void_in_a_row = 5;
  campaign_retention retention;
  at_new_signature new_signature = at_new_signature::keep;
  std::vector<std::string> hook;
  std::string metrics;
  bool operator==(campaign const&) const = default;
};

}  // namespace wedgehog::plan
