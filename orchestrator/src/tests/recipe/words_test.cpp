// The catalogue against everything that is made from it, and against itself.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>

#include "recipe/catalogue.hpp"
#include "recipe/recipe.hpp"
#include "recipe/scalar.hpp"
#include "tests/file_text.hpp"

namespace wedgehog::recipe {
namespace {

using ::testing::HasSubstr;

constexpr place all_places[] = {place::key,     place::section, place::step, place::fault,
                                place::verdict, place::kind,    place::topic};

bool rewriting() {
  return std::getenv("WEDGEHOG_REWRITE") != nullptr;
}

std::string docs(std::string const& name) {
  return std::string(WEDGEHOG_SOURCE_DIR) + "/orchestrator/docs/" + name;
}

TEST(catalogue, rows_agree_with_themselves) {
  for (auto const where : all_places) {
    std::set<std::string_view> names;
    for (auto const& row : words_of(where)) {
      EXPECT_EQ(row.where, where) << row.name;
      EXPECT_TRUE(names.insert(row.name).second) << row.name << " stands twice";
      EXPECT_FALSE(row.doc.empty()) << row.name;
      if (!row.shorthand.empty()) {
        EXPECT_NE(find_parameter(row, row.shorthand), nullptr) << row.name;
      }
      for (auto const& name : row.exactly_one)
        EXPECT_NE(find_parameter(row, name), nullptr) << row.name << "." << name;
      std::set<std::string_view> parameters;
      for (auto const& each : row.parameters) {
        EXPECT_TRUE(parameters.insert(each.name).second) << row.name << "." << each.name;
        EXPECT_FALSE(each.doc.empty()) << row.name << "." << each.name;
        EXPECT_FALSE(describe(each).empty());
        EXPECT_FALSE(each.required && !each.preset.empty()) << row.name << "." << each.name;
        bool const below = !each.of.empty();
        EXPECT_TRUE(!below || each.of == "inject" || find_word(place::section, each.of)) << each.of;
        for (auto const bound : {each.preset, each.least, each.most})
          EXPECT_TRUE(bound.empty() || below || canonical(each, bound))
              << row.name << "." << each.name << ": " << bound;
      }
    }
  }
}

// What can be counted, measured or timed has an end: nobody is surprised by an absurd number.
TEST(catalogue, every_number_has_its_range) {
  for (auto const where : all_places)
    for (auto const& row : words_of(where))
      for (auto const& each : row.parameters) {
        bool const number = each.kind == value_kind::count || each.kind == value_kind::fraction ||
                            each.kind == value_kind::size;
        bool const time = each.kind == value_kind::duration || each.kind == value_kind::durations;
        EXPECT_FALSE((number || time) && each.most.empty()) << row.name << "." << each.name;
        EXPECT_FALSE(number && each.kind != value_kind::size && each.least.empty())
            << row.name << "." << each.name;
      }
}

TEST(catalogue, faults_leave_the_words_of_inject_alone) {
  for (auto const& row : fault_words())
    for (auto const& each : find_word(place::step, "inject")->parameters)
      EXPECT_EQ(find_parameter(row, each.name), nullptr) << row.name;
}

TEST(catalogue, every_kind_is_of_a_verdict) {
  for (auto const& row : kind_words())
    EXPECT_NE(find_word(place::verdict, row.of), nullptr) << row.name;
}

// Gives each example what it leans on: disks, a workload, a captured output, an injected fault.
std::string around_steps(std::string_view steps, bool injects) {
  std::string text =
      "name: example\nimage: linux\ndisks: {data: 1GiB}\nbudgets: {run: 1d}\n"
      "variants: {fs: [ext4], settle: [0s]}\nsteps:\n"
      "  - run: {script: 'true', capture: check}\n";
  if (steps.find("workload:\n") == std::string_view::npos)
    text += "  - workload: {name: churn, script: 'true', expect: ends}\n";
  if (!injects) text += "  - inject: {fault: pause, as: slow}\n";
  std::size_t begin = 0;
  while (begin < steps.size()) {
    auto const end = steps.find('\n', begin);
    text += "  " + std::string(steps.substr(begin, end - begin)) + "\n";
    begin = end + 1;
  }
  return text;
}

TEST(catalogue, every_example_is_right) {
  for (auto const where : {place::step, place::fault})
    for (auto const& row : words_of(where)) {
      ASSERT_FALSE(row.example.empty()) << row.name;
      auto const text = around_steps(row.example, row.example.find("inject:") != row.example.npos);
      EXPECT_EQ(print(parse(text, std::string(row.name)).complaints, row.name), "") << text;
    }
  for (auto const& row : section_words()) {
    std::string text = "name: example\nimage: linux\n";
    if (row.example.find("steps:") == row.example.npos) text += "steps: [reset]\n";
    if (row.example.find("disk: data") != row.example.npos) text += "disks: {data: 1GiB}\n";
    if (row.name == "expectation") text += "variants: {settle: [0s, 60s]}\n";
    text += row.example;
    EXPECT_EQ(print(parse(text, std::string(row.name)).complaints, row.name), "") << text;
  }
  EXPECT_TRUE(parse(key_words().front().example, "recipe").complaints.empty());
}

TEST(catalogue, every_step_word_is_a_step_of_the_plan_and_back) {
  std::set<std::string_view> steps;
  boost::mp11::mp_for_each<plan::action>([&](auto kind) { steps.insert(kind.word); });
  std::set<std::string_view> rows;
  for (auto const& row : step_words()) rows.insert(row.name);
  EXPECT_EQ(rows, steps);
}

// Whoever looks for the right way to break something finds all of it in one place.
TEST(explain, faults_shows_every_parameter_and_an_example_of_each) {
  auto const all = *explain("faults");
  for (auto const& fault : fault_words()) {
    auto const begin = all.find(fmt::format("{} (fault)\n", fault.name));
    ASSERT_NE(begin, std::string::npos) << fault.name;
    auto const section =
        all.substr(begin, all.find(" (fault)\n", begin + fault.name.size() + 9) - begin);
    EXPECT_THAT(section, HasSubstr(std::string(fault.doc)));
    for (auto const& each : fault.parameters) {
      EXPECT_THAT(section, HasSubstr(fmt::format("\n  {}: {}\n", each.name, describe(each))));
      EXPECT_THAT(section, HasSubstr(std::string(each.doc))) << fault.name << "." << each.name;
    }
    EXPECT_THAT(section,
                HasSubstr("\n  Example:\n    - inject: {fault: " + std::string(fault.name)));
  }
}

TEST(explain, knows_every_word_and_guesses_others) {
  for (auto const& each : words()) EXPECT_TRUE(explain(each)) << each;
  EXPECT_THAT(*explain("latency"), HasSubstr("delay: a duration from 1us to 1h"));
  EXPECT_THAT(*explain("pause"), HasSubstr("pause (step)"));
  EXPECT_THAT(*explain("pause"), HasSubstr("pause (fault)"));
  EXPECT_THAT(*explain("wedged"), HasSubstr("Kinds: held-io, lost-completion"));
  EXPECT_THAT(*explain("no_progress"), HasSubstr("no_progress (in budgets (section))"));
  for (auto const& fault : fault_words()) {
    EXPECT_THAT(*explain("faults"), HasSubstr(std::string(fault.name) + " (fault)"));
    EXPECT_THAT(*explain("faults"), HasSubstr(std::string(fault.example.substr(0, 20))));
  }
  EXPECT_THAT(*explain("schedules"), HasSubstr("until_step: "));
  EXPECT_THAT(*explain("recovery"), HasSubstr("recovery (section)"));
  EXPECT_THAT(*explain("kernel"), HasSubstr("image build linux --name mine --kernel"));
  EXPECT_THAT(*explain("image"), HasSubstr("image (in recipe (key))"));
  EXPECT_FALSE(explain("lateny"));
  EXPECT_EQ(nearest_known_word("lateny"), "latency");
}

// Whoever looks for a kernel finds it under whatever he calls it, in a recipe and beside it.
TEST(explain, a_topic_is_found_under_every_word_that_leads_to_it) {
  ASSERT_FALSE(topic_words().empty());
  for (auto const& topic : topic_words()) {
    EXPECT_FALSE(topic.of.empty()) << topic.name;
    EXPECT_FALSE(topic.example.empty()) << topic.name;
    auto leading = topic.also;
    leading.push_back(topic.name);
    for (auto const& word : leading) {
      EXPECT_THAT(*explain(word), HasSubstr(std::string(topic.doc))) << word;
      if (find_parameter(key_words().front(), word) != nullptr) continue;
      auto const read =
          parse(fmt::format("name: x\nimage: linux\nsteps: [reset]\n{}: y\n", word), "x");
      EXPECT_EQ(print(read.complaints, "x"),
                fmt::format("x:4:1: '{}' is not a key of `recipe`; `wedgehog explain {}` says {}\n",
                            word, topic.name, topic.of));
    }
  }
}

// Between "<!-- words: steps -->" and "<!-- end -->" stands exactly the table of the catalogue.
void expect_tables(std::string const& document, std::vector<std::string> const& sections) {
  auto text = testing::text_of(docs(document));
  ASSERT_FALSE(text.empty());
  auto const before = text;
  for (auto const& section : sections) {
    auto const mark = fmt::format("<!-- words: {} -->\n", section);
    auto const begin = text.find(mark);
    ASSERT_NE(begin, std::string::npos) << mark;
    auto const end = text.find("<!-- end -->", begin);
    ASSERT_NE(end, std::string::npos);
    text.replace(begin + mark.size(), end - begin - mark.size(), word_table(section));
  }
  if (rewriting())
    std::ofstream(docs(document), std::ios::binary) << text;
  else
    EXPECT_EQ(text, before) << "run this test with WEDGEHOG_REWRITE=1";
}

TEST(document, has_a_row_for_every_word) {
  expect_tables("recipe-language.md",
                {"keys", "sections", "steps", "faults", "verdicts", "kinds", "topics"});
  expect_tables("farm.md", {"campaigns"});
}

// The recipes shown in the document are recipes.
TEST(document, shows_only_right_recipes) {
  auto const text = testing::text_of(docs("recipe-language.md"));
  std::size_t shown_recipes = 0;
  for (auto at = text.find("```yaml\nname:"); at != std::string::npos;
       at = text.find("```yaml\nname:", at + 1)) {
    auto const begin = at + 8;
    auto const recipe = text.substr(begin, text.find("```", begin) - begin);
    EXPECT_EQ(print(parse(recipe, "shown").complaints, "shown"), "") << recipe;
    ++shown_recipes;
  }
  EXPECT_GE(shown_recipes, 3U);
}

TEST(schema, is_the_one_in_the_documentation) {
  if (rewriting()) std::ofstream(docs("recipe.schema.json"), std::ios::binary) << json_schema();
  EXPECT_EQ(json_schema(), testing::text_of(docs("recipe.schema.json")))
      << "run this test with WEDGEHOG_REWRITE=1";
  EXPECT_NO_THROW(boost::json::parse(json_schema()));
}

TEST(schema, of_campaigns_is_the_one_in_the_documentation) {
  if (rewriting())
    std::ofstream(docs("campaign.schema.json"), std::ios::binary) << campaign_json_schema();
  EXPECT_EQ(campaign_json_schema(), testing::text_of(docs("campaign.schema.json")))
      << "run this test with WEDGEHOG_REWRITE=1";
  auto const schema = boost::json::parse(campaign_json_schema());
  EXPECT_TRUE(schema.at("$defs").as_object().contains("until"));
}

}  // namespace
}  // namespace wedgehog::recipe
