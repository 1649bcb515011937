import { useI18n } from "../i18n";
import { formatEta } from "../lib/format";

interface Props {
  /** 0..100 */
  value: number;
  label: string;
  /** What is being done now. */
  text?: string | undefined;
  /** Already in words: "4.2 MB/s". */
  rate?: string | undefined;
  etaSeconds?: number | null | undefined;
}

export function Progress({ value, label, text, rate, etaSeconds }: Props) {
  const { t } = useI18n();
  const percent = Math.max(0, Math.min(100, value));
  const eta = etaSeconds != null && etaSeconds > 0 ? t("common.eta", { time: formatEta(etaSeconds) }) : "";
  return (
    <div className="progress">
      <div
        className="progress-track"
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(percent)}
      >
        <div className="progress-bar" style={{ transform: `scaleX(${percent / 100})` }} />
      </div>
      <div className="progress-text">
        <span>{text}</span>
        <span>{[`${Math.floor(percent)} %`, rate, eta].filter(Boolean).join(" · ")}</span>
      </div>
    </div>
  );
}
