import { useQuery } from "@tanstack/react-query";
import type { Metrics, SystemInfo } from "../../api/model";
import { metricsQuery, systemQuery } from "../../api/queries";
import { useT } from "../../i18n";
import { formatBytes } from "../../lib/format";
import { ErrorNote, Skeleton } from "../../ui";

const KINDS = ["videos", "audio", "slides", "text", "other"] as const;
type Kind = (typeof KINDS)[number];

/** Bytes by kind, where the service tells them; else all of the library as one. */
export function bytesByKind(
  system: SystemInfo,
  metrics: Metrics,
): { kind: Kind | "library"; bytes: number }[] {
  const told = (system.disk as { kinds?: Partial<Record<Kind, number>> }).kinds;
  if (!told) return [{ kind: "library", bytes: metrics.disk_usage_gb * 1e9 }];
  return KINDS.map((kind) => ({ kind, bytes: told[kind] ?? 0 }));
}

/** What the library takes of the disk, and what is left. */
export function Disk() {
  const t = useT();
  const system = useQuery(systemQuery);
  const metrics = useQuery(metricsQuery);
  const error = system.error ?? metrics.error;
  if (error)
    return (
      <ErrorNote
        error={error}
        onRetry={() => {
          system.refetch();
          metrics.refetch();
        }}
      />
    );
  if (!system.data || !metrics.data) return <Skeleton height="6rem" />;
  const kinds = bytesByKind(system.data, metrics.data);
  const free = (system.data.disk as { free?: number }).free ?? 0;
  const used = kinds.reduce((sum, k) => sum + k.bytes, 0);
  return (
    <div className="disk">
      <p>
        {t("system.diskSays", { used: formatBytes(used), free: formatBytes(free) })}{" "}
        <code className="disk-path">{(system.data.disk as { library?: string }).library}</code>
      </p>
      <div className="disk-bar" aria-hidden="true">
        {kinds.map((k) =>
          k.bytes > 0 ? (
            <span
              key={k.kind}
              className={`disk-${k.kind}`}
              style={{ flexGrow: k.bytes / Math.max(1, used) }}
            />
          ) : null,
        )}
      </div>
      <dl className="disk-kinds">
        {kinds.map((k) => (
          <div key={k.kind}>
            <dt>
              <span className={`disk-dot disk-${k.kind}`} />
              {t(`system.kind.${k.kind}`)}
            </dt>
            <dd className="num">{formatBytes(k.bytes)}</dd>
          </div>
        ))}
        <div>
          <dt>
            <span className="disk-dot disk-free" />
            {t("system.kind.free")}
          </dt>
          <dd className="num">{formatBytes(free)}</dd>
        </div>
      </dl>
    </div>
  );
}
