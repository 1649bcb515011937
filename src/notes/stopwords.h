/* The lists behind sc_lex_is_stop(), sorted by bytes. */
#ifndef SC_NOTES_STOPWORDS_H
#define SC_NOTES_STOPWORDS_H

#include <stddef.h>

extern const char *const sc_stopwords_en[];
extern const size_t sc_stopwords_en_n;
extern const char *const sc_stopwords_hi[]; /* Hindi in Latin letters */
extern const size_t sc_stopwords_hi_n;
extern const char *const sc_stopwords_deva[];
extern const size_t sc_stopwords_deva_n;

#endif
