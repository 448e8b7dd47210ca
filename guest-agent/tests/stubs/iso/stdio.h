// Declarations of standard C, for a check that compiles and never links.
#pragma once

#include <stdarg.h>
#include <stddef.h>

typedef struct stub_file FILE;
typedef long fpos_t;

extern "C" {
void clearerr(FILE*);
int fclose(FILE*);
int feof(FILE*);
int ferror(FILE*);
int fflush(FILE*);
int fgetc(FILE*);
int fgetpos(FILE*, fpos_t*);
char* fgets(char*, int, FILE*);
FILE* fopen(char const*, char const*);
int fprintf(FILE*, char const*, ...);
int fputc(int, FILE*);
int fputs(char const*, FILE*);
size_t fread(void*, size_t, size_t, FILE*);
FILE* freopen(char const*, char const*, FILE*);
int fscanf(FILE*, char const*, ...);
int fseek(FILE*, long, int);
int fsetpos(FILE*, fpos_t const*);
long ftell(FILE*);
size_t fwrite(void const*, size_t, size_t, FILE*);
int getc(FILE*);
int getchar(void);
void perror(char const*);
int printf(char const*, ...);
int putc(int, FILE*);
int putchar(int);
int puts(char const*);
int remove(char const*);
int rename(char const*, char const*);
void rewind(FILE*);
int scanf(char const*, ...);
void setbuf(FILE*, char*);
int setvbuf(FILE*, char*, int, size_t);
int snprintf(char*, size_t, char const*, ...);
int sprintf(char*, char const*, ...);
int sscanf(char const*, char const*, ...);
FILE* tmpfile(void);
char* tmpnam(char*);
int ungetc(int, FILE*);
int vfprintf(FILE*, char const*, va_list);
int vfscanf(FILE*, char const*, va_list);
int vprintf(char const*, va_list);
int vscanf(char const*, va_list);
int vsnprintf(char*, size_t, char const*, va_list);
int vsprintf(char*, char const*, va_list);
int vsscanf(char const*, char const*, va_list);
}  // extern "C"
