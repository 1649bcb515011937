#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now_of(clockid_t id)
{
    struct timespec ts;
    clock_gettime(id, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

double sc_clock_monotonic_s(void)
{
    return now_of(CLOCK_MONOTONIC);
}

int64_t sc_clock_wall_s(void)
{
    return (int64_t)time(NULL);
}

double sc_clock_wall_f(void)
{
    return now_of(CLOCK_REALTIME);
}

double sc_clock_cpu_s(void)
{
    return now_of(CLOCK_PROCESS_CPUTIME_ID);
}

void sc_format_iso8601(int64_t unix_s, char out[SC_ISO8601_SIZE])
{
    time_t t = (time_t)unix_s;
    struct tm tm;
    if (!gmtime_r(&t, &tm) || !strftime(out, SC_ISO8601_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm))
        out[0] = '\0';
}

static void format_local(int64_t unix_s, const char *fmt, char *out, size_t size)
{
    time_t t = (time_t)unix_s;
    struct tm tm;
    if (!localtime_r(&t, &tm) || !strftime(out, size, fmt, &tm))
        out[0] = '\0';
}

void sc_format_local_date(int64_t unix_s, char out[11])
{
    format_local(unix_s, "%Y-%m-%d", out, 11);
}

void sc_format_local_moment(int64_t unix_s, int64_t now_unix, char out[SC_MOMENT_SIZE])
{
    char day[11], today[11];
    sc_format_local_date(unix_s, day);
    sc_format_local_date(now_unix, today);
    format_local(unix_s, strcmp(day, today) == 0 ? "%H:%M" : "%Y-%m-%d %H:%M", out,
                 SC_MOMENT_SIZE);
}

/* Days since 1970-01-01 of a proleptic Gregorian date (Hinnant's algorithm). */
static int64_t days_from_civil(int64_t y, int m, int d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

static bool valid_day(int y, int m, int d)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (y < 1 || m < 1 || m > 12 || d < 1)
        return false;
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    return d <= days[m - 1] + (m == 2 && leap);
}

static bool digits(const char *s, int n, int *out)
{
    int v = 0;
    for (int i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9')
            return false;
        v = v * 10 + (s[i] - '0');
    }
    *out = v;
    return true;
}

static bool parse_zone(const char *s, double *offset_s)
{
    int h, m = 0;
    *offset_s = 0;
    if (*s == '\0' || ((*s == 'Z' || *s == 'z') && s[1] == '\0'))
        return true;
    if ((*s != '+' && *s != '-') || !digits(s + 1, 2, &h))
        return false;
    const char *rest = s + 3;
    if (*rest == ':')
        rest++;
    if (*rest && (!digits(rest, 2, &m) || rest[2]))
        return false;
    *offset_s = (*s == '-' ? -1 : 1) * (h * 3600.0 + m * 60.0);
    return true;
}

bool sc_parse_iso8601(const char *s, double *unix_s)
{
    int y, mo, d, h, mi, sec = 0;
    double fraction = 0, scale = 1, zone;
    if (strlen(s) < 16 || !digits(s, 4, &y) || s[4] != '-' || !digits(s + 5, 2, &mo) ||
        s[7] != '-' || !digits(s + 8, 2, &d) || (s[10] != 'T' && s[10] != ' ') ||
        !digits(s + 11, 2, &h) || s[13] != ':' || !digits(s + 14, 2, &mi))
        return false;
    s += 16;
    if (*s == ':') {
        if (!digits(s + 1, 2, &sec))
            return false;
        s += 3;
        if (*s == '.' || *s == ',')
            for (s++; *s >= '0' && *s <= '9'; s++)
                fraction += (*s - '0') * (scale /= 10);
    }
    if (!valid_day(y, mo, d) || h > 24 || mi > 59 || sec > 60 || !parse_zone(s, &zone))
        return false;
    *unix_s = (double)days_from_civil(y, mo, d) * 86400 + h * 3600.0 + mi * 60.0 + sec +
              fraction - zone;
    return true;
}

bool sc_valid_date(const char *s)
{
    int y, m, d;
    return s && strlen(s) == 10 && s[4] == '-' && s[7] == '-' && digits(s, 4, &y) &&
           digits(s + 5, 2, &m) && digits(s + 8, 2, &d) && valid_day(y, m, d);
}
