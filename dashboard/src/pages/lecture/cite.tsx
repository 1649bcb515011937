import { useT } from "../../i18n";
import { formatTime } from "../../lib/format";
import { Icon } from "../../ui";
import { usePlayer } from "./player-store";

/** The second that a line cites: a click plays it. */
export function Cite({ at, end }: { at: number; end?: number }) {
  const t = useT();
  const player = usePlayer();
  const text = end !== undefined && end > at ? `${formatTime(at)}–${formatTime(end)}` : formatTime(at);
  return (
    <button
      type="button"
      className="cite num"
      aria-label={t("lecture.playFrom", { time: text })}
      onClick={() => player.playFrom(at)}
    >
      <Icon name="play" />
      {text}
    </button>
  );
}
