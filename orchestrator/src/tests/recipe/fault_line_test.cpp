// One line of text to a fault, as it is injected by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "recipe/recipe.hpp"

namespace wedgehog::recipe {
namespace {

using ::testing::HasSubstr;

std::vector<plan::disk> const disks{{.name = "data", .size = 1U << 30U}};

std::string complaint_about(std::string_view text) {
  auto const read = read_fault_line(text, disks);
  return read ? "" : read.error().message();
}

TEST(fault_line, is_read_like_the_step_inject) {
  auto const read = read_fault_line("stuck=hold:disk=data,op=write,count=3", disks);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->fault, "hold");
  EXPECT_EQ(read->as, "stuck");
  EXPECT_EQ(read->disk, "data");
  EXPECT_EQ(plan::number_of(*read, "count"), 3U);
  EXPECT_EQ(plan::text_of(*read, "op"), "write");
  EXPECT_TRUE(read->may_miss);
}

TEST(fault_line, a_name_and_parameters_may_be_left_out) {
  auto const read = read_fault_line("nmi", disks);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->as, "nmi");
}

TEST(fault_line, says_what_is_wrong_and_what_was_meant) {
  EXPECT_THAT(complaint_about("hodl:disk=data"), HasSubstr("did you mean 'hold'?"));
  EXPECT_THAT(complaint_about("hold:disk=dat"), HasSubstr("did you mean 'data'?"));
  EXPECT_THAT(complaint_about("hold"), HasSubstr("needs `disk`"));
  EXPECT_THAT(complaint_about("latency:disk=data"),
              HasSubstr("exactly one of these (allowed: delay, trace, trace_file)"));
  EXPECT_THAT(complaint_about("latency:disk=data,trace_file=delays.txt"),
              HasSubstr("write the delays themselves, like `trace: 1ms 40ms`"));
  EXPECT_THAT(complaint_about("latency:disk=data,delay=5"), HasSubstr("the unit is missing"));
  EXPECT_THAT(complaint_about("hold:disk=data,opp=read"), HasSubstr("did you mean 'op'?"));
  EXPECT_THAT(complaint_about("hold:disk"), HasSubstr("[NAME=]KIND[:KEY=VALUE,…]"));
  EXPECT_THAT(complaint_about("hold:disk=data,disk=data"), HasSubstr("given twice"));
  EXPECT_THAT(complaint_about(""), HasSubstr("is not a fault"));
  EXPECT_THAT(complaint_about("hold:disk=data,count=-1"),
              HasSubstr("`count` is '-1'; it must be a whole number from 1 to"));
  EXPECT_THAT(complaint_about("error:disk=data,probability=7"),
              HasSubstr("`probability` is 7; it must be a number from 0.000001 to 1"));
  EXPECT_THAT(complaint_about(std::string_view("hog:memory=1MiB,in=/t\0mp", 24)),
              HasSubstr("the byte 0x00"));
  EXPECT_THAT(complaint_about("A B=hold:disk=data"), HasSubstr("is not a name"));
}

}  // namespace
}  // namespace wedgehog::recipe
