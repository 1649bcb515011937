// What a page shows when it has nothing to show: not yet, nothing there, or a failure.
import type { CSSProperties, ReactNode } from "react";
import { ApiError } from "../api/client";
import { useT } from "../i18n";
import { Button } from "./button";
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
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof ApiError ? error.hint : t("common.errorHint");
  return (
    <div className="error-note" role="alert">
      <Icon name="warning" />
      <div>
        {title && <strong>{title} </strong>}
        {message}
        {hint && <div className="error-note-hint">{hint}</div>}
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
