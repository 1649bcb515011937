import "./library.css";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Recording } from "../../api/model";
import { recordingsQuery } from "../../api/queries";
import { useT } from "../../i18n";
import { isTyping, useShortcuts } from "../../lib/keys";
import { useStored } from "../../lib/store";
import { cancelUpload, type Upload, upload, useUploads } from "../../lib/uploads";
import { Button, EmptyState, ErrorNote, IconButton, Progress, Skeleton } from "../../ui";
import { exportLectures } from "./actions";
import { type Dialogs, LectureCard } from "./card";
import { DeleteDialog, MoveDialog, RenameDialog, TagDialog } from "./dialogs";
import { folders as foldersOf, tags as tagsOf, type View, visible } from "./filter";
import { FirstSteps } from "./first-steps";
import { Toolbar } from "./toolbar";

const ImportDialog = lazy(() => import("./import-dialog"));
const ProcessDialog = lazy(() => import("../../process/process-dialog"));

const START: View = { text: "", folder: null, tags: [], status: "all", sort: "newest" };

function UploadCard({ item }: { item: Upload }) {
  const t = useT();
  return (
    <div className="lib-upload">
      <div className="lib-upload-text">
        <strong>{item.name}</strong>
        {item.state === "failed" ? (
          <ErrorNote error={item.error} />
        ) : (
          <Progress
            label={t("library.uploadOf", { name: item.name })}
            value={item.size ? (item.sent / item.size) * 100 : 0}
            text={t(item.state === "waiting" ? "library.uploadWaiting" : "library.uploading")}
          />
        )}
      </div>
      <IconButton
        small
        icon="close"
        label={t("library.uploadCancel")}
        onClick={() => cancelUpload(item.key)}
      />
    </div>
  );
}

function CardSkeletons() {
  return (
    <div aria-hidden="true">
      <div className="lib-skeleton-tools">
        <Skeleton height="2.5rem" />
        <Skeleton height="2.5rem" width="45%" />
      </div>
      <div className="lib-items lib-items-grid">
        {["a", "b", "c", "d", "e", "f"].map((key) => (
          <div key={key} className="lib-card lib-grid">
            <Skeleton height="auto" style={{ aspectRatio: "16 / 9" }} />
            <div className="lib-text">
              <Skeleton height="1.2rem" width="80%" />
              <Skeleton height="0.9rem" width="45%" />
            </div>
          </div>
        ))}
      </div>
    </div>
  );
}

/** Files dragged anywhere over the page, and addresses pasted into it. */
function useArrivals(onUrl: (url: string) => void): boolean {
  const [over, setOver] = useState(false);
  const latest = useRef(onUrl);
  latest.current = onUrl;
  useEffect(() => {
    let depth = 0;
    const isFile = (e: DragEvent) => e.dataTransfer?.types.includes("Files");
    const enter = (e: DragEvent) => {
      if (!isFile(e)) return;
      depth++;
      setOver(true);
    };
    const leave = () => {
      depth = Math.max(0, depth - 1);
      if (depth === 0) setOver(false);
    };
    const above = (e: DragEvent) => isFile(e) && e.preventDefault();
    const drop = (e: DragEvent) => {
      depth = 0;
      setOver(false);
      if (!isFile(e) || e.defaultPrevented) return;
      e.preventDefault();
      for (const file of e.dataTransfer?.files ?? []) upload(file, { process: true });
    };
    const paste = (e: ClipboardEvent) => {
      if (isTyping(e.target)) return;
      const text = e.clipboardData?.getData("text/plain").trim() ?? "";
      if (/^https?:\/\/\S+$/.test(text)) latest.current(text);
      for (const file of e.clipboardData?.files ?? []) upload(file, { process: true });
    };
    document.addEventListener("dragenter", enter);
    document.addEventListener("dragleave", leave);
    document.addEventListener("dragover", above);
    document.addEventListener("drop", drop);
    document.addEventListener("paste", paste);
    return () => {
      document.removeEventListener("dragenter", enter);
      document.removeEventListener("dragleave", leave);
      document.removeEventListener("dragover", above);
      document.removeEventListener("drop", drop);
      document.removeEventListener("paste", paste);
    };
  }, []);
  return over;
}

