/* Streams from a server with faults, through the pipeline's front door. */
#include "media.h"

#include "base/proc.h"
#include "run_cdn.h"

#include <signal.h>
#include <sys/wait.h>

static const char signed_by[] = "KEY:POLICY:SIGNATURE";

struct origin {
    char *dir; /* what is served; NULL when it could not be made */
    struct running_cdn cdn;
    char *url;
};

static bool make_stream(const char *dir)
{
    char *playlist = sc_path_join(dir, "index.m3u8");
    char *segments = sc_path_join(dir, "seg%03d.ts");
    const char *argv[] = {"ffmpeg",
                          "-v",
                          "error",
                          "-y",
                          "-i",
                          clip_path(CLIP_FULL),
                          "-c",
                          "copy",
                          "-bsf:v",
                          "h264_mp4toannexb",
                          "-f",
                          "hls",
                          "-hls_time",
                          "2",
                          "-hls_playlist_type",
                          "vod",
                          "-hls_segment_filename",
                          segments,
                          playlist,
                          NULL};
    int status = -1;
    bool ok = sc_proc_run(argv, NULL, &status, NULL, NULL) && status == 0;
    free(playlist);
    free(segments);
    return ok;
}

static bool origin_start(struct origin *o, struct bench *b, const char *const *options)
{
    *o = (struct origin){.dir = sc_strf("%s-origin", b->root)};
    if (!clip_path(CLIP_FULL) || !sc_mkdirs(o->dir, NULL) || !make_stream(o->dir) ||
        !run_cdn_start(&o->cdn, o->dir, options))
        return false;
    o->url = run_cdn_url(&o->cdn, "/index.m3u8");
    return true;
}

static void origin_stop(struct origin *o)
{
    char *port = sc_strf("%s.port", o->dir);
    run_cdn_stop(&o->cdn);
    sc_remove_tree(o->dir, NULL);
    sc_remove_tree(port, NULL);
    free(port);
    free(o->dir);
    free(o->url);
}

#define need_origin(o, b, options)                                                       \
    do {                                                                                 \
        if (!origin_start(&(o), (b), (options))) {                                       \
            origin_stop(&(o));                                                           \
            print_message("skipped: ffmpeg or flite is missing\n");                      \
            skip();                                                                      \
        }                                                                                \
    } while (0)

static struct sc_stream stream_of(const struct origin *o, bool signature)
{
    struct sc_stream s = SC_STREAM_INIT;
    s.url = o->url; /* borrowed: not finished */
    if (signature)
        s.auth =
            (struct sc_signature){(char *)(uintptr_t) "KEY", (char *)(uintptr_t) "POLICY",
                                  (char *)(uintptr_t) "SIGNATURE"};
    return s;
}

static void a_stream_becomes_a_lecture(void **state)
{
    struct bench *b = *state;
    struct origin o;
    need_origin(o, b, NULL);
    struct sc_stream s = stream_of(&o, false);
    struct sc_lecture l = {0}, again = {0};
    assert_ok(sc_pipeline_download(b->lib, &s, "Streamed", "2026-11-23", &b->opts, &l,
                                   NULL, &err));
    assert_int_equal(l.status, SC_LECTURE_DOWNLOADED);
    assert_string_equal(l.video_path, "videos/Streamed/full_video.mp4");
    assert_true(l.duration_s > 5);
    assert_null(strchr(l.source, '?'));
    char *chunks = sc_path_join(b->root, "videos/Streamed/chunks");
    assert_false(sc_dir_exists(chunks));
    free(chunks);
    char *meta = text_of(b, &l, "metadata.json");
    assert_non_null(strstr(meta, "\"gaps\": []"));
    free(meta);
    /* The same again, the server gone: it is there already. */
    run_cdn_stop(&o.cdn);
    assert_ok(sc_pipeline_download(b->lib, &s, NULL, NULL, &b->opts, &again, NULL, &err));
    assert_string_equal(again.id, l.id);
    sc_lecture_finish(&again);
    sc_lecture_finish(&l);
    origin_stop(&o);
}

static void an_ended_signature_pauses_and_a_fresh_one_goes_on(void **state)
{
    struct bench *b = *state;
    struct origin o;
    char *renew = sc_strf("%s-renew", b->root);
    const char *options[] = {
        "--sign", signed_by, "--expire-after-requests", "2", "--renew", renew, NULL};
    need_origin(o, b, options);
    struct sc_stream s = stream_of(&o, true);
    struct sc_lecture l = {0}, again = {0};
    assert_fails(
        sc_pipeline_download(b->lib, &s, "Ends", "2026-11-23", &b->opts, &l, NULL, &err),
        SC_ERR_EXPIRED);
    reload(b, &l);
    assert_int_equal(l.status, SC_LECTURE_PAUSED);
    assert_string_equal(l.error_code, "signature_expired");
    assert_null(strstr(l.error, "SIGNATURE"));
    char *meta = text_of(b, &l, "metadata.json");
    assert_null(strstr(meta, "POLICY"));
    free(meta);
    assert_ok(sc_file_write(renew, "KEY2:POLICY2:SIG2", 17, false, &err));
    s.auth =
        (struct sc_signature){(char *)(uintptr_t) "KEY2", (char *)(uintptr_t) "POLICY2",
                              (char *)(uintptr_t) "SIG2"};
    assert_ok(sc_pipeline_download(b->lib, &s, "Other title", NULL, &b->opts, &again,
                                   NULL, &err));
    assert_string_equal(again.id, l.id);
    assert_int_equal(again.status, SC_LECTURE_DOWNLOADED);
    assert_null(again.error);
    sc_lecture_finish(&again);
    sc_lecture_finish(&l);
    sc_remove_tree(renew, NULL);
    free(renew);
    origin_stop(&o);
}

