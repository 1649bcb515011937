import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef } from "react";
import { useT } from "../../i18n";
import { useStored } from "../../lib/store";

const LEAST = 30;
const MOST = 75;
const USUAL = 56;

/** Two panes with a border that is dragged or moved by arrow keys; its place is remembered. */
export function Split({ left, right }: { left: ReactNode; right: ReactNode }) {
  const t = useT();
  const [share, setShare] = useStored("split", USUAL);
  const box = useRef<HTMLDivElement>(null);
  const set = (value: number) => setShare(Math.round(Math.min(MOST, Math.max(LEAST, value)) * 10) / 10);
  const onMove = (e: PointerEvent) => {
    const area = box.current?.getBoundingClientRect();
    if (area && e.buttons === 1) set(((e.clientX - area.left) / area.width) * 100);
  };
  const onKeyDown = (e: KeyboardEvent) => {
    const to = { ArrowLeft: share - 2, ArrowRight: share + 2, Home: LEAST, End: MOST, Enter: USUAL }[e.key];
    if (to === undefined) return;
    e.preventDefault();
    e.stopPropagation();
    set(to);
  };
  return (
    <div className="split" ref={box} style={{ "--split": `${share}%` } as React.CSSProperties}>
      <div className="split-left">{left}</div>
      <div
        className="split-bar"
        role="separator"
        tabIndex={0}
        aria-orientation="vertical"
        aria-label={t("lecture.resize")}
        aria-valuemin={LEAST}
        aria-valuemax={MOST}
        aria-valuenow={Math.round(share)}
        onPointerDown={(e) => e.currentTarget.setPointerCapture(e.pointerId)}
        onPointerMove={onMove}
        onDoubleClick={() => set(USUAL)}
        onKeyDown={onKeyDown}
      />
      <div className="split-right">{right}</div>
    </div>
  );
}
