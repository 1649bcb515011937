/*
 * scaler-sphinx: the PocketSphinx engine. The only file that knows it; builds
 * with 0.8-5prealpha (cmd_ln_*) and 5.x (ps_config_*).
 *
 * A span is decoded as one whole utterance: with the features normalised over
 * all of it the word error is a fraction of that of block-wise decoding. The
 * library's own silence removal would shift the times, so it is off.
 */
#include "base/file.h"
#include "base/str.h"
#include "speech/engines/io.h"

#include <math.h>
#include <pocketsphinx.h>
#ifndef HAVE_PS_CONFIG
#include <err.h> /* sphinxbase's */
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#ifndef SC_SPHINX_MODELDIR
#define SC_SPHINX_MODELDIR ""
#endif
#ifndef SC_SPHINX_VERSION
#define SC_SPHINX_VERSION "unknown"
#endif

enum { FRAMES_PER_S = 100, MAX_WORDS = 20000 };
/* Whole utterances, cut where a speaker pauses. */
static const double WINDOW_S = 20, SPLIT_S = 1.0;
/* Its posteriors are poorly calibrated: half of the right words have less than 0.5. */
static const double DOUBT = 0.12;

struct model_files {
    char *acoustic, *lm, *dict; /* heap */
};

/* How hard to search: the second row is for spans whose first answer was no good. */
static const struct {
    double beam, wbeam, pbeam, lw;
} searches[] = {
    {1e-48, 7e-29, 1e-48, 6.5}, /* the library's defaults */
    {1e-60, 1e-40, 1e-60, 5.0}, /* wider, and closer to the sound */
};
enum { N_SEARCHES = sizeof searches / sizeof searches[0] };

struct sphinx {
    struct model_files files;
    ps_decoder_t *decoders[N_SEARCHES]; /* made when first needed */
};

/* ---- model files ---- */

struct scan {
    const char *dir;
    struct model_files *files;
};

static bool scan_entry(void *user, const char *name)
{
    struct scan *s = user;
    char *path = sc_path_join(s->dir, name);
    char *mdef = path ? sc_path_join(path, "mdef") : NULL;
    bool is_lm = sc_str_ends(name, ".lm.bin") || sc_str_ends(name, ".lm") ||
                 sc_str_ends(name, ".lm.dmp");
    char **to = NULL;
    if (mdef && sc_file_exists(mdef))
        to = &s->files->acoustic;
    else if (is_lm && !strstr(name, "phone")) /* the phone model recognises no words */
        to = &s->files->lm;
    else if (sc_str_ends(name, ".dict") || sc_str_ends(name, ".dic"))
        to = &s->files->dict;
    if (to && !*to) {
        *to = path;
        path = NULL;
    }
    free(path);
    free(mdef);
    return true;
}

static void model_finish(struct model_files *m)
{
    free(m->acoustic);
    free(m->lm);
    free(m->dict);
    *m = (struct model_files){0};
}

/* dir holds an acoustic model's folder, a language model and a dictionary. */
static bool model_in(const char *dir, struct model_files *m)
{
    struct scan s = {dir, m};
    sc_dir_each(dir, scan_entry, &s, NULL);
    if (m->acoustic && m->lm && m->dict)
        return true;
    model_finish(m);
    return false;
}

static bool find_model(const struct engine_options *o, struct model_files *m)
{
    const char *name = o->model && *o->model ? o->model : "en-us";
    const char *roots[] = {
        o->models_dir, SC_SPHINX_MODELDIR, "/usr/share/pocketsphinx/model",
        "/opt/homebrew/share/pocketsphinx/model", "/usr/local/share/pocketsphinx/model"};
    bool found = strchr(name, '/') && model_in(name, m);
    for (size_t i = 0; !found && i < sizeof roots / sizeof roots[0]; i++) {
        if (!roots[i] || !*roots[i])
            continue;
        char *dir = sc_path_join(roots[i], name);
        found = dir && model_in(dir, m);
        free(dir);
    }
    return found;
}

/* ---- the library ---- */

