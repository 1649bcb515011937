import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { api } from "../../api/client";
import { onEvent } from "../../api/events";
import type { Job } from "../../api/model";
import { queryClient } from "../../api/queries";
import { useT } from "../../i18n";
import { Button, Dialog, ErrorNote, SkeletonText, toast } from "../../ui";

const KEPT = 60_000;

/** A job's log, growing while the job writes it. */
export function LogDialog({ job, onClose }: { job: Job; onClose: () => void }) {
  const t = useT();
  const box = useRef<HTMLPreElement>(null);
  const atEnd = useRef(true);
  const key = ["log", job.id];
  const log = useQuery({
    queryKey: key,
    queryFn: ({ signal }) =>
      api.get("/api/v1/jobs/{id}", { path: { id: job.id }, signal }).then((j) => j.log),
    staleTime: 0,
  });
  const id = job.id;
  useEffect(
    () =>
      onEvent<{ jobId: string; text: string }>("log", (e) => {
        if (e.jobId === id)
          queryClient.setQueryData<string>(["log", id], (old) =>
            // What was asked for may already hold it.
            old === undefined || old.endsWith(e.text) ? old : (old + e.text).slice(-KEPT),
          );
      }),
    [id],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: a longer log is followed to its end
  useEffect(() => {
    if (atEnd.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [log.data]);
  const copy = () =>
    navigator.clipboard.writeText(log.data ?? "").then(() => toast(t("queue.copied")), toast);
  return (
    <Dialog
      title={t("queue.logOf", { title: job.title ?? job.id })}
      open
      wide
      onClose={onClose}
      actions={
        <Button icon="copy" disabled={!log.data} onClick={copy}>
          {t("queue.copyLog")}
        </Button>
      }
    >
      {log.isError ? (
        <ErrorNote error={log.error} onRetry={() => log.refetch()} />
      ) : log.data === undefined ? (
        <SkeletonText lines={6} />
      ) : log.data ? (
        <pre
          ref={box}
          className="job-log"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
          tabIndex={0}
          role="log"
          aria-live="off"
          aria-label={t("queue.log")}
          onScroll={(e) => {
            const b = e.currentTarget;
            atEnd.current = b.scrollHeight - b.scrollTop - b.clientHeight < 30;
          }}
        >
          {log.data}
        </pre>
      ) : (
        <p className="muted">{t("queue.noLog")}</p>
      )}
    </Dialog>
  );
}
