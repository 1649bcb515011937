/*
 * Every route in one table: the router, the OpenAPI document and the docs page
 * are made from it.
 */
#include "server/resources.h"

#define API SC_ROUTE_API
#define LIB (SC_ROUTE_API | SC_ROUTE_LIBRARY)
#define READ SC_SCOPE_READ
#define SUBMIT SC_SCOPE_SUBMIT
#define ADMIN SC_SCOPE_ADMIN

#define OBJECT "{\"type\":\"object\"}"
#define JOB_CONTROL LIB | SC_ROUTE_OPTIONAL_BODY, SUBMIT

static const char health_schema[] =
    "{\"type\":\"object\",\"required\":[\"status\",\"timestamp\",\"version\"],"
    "\"properties\":{\"status\":{\"const\":\"healthy\"},"
    "\"timestamp\":{\"type\":\"string\"},\"version\":{\"type\":\"string\"}}}";

static const char download_schema[] =
    "{\"type\":\"object\",\"required\":[\"title\",\"streamInfo\"],\"properties\":{"
    "\"title\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":300},"
    "\"url\":{\"type\":[\"string\",\"null\"]},"
    "\"streamInfo\":{\"type\":\"object\",\"properties\":{"
    "\"baseUrl\":{\"type\":[\"string\",\"null\"]},\"streamUrl\":{\"type\":[\"string\","
    "\"null\"]},"
    "\"keyPairId\":{\"type\":[\"string\",\"null\"]},\"policy\":{\"type\":[\"string\","
    "\"null\"]},"
    "\"signature\":{\"type\":[\"string\",\"null\"]},"
    "\"detectedChunk\":{\"type\":[\"integer\",\"null\"]}}},"
    "\"startTime\":{\"type\":[\"number\",\"null\"]},\"endTime\":{\"type\":[\"number\","
    "\"null\"]},"
    "\"process\":{\"type\":\"boolean\"},\"allowGaps\":{\"type\":\"boolean\"}}}";

static const char process_schema[] =
    "{\"type\":\"object\",\"properties\":{\"title\":{\"type\":\"string\"},"
    "\"videoPath\":{\"type\":\"string\"},\"recordingId\":{\"type\":\"string\"},"
    "\"options\":{\"type\":\"object\"},\"whisperModel\":{\"type\":[\"string\",\"null\"]},"
    "\"ollamaModel\":{\"type\":[\"string\",\"null\"]},\"llmModel\":{\"type\":[\"string\","
    "\"null\"]},"
    "\"skipTranscription\":{\"type\":\"boolean\"},\"skipFrames\":{\"type\":\"boolean\"},"
    "\"skipNotes\":{\"type\":\"boolean\"},\"skipSlideAnalysis\":{\"type\":\"boolean\"}}}";

