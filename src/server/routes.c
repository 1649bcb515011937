/*
 * Every route in one table: the router, the OpenAPI document and the docs page
 * are made from it.
 */
#include "server/resources.h"
#include "server/schemas.h"

#define API SC_ROUTE_API
#define LIB (SC_ROUTE_API | SC_ROUTE_LIBRARY)
#define READ SC_SCOPE_READ
#define SUBMIT SC_SCOPE_SUBMIT
#define ADMIN SC_SCOPE_ADMIN
#define S(name) sc_schema_##name

#define PART_QUERY "from:string,to:string"
#define SEARCH_QUERY                                                                     \
    "q:string!,lecture:string,kind:string,from:string,to:string,limit:integer,"          \
    "offset:integer"
#define UPLOAD_QUERY                                                                     \
    "filename:string,title:string,process:string,upload:string,offset:integer"

const struct sc_route sc_routes[] = {
    {"GET", "/health", sc_res_health, SC_ROUTE_PUBLIC, READ, "Whether the service runs",
     NULL, NULL, S(health), NULL, NULL},
    {"GET", "/health", sc_res_health, API | SC_ROUTE_PUBLIC, READ,
     "Whether the service runs", NULL, NULL, S(health), NULL, NULL},
    {"GET", "/metrics", sc_res_prometheus, SC_ROUTE_LIBRARY, READ,
     "Metrics in Prometheus text format", NULL, NULL, NULL, "text/plain", NULL},
    {"GET", "/openapi.json", sc_res_openapi, SC_ROUTE_PUBLIC, READ, "This document", NULL,
     NULL, S(openapi), NULL, NULL},
    {"GET", "/docs", sc_res_docs, SC_ROUTE_PUBLIC, READ, "The same, to read", NULL, NULL,
     NULL, "text/html", NULL},
    {"POST", "/download", sc_res_download, LIB | SC_ROUTE_PAIRS, SUBMIT,
     "Start or go on with a download", NULL, S(download_request), S(download), NULL,
     NULL},
    {"GET", "/status/{downloadId}", sc_res_download_status, LIB, READ,
     "A download's progress", NULL, NULL, S(download_status), NULL, NULL},
    {"POST", "/download/{downloadId}/credentials", sc_res_credentials, LIB, SUBMIT,
     "A fresh signature for a paused download", NULL, S(credentials_request),
     S(job_answer), NULL, NULL},
    {"POST", "/process", sc_res_process, LIB, SUBMIT,
     "Make the study materials of a video", NULL, S(process_request), S(process), NULL,
     NULL},
    {"GET", "/process/{processId}", sc_res_process_status, LIB, READ,
     "How far processing is", NULL, NULL, S(process_status), NULL, NULL},
    {"GET", "/recordings", sc_res_recordings, LIB, READ, "All lectures, newest first",
     NULL, NULL, S(recordings), NULL, NULL},
    {"GET", "/recordings/check", sc_res_recordings_check, LIB, READ,
     "Whether a lecture of this title is here", "title:string!", NULL, S(check), NULL,
     NULL},
    {"GET", "/recordings/{id}", sc_res_recording, LIB, READ, "Everything about a lecture",
     NULL, NULL, S(recording), NULL, NULL},
    {"PATCH", "/recordings/{id}", sc_res_recording_patch, LIB, SUBMIT,
     "Title, tags, folder, own notes and edits; nothing generated is touched", NULL,
     S(recording_patch), S(recording), NULL, NULL},
    {"GET", "/recordings/{id}/transcript", sc_res_transcript, LIB, READ,
     "The transcript between two times", PART_QUERY, NULL, S(transcript), NULL, NULL},
    {"DELETE", "/recordings/{id}", sc_res_recording_delete, LIB, ADMIN,
     "Remove a lecture", NULL, NULL, S(deleted), NULL, NULL},
    {"GET", "/search", sc_res_search, LIB, READ, "Find words in speech, slides and notes",
     SEARCH_QUERY, NULL, S(search), NULL, NULL},
    {"GET", "/export/{id}", sc_res_export, LIB, READ, "A lecture as ZIP", NULL, NULL,
     NULL, "application/zip", NULL},
    {"POST", "/import", sc_res_import, LIB, SUBMIT,
     "Import a video: a path in the import folder, or an upload (JSON with filename and "
     "size begins one; a body of video/* or application/octet-stream is its data)",
     UPLOAD_QUERY, S(import_request), S(import), NULL, sc_res_import_piece},
    {"GET", "/import/{uploadId}", sc_res_import_status, API, SUBMIT,
     "Where an upload goes on", NULL, NULL, S(import), NULL, NULL},
    {"GET", "/queue", sc_res_queue, LIB, READ, "What waits and what has ended", NULL,
     NULL, S(queue), NULL, NULL},
    {"GET", "/jobs/{id}", sc_res_job, LIB, READ, "A job with the end of its log", NULL,
     NULL, S(job), NULL, NULL},
    {"POST", "/jobs/{id}/cancel", sc_res_job_cancel, LIB | SC_ROUTE_OPTIONAL_BODY, SUBMIT,
     "Stop a job for good", NULL, S(empty_request), S(job_answer), NULL, NULL},
    {"POST", "/jobs/{id}/retry", sc_res_job_retry, LIB | SC_ROUTE_OPTIONAL_BODY, SUBMIT,
     "Try an ended job again", NULL, S(empty_request), S(job_answer), NULL, NULL},
    {"POST", "/jobs/{id}/pause", sc_res_job_pause, LIB | SC_ROUTE_OPTIONAL_BODY, SUBMIT,
     "Let a job wait", NULL, S(empty_request), S(job_answer), NULL, NULL},
    {"POST", "/jobs/{id}/resume", sc_res_job_resume, LIB | SC_ROUTE_OPTIONAL_BODY, SUBMIT,
     "Let a paused job go on", NULL, S(empty_request), S(job_answer), NULL, NULL},
    {"POST", "/jobs/{id}/priority", sc_res_job_priority, LIB, SUBMIT,
     "Run a job before another, or give it a priority", NULL, S(priority_request),
     S(job_answer), NULL, NULL},
    {"GET", "/events", sc_res_events, API, READ,
     "Live events (server-sent); Last-Event-ID goes on behind it", "lastEventId:integer",
     NULL, NULL, "text/event-stream", NULL},
    {"GET", "/models", sc_res_models, API, READ,
     "Speech and language models that are there", NULL, NULL, S(models), NULL, NULL},
    {"GET", "/settings", sc_res_settings, API, READ, "Settings; keys are masked", NULL,
     NULL, S(settings), NULL, NULL},
    {"PUT", "/settings", sc_res_settings_put, API, ADMIN, "Change settings", NULL,
     S(settings_request), S(message), NULL, NULL},
    {"GET", "/settings/providers", sc_res_providers, API, READ,
     "Which language models answer", NULL, NULL, S(providers), NULL, NULL},
    {"GET", "/metrics", sc_res_metrics, LIB, READ, "What the service does, in numbers",
     NULL, NULL, S(metrics), NULL, NULL},
    {"GET", "/system", sc_res_system, API, READ, "Machine, engines, models, disk", NULL,
     NULL, S(system), NULL, NULL},
    {"POST", "/pair/code", sc_res_pair_code, API | SC_ROUTE_OPTIONAL_BODY, ADMIN,
     "A one-time code to pair an extension with", NULL, S(empty_request), S(pair_code),
     NULL, NULL},
    {"POST", "/pair", sc_res_pair, API | SC_ROUTE_PUBLIC, SUBMIT,
     "Pair by the code; gives a key", NULL, S(pair_request), S(pair), NULL, NULL},
    {"GET", "/keys", sc_res_keys, API, ADMIN, "Names and scopes of the keys", NULL, NULL,
     S(keys), NULL, NULL},
    {"POST", "/keys", sc_res_keys_add, API, ADMIN,
     "Make a key (scopes: read,submit,admin,worker); it is shown once", NULL,
     S(key_request), S(key), NULL, NULL},
    {"DELETE", "/keys/{name}", sc_res_keys_delete, API, ADMIN, "Remove a key", NULL, NULL,
     S(message), NULL, NULL},
    {"GET", "/content/{id}/{path}", sc_res_content, SC_ROUTE_LIBRARY | SC_ROUTE_TAIL,
     READ, "A file of a lecture; Range and ETag", NULL, NULL, NULL,
     "application/octet-stream", NULL},
    {0},
};
