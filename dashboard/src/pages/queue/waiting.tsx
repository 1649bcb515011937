import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import { errorOf, type Job } from "../../api/model";
import { useI18n } from "../../i18n";
import { Button, Chip, Icon } from "../../ui";
import { act, place } from "./actions";
import { JobMenu, JobTitle } from "./job";
import { moved, moveTo } from "./model";

interface Drag {
  id: string;
  from: number;
  to: number;
  /** Pixels moved since the pointer went down. */
  shift: number;
}

/** When a job that waits to be tried again will be. */
function Later({ job }: { job: Job }) {
  const { t, locale, explain } = useI18n();
  const at = job.notBefore ? new Date(job.notBefore) : null;
  if (!at || at.getTime() <= Date.now()) return null;
  const time = new Intl.DateTimeFormat(locale, {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  }).format(at);
  const error = errorOf(job);
  return (
    <div className="job-why muted num">
      <p>{t("queue.again", { time })}</p>
      {error && <p>{explain(error).what}</p>}
    </div>
  );
}

/** What waits, in the order it will be taken: dragged, or moved with the arrow keys. */
export function Waiting({ jobs, onLog }: { jobs: Job[]; onLog: (job: Job) => void }) {
  const { t } = useI18n();
  const list = useRef<HTMLOListElement>(null);
  const start = useRef({ y: 0, tops: [] as number[], height: 0 });
  const [drag, setDrag] = useState<Drag | null>(null);
  // Shown in the new order while the service is being told.
  const [hoped, setHoped] = useState<{ id: string; to: number } | null>(null);
  const [said, setSaid] = useState("");
  const shown = hoped ? moved(jobs, hoped.id, hoped.to) : jobs;

  const settle = (id: string, to: number) => {
    const body = moveTo(shown, id, to);
    if (!body) return;
    setHoped({ id, to });
    setSaid(t("queue.movedTo", { n: Math.min(to, shown.length - 1) + 1, all: shown.length }));
    place(id, body).finally(() => setHoped(null));
  };
  const onKeyDown = (e: KeyboardEvent, id: string, i: number) => {
    const to = { ArrowUp: i - 1, ArrowDown: i + 1, Home: 0, End: shown.length - 1 }[e.key];
    if (to === undefined) return;
    e.preventDefault();
    e.stopPropagation();
    if (to >= 0 && to < shown.length) settle(id, to);
  };
  const onDown = (e: PointerEvent<HTMLButtonElement>, id: string, i: number) => {
    if (e.button !== 0) return;
    const rows = [...(list.current?.children ?? [])] as HTMLElement[];
    start.current = {
      y: e.clientY,
      tops: rows.map((r) => r.getBoundingClientRect().top + r.offsetHeight / 2),
      height: rows[i]?.offsetHeight ?? 0,
    };
    e.currentTarget.setPointerCapture(e.pointerId);
    setDrag({ id, from: i, to: i, shift: 0 });
  };
  const onMove = (e: PointerEvent) => {
    if (!drag) return;
    const shift = e.clientY - start.current.y;
    const middle = (start.current.tops[drag.from] ?? 0) + shift;
    const to = start.current.tops.filter((top, i) => i !== drag.from && top < middle).length;
    setDrag({ ...drag, shift, to });
  };
  const onUp = () => {
    if (drag) settle(drag.id, drag.to);
    setDrag(null);
  };
  const offset = (i: number): number => {
    if (!drag || i === drag.from) return drag?.shift ?? 0;
    if (i > drag.from && i <= drag.to) return -start.current.height;
    if (i < drag.from && i >= drag.to) return start.current.height;
    return 0;
  };

  return (
    <>
      <p className="sr-only" role="status">
        {said}
      </p>
      <ol ref={list} className={drag ? "jobs jobs-dragging" : "jobs"}>
        {shown.map((job, i) => (
          <li
            key={job.id}
            className={drag?.id === job.id ? "job job-waiting job-dragged" : "job job-waiting"}
            style={drag ? { transform: `translateY(${offset(i)}px)` } : undefined}
          >
            <div className="job-head">
              <button
                type="button"
                className="job-grip"
                aria-label={t("queue.moveOf", { title: job.title ?? job.id })}
                aria-describedby="queue-move-hint"
                onKeyDown={(e) => onKeyDown(e, job.id, i)}
                onPointerDown={(e) => onDown(e, job.id, i)}
                onPointerMove={onMove}
                onPointerUp={onUp}
                onPointerCancel={() => setDrag(null)}
              >
                <Icon name="drag" />
              </button>
              <span className="job-number num">{i + 1}</span>
              <JobTitle job={job}>
                {job.priority > 0 && <Chip tone="lamp">{t("queue.priority.high")}</Chip>}
                {job.priority < 0 && <Chip>{t("queue.priority.low")}</Chip>}
              </JobTitle>
              <div className="job-actions">
                <Button small icon="pause" onClick={() => act("pause", job)}>
                  {t("queue.pause")}
                </Button>
                <JobMenu job={job} onLog={() => onLog(job)} />
              </div>
            </div>
            <Later job={job} />
          </li>
        ))}
      </ol>
      <p id="queue-move-hint" hidden>
        {t("queue.moveHint")}
      </p>
    </>
  );
}
