// Markdown of notes: untrusted text, so no raw HTML. Loaded when there is some.
import { lazy, type ReactNode, Suspense } from "react";
import Markdown, { type Components, type Options } from "react-markdown";
import remarkGfm from "remark-gfm";
import { Cite } from "./cite";
import { citedSecond } from "./note-text";

const Code = lazy(() => import("./code"));
const Formula = lazy(() => import("./formula"));
const MathMarkdown = lazy(() => import("./math-markdown"));

const text = (node: ReactNode): string =>
  Array.isArray(node)
    ? node.map(text).join("")
    : typeof node === "string" || typeof node === "number"
      ? String(node)
      : "";

interface Given {
  /** Where relative pictures lie. */
  base?: string;
}

const components = (base: string | undefined): Components => ({
  a({ href, children }) {
    const second = citedSecond(href);
    if (second !== null) return <Cite at={second} />;
    return (
      <a href={href} target="_blank" rel="noreferrer noopener">
        {children}
      </a>
    );
  },
  // Pictures of the lecture only: notes must not reach other places.
  img({ src, alt }) {
    const path = typeof src === "string" ? src : "";
    if (!base || !/^slides\/[\w.-]+$/.test(path)) return <em>{alt}</em>;
    return <img src={base + path} alt={alt ?? ""} loading="lazy" width={640} height={360} />;
  },
  pre({ children }) {
    return <>{children}</>;
  },
  code({ className, children }) {
    const source = text(children);
    if (className?.includes("math-"))
      return (
        <Suspense fallback={<code>{source}</code>}>
          <Formula source={source} display={className.includes("math-display")} />
        </Suspense>
      );
    const language = /language-([\w+#-]+)/.exec(className ?? "")?.[1];
    if (!language && !source.includes("\n")) return <code>{children}</code>;
    return (
      <Suspense fallback={<pre className="code">{source}</pre>}>
        <Code source={source.replace(/\n$/, "")} language={language} />
      </Suspense>
    );
  },
  table({ children }) {
    return (
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table is scrolled by keys
      <div className="table-scroll" tabIndex={0} role="region" aria-label="table">
        <table>{children}</table>
      </div>
    );
  },
});

export function PlainMarkdown({
  source,
  base,
  plugins = [],
}: Given & { source: string; plugins?: NonNullable<Options["remarkPlugins"]> }) {
  return (
    <Markdown remarkPlugins={[remarkGfm, ...plugins]} components={components(base)} skipHtml>
      {source}
    </Markdown>
  );
}

/** `$x$`, `$$x$$`, `\(x\)`, `\[x\]`; a price of $5 is none. */
const MATH = /\$\$[\s\S]+?\$\$|(^|[^\\$])\$(?=\S)[^$\n]*[^\s$]\$(?!\d)|\\\(|\\\[/;

export default function NoteMarkdown({ source, base }: Given & { source: string }) {
  if (!MATH.test(source)) return <PlainMarkdown source={source} base={base} />;
  return (
    <Suspense fallback={<PlainMarkdown source={source} base={base} />}>
      <MathMarkdown source={source} base={base} />
    </Suspense>
  );
}
