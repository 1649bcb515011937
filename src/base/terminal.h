/* What an output descriptor is: a terminal or not, its width, colour, UTF-8. */
#ifndef SC_BASE_TERMINAL_H
#define SC_BASE_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

struct sc_terminal {
    bool is_tty;
    bool color; /* a terminal that is not dumb, and NO_COLOR is not set */
    bool utf8;  /* the locale's character set is UTF-8 */
    int columns; /* 80 when unknown */
};

void sc_terminal_of(int fd, struct sc_terminal *out);

/* Columns that UTF-8 text takes: 2 for East Asian wide, 0 for combining marks. */
size_t sc_text_columns(const char *s);
/* Bytes of s that fit into `columns`. */
size_t sc_text_fit(const char *s, size_t columns);

#endif
