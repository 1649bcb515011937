import { type FormEvent, useId, useRef, useState } from "react";
import { api } from "../../api/client";
import { useT } from "../../i18n";
import { useStored } from "../../lib/store";
import { upload } from "../../lib/uploads";
import { Button, Check, Dialog, ErrorNote, Icon, TextField, toast } from "../../ui";

/** "https://host/a/Graph%20Theory.m3u8?Signature=x" -> "Graph Theory" */
export function titleFromUrl(address: string): string {
  try {
    const parts = new URL(address).pathname.split("/").filter(Boolean);
    const name = decodeURIComponent(parts.at(-1) ?? "").replace(/\.\w{2,4}$/, "");
    return /^(index|master|playlist|stream.*|video|chunklist.*|\d+)$/i.test(name)
      ? ""
      : name.replace(/[_+]+/g, " ");
  } catch {
    return "";
  }
}

/** A file from this machine, or the address of a stream. */
export default function ImportDialog({ url: given = "", onClose }: { url?: string; onClose: () => void }) {
  const t = useT();
  const form = useId();
  const picker = useRef<HTMLInputElement>(null);
  const [url, setUrl] = useState(given);
  const [title, setTitle] = useState(titleFromUrl(given));
  const [process, setProcess] = useStored("importProcess", true);
  const [over, setOver] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);

  const take = (files: FileList | null) => {
    if (!files?.length) return;
    for (const file of files) upload(file, { process });
    onClose();
  };
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    setBusy(true);
    try {
      await api.post("/api/v1/download", {
        body: {
          title: title.trim() || titleFromUrl(url) || url.trim().slice(0, 80),
          url: url.trim(),
          streamInfo: { streamUrl: url.trim() },
          process,
        },
      });
      toast(t("library.downloadQueued"));
      onClose();
    } catch (e) {
      setError(e);
      setBusy(false);
    }
  };
  return (
    <Dialog title={t("library.import")} open onClose={onClose}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the button inside does the same */}
      <div
        className="drop"
        data-over={over || undefined}
        onDragOver={(e) => {
          e.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(e) => {
          e.preventDefault();
          e.stopPropagation();
          take(e.dataTransfer.files);
        }}
      >
        <Icon name="upload" />
        <p>{t("library.dropHere")}</p>
        <Button onClick={() => picker.current?.click()}>{t("library.chooseFile")}</Button>
        <input
          ref={picker}
          type="file"
          accept="video/*,audio/*,.mkv,.ts,.flv"
          multiple
          hidden
          aria-label={t("library.chooseFile")}
          onChange={(e) => take(e.target.files)}
        />
        <p className="field-hint">{t("library.dropHint")}</p>
      </div>
      <form id={form} className="stack" onSubmit={submit}>
        <TextField
          label={t("library.address")}
          hint={t("library.addressHint")}
          type="url"
          placeholder="https://…/index.m3u8"
          value={url}
          onChange={(e) => {
            setUrl(e.target.value);
            if (!title) setTitle(titleFromUrl(e.target.value));
          }}
        />
        {url && (
          <TextField
            label={t("library.newTitle")}
            value={title}
            maxLength={300}
            onChange={(e) => setTitle(e.target.value)}
          />
        )}
        <Check
          label={t("library.processAtOnce")}
          checked={process}
          onChange={(e) => setProcess(e.target.checked)}
        />
        {error !== null && <ErrorNote error={error} />}
        {url && (
          <div className="row" style={{ justifyContent: "flex-end" }}>
            <Button kind="main" type="submit" icon="download" disabled={busy}>
              {t("library.download")}
            </Button>
          </div>
        )}
      </form>
    </Dialog>
  );
}
