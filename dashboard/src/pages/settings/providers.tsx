import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/client";
import { useI18n } from "../../i18n";
import { Button, Chip, ErrorNote, Skeleton } from "../../ui";

interface Provider {
  available: boolean;
  connected: boolean;
  model?: string;
  reason?: string;
}
const NAMES = ["ollama", "openai", "builtin"] as const;

/** Who can write the notes, tried out on request. */
export function Providers() {
  const { t, said } = useI18n();
  const [tested, setTested] = useState<Record<string, number>>({});
  const [testing, setTesting] = useState("");
  const providers = useQuery({
    queryKey: ["providers"],
    queryFn: ({ signal }) =>
      api.get("/api/v1/settings/providers", { signal }) as unknown as Promise<Record<string, Provider>>,
    staleTime: 30_000,
  });
  const test = async (name: string) => {
    setTesting(name);
    const start = performance.now();
    await providers.refetch();
    setTested((old) => ({ ...old, [name]: Math.round(performance.now() - start) }));
    setTesting("");
  };
  if (providers.isError) return <ErrorNote error={providers.error} onRetry={() => providers.refetch()} />;
  return (
    <ul className="providers">
      {NAMES.map((name) => {
        const p = providers.data?.[name];
        return (
          <li key={name} className="provider">
            <div className="provider-head">
              <h3>{t(`settings.provider.${name}`)}</h3>
              {p && (
                <Chip tone={p.connected ? "leaf" : "plain"}>
                  {t(p.connected ? "settings.connected" : "settings.notConnected")}
                </Chip>
              )}
            </div>
            {p ? (
              <p className="muted">{[p.model, said(p.reason ?? "")].filter(Boolean).join(" · ")}</p>
            ) : (
              <Skeleton height="1rem" />
            )}
            <div className="row" role="status">
              <Button
                small
                disabled={testing !== ""}
                aria-label={t("settings.testOf", { name: t(`settings.provider.${name}`) })}
                onClick={() => test(name)}
              >
                {testing === name ? t("settings.testing") : t("settings.test")}
              </Button>
              {tested[name] !== undefined && testing !== name && (
                <span className="muted num">
                  {p?.connected ? t("settings.answered", { ms: tested[name] ?? 0 }) : t("settings.noAnswer")}
                </span>
              )}
            </div>
          </li>
        );
      })}
    </ul>
  );
}