export default function Library() {
  const t = useT();
  const query = useQuery(recordingsQuery);
  const uploads = useUploads();
  const [sort, setSort] = useStored<View["sort"]>("librarySort", "newest");
  const [rest, setRest] = useState<View>(START);
  const [layout, setLayout] = useStored<"grid" | "list">("libraryLayout", "grid");
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [dialog, setDialog] = useState<{ kind: Dialogs; ids: string[] } | null>(null);
  const [importing, setImporting] = useState<{ url: string } | null>(null);
  const find = useRef<HTMLInputElement>(null);
  const last = useRef("");
  const over = useArrivals((url) => setImporting({ url }));

  const all = query.data ?? [];
  const view = useMemo(() => ({ ...rest, sort }), [rest, sort]);
  const shown = useMemo(() => visible(query.data ?? [], view), [query.data, view]);
  const folders = useMemo(() => foldersOf(query.data ?? []), [query.data]);
  const tags = useMemo(() => tagsOf(query.data ?? []), [query.data]);
  const order = useRef<string[]>([]);
  order.current = shown.map((r) => r.id);

  const select = useCallback((id: string, range: boolean) => {
    setSelected((old) => {
      const next = new Set(old);
      const from = order.current.indexOf(last.current);
      const to = order.current.indexOf(id);
      if (range && from >= 0 && to >= 0)
        for (const x of order.current.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(x);
      else if (!next.delete(id)) next.add(id);
      last.current = id;
      return next;
    });
  }, []);
  const openDialog = useCallback((kind: Dialogs, id: string) => setDialog({ kind, ids: [id] }), []);
  const bulk = (kind: Dialogs) => setDialog({ kind, ids: chosen.map((r) => r.id) });

  useShortcuts([
    { keys: ["i"], label: "library.import", group: "library.title", run: () => setImporting({ url: "" }) },
    { keys: ["f"], label: "library.find", group: "library.title", run: () => find.current?.focus() },
    {
      keys: ["mod+a"],
      label: "library.selectAll",
      group: "library.title",
      run: () => setSelected(new Set(order.current)),
    },
    {
      keys: ["Escape"],
      label: "library.selectNone",
      group: "library.title",
      run: () => setSelected(new Set()),
    },
  ]);

  const chosen = all.filter((r) => selected.has(r.id));
  const asked = all.filter((r) => dialog?.ids.includes(r.id));
  const close = () => setDialog(null);

  return (
    <div className="page library">
      <header className="page-head">
        <h1>{t("library.title")}</h1>
        <Button kind="main" icon="plus" onClick={() => setImporting({ url: "" })}>
          {t("library.import")}
        </Button>
      </header>
      {uploads.length > 0 && (
        <div className="lib-uploads">
          {uploads.map((u) => (
            <UploadCard key={u.key} item={u} />
          ))}
        </div>
      )}
      {query.isError ? (
        <ErrorNote error={query.error} onRetry={() => query.refetch()} />
      ) : query.isPending ? (
        <CardSkeletons />
      ) : all.length === 0 ? (
        <FirstSteps onImport={() => setImporting({ url: "" })} />
      ) : (
        <>
          <Toolbar
            view={view}
            onView={(v) => {
              setRest(v);
              if (v.sort !== sort) setSort(v.sort);
            }}
            layout={layout}
            onLayout={setLayout}
            folders={folders}
            tags={tags}
            total={all.length}
            find={find}
          />
          <p className="sr-only" role="status">
            {t("library.shown", { n: shown.length })}
          </p>
          {shown.length === 0 ? (
            <EmptyState
              icon="search"
              title={t("library.nothingFound")}
              action={<Button onClick={() => setRest(START)}>{t("library.clearFilter")}</Button>}
            />
          ) : (
            <div className={`lib-items lib-items-${layout}`}>
              {shown.map((r: Recording) => (
                <LectureCard
                  key={r.id}
                  lecture={r}
                  layout={layout}
                  selected={selected.has(r.id)}
                  selecting={selected.size > 0}
                  onSelect={select}
                  onDialog={openDialog}
                />
              ))}
            </div>
          )}
        </>
      )}
      {chosen.length > 0 && (
        <div className="bulk" role="toolbar" aria-label={t("library.bulk")}>
          <strong className="num">{t("library.selected", { n: chosen.length })}</strong>
          <Button small icon="spark" onClick={() => bulk("process")}>
            <span className="bulk-word">{t("library.process")}</span>
          </Button>
          <Button small icon="download" onClick={() => exportLectures(chosen.map((r) => r.id))}>
            <span className="bulk-word">{t("library.export")}</span>
          </Button>
          <Button small icon="folder" onClick={() => bulk("move")}>
            <span className="bulk-word">{t("library.move")}</span>
          </Button>
          <Button small icon="tag" onClick={() => bulk("tag")}>
            <span className="bulk-word">{t("library.tag")}</span>
          </Button>
          <Button small kind="danger" icon="trash" onClick={() => bulk("delete")}>
            <span className="bulk-word">{t("common.delete")}</span>
          </Button>
          <IconButton
            small
            icon="close"
            label={t("library.selectNone")}
            onClick={() => setSelected(new Set())}
          />
        </div>
      )}
      {over && <div className="drop-veil">{t("library.dropAnywhere")}</div>}
      <Suspense>
        {importing && <ImportDialog url={importing.url} onClose={() => setImporting(null)} />}
        {dialog?.kind === "process" && asked.length > 0 && <ProcessDialog lectures={asked} onClose={close} />}
      </Suspense>
      {dialog?.kind === "rename" && asked.length > 0 && <RenameDialog lectures={asked} onClose={close} />}
      {dialog?.kind === "move" && asked.length > 0 && (
        <MoveDialog lectures={asked} known={folders.map((f) => f.name)} onClose={close} />
      )}
      {dialog?.kind === "tag" && asked.length > 0 && (
        <TagDialog lectures={asked} known={tags} onClose={close} />
      )}
      {dialog?.kind === "delete" && asked.length > 0 && (
        <DeleteDialog lectures={asked} onClose={close} onDeleted={() => setSelected(new Set())} />
      )}
    </div>
  );
}
