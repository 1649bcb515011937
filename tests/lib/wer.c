/*
 * scaler-wer REFERENCE HYPOTHESIS: the word error rate of a transcript.
 *
 * Words are letters, digits and apostrophes, case folded; numbers are not
 * spelled out. Errors are the substitutions, deletions and insertions of a
 * minimal word alignment (Levenshtein), divided by the reference's words.
 * Prints "WER 4.3 % (7 of 163 words: 5 wrong, 1 missing, 1 extra)"; with
 * --verbose the words that differ, too. ASCII text is assumed.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_WORDS = 20000, MAX_FILE = 4 * 1024 * 1024 };

struct words {
    char *text;
    char *word[MAX_WORDS];
    int n;
};

static bool read_words(const char *path, struct words *w)
{
    FILE *f = fopen(path, "rb");
    w->text = calloc(1, MAX_FILE + 1);
    if (!f || !w->text) {
        perror(path);
        if (f)
            fclose(f);
        return false;
    }
    size_t len = fread(w->text, 1, MAX_FILE, f), at = 0;
    fclose(f);
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)w->text[i];
        w->text[i] = (char)(isalnum(c) || c == '\'' ? tolower(c) : '\0');
    }
    while (at < len && w->n < MAX_WORDS) {
        if (w->text[at]) {
            w->word[w->n++] = w->text + at;
            at += strlen(w->text + at);
        } else {
            at++;
        }
    }
    return true;
}

/* cost[i][j]: the least number of errors of the first i and j words. */
static int *align(const struct words *ref, const struct words *hyp)
{
    size_t row = (size_t)hyp->n + 1;
    int *cost = malloc(((size_t)ref->n + 1) * row * sizeof *cost);
    if (!cost)
        return NULL;
    for (int j = 0; j <= hyp->n; j++)
        cost[j] = j;
    for (int i = 1; i <= ref->n; i++) {
        int *now = cost + (size_t)i * row, *above = now - row;
        now[0] = i;
        for (int j = 1; j <= hyp->n; j++) {
            int swap = above[j - 1] + (strcmp(ref->word[i - 1], hyp->word[j - 1]) != 0);
            int gap = 1 + (above[j] < now[j - 1] ? above[j] : now[j - 1]);
            now[j] = swap < gap ? swap : gap;
        }
    }
    return cost;
}

int main(int argc, char **argv)
{
    static struct words ref, hyp;
    bool verbose = argc == 4 && strcmp(argv[1], "--verbose") == 0;
    if (argc != 3 && !verbose) {
        fprintf(stderr, "usage: scaler-wer [--verbose] REFERENCE HYPOTHESIS\n");
        return 2;
    }
    if (!read_words(argv[argc - 2], &ref) || !read_words(argv[argc - 1], &hyp))
        return 2;
    int *cost = align(&ref, &hyp);
    if (!cost || ref.n == 0) {
        fprintf(stderr, "scaler-wer: the reference has no words\n");
        return 2;
    }
    size_t row = (size_t)hyp.n + 1;
    int i = ref.n, j = hyp.n, wrong = 0, missing = 0, extra = 0;
    int total = cost[(size_t)i * row + (size_t)j];
    while (i > 0 || j > 0) {
        int here = cost[(size_t)i * row + (size_t)j];
        bool same = i && j && strcmp(ref.word[i - 1], hyp.word[j - 1]) == 0;
        if (i && j && here == cost[(size_t)(i - 1) * row + (size_t)j - 1] + !same) {
            wrong += !same;
            if (verbose && !same)
                printf("  %s -> %s\n", ref.word[i - 1], hyp.word[j - 1]);
            i--;
            j--;
        } else if (i && here == cost[(size_t)(i - 1) * row + (size_t)j] + 1) {
            missing++;
            if (verbose)
                printf("  %s -> (nothing)\n", ref.word[i - 1]);
            i--;
        } else {
            extra++;
            if (verbose)
                printf("  (nothing) -> %s\n", hyp.word[j - 1]);
            j--;
        }
    }
    printf("WER %.1f %% (%d of %d words: %d wrong, %d missing, %d extra)\n",
           100.0 * total / ref.n, total, ref.n, wrong, missing, extra);
    free(cost);
    free(ref.text);
    free(hyp.text);
    return 0;
}
