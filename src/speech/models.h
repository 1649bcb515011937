/*
 * Speech models: what there is, what is here, fetching and removing them.
 * Files lie in the models folder under their usual names ("ggml-base.en.bin").
 */
#ifndef SC_SPEECH_MODELS_H
#define SC_SPEECH_MODELS_H

#include "base/cancel.h"
#include "base/error.h"
#include "base/progress.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sc_model_kind { SC_MODEL_WHISPER, SC_MODEL_VAD };

struct sc_speech_model {
    const char *name; /* "base.en" */
    const char *file; /* "ggml-base.en.bin" */
    enum sc_model_kind kind;
    uint64_t size_bytes;
    const char *sha256;
    const char *about;
};

/* The known models, smallest Whisper model first, voice detectors last. */
const struct sc_speech_model *sc_speech_models(size_t *n);
/* NULL when it is not known. */
const struct sc_speech_model *sc_speech_model_find(const char *name);

/*
 * The file of a model, by name ("base.en"), file name or path; also models that
 * are not in the table but lie in the folder. Heap memory, NULL when not there.
 */
char *sc_speech_model_path(const char *models_dir, const char *name);
/* The best Whisper model that is there; heap path, NULL when there is none. */
char *sc_speech_model_best(const char *models_dir);
/* A voice activity model that is there; heap path, NULL when there is none. */
char *sc_speech_model_vad(const char *models_dir);
/* "ggml-base.en.bin" or a path to it -> "base.en"; heap memory. */
char *sc_speech_model_name(const char *path);

/* Where a model is fetched from, below `mirror`; heap memory. */
char *sc_speech_model_url(const struct sc_speech_model *m, const char *mirror);

struct sc_model_pull {
    const char *models_dir;
    const char *mirror;
    struct sc_progress_sink progress; /* stage "model", bytes */
};
/*
 * Fetches a model: disk space is checked first, an interrupted download goes
 * on where it was, and only a file with the known size and SHA-256 gets its
 * name. Already there and whole: nothing to do. *path (may be NULL) is heap memory.
 */
bool sc_speech_model_pull(const char *name, const struct sc_model_pull *opts, char **path,
                          const struct sc_cancel *cancel, struct sc_error *err);
/* The same for a model that need not be in the table. */
bool sc_speech_model_fetch(const struct sc_speech_model *model,
                           const struct sc_model_pull *opts, char **path,
                           const struct sc_cancel *cancel, struct sc_error *err);
/* Removes a model's file and what is left of its download. SC_ERR_NOT_FOUND when neither
 * is there. */
bool sc_speech_model_remove(const char *name, const char *models_dir,
                            struct sc_error *err);

#endif
