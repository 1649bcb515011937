#include "notes/announce.h"

#include "base/str.h"
#include "notes/collect.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TEXT = 1000, MAX_ANNOUNCEMENTS = 200 };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool has(const char *padded, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strstr(padded, list[i]))
            return true;
    return false;
}
#define HAS(s, list) has((s), (list), COUNT(list))

/* Lower case, punctuation to spaces, one space at both ends: " due on friday ". */
static void pad(const char *text, char out[MAX_TEXT])
{
    size_t n = 0;
    out[n++] = ' ';
    for (size_t i = 0; text[i] && n + 2 < MAX_TEXT; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '\'')
            continue;
        char p = c >= 0x80 || isalnum(c) ? (char)tolower(c) : ' ';
        if (p != ' ' || out[n - 1] != ' ')
            out[n++] = p;
    }
    if (out[n - 1] != ' ')
        out[n++] = ' ';
    out[n] = '\0';
}

static bool when(const char *p)
{
    static const char *const words[] = {" monday ",
                                        " tuesday ",
                                        " wednesday ",
                                        " thursday ",
                                        " friday ",
                                        " saturday ",
                                        " sunday ",
                                        " tomorrow ",
                                        " tonight ",
                                        " next week ",
                                        " this week ",
                                        " weekend ",
                                        " midnight ",
                                        " by the end of ",
                                        " next class ",
                                        " next lecture ",
                                        " next session ",
                                        " january ",
                                        " february ",
                                        " april ",
                                        " june ",
                                        " july ",
                                        " august ",
                                        " september ",
                                        " october ",
                                        " november ",
                                        " december ",
                                        " pm ",
                                        " p m ",
                                        " am ist ",
                                        " oclock ",
                                        " end of the day ",
                                        " before class ",
                                        " before the ",
                                        " within ",
                                        " कल ",
                                        " सोमवार ",
                                        " मंगलवार ",
                                        " बुधवार ",
                                        " गुरुवार ",
                                        " शुक्रवार ",
                                        " शनिवार ",
                                        " रविवार ",
                                        "明天",
                                        "下周",
                                        "星期",
                                        "周五"};
    size_t off, len;
    return HAS(p, words) || sc_announcement_date(p, &off, &len);
}

