// Declarations of standard C, for a check that compiles and never links.
#pragma once

#define CHAR_BIT __CHAR_BIT__
#define INT_MAX __INT_MAX__
#define LONG_MAX __LONG_MAX__
