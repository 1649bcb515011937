import { useQuery } from "@tanstack/react-query";
import { useI18n, useT } from "../../i18n";
import { Button, ErrorNote, Icon, SkeletonText } from "../../ui";
import { type Check, doctorQuery } from "./data";

function Row({ check }: { check: Check }) {
  const { t, said } = useI18n();
  const good = check.state === "ok";
  return (
    <li className={`check-row check-${check.state}`}>
      <span className="check-mark">
        <Icon name={good ? "check" : check.state === "problem" ? "warning" : "info"} />
        <span className="sr-only">
          {t(good ? "system.ok" : check.state === "problem" ? "system.problem" : "system.advice")}
        </span>
      </span>
      <div>
        <strong>{said(check.part)}</strong> <span className="check-text">{said(check.text)}</span>
        {check.advice && <p className="check-todo">{said(check.advice)}</p>}
      </div>
    </li>
  );
}

/** What `scaler doctor` finds: what is missing first, what works behind it. */
export function Doctor() {
  const t = useT();
  const doctor = useQuery(doctorQuery);
  if (doctor.isError) return <ErrorNote error={doctor.error} onRetry={() => doctor.refetch()} />;
  if (!doctor.data) return <SkeletonText lines={6} />;
  const todo = doctor.data.checks.filter((c) => c.state !== "ok" || c.advice);
  const good = doctor.data.checks.filter((c) => c.state === "ok" && !c.advice);
  return (
    <>
      <div className="doctor-head">
        <p>
          {t(
            doctor.data.ok ? (todo.length ? "system.doctorAdvice" : "system.doctorGood") : "system.doctorBad",
            {
              n: todo.length,
            },
          )}
        </p>
        <Button small icon="retry" disabled={doctor.isFetching} onClick={() => doctor.refetch()}>
          {t(doctor.isFetching ? "system.looking" : "system.look")}
        </Button>
      </div>
      <ul className="checks">
        {todo.map((c) => (
          <Row key={c.part} check={c} />
        ))}
      </ul>
      <details className="checks-good">
        <summary>{t("system.works", { n: good.length })}</summary>
        <ul className="checks">
          {good.map((c) => (
            <Row key={c.part} check={c} />
          ))}
        </ul>
      </details>
    </>
  );
}
