// Small questions about one lecture or several.
import { type FormEvent, useId, useState } from "react";
import type { Recording } from "../../api/model";
import { useT } from "../../i18n";
import { Button, Dialog, ErrorNote, TextField, toast } from "../../ui";
import { changeLecture, deleteLecture } from "./actions";
import { parseTags } from "./filter";

interface Props {
  lectures: Recording[];
  onClose: () => void;
}

function useRun(onClose: () => void) {
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const run = async (work: () => Promise<void>) => {
    setBusy(true);
    setError(null);
    try {
      await work();
      onClose();
    } catch (e) {
      setError(e);
      setBusy(false);
    }
  };
  return { error, busy, run };
}

interface FormProps {
  title: string;
  onClose: () => void;
  onSubmit: () => void;
  busy: boolean;
  error: unknown;
  children: React.ReactNode;
  ok?: string;
}

function FormDialog({ title, onClose, onSubmit, busy, error, children, ok }: FormProps) {
  const t = useT();
  const id = useId();
  const submit = (e: FormEvent) => {
    e.preventDefault();
    onSubmit();
  };
  return (
    <Dialog
      title={title}
      open
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button kind="main" type="submit" form={id} disabled={busy}>
            {ok ?? t("common.save")}
          </Button>
        </>
      }
    >
      <form id={id} className="stack" onSubmit={submit}>
        {children}
        {error !== null && <ErrorNote error={error} />}
      </form>
    </Dialog>
  );
}

export function RenameDialog({ lectures, onClose }: Props) {
  const t = useT();
  const lecture = lectures[0] as Recording;
  const [title, setTitle] = useState(lecture.title);
  const { error, busy, run } = useRun(onClose);
  return (
    <FormDialog
      title={t("library.rename")}
      onClose={onClose}
      busy={busy || !title.trim()}
      error={error}
      onSubmit={() => run(() => changeLecture(lecture.id, { title: title.trim() }))}
    >
      <TextField
        label={t("library.newTitle")}
        value={title}
        maxLength={300}
        required
        onChange={(e) => setTitle(e.target.value)}
      />
    </FormDialog>
  );
}

export function MoveDialog({ lectures, known, onClose }: Props & { known: string[] }) {
  const t = useT();
  const id = useId();
  const [folder, setFolder] = useState(lectures.length === 1 ? (lectures[0]?.folder ?? "") : "");
  const { error, busy, run } = useRun(onClose);
  return (
    <FormDialog
      title={t("library.moveTitle", { n: lectures.length })}
      ok={t("library.move")}
      onClose={onClose}
      busy={busy}
      error={error}
      onSubmit={() =>
        run(async () => {
          for (const l of lectures) await changeLecture(l.id, { folder: folder.trim() || null });
        })
      }
    >
      <TextField
        label={t("library.folder")}
        hint={t("library.folderHint")}
        value={folder}
        list={id}
        maxLength={200}
        onChange={(e) => setFolder(e.target.value)}
      />
      <datalist id={id}>
        {known.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </FormDialog>
  );
}

export function TagDialog({ lectures, known, onClose }: Props & { known: string[] }) {
  const t = useT();
  const id = useId();
  const one = lectures.length === 1;
  const [text, setText] = useState(one ? (lectures[0]?.tags.join(", ") ?? "") : "");
  const { error, busy, run } = useRun(onClose);
  return (
    <FormDialog
      title={t("library.tagTitle", { n: lectures.length })}
      onClose={onClose}
      busy={busy}
      error={error}
      onSubmit={() =>
        run(async () => {
          const given = parseTags(text);
          for (const l of lectures)
            await changeLecture(l.id, { tags: one ? given : [...new Set([...l.tags, ...given])] });
        })
      }
    >
      <TextField
        label={t("library.tags")}
        hint={t(one ? "library.tagsHint" : "library.tagsAddHint")}
        value={text}
        list={id}
        onChange={(e) => setText(e.target.value)}
      />
      <datalist id={id}>
        {known.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </FormDialog>
  );
}

export function DeleteDialog({ lectures, onClose, onDeleted }: Props & { onDeleted: () => void }) {
  const t = useT();
  const { error, busy, run } = useRun(onClose);
  return (
    <Dialog
      title={
        lectures.length === 1
          ? t("library.deleteOne", { title: lectures[0]?.title ?? "" })
          : t("library.deleteMany", { n: lectures.length })
      }
      open
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button
            kind="danger"
            icon="trash"
            disabled={busy}
            onClick={() =>
              run(async () => {
                for (const l of lectures) await deleteLecture(l.id);
                onDeleted();
                toast(t("library.deleted", { n: lectures.length }));
              })
            }
          >
            {t("common.delete")}
          </Button>
        </>
      }
    >
      <p>{t("library.deleteHint")}</p>
      {error !== null && <ErrorNote error={error} />}
    </Dialog>
  );
}
