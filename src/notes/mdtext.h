/*
 * Text that comes from speech, slides or a model, made safe inside Markdown:
 * it stays text. Only balanced `code spans` keep their meaning.
 */
#ifndef SC_NOTES_MDTEXT_H
#define SC_NOTES_MDTEXT_H

#include "base/buf.h"

/* One line: white space folds to single spaces, marks are escaped. */
void sc_md_text(struct sc_buf *out, const char *text);
/* Without any mark, for inside [link texts] and **bold**: code spans escaped too. */
void sc_md_plain(struct sc_buf *out, const char *text);
/* A fenced block whose fence no line of the text can close. */
void sc_md_code(struct sc_buf *out, const char *code);
/* A relative path or URL inside (...): percent-encodes what would end it. */
void sc_md_href(struct sc_buf *out, const char *path);
/* A YAML double-quoted scalar with its quotes. */
void sc_yaml_text(struct sc_buf *out, const char *text);
/* True for http(s) URLs without control characters or spaces. */
bool sc_md_url_ok(const char *url);

#endif
