import { useQuery } from "@tanstack/react-query";
import { type PointerEvent, useState } from "react";
import { useI18n } from "../../i18n";
import { formatBytes, formatEta } from "../../lib/format";
import { ErrorNote, Skeleton } from "../../ui";
import { historyQuery, type Sample, useReadings } from "./data";
import { type Point, plot } from "./plot";

const WIDTH = 320;
const HEIGHT = 72;
const HOUR = 3600;

interface Kind {
  id: "load" | "memory" | "rate" | "jobs";
  value: (s: Sample) => number;
  show: (value: number, last: Sample) => string;
  top?: (last: Sample) => number;
}

function One({ kind, samples, every }: { kind: Kind; samples: Sample[]; every: number }) {
  const { t, locale } = useI18n();
  const [over, setOver] = useState<Point | null>(null);
  const last = samples[samples.length - 1];
  if (!last) return null;
  // As long as there are readings, between five minutes and an hour.
  const span = Math.min(HOUR, Math.max(300, last.time - (samples[0]?.time ?? last.time)));
  const points = samples.map((s) => ({ time: s.time, value: kind.value(s) }));
  const drawn = plot(points, {
    width: WIDTH,
    height: HEIGHT,
    now: last.time,
    span,
    gap: every * 3,
    top: kind.top?.(last),
  });
  const x = over ? ((over.time - last.time + span) / span) * WIDTH : 0;
  const onMove = (e: PointerEvent<SVGSVGElement>) => {
    const rect = e.currentTarget.getBoundingClientRect();
    setOver(drawn.at(((e.clientX - rect.left) / rect.width) * WIDTH) ?? null);
  };
  const now = kind.show(kind.value(last), last);
  const clock = (time: number) =>
    new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" }).format(new Date(time * 1000));
  return (
    <figure className="plot" data-plot={kind.id}>
      <figcaption>
        <span>{t(`system.plot.${kind.id}`)}</span>
        <strong className="num">{over ? kind.show(over.value, last) : now}</strong>
      </figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={t("system.plotSays", {
          name: t(`system.plot.${kind.id}`),
          now,
          top: kind.show(drawn.top, last),
        })}
        onPointerMove={onMove}
        onPointerLeave={() => setOver(null)}
      >
        <path className="plot-area" d={drawn.area} />
        <path className="plot-line" d={drawn.line} />
        {over && <line className="plot-at" x1={x} x2={x} y1={0} y2={HEIGHT} />}
      </svg>
      <div className="plot-axis num" aria-hidden="true">
        <span>{t("system.ago", { time: formatEta(span) })}</span>
        <span>{over ? clock(over.time) : kind.show(drawn.top, last)}</span>
        <span>{t("system.now")}</span>
      </div>
    </figure>
  );
}

export function Plots() {
  const { t } = useI18n();
  const history = useQuery({ ...historyQuery, refetchOnMount: "always" });
  useReadings();
  if (history.isError) return <ErrorNote error={history.error} onRetry={() => history.refetch()} />;
  if (!history.data) return <Skeleton height="9rem" />;
  if (history.data.samples.length === 0) return <p className="muted">{t("system.noReadings")}</p>;
  const percent = (v: number) => `${Math.round(v * 100)} %`;
  const kinds: Kind[] = [
    { id: "load", value: (s) => s.load, show: percent },
    {
      id: "memory",
      value: (s) => s.memoryUsed,
      show: (v) => formatBytes(v),
      top: (last) => last.memoryTotal,
    },
    { id: "rate", value: (s) => s.downloadRate, show: (v) => `${formatBytes(v)}/s` },
    { id: "jobs", value: (s) => s.running + s.waiting, show: (v) => String(Math.round(v)) },
  ];
  return (
    <div className="plots">
      {kinds.map((kind) => (
        <One key={kind.id} kind={kind} samples={history.data.samples} every={history.data.every} />
      ))}
    </div>
  );
}
