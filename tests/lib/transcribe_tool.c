/*
 * transcribe_tool MEDIA [key=value...]: runs sc_speech_transcribe and prints
 * transcript.json. For tests and benchmarks; keys: engine, model, models_dir,
 * device, language, prompt, threads, work_dir, format (json, txt, md, srt, vtt).
 */
#include "base/log.h"
#include "base/platform.h"
#include "base/str.h"
#include "speech/speech.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct settings {
    struct sc_speech_options o;
    const char *format;
};

static bool set(struct settings *s, const char *key, size_t n, const char *value)
{
    const struct {
        const char *key;
        const char **to;
    } keys[] = {{"engine", &s->o.engine},         {"model", &s->o.model},
                {"models_dir", &s->o.models_dir}, {"device", &s->o.device},
                {"language", &s->o.language},     {"prompt", &s->o.prompt},
                {"work_dir", &s->o.work_dir},     {"format", &s->format}};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (strlen(keys[i].key) == n && strncmp(key, keys[i].key, n) == 0) {
            *keys[i].to = value;
            return true;
        }
    uint64_t v;
    if (n == 7 && strncmp(key, "threads", n) == 0 && sc_parse_u64(value, &v)) {
        s->o.threads = (int)v;
        return true;
    }
    return false;
}

static void on_progress(void *user, const struct sc_progress *p)
{
    (void)user;
    fprintf(stderr, "%s %.1f/%.1f %s\n", p->stage, p->done, p->total,
            p->note ? p->note : "");
}

int main(int argc, char **argv)
{
    struct settings s = {.format = "json"};
    struct sc_transcript t = {0};
    struct sc_error err = {0};
    struct sc_buf out = SC_BUF_INIT(0);
    struct sc_cancel cancel = {0};
    char sentence[600];
    for (int i = 2; i < argc; i++) {
        char *eq = strchr(argv[i], '=');
        if (!eq || !set(&s, argv[i], (size_t)(eq - argv[i]), eq + 1)) {
            fprintf(stderr, "what is %s?\n", argv[i]);
            return 2;
        }
    }
    if (argc < 2)
        return 2;
    sc_cancel_on_signals(&cancel);
    s.o.progress.fn = on_progress;
    if (!sc_speech_transcribe(argv[1], &s.o, &t, &cancel, &err)) {
        sc_error_sentence(&err, sentence, sizeof sentence);
        fprintf(stderr, "%s. %s\n", sentence, err.hint);
        return sc_error_exit_code(err.code);
    }
    if (strcmp(s.format, "txt") == 0)
        sc_transcript_render_txt(&t, &out);
    else if (strcmp(s.format, "md") == 0)
        sc_transcript_render_md(&t, "Lecture", &out);
    else if (strcmp(s.format, "srt") == 0)
        sc_transcript_render_srt(&t, &out);
    else if (strcmp(s.format, "vtt") == 0)
        sc_transcript_render_vtt(&t, &out);
    else
        sc_transcript_write_json(&t, &out, NULL);
    fwrite(sc_buf_str(&out), 1, out.len, stdout);
    fprintf(stderr, "peak memory %.1f MB\n", (double)sc_platform_memory_peak() / 1e6);
    sc_buf_finish(&out);
    sc_transcript_finish(&t);
    return 0;
}
