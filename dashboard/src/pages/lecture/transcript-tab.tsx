import { useQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type MouseEvent, useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import type { Lecture, Segment } from "../../api/model";
import { partialQuery, transcriptQuery } from "../../api/queries";
import { useT } from "../../i18n";
import { useShortcuts } from "../../lib/keys";
import { useStored } from "../../lib/store";
import { Button, ChipButton, EmptyState, ErrorNote, Icon, IconButton, Menu, SkeletonText } from "../../ui";
import { LiveTranscript } from "./live-transcript";
import { usePlayer, usePlayerValue } from "./player-store";
import RedoDialog from "./redo-dialog";
import { speakerBegins, speakerName, speakersOf } from "./speakers";
import SpeakersDialog from "./speakers-dialog";
import { findIn, indexAt } from "./time-lists";
import { TranscriptRow } from "./transcript-row";

const NO_MARKS: readonly (readonly [number, number, boolean])[] = [];

/** A row's height, near enough until it is measured: lines of about sixty letters. */
function guess(shown: Segment[], i: number): number {
  const s = shown[i] as Segment;
  return (
    14 +
    26 * Math.max(1, Math.ceil(s.text.length / 58)) +
    (s.suspect?.length ? 34 : 0) +
    (s.paragraph ? 14 : 0) +
    (speakerBegins(shown, i) ? 22 : 0)
  );
}

function List({ lecture, segments }: { lecture: Lecture; segments: Segment[] }) {
  const t = useT();
  const player = usePlayer();
  const scroller = useRef<HTMLDivElement>(null);
  const find = useRef<HTMLInputElement>(null);
  const [follow, setFollow] = useStored("follow", true);
  const [away, setAway] = useState(false);
  const [text, setText] = useState("");
  const [hit, setHit] = useState(0);
  const [suspectsOnly, setSuspectsOnly] = useState(false);
  const [speaker, setSpeaker] = useState("");
  const [naming, setNaming] = useState(false);
  const [redo, setRedo] = useState<Segment | null>(null);
  const wanted = useDeferredValue(text);

  const speakers = useMemo(() => speakersOf(segments), [segments]);
  const nameOf = (id: string) => speakerName(id, lecture.edits, (n) => t("lecture.speakerN", { n }));
  const suspects = useMemo(() => segments.filter((s) => (s.suspect?.length ?? 0) > 0), [segments]);
  const shown = useMemo(() => {
    const some = suspectsOnly && suspects.length > 0 ? suspects : segments;
    return speaker ? some.filter((s) => s.speaker === speaker) : some;
  }, [suspectsOnly, suspects, segments, speaker]);
  const hits = useMemo(() => findIn(shown, wanted), [shown, wanted]);
  const marks = useMemo(() => {
    const by = new Map<number, [number, number, boolean][]>();
    hits.forEach((h, i) => {
      const list = by.get(h.segment) ?? [];
      list.push([h.from, h.to, i === hit]);
      by.set(h.segment, list);
    });
    return by;
  }, [hits, hit]);
  const active = usePlayerValue((p) => indexAt(shown, p.time));

  // Asked for all rows each time one has been measured: made once.
  const keys = useMemo(() => shown.map((s) => `${s.start}`), [shown]);
  const guesses = useMemo(() => shown.map((_, i) => guess(shown, i)), [shown]);
  const rows = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: (i) => guesses[i] as number,
    overscan: 4,
    getItemKey: (i) => keys[i] as string,
  });

  // Following goes on when the player is used, and rests while the reader scrolls.
  const moves = useRef(rows);
  moves.current = rows;
  useEffect(() => {
    if (follow && !away && active >= 0) moves.current.scrollToIndex(active, { align: "center" });
  }, [active, follow, away]);
  useEffect(() => {
    const h = hits[hit];
    if (h) {
      setAway(true);
      moves.current.scrollToIndex(h.segment, { align: "center" });
    }
  }, [hits, hit]);
  useEffect(() => {
    const box = scroller.current;
    if (!box) return;
    const leave = () => setAway(true);
    const keys = (e: KeyboardEvent) =>
      ["PageUp", "PageDown", "ArrowUp", "ArrowDown"].includes(e.key) && leave();
    box.addEventListener("wheel", leave, { passive: true });
    box.addEventListener("touchmove", leave, { passive: true });
    box.addEventListener("keydown", keys);
    return () => {
      box.removeEventListener("wheel", leave);
      box.removeEventListener("touchmove", leave);
      box.removeEventListener("keydown", keys);
    };
  }, []);

  const onClick = (e: MouseEvent) => {
    // Marking text is no click.
    if (window.getSelection()?.isCollapsed === false) return;
    const target = (e.target as HTMLElement).closest<HTMLElement>("[data-t]");
    if (!target || (e.target as HTMLElement).closest(".seg-suspect")) return;
    setAway(false);
    player.seek(Number(target.dataset.t));
  };
  const step = (by: number) => hits.length > 0 && setHit((hit + by + hits.length) % hits.length);
  const onRedo = useCallback((s: Segment) => setRedo(s), []);
  useShortcuts([
    {
      keys: ["mod+f"],
      label: "lecture.find",
      group: "lecture.keys",
      inFields: true,
      run: () => find.current?.select(),
    },
  ]);

  return (
    <div className="transcript">
      <div className="transcript-tools">
        <div className="transcript-find">
          <Icon name="search" />
          <input
            ref={find}
            type="search"
            className="input"
            aria-label={t("lecture.find")}
            placeholder={t("lecture.find")}
            value={text}
            onChange={(e) => {
              setText(e.target.value);
              setHit(0);
            }}
            onKeyDown={(e) => {
              if (e.key === "Enter") step(e.shiftKey ? -1 : 1);
              if (e.key === "Escape") setText("");
            }}
          />
          {wanted && (
            <span className="transcript-count num" role="status">
              {hits.length ? `${hit + 1}/${hits.length}` : t("lecture.noHit")}
            </span>
          )}
        </div>
        {hits.length > 1 && (
          <>
            <IconButton
              small
              icon="chevron"
              className="flip-up"
              label={t("lecture.findBack")}
              onClick={() => step(-1)}
            />
            <IconButton
              small
              icon="chevron"
              className="flip-down"
              label={t("lecture.findOn")}
              onClick={() => step(1)}
            />
          </>
        )}
        {suspects.length > 0 && (
          <ChipButton aria-pressed={suspectsOnly} onClick={() => setSuspectsOnly(!suspectsOnly)}>
            <Icon name="warning" />
            {t("lecture.suspects", { n: suspects.length })}
          </ChipButton>
        )}
        {speakers.length > 0 && (
          <Menu
            small
            icon="person"
            label={t("lecture.speakers")}
            text={speaker ? nameOf(speaker) : undefined}
            items={[
              { label: t("lecture.speakersAll"), checked: speaker === "", run: () => setSpeaker("") },
              ...speakers.map((s) => ({
                label: nameOf(s.id),
                checked: speaker === s.id,
                run: () => setSpeaker(s.id),
              })),
              "line" as const,
              { label: t("lecture.speakersName"), icon: "edit" as const, run: () => setNaming(true) },
            ]}
          />
        )}
        <IconButton
          small
          icon="follow"
          label={t("lecture.follow")}
          aria-pressed={follow}
          onClick={() => {
            setFollow(!follow);
            setAway(false);
          }}
        />
      </div>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: each row has a button for the keyboard */}
      <div
        className="transcript-scroll"
        ref={scroller}
        onClick={onClick}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled by keys
        tabIndex={0}
        role="region"
        aria-label={t("lecture.transcript")}
      >
        <div style={{ height: rows.getTotalSize(), position: "relative" }}>
          {rows.getVirtualItems().map((item) => (
            <div
              key={item.key}
              ref={rows.measureElement}
              data-index={item.index}
              className="transcript-item"
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <TranscriptRow
                segment={shown[item.index] as Segment}
                index={item.index}
                active={item.index === active}
                speaker={speakerBegins(shown, item.index) ? nameOf(shown[item.index]?.speaker ?? "") : ""}
                marks={marks.get(item.index) ?? NO_MARKS}
                passing={rows.isScrolling}
                onRedo={onRedo}
              />
            </div>
          ))}
        </div>
      </div>
      {follow && away && (
        <Button small kind="main" icon="follow" className="transcript-back" onClick={() => setAway(false)}>
          {t("lecture.backToNow")}
        </Button>
      )}
      {naming && (
        <SpeakersDialog
          lecture={lecture}
          speakers={speakers}
          nameOf={nameOf}
          onClose={() => setNaming(false)}
        />
      )}
      {redo && <RedoDialog lecture={lecture} segment={redo} onClose={() => setRedo(null)} />}
    </div>
  );
}

export function TranscriptTab({ lecture, onProcess }: { lecture: Lecture; onProcess: () => void }) {
  const t = useT();
  const has = !!lecture.artifacts?.transcript_json || !!lecture.artifacts?.transcript;
  const query = useQuery({ ...transcriptQuery(lecture.id), enabled: has });
  const partial = useQuery({ ...partialQuery(lecture.id), enabled: !has, refetchOnMount: "always" });
  const active = lecture.status === "processing" || lecture.status === "queued";
  if (!has && (active || (partial.data?.length ?? 0) > 0))
    return (
      <LiveTranscript id={lecture.id} before={partial.data} onProcess={active ? undefined : onProcess} />
    );
  if (!has)
    return (
      <EmptyState
        icon="book"
        title={t("lecture.noTranscript")}
        action={
          <Button icon="spark" onClick={onProcess}>
            {t("library.process")}
          </Button>
        }
      />
    );
  if (query.isError) return <ErrorNote error={query.error} onRetry={() => query.refetch()} />;
  if (!query.data) return <SkeletonText lines={8} />;
  if (query.data.length === 0) return <EmptyState icon="mute" title={t("lecture.noSpeech")} />;
  return <List lecture={lecture} segments={query.data} />;
}
