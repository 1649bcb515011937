import "katex/dist/katex.min.css";
import katex from "katex";
import { useEffect, useRef } from "react";

/**
 * A formula, drawn into its element: KaTeX then sets styles by script, which the page's
 * policy allows; as HTML text it would need inline styles. What is no formula stays text.
 */
export default function Formula({ source, display }: { source: string; display: boolean }) {
  const place = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    if (!place.current) return;
    try {
      katex.render(source, place.current, {
        displayMode: display,
        throwOnError: true,
        strict: "ignore",
        trust: false,
        maxExpand: 500,
        maxSize: 20,
      });
    } catch {
      place.current.textContent = source;
    }
  }, [source, display]);
  return <span ref={place} />;
}
