import bash from "highlight.js/lib/languages/bash";
import c from "highlight.js/lib/languages/c";
import cpp from "highlight.js/lib/languages/cpp";
import css from "highlight.js/lib/languages/css";
import go from "highlight.js/lib/languages/go";
import java from "highlight.js/lib/languages/java";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import python from "highlight.js/lib/languages/python";
import sql from "highlight.js/lib/languages/sql";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import { createLowlight } from "lowlight";
import { type ReactNode, useMemo } from "react";
import { useT } from "../../i18n";
import { IconButton, toast } from "../../ui";

const low = createLowlight({ bash, c, cpp, css, go, java, javascript, json, python, sql, typescript, xml });
low.registerAlias({ xml: ["html"], cpp: ["c++"] });

interface Node {
  type: string;
  value?: string;
  properties?: { className?: string[] };
  children?: Node[];
}

const draw = (nodes: Node[] = []): ReactNode[] =>
  nodes.map((n, i) =>
    n.type === "text" ? (
      n.value
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: the tree never changes
      <span key={i} className={n.properties?.className?.join(" ")}>
        {draw(n.children)}
      </span>
    ),
  );

export default function Code({ source, language }: { source: string; language?: string | undefined }) {
  const t = useT();
  const tree = useMemo(() => {
    if (source.length > 20_000) return null;
    try {
      return language && low.registered(language)
        ? low.highlight(language, source)
        : low.highlightAuto(source, { subset: ["python", "java", "cpp", "javascript", "sql", "bash"] });
    } catch {
      return null;
    }
  }, [source, language]);
  return (
    <div className="code-box">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines are scrolled by keys */}
      <pre className="code" tabIndex={0}>
        <code>{tree ? draw(tree.children as Node[]) : source}</code>
      </pre>
      <IconButton
        small
        icon="copy"
        label={t("lecture.copyCode")}
        onClick={() => navigator.clipboard.writeText(source).then(() => toast(t("lecture.copied")))}
      />
    </div>
  );
}
