import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api/client";
import type { Recording } from "../api/model";
import { metricsQuery, modelsQuery, settingsQuery, systemQuery } from "../api/queries";
import { type Key, useT } from "../i18n";
import { formatBytes, formatEta, formatTime } from "../lib/format";
import { Button, Check, Dialog, ErrorNote, Icon, Select, toast } from "../ui";
import { estimate, STAGES, type Stage } from "./estimate";

const NAMES: Record<Stage, Key> = {
  transcription: "library.stageTranscription",
  frames: "library.stageFrames",
  slides: "library.stageSlides",
  notes: "library.stageNotes",
};

interface Props {
  lectures: Pick<Recording, "id" | "title" | "duration">[];
  onClose: () => void;
}

/** Which stages, which models, and what that will cost on this machine. */
export default function ProcessDialog({ lectures, onClose }: Props) {
  const t = useT();
  const models = useQuery(modelsQuery).data;
  const system = useQuery(systemQuery).data;
  const metrics = useQuery(metricsQuery).data;
  const settings = useQuery(settingsQuery).data;
  const [stages, setStages] = useState<Stage[]>([...STAGES]);
  const [whisper, setWhisper] = useState("");
  const [llm, setLlm] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);

  const engine = system?.engines.find((e) => (e as { usable?: boolean }).usable) as
    | { name: string; model?: string }
    | undefined;
  const usual = engine?.name === "whisper" ? (engine.model ?? "") : "sphinx";
  const seconds = lectures.reduce((sum, l) => sum + l.duration, 0);
  const cost = estimate(
    { seconds, stages, model: whisper || usual, usualModel: usual, cpus: system?.cpus ?? 1 },
    metrics?.stages as never,
  );
  const free = Number((system?.memory as { available?: number } | undefined)?.available ?? 0);
  const tight = free > 0 && cost.memory > free;

  // Without slides there is nothing to read on them.
  const toggle = (stage: Stage) => {
    const on = !stages.includes(stage);
    setStages(
      STAGES.filter((s) =>
        s === stage ? on : stages.includes(s) && (on || stage !== "frames" || s !== "slides"),
      ),
    );
  };

  const start = async () => {
    setBusy(true);
    try {
      for (const lecture of lectures)
        await api.post("/api/v1/process", {
          body: {
            recordingId: lecture.id,
            skipTranscription: !stages.includes("transcription"),
            skipFrames: !stages.includes("frames"),
            skipSlideAnalysis: !stages.includes("slides"),
            skipNotes: !stages.includes("notes"),
            ...(whisper ? { whisperModel: whisper } : {}),
            ...(llm ? { llmModel: llm } : {}),
          },
        });
      toast(t("library.processQueued", { n: lectures.length }));
      onClose();
    } catch (e) {
      setError(e);
      setBusy(false);
    }
  };

  return (
    <Dialog
      title={
        lectures.length === 1 ? t("library.processOne") : t("library.processMany", { n: lectures.length })
      }
      open
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button kind="main" icon="spark" disabled={busy || stages.length === 0} onClick={start}>
            {t("library.processStart")}
          </Button>
        </>
      }
    >
      {lectures.length === 1 && (
        <p className="muted">
          {lectures[0]?.title} · {formatTime(seconds)}
        </p>
      )}
      <fieldset className="process-stages">
        <legend className="field-label">{t("library.stages")}</legend>
        {STAGES.map((stage) => {
          const time = cost.byStage[stage];
          return (
            <div key={stage} className="process-stage">
              <Check
                label={t(NAMES[stage])}
                checked={stages.includes(stage)}
                disabled={stage === "slides" && !stages.includes("frames")}
                onChange={() => toggle(stage)}
              />
              <span className="muted num">{time === undefined ? "–" : `≈ ${formatEta(time)}`}</span>
            </div>
          );
        })}
      </fieldset>
      <Select
        label={t("library.speechModel")}
        value={whisper}
        onChange={(e) => setWhisper(e.target.value)}
        disabled={!stages.includes("transcription")}
        options={[
          {
            value: "",
            label: t("library.modelUsual", {
              name: engine ? `${engine.name} ${engine.model ?? ""}`.trim() : "…",
            }),
          },
          ...(models?.whisper ?? []).map((name) => ({ value: name, label: `Whisper ${name}` })),
        ]}
      />
      <Select
        label={t("library.notesModel")}
        value={llm}
        onChange={(e) => setLlm(e.target.value)}
        disabled={!stages.includes("notes")}
        hint={models && models.llm.length === 0 ? t("library.noLlm") : undefined}
        options={[
          {
            value: "",
            label: t("library.modelUsual", {
              name: settings?.llmModel && models?.llm.length ? settings.llmModel : t("library.builtin"),
            }),
          },
          ...(models?.llm ?? []).map((name) => ({ value: name, label: name })),
        ]}
      />
      <div className={tight ? "process-cost process-cost-tight" : "process-cost"}>
        <Icon name={tight ? "warning" : "clock"} />
        <div>
          <strong className="num">
            {t("library.cost", { time: formatEta(cost.total), memory: formatBytes(cost.memory) })}
          </strong>
          <div className="muted">
            {tight
              ? t("library.costTight", { free: formatBytes(free) })
              : cost.measured
                ? t("library.costMeasured")
                : t("library.costGuessed")}
          </div>
        </div>
      </div>
      {error !== null && <ErrorNote error={error} />}
    </Dialog>
  );
}
