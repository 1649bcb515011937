import {
  type CSSProperties,
  type KeyboardEvent,
  type ReactNode,
  useEffect,
  useId,
  useRef,
  useState,
} from "react";
import { Button, IconButton } from "./button";
import { Icon, type IconName } from "./icons";

export type MenuItem =
  | {
      label: string;
      icon?: IconName;
      run: () => void;
      danger?: boolean;
      disabled?: boolean;
      checked?: boolean;
    }
  | { label: string; icon?: IconName; href: string; download?: boolean }
  | "line";

interface Props {
  label: string;
  icon?: IconName;
  /** Text on the button instead of an icon alone. */
  text?: ReactNode;
  items: MenuItem[];
  small?: boolean;
}

/** A menu in the top layer (popover), moved through with the arrow keys. */
export function Menu({ label, icon = "more", text, items, small }: Props) {
  const id = useId();
  const holder = useRef<HTMLDivElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState<CSSProperties>({});

  const entries = () => [
    ...(menu.current?.querySelectorAll<HTMLElement>("[role^=menuitem]:not(:disabled)") ?? []),
  ];
  const close = (focus = true) => {
    setOpen(false);
    if (focus) holder.current?.querySelector("button")?.focus();
  };
  const toggle = () => {
    const box = holder.current?.getBoundingClientRect();
    if (!box || open) return close(false);
    const width = 220;
    const up = box.bottom + 44 * items.length > window.innerHeight && box.top > window.innerHeight / 2;
    setAt({
      left: Math.max(8, Math.min(box.left, window.innerWidth - width - 8)),
      ...(up ? { bottom: window.innerHeight - box.top + 4 } : { top: box.bottom + 4 }),
    });
    setOpen(true);
  };

  useEffect(() => {
    if (!open) return;
    menu.current?.showPopover?.();
    menu.current?.querySelector<HTMLElement>("[role^=menuitem]")?.focus();
    const beside = (e: Event) => {
      if (!holder.current?.contains(e.target as Node) && !menu.current?.contains(e.target as Node))
        setOpen(false);
    };
    const away = () => setOpen(false);
    document.addEventListener("pointerdown", beside);
    window.addEventListener("resize", away);
    return () => {
      document.removeEventListener("pointerdown", beside);
      window.removeEventListener("resize", away);
    };
  }, [open]);

  const onKeyDown = (e: KeyboardEvent) => {
    const all = entries();
    const now = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: now + 1, ArrowUp: now - 1 + all.length, Home: 0, End: all.length - 1 }[e.key];
    e.stopPropagation();
    if (e.key === "Escape" || e.key === "Tab") close(e.key === "Escape");
    if (to === undefined) return;
    e.preventDefault();
    all[to % all.length]?.focus();
  };

  const given = {
    "aria-haspopup": "menu" as const,
    "aria-expanded": open,
    "aria-controls": open ? id : undefined,
  };
  return (
    <div className="menu-holder" ref={holder}>
      {text ? (
        <Button small={small} icon={icon} onClick={toggle} {...given}>
          {text}
          <Icon name="down" />
        </Button>
      ) : (
        <IconButton small={small} icon={icon} label={label} onClick={toggle} {...given} />
      )}
      {open && (
        <div
          ref={menu}
          id={id}
          role="menu"
          aria-label={label}
          tabIndex={-1}
          popover="manual"
          className="menu"
          style={at}
          onKeyDown={onKeyDown}
        >
          {items.map((item, i) => {
            if (item === "line") return <hr key={`line${String(i)}`} />;
            const inside = (
              <>
                {item.icon && <Icon name={item.icon} />}
                <span>{item.label}</span>
              </>
            );
            if ("href" in item)
              return (
                <a
                  key={item.label}
                  role="menuitem"
                  tabIndex={-1}
                  className="menu-item"
                  href={item.href}
                  download={item.download ? "" : undefined}
                  onClick={() => close()}
                >
                  {inside}
                </a>
              );
            return (
              // biome-ignore lint/a11y/useAriaPropsSupportedByRole: menuitemradio has aria-checked, menuitem leaves it out
              <button
                key={item.label}
                type="button"
                role={item.checked === undefined ? "menuitem" : "menuitemradio"}
                aria-checked={item.checked}
                tabIndex={-1}
                disabled={item.disabled}
                className={item.danger ? "menu-item menu-item-danger" : "menu-item"}
                onClick={() => {
                  close();
                  item.run();
                }}
              >
                {inside}
                {item.checked && <Icon name="check" />}
              </button>
            );
          })}
        </div>
      )}
    </div>
  );
}
