import "./settings.css";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";
import { onEvent } from "../../api/events";
import { queryClient, settingsQuery } from "../../api/queries";
import { useI18n } from "../../i18n";
import { ErrorNote, SkeletonText } from "../../ui";
import { Keys, Pairing } from "./access";
import { Appearance } from "./appearance";
import { type ChapterId, chapters, type Setting } from "./model";
import { ModelList } from "./models";
import { Providers } from "./providers";
import { SettingRow } from "./row";

function Chapter({ id, children }: { id: ChapterId | "look"; children: ReactNode }) {
  const { t } = useI18n();
  return (
    <section id={id} className="chapter" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{t(`settings.chapter.${id}`)}</h2>
      <p className="muted chapter-hint">{t(`settings.about.${id}`)}</p>
      {children}
    </section>
  );
}

/** What a chapter has besides its settings. */
function Extra({ id, settings }: { id: ChapterId; settings: Setting[] }) {
  if (id === "notes") return <Providers />;
  if (id === "models") return <ModelList settings={settings} />;
  if (id === "access")
    return (
      <>
        <Pairing />
        <Keys />
      </>
    );
  return null;
}

export default function Settings() {
  const { t } = useI18n();
  const settings = useQuery(settingsQuery);
  const list = settings.data ? chapters(settings.data.settings).filter((c) => c.settings.length > 0) : [];
  const ready = settings.isSuccess;
  // Another window, or `scaler config`, may change them.
  useEffect(
    () => onEvent("settings", () => queryClient.invalidateQueries({ queryKey: settingsQuery.queryKey })),
    [],
  );
  // The chapter that the address names is there only now.
  useEffect(() => {
    if (ready && location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  }, [ready]);
  return (
    <div className="page settings">
      <header className="page-head">
        <h1>{t("settings.title")}</h1>
      </header>
      <div className="settings-body">
        <nav className="settings-nav" aria-label={t("settings.chapters")}>
          <a href="#look">{t("settings.chapter.look")}</a>
          {list.map((c) => (
            <a key={c.id} href={`#${c.id}`}>
              {t(`settings.chapter.${c.id}`)}
            </a>
          ))}
        </nav>
        <div className="settings-chapters">
          <Chapter id="look">
            <Appearance />
          </Chapter>
          {settings.isError && <ErrorNote error={settings.error} onRetry={() => settings.refetch()} />}
          {settings.isPending && <SkeletonText lines={8} />}
          {list.map((c) => (
            <Chapter key={c.id} id={c.id}>
              <Extra id={c.id} settings={settings.data?.settings ?? []} />
              <div className="setting-list">
                {c.settings.map((s) => (
                  <SettingRow key={s.name} setting={s} />
                ))}
              </div>
            </Chapter>
          ))}
        </div>
      </div>
    </div>
  );
}
