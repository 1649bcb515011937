import { useQuery } from "@tanstack/react-query";
import { lazy, memo, Suspense, useEffect, useRef, useState } from "react";
import { send } from "../../api/client";
import type { Lecture, NoteLine, NoteSection } from "../../api/model";
import { useI18n, useT } from "../../i18n";
import { formatTime } from "../../lib/format";
import { Button, Chip, EmptyState, ErrorNote, Icon, IconButton, SkeletonText, toast } from "../../ui";
import { Cite } from "./cite";
import { saveEdit, saveOwnNotes } from "./edits";
import { editKey, notesMarkdown, orphans } from "./note-text";
import { usePlayerValue } from "./player-store";
import { indexAt } from "./time-lists";

const NoteMarkdown = lazy(() => import("./markdown"));
const Code = lazy(() => import("./code"));

/** Markdown when the text has any; most lines have none and cost nothing. */
export function Rich({ source, base }: { source: string; base?: string | undefined }) {
  if (!/[*_`$|<[\]\\#~>]|^\s*[-+\d]/.test(source)) return <p>{source}</p>;
  return (
    <Suspense fallback={<p>{source}</p>}>
      <NoteMarkdown source={source} {...(base ? { base } : {})} />
    </Suspense>
  );
}

const fenced = (text: string) => /^```([\w+#-]*)\n([\s\S]*?)\n?```\s*$/.exec(text.trim());

/** "Term: meaning" with its term in bold. */
const defined = (text: string) =>
  /^[^:*`]{2,60}: /.test(text) ? text.replace(/^([^:]+):/, "**$1:**") : text;

function Editor({
  start,
  onSave,
  onCancel,
  onReset,
}: {
  start: string;
  onSave: (text: string) => void;
  onCancel: () => void;
  onReset?: () => void;
}) {
  const t = useT();
  const [text, setText] = useState(start);
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    area.current?.focus();
    area.current?.setSelectionRange(start.length, start.length);
  }, [start.length]);
  return (
    <div className="line-editor">
      <textarea
        ref={area}
        className="input"
        aria-label={t("lecture.editLine")}
        rows={Math.min(12, Math.max(2, Math.ceil(text.length / 60) + text.split("\n").length - 1))}
        value={text}
        onChange={(e) => setText(e.target.value)}
        onKeyDown={(e) => {
          if (e.key === "Escape") onCancel();
          if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) onSave(text);
        }}
      />
      <div className="row">
        <Button small kind="main" onClick={() => onSave(text)}>
          {t("common.save")}
        </Button>
        <Button small onClick={onCancel}>
          {t("common.cancel")}
        </Button>
        {onReset && (
          <Button small kind="quiet" onClick={onReset}>
            {t("lecture.editReset")}
          </Button>
        )}
      </div>
    </div>
  );
}

const Line = memo(function Line({ lecture, line, base }: { lecture: Lecture; line: NoteLine; base: string }) {
  const t = useT();
  const [editing, setEditing] = useState(false);
  const key = editKey(line);
  const edit = lecture.edits[key];
  const text = edit ?? line.text;
  const fence = fenced(text);
  const save = (next: string | null) => {
    setEditing(false);
    saveEdit(lecture, key, next !== null && next.trim() === line.text.trim() ? null : next).catch(toast);
  };
  if (editing)
    return (
      <li className="note-line">
        <Editor
          start={text}
          onSave={save}
          onCancel={() => setEditing(false)}
          {...(edit === undefined ? {} : { onReset: () => save(null) })}
        />
      </li>
    );
  return (
    <li className={`note-line note-${line.kind}`} data-edited={edit !== undefined || undefined}>
      <div className="note-text">
        {line.kind === "code" || fence ? (
          <Suspense fallback={<pre className="code">{fence?.[2] ?? text}</pre>}>
            <Code source={fence?.[2] ?? text} language={fence?.[1]} />
          </Suspense>
        ) : (
          <Rich source={line.kind === "definition" ? defined(text) : text} base={base} />
        )}
        {!line.supported && edit === undefined && (
          <Chip tone="brick">
            <Icon name="warning" />
            {t("lecture.unsupported")}
          </Chip>
        )}
      </div>
      <span className="note-side">
        <Cite at={line.start} />
        <IconButton
          small
          icon="edit"
          label={t("lecture.editLine")}
          className="note-edit"
          onClick={() => setEditing(true)}
        />
      </span>
    </li>
  );
});

/** Minutes of the lecture that no note covers: said openly, and one click away. */
function Uncovered({ from, to }: { from: number; to: number }) {
  const t = useT();
  return (
    <div className="uncovered">
      <span>{t("lecture.uncovered", { from: formatTime(from), to: formatTime(to) })}</span>
      <Cite at={from} end={to} />
    </div>
  );
}

function OwnNotes({ lecture }: { lecture: Lecture }) {
  const t = useT();
  const [text, setText] = useState(lecture.userNotes ?? "");
  const [state, setState] = useState<"saved" | "saving" | "failed" | "">("");
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const latest = useRef({ text, lecture });
  latest.current = { text, lecture };
  const pending = useRef(false);
  const save = () => {
    clearTimeout(timer.current);
    if (!pending.current) return;
    pending.current = false;
    setState("saving");
    saveOwnNotes(latest.current.lecture, latest.current.text).then(
      () => setState(pending.current ? "" : "saved"),
      () => {
        pending.current = true;
        setState("failed");
        // Words are not lost to a moment's failure.
        timer.current = setTimeout(() => saveNow.current(), 3000);
      },
    );
  };
  const saveNow = useRef(save);
  saveNow.current = save;
  useEffect(() => () => saveNow.current(), []);
  return (
    <section className="own" aria-labelledby="own-title">
      <div className="own-head">
        <h3 id="own-title">{t("lecture.ownNotes")}</h3>
        <span className="muted" role="status">
          {state &&
            t(
              state === "saved"
                ? "lecture.saved"
                : state === "saving"
                  ? "lecture.saving"
                  : "lecture.saveFailed",
            )}
        </span>
      </div>
      <textarea
        className="input own-text"
        aria-labelledby="own-title"
        placeholder={t("lecture.ownNotesHint")}
        rows={Math.min(24, Math.max(4, text.split("\n").length + 1))}
        value={text}
        onChange={(e) => {
          setText(e.target.value);
          pending.current = true;
          setState("");
          clearTimeout(timer.current);
          timer.current = setTimeout(() => saveNow.current(), 900);
        }}
        onBlur={save}
      />
    </section>
  );
}

/** Markdown files of lectures that have no structured notes (imported from elsewhere). */
export function MarkdownFile({ address, base }: { address: string; base: string }) {
  const file = useQuery({
    queryKey: ["file", address],
    queryFn: () => send("get", address).then((a) => a.text()),
  });
  if (file.isError) return <ErrorNote error={file.error} onRetry={() => file.refetch()} />;
  if (file.data === undefined) return <SkeletonText />;
  const text = file.data.replace(/^---\n[\s\S]*?\n---\n/, "").replace(/<!--[\s\S]*?-->/g, "");
  return (
    <div className="prose">
      <Suspense fallback={<SkeletonText />}>
        <NoteMarkdown source={text} base={base} />
      </Suspense>
    </div>
  );
}

function Section({
  section,
  lecture,
  base,
  current,
}: {
  section: NoteSection;
  lecture: Lecture;
  base: string;
  current: boolean;
}) {
  const slide = lecture.slides?.find((s) => Math.abs(s.timestamp - section.start) < 1);
  return (
    <section className="note-section" data-current={current || undefined}>
      <h3>
        {section.title} <Cite at={section.start} />
      </h3>
      {slide && (
        <img
          className="note-slide"
          src={`${base}slides/${encodeURIComponent(slide.filename)}`}
          alt={slide.description ?? (slide.ocr_text ?? "").trim().slice(0, 300)}
          width={slide.width ?? 640}
          height={slide.height ?? 360}
          loading="lazy"
          decoding="async"
        />
      )}
      <ul role="list">
        {section.lines.map((line) => (
          <Line key={editKey(line)} lecture={lecture} line={line} base={base} />
        ))}
      </ul>
    </section>
  );
}

export function NotesTab({
  lecture,
  base,
  onProcess,
}: {
  lecture: Lecture;
  base: string;
  onProcess: () => void;
}) {
  const { t, said } = useI18n();
  const notes = lecture.notes;
  const sections = notes?.sections ?? [];
  const current = usePlayerValue((p) => indexAt(sections, p.time));
  const gone = orphans(notes, lecture.edits);
  const copy = () =>
    navigator.clipboard
      .writeText(notesMarkdown(lecture.title, notes, lecture.edits, lecture.userNotes))
      .then(() => toast(t("lecture.copied")));
  if (!notes && lecture.artifacts?.notes)
    return (
      <>
        <MarkdownFile address={lecture.artifacts.notes} base={base} />
        <OwnNotes lecture={lecture} />
      </>
    );
  // Sections and gaps in one order of time.
  const parts = [
    ...sections.map((section, i) => ({ at: section.start, section, i })),
    ...(notes?.uncovered ?? []).map(([from, to]) => ({ at: from, from, to })),
  ].sort((a, b) => a.at - b.at);
  return (
    <div className="notes">
      {notes && (
        <div className="notes-head">
          <span className="muted">
            {t("lecture.coverage", { percent: Math.round(notes.coverage * 100) })}
            {" · "}
            {notes.model ?? t("lecture.withoutModel")}
          </span>
          <IconButton small icon="copy" label={t("lecture.copyMarkdown")} onClick={copy} />
        </div>
      )}
      {notes?.notice && <p className="notes-notice">{said(notes.notice)}</p>}
      {parts.map((p) =>
        "section" in p ? (
          <Section
            key={`s${p.at}${p.section.title}`}
            section={p.section}
            lecture={lecture}
            base={base}
            current={p.i === current}
          />
        ) : (
          <Uncovered key={`u${p.at}`} from={p.from} to={p.to} />
        ),
      )}
      {sections.length === 0 && (
        <EmptyState
          icon="book"
          title={t("lecture.noNotes")}
          action={
            <Button icon="spark" onClick={onProcess}>
              {t("library.process")}
            </Button>
          }
        >
          {t("lecture.noNotesHint")}
        </EmptyState>
      )}
      {gone.length > 0 && (
        <section className="note-section">
          <h3>{t("lecture.orphans")}</h3>
          <ul role="list">
            {gone.map(([key, text]) => (
              <li key={key} className="note-line note-bullet" data-edited>
                <div className="note-text">
                  <Rich source={text} />
                </div>
                <IconButton
                  small
                  icon="trash"
                  label={t("common.delete")}
                  onClick={() => saveEdit(lecture, key, null).catch(toast)}
                />
              </li>
            ))}
          </ul>
        </section>
      )}
      <OwnNotes lecture={lecture} />
    </div>
  );
}
