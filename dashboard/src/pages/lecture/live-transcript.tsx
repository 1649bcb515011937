import { useQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";
import type { UtteranceEvent } from "../../api/model";
import { useT } from "../../i18n";
import { formatTime } from "../../lib/format";
import { merged } from "../../lib/merge";
import { Button } from "../../ui";
import { usePlayer } from "./player-store";

type Said = Pick<UtteranceEvent, "start" | "end" | "text">;

const NOTHING: Said[] = [];
const NEAR_END_PX = 60;

/**
 * What is recognised while a lecture is being transcribed: what was before this page was
 * opened, and each sentence as it comes. The list stays at its end while the reader does.
 */
export function LiveTranscript({
  id,
  before = NOTHING,
  onProcess,
}: {
  id: string;
  before: Said[] | undefined;
  /** Goes on with it, where nothing is at work. */
  onProcess: (() => void) | undefined;
}) {
  const t = useT();
  const player = usePlayer();
  const scroller = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  // Written by the event stream alone.
  const coming = useQuery<Said[]>({ queryKey: ["utterances", id], enabled: false }).data ?? NOTHING;
  const said = useMemo(() => merged(before, coming), [before, coming]);
  const rows = useVirtualizer({
    count: said.length,
    getScrollElement: () => scroller.current,
    estimateSize: (i) => 14 + 26 * Math.max(1, Math.ceil((said[i]?.text.length ?? 0) / 58)),
    overscan: 8,
    getItemKey: (i) => `${said[i]?.start}`,
  });
  const moves = useRef(rows);
  moves.current = rows;
  const last = said.length - 1;
  useEffect(() => {
    if (last >= 0 && atEnd.current) moves.current.scrollToIndex(last, { align: "end" });
  }, [last]);
  return (
    <div className="live">
      <div className="live-head">
        <p className="muted" role="status">
          {t(onProcess ? "lecture.transcribingRests" : "lecture.transcribing")}
        </p>
        {onProcess && (
          <Button small icon="spark" onClick={onProcess}>
            {t("library.process")}
          </Button>
        )}
      </div>
      <div
        className="live-scroll"
        ref={scroller}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled by keys
        tabIndex={0}
        role="region"
        aria-label={t("lecture.transcript")}
        onScroll={(e) => {
          const b = e.currentTarget;
          atEnd.current = b.scrollHeight - b.scrollTop - b.clientHeight < NEAR_END_PX;
        }}
      >
        <div style={{ height: rows.getTotalSize(), position: "relative" }}>
          {rows.getVirtualItems().map((item) => {
            const u = said[item.index] as Said;
            return (
              <p
                key={item.key}
                ref={rows.measureElement}
                data-index={item.index}
                className="live-line"
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <button
                  type="button"
                  className="seg-time num"
                  aria-label={t("lecture.playFrom", { time: formatTime(u.start) })}
                  onClick={() => player.seek(u.start)}
                >
                  {formatTime(u.start)}
                </button>
                <span>{u.text}</span>
              </p>
            );
          })}
        </div>
      </div>
    </div>
  );
}
