import { memo, type ReactNode, useRef } from "react";
import type { Segment } from "../../api/model";
import { type Key, useT } from "../../i18n";
import { formatTime } from "../../lib/format";
import { Button, Icon } from "../../ui";
import { usePlayer, usePlayerValue } from "./player-store";
import { wordAt, wordOffsets } from "./time-lists";

interface Props {
  segment: Segment;
  index: number;
  active: boolean;
  /** Who begins to speak here, as they are called; else "". */
  speaker: string;
  /** [from, to) of what was searched for. */
  marks: readonly (readonly [number, number, boolean])[];
  /** The list is being scrolled: a row that comes then has its words once it rests. */
  passing: boolean;
  onRedo: (segment: Segment) => void;
}

const REASONS: Record<string, Key> = {
  loop: "lecture.suspectLoop",
  low_confidence: "lecture.suspectLow",
  no_speech: "lecture.suspectSilence",
};

/** The text cut at words and search hits; a word's piece carries its second. */
function pieces(segment: Segment, marks: Props["marks"], word: number): ReactNode[] {
  const { text, words = [] } = segment;
  const offsets = wordOffsets(text, words);
  const cuts = new Set([0, text.length]);
  for (const [from, to] of offsets) cuts.add(from).add(to);
  for (const [from, to] of marks) cuts.add(from).add(to);
  const all = [...cuts].sort((a, b) => a - b);
  const out: ReactNode[] = [];
  for (let i = 0; i + 1 < all.length; i++) {
    const from = all[i] as number;
    const to = all[i + 1] as number;
    const at = offsets.findIndex(([a, b]) => a <= from && to <= b && b > a);
    const mark = marks.find(([a, b]) => a <= from && to <= b);
    const piece = text.slice(from, to);
    const inside = mark ? <mark data-now={mark[2] || undefined}>{piece}</mark> : piece;
    out.push(
      at < 0 ? (
        mark ? (
          <span key={from}>{inside}</span>
        ) : (
          piece
        )
      ) : (
        <span key={from} className="word" data-t={words[at]?.start} data-said={at === word || undefined}>
          {inside}
        </span>
      ),
    );
  }
  return out;
}

/** An element for each word; while rows fly by, the bare text, which is a tenth of the work. */
const Words = memo(function Words({ segment, marks, passing }: Pick<Props, "segment" | "marks" | "passing">) {
  const cut = useRef(false);
  cut.current ||= !passing || marks.length > 0;
  return cut.current ? pieces(segment, marks, -1) : segment.text;
});

function Said({ segment, marks }: Pick<Props, "segment" | "marks">) {
  const word = usePlayerValue((p) => wordAt(segment.words, p.time));
  return pieces(segment, marks, word);
}

export const TranscriptRow = memo(function TranscriptRow({
  segment,
  index,
  active,
  speaker,
  marks,
  passing,
  onRedo,
}: Props) {
  const t = useT();
  const player = usePlayer();
  const suspect = segment.suspect ?? [];
  return (
    <div
      className="seg"
      data-active={active || undefined}
      data-paragraph={(segment.paragraph && index > 0) || undefined}
      data-suspect={suspect.length > 0 || undefined}
    >
      <button
        type="button"
        className="seg-time num"
        data-t={segment.start}
        aria-label={t("lecture.playFrom", { time: formatTime(segment.start) })}
      >
        {formatTime(segment.start)}
      </button>
      <div className="seg-body">
        {speaker && <strong className="seg-speaker">{speaker}</strong>}
        <p className="seg-text" data-t={segment.start}>
          {active ? (
            <Said segment={segment} marks={marks} />
          ) : (
            <Words segment={segment} marks={marks} passing={passing} />
          )}
        </p>
        {suspect.length > 0 && (
          <div className="seg-suspect">
            <span>
              <Icon name="warning" />
              {t(REASONS[suspect[0] ?? ""] ?? "lecture.suspectLow")}
            </span>
            <Button
              small
              kind="quiet"
              icon="play"
              onClick={() => player.playSpan(segment.start, segment.end)}
            >
              {t("lecture.listen")}
            </Button>
            <Button small kind="quiet" icon="retry" onClick={() => onRedo(segment)}>
              {t("lecture.redo")}
            </Button>
          </div>
        )}
      </div>
    </div>
  );
});
