#include "folder/record.hpp"

#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/ensure.hpp"

namespace wedgehog::folder {
namespace {

// The members that stand in the file as they are.
struct plain_facts {
  std::string uid, name, recipe, recipe_file, variant, image, kernel, image_checksums, qemu,
      accelerator, host, host_kernel, wedgehog, command_line;
  double time_scale = 1;
  std::string campaign;
  std::uint64_t ticket = 0, attempt = 0;
};
BOOST_DESCRIBE_STRUCT(plain_facts, (),
                      (uid, name, recipe, recipe_file, variant, image, kernel, image_checksums,
                       qemu, accelerator, time_scale, host, host_kernel, wedgehog, command_line,
                       campaign, ticket, attempt))

struct plain_judgement {
  std::string judge, verdict, kind, recovery, expected;
  std::vector<std::string> because;
  std::optional<std::string> signature;
  int exit_code = 2;
  bool met = false;
  std::vector<timeline::blocked_task> stuck;
  std::optional<double> failed_for_s;
};
BOOST_DESCRIBE_STRUCT(plain_judgement, (),
                      (judge, verdict, kind, recovery, expected, because, signature, exit_code, met,
                       stuck, failed_for_s))

moment moment_at(json::object const& object, std::string_view key) {
  return parse_moment(text_at(object, key)).value_or(moment{});
}

}  // namespace

double at_risk_s(outcome const& how, judgement const& said) {
  return std::max(0.0, how.exposure_s - std::max(0.0, said.failed_for_s.value_or(0)));
}

json::object to_object(run_facts const& facts) {
  plain_facts const plain{
      facts.uid,      facts.name,         facts.recipe,     facts.recipe_file,
      facts.variant,  facts.image,        facts.kernel,     facts.image_checksums,
      facts.qemu,     facts.accelerator,  facts.host,       facts.host_kernel,
      facts.wedgehog, facts.command_line, facts.time_scale, facts.campaign,
      facts.ticket,   facts.attempt};
  auto object = wedgehog::to_object(plain);
  object["started"] = to_text(facts.started);
  object["seed"] = std::to_string(facts.seed);  // 64 bits do not fit a JSON number
  object["owner"] = wedgehog::to_object(facts.owner);
  return object;
}

run_facts facts_from(json::object const& object) {
  plain_facts plain;
  from_object(object, plain);
  run_facts facts{.uid = plain.uid,
                  .name = plain.name,
                  .recipe = plain.recipe,
                  .recipe_file = plain.recipe_file,
                  .recipe_text = {},
                  .plan = {},
                  .variant = plain.variant,
                  .image = plain.image,
                  .kernel = plain.kernel,
                  .image_checksums = plain.image_checksums,
                  .qemu = plain.qemu,
                  .accelerator = plain.accelerator,
                  .time_scale = plain.time_scale,
                  .host = plain.host,
                  .host_kernel = plain.host_kernel,
                  .wedgehog = plain.wedgehog,
                  .command_line = plain.command_line,
                  .campaign = plain.campaign,
                  .ticket = plain.ticket,
                  .attempt = plain.attempt,
                  .started = moment_at(object, "started")};
  auto const seed = text_at(object, "seed");
  std::from_chars(seed.data(), seed.data() + seed.size(), facts.seed);
  if (auto const* owner = object.if_contains("owner")) from_json(*owner, facts.owner);
  return facts;
}

json::object to_object(judgement const& opinion) {
  auto object = wedgehog::to_object(
      plain_judgement{opinion.judge, opinion.verdict, opinion.kind, opinion.recovery,
                      opinion.expected, opinion.because, opinion.signature, opinion.exit_code,
                      opinion.met, opinion.stuck, opinion.failed_for_s});
  object["judged"] = to_text(opinion.judged);
  return object;
}

judgement judgement_from(json::object const& object) {
  plain_judgement plain;
  from_object(object, plain);
  return {.judged = moment_at(object, "judged"),
          .judge = plain.judge,
          .verdict = plain.verdict,
          .kind = plain.kind,
          .recovery = plain.recovery,
          .because = plain.because,
          .signature = plain.signature,
          .exit_code = plain.exit_code,
          .expected = plain.expected,
          .met = plain.met,
          .stuck = plain.stuck,
          .failed_for_s = plain.failed_for_s};
}

json::object to_object(removal const& what) {
  return {{"when", to_text(what.when)}, {"why", what.why}, {"files", to_json(what.files)}};
}

removal removal_from(json::object const& object) {
  removal what{.when = moment_at(object, "when"), .why = text_at(object, "why"), .files = {}};
  if (auto const* files = object.if_contains("files")) from_json(*files, what.files);
  return what;
}

bool is_uid(std::string_view text) {
  return text.size() == 32 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::string new_uid() {
  std::array<unsigned char, 16> bytes{};
  // getrandom(2): up to 256 bytes come whole and are not interrupted.
  ensure(::getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()),
         "the kernel has random numbers");
  std::string text;
  for (auto const byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace wedgehog::folder
