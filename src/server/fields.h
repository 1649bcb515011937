/* Reading fields of JSON bodies: SC_ERR_INVALID (422) names the field that is wrong. */
#ifndef SC_SERVER_FIELDS_H
#define SC_SERVER_FIELDS_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { SC_MAX_TITLE = 300 };

/* *out borrowed, NULL when absent, null or (unless needed) empty. */
bool sc_field_text(json_t *o, const char *name, size_t max, bool needed, const char **out,
                   struct sc_error *err);
/*
 * "title", cut to SC_MAX_TITLE bytes at the end of a character: it usually is a page's,
 * which nobody chose for us. Only what no page has is refused. "" when absent.
 */
bool sc_field_title(json_t *o, bool needed, char out[SC_MAX_TITLE + 1],
                    struct sc_error *err);
/* -1 when absent or null. */
bool sc_field_seconds(json_t *o, const char *name, double *out, struct sc_error *err);
bool sc_field_flag(json_t *o, const char *name, bool *out, struct sc_error *err);
/* A string, or null for NULL. */
json_t *sc_text_json(const char *s);

#endif
