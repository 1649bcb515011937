import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/client";
import type { Lecture, Segment } from "../../api/model";
import { modelsQuery } from "../../api/queries";
import { useT } from "../../i18n";
import { formatTime } from "../../lib/format";
import { Button, Dialog, ErrorNote, Select, toast } from "../../ui";

const MARGIN_S = 0.25;

/** One passage once more, perhaps with another model; the rest of the transcript stays. */
export default function RedoDialog({
  lecture,
  segment,
  onClose,
}: {
  lecture: Lecture;
  segment: Segment;
  onClose: () => void;
}) {
  const t = useT();
  const models = useQuery(modelsQuery).data;
  const [model, setModel] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const start = async () => {
    setBusy(true);
    try {
      await api.post("/api/v1/process", {
        body: {
          recordingId: lecture.id,
          transcribeFrom: Math.max(0, segment.start - MARGIN_S),
          transcribeTo: segment.end + MARGIN_S,
          ...(model ? { whisperModel: model } : {}),
        },
      });
      toast(t("lecture.redoQueued"));
      onClose();
    } catch (e) {
      setError(e);
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={t("lecture.redo")}
      open
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button kind="main" icon="retry" disabled={busy} onClick={start}>
            {t("library.processStart")}
          </Button>
        </>
      }
    >
      <p className="muted num">
        {formatTime(segment.start)}–{formatTime(segment.end)}
      </p>
      <blockquote className="redo-text">{segment.text}</blockquote>
      <Select
        label={t("library.speechModel")}
        hint={t("lecture.redoHint")}
        value={model}
        onChange={(e) => setModel(e.target.value)}
        options={[
          { value: "", label: t("lecture.sameModel") },
          ...(models?.whisper ?? []).map((name) => ({ value: name, label: `Whisper ${name}` })),
        ]}
      />
      {error !== null && <ErrorNote error={error} />}
    </Dialog>
  );
}
