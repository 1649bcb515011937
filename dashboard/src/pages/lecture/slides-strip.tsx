import { useEffect, useRef } from "react";
import type { Slide } from "../../api/model";
import { useT } from "../../i18n";
import { formatTime } from "../../lib/format";
import { usePlayer, usePlayerValue } from "./player-store";
import { indexAt } from "./time-lists";

interface Props {
  slides: Slide[];
  slideBase: string;
}

/** Slides under the video; the one that is shown is lit and kept in view. */
export function SlidesStrip({ slides, slideBase }: Props) {
  const t = useT();
  const player = usePlayer();
  const list = useRef<HTMLOListElement>(null);
  const current = usePlayerValue((p) =>
    indexAt(
      slides.map((s) => ({ start: s.timestamp })),
      p.time,
    ),
  );
  useEffect(() => {
    const strip = list.current;
    const item = strip?.children[current] as HTMLElement | undefined;
    if (!strip || !item) return;
    const left = item.offsetLeft - (strip.clientWidth - item.offsetWidth) / 2;
    strip.scrollTo({
      left,
      behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth",
    });
  }, [current]);
  if (slides.length === 0) return null;
  return (
    <ol className="strip" ref={list} aria-label={t("lecture.slides")} role="list">
      {slides.map((s, i) => (
        <li key={s.filename}>
          <button
            type="button"
            className="strip-slide"
            aria-current={i === current || undefined}
            aria-label={t("lecture.slideAt", { n: i + 1, time: formatTime(s.timestamp) })}
            onClick={() => player.seek(s.timestamp)}
          >
            <img
              src={slideBase + encodeURIComponent(s.filename)}
              alt=""
              width={160}
              height={90}
              loading="lazy"
              decoding="async"
            />
            <span className="num">{formatTime(s.timestamp)}</span>
          </button>
        </li>
      ))}
    </ol>
  );
}
