/*
 * bare_sphinx RAW MODELDIR: what PocketSphinx costs by itself, for bench_speech.
 * Decodes a file of 16 kHz mono s16le as one utterance; prints the text.
 */
#include <pocketsphinx.h>
#include <stdio.h>
#include <stdlib.h>
#ifndef HAVE_PS_CONFIG
#include <err.h> /* sphinxbase's */
#endif

int main(int argc, char **argv)
{
    enum { MAX_SAMPLES = 16000 * 600 };
    char hmm[512], lm[512], dict[512];
    FILE *f = argc == 3 ? fopen(argv[1], "rb") : NULL;
    short *samples = malloc(MAX_SAMPLES * sizeof *samples);
    if (!f || !samples)
        return 2;
    size_t n = fread(samples, sizeof *samples, MAX_SAMPLES, f);
    snprintf(hmm, sizeof hmm, "%s/en-us/en-us", argv[2]);
    snprintf(lm, sizeof lm, "%s/en-us/en-us.lm.bin", argv[2]);
    snprintf(dict, sizeof dict, "%s/en-us/cmudict-en-us.dict", argv[2]);
    err_set_logfp(NULL);
#ifdef HAVE_PS_CONFIG
    ps_config_t *c = ps_config_init(NULL);
    ps_config_set_str(c, "hmm", hmm);
    ps_config_set_str(c, "lm", lm);
    ps_config_set_str(c, "dict", dict);
#else
    cmd_ln_t *c = cmd_ln_init(NULL, ps_args(), TRUE, "-hmm", hmm, "-lm", lm, "-dict",
                              dict, "-remove_silence", "no", NULL);
#endif
    ps_decoder_t *ps = c ? ps_init(c) : NULL;
    if (!ps)
        return 1;
    ps_start_utt(ps);
    ps_process_raw(ps, samples, n, 0, 1);
    ps_end_utt(ps);
    const char *text = ps_get_hyp(ps, NULL);
    puts(text ? text : "");
    ps_free(ps);
    free(samples);
    fclose(f);
    return 0;
}
