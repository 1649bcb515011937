import { type PointerEvent, useRef, useState } from "react";
import type { Chapter, Slide } from "../../api/model";
import { useT } from "../../i18n";
import { formatTime } from "../../lib/format";
import { usePlayer, usePlayerValue } from "./player-store";
import { indexAt } from "./time-lists";

interface Props {
  chapters: Chapter[];
  slides: Slide[];
  slideBase: string;
}

/** The time line: one piece per chapter, what is there under the pointer, a slider to the keyboard. */
export function Timeline({ chapters, slides, slideBase }: Props) {
  const t = useT();
  const player = usePlayer();
  const bar = useRef<HTMLDivElement>(null);
  const [hover, setHover] = useState<number | null>(null);
  const duration = usePlayerValue((p) => p.duration);
  const second = usePlayerValue((p) => Math.floor(p.time));
  const share = usePlayerValue((p) => (p.duration > 0 ? Math.round((p.time / p.duration) * 2000) / 2000 : 0));

  const timeAt = (e: PointerEvent) => {
    const box = bar.current?.getBoundingClientRect();
    if (!box || duration === 0) return 0;
    return Math.min(1, Math.max(0, (e.clientX - box.left) / box.width)) * duration;
  };
  const pieces = chapters.length > 1 ? chapters : [{ title: "", start: 0, end: duration }];
  const hoverSlide =
    hover === null
      ? undefined
      : slides[
          indexAt(
            slides.map((s) => ({ start: s.timestamp })),
            hover,
          )
        ];
  const hoverChapter = hover === null ? undefined : chapters[indexAt(chapters, hover)];

  return (
    <div className="timeline">
      <div
        ref={bar}
        className="timeline-bar"
        role="slider"
        tabIndex={0}
        aria-label={t("lecture.position")}
        aria-valuemin={0}
        aria-valuemax={Math.round(duration)}
        aria-valuenow={second}
        aria-valuetext={t("lecture.positionOf", { at: formatTime(second), of: formatTime(duration) })}
        onPointerDown={(e) => {
          e.currentTarget.setPointerCapture(e.pointerId);
          player.seek(timeAt(e));
        }}
        onPointerMove={(e) => {
          setHover(timeAt(e));
          if (e.buttons === 1) player.seek(timeAt(e));
        }}
        onPointerLeave={() => setHover(null)}
      >
        {pieces.map((c) => {
          const from = duration ? c.start / duration : 0;
          const to = duration ? Math.min(c.end, duration) / duration : 1;
          const done = Math.min(1, Math.max(0, (share - from) / Math.max(0.0001, to - from)));
          return (
            <span
              key={c.start}
              className="timeline-piece"
              style={{ left: `${from * 100}%`, width: `${(to - from) * 100}%` }}
            >
              <span className="timeline-done" style={{ transform: `scaleX(${done})` }} />
            </span>
          );
        })}
        <span className="timeline-knob" style={{ left: `${share * 100}%` }} />
      </div>
      {hover !== null && duration > 0 && (
        <div
          className="timeline-tip"
          style={{ left: `clamp(5.5rem, ${(hover / duration) * 100}%, calc(100% - 5.5rem))` }}
        >
          {hoverSlide && (
            <img src={slideBase + encodeURIComponent(hoverSlide.filename)} alt="" width={160} height={90} />
          )}
          <span className="num">{formatTime(hover)}</span>
          {hoverChapter && <span className="timeline-tip-title">{hoverChapter.title}</span>}
        </div>
      )}
    </div>
  );
}
