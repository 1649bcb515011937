// Finds the service's sentences in a catalog whose keys are these sentences (hi/server.ts).

export interface Catalog {
  codes: Record<string, { what: string; todo: string }>;
  sentences: Record<string, string>;
}

/** A failure as the service tells it. */
export interface Failure {
  detail: string;
  code?: string | null;
  hint?: string | null;
}

/** A failure as it is shown: `detail` are the service's own words where they say more. */
export interface Explained {
  what: string;
  todo: string;
  detail: string;
}

type Find = (text: string, free?: boolean) => string | null;

const ESCAPE = /[.*+?^$()|[\]\\{}]/g;
// What is filled in ends with its sentence, unless it is free to hold several.
const PART = "((?:(?!\\. ).)*?)";
const FREE_PART = "(.*?)";

function finder(sentences: Record<string, string>): Find {
  const regex = (key: string, part: string) =>
    new RegExp(
      `^${key
        .split(/\{\d\}/)
        .map((s) => s.replace(ESCAPE, "\\$&"))
        .join(part)}$`,
      "s",
    );
  // Those with the most words of their own first: "{1} available" would fit much.
  const patterns = Object.keys(sentences)
    .filter((key) => /\{\d\}/.test(key))
    .sort((a, b) => b.length - a.length)
    .map((key) => ({ like: regex(key, PART), free: regex(key, FREE_PART), text: sentences[key] as string }));
  return (text, free = false) => {
    if (Object.hasOwn(sentences, text)) return sentences[text] as string;
    for (const p of patterns) {
      const parts = (free ? p.free : p.like).exec(text);
      if (parts) return p.text.replace(/\{(\d)\}/g, (_, n: string) => parts[Number(n)] ?? "");
    }
    return null;
  };
}

/** A sentence, with or without its full stop, or several in a row, each of which must be known. */
function findAll(find: Find, text: string, free = false): string | null {
  const whole = find(text, free) ?? (text.endsWith(".") ? find(text.slice(0, -1), free) : null);
  if (whole !== null) return whole;
  for (let at = text.indexOf(". "); at >= 0; at = text.indexOf(". ", at + 1)) {
    const head = find(text.slice(0, at)) ?? find(text.slice(0, at + 1));
    const tail = head === null ? null : findAll(find, text.slice(at + 2));
    if (tail !== null) return `${/[।.]$/.test(head as string) ? head : `${head}।`} ${tail}`;
  }
  return free ? null : findAll(find, text, true);
}

export interface Speaker {
  said: (text: string) => string;
  explain: (failure: Failure) => Explained;
}

/** In English the service speaks for itself. */
export const plainly: Speaker = {
  said: (text) => text,
  explain: ({ detail, hint }) => ({ what: detail, todo: hint ?? "", detail: "" }),
};

export function speaker(catalog: Catalog): Speaker {
  const find = finder(catalog.sentences);
  return {
    said: (text) => findAll(find, text) ?? text,
    explain: ({ detail, code, hint }) => {
      const meant = code ? catalog.codes[code] : undefined;
      // Before the cause may stand what was being done: the page shows that anyway.
      const whole = findAll(find, detail) ?? findAll(find, detail.split(": ").at(-1) ?? "");
      return {
        what: whole ?? meant?.what ?? detail,
        // A hint that is not known is English: the code's is better than that.
        todo: (hint && findAll(find, hint)) || meant?.todo || hint || "",
        detail: whole === null && meant ? detail : "",
      };
    },
  };
}
