import "./queue.css";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useId, useState } from "react";
import { Link } from "wouter";
import type { Job } from "../../api/model";
import { queueQuery } from "../../api/queries";
import { useI18n } from "../../i18n";
import { formatEta } from "../../lib/format";
import { Button, Chip, EmptyState, ErrorNote, SkeletonText } from "../../ui";
import { act } from "./actions";
import { JobTitle, RunningJob, StoppedJob } from "./job";
import { LogDialog } from "./log";
import { sections } from "./model";
import { Waiting } from "./waiting";

const HISTORY = 12;

function Section({
  title,
  n,
  children,
  aside,
}: {
  title: string;
  n: number;
  children: ReactNode;
  aside?: ReactNode;
}) {
  const id = useId();
  if (n === 0) return null;
  return (
    <section className="queue-section" aria-labelledby={id}>
      <div className="queue-section-head">
        <h2 id={id}>{title}</h2>
        <span className="muted num">{n}</span>
        {aside}
      </div>
      {children}
    </section>
  );
}

function Ended({ job, onLog }: { job: Job; onLog: () => void }) {
  const { t, locale } = useI18n();
  const took =
    job.started && job.ended ? (new Date(job.ended).getTime() - new Date(job.started).getTime()) / 1000 : 0;
  const when = job.ended
    ? new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(new Date(job.ended))
    : "";
  return (
    <li className="job job-ended">
      <div className="job-head">
        <JobTitle job={job}>
          <Chip tone={job.state === "done" ? "leaf" : "plain"}>
            {t(job.state === "done" ? "queue.state.done" : "queue.state.cancelled")}
          </Chip>
        </JobTitle>
        <span className="muted num job-when">
          {when}
          {took >= 1 && ` · ${formatEta(took)}`}
        </span>
        <div className="job-actions">
          {job.state === "cancelled" && (
            <Button small icon="retry" onClick={() => act("retry", job)}>
              {t("queue.retry")}
            </Button>
          )}
          <Button small kind="quiet" icon="list" onClick={onLog}>
            {t("queue.log")}
          </Button>
        </div>
      </div>
    </li>
  );
}

export default function Queue() {
  const { t } = useI18n();
  const queue = useQuery(queueQuery);
  const [log, setLog] = useState<string | null>(null);
  const [all, setAll] = useState(false);
  const jobs = queue.data?.jobs ?? [];
  const s = sections(jobs);
  const logged = jobs.find((j) => j.id === log);
  const busy = [...s.running, ...s.waiting];
  return (
    <div className="page queue-page">
      <header className="page-head">
        <h1>{t("queue.title")}</h1>
        {busy.length > 1 && (
          <Button icon="pause" onClick={() => Promise.all(busy.map((j) => act("pause", j)))}>
            {t("queue.pauseAll")}
          </Button>
        )}
        {s.paused.length > 1 && (
          <Button icon="play" onClick={() => Promise.all(s.paused.map((j) => act("resume", j)))}>
            {t("queue.resumeAll")}
          </Button>
        )}
      </header>
      {queue.isError ? (
        <ErrorNote error={queue.error} onRetry={() => queue.refetch()} />
      ) : !queue.data ? (
        <SkeletonText lines={5} />
      ) : jobs.length === 0 ? (
        <EmptyState
          icon="queue"
          title={t("queue.empty")}
          action={
            <Link href="/" className="btn btn-main">
              {t("common.toLibrary")}
            </Link>
          }
        >
          <p>{t("queue.emptyHint")}</p>
        </EmptyState>
      ) : (
        <>
          {busy.length + s.paused.length + s.failed.length === 0 && (
            <p className="queue-idle muted">{t("queue.idle")}</p>
          )}
          <Section title={t("queue.running")} n={s.running.length}>
            <ol className="jobs">
              {s.running.map((j) => (
                <RunningJob key={j.id} job={j} onLog={() => setLog(j.id)} />
              ))}
            </ol>
          </Section>
          <Section title={t("queue.needsYou")} n={s.paused.length}>
            <ol className="jobs">
              {s.paused.map((j) => (
                <StoppedJob key={j.id} job={j} onLog={() => setLog(j.id)} />
              ))}
            </ol>
          </Section>
          <Section
            title={t("queue.waiting")}
            n={s.waiting.length}
            aside={s.waiting.length > 1 && <span className="muted queue-aside">{t("queue.moveShort")}</span>}
          >
            <Waiting jobs={s.waiting} onLog={(j) => setLog(j.id)} />
          </Section>
          <Section title={t("queue.failed")} n={s.failed.length}>
            <ol className="jobs">
              {s.failed.map((j) => (
                <StoppedJob key={j.id} job={j} onLog={() => setLog(j.id)} />
              ))}
            </ol>
          </Section>
          <Section title={t("queue.history")} n={s.history.length}>
            <ol className="jobs jobs-history">
              {s.history.slice(0, all ? undefined : HISTORY).map((j) => (
                <Ended key={j.id} job={j} onLog={() => setLog(j.id)} />
              ))}
            </ol>
            {!all && s.history.length > HISTORY && (
              <Button small kind="quiet" onClick={() => setAll(true)}>
                {t("queue.all", { n: s.history.length })}
              </Button>
            )}
          </Section>
        </>
      )}
      {logged && <LogDialog job={logged} onClose={() => setLog(null)} />}
    </div>
  );
}
