// The player apart from its looks: one video element, a clock that components read parts of,
// and what is remembered of a lecture.
import { createContext, use, useSyncExternalStore } from "react";
import { readStored, writeStored } from "../../lib/store";
import { type Gap, skipTo } from "./time-lists";

export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.5, 3];
const SAVE_EVERY_MS = 3000;
const NEAR_END_S = 10;

export class Player {
  video: HTMLVideoElement | null = null;
  time = 0;
  duration = 0;
  playing = false;
  rate = readStored("rate", 1);
  skipSilence = readStored("skipSilence", false);
  captions = readStored("captions", false);
  volume = readStored("volume", 1);
  muted = false;
  /** The picture floats above other windows. */
  pip = false;
  gaps: Gap[] = [];
  private readonly id: string;
  private readonly watchers = new Set<() => void>();
  private stopAt: number | null = null;
  private wanted: number | null = null;
  private frame = 0;
  private saved = 0;
  private cleanup: () => void = () => {};

  constructor(id: string, duration: number) {
    this.id = id;
    this.duration = duration;
  }

  subscribe = (fn: () => void): (() => void) => {
    this.watchers.add(fn);
    return () => this.watchers.delete(fn);
  };

  private tell(): void {
    for (const fn of this.watchers) fn();
  }

  /** Where this lecture was left, or 0 when it was seen to its end. */
  remembered(): number {
    const at = readStored<Record<string, number>>("positions", {})[this.id] ?? 0;
    return at > 5 && (this.duration === 0 || at < this.duration - NEAR_END_S) ? at : 0;
  }

  private save(): void {
    this.saved = Date.now();
    const all = readStored<Record<string, number>>("positions", {});
    // The last hundred lectures are enough.
    const { [this.id]: _, ...others } = all;
    const kept = Object.entries(others).slice(-99);
    writeStored("positions", { ...Object.fromEntries(kept), [this.id]: Math.round(this.time * 10) / 10 });
  }

  attach = (video: HTMLVideoElement | null): void => {
    this.cleanup();
    this.video = video;
    if (!video) return;
    video.volume = this.volume;
    video.playbackRate = this.rate;
    const on: Record<string, () => void> = {
      loadedmetadata: () => {
        if (Number.isFinite(video.duration)) this.duration = video.duration;
        if (this.wanted !== null) video.currentTime = this.wanted;
        this.wanted = null;
        video.playbackRate = this.rate;
        this.applyCaptions();
        this.tell();
      },
      play: () => {
        this.playing = true;
        this.loop();
        this.tell();
      },
      pause: () => {
        this.playing = false;
        this.save();
        this.tell();
      },
      timeupdate: () => this.tick(),
      seeking: () => this.tick(),
      seeked: () => this.tick(),
      enterpictureinpicture: () => {
        this.pip = true;
        this.tell();
      },
      leavepictureinpicture: () => {
        this.pip = false;
        this.tell();
      },
      volumechange: () => {
        this.volume = video.volume;
        this.muted = video.muted;
        writeStored("volume", this.volume);
        this.tell();
      },
    };
    for (const [type, fn] of Object.entries(on)) video.addEventListener(type, fn);
    const leave = () => this.save();
    window.addEventListener("pagehide", leave);
    this.cleanup = () => {
      for (const [type, fn] of Object.entries(on)) video.removeEventListener(type, fn);
      window.removeEventListener("pagehide", leave);
      cancelAnimationFrame(this.frame);
      if (this.time > 0) this.save();
      this.cleanup = () => {};
    };
    if (video.readyState >= 1) on.loadedmetadata?.();
  };

  private loop = (): void => {
    cancelAnimationFrame(this.frame);
    this.tick();
    if (this.playing) this.frame = requestAnimationFrame(this.loop);
  };

  private tick(): void {
    const video = this.video;
    if (!video || (this.wanted !== null && video.readyState < 1)) return;
    if (this.stopAt !== null && video.currentTime >= this.stopAt) {
      const over = video.currentTime - this.stopAt;
      // A busy machine notices late: back to the end of what was asked for.
      if (over > 0.5) video.currentTime = this.stopAt;
      this.stopAt = null;
      video.pause();
    } else if (this.playing && this.skipSilence && this.stopAt === null && !video.seeking) {
      const to = skipTo(this.gaps, video.currentTime);
      if (to !== null) video.currentTime = to;
    }
    if (video.currentTime === this.time) return;
    this.time = video.currentTime;
    if (this.playing && Date.now() - this.saved > SAVE_EVERY_MS) this.save();
    this.tell();
  }

  seek = (seconds: number): void => {
    const to = Math.max(0, this.duration > 0 ? Math.min(seconds, this.duration - 0.05) : seconds);
    this.stopAt = null;
    this.time = to;
    if (this.video && this.video.readyState >= 1) this.video.currentTime = to;
    else this.wanted = to;
    this.tell();
  };

  by = (seconds: number): void => this.seek(this.time + seconds);

  /** From a citation: there, and playing. */
  playFrom = (seconds: number): void => {
    this.seek(seconds);
    this.play();
  };

  /** Plays one passage, then stops. */
  playSpan = (from: number, to: number): void => {
    this.seek(Math.max(0, from - 0.4));
    this.stopAt = to + 0.4;
    this.play();
  };

  play = (): void => {
    // A browser may refuse to play with sound before a click: the button stays.
    this.video?.play().catch(() => {});
  };

  toggle = (): void => {
    if (!this.video) return;
    if (this.video.paused) this.play();
    else this.video.pause();
  };

  setRate = (rate: number): void => {
    this.rate = Math.min(3, Math.max(0.5, Math.round(rate * 100) / 100));
    if (this.video) this.video.playbackRate = this.rate;
    writeStored("rate", this.rate);
    this.tell();
  };

  stepRate = (up: boolean): void => {
    const next = up
      ? SPEEDS.find((s) => s > this.rate + 0.001)
      : SPEEDS.findLast((s) => s < this.rate - 0.001);
    if (next) this.setRate(next);
  };

  setVolume = (volume: number): void => {
    if (!this.video) return;
    this.video.muted = false;
    this.video.volume = Math.min(1, Math.max(0, volume));
  };

  toggleMute = (): void => {
    if (this.video) this.video.muted = !this.video.muted;
  };

  setSkipSilence = (on: boolean): void => {
    this.skipSilence = on;
    writeStored("skipSilence", on);
    this.tell();
  };

  setCaptions = (on: boolean): void => {
    this.captions = on;
    writeStored("captions", on);
    this.applyCaptions();
    this.tell();
  };

  private applyCaptions(): void {
    const track = this.video?.textTracks[0];
    if (track) track.mode = this.captions ? "showing" : "disabled";
  }

  togglePip = (): void => {
    if (document.pictureInPictureElement) document.exitPictureInPicture().catch(() => {});
    else this.video?.requestPictureInPicture?.().catch(() => {});
  };
}

export const PlayerContext = createContext<Player | null>(null);

export function usePlayer(): Player {
  const player = use(PlayerContext);
  if (!player) throw new Error("no player above");
  return player;
}

/** A value made of the player's state; the component renders only when it changes. */
export function usePlayerValue<T extends string | number | boolean | null>(read: (player: Player) => T): T {
  const player = usePlayer();
  return useSyncExternalStore(player.subscribe, () => read(player));
}
