/* What the files of the map-reduce share; the front door is mapreduce.h. */
#ifndef SC_NOTES_MAPREDUCE_JOB_H
#define SC_NOTES_MAPREDUCE_JOB_H

#include "notes/chapters.h"
#include "notes/mapreduce.h"

/* A line of the lecture as the model sees it. */
struct sc_mr_line {
    const char *text;
    double time_s;
    double tokens; /* estimated */
    bool part_start;
};

struct sc_mr_job {
    struct sc_llm *llm;
    const struct sc_source *src;
    const struct sc_notes_options *opts;
    struct sc_notes *out;
    const struct sc_cancel *cancel;
    struct sc_mr_line *lines;
    size_t n_lines;
    char *system;
    int context, max_reply;
    double scale; /* real tokens per estimated token */
    bool counts_trusted;
    double budget; /* estimated tokens of lecture text per call */
    size_t calls_done, calls_total;
    double read_share; /* of the prompt, by the server's count; 1 = all or unknown */
    bool accept_empty; /* the model was asked twice and still finds nothing to note */
};

enum sc_mr_asked { SC_MR_OK, SC_MR_SPLIT, SC_MR_FAILED };

/*
 * Judges a reply and takes it over. Called once per attempt; a reply that is
 * refused must leave nothing behind. SC_ERR_INCOMPLETE means: halve the part.
 */
typedef bool sc_mr_read_fn(struct sc_mr_job *j, const json_t *root, void *user,
                           struct sc_error *err);

struct sc_mr_question {
    const char *what; /* "map", "reduce" */
    const char *user, *schema;
    sc_mr_read_fn *read;
    void *arg;
    bool may_split;
};

/* mapreduce_lines.c: the lecture as lines that begin with their second. */
bool sc_mr_make_lines(struct sc_mr_job *j, const struct sc_part *parts, size_t n_parts);
/* mapreduce_ask.c: asks, or takes the kept reply. */
enum sc_mr_asked sc_mr_ask(struct sc_mr_job *j, const struct sc_mr_question *q,
                           struct sc_error *err);
/*
 * Learns how many tokens the model makes of this lecture's language, and that
 * it answers at all: only Ollama cuts silently, so only there.
 */
bool sc_mr_calibrate(struct sc_mr_job *j, struct sc_error *err);
void sc_mr_report(const struct sc_mr_job *j, const char *note);
/* mapreduce_reduce.c: summary, chapters and key phrases of the whole. */
bool sc_mr_reduce_all(struct sc_mr_job *j, struct sc_error *err);

#endif
