import { type CSSProperties, cloneElement, type ReactElement, useId, useRef, useState } from "react";

interface Props {
  text: string;
  /** The key that does the same. */
  keys?: string | undefined;
  children: ReactElement<{
    onPointerEnter?: (e: React.PointerEvent<HTMLElement>) => void;
    onPointerLeave?: () => void;
    onFocus?: (e: React.FocusEvent<HTMLElement>) => void;
    onBlur?: () => void;
  }>;
}

/** A short text beside what the pointer or the focus is on. Never the only place of a name. */
export function Tooltip({ text, keys, children }: Props) {
  const id = useId();
  const tip = useRef<HTMLDivElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [at, setAt] = useState<CSSProperties | null>(null);

  const show = (element: HTMLElement, wait: number) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      const box = element.getBoundingClientRect();
      const below = box.top < 60;
      const middle = Math.min(Math.max(box.left + box.width / 2, 70), window.innerWidth - 70);
      setAt({
        left: middle,
        top: below ? box.bottom + 6 : box.top - 6,
        transform: `translate(-50%, ${below ? "0" : "-100%"})`,
      });
    }, wait);
  };
  const hide = () => {
    clearTimeout(timer.current);
    setAt(null);
  };

  return (
    <>
      {cloneElement(children, {
        onPointerEnter: (e) => e.pointerType === "mouse" && show(e.currentTarget, 450),
        onPointerLeave: hide,
        onFocus: (e) => e.currentTarget.matches(":focus-visible") && show(e.currentTarget, 150),
        onBlur: hide,
      })}
      {at && (
        <div
          ref={(element) => {
            tip.current = element;
            if (element && !element.matches(":popover-open")) element.showPopover?.();
          }}
          id={id}
          role="tooltip"
          popover="manual"
          className="tip"
          style={at}
        >
          {text}
          {keys && <kbd>{keys}</kbd>}
        </div>
      )}
    </>
  );
}
