import { Component, type ReactNode } from "react";
import { useT } from "../i18n";
import { Button, EmptyState } from "../ui";

function Broken({ message }: { message: string }) {
  const t = useT();
  return (
    <EmptyState
      icon="warning"
      title={t("common.broken")}
      action={
        <Button kind="main" icon="retry" onClick={() => location.reload()}>
          {t("common.reload")}
        </Button>
      }
    >
      <p>{t("common.brokenHint")}</p>
      <p className="muted">
        <code>{message}</code>
      </p>
    </EmptyState>
  );
}

/** A page that fails takes nothing else with it; going elsewhere starts anew. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { error: Error | null; at: string }> {
  override state = { error: null as Error | null, at: "" };

  static getDerivedStateFromError(error: Error) {
    return { error, at: location.pathname };
  }

  override render() {
    if (!this.state.error) return this.props.children;
    if (this.state.at !== location.pathname) {
      queueMicrotask(() => this.setState({ error: null }));
      return null;
    }
    return <Broken message={this.state.error.message} />;
  }
}
