/* The handlers, by resource; listed in routes.c. One file res_*.c each. */
#ifndef SC_SERVER_RESOURCES_H
#define SC_SERVER_RESOURCES_H

#include "server/http.h"

#define SC_HANDLER(name)                                                                 \
    bool name(struct sc_request *req, struct sc_reply *reply, struct sc_error *err)

SC_HANDLER(sc_res_health);
SC_HANDLER(sc_res_events);

SC_HANDLER(sc_res_recordings);
SC_HANDLER(sc_res_recordings_check);
SC_HANDLER(sc_res_recording);
SC_HANDLER(sc_res_recording_delete);
SC_HANDLER(sc_res_transcript);
SC_HANDLER(sc_res_transcript_partial);
SC_HANDLER(sc_res_export);
SC_HANDLER(sc_res_search);

SC_HANDLER(sc_res_download);
SC_HANDLER(sc_res_download_status);
SC_HANDLER(sc_res_credentials);
SC_HANDLER(sc_res_process);
SC_HANDLER(sc_res_process_status);
SC_HANDLER(sc_res_queue);
SC_HANDLER(sc_res_job);
SC_HANDLER(sc_res_job_cancel);
SC_HANDLER(sc_res_job_retry);
SC_HANDLER(sc_res_job_pause);
SC_HANDLER(sc_res_job_resume);
SC_HANDLER(sc_res_job_priority);

SC_HANDLER(sc_res_settings);
SC_HANDLER(sc_res_settings_put);
SC_HANDLER(sc_res_providers);
SC_HANDLER(sc_res_models);
SC_HANDLER(sc_res_metrics);
SC_HANDLER(sc_res_prometheus);
SC_HANDLER(sc_res_system);

SC_HANDLER(sc_res_model_pull);
SC_HANDLER(sc_res_model_delete);
SC_HANDLER(sc_res_history);
SC_HANDLER(sc_res_doctor);
SC_HANDLER(sc_res_decks);
SC_HANDLER(sc_res_maintenance);
SC_HANDLER(sc_res_maintenance_run);
SC_HANDLER(sc_res_maintenance_cancel);
SC_HANDLER(sc_res_recording_archive);
SC_HANDLER(sc_res_recording_unarchive);

SC_HANDLER(sc_res_content);

SC_HANDLER(sc_res_recording_patch);
SC_HANDLER(sc_res_import);
SC_HANDLER(sc_res_import_status);
SC_HANDLER(sc_res_sample);
SC_HANDLER(sc_res_sample_import);
SC_HANDLER(sc_res_pair_code);
SC_HANDLER(sc_res_pair);
SC_HANDLER(sc_res_keys);
SC_HANDLER(sc_res_keys_add);
SC_HANDLER(sc_res_keys_delete);
SC_HANDLER(sc_res_session);
SC_HANDLER(sc_res_sign_in);
SC_HANDLER(sc_res_sign_out);
SC_HANDLER(sc_res_page);
SC_HANDLER(sc_res_page_file);
SC_HANDLER(sc_res_openapi);
SC_HANDLER(sc_res_docs);

/* ---- res_jobs.c: what the resources of jobs share ---- */

/* Adds the job, tells everybody, wakes the supervisor. The caller finishes *job. */
bool sc_res_enqueue(struct sc_request *req, const struct sc_enqueue *e,
                    struct sc_queue_job *job, struct sc_error *err);
/* SC_ERR_NOT_FOUND when there is none. */
bool sc_res_get_job(struct sc_request *req, const char *id, struct sc_queue_job *job,
                    struct sc_error *err);
/* The job of the path as the answer, with the end of its log or as an event. */
bool sc_res_answer_job(struct sc_request *req, struct sc_reply *reply, bool with_log,
                       struct sc_error *err);
/* res_process.c: the contract's process status. New reference. */
json_t *sc_res_process_json(struct sc_request *req, const struct sc_queue_job *job);

/* res_import.c: a piece of an uploaded video. */
bool sc_res_import_piece(struct sc_request *req, const void *data, size_t len,
                         struct sc_error *err);

/* Sends a file with Range and ETag (content.c). The caller vouches for the path. */
bool sc_content_send(struct sc_request *req, struct sc_reply *reply, const char *path,
                     struct sc_error *err);
/* To everybody who listens; data is borrowed. */
void sc_res_publish(struct sc_request *req, const char *type, json_t *data);
/* New references. */
json_t *sc_res_providers_json(struct sc_app *app);
json_t *sc_res_model_catalog_json(struct sc_app *app);

#endif
