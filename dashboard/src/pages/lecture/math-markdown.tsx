import remarkMath from "remark-math";
import { PlainMarkdown } from "./markdown";

const plugins = [remarkMath];

/** Language models also write \( \) and \[ \]. */
const dollars = (source: string) =>
  source
    .replace(/\\\[([\s\S]+?)\\\]/g, (_, x: string) => `$$${x}$$`)
    .replace(/\\\((.+?)\\\)/g, (_, x: string) => `$${x}$`);

export default function MathMarkdown({ source, base }: { source: string; base?: string | undefined }) {
  return <PlainMarkdown source={dollars(source)} {...(base ? { base } : {})} plugins={plugins} />;
}
