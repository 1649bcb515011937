import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/client";
import { useT } from "../../i18n";
import { Button, ErrorNote } from "../../ui";

/** The sample that was installed with the program; without one, how to make it. */
function Sample() {
  const t = useT();
  const sample = useQuery({
    queryKey: ["sample"],
    queryFn: ({ signal }) => api.get("/api/v1/sample", { signal }),
  }).data;
  const [asked, setAsked] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const make = () => {
    setAsked(true);
    api.post("/api/v1/sample", { body: {} as never }).then(
      () => setError(null),
      (e) => {
        setError(e);
        setAsked(false);
      },
    );
  };
  if (sample?.available === false)
    return (
      <>
        <p>{t("library.stepSampleText")}</p>
        <code className="first-command">make demo</code>
      </>
    );
  return (
    <>
      <p>{t("library.stepSampleHere")}</p>
      <Button icon="spark" disabled={!sample || asked} onClick={make}>
        {t(asked ? "library.stepSampleComing" : "library.stepSampleButton")}
      </Button>
      {error !== null && <ErrorNote error={error} />}
    </>
  );
}

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
          <Sample />
        </li>
      </ol>
    </section>
  );
}
