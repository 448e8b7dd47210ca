// What POSIX promises and both systems have, for a check that compiles and never links. Numbers are
// nobody's.
#pragma once

typedef unsigned tcflag_t;
typedef unsigned char cc_t;
typedef unsigned speed_t;
struct termios {
  tcflag_t c_iflag, c_oflag, c_cflag, c_lflag;
  cc_t c_cc[20];
};
#define IGNBRK 1
#define BRKINT 2
#define PARMRK 4
#define ISTRIP 8
#define INLCR 16
#define IGNCR 32
#define ICRNL 64
#define IXON 128
#define IXOFF 256
#define INPCK 512
#define OPOST 1
#define ECHO 1
#define ECHONL 2
#define ICANON 4
#define ISIG 8
#define IEXTEN 16
#define CSIZE 1
#define CS8 2
#define PARENB 4
#define CSTOPB 8
#define HUPCL 16
#define CLOCAL 32
#define CREAD 64
#define VMIN 1
#define VTIME 2
#define TCSANOW 1
#define TCIOFLUSH 1
#define B115200 115200

extern "C" {
int cfsetispeed(struct termios*, speed_t);
int cfsetospeed(struct termios*, speed_t);
int tcdrain(int);
int tcflush(int, int);
int tcgetattr(int, struct termios*);
int tcsetattr(int, int, struct termios const*);
}  // extern "C"
