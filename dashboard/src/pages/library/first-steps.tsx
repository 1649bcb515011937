import { useState } from "react";
import { api } from "../../api/client";
import { useT } from "../../i18n";
import { Button, ErrorNote } from "../../ui";

/** An empty library teaches how to fill it. */
export function FirstSteps({ onImport }: { onImport: () => void }) {
  const t = useT();
  const [code, setCode] = useState("");
  const [error, setError] = useState<unknown>(null);
  const pair = () =>
    api.post("/api/v1/pair/code", { body: {} }).then((a) => {
      setCode(a.code);
      setError(null);
    }, setError);
  return (
    <section className="first" aria-labelledby="first-title">
      <h2 id="first-title">{t("library.emptyTitle")}</h2>
      <p className="muted">{t("library.emptyText")}</p>
      <ol className="first-steps">
        <li>
          <h3>{t("library.stepPair")}</h3>
          <p>{t("library.stepPairText")}</p>
          {code ? (
            <output className="first-code num">
              <strong>
                {code.slice(0, 4)} {code.slice(4)}
              </strong>
              <span className="field-hint">{t("library.codeHint")}</span>
            </output>
          ) : (
            <Button icon="link" onClick={pair}>
              {t("library.stepPairButton")}
            </Button>
          )}
          {error !== null && <ErrorNote error={error} />}
        </li>
        <li>
          <h3>{t("library.stepImport")}</h3>
          <p>{t("library.stepImportText")}</p>
          <Button kind="main" icon="upload" onClick={onImport}>
            {t("library.import")}
          </Button>
        </li>
        <li>
          <h3>{t("library.stepSample")}</h3>
          <p>{t("library.stepSampleText")}</p>
          <code className="first-command">make demo</code>
        </li>
      </ol>
    </section>
  );
}
