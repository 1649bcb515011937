#include "speech/models.h"

#include "base/file.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

/*
 * Sizes and digests as published with the files (Git LFS object ids of
 * huggingface.co/ggerganov/whisper.cpp and ggml-org/whisper-vad).
 */
static const struct sc_speech_model models[] = {
    {"tiny-q5_1", "ggml-tiny-q5_1.bin", SC_MODEL_WHISPER, 32152673,
     "818710568da3ca15689e31a743197b520007872ff9576237bda97bd1b469c3d7",
     SC_SAID("smallest, for tests and very old machines")},
    {"tiny", "ggml-tiny.bin", SC_MODEL_WHISPER, 77691713,
     "be07e048e1e599ad46341c8d2a135645097a538221678b7acdd1b1919c6e1b21",
     SC_SAID("fastest, many mistakes")},
    {"tiny.en", "ggml-tiny.en.bin", SC_MODEL_WHISPER, 77704715,
     "921e4cf8686fdd993dcd081a5da5b6c365bfde1162e72b08d75ac75289920b1f",
     SC_SAID("fastest, English only")},
    {"base-q5_1", "ggml-base-q5_1.bin", SC_MODEL_WHISPER, 59707625,
     "422f1ae452ade6f30a004d7e5c6a43195e4433bc370bf23fac9cc591f01a8898",
     SC_SAID("base, compressed")},
    {"base", "ggml-base.bin", SC_MODEL_WHISPER, 147951465,
     "60ed5bc3dd14eea856493d334349b405782ddcaf0028d4b5df4088345fba2efe",
     SC_SAID("fast, any language")},
    {"base.en", "ggml-base.en.bin", SC_MODEL_WHISPER, 147964211,
     "a03779c86df3323075f5e796cb2ce5029f00ec8869eee3fdfb897afe36c6d002",
     SC_SAID("fast, English only: a good first model")},
    {"small-q5_1", "ggml-small-q5_1.bin", SC_MODEL_WHISPER, 190085487,
     "ae85e4a935d7a567bd102fe55afc16bb595bdb618e11b2fc7591bc08120411bb",
     SC_SAID("small, compressed")},
    {"small", "ggml-small.bin", SC_MODEL_WHISPER, 487601967,
     "1be3a9b2063867b937e64e2ec7483364a79917e157fa98c5d94b5c1fffea987b",
     SC_SAID("accurate, any language")},
    {"small.en", "ggml-small.en.bin", SC_MODEL_WHISPER, 487614201,
     "c6138d6d58ecc8322097e0f987c32f1be8bb0a18532a3f88f734d1bbf9c41e5d",
     SC_SAID("accurate, English only")},
    {"medium-q5_0", "ggml-medium-q5_0.bin", SC_MODEL_WHISPER, 539212467,
     "19fea4b380c3a618ec4723c3eef2eb785ffba0d0538cf43f8f235e7b3b34220f",
     SC_SAID("medium, compressed")},
    {"medium", "ggml-medium.bin", SC_MODEL_WHISPER, 1533763059,
     "6c14d5adee5f86394037b4e4e8b59f1673b6cee10e3cf0b11bbdbee79c156208",
     SC_SAID("very accurate, slow without a GPU")},
    {"medium.en", "ggml-medium.en.bin", SC_MODEL_WHISPER, 1533774781,
     "cc37e93478338ec7700281a7ac30a10128929eb8f427dda2e865faa8f6da4356",
     SC_SAID("very accurate, English only")},
    {"large-v3-turbo-q5_0", "ggml-large-v3-turbo-q5_0.bin", SC_MODEL_WHISPER, 574041195,
     "394221709cd5ad1f40c46e6031ca61bce88931e6e088c188294c6d5a55ffa7e2",
     SC_SAID("large-v3-turbo, compressed")},
    {"large-v3-turbo", "ggml-large-v3-turbo.bin", SC_MODEL_WHISPER, 1624555275,
     "1fc70f774d38eb169993ac391eea357ef47c88757ef72ee5943879b7e8e2bc69",
     SC_SAID("nearly the best, several times faster than large-v3")},
    {"large-v3-q5_0", "ggml-large-v3-q5_0.bin", SC_MODEL_WHISPER, 1081140203,
     "d75795ecff3f83b5faa89d1900604ad8c780abd5739fae406de19f23ecd98ad1",
     SC_SAID("large-v3, compressed")},
    {"large-v3", "ggml-large-v3.bin", SC_MODEL_WHISPER, 3095033483,
     "64d182b440b98d5203c4f9bd541544d84c605196c4f7b845dfa11fb23594d1e2",
     SC_SAID("the best, needs 4 GB of memory and a GPU")},
    {"silero-vad", "ggml-silero-v6.2.0.bin", SC_MODEL_VAD, 885098,
     "2aa269b785eeb53a82983a20501ddf7c1d9c48e33ab63a41391ac6c9f7fb6987",
     SC_SAID("finds speech precisely, also in noise")},
};
enum { N_MODELS = sizeof models / sizeof models[0] };

const struct sc_speech_model *sc_speech_models(size_t *n)
{
    *n = N_MODELS;
    return models;
}

const struct sc_speech_model *sc_speech_model_find(const char *name)
{
    static const struct {
        const char *alias, *name;
    } aliases[] = {
        {"large", "large-v3"}, {"turbo", "large-v3-turbo"}, {"silero", "silero-vad"}};
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++)
        if (sc_str_eq(name, aliases[i].alias))
            name = aliases[i].name;
    for (size_t i = 0; i < N_MODELS; i++)
        if (sc_str_eq(name, models[i].name) || sc_str_eq(name, models[i].file))
            return &models[i];
    return NULL;
}

static char *existing_take(char *path)
{
    if (path && sc_file_exists(path))
        return path;
    free(path);
    return NULL;
}

char *sc_speech_model_path(const char *models_dir, const char *name)
{
    if (!name || !*name)
        return NULL;
    if (strchr(name, '/'))
        return existing_take(sc_strdup(name));
    if (!models_dir || !*models_dir)
        return NULL;
    const struct sc_speech_model *m = sc_speech_model_find(name);
    char *path = existing_take(sc_path_join(models_dir, m ? m->file : name));
    if (!path)
        path = existing_take(sc_strf("%s/ggml-%s.bin", models_dir, name));
    return path;
}

char *sc_speech_model_best(const char *models_dir)
{
    for (size_t i = N_MODELS; i > 0; i--) {
        if (models[i - 1].kind != SC_MODEL_WHISPER)
            continue;
        char *path = sc_speech_model_path(models_dir, models[i - 1].name);
        if (path)
            return path;
    }
    return NULL;
}

static bool newest_vad(void *user, const char *name)
{
    char **found = user;
    /* Byte order: the highest version comes last. */
    if (strstr(name, "silero") && sc_str_ends(name, ".bin")) {
        free(*found);
        *found = sc_strdup(name);
    }
    return true;
}

char *sc_speech_model_vad(const char *models_dir)
{
    char *name = NULL, *path = NULL;
    if (models_dir && *models_dir)
        sc_dir_each(models_dir, newest_vad, &name, NULL);
    if (name)
        path = existing_take(sc_path_join(models_dir, name));
    free(name);
    return path;
}

char *sc_speech_model_name(const char *path)
{
    const char *base = sc_path_base(path);
    size_t n = strlen(base);
    if (sc_str_ends(base, ".bin"))
        n -= 4;
    if (sc_str_starts(base, "ggml-") && n > 5) {
        base += 5;
        n -= 5;
    }
    return sc_strndup(base, n);
}
