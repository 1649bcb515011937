/* Shared by the renderings; the front door is notes.h. */
#ifndef SC_NOTES_RENDER_H
#define SC_NOTES_RENDER_H

#include "base/buf.h"
#include "notes/notes.h"

/* "[12:34](../videos/x/full_video.mp4#t=754)", or "(12:34)" without a video. */
void sc_render_cite(struct sc_buf *out, const struct sc_notes_page *p, double start_s);
/* The path of the video as a link target, without a time. */
void sc_render_video_href(struct sc_buf *out, const struct sc_notes_page *p);
/* The lecture's title, never empty. */
const char *sc_render_title(const struct sc_notes *n, const struct sc_notes_page *p);
/* "2026-11-23 · 1:02:03 · notes cover 82 % of what was said" and who wrote them. */
void sc_render_facts(struct sc_buf *out, const struct sc_notes *n,
                     const struct sc_notes_page *p);
/* The list of chapters under its heading; nothing when there are none. */
void sc_render_chapters(struct sc_buf *out, const struct sc_notes *n,
                        const struct sc_notes_page *p);
/* Bodies without the page's heading, for the pages and for the viewer. */
void sc_render_notes_body(struct sc_buf *out, const struct sc_notes *n,
                          const struct sc_notes_page *p);
void sc_render_summary_body(struct sc_buf *out, const struct sc_notes *n,
                            const struct sc_notes_page *p);
void sc_render_announcements_body(struct sc_buf *out, const struct sc_notes *n,
                                  const struct sc_notes_page *p);

#endif
