import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Link } from "wouter";
import { type Answer, api } from "../../api/client";
import { askAgain, onEvent } from "../../api/events";
import { metricsQuery, queryClient, settingsQuery, systemQuery } from "../../api/queries";
import { type Key, type Translate, useI18n } from "../../i18n";
import { en } from "../../i18n/en";
import { formatBytes } from "../../lib/format";
import { Button, Dialog, ErrorNote, Progress, SkeletonText, toast } from "../../ui";

type State = Answer<"/api/v1/maintenance">["tasks"][number];
type Preview = Answer<"/api/v1/maintenance/{task}", "post">;
type Task = "cleanup" | "archive" | "backup";
interface Item {
  path?: string;
  title?: string;
  lecture?: string;
  bytes?: number;
  why?: string;
}

const TASKS: Task[] = ["cleanup", "archive", "backup"];
const KEY = ["maintenance"];
const OLD = "30d";
const SHOWN = 8;

const body = (task: Task, run: boolean) => ({ run, ...(task === "archive" ? { olderThan: OLD } : {}) });
const ask = (task: Task, run: boolean) =>
  api.post("/api/v1/maintenance/{task}", { path: { task }, body: body(task, run) });

function useStates() {
  const states = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => api.get("/api/v1/maintenance", { signal }).then((a) => a.tasks),
    refetchOnMount: "always",
  });
  useEffect(
    () =>
      onEvent<State>("maintenance", (s) => {
        queryClient.setQueryData<State[]>(KEY, (old) => old?.map((x) => (x.task === s.task ? s : x)));
        if (s.state !== "running")
          for (const key of [KEY, systemQuery.queryKey, metricsQuery.queryKey]) askAgain(key);
      }),
    [],
  );
  return states;
}

/** What a task would touch, before it does. */
function Ask({ task, preview, onClose }: { task: Task; preview: Preview; onClose: () => void }) {
  const { t, said } = useI18n();
  const report = preview.report;
  const items = report.items as Item[];
  const run = () => {
    ask(task, true).catch(toast);
    onClose();
  };
  return (
    <Dialog
      title={t(`system.task.${task}`)}
      open
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button kind="main" disabled={report.count === 0} onClick={run}>
            {t(`system.do.${task}`)}
          </Button>
        </>
      }
    >
      <p>
        {report.count === 0
          ? t("system.nothingToDo")
          : t(`system.would.${task}`, { n: report.count, bytes: formatBytes(report.bytes) })}
      </p>
      {items.length > 0 && (
        <ul className="upkeep-items">
          {items.slice(0, SHOWN).map((item) => {
            const name = item.title ?? item.path ?? item.lecture ?? "";
            return (
              <li key={name}>
                <span>
                  {name}
                  {item.why && <span className="muted"> {said(item.why)}</span>}
                </span>
                <span className="num muted">{item.bytes ? formatBytes(item.bytes) : ""}</span>
              </li>
            );
          })}
          {items.length > SHOWN && (
            <li className="muted">{t("system.andMore", { n: items.length - SHOWN })}</li>
          )}
        </ul>
      )}
    </Dialog>
  );
}

function stepName(t: Translate, step: string): string {
  const key = `system.step.${step}`;
  return key in en ? t(key as Key) : "";
}

function TaskRow({ task, state }: { task: Task; state: State | undefined }) {
  const { t, explain, locale } = useI18n();
  const [preview, setPreview] = useState<Preview | null>(null);
  const [busy, setBusy] = useState(false);
  const folder = useQuery({
    ...settingsQuery,
    select: (s) => s.settings.find((x) => x.name === "SCALER_BACKUP_DIR")?.value ?? "",
  }).data;
  const noFolder = task === "backup" && folder === "";
  const look = () => {
    setBusy(true);
    ask(task, false)
      .then(setPreview, toast)
      .finally(() => setBusy(false));
  };
  const when = (text: string) =>
    new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(new Date(text));
  const running = state?.state === "running";
  return (
    <li className="upkeep" data-task={task}>
      <div className="upkeep-words">
        <h3>{t(`system.task.${task}`)}</h3>
        <p className="muted">{t(`system.taskHint.${task}`)}</p>
        <p className="muted num">
          {state?.ended
            ? `${t("system.lastTime", { when: when(state.ended) })} ${state.error ? explain({ detail: state.error, code: state.code }).what : ""}`
            : t("system.neverYet")}
          {state?.next && ` ${t("system.nextTime", { when: when(state.next) })}`}
        </p>
      </div>
      {running ? (
        <Button
          small
          icon="close"
          onClick={() => api.post("/api/v1/maintenance/{task}/cancel", { path: { task } }).catch(toast)}
        >
          {t("common.cancel")}
        </Button>
      ) : noFolder ? (
        <Link href="/settings#retention" className="btn btn-small">
          {t("system.setFolder")}
        </Link>
      ) : (
        <Button small disabled={busy} onClick={look}>
          {t("system.preview")}
        </Button>
      )}
      {running && state && (
        <div className="upkeep-progress">
          <Progress
            value={state.total > 0 ? (100 * state.done) / state.total : 0}
            label={t(`system.task.${task}`)}
            text={stepName(t, state.stage)}
            etaSeconds={state.eta}
          />
        </div>
      )}
      {preview && <Ask task={task} preview={preview} onClose={() => setPreview(null)} />}
    </li>
  );
}

/** Cleaning up, archives and backups: looked at first, then done. */
export function Upkeep() {
  const states = useStates();
  if (states.isError) return <ErrorNote error={states.error} onRetry={() => states.refetch()} />;
  if (!states.data) return <SkeletonText lines={4} />;
  return (
    <ul className="upkeeps">
      {TASKS.map((task) => (
        <TaskRow key={task} task={task} state={states.data.find((s) => s.task === task)} />
      ))}
    </ul>
  );
}
