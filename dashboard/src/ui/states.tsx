// What a page shows when it has nothing to show: not yet, nothing there, or a failure.
import type { CSSProperties, ReactNode } from "react";
import { useT } from "../i18n";
import { Button } from "./button";
import { useExplain } from "./failure";
import { Icon, type IconName } from "./icons";

export function Skeleton({
  height = "1rem",
  width = "100%",
  style,
}: {
  height?: string;
  width?: string;
  style?: CSSProperties;
}) {
  return <div className="skeleton" aria-hidden="true" style={{ height, width, ...style }} />;
}

/** Lines of text that are on their way; says so to a screen reader. */
export function SkeletonText({ lines = 4 }: { lines?: number }) {
  const t = useT();
  return (
    <div className="stack" role="status" aria-label={t("common.loading")}>
      {Array.from({ length: lines }, (_, i) => `l${i}`).map((key, i) => (
        <Skeleton key={key} width={i % 3 === 2 ? "70%" : "100%"} />
      ))}
    </div>
  );
}

export function EmptyState({
  icon,
  title,
  children,
  action,
}: {
  icon: IconName;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="empty">
      <div className="empty-icon">
        <Icon name={icon} />
      </div>
      <h2>{title}</h2>
      {children && <div>{children}</div>}
      {action}
    </div>
  );
}

/** The service's own words, where a translation says less. */
export function InItsWords({ detail }: { detail: string }) {
  const t = useT();
  return detail ? (
    <div className="error-note-words muted">
      {t("common.inItsWords")} <span lang="en">{detail}</span>
    </div>
  ) : null;
}

interface ErrorProps {
  error: unknown;
  /** What was being done, when the error does not say it. */
  title?: string;
  onRetry?: () => void;
  children?: ReactNode;
}

/** A failure with what is wrong and what to do next. */
export function ErrorNote({ error, title, onRetry, children }: ErrorProps) {
  const t = useT();
  const { what, todo, detail } = useExplain()(error);
  return (
    <div className="error-note" role="alert">
      <Icon name="warning" />
      <div>
        {title && <strong>{title} </strong>}
        <span className="error-note-what">{what}</span>
        {todo && <div className="error-note-hint">{todo}</div>}
        <InItsWords detail={detail} />
        {(onRetry || children) && (
          <div className="error-note-actions">
            {onRetry && (
              <Button small icon="retry" onClick={onRetry}>
                {t("common.retry")}
              </Button>
            )}
            {children}
          </div>
        )}
      </div>
    </div>
  );
}