static ps_decoder_t *make_decoder(const struct model_files *m, int search)
{
    ps_decoder_t *ps = NULL;
#ifdef HAVE_PS_CONFIG
    ps_config_t *c = ps_config_init(NULL);
    if (!c)
        return NULL;
    ps_config_set_str(c, "hmm", m->acoustic);
    ps_config_set_str(c, "lm", m->lm);
    ps_config_set_str(c, "dict", m->dict);
    ps_config_set_float(c, "beam", searches[search].beam);
    ps_config_set_float(c, "wbeam", searches[search].wbeam);
    ps_config_set_float(c, "pbeam", searches[search].pbeam);
    ps_config_set_float(c, "lw", searches[search].lw);
    ps = ps_init(c);
    ps_config_free(c);
#else
    char beam[32], wbeam[32], pbeam[32], lw[32];
    snprintf(beam, sizeof beam, "%g", searches[search].beam);
    snprintf(wbeam, sizeof wbeam, "%g", searches[search].wbeam);
    snprintf(pbeam, sizeof pbeam, "%g", searches[search].pbeam);
    snprintf(lw, sizeof lw, "%g", searches[search].lw);
    cmd_ln_t *c = cmd_ln_init(NULL, ps_args(), TRUE, "-hmm", m->acoustic, "-lm", m->lm,
                              "-dict", m->dict, "-remove_silence", "no", "-beam", beam,
                              "-wbeam", wbeam, "-pbeam", pbeam, "-lw", lw, NULL);
    if (!c)
        return NULL;
    ps = ps_init(c);
    cmd_ln_free_r(c);
#endif
    return ps;
}

/* Fillers are <sil>, <s>, </s>, [NOISE], ++BREATH++ and the like. */
static bool is_filler(const char *word)
{
    return word[0] == '<' || word[0] == '[' || sc_str_starts(word, "++");
}

/* "read(2)" is the second pronunciation of "read". */
static char *plain_word(const char *word)
{
    size_t n = strlen(word);
    const char *open = strrchr(word, '(');
    if (open && open != word && n && word[n - 1] == ')')
        n = (size_t)(open - word);
    return sc_strndup(word, n);
}

static bool add_word(struct sc_utterance *u, const char *word, double start, double end,
                     double p)
{
    if (u->n_words == MAX_WORDS)
        return true;
    if ((u->n_words & (u->n_words - 1)) == 0) {
        size_t cap = u->n_words ? u->n_words * 2 : 1;
        struct sc_word *grown = realloc(u->words, cap * sizeof *grown);
        if (!grown)
            return false;
        u->words = grown;
    }
    char *text = plain_word(word);
    if (!text)
        return false;
    u->words[u->n_words++] = (struct sc_word){start, end, p, text};
    return true;
}

/* The words of the decoded utterance; times from start_s on. */
static bool collect(ps_decoder_t *ps, double start_s, struct sc_utterance *u)
{
    logmath_t *lm = ps_get_logmath(ps);
    bool ok = true;
    for (ps_seg_t *seg = ps_seg_iter(ps); seg; seg = ps_seg_next(seg)) {
        int first, last;
        const char *word = ps_seg_word(seg);
        ps_seg_frames(seg, &first, &last);
        if (!word || is_filler(word) || last < first)
            continue;
        double p = logmath_exp(lm, ps_seg_prob(seg, NULL, NULL, NULL));
        double from = start_s + (double)first / FRAMES_PER_S;
        double to = start_s + (double)(last + 1) / FRAMES_PER_S;
        if (ok)
            ok = add_word(u, word, from, to, fmin(fmax(p, 0), 1));
    }
    return ok;
}

static bool join_words(struct sc_utterance *u)
{
    struct sc_buf text = SC_BUF_INIT(0);
    double sum = 0;
    for (size_t i = 0; i < u->n_words; i++) {
        sc_buf_add_str(&text, i ? " " : "");
        sc_buf_add_str(&text, u->words[i].text);
        sum += u->words[i].probability;
    }
    u->start_s = u->words[0].start_s;
    u->end_s = u->words[u->n_words - 1].end_s;
    u->confidence = sum / (double)u->n_words;
    u->text = sc_buf_detach(&text);
    return u->text != NULL;
}