const char *sc_announcement_kind(const char *text)
{
    static const char *const deadline[] = {
        " deadline ",      " due date ",  " due on ",          " due by ",
        " due this ",      " due next ",  " due tomorrow ",    " is due ",
        " are due ",       " last date ", " submission date ", " submit by ",
        " submit before ", " hand in ",   " turn in your ",    " अंतिम तिथि ",
        " आखिरी तारीख ",   "截止",        "締め切り"};
    static const char *const task[] = {" assignment ",
                                       " assignments ",
                                       " homework ",
                                       " home work ",
                                       " problem set ",
                                       " quiz ",
                                       " midterm ",
                                       " mid term ",
                                       " exam ",
                                       " exams ",
                                       " contest ",
                                       " project report ",
                                       " lab report ",
                                       " practice problems ",
                                       " additional problems ",
                                       " असाइनमेंट ",
                                       " होमवर्क ",
                                       " परीक्षा ",
                                       " क्विज़ ",
                                       "作业",
                                       "考试",
                                       "宿題"};
    static const char *const act[] = {
        " submit ",        " submission ",    " upload ",
        " posted ",        " release ",       " released ",
        " solve ",         " finish ",        " complete the ",
        " complete your ", " will be ",       " there is a ",
        " there will ",    " have a ",        " for homework ",
        " as homework ",   " your homework ", " your assignment ",
        " try the ",       " do the ",        " attempt ",
        " marks ",         " graded ",        " grading ",
        " syllabus ",      " जमा ",           " करना ",
        " करके ",           " होगी ",          " होगा "};
    static const char *const not_task[] = {
        " assignment operator ", " assignment statement ",  " variable assignment ",
        " multiple assignment ", " assignment expression ", " examine ",
        " assignment problem ",  " augmented assignment "};
    static const char *const schedule[] = {" next class ",     " next lecture ",
                                           " next session ",   " no class ",
                                           " no lecture ",     " extra class ",
                                           " extra session ",  " doubt session ",
                                           " office hours ",   " office hour ",
                                           " class tomorrow ", " reschedule ",
                                           " rescheduled ",    " postponed ",
                                           " cancelled ",      " canceled ",
                                           " preponed ",       " holiday ",
                                           " अगली क्लास ",      " अगली कक्षा ",
                                           "下节课",           "次回"};
    static const char *const reading[] = {" please read ",        " read chapter ",
                                          " read section ",       " read the chapter ",
                                          " go through chapter ", " reading for next ",
                                          " read pages "};
    static const char *const firm[] = {
        " will ",  " is ",      " are ",     " on ",       " at ",
        " moved ", " shifted ", " we have ", " no class ", " no lecture "};
    static const char *const contact[] = {
        " mail me ",  " email me ",      " e mail ",         " join the ",
        " register ", " sign up ",       " fill the form ",  " fill in the form ",
        " discord ",  " slack channel ", " whatsapp group ", " telegram group "};
    static const char *const vague[] = {" for example ", " suppose ",  " imagine ",
                                        " let s say ",   " lets say ", " analogy "};
    char p[MAX_TEXT];
    size_t off, len;
    pad(text, p);
    if (HAS(p, vague))
        return NULL;
    if (HAS(p, deadline) && !strstr(p, " due to "))
        return "deadline";
    if (HAS(p, task) && !HAS(p, not_task)) {
        if (strstr(p, " submit") && when(p))
            return "deadline";
        if (HAS(p, act) || when(p))
            return "assignment";
    }
    if (strstr(p, " submit") && when(p))
        return "deadline";
    if (HAS(p, reading))
        return "assignment";
    bool heads = strncmp(p, " next class ", 12) == 0 ||
                 strncmp(p, " next lecture ", 14) == 0 ||
                 strncmp(p, " next session ", 14) == 0;
    if (HAS(p, schedule) && (HAS(p, firm) || (heads && when(p))))
        return "schedule";
    if (sc_announcement_link(text, 0, &off, &len))
        return "link";
    if (HAS(p, contact))
        return "other";
    return NULL;
}

/* ---- dates ---- */

struct span {
    size_t off, len;
};

static const char *const days[] = {"monday", "tuesday",  "wednesday", "thursday",
                                   "friday", "saturday", "sunday"};
static const char *const months[] = {"january",   "february", "march",    "april",
                                     "may",       "june",     "july",     "august",
                                     "september", "october",  "november", "december"};

static bool word_in(const char *w, size_t n, const char *const *list, size_t count,
                    bool shorten)
{
    for (size_t i = 0; i < count; i++) {
        size_t m = strlen(list[i]);
        if (n == m && strncasecmp(w, list[i], n) == 0)
            return true;
        if (shorten && n >= 3 && n < 5 && n < m && strncasecmp(w, list[i], n) == 0)
            return true;
    }
    return false;
}

/* "25", "25th", "9:30", "2026-11-25", "25/11" */
static bool numeric(const char *w, size_t n, bool *full)
{
    size_t digits = 0, signs = 0, letters = 0;
    for (size_t i = 0; i < n; i++) {
        digits += isdigit((unsigned char)w[i]) != 0;
        signs += w[i] == '-' || w[i] == '/' || w[i] == ':';
        letters += isalpha((unsigned char)w[i]) != 0;
    }
    bool ordinal =
        letters == 2 && n > 2 &&
        (strncasecmp(w + n - 2, "th", 2) == 0 || strncasecmp(w + n - 2, "st", 2) == 0 ||
         strncasecmp(w + n - 2, "nd", 2) == 0 || strncasecmp(w + n - 2, "rd", 2) == 0);
    bool time =
        letters == 2 && n > 2 &&
        (strncasecmp(w + n - 2, "pm", 2) == 0 || strncasecmp(w + n - 2, "am", 2) == 0);
    *full = signs > 0 || ordinal || time;
    return isdigit((unsigned char)w[0]) && digits <= 8 && digits + signs + letters == n &&
           (letters == 0 || ordinal || time);
}

