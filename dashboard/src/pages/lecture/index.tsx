import "./lecture.css";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { Link, useSearch } from "wouter";
import { ApiError } from "../../api/client";
import { errorOf, type Lecture as LectureData, type ProgressEvent, type Segment } from "../../api/model";
import { lectureQuery, queueQuery, recordingsQuery, transcriptQuery } from "../../api/queries";
import { type Key, useI18n, useT } from "../../i18n";
import { formatDate, formatTime, parseTime } from "../../lib/format";
import { useStored } from "../../lib/store";
import {
  Button,
  EmptyState,
  ErrorNote,
  Icon,
  Menu,
  type MenuItem,
  Progress,
  Skeleton,
  SkeletonText,
  TabPanel,
  Tabs,
} from "../../ui";
import { exportAddress } from "../library/actions";
import { NotesTab } from "./notes-tab";
import { OdditiesNote } from "./oddities-note";
import { AnnouncementsTab, CardsTab, Chapters, SlidesTab, SummaryTab } from "./other-tabs";
import { PlayerView } from "./player";
import { Player, PlayerContext } from "./player-store";
import { SlidesStrip } from "./slides-strip";
import { Split } from "./split";
import { gapsOf } from "./time-lists";
import { TranscriptTab } from "./transcript-tab";

const ProcessDialog = lazy(() => import("../../process/process-dialog"));

const TABS = ["notes", "summary", "transcript", "slides", "cards", "announcements"] as const;
type Tab = (typeof TABS)[number];
const TAB_NAMES: Record<Tab, Key> = {
  notes: "lecture.notes",
  summary: "lecture.summary",
  transcript: "lecture.transcript",
  slides: "lecture.slides",
  cards: "lecture.cards",
  announcements: "lecture.announcements",
};
const NONE: Segment[] = [];

function Working({ lecture }: { lecture: LectureData }) {
  const t = useT();
  // The list's entry is kept current by the event stream.
  const row = useQuery({ ...recordingsQuery, select: (all) => all.find((r) => r.id === lecture.id) }).data;
  const live = useQuery<ProgressEvent>({ queryKey: ["progress-of", lecture.id], enabled: false }).data;
  const now = row ?? lecture;
  const stopped = useQuery({
    ...queueQuery,
    enabled: now.status === "error",
    select: (q) =>
      q.jobs.find((j) => j.lectureId === lecture.id && (j.state === "failed" || j.state === "paused")),
  }).data;
  if (now.status === "error")
    return (
      <div className="lecture-note">
        <ErrorNote
          error={
            (stopped && errorOf(stopped)) ?? {
              detail: now.message ?? t("library.statusFailed"),
              code: now.errorCode,
            }
          }
        >
          <Link className="btn btn-small" href="/queue">
            {t("queue.title")}
          </Link>
        </ErrorNote>
      </div>
    );
  if (!["downloading", "queued", "processing"].includes(now.status)) return null;
  return (
    <div className="lecture-note">
      <Progress
        label={t("library.progressOf", { title: lecture.title })}
        value={now.progress}
        text={t(
          now.status === "queued"
            ? "library.statusQueued"
            : now.status === "downloading"
              ? "library.stageDownload"
              : "library.statusProcessing",
        )}
        etaSeconds={live?.eta}
      />
    </div>
  );
}

function Panel({ lecture, base, onProcess }: { lecture: LectureData; base: string; onProcess: () => void }) {
  const t = useT();
  const [tab, setTab] = useStored<Tab>("lectureTab", "notes");
  const shown = TABS.includes(tab) ? tab : "notes";
  return (
    <div className="panel">
      <Tabs
        label={t("lecture.parts")}
        name="lecture"
        value={shown}
        onChange={setTab}
        items={TABS.map((id) => ({ id, label: t(TAB_NAMES[id]) }))}
      />
      <TabPanel name="lecture" id={shown} className={`panel-body panel-${shown}`}>
        {shown === "notes" && <NotesTab lecture={lecture} base={base} onProcess={onProcess} />}
        {shown === "summary" && <SummaryTab lecture={lecture} base={base} />}
        {shown === "transcript" && <TranscriptTab lecture={lecture} onProcess={onProcess} />}
        {shown === "slides" && <SlidesTab lecture={lecture} base={base} />}
        {shown === "cards" && <CardsTab lecture={lecture} base={base} />}
        {shown === "announcements" && <AnnouncementsTab lecture={lecture} base={base} />}
      </TabPanel>
    </div>
  );
}

