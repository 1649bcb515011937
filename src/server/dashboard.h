/*
 * The dashboard's files, inside the program: embed_dashboard.py makes the table
 * from dashboard/dist when the program is built. Constant.
 */
#ifndef SC_SERVER_DASHBOARD_H
#define SC_SERVER_DASHBOARD_H

#include <stdbool.h>
#include <stddef.h>

/* A range of sc_dashboard_data; size 0 = there is none. */
struct sc_dashboard_part {
    size_t offset, size;
};

struct sc_dashboard_file {
    const char *path; /* "assets/index-1a2b3c4d.js" */
    const char *type; /* media type */
    const char *etag; /* of the content, without quotes */
    bool hashed;      /* the name changes with the content */
    struct sc_dashboard_part plain, gzip, brotli;
};

/* Ends with path NULL; only that entry when the dashboard was not built. */
extern const struct sc_dashboard_file sc_dashboard_files[];
extern const unsigned char sc_dashboard_data[];

#endif
