import "katex/dist/katex.min.css";
import rehypeKatex from "rehype-katex";
import remarkMath from "remark-math";
import { type MarkdownPlugins, PlainMarkdown } from "./markdown";

const plugins: MarkdownPlugins = {
  remarkPlugins: [remarkMath],
  // What is no formula is shown as it is written; nothing in it may reach out.
  rehypePlugins: [
    [
      rehypeKatex,
      { throwOnError: false, strict: "ignore", trust: false, maxExpand: 500, errorColor: "currentColor" },
    ],
  ],
};

/** Language models also write \( \) and \[ \]. */
const dollars = (source: string) =>
  source
    .replace(/\\\[([\s\S]+?)\\\]/g, (_, x: string) => `$$${x}$$`)
    .replace(/\\\((.+?)\\\)/g, (_, x: string) => `$${x}$`);

export default function MathMarkdown({ source, base }: { source: string; base?: string | undefined }) {
  return <PlainMarkdown source={dollars(source)} base={base} plugins={plugins} />;
}