/** The player outlives what is fetched again while it plays. */
function usePlayerOf(lecture: LectureData): Player {
  const [player] = useState(() => new Player(lecture.id, lecture.duration));
  const search = useSearch();
  const wanted = parseTime(new URLSearchParams(search).get("t") ?? "");
  useEffect(() => {
    player.seek(wanted ?? player.remembered());
  }, [player, wanted]);
  const has = !!lecture.artifacts?.transcript_json;
  const segments = useQuery({ ...transcriptQuery(lecture.id), enabled: has }).data ?? NONE;
  player.gaps = useMemo(() => gapsOf(segments, lecture.duration), [segments, lecture.duration]);
  return player;
}

function View({ lecture }: { lecture: LectureData }) {
  const { t, locale } = useI18n();
  const [processing, setProcessing] = useState(false);
  const player = usePlayerOf(lecture);
  const base = `/content/${encodeURIComponent(lecture.id)}/`;
  const slides = lecture.slides ?? [];
  const chapters = lecture.notes?.chapters ?? [];
  const exports: MenuItem[] = [
    { label: t("lecture.exportZip"), icon: "download", href: exportAddress(lecture.id), download: true },
    {
      label: t("lecture.exportZipVideo"),
      icon: "download",
      href: exportAddress(lecture.id, "zip+video"),
      download: true,
    },
    { label: t("lecture.exportMd"), icon: "download", href: exportAddress(lecture.id, "md"), download: true },
    ...(lecture.artifacts?.subtitles
      ? ([
          {
            label: t("lecture.exportSrt"),
            icon: "download",
            href: exportAddress(lecture.id, "srt"),
            download: true,
          },
          {
            label: t("lecture.exportVtt"),
            icon: "download",
            href: exportAddress(lecture.id, "vtt"),
            download: true,
          },
        ] as MenuItem[])
      : []),
  ];
  useEffect(() => {
    const before = document.title;
    document.title = `${lecture.title} · Scaler Companion`;
    return () => {
      document.title = before;
    };
  }, [lecture.title]);
  return (
    <PlayerContext value={player}>
      <div className="lecture">
        <header className="lecture-head">
          <Link href="/" className="btn btn-quiet btn-icon" aria-label={t("common.toLibrary")}>
            <Icon name="back" />
          </Link>
          <div className="lecture-title">
            <h1>{lecture.title}</h1>
            <p className="muted">
              {formatDate(lecture.date, locale)}
              {lecture.duration > 0 && ` · ${formatTime(lecture.duration)}`}
              {lecture.folder && ` · ${lecture.folder}`}
            </p>
          </div>
          <div className="lecture-actions">
            <Button small icon="spark" disabled={!lecture.videoPath} onClick={() => setProcessing(true)}>
              {t("library.process")}
            </Button>
            <Menu
              small
              icon="download"
              label={t("library.export")}
              text={t("library.export")}
              items={exports}
            />
          </div>
        </header>
        <Working lecture={lecture} />
        <Split
          left={
            <>
              <PlayerView
                video={lecture.artifacts?.video ?? null}
                subtitles={lecture.artifacts?.subtitles ?? null}
                poster={lecture.thumbnail}
                chapters={chapters}
                slides={slides}
                slideBase={`${base}slides/`}
              />
              <OdditiesNote id={lecture.id} metadata={lecture.artifacts?.metadata ?? null} />
              <SlidesStrip slides={slides} slideBase={`${base}slides/`} />
              {chapters.length > 1 && (
                <nav className="contents" aria-label={t("lecture.chapters")}>
                  <Chapters lecture={lecture} />
                </nav>
              )}
            </>
          }
          right={<Panel lecture={lecture} base={base} onProcess={() => setProcessing(true)} />}
        />
      </div>
      {processing && (
        <Suspense>
          <ProcessDialog lectures={[lecture]} onClose={() => setProcessing(false)} />
        </Suspense>
      )}
    </PlayerContext>
  );
}

export default function Lecture({ id }: { id: string }) {
  const t = useT();
  const query = useQuery(lectureQuery(id));
  if (!query.data && query.error instanceof ApiError && query.error.status === 404)
    return (
      <EmptyState icon="library" title={t("lecture.gone")}>
        <Link href="/">{t("common.toLibrary")}</Link>
      </EmptyState>
    );
  // What is there stays while it cannot be asked for anew.
  if (query.isError && !query.data)
    return (
      <div className="page">
        <ErrorNote error={query.error} onRetry={() => query.refetch()} />
      </div>
    );
  if (!query.data)
    return (
      <div className="lecture">
        <header className="lecture-head">
          <Skeleton height="2rem" width="min(30rem, 60vw)" />
        </header>
        <Split
          left={<Skeleton height="auto" style={{ aspectRatio: "16 / 9" }} />}
          right={<SkeletonText lines={9} />}
        />
      </div>
    );
  return <View lecture={query.data} />;
}
