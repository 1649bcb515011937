import { useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import type { Card, Lecture } from "../../api/model";
import { useT } from "../../i18n";
import { formatTime } from "../../lib/format";
import { Button, Icon } from "../../ui";

const LEAST_S = 12;

/** Where a card comes from: its slide, and the clip when asked for. */
export function Clip({
  lecture,
  card,
  playing,
  onPlay,
}: {
  lecture: Lecture;
  card: Card;
  playing: boolean;
  onPlay: (on: boolean) => void;
}) {
  const t = useT();
  const video = useRef<HTMLVideoElement>(null);
  const [failed, setFailed] = useState(false);
  const source = lecture.artifacts?.video;
  const until = Math.max(card.end, card.start + LEAST_S);
  const slides = lecture.artifacts?.slides;

  useEffect(() => {
    const v = video.current;
    if (!playing || !v) return;
    const begin = () => {
      v.currentTime = card.start;
      v.play().catch(() => {});
    };
    if (v.readyState >= 1) begin();
    else v.addEventListener("loadedmetadata", begin, { once: true });
    return () => v.removeEventListener("loadedmetadata", begin);
  }, [playing, card.start]);

  return (
    <figure className="clip">
      {playing && source ? (
        // biome-ignore lint/a11y/useMediaCaption: the captions of the lecture are its track
        <video
          ref={video}
          src={source}
          controls
          preload="metadata"
          onError={() => setFailed(true)}
          onTimeUpdate={(e) => {
            if (e.currentTarget.currentTime >= until && !e.currentTarget.paused) e.currentTarget.pause();
          }}
        >
          {lecture.artifacts?.subtitles && (
            <track kind="captions" src={lecture.artifacts.subtitles} default />
          )}
        </video>
      ) : card.slide && slides ? (
        <img
          src={`${slides}${encodeURIComponent(card.slide)}`}
          alt={t("cards.slide", { time: formatTime(card.start) })}
        />
      ) : (
        <div className="clip-none" aria-hidden="true">
          <Icon name="play" />
        </div>
      )}
      {failed && <p className="muted">{t("cards.noVideo")}</p>}
      <figcaption className="row">
        {source && (
          <Button small icon={playing ? "pip" : "play"} onClick={() => onPlay(!playing)}>
            {playing ? t("cards.showSlide") : t("cards.play", { time: formatTime(card.start) })}
          </Button>
        )}
        <Link
          className="btn btn-small btn-quiet"
          href={`/lecture/${encodeURIComponent(lecture.id)}?t=${Math.floor(card.start)}`}
        >
          <Icon name="external" />
          {t("cards.openThere")}
        </Link>
      </figcaption>
    </figure>
  );
}
