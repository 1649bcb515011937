/*
 * What differs between Linux and macOS, in one place (platform.c).
 */
#ifndef SC_BASE_PLATFORM_H
#define SC_BASE_PLATFORM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* The path of the running executable; heap memory, NULL when unknown. */
char *sc_platform_self_path(void);
/* Physical memory and what is available now, in bytes; 0 when unknown. */
uint64_t sc_platform_memory_total(void);
uint64_t sc_platform_memory_available(void);
/* Largest resident set of this process so far, in bytes. */
uint64_t sc_platform_memory_peak(void);
/*
 * The allocator shall give large blocks back to the system once they are freed, and
 * keep few separate heaps: long media leave behind what one thread freed and another
 * cannot use. Once, before threads start. Only glibc needs it.
 */
void sc_platform_tame_allocator(void);
/*
 * Gives back the memory that only starting needed: pages of libraries that the
 * dynamic linker read once, and what the allocator keeps. They come back from
 * the file when they are needed. For a process that then rests.
 */
void sc_platform_release_memory(void);
int sc_platform_cpu_count(void);
/* Share of the processors that is busy, averaged over a minute; above 1 when work waits.
 */
double sc_platform_load(void);
/* "Linux 6.1 x86_64" */
void sc_platform_describe(char *out, unsigned long size);

/* When the file was last written, in nanoseconds since 1970. */
int64_t sc_platform_mtime_ns(const struct stat *st);

/*
 * Prevents idle sleep while held: caffeinate(8) on macOS, a logind inhibitor
 * (systemd-inhibit) on Linux. Does nothing where neither exists.
 */
struct sc_awake;
struct sc_awake *sc_awake_hold(const char *why);
void sc_awake_release(struct sc_awake *a); /* NULL allowed */

#endif
