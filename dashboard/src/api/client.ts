// The service's addresses, typed by its OpenAPI document (types.ts).
import type { paths } from "./types";

type Method = "get" | "post" | "put" | "patch" | "delete";
type Operation<P extends keyof paths, M extends Method> = Extract<paths[P][M & keyof paths[P]], object>;
export type PathsOf<M extends Method> = {
  [P in keyof paths]: Operation<P, M> extends never ? never : P;
}[keyof paths];
type Json<T> = T extends { content: { "application/json": infer B } } ? B : never;
/** What a call answers with. */
export type Answer<P extends keyof paths, M extends Method = "get"> =
  Operation<P, M> extends { responses: { 200: infer R } } ? Json<R> : never;
/** What a call sends. */
export type Body<P extends keyof paths, M extends Method> =
  Operation<P, M> extends { requestBody?: infer R } ? Json<NonNullable<R>> : never;
type Parameter<P extends keyof paths, M extends Method, Where extends "path" | "query"> =
  Operation<P, M> extends { parameters: { [K in Where]?: infer V } } ? V : never;

interface Call<P extends keyof paths, M extends Method> {
  path?: Parameter<P, M, "path">;
  query?: Parameter<P, M, "query">;
  body?: Body<P, M>;
  signal?: AbortSignal;
}

/** A refusal of the service in its own words: what is wrong, and what to do. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string;
  readonly requestId: string;
  constructor(status: number, body: { detail?: string; code?: string; hint?: string; request_id?: string }) {
    super(body.detail ?? `HTTP ${status}`);
    this.name = "ApiError";
    this.status = status;
    this.code = body.code ?? "unknown";
    this.hint = body.hint ?? "";
    this.requestId = body.request_id ?? "";
  }
}

let signIn: () => void = () => {};
let signedInAt = 0;
/** From now on requests carry a good key: refusals of earlier ones say nothing any more. */
export function signedIn(): void {
  signedInAt = performance.now();
}
/** Called when the service wants a key that this browser does not have. */
export function onUnauthorized(fn: () => void): void {
  signIn = fn;
}

export function addressOf(
  pattern: string,
  path: Record<string, unknown> = {},
  query: Record<string, unknown> = {},
): string {
  const address = pattern.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(path[name] ?? "")),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== null && value !== "") search.set(name, String(value));
  const text = search.toString();
  return text ? `${address}?${text}` : address;
}

/** Sends anything, throws ApiError on a refusal. */
export async function send(method: string, address: string, init: RequestInit = {}): Promise<Response> {
  const asked = performance.now();
  const answer = await fetch(address, { method: method.toUpperCase(), credentials: "same-origin", ...init });
  if (answer.ok) return answer;
  const text = await answer.text();
  let body: Record<string, string> = {};
  try {
    body = JSON.parse(text);
  } catch {}
  if (answer.status === 401 && asked >= signedInAt) signIn();
  throw new ApiError(answer.status, body);
}

async function call<M extends Method, P extends PathsOf<M>>(
  method: M,
  pattern: P,
  { path, query, body, signal }: Call<P, M> = {},
): Promise<Answer<P, M>> {
  const json =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  const address = addressOf(pattern as string, { ...(path as object) }, { ...(query as object) });
  const answer = await send(method, address, { ...json, ...(signal ? { signal } : {}) });
  return (await answer.json()) as Answer<P, M>;
}

export const api = {
  get: <P extends PathsOf<"get">>(p: P, c?: Call<P, "get">) => call("get", p, c),
  post: <P extends PathsOf<"post">>(p: P, c?: Call<P, "post">) => call("post", p, c),
  put: <P extends PathsOf<"put">>(p: P, c?: Call<P, "put">) => call("put", p, c),
  patch: <P extends PathsOf<"patch">>(p: P, c?: Call<P, "patch">) => call("patch", p, c),
  delete: <P extends PathsOf<"delete">>(p: P, c?: Call<P, "delete">) => call("delete", p, c),
};