const struct sc_route sc_routes[] = {
    {"GET", "/health", sc_res_health, SC_ROUTE_PUBLIC, READ, "Whether the service runs",
     NULL, NULL, health_schema, NULL, NULL},
    {"GET", "/health", sc_res_health, API | SC_ROUTE_PUBLIC, READ,
     "Whether the service runs", NULL, NULL, health_schema, NULL, NULL},
    {"GET", "/metrics", sc_res_prometheus, SC_ROUTE_LIBRARY, READ,
     "Metrics in Prometheus text format", NULL, NULL, NULL, "text/plain", NULL},

    {"POST", "/download", sc_res_download, LIB, SUBMIT, "Start or go on with a download",
     NULL, download_schema, OBJECT, NULL, NULL},
    {"GET", "/status/{downloadId}", sc_res_download_status, LIB, READ,
     "A download's progress", NULL, NULL, OBJECT, NULL, NULL},
    {"POST", "/download/{downloadId}/credentials", sc_res_credentials, LIB, SUBMIT,
     "A fresh signature for a paused download", NULL, OBJECT, OBJECT, NULL, NULL},
    {"POST", "/process", sc_res_process, LIB, SUBMIT,
     "Make the study materials of a video", NULL, process_schema, OBJECT, NULL, NULL},
    {"GET", "/process/{processId}", sc_res_process_status, LIB, READ,
     "How far processing is", NULL, NULL, OBJECT, NULL, NULL},

    {"GET", "/recordings", sc_res_recordings, LIB, READ, "All lectures, newest first",
     NULL, NULL, OBJECT, NULL, NULL},
    {"GET", "/recordings/check", sc_res_recordings_check, LIB, READ,
     "Whether a lecture of this title is here", "title:string!", NULL, OBJECT, NULL,
     NULL},
    {"GET", "/recordings/{id}", sc_res_recording, LIB, READ, "Everything about a lecture",
     NULL, NULL, OBJECT, NULL, NULL},
    {"GET", "/recordings/{id}/transcript", sc_res_transcript, LIB, READ,
     "The transcript between two times", "from:string,to:string", NULL, OBJECT, NULL,
     NULL},
    {"DELETE", "/recordings/{id}", sc_res_recording_delete, LIB, ADMIN,
     "Remove a lecture", NULL, NULL, OBJECT, NULL, NULL},
    {"GET", "/search", sc_res_search, LIB, READ, "Find words in speech, slides and notes",
     "q:string!,lecture:string,kind:string,from:string,to:string,limit:integer,offset:"
     "integer",
     NULL, OBJECT, NULL, NULL},
    {"GET", "/export/{id}", sc_res_export, LIB, READ, "A lecture as ZIP", NULL, NULL,
     NULL, "application/zip", NULL},

    {"GET", "/queue", sc_res_queue, LIB, READ, "What waits and what has ended", NULL,
     NULL, OBJECT, NULL, NULL},
    {"GET", "/jobs/{id}", sc_res_job, LIB, READ, "A job with the end of its log", NULL,
     NULL, OBJECT, NULL, NULL},
    {"POST", "/jobs/{id}/cancel", sc_res_job_cancel, JOB_CONTROL, "Stop a job for good",
     NULL, OBJECT, OBJECT, NULL, NULL},
    {"POST", "/jobs/{id}/retry", sc_res_job_retry, JOB_CONTROL, "Try an ended job again",
     NULL, OBJECT, OBJECT, NULL, NULL},
    {"POST", "/jobs/{id}/pause", sc_res_job_pause, JOB_CONTROL, "Let a job wait", NULL,
     OBJECT, OBJECT, NULL, NULL},
    {"POST", "/jobs/{id}/resume", sc_res_job_resume, JOB_CONTROL,
     "Let a paused job go on", NULL, OBJECT, OBJECT, NULL, NULL},
    {"POST", "/jobs/{id}/priority", sc_res_job_priority, LIB, SUBMIT,
     "Run a job before another, or give it a priority", NULL, OBJECT, OBJECT, NULL, NULL},
    {"GET", "/events", sc_res_events, API, READ,
     "Live events (server-sent); Last-Event-ID goes on behind it", "lastEventId:integer",
     NULL, NULL, "text/event-stream", NULL},

    {"GET", "/models", sc_res_models, API, READ,
     "Speech and language models that are there", NULL, NULL, OBJECT, NULL, NULL},
    {"GET", "/settings", sc_res_settings, API, READ, "Settings; keys are masked", NULL,
     NULL, OBJECT, NULL, NULL},
    {"PUT", "/settings", sc_res_settings_put, API, ADMIN, "Change settings", NULL, OBJECT,
     OBJECT, NULL, NULL},
    {"GET", "/settings/providers", sc_res_providers, API, READ,
     "Which language models answer", NULL, NULL, OBJECT, NULL, NULL},
    {"GET", "/metrics", sc_res_metrics, LIB, READ, "What the service does, in numbers",
     NULL, NULL, OBJECT, NULL, NULL},
    {"GET", "/system", sc_res_system, API, READ, "Machine, engines, models, disk", NULL,
     NULL, OBJECT, NULL, NULL},

    {"GET", "/content/{id}/{path}", sc_res_content, SC_ROUTE_LIBRARY | SC_ROUTE_TAIL,
     READ, "A file of a lecture; Range and ETag", NULL, NULL, NULL,
     "application/octet-stream", NULL},
    {0},
};
