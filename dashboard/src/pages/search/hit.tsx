import type { KeyboardEvent } from "react";
import { Link } from "wouter";
import type { SearchHit } from "../../api/model";
import { useT } from "../../i18n";
import { formatTime } from "../../lib/format";
import { pieces } from "../../lib/highlight";
import { Icon, type IconName } from "../../ui";
import { hitAddress, type Kind, kindOf } from "./model";

export const KIND_ICONS: Record<Kind, IconName> = {
  transcript: "volume",
  slide: "pip",
  notes: "book",
  summary: "list",
  card: "cards",
  announcement: "info",
  title: "library",
};

export function Marked({ html }: { html: string }) {
  return pieces(html).map((p, i) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no other name
    p.found ? <mark key={i}>{p.text}</mark> : <span key={i}>{p.text}</span>,
  );
}

/** One moment of a lecture: picture, second, what was found. */
export function Hit({ hit, onKeyDown }: { hit: SearchHit; onKeyDown?: (e: KeyboardEvent) => void }) {
  const t = useT();
  const kind = kindOf(hit.type);
  return (
    <Link href={hitAddress(hit)} className="hit" onKeyDown={onKeyDown} data-hit="">
      <span className="hit-picture">
        {hit.thumbnail ? (
          <img src={hit.thumbnail} alt="" width={128} height={72} loading="lazy" decoding="async" />
        ) : (
          <Icon name={KIND_ICONS[kind]} />
        )}
        <span className="hit-time num">{formatTime(hit.time)}</span>
      </span>
      <span className="hit-words">
        <span className="hit-text">
          <Marked html={hit.html} />
        </span>
        <span className="hit-kind">
          <Icon name={KIND_ICONS[kind]} />
          {t(`search.kind.${kind}`)}
        </span>
      </span>
    </Link>
  );
}