/*
 * Grades each word: 2 = a date by itself, 1 = part of one beside another, 0 =
 * joins parts, -1 = none. "may" and "march" are words too: 1.
 */
static int grade(const char *w, size_t n)
{
    static const char *const joins[] = {"of",      "at",   "the",    "on",    "by",
                                        "this",    "next", "before", "night", "morning",
                                        "evening", "and",  "around"};
    static const char *const alone[] = {
        "tomorrow", "tonight", "midnight", "weekend", "noon",   "कल",    "सोमवार",
        "मंगलवार",   "बुधवार",   "गुरुवार",    "शुक्रवार",  "शनिवार", "रविवार"};
    static const char *const parts[] = {
        "pm",        "am",        "p.m",       "a.m",     "oclock",   "o'clock",
        "ist",       "week",      "class",     "lecture", "session",  "बजे",
        "first",     "second",    "third",     "fourth",  "fifth",    "sixth",
        "seventh",   "eighth",    "ninth",     "tenth",   "eleventh", "twelfth",
        "fifteenth", "twentieth", "thirtieth", "twenty",  "thirty",   "nine",
        "eight",     "ten",       "eleven",    "five",    "six",      "seven"};
    bool full;
    if (numeric(w, n, &full))
        return full ? 2 : 1;
    if (word_in(w, n, days, COUNT(days), false))
        return 3;
    if (word_in(w, n, months, COUNT(months), false))
        return (n == 3 || n == 5) ? 1 : 2; /* may, march, april */
    if (n == 3 && word_in(w, n, months, COUNT(months), true))
        return 1;
    if (word_in(w, n, alone, COUNT(alone), false))
        return 2;
    if (word_in(w, n, parts, COUNT(parts), false))
        return 1;
    return word_in(w, n, joins, COUNT(joins), false) ? 0 : -1;
}

bool sc_announcement_date(const char *text, size_t *off, size_t *len)
{
    size_t best_off = 0, best_len = 0, start = 0, end = 0;
    int best = 1, sum = 0;
    bool open = false;
    size_t i = 0;
    for (bool more = true; more;) {
        while (text[i] && strchr(" \t\n(", text[i]))
            i++;
        size_t n = 0;
        while (text[i + n] && !strchr(" \t\n,;()!?", text[i + n]))
            n++;
        size_t w = n;
        while (w && strchr(".:", text[i + w - 1]))
            w--;
        int g = w ? grade(text + i, w) : -1;
        static const char *const meetings[] = {"class", "lecture", "session", "week"};
        bool relative = open && sum == 0;
        if (g == 1 && !relative && word_in(text + i, w, meetings, COUNT(meetings), false))
            g = -1; /* "class on Thursday": the date is what follows */
        /* "next week", "next class": the joiner makes the part a date. */
        if (g == 1 && relative &&
            (strncasecmp(text + start, "next", 4) == 0 ||
             strncasecmp(text + start, "this week", 9) == 0))
            g = 2;
        if (g >= 0 && (open || g > 0 || strncasecmp(text + i, "next", 4) == 0 ||
                       strncasecmp(text + i, "this", 4) == 0)) {
            if (!open) {
                start = i;
                sum = 0;
                open = true;
            }
            sum += g;
            if (g > 0)
                end = i + w;
        }
        bool stop = g < 0 || text[i + n] == '\0' || strchr(";!?", text[i + n]) ||
                    (n && text[i + n - 1] == ':');
        if (open && stop) {
            if (sum > best && end > start) {
                best = sum;
                best_off = start;
                best_len = end - start;
            }
            open = false;
            sum = 0;
            end = 0;
        }
        more = text[i + n] != '\0';
        i += n + (more ? 1 : 0);
    }
    if (best_len == 0)
        return false;
    *off = best_off;
    *len = best_len;
    return true;
}

