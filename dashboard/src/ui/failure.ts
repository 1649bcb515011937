// What went wrong, in the student's language, with what to do next.
import { ApiError } from "../api/client";
import { useI18n } from "../i18n";
import type { Explained, Failure } from "../i18n/said";

function failureOf(error: unknown): Failure {
  if (error instanceof ApiError) return { detail: error.message, code: error.code, hint: error.hint };
  if (typeof error === "object" && error !== null && "detail" in error) return error as Failure;
  return { detail: error instanceof Error ? error.message : String(error) };
}

export type Explain = (error: unknown) => Explained;

export function useExplain(): Explain {
  const { t, explain } = useI18n();
  return (error) =>
    // What fetch() throws names no cause: nobody answered.
    error instanceof TypeError && /fetch|network|load/i.test(error.message)
      ? { what: t("common.unreachable"), todo: t("common.errorHint"), detail: "" }
      : explain(failureOf(error));
}

/** In one line. */
export const inOneLine = ({ what, todo }: Explained): string =>
  todo ? `${what}${/[.!?।:]$/.test(what) ? "" : "."} ${todo}` : what;
