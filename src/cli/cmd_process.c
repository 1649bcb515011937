#include "cli/job.h"
#include "cli/lecture_view.h"

bool sc_cmd_process(struct sc_cli *cli, struct sc_error *err)
{
    struct sc_job job;
    struct sc_lecture lecture = {0};
    bool ok = sc_job_init(&job, cli, err) &&
              sc_cli_lecture(cli, cli->args[0], &lecture, err) &&
              sc_job_process(&job, lecture.id, err);
    /* What is there is printed also beside a failure. */
    if (json_array_size(job.results))
        ok = sc_job_print(&job, err) && ok;
    sc_lecture_finish(&lecture);
    sc_job_finish(&job);
    return ok;
}
