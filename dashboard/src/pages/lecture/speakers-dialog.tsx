import { useState } from "react";
import type { Lecture } from "../../api/model";
import { useT } from "../../i18n";
import { formatTime } from "../../lib/format";
import { Button, Dialog, ErrorNote, TextField } from "../../ui";
import { saveEdit } from "./edits";
import { editKey, type Speaker } from "./speakers";

interface Props {
  lecture: Lecture;
  speakers: Speaker[];
  nameOf: (id: string) => string;
  onClose: () => void;
}

/** Names for those who speak: the student's own, kept apart from the transcript. */
export default function SpeakersDialog({ lecture, speakers, nameOf, onClose }: Props) {
  const t = useT();
  const [names, setNames] = useState<Record<string, string>>(() =>
    Object.fromEntries(speakers.map((s) => [s.id, lecture.edits[editKey(s.id)] ?? ""])),
  );
  const [error, setError] = useState<unknown>(null);
  const save = async () => {
    try {
      let now = lecture;
      for (const { id } of speakers) {
        const name = names[id]?.trim() ?? "";
        const key = editKey(id);
        if (name === (now.edits[key] ?? "")) continue;
        await saveEdit(now, key, name || null);
        const { [key]: _, ...others } = now.edits;
        now = { ...now, edits: name ? { ...others, [key]: name } : others };
      }
      onClose();
    } catch (e) {
      setError(e);
    }
  };
  return (
    <Dialog
      title={t("lecture.speakersName")}
      open
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button kind="main" onClick={save}>
            {t("common.save")}
          </Button>
        </>
      }
    >
      <p className="muted">{t("lecture.speakersHint")}</p>
      {speakers.map((s) => (
        <TextField
          key={s.id}
          label={`${nameOf(s.id)} · ${formatTime(s.seconds)}`}
          placeholder={s.id}
          value={names[s.id] ?? ""}
          onChange={(e) => setNames({ ...names, [s.id]: e.target.value })}
        />
      ))}
      {error !== null && <ErrorNote error={error} />}
    </Dialog>
  );
}
