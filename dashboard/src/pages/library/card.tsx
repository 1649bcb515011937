import { useQuery } from "@tanstack/react-query";
import { memo } from "react";
import { Link } from "wouter";
import type { ProgressEvent, Recording } from "../../api/model";
import { type Key, useI18n } from "../../i18n";
import { formatDate, formatTime } from "../../lib/format";
import { Chip, Icon, Menu, type MenuItem, Progress } from "../../ui";
import { exportAddress } from "./actions";
import { statusOf } from "./filter";

export type Dialogs = "process" | "rename" | "move" | "tag" | "delete";

interface Props {
  lecture: Recording;
  layout: "grid" | "list";
  selected: boolean;
  selecting: boolean;
  onSelect: (id: string, range: boolean) => void;
  onDialog: (dialog: Dialogs, id: string) => void;
}

const STAGE_NAMES: Record<string, Key> = {
  download: "library.stageDownload",
  transcription: "library.stageTranscription",
  frames: "library.stageFrames",
  slides: "library.stageSlides",
  notes: "library.stageNotes",
  index: "library.stageIndex",
};

/** The first slide, or the title's first letter on paper of its own shade. */
function Picture({ lecture }: { lecture: Recording }) {
  if (lecture.thumbnail)
    return <img src={lecture.thumbnail} alt="" width={640} height={360} loading="lazy" decoding="async" />;
  const shade = [...lecture.id].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) % 5, 7);
  return (
    <span className={`lib-initial lib-initial-${shade}`} aria-hidden="true">
      {[...lecture.title.trim()][0]?.toUpperCase() ?? "?"}
    </span>
  );
}

function Status({ lecture }: { lecture: Recording }) {
  const { t, explain } = useI18n();
  // Written by the event stream alone.
  const live = useQuery<ProgressEvent>({ queryKey: ["progress-of", lecture.id], enabled: false }).data;
  const kind = statusOf(lecture);
  if (kind === "ready") return null;
  if (kind === "todo") return <Chip>{t("library.statusTodo")}</Chip>;
  if (kind === "failed")
    return (
      <div className="lib-failed">
        <Chip tone={lecture.state === "paused" ? "sky" : "brick"}>
          {t(lecture.state === "paused" ? "library.statusPaused" : "library.statusFailed")}
        </Chip>
        {lecture.message && (
          <span className="lib-reason">
            {explain({ detail: lecture.message, code: lecture.errorCode }).what}
          </span>
        )}
      </div>
    );
  if (lecture.status === "queued") return <Chip tone="sky">{t("library.statusQueued")}</Chip>;
  const stage = live ? STAGE_NAMES[live.stage] : undefined;
  return (
    <Progress
      label={t("library.progressOf", { title: lecture.title })}
      value={lecture.progress}
      text={t(
        stage ?? (lecture.status === "downloading" ? "library.stageDownload" : "library.statusProcessing"),
      )}
      etaSeconds={live?.eta}
    />
  );
}

export const LectureCard = memo(function LectureCard({
  lecture,
  layout,
  selected,
  selecting,
  onSelect,
  onDialog,
}: Props) {
  const { t, locale } = useI18n();
  const items: MenuItem[] = [
    {
      label: t("library.process"),
      icon: "spark",
      run: () => onDialog("process", lecture.id),
      disabled: !lecture.videoPath,
    },
    { label: t("library.rename"), icon: "edit", run: () => onDialog("rename", lecture.id) },
    { label: t("library.move"), icon: "folder", run: () => onDialog("move", lecture.id) },
    { label: t("library.tag"), icon: "tag", run: () => onDialog("tag", lecture.id) },
    { label: t("library.exportZip"), icon: "download", href: exportAddress(lecture.id), download: true },
    "line",
    { label: t("common.delete"), icon: "trash", danger: true, run: () => onDialog("delete", lecture.id) },
  ];
  return (
    <article
      className={`lib-card lib-${layout}`}
      data-selected={selected || undefined}
      data-selecting={selecting || undefined}
    >
      <label className="lib-check">
        <input
          type="checkbox"
          checked={selected}
          aria-label={t("library.selectOne", { title: lecture.title })}
          onChange={(e) => onSelect(lecture.id, (e.nativeEvent as MouseEvent).shiftKey)}
        />
      </label>
      <div className="lib-picture">
        <Picture lecture={lecture} />
        {lecture.duration > 0 && <span className="lib-length num">{formatTime(lecture.duration)}</span>}
      </div>
      <div className="lib-text">
        <h2 className="lib-title">
          <Link href={`/lecture/${encodeURIComponent(lecture.id)}`}>{lecture.title}</Link>
        </h2>
        <p className="lib-meta">
          <time dateTime={lecture.date}>{formatDate(lecture.date, locale)}</time>
          {lecture.folder && (
            <span className="lib-folder">
              <Icon name="folder" />
              {lecture.folder}
            </span>
          )}
          {lecture.tags.map((tag) => (
            <span key={tag} className="lib-tag">
              #{tag}
            </span>
          ))}
        </p>
        <Status lecture={lecture} />
      </div>
      <div className="lib-menu">
        <Menu small label={t("library.menuOf", { title: lecture.title })} items={items} />
      </div>
    </article>
  );
});
