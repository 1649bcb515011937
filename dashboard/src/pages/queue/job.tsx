import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { errorOf, type Job, type ProgressEvent } from "../../api/model";
import { type Key, useI18n } from "../../i18n";
import { en } from "../../i18n/en";
import { formatEta } from "../../lib/format";
import { Button, Chip, Icon, InItsWords, Menu, type MenuItem, Progress, useExplain } from "../../ui";
import { act, setPriority } from "./actions";
import { rateText, type StageView, stages } from "./model";

const KIND_ICONS = { download: "download", process: "spark", import: "upload" } as const;

const stageKey = (name: string): Key | null => {
  const key = `queue.stage.${name}`;
  return key in en ? (key as Key) : null;
};

export function useStageName(): (name: string | null) => string {
  const { t } = useI18n();
  return (name) => {
    const key = name ? stageKey(name) : null;
    return key ? t(key) : (name ?? "");
  };
}

/** Title, kind and the way to the lecture. */
export function JobTitle({ job, children }: { job: Job; children?: ReactNode }) {
  const { t } = useI18n();
  const title = job.title ?? t("queue.untitled");
  return (
    <div className="job-title">
      <Icon name={KIND_ICONS[job.kind]} />
      <div className="job-words">
        <h3>
          {job.lectureId ? (
            <Link href={`/lecture/${encodeURIComponent(job.lectureId)}`}>{title}</Link>
          ) : (
            title
          )}
        </h3>
        <Chip>{t(`queue.kind.${job.kind}`)}</Chip>
        {children}
      </div>
    </div>
  );
}

export function JobMenu({ job, onLog }: { job: Job; onLog: () => void }) {
  const { t } = useI18n();
  const open = job.state === "running" || job.state === "waiting" || job.state === "paused";
  const levels = [
    { value: 10, label: t("queue.priority.high") },
    { value: 0, label: t("queue.priority.normal") },
    { value: -10, label: t("queue.priority.low") },
  ];
  const items: MenuItem[] = [{ label: t("queue.log"), icon: "list", run: onLog }];
  if (open && job.state !== "running")
    items.push(
      "line",
      ...levels.map((l) => ({
        label: l.label,
        checked: job.priority === l.value,
        run: () => {
          setPriority(job, l.value);
        },
      })),
    );
  if (open)
    items.push("line", {
      label: t("queue.cancel"),
      icon: "close",
      danger: true,
      run: () => act("cancel", job),
    });
  return <Menu small label={t("queue.moreOf", { title: job.title ?? job.id })} items={items} />;
}

function Stage({ stage, name }: { stage: StageView; name: string }) {
  const { t } = useI18n();
  const e = stage.event;
  const rate =
    e &&
    rateText(e.rate, e.unit, {
      times: (x) => t("queue.times", { x }),
      items: (x) => t("queue.items", { x }),
    });
  const more =
    stage.state === "running"
      ? [
          e && e.total > 0 ? `${Math.floor(stage.part * 100)} %` : "",
          rate,
          e && e.eta > 0 ? t("common.eta", { time: formatEta(e.eta) }) : "",
        ]
          .filter(Boolean)
          .join(" · ")
      : "";
  return (
    <li className={`stage stage-${stage.state}`}>
      <span className="stage-mark">{stage.state === "done" && <Icon name="check" />}</span>
      <span className="stage-name">
        {name}
        <span className="sr-only">: {t(`queue.stageState.${stage.state}`)}</span>
      </span>
      <span className="stage-track" aria-hidden="true">
        <span style={{ transform: `scaleX(${stage.part})` }} />
      </span>
      <span className="stage-more num">{more}</span>
    </li>
  );
}

/** A job at work: the whole, each stage, and what can be done. */
export function RunningJob({ job, onLog }: { job: Job; onLog: () => void }) {
  const { t, language } = useI18n();
  const nameOf = useStageName();
  const events = useQuery<Record<string, ProgressEvent>>({
    queryKey: ["stages", job.id],
    enabled: false,
    initialData: {},
  }).data;
  const list = stages(job, events);
  const unit = events[job.stage ?? ""]?.unit ?? (job.kind === "process" ? undefined : "bytes");
  return (
    <li className="job job-running">
      <div className="job-head">
        <JobTitle job={job} />
        <div className="job-actions">
          <Button small icon="pause" onClick={() => act("pause", job)}>
            {t("queue.pause")}
          </Button>
          <Button small kind="quiet" icon="list" onClick={onLog}>
            {t("queue.log")}
          </Button>
          <JobMenu job={job} onLog={onLog} />
        </div>
      </div>
      <Progress
        value={job.progress}
        label={t("queue.progressOf", { title: job.title ?? "" })}
        // What the job says of itself is English: in other languages the stage says it.
        text={(language === "en" && job.message) || nameOf(job.stage)}
        rate={rateText(job.rate, unit, {
          times: (x) => t("queue.times", { x }),
          items: (x) => t("queue.items", { x }),
        })}
        etaSeconds={job.eta}
      />
      {list.length > 1 && (
        <ol className="stages">
          {list.map((s) => (
            <Stage key={s.name} stage={s} name={nameOf(s.name)} />
          ))}
        </ol>
      )}
    </li>
  );
}

const FIXES = ["signature_expired", "disk_full", "forbidden", "network", "timeout", "rate_limited"] as const;

/** Why a job stands still, and the way on. */
export function StoppedJob({ job, onLog }: { job: Job; onLog: () => void }) {
  const { t } = useI18n();
  const explain = useExplain();
  const told = errorOf(job);
  // Stopped on request: that is no failure to explain.
  const error = told?.code === "cancelled" ? null : told;
  const code = error?.code ?? "";
  const expired = code === "signature_expired";
  const why = error && explain(error);
  const fix = (FIXES as readonly string[]).includes(code)
    ? t(`queue.fix.${code as (typeof FIXES)[number]}`)
    : why?.todo;
  const failed = job.state === "failed";
  return (
    <li className={failed ? "job job-failed" : "job job-paused"}>
      <div className="job-head">
        <JobTitle job={job}>
          <Chip tone={failed ? "brick" : "lamp"}>
            {expired ? t("queue.signatureEnded") : t(failed ? "queue.state.failed" : "queue.state.paused")}
          </Chip>
        </JobTitle>
        <div className="job-actions">
          <Button
            small
            kind={expired ? "plain" : "main"}
            icon={failed ? "retry" : "play"}
            onClick={() => act(failed ? "retry" : "resume", job)}
          >
            {t(failed ? "queue.retry" : "queue.resume")}
          </Button>
          <Button small kind="quiet" icon="list" onClick={onLog}>
            {t("queue.log")}
          </Button>
          {!failed && <JobMenu job={job} onLog={onLog} />}
        </div>
      </div>
      {why ? (
        <div className="job-why">
          <p>{why.what}</p>
          {fix && <p className="job-fix">{fix}</p>}
          <InItsWords detail={why.detail} />
        </div>
      ) : (
        <p className="job-why muted">{t("queue.pausedByHand")}</p>
      )}
      {job.progress > 0 && (
        <p className="muted num job-kept">
          {t("queue.kept", { percent: Math.floor(job.progress) })}
          {job.attempts > 1 && ` · ${t("queue.attempts", { n: job.attempts })}`}
        </p>
      )}
    </li>
  );
}
