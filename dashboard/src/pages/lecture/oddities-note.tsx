import { useQuery } from "@tanstack/react-query";
import { odditiesQuery } from "../../api/queries";
import { useI18n } from "../../i18n";
import { Icon } from "../../ui";
import { Cite } from "./cite";

/** Under the video: what it lacks, and what else was remarked. Nothing when all is whole. */
export function OdditiesNote({ id, metadata }: { id: string; metadata: string | null }) {
  const { t, said } = useI18n();
  const { data } = useQuery({ ...odditiesQuery(id, metadata ?? ""), enabled: metadata !== null });
  if (!data || data.missing.length + data.remarks.length === 0) return null;
  return (
    <section className="oddities" aria-label={t("lecture.oddities")}>
      {data.missing.length > 0 && (
        <p className="oddities-missing">
          <Icon name="warning" />
          {t("lecture.missing")}
          {data.missing.map((gap) => (
            <Cite key={gap.start} at={gap.start} end={gap.end} />
          ))}
        </p>
      )}
      {data.remarks.length > 0 && (
        <details>
          <summary>{t("lecture.remarks", { n: data.remarks.length })}</summary>
          <ul>
            {data.remarks.map((text) => (
              <li key={text}>{said(text)}</li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}
