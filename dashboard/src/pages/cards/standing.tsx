import { useT } from "../../i18n";
import type { Counts } from "./decks";

const PARTS = ["known", "learning", "due", "new"] as const;

/** How well a deck is known, as one bar. */
export function Standing({ counts }: { counts: Counts }) {
  const t = useT();
  return (
    <span
      className="standing"
      role="img"
      aria-label={PARTS.map((p) => `${t(`cards.standing.${p}`)}: ${counts[p]}`).join(", ")}
    >
      {PARTS.map((part) =>
        counts[part] ? (
          <span key={part} className={`standing-${part}`} style={{ flexGrow: counts[part] }} />
        ) : null,
      )}
    </span>
  );
}