static void a_missing_segment_is_named_and_can_be_allowed(void **state)
{
    struct bench *b = *state;
    struct origin o;
    const char *options[] = {"--fault", "404:*seg001.ts", NULL};
    need_origin(o, b, options);
    struct sc_stream s = stream_of(&o, false);
    struct sc_lecture l = {0}, again = {0};
    assert_fails(
        sc_pipeline_download(b->lib, &s, "Hole", "2026-11-23", &b->opts, &l, NULL, &err),
        SC_ERR_INCOMPLETE);
    reload(b, &l);
    assert_int_equal(l.status, SC_LECTURE_ERROR);
    assert_null(l.video_path);
    b->opts.allow_gaps = true;
    assert_ok(sc_pipeline_download(b->lib, &s, NULL, NULL, &b->opts, &again, NULL, &err));
    assert_string_equal(again.id, l.id);
    char *meta = text_of(b, &l, "metadata.json");
    assert_null(strstr(meta, "\"gaps\": []"));
    free(meta);
    sc_lecture_finish(&again);
    sc_lecture_finish(&l);
    origin_stop(&o);
}

static void what_is_refused_leaves_no_entry(void **state)
{
    struct bench *b = *state;
    struct origin o;
    need_origin(o, b, NULL);
    static const char live[] =
        "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nseg000.ts\n";
    char *path = sc_path_join(o.dir, "live.m3u8");
    assert_ok(sc_file_write(path, live, sizeof live - 1, false, &err));
    free(path);
    char *url = run_cdn_url(&o.cdn, "/live.m3u8");
    struct sc_stream s = SC_STREAM_INIT;
    struct sc_lecture l = {0}, *list = NULL;
    size_t n = 1;
    s.url = url;
    assert_fails(
        sc_pipeline_download(b->lib, &s, "Live", "2026-11-23", &b->opts, &l, NULL, &err),
        SC_ERR_LIVE);
    assert_null(l.id);
    assert_ok(sc_library_list(b->lib, &list, &n, &err));
    assert_int_equal(n, 0);
    free(list);
    free(url);
    origin_stop(&o);
}

static void titles_come_from_the_address(void **state)
{
    struct bench *b = *state;
    struct origin o;
    need_origin(o, b, NULL);
    char *dir = sc_path_join(o.dir, "graph-theory_3/stream_2");
    assert_ok(sc_mkdirs(dir, &err));
    free(dir);
    char *from = sc_path_join(o.dir, "index.m3u8");
    char *to = sc_path_join(o.dir, "graph-theory_3/stream_2/playlist.m3u8");
    assert_ok(sc_file_copy(from, to, &err));
    free(from);
    free(to);
    char *url = run_cdn_url(&o.cdn, "/graph-theory_3/stream_2/playlist.m3u8?x=1");
    struct sc_stream s = SC_STREAM_INIT;
    struct sc_lecture l = {0};
    struct sc_error ignored = {0};
    s.url = url;
    /* Its segments are not there; the entry is. */
    assert_false(
        sc_pipeline_download(b->lib, &s, NULL, NULL, &b->opts, &l, NULL, &ignored));
    assert_non_null(l.id);
    assert_string_equal(l.title, "graph theory 3");
    sc_lecture_finish(&l);
    free(url);
    origin_stop(&o);
}

static void killed_it_goes_on(void **state)
{
    struct bench *b = *state;
    struct origin o;
    const char *options[] = {"--latency-ms", "150", NULL};
    need_origin(o, b, options);
    struct sc_stream s = stream_of(&o, false);
    struct sc_lecture l = {0};
    for (int i = 0; i < 4; i++) {
        int status = -1;
        fflush(NULL);
        pid_t pid = fork();
        if (pid == 0) {
            struct sc_library *lib = NULL;
            bool ok = sc_library_open(b->root, &lib, NULL) &&
                      sc_pipeline_download(lib, &s, "Killed", "2026-11-23", &b->opts, &l,
                                           NULL, NULL);
            _exit(ok ? 0 : 1);
        }
        usleep(150000 + 170000u * (unsigned)i);
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
    }
    assert_ok(sc_pipeline_download(b->lib, &s, "Killed", "2026-11-23", &b->opts, &l, NULL,
                                   &err));
    assert_int_equal(l.status, SC_LECTURE_DOWNLOADED);
    struct sc_lecture *list = NULL;
    size_t n = 0;
    assert_ok(sc_library_list(b->lib, &list, &n, &err));
    assert_int_equal(n, 1);
    sc_lecture_finish(&list[0]);
    free(list);
    sc_lecture_finish(&l);
    origin_stop(&o);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        T(a_stream_becomes_a_lecture),
        T(an_ended_signature_pauses_and_a_fresh_one_goes_on),
        T(a_missing_segment_is_named_and_can_be_allowed),
        T(what_is_refused_leaves_no_entry),
        T(titles_come_from_the_address),
        T(killed_it_goes_on),
    };
    return cmocka_run_group_tests_name("download", tests, clips_make, clips_remove);
}
