import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { type Answer, api } from "../../api/client";
import { askAgain, onEvent } from "../../api/events";
import { modelsQuery, queryClient } from "../../api/queries";
import { useI18n, useT } from "../../i18n";
import { formatBytes } from "../../lib/format";
import {
  Button,
  Chip,
  Dialog,
  ErrorNote,
  inOneLine,
  Progress,
  SkeletonText,
  toast,
  useExplain,
} from "../../ui";
import { decidedBy, type Setting } from "./model";
import { save } from "./row";

type Models = Answer<"/api/v1/models">;
type Model = Models["catalog"][number];
type Pull = NonNullable<Model["pull"]>;

/** Each word about a model on its way goes into the list; its end asks for the list anew. */
function usePullEvents(): void {
  useEffect(
    () =>
      onEvent<Pull>("model", (pull) => {
        if (pull.state !== "running") askAgain(modelsQuery.queryKey);
        queryClient.setQueryData<Models>(modelsQuery.queryKey, (old) =>
          old
            ? { ...old, catalog: old.catalog.map((m) => (m.name === pull.name ? { ...m, pull } : m)) }
            : old,
        );
      }),
    [],
  );
}

const fail = (e: Error) => toast(e);
const pull = (name: string) => api.post("/api/v1/models/{name}/pull", { path: { name } }).catch(fail);
const remove = (name: string) =>
  api
    .delete("/api/v1/models/{name}", { path: { name } })
    .then(() => queryClient.invalidateQueries({ queryKey: modelsQuery.queryKey }))
    .catch(fail);

function ModelRow({
  model,
  chosen,
  canChoose,
  onRemove,
}: {
  model: Model;
  chosen: boolean;
  canChoose: boolean;
  onRemove: () => void;
}) {
  const { t, said } = useI18n();
  const explain = useExplain();
  const p = model.pull;
  const running = p?.state === "running";
  return (
    <li className="model" data-model={model.name}>
      <div className="model-words">
        <h3>
          {model.name}
          {chosen && (
            <Chip tone="lamp">{t(model.installed ? "settings.chosen" : "settings.chosenMissing")}</Chip>
          )}
          {model.installed && <Chip tone="leaf">{t("settings.installed")}</Chip>}
        </h3>
        <p className="muted">
          <span className="num">{formatBytes(model.size)}</span> · {said(model.about)}
        </p>
      </div>
      <div className="model-actions">
        {running ? (
          <Button small icon="close" onClick={() => remove(model.name)}>
            {t("common.cancel")}
          </Button>
        ) : model.installed ? (
          <>
            {!chosen && canChoose && model.kind === "whisper" && (
              <Button small onClick={() => save("WHISPER_MODEL", model.name).catch(fail)}>
                {t("settings.use")}
              </Button>
            )}
            <Button
              small
              kind="quiet"
              icon="trash"
              aria-label={t("settings.removeOf", { name: model.name })}
              onClick={onRemove}
            >
              {t("settings.remove")}
            </Button>
          </>
        ) : (
          <Button
            small
            icon="download"
            aria-label={t("settings.fetchOf", { name: model.name })}
            onClick={() => pull(model.name)}
          >
            {t("settings.fetch")}
          </Button>
        )}
      </div>
      {running && p && (
        <div className="model-progress">
          <Progress
            value={p.total ? (100 * (p.done ?? 0)) / p.total : 0}
            label={t("settings.fetchOf", { name: model.name })}
            text={`${formatBytes(p.done ?? 0)} / ${formatBytes(p.total ?? model.size)}`}
            rate={p.rate ? `${formatBytes(p.rate)}/s` : undefined}
            etaSeconds={p.eta ?? null}
          />
        </div>
      )}
      {p?.state === "failed" && !model.installed && (
        <p className="model-progress field-error" role="alert">
          {inOneLine(explain({ detail: p.error ?? "", code: p.code, hint: p.hint }))}
        </p>
      )}
    </li>
  );
}

/** Speech models to fetch, choose and remove; and what the language model's server has. */
export function ModelList({ settings }: { settings: Setting[] }) {
  const t = useT();
  const models = useQuery({ ...modelsQuery, refetchOnMount: "always" });
  const [all, setAll] = useState(false);
  const [doomed, setDoomed] = useState<Model | null>(null);
  usePullEvents();
  const whisper = settings.find((s) => s.name === "WHISPER_MODEL");
  const ollama = settings.find((s) => s.name === "OLLAMA_MODEL");
  if (models.isError) return <ErrorNote error={models.error} onRetry={() => models.refetch()} />;
  if (!models.data) return <SkeletonText lines={5} />;
  const catalog = models.data.catalog;
  const first = catalog.filter(
    (m) =>
      m.installed ||
      m.pull?.state === "running" ||
      m.name === whisper?.value ||
      !/-q\d|large-v[12]$/.test(m.name),
  );
  return (
    <>
      <ul className="models">
        {(all ? catalog : first).map((m) => (
          <ModelRow
            key={m.name}
            model={m}
            chosen={m.name === whisper?.value}
            canChoose={!!whisper && !decidedBy(whisper)}
            onRemove={() => setDoomed(m)}
          />
        ))}
      </ul>
      {!all && first.length < catalog.length && (
        <Button small kind="quiet" onClick={() => setAll(true)}>
          {t("settings.allModels", { n: catalog.length })}
        </Button>
      )}
      <h3 className="settings-sub">{t("settings.llmModels")}</h3>
      {models.data.llm.length > 0 ? (
        <ul className="models">
          {models.data.llm.map((name) => (
            <li key={name} className="model">
              <h3>
                {name}
                {name === ollama?.value && <Chip tone="lamp">{t("settings.chosen")}</Chip>}
              </h3>
              <div className="model-actions">
                {ollama && name !== ollama.value && !decidedBy(ollama) && (
                  <Button small onClick={() => save("OLLAMA_MODEL", name).catch(fail)}>
                    {t("settings.use")}
                  </Button>
                )}
              </div>
            </li>
          ))}
        </ul>
      ) : (
        <p className="muted settings-text">{models.data.error ?? t("settings.noLlm")}</p>
      )}
      <Dialog
        title={t("settings.removeTitle", { name: doomed?.name ?? "" })}
        open={doomed !== null}
        onClose={() => setDoomed(null)}
        actions={
          <>
            <Button onClick={() => setDoomed(null)}>{t("common.cancel")}</Button>
            <Button
              kind="danger"
              onClick={() => {
                if (doomed) remove(doomed.name);
                setDoomed(null);
              }}
            >
              {t("settings.remove")}
            </Button>
          </>
        }
      >
        <p>{t("settings.removeHint", { size: formatBytes(doomed?.size ?? 0) })}</p>
      </Dialog>
    </>
  );
}
