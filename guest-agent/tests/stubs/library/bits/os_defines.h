// In place of the C++ library's own file of this name, which describes this host: nothing is known
// of the system but what the stubs declare.
#pragma once
