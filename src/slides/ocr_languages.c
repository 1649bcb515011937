/* Which languages Tesseract has data for; apart from ocr.c, which reads pictures. */
#include "slides/slides.h"

#include <stdio.h>
#include <string.h>
#include <tesseract/capi.h>

static size_t append(char *out, size_t at, size_t size, const char *name)
{
    int n = snprintf(out + at, size - at, "%s%s", at ? ", " : "", name);
    return n > 0 && (size_t)n < size - at ? at + (size_t)n : at;
}

bool sc_ocr_languages(char *out, size_t size)
{
    size_t at = 0;
    TessBaseAPI *api = TessBaseAPICreate();
    out[0] = '\0';
    if (!api)
        return false;
    TessBaseAPISetVariable(api, "debug_file", "/dev/null");
    /* An engine must be open before it lists its data: English is everywhere. */
    char **names = TessBaseAPIInit3(api, NULL, "eng") == 0
                       ? TessBaseAPIGetAvailableLanguagesAsVector(api)
                       : NULL;
    for (char **n = names; n && *n; n++)
        if (strcmp(*n, "osd") != 0) /* orientation data is no language */
            at = append(out, at, size, *n);
    if (names)
        TessDeleteTextArray(names);
    TessBaseAPIEnd(api);
    TessBaseAPIDelete(api);
    return at > 0;
}
