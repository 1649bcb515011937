import {
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
} from "react";

interface Around {
  label: ReactNode;
  hint?: ReactNode;
  error?: ReactNode;
  /** The label is read aloud only. */
  bare?: boolean;
}

interface Given {
  id: string;
  "aria-describedby"?: string;
  "aria-invalid"?: true;
}

/** Label, hint and error around any control. */
export function Field({
  label,
  hint,
  error,
  bare,
  children,
}: Around & { children: (given: Given) => ReactNode }) {
  const id = useId();
  const note = error || hint ? `${id}-note` : undefined;
  return (
    <div className="field">
      <label className={bare ? "sr-only" : "field-label"} htmlFor={id}>
        {label}
      </label>
      {children({
        id,
        ...(note ? { "aria-describedby": note } : {}),
        ...(error ? { "aria-invalid": true as const } : {}),
      })}
      {note && (
        <div id={note} className={error ? "field-error" : "field-hint"}>
          {error || hint}
        </div>
      )}
    </div>
  );
}

export function TextField({
  label,
  hint,
  error,
  bare,
  ...rest
}: Around & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <Field label={label} hint={hint} error={error} bare={bare}>
      {(given) => <input className="input" {...rest} {...given} />}
    </Field>
  );
}

export function TextArea({
  label,
  hint,
  error,
  bare,
  ...rest
}: Around & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  return (
    <Field label={label} hint={hint} error={error} bare={bare}>
      {(given) => <textarea className="input" {...rest} {...given} />}
    </Field>
  );
}

export interface Option {
  value: string;
  label: string;
}

export function Select({
  label,
  hint,
  error,
  bare,
  options,
  ...rest
}: Around & { options: Option[] } & SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <Field label={label} hint={hint} error={error} bare={bare}>
      {(given) => (
        <select className="input" {...rest} {...given}>
          {options.map((o) => (
            <option key={o.value} value={o.value}>
              {o.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function Check({
  label,
  hint,
  ...rest
}: { label: ReactNode; hint?: ReactNode } & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <label className="check">
      <input type="checkbox" {...rest} />
      <span>
        {label}
        {hint && <span className="field-hint"> {hint}</span>}
      </span>
    </label>
  );
}
