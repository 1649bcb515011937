import { useRef } from "react";
import type { Chapter, Slide } from "../../api/model";
import { type Key, useI18n } from "../../i18n";
import { formatTime } from "../../lib/format";
import { type Shortcut, useShortcuts } from "../../lib/keys";
import { EmptyState, IconButton, Menu } from "../../ui";
import { SPEEDS, usePlayer, usePlayerValue } from "./player-store";
import { indexAt } from "./time-lists";
import { Timeline } from "./timeline";

interface Props {
  video: string | null;
  subtitles: string | null;
  poster: string | null;
  chapters: Chapter[];
  slides: Slide[];
  slideBase: string;
}

/** Keys as on YouTube. */
function usePlayerKeys(chapters: Chapter[], fullscreen: () => void): void {
  const player = usePlayer();
  const key = (keys: string[], label: Key, run: Shortcut["run"]): Shortcut => ({
    keys,
    label,
    group: "lecture.keys",
    run,
  });
  const chapter = (step: number) => {
    const to = chapters[indexAt(chapters, player.time) + step];
    if (to) player.seek(to.start);
  };
  useShortcuts([
    key(["k", " "], "lecture.keyPlay", player.toggle),
    key(["j"], "lecture.keyBack10", () => player.by(-10)),
    key(["l"], "lecture.keyOn10", () => player.by(10)),
    key(["ArrowLeft"], "lecture.keyBack5", () => player.by(-5)),
    key(["ArrowRight"], "lecture.keyOn5", () => player.by(5)),
    key(["ArrowUp"], "lecture.keyLouder", () => player.setVolume(player.volume + 0.05)),
    key(["ArrowDown"], "lecture.keySofter", () => player.setVolume(player.volume - 0.05)),
    key(["m"], "lecture.mute", player.toggleMute),
    key(["c"], "lecture.captions", () => player.setCaptions(!player.captions)),
    key(["f"], "lecture.fullscreen", fullscreen),
    key(["i"], "lecture.pip", player.togglePip),
    key([">"], "lecture.keyFaster", () => player.stepRate(true)),
    key(["<"], "lecture.keySlower", () => player.stepRate(false)),
    key([","], "lecture.keyFrameBack", () => player.by(-1 / 25)),
    key(["."], "lecture.keyFrameOn", () => player.by(1 / 25)),
    key(["shift+n"], "lecture.keyNextChapter", () => chapter(1)),
    key(["shift+p"], "lecture.keyPreviousChapter", () => chapter(-1)),
    key(["Home"], "lecture.keyBegin", () => player.seek(0)),
    key(["End"], "lecture.keyEnd", () => player.seek(player.duration)),
    key(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"], "lecture.keyTenths", (e) =>
      player.seek((player.duration * Number(e.key)) / 10),
    ),
    key(["s"], "lecture.skipSilence", () => player.setSkipSilence(!player.skipSilence)),
  ]);
}

function PlayButton() {
  const { t } = useI18n();
  const player = usePlayer();
  const playing = usePlayerValue((p) => p.playing);
  return (
    <IconButton
      icon={playing ? "pause" : "play"}
      label={t(playing ? "lecture.pause" : "lecture.play")}
      keys="K"
      onClick={player.toggle}
    />
  );
}

function Clock() {
  const at = usePlayerValue((p) => Math.floor(p.time));
  const of = usePlayerValue((p) => Math.floor(p.duration));
  return (
    <span className="player-clock num">
      {formatTime(at)} <span className="muted">/ {formatTime(of)}</span>
    </span>
  );
}

function Controls({ hasCaptions, fullscreen }: { hasCaptions: boolean; fullscreen: () => void }) {
  const { t } = useI18n();
  const player = usePlayer();
  const rate = usePlayerValue((p) => p.rate);
  const skip = usePlayerValue((p) => p.skipSilence);
  const captions = usePlayerValue((p) => p.captions);
  const pip = usePlayerValue((p) => p.pip);
  const silent = usePlayerValue((p) => p.muted || p.volume === 0);
  const volume = usePlayerValue((p) => p.volume);
  return (
    <div className="player-controls">
      <PlayButton />
      <Clock />
      <div className="player-space" />
      <div className="player-volume">
        <IconButton
          icon={silent ? "mute" : "volume"}
          label={t(silent ? "lecture.unmute" : "lecture.mute")}
          keys="M"
          onClick={player.toggleMute}
        />
        <input
          type="range"
          min={0}
          max={1}
          step={0.05}
          value={silent ? 0 : volume}
          aria-label={t("lecture.volume")}
          onChange={(e) => player.setVolume(Number(e.target.value))}
        />
      </div>
      <IconButton
        icon="skip"
        label={t("lecture.skipSilence")}
        keys="S"
        aria-pressed={skip}
        onClick={() => player.setSkipSilence(!skip)}
      />
      <Menu
        small
        icon="speed"
        label={t("lecture.speed")}
        text={<span className="num">{rate}×</span>}
        items={SPEEDS.map((s) => ({ label: `${s}×`, checked: s === rate, run: () => player.setRate(s) }))}
      />
      {hasCaptions && (
        <IconButton
          icon="captions"
          label={t("lecture.captions")}
          keys="C"
          aria-pressed={captions}
          onClick={() => player.setCaptions(!captions)}
        />
      )}
      {document.pictureInPictureEnabled && (
        <IconButton
          icon="pip"
          className="player-pip"
          label={t("lecture.pip")}
          keys="I"
          aria-pressed={pip}
          onClick={player.togglePip}
        />
      )}
      <IconButton icon="full" label={t("lecture.fullscreen")} keys="F" onClick={fullscreen} />
    </div>
  );
}

export function PlayerView({ video, subtitles, poster, chapters, slides, slideBase }: Props) {
  const { t, language } = useI18n();
  const player = usePlayer();
  const box = useRef<HTMLDivElement>(null);
  const fullscreen = () => {
    if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
    else box.current?.requestFullscreen().catch(() => {});
  };
  usePlayerKeys(chapters, fullscreen);
  if (!video)
    return (
      <div className="player player-none">
        <EmptyState icon="info" title={t("lecture.noVideo")}>
          {t("lecture.noVideoHint")}
        </EmptyState>
      </div>
    );
  return (
    <div className="player" ref={box}>
      {/* biome-ignore lint/a11y/useMediaCaption: there are captions once there is a transcript */}
      <video
        ref={player.attach}
        className="player-video"
        src={video}
        poster={poster ?? undefined}
        preload="metadata"
        playsInline
        onClick={player.toggle}
        onDoubleClick={fullscreen}
      >
        {subtitles && (
          <track kind="captions" src={subtitles} srcLang={language} label={t("lecture.captions")} />
        )}
      </video>
      <Timeline chapters={chapters} slides={slides} slideBase={slideBase} />
      <Controls hasCaptions={!!subtitles} fullscreen={fullscreen} />
    </div>
  );
}
