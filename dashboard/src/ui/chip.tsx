import type { ButtonHTMLAttributes, ReactNode } from "react";

type Tone = "plain" | "lamp" | "leaf" | "brick" | "sky";

export function Chip({ tone = "plain", children }: { tone?: Tone; children: ReactNode }) {
  return <span className={tone === "plain" ? "chip" : `chip chip-${tone}`}>{children}</span>;
}

export function ChipButton({
  tone = "plain",
  className = "",
  ...rest
}: { tone?: Tone } & ButtonHTMLAttributes<HTMLButtonElement>) {
  return (
    <button
      type="button"
      {...rest}
      className={`chip ${tone === "plain" ? "" : `chip-${tone}`} ${className}`}
    />
  );
}
