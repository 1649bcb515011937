import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";
import { Icon, type IconName } from "./icons";
import { Tooltip } from "./tooltip";

interface Look {
  /** main: the one thing to do here; danger: what cannot be taken back. */
  kind?: "plain" | "main" | "quiet" | "danger";
  small?: boolean;
}

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement>, Look {
  icon?: IconName;
  children?: ReactNode;
  ref?: Ref<HTMLButtonElement>;
}

const classes = ({ kind = "plain", small }: Look, more = "") =>
  `btn${kind === "plain" ? "" : ` btn-${kind}`}${small ? " btn-small" : ""} ${more}`;

export function Button({ kind, small, icon, children, className, ...rest }: ButtonProps) {
  return (
    <button type="button" {...rest} className={classes({ kind, small }, className)}>
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

interface IconButtonProps extends Omit<ButtonProps, "icon" | "children"> {
  icon: IconName;
  /** Read aloud and shown as the tip. */
  label: string;
  keys?: string;
}

export function IconButton({ icon, label, keys, kind, small, className, ...rest }: IconButtonProps) {
  return (
    <Tooltip text={label} keys={keys}>
      <button
        type="button"
        aria-label={label}
        {...rest}
        className={classes({ kind, small }, `btn-icon ${className ?? ""}`)}
      >
        <Icon name={icon} />
      </button>
    </Tooltip>
  );
}
