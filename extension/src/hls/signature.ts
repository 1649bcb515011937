/**
 * CloudFront's three values, in a URL's query or in cookies. They are taken apart from
 * addresses at once, so that an address can be shown and compared, and are never logged.
 */

export interface Auth {
  keyPairId: string;
  policy: string;
  signature: string;
}

/** How an address was signed: its query, the browser's cookies, or not in a way that we know. */
export interface Signed {
  /** The address without the three values and without a fragment. */
  url: string;
  auth: Auth | null;
}

const NAMES = ["Key-Pair-Id", "Policy", "Signature"] as const;

/** Parameters that say who may fetch, not what is fetched: not part of a stream's identity. */
const VOLATILE = new Set(
  [
    ...NAMES,
    "Expires",
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
    "X-Amz-Security-Token",
    "hdnea",
    "hdnts",
    "hdntl",
    "token",
    "auth",
    "sig",
    "jwt",
  ].map((n) => n.toLowerCase()),
);

export function splitSignature(address: string): Signed {
  const url = new URL(address);
  url.hash = "";
  const auth: Auth = {
    keyPairId: url.searchParams.get("Key-Pair-Id") ?? "",
    policy: url.searchParams.get("Policy") ?? "",
    signature: url.searchParams.get("Signature") ?? "",
  };
  // Other schemes have a `Signature` too; CloudFront's comes with a Key-Pair-Id.
  if (!auth.keyPairId || !auth.signature) return { url: url.href, auth: null };
  // A canned policy is not written out: the three values then do not say it all.
  if (!auth.policy) return { url: url.href, auth: null };
  url.search = dropParameters(url.search, (name) => (NAMES as readonly string[]).includes(name));
  return { url: url.href, auth };
}

/** Takes parameters out and leaves the others byte by byte as they were. */
export function dropParameters(search: string, drop: (name: string) => boolean): string {
  const kept = search
    .replace(/^\?/, "")
    .split("&")
    .filter((pair) => {
      if (!pair) return false;
      const name = pair.split("=", 1)[0] ?? "";
      return !drop(decodeSafely(name));
    });
  return kept.length > 0 ? `?${kept.join("&")}` : "";
}

function decodeSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Adds the three values, unless the address has its own. */
export function addSignature(address: string, auth: Auth | null): string {
  if (!auth) return address;
  const url = new URL(address);
  if (url.searchParams.has("Signature")) return address;
  const query = [
    ["Key-Pair-Id", auth.keyPairId],
    ["Policy", auth.policy],
    ["Signature", auth.signature],
  ] as const;
  for (const [name, value] of query)
    url.search += `${url.search ? "&" : ""}${name}=${encodeURIComponent(value)}`;
  return url.href;
}

/** The three values in a `Cookie` header; the first of a name is that of the longest path (RFC 6265 5.4). */
export function cookieSignature(header: string): Auth | null {
  const found = new Map<string, string>();
  for (const part of header.split(";")) {
    const at = part.indexOf("=");
    const name = part.slice(0, at).trim().toLowerCase();
    if (at > 0 && name.startsWith("cloudfront-") && !found.has(name))
      found.set(name, part.slice(at + 1).trim());
  }
  const auth: Auth = {
    keyPairId: found.get("cloudfront-key-pair-id") ?? "",
    policy: found.get("cloudfront-policy") ?? "",
    signature: found.get("cloudfront-signature") ?? "",
  };
  return auth.keyPairId && auth.policy && auth.signature ? auth : null;
}

/** What a stream is, apart from who may fetch it now: host and path and what else the query says. */
export function streamIdentity(address: string): string {
  const url = new URL(address);
  return url.host + url.pathname + dropParameters(url.search, (name) => VOLATILE.has(name.toLowerCase()));
}

/** When the policy lets nothing through any more, in seconds since 1970; null when it does not say. */
export function policyEnd(policy: string): number | null {
  try {
    const base64 = policy.replace(/-/g, "+").replace(/_/g, "=").replace(/~/g, "/");
    const end = /"DateLessThan"\s*:\s*\{\s*"AWS:EpochTime"\s*:\s*(\d+)/.exec(atob(base64));
    return end ? Number(end[1]) : null;
  } catch {
    return null;
  }
}

export function isExpired(auth: Auth | null, nowSeconds: number): boolean {
  const end = auth ? policyEnd(auth.policy) : null;
  return end !== null && end <= nowSeconds;
}

/** A page's address as it may be kept and sent: without what looks like a secret. */
export function pageAddress(address: string): string {
  try {
    const url = new URL(address);
    url.hash = "";
    url.username = "";
    url.password = "";
    url.search = dropParameters(url.search, (n) => /token|auth|sign|secret|jwt|password|policy|key/i.test(n));
    return url.href;
  } catch {
    return "";
  }
}