/* ---- links ---- */

bool sc_announcement_link(const char *text, size_t from, size_t *off, size_t *len)
{
    static const char *const hosts[] = {".com",  ".org", ".net", ".edu", ".gov",
                                        ".io",   ".in/", ".ac.", ".co.", ".dev",
                                        ".gle/", ".ly/", ".me/"};
    for (size_t i = from; text[i];) {
        while (text[i] && strchr(" \t\n(<\"'", text[i]))
            i++;
        size_t n = 0;
        bool ascii = true;
        while (text[i + n] && !strchr(" \t\n<>\"", text[i + n])) {
            ascii &= (unsigned char)text[i + n] < 0x80;
            n++;
        }
        size_t w = n;
        while (w && strchr(".,;:!?)]'", text[i + w - 1]))
            w--;
        char word[300];
        if (w >= 5 && w < sizeof word && ascii) {
            memcpy(word, text + i, w);
            word[w] = '\0';
            bool url =
                (sc_str_starts(word, "http://") || sc_str_starts(word, "https://")) &&
                strchr(word + 8, '.');
            bool host = sc_str_starts(word, "www.") && strchr(word + 4, '.');
            for (size_t h = 0; h < COUNT(hosts) && !url && !host; h++) {
                const char *at = strstr(word, hosts[h]);
                size_t m = strlen(hosts[h]);
                host = at && at > word + 1 && !strchr(word, '@') &&
                       !strpbrk(word, "(){}=") &&
                       (at[m] == '\0' || at[m] == '/' || hosts[h][m - 1] == '/' ||
                        hosts[h][m - 1] == '.');
            }
            if (url || host) {
                *off = i;
                *len = w;
                return true;
            }
        }
        i += n || !text[i] ? n : 1;
    }
    return false;
}

/* ---- collecting ---- */

struct collector {
    const struct sc_source *src;
    struct sc_notes *out;
};

/* Days and months, which two tellings of one date share. */
static bool is_day(const char *text, const struct sc_lex_token *t)
{
    return t->number || word_in(text + t->off, t->len, days, COUNT(days), false) ||
           word_in(text + t->off, t->len, months, COUNT(months), false) ||
           (t->len == 8 && strncasecmp(text + t->off, "tomorrow", 8) == 0);
}

/*
 * The same news told twice, as on the slide and in speech: nearly the same
 * words, or of one kind with the same day and subject.
 */
static bool same_news(const struct sc_source *src, const char *a, const char *b,
                      bool one_kind)
{
    struct sc_lex_token *x, *y;
    size_t nx, ny, common = 0, days_in_common = 0, subjects = 0;
    if (!sc_lex_tokens(src->lex, a, strlen(a), &x, &nx) ||
        !sc_lex_tokens(src->lex, b, strlen(b), &y, &ny))
        return false;
    for (size_t i = 0; i < nx; i++)
        for (size_t k = 0; k < ny; k++)
            if (x[i].term == y[k].term) {
                common++;
                if (is_day(a, &x[i]) && is_day(b, &y[k]))
                    days_in_common += !x[i].number;
                else
                    subjects += !x[i].stop;
                break;
            }
    if (nx && common * 10 >= nx * 8)
        return true;
    return one_kind && days_in_common > 0 && subjects > 0;
}

