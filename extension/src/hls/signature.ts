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
    "AWSAccessKeyId",
    "Hash-Algorithm",
    "GoogleAccessId",
    "X-Goog-Algorithm",
    "X-Goog-Credential",
    "X-Goog-Date",
    "X-Goog-Expires",
    "X-Goog-SignedHeaders",
    "X-Goog-Signature",
    "URLPrefix",
    "KeyName",
    "__token__",
    "wsSecret",
    "wsTime",
    "auth_key",
    "hdnea",
    "hdnts",
    "hdntl",
    "token",
    "access_token",
    "auth",
    "sig",
    "hmac",
    "jwt",
    "st",
    "exp",
    "session",
    "sessionid",
    "session_id",
    "sid",
    // Against caches, and where a live playlist has got to (RFC 8216bis section 6.2.5).
    "_",
    "t",
    "ts",
    "cb",
    "rand",
    "rnd",
    "nonce",
    "timestamp",
    "_HLS_msn",
    "_HLS_part",
    "_HLS_skip",
  ].map((n) => n.toLowerCase()),
);

/** The same as a part of the path, as some CDNs sign: /token=..~exp=../index.m3u8 */
const SIGNED_PART = /\/(?:bcdn_token|token|hdntl|hdnts|hdnea|exp|expires|st|sig|hmac|policy)=[^/]*(?=\/)/gi;

export function splitSignature(address: string): Signed {
  const url = new URL(address);
  url.hash = "";
  const auth: Auth = {
    keyPairId: parameter(url.search, "Key-Pair-Id"),
    policy: parameter(url.search, "Policy"),
    signature: parameter(url.search, "Signature"),
  };
  // Other schemes have a `Signature` too; CloudFront's comes with a Key-Pair-Id.
  if (!auth.keyPairId || !auth.signature) return { url: url.href, auth: null };
  // A canned policy is not written out: the three values then do not say it all.
  if (!auth.policy) return { url: url.href, auth: null };
  url.search = dropParameters(url.search, (name) => (NAMES as readonly string[]).includes(name));
  return { url: url.href, auth };
}

/** A parameter's value; a "+" in it is one, no space as in a form: base64 has them. */
function parameter(search: string, name: string): string {
  for (const pair of search.replace(/^\?/, "").split("&")) {
    const at = pair.indexOf("=");
    if (at > 0 && decodeSafely(pair.slice(0, at)) === name) return decodeSafely(pair.slice(at + 1));
  }
  return "";
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
  return url.host + url.pathname.replace(SIGNED_PART, "") + dropParameters(url.search, isVolatile);
}

export function isVolatile(name: string): boolean {
  return VOLATILE.has(name.toLowerCase());
}

function policyText(policy: string): string {
  try {
    return atob(policy.replace(/-/g, "+").replace(/_/g, "=").replace(/~/g, "/"));
  } catch {
    return "";
  }
}

/** When the policy lets nothing through any more, in seconds since 1970; null when it does not say. */
export function policyEnd(policy: string): number | null {
  const end = /"DateLessThan"\s*:\s*\{\s*"AWS:EpochTime"\s*:\s*(\d+)/.exec(policyText(policy));
  return end ? Number(end[1]) : null;
}

/** Whether the policy is for this address; a policy that cannot be read may be for anything. */
export function covers(auth: Auth, address: string): boolean {
  const found = /"Resource"\s*:\s*"([^"]*)"/.exec(policyText(auth.policy));
  if (!found?.[1]) return true;
  const bare = address.replace(/[?#].*/, "");
  // In a policy "?" is any one character; here it mostly begins a query.
  return [found[1], found[1].replace(/\?.*/, "")].some((resource) => {
    const pattern = resource
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replace(/\*+/g, ".*")
      .replace(/\?/g, ".");
    const whole = new RegExp(`^${pattern}$`);
    return whole.test(address) || whole.test(bare);
  });
}

export function isExpired(auth: Auth | null, nowSeconds: number): boolean {
  const end = auth ? policyEnd(auth.policy) : null;
  return end !== null && end <= nowSeconds;
}

function isSecret(name: string): boolean {
  return /token|auth|sign|secret|jwt|password|policy|key/i.test(name);
}

/** A page's address as it may be kept and sent: without what looks like a secret. */
export function pageAddress(address: string): string {
  try {
    const url = new URL(address);
    url.username = "";
    url.password = "";
    url.search = dropParameters(url.search, isSecret);
    // Some sites keep the path behind "#/"; another fragment is a place on the page.
    const [path = "", query = ""] = /^#!?\//.test(url.hash) ? url.hash.split("?", 2) : [];
    url.hash = path + dropParameters(query, isSecret);
    return url.href;
  } catch {
    return "";
  }
}
