#include "canvas.h"

#include <ft2build.h>
#include FT_FREETYPE_H
#include <math.h>
#include <stdlib.h>
#include <string.h>

static FT_Library library;
static FT_Face faces[FONT_COUNT];

bool fonts_open(void)
{
    static const char *const dirs[] = {"/usr/share/fonts/truetype/dejavu/",
                                       "/usr/share/fonts/TTF/",
                                       "/opt/homebrew/share/fonts/", "/Library/Fonts/"};
    static const char *const files[FONT_COUNT] = {
        "DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf", "DejaVuSerif.ttf"};
    if (library)
        return true;
    if (FT_Init_FreeType(&library))
        return false;
    for (int f = 0; f < FONT_COUNT; f++) {
        for (size_t d = 0; !faces[f] && d < sizeof dirs / sizeof dirs[0]; d++) {
            char path[300];
            size_t n = strlen(dirs[d]), m = strlen(files[f]);
            memcpy(path, dirs[d], n);
            memcpy(path + n, files[f], m + 1);
            if (FT_New_Face(library, path, 0, &faces[f]))
                faces[f] = NULL;
        }
        if (!faces[f]) {
            fonts_close();
            return false;
        }
    }
    return true;
}

void fonts_close(void)
{
    for (int f = 0; f < FONT_COUNT; f++)
        if (faces[f])
            FT_Done_Face(faces[f]);
    memset(faces, 0, sizeof faces);
    if (library)
        FT_Done_FreeType(library);
    library = NULL;
}

bool canvas_init(struct canvas *c, int w, int h)
{
    size_t n = (size_t)w * (size_t)h;
    *c = (struct canvas){w, h, calloc(n + n / 2, 1), NULL, NULL};
    if (!c->y)
        return false;
    c->u = c->y + n;
    c->v = c->u + n / 4;
    return true;
}

void canvas_finish(struct canvas *c)
{
    free(c->y);
    *c = (struct canvas){0};
}

void canvas_copy(struct canvas *to, const struct canvas *from)
{
    size_t n = (size_t)from->w * (size_t)from->h;
    memcpy(to->y, from->y, n + n / 2);
}

void canvas_blend(struct canvas *to, const struct canvas *from, double share)
{
    size_t n = (size_t)from->w * (size_t)from->h;
    int s = (int)lround(share * 256);
    for (size_t i = 0; i < n + n / 2; i++)
        to->y[i] = (uint8_t)((from->y[i] * (256 - s) + to->y[i] * s) >> 8);
}

struct colour colour_rgb(int r, int g, int b)
{
    double y =
        16 + 0.2126 * 219 / 255 * r + 0.7152 * 219 / 255 * g + 0.0722 * 219 / 255 * b;
    double l = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    double u = 128 + (b - l) / 1.8556 * 224 / 255, v = 128 + (r - l) / 1.5748 * 224 / 255;
    return (struct colour){(uint8_t)lround(y), (uint8_t)lround(u), (uint8_t)lround(v)};
}

static void put(struct canvas *c, int x, int y, int alpha, struct colour k)
{
    if (x < 0 || y < 0 || x >= c->w || y >= c->h || alpha <= 0)
        return;
    uint8_t *p = &c->y[(size_t)y * (size_t)c->w + (size_t)x];
    *p = (uint8_t)((*p * (255 - alpha) + k.y * alpha) / 255);
    if (alpha > 127) {
        size_t at = (size_t)(y / 2) * (size_t)(c->w / 2) + (size_t)(x / 2);
        c->u[at] = k.u;
        c->v[at] = k.v;
    }
}

void canvas_box(struct canvas *c, int x, int y, int w, int h, struct colour k)
{
    for (int r = y < 0 ? 0 : y; r < y + h && r < c->h; r++)
        for (int i = x < 0 ? 0 : x; i < x + w && i < c->w; i++)
            put(c, i, r, 255, k);
}

void canvas_fill(struct canvas *c, struct colour k)
{
    size_t n = (size_t)c->w * (size_t)c->h;
    memset(c->y, k.y, n);
    memset(c->u, k.u, n / 4);
    memset(c->v, k.v, n / 4);
}

void canvas_frame(struct canvas *c, int x, int y, int w, int h, int t, struct colour k)
{
    canvas_box(c, x, y, w, t, k);
    canvas_box(c, x, y + h - t, w, t, k);
    canvas_box(c, x, y, t, h, k);
    canvas_box(c, x + w - t, y, t, h, k);
}

void canvas_line(struct canvas *c, int x0, int y0, int x1, int y1, int thick,
                 struct colour k)
{
    int n = abs(x1 - x0) > abs(y1 - y0) ? abs(x1 - x0) : abs(y1 - y0);
    for (int i = 0; i <= n; i++) {
        int x = n ? x0 + (x1 - x0) * i / n : x0, y = n ? y0 + (y1 - y0) * i / n : y0;
        canvas_box(c, x - thick / 2, y - thick / 2, thick, thick, k);
    }
}

void canvas_disc(struct canvas *c, int cx, int cy, int rx, int ry, struct colour k)
{
    for (int y = -ry; y <= ry; y++) {
        int half = ry ? (int)(rx * sqrt(1.0 - (double)y * y / ((double)ry * ry))) : 0;
        canvas_box(c, cx - half, cy + y, 2 * half + 1, 1, k);
    }
}

int canvas_text(struct canvas *c, enum font f, int size_px, int x, int y,
                const char *text, struct colour k, int clip_y0, int clip_y1)
{
    FT_Face face = faces[f];
    FT_Set_Pixel_Sizes(face, 0, (FT_UInt)size_px);
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (FT_Load_Char(face, *p, FT_LOAD_RENDER))
            continue;
        const FT_GlyphSlot g = face->glyph;
        for (unsigned r = 0; r < g->bitmap.rows; r++)
            for (unsigned i = 0; i < g->bitmap.width; i++) {
                int py = y - g->bitmap_top + (int)r;
                if (clip_y1 > 0 && (py < clip_y0 || py >= clip_y1))
                    continue;
                put(c, x + g->bitmap_left + (int)i, py,
                    g->bitmap.buffer[r * (unsigned)g->bitmap.pitch + i], k);
            }
        x += (int)(g->advance.x >> 6);
    }
    return x;
}
