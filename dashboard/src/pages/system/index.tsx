import "./system.css";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useId, useSyncExternalStore } from "react";
import { getConnection, watchConnection } from "../../api/events";
import { metricsQuery, systemQuery } from "../../api/queries";
import { type Key, useI18n } from "../../i18n";
import { en } from "../../i18n/en";
import { formatBytes, formatEta } from "../../lib/format";
import { Chip, ErrorNote, SkeletonText } from "../../ui";
import { Disk } from "./disk";
import { Doctor } from "./doctor";
import { Plots } from "./plots";
import { Upkeep } from "./upkeep";

interface Engine {
  name: string;
  usable: boolean;
  installed: boolean;
  model: string;
  version: string;
}

function Part({ title, children, wide }: { title: string; children: ReactNode; wide?: boolean }) {
  const id = useId();
  return (
    <section className={wide ? "part part-wide" : "part"} aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}

function Health() {
  const { t } = useI18n();
  const connection = useSyncExternalStore(watchConnection, getConnection);
  const system = useQuery(systemQuery).data;
  const metrics = useQuery(metricsQuery).data;
  const fine = connection === "online";
  const facts = [
    system && `scaler ${system.version}`,
    metrics && t("system.since", { time: formatEta(metrics.uptime_hours * 3600) }),
    metrics && t("system.lectures", { n: metrics.recordings_count }),
  ].filter(Boolean);
  return (
    <p className="health" role="status">
      <span className={fine ? "health-dot health-good" : "health-dot"} />
      <strong>
        {t(fine ? "system.healthy" : connection === "offline" ? "system.away" : "system.asking")}
      </strong>
      <span className="muted num">{facts.join(" · ")}</span>
    </p>
  );
}

function Stages() {
  const { t, explain } = useI18n();
  const metrics = useQuery(metricsQuery);
  if (metrics.isError) return <ErrorNote error={metrics.error} onRetry={() => metrics.refetch()} />;
  if (!metrics.data) return <SkeletonText lines={4} />;
  const stages = Object.entries(
    metrics.data.stages as Record<string, { done: number; errors: number; seconds: number }>,
  ).filter(([, s]) => s.done + s.errors > 0);
  const failures = Object.entries(metrics.data.failures_by_code as Record<string, number>);
  const most = Math.max(0.001, ...stages.map(([, s]) => s.seconds / Math.max(1, s.done + s.errors)));
  const name = (stage: string) => {
    const key = `queue.stage.${stage}`;
    return key in en ? t(key as Key) : stage;
  };
  if (stages.length === 0) return <p className="muted">{t("system.noStages")}</p>;
  return (
    <>
      <div className="table-holder">
        <table className="stage-table">
          <thead>
            <tr>
              <th scope="col">{t("system.stage")}</th>
              <th scope="col" className="stage-time">
                {t("system.mean")}
              </th>
              <th scope="col">{t("system.runs")}</th>
              <th scope="col">{t("system.errors")}</th>
            </tr>
          </thead>
          <tbody>
            {stages.map(([stage, s]) => {
              const mean = s.seconds / Math.max(1, s.done + s.errors);
              return (
                <tr key={stage}>
                  <th scope="row">{name(stage)}</th>
                  <td className="stage-time num">
                    <span className="stage-bar" style={{ width: `${(mean / most) * 60}%` }} />
                    {mean < 1 ? `${mean.toFixed(1)} s` : formatEta(mean)}
                  </td>
                  <td className="num">{s.done + s.errors}</td>
                  <td className={s.errors ? "num stage-errors" : "num"}>{s.errors}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {failures.length > 0 && (
        <p className="row failures">
          <span className="muted">{t("system.failures")}</span>
          {failures.map(([code, n]) => (
            <Chip key={code} tone="brick">
              {explain({ detail: code.replaceAll("_", " "), code }).what} × {n}
            </Chip>
          ))}
        </p>
      )}
    </>
  );
}

function Machine() {
  const { t } = useI18n();
  const system = useQuery(systemQuery);
  const metrics = useQuery(metricsQuery).data;
  if (system.isError) return <ErrorNote error={system.error} onRetry={() => system.refetch()} />;
  if (!system.data) return <SkeletonText lines={5} />;
  const s = system.data;
  const memory = s.memory as { total?: number; available?: number };
  const engines = s.engines as unknown as Engine[];
  return (
    <dl className="facts">
      <dt>{t("system.version")}</dt>
      <dd>{s.version}</dd>
      <dt>{t("system.machine")}</dt>
      <dd>
        {s.machine}, {t("system.cpus", { n: s.cpus })}
      </dd>
      <dt>{t("system.memory")}</dt>
      <dd className="num">
        {t("system.memorySays", {
          free: formatBytes(memory.available ?? 0),
          total: formatBytes(memory.total ?? 0),
        })}
        {metrics && (
          <span className="muted">
            {" "}
            {t("system.peak", { bytes: formatBytes(metrics.memory_peak_bytes) })}
          </span>
        )}
      </dd>
      <dt>{t("system.engines")}</dt>
      <dd>
        <ul className="engines">
          {engines.map((e) => (
            <li key={e.name}>
              {e.name}{" "}
              <Chip tone={e.usable ? "leaf" : "plain"}>
                {t(e.usable ? "system.usable" : e.installed ? "system.notReady" : "system.missing")}
              </Chip>{" "}
              <span className="muted">{[e.version, e.model].filter(Boolean).join(", ")}</span>
            </li>
          ))}
        </ul>
      </dd>
      <dt>{t("system.models")}</dt>
      <dd>{s.speechModels.length ? s.speechModels.join(", ") : t("system.noModels")}</dd>
      {metrics && (
        <>
          <dt>{t("system.listeners")}</dt>
          <dd className="num">{metrics.event_clients}</dd>
        </>
      )}
      <dt>{t("system.documents")}</dt>
      <dd className="row">
        <a href="/docs">{t("system.docs")}</a>
        <a href="/metrics">Prometheus</a>
      </dd>
    </dl>
  );
}

export default function System() {
  const { t } = useI18n();
  return (
    <div className="page system">
      <header className="page-head">
        <h1>{t("system.title")}</h1>
        <Health />
      </header>
      <div className="parts">
        <Part title={t("system.lastHour")} wide>
          <Plots />
        </Part>
        <Part title={t("system.disk")}>
          <Disk />
        </Part>
        <Part title={t("system.doctor")}>
          <Doctor />
        </Part>
        <Part title={t("system.upkeep")}>
          <Upkeep />
        </Part>
        <Part title={t("system.timings")}>
          <Stages />
        </Part>
        <Part title={t("system.about")} wide>
          <Machine />
        </Part>
      </div>
    </div>
  );
}