static bool add(struct collector *c, const char *kind, const char *text,
                struct sc_time_range cite)
{
    struct sc_notes *n = c->out;
    size_t off, len;
    if (n->n_announcements >= MAX_ANNOUNCEMENTS)
        return true;
    for (size_t i = 0; i < n->n_announcements; i++)
        if (same_news(c->src, text, n->announcements[i].text,
                      strcmp(n->announcements[i].kind, kind) == 0)) {
            /* The first telling, from a slide if there is one, keeps its words. */
            struct sc_time_range *old = &n->announcements[i].cite;
            if (cite.end_s > old->end_s && cite.start_s < old->end_s + 120)
                old->end_s = cite.end_s;
            return true;
        }
    char *date =
        sc_announcement_date(text, &off, &len) ? sc_strndup(text + off, len) : NULL;
    char *link = NULL;
    if (sc_announcement_link(text, 0, &off, &len))
        link = sc_str_starts(text + off, "http")
                   ? sc_strndup(text + off, len)
                   : sc_strf("https://%.*s", (int)len, text + off);
    if (strcmp(kind, "link") == 0 && date) {
        free(date); /* numbers in a URL are no dates */
        date = NULL;
    }
    bool ok = sc_collect_announcement(n, kind, text, date, link, cite);
    free(date);
    free(link);
    return ok;
}

/*
 * A deadline may need its neighbour: "submit the assignment" / "it is due on
 * friday". Short neighbours that hold the date are joined.
 */
static bool from_speech(struct collector *c, size_t i)
{
    const struct sc_sentence *s = &c->src->sentences[i];
    const char *kind = s->suspect ? NULL : sc_announcement_kind(s->text);
    if (!kind || (s->question && strcmp(kind, "deadline") != 0))
        return true;
    struct sc_time_range cite = {s->start_s, s->end_s};
    size_t off, len;
    if (i + 1 < c->src->n_sentences && !sc_announcement_date(s->text, &off, &len) &&
        (strcmp(kind, "deadline") == 0 || strcmp(kind, "assignment") == 0)) {
        const struct sc_sentence *next = &c->src->sentences[i + 1];
        if (next->start_s - s->end_s < 4 && next->n_words < 25 &&
            sc_announcement_date(next->text, &off, &len)) {
            char *both = sc_strf("%s %s", s->text, next->text);
            cite.end_s = next->end_s;
            bool ok = both && add(c, "deadline", both, cite);
            free(both);
            return ok;
        }
    }
    return add(c, kind, s->text, cite);
}

/* On a slide about homework and dates every line is news. */
static const char *loose_kind(const char *text)
{
    static const char *const task[] = {"assignment", "homework", "quiz",
                                       "exam",       "problem",  "project",
                                       "exercise",   "practice", "read"};
    static const char *const schedule[] = {"class", "lecture", "session", "office hour",
                                           "holiday"};
    for (size_t i = 0; i < COUNT(task); i++)
        if (strcasestr(text, task[i]))
            return "assignment";
    for (size_t i = 0; i < COUNT(schedule); i++)
        if (strcasestr(text, schedule[i]))
            return "schedule";
    return "other";
}

bool sc_announcements_find(const struct sc_source *src, struct sc_notes *out)
{
    struct collector c = {src, out};
    bool ok = true;
    for (size_t i = 0; ok && i < src->n_slides; i++) {
        const struct sc_slide_text *s = &src->slides[i];
        struct sc_time_range cite = {s->slide->timestamp_s,
                                     fmin(s->slide->end_s, s->slide->timestamp_s + 30)};
        if (cite.end_s < cite.start_s)
            cite.end_s = cite.start_s;
        for (size_t l = 0; ok && l < s->n_lines; l++) {
            if (s->lines[l].n_tokens < 2)
                continue;
            const char *kind = s->lines[l].kind == SC_SLIDE_BULLET
                                   ? sc_announcement_kind(s->lines[l].text)
                                   : NULL;
            if (!kind && s->role == SC_SLIDE_NEWS && s->lines[l].kind == SC_SLIDE_BULLET)
                kind = loose_kind(s->lines[l].text);
            if (kind)
                ok = add(&c, kind, s->lines[l].text, cite);
        }
    }
    for (size_t i = 0; ok && i < src->n_sentences; i++)
        ok = from_speech(&c, i);
    return ok;
}