static bool decode(struct sphinx *s, const struct engine_span *span)
{
    const struct sc_span_request *r = &span->request;
    int search = r->attempt < N_SEARCHES ? r->attempt : N_SEARCHES - 1;
    struct sc_utterance u = {.confidence = -1};
    bool ok = false;
    if (!s->decoders[search])
        s->decoders[search] = make_decoder(&s->files, search);
    ps_decoder_t *ps = s->decoders[search];
    if (!ps) {
        engine_emit_error(r->id, "PocketSphinx cannot load its model");
        return false;
    }
    /* Every span starts from the same state, so that its text does not depend
     * on what was decoded before it (and a resumed run gives the same). */
    if (ps_start_stream(ps) < 0 || ps_start_utt(ps) < 0) {
        engine_emit_error(r->id, "PocketSphinx cannot start an utterance");
        return false;
    }
    int frames = ps_process_raw(ps, span->samples, r->n_samples, 0, 1);
    if (ps_end_utt(ps) < 0 || frames < 0)
        engine_emit_error(r->id, "PocketSphinx cannot decode this");
    else if (!collect(ps, r->start_s, &u) || (u.n_words && !join_words(&u)))
        engine_emit_error(r->id, "out of memory");
    else
        ok = true;
    if (ok && u.n_words)
        engine_emit_segment(r->id, &u, -1);
    sc_utterance_finish(&u);
    return ok;
}

/* ---- the program ---- */

/* What both "probe" and "ready" say. New reference. */
static json_t *about(const char *model)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:f, s:f, s:f, s:b}", "name",
                     "sphinx", "version", SC_SPHINX_VERSION, "model", model, "device",
                     "cpu", "format", "s16le", "rate", SC_ENGINE_RATE, "protocol",
                     SC_ENGINE_PROTOCOL, "window", WINDOW_S, "split", SPLIT_S, "doubt",
                     DOUBT, "single_threaded", 1);
}

static int probe(const struct engine_options *o)
{
    struct model_files m = {0};
    bool found = find_model(o, &m);
    json_t *j = about(found ? sc_path_base(m.acoustic) : "");
    json_object_set_new(j, "devices", json_pack("[s]", "cpu"));
    json_object_set_new(j, "usable", json_boolean(found));
    if (!found)
        json_object_set_new(
            j, "text",
            json_string(SC_SAID("The English model is missing. Debian and Ubuntu: apt "
                                "install pocketsphinx-en-us.")));
    engine_emit_take("probe", j);
    model_finish(&m);
    return 0;
}

static int run(struct sphinx *s, const struct engine_options *o)
{
    struct engine_span span;
    struct sc_error err = {0};
    enum engine_read got;
    engine_emit_take("ready", about(sc_path_base(s->files.acoustic)));
    while ((got = engine_read_span(o->mode, &span, &err)) == ENGINE_SPAN) {
        engine_busy(o->mode == ENGINE_FRAMED);
        bool ok = decode(s, &span);
        engine_busy(false);
        if (ok)
            engine_emit_span_end(span.request.id, NULL);
    }
    if (got == ENGINE_BROKEN)
        engine_emit_error(-1, "%s", err.cause);
    return got == ENGINE_END ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct engine_options o;
    struct sphinx s = {0};
    int status = 1;
    if (!engine_options_parse(&o, argc, argv))
        return 2;
    if (o.mode == ENGINE_HELP) {
        engine_usage("scaler-sphinx", "speech recognition with PocketSphinx");
        return 0;
    }
    engine_io_open();
    err_set_logfp(NULL);
    if (o.mode == ENGINE_PROBE)
        return probe(&o);
    if (o.mode == ENGINE_VAD)
        engine_emit_error(-1, "this engine has no voice activity detector");
    else if (!find_model(&o, &s.files))
        engine_emit_error(-1, "there is no PocketSphinx model \"%s\"",
                          o.model ? o.model : "en-us");
    else if (!(s.decoders[0] = make_decoder(&s.files, 0)))
        engine_emit_error(-1, "PocketSphinx cannot load its model");
    else
        status = run(&s, &o);
    for (int i = 0; i < N_SEARCHES; i++)
        if (s.decoders[i])
            ps_free(s.decoders[i]);
    model_finish(&s.files);
    engine_io_close();
    return status;
}
