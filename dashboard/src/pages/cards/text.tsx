import type { ReactNode } from "react";

/** `code` and **strong** within a line; nothing else, and never HTML. */
function inline(line: string): ReactNode[] {
  return line.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part, i) => {
    // biome-ignore-start lint/suspicious/noArrayIndexKey: parts have no other name
    if (/^`[^`]+`$/.test(part)) return <code key={i}>{part.slice(1, -1)}</code>;
    if (/^\*\*[^*]+\*\*$/.test(part)) return <strong key={i}>{part.slice(2, -2)}</strong>;
    return part;
    // biome-ignore-end lint/suspicious/noArrayIndexKey: parts have no other name
  });
}

const ITEM = /^\s*[-*•]\s+/;

/** A card's words: paragraphs and lists of points. */
export function CardText({ text }: { text: string }) {
  const blocks: string[][] = [];
  for (const line of text.split("\n")) {
    const last = blocks[blocks.length - 1];
    if (last?.[0] && ITEM.test(line) && ITEM.test(last[0])) last.push(line);
    else if (line.trim()) blocks.push([line]);
  }
  return blocks.map((block) =>
    ITEM.test(block[0] ?? "") ? (
      <ul key={block.join()}>
        {block.map((line) => (
          <li key={line}>{inline(line.replace(ITEM, ""))}</li>
        ))}
      </ul>
    ) : (
      <p key={block.join()}>{inline(block[0] ?? "")}</p>
    ),
  );
}
