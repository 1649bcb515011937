// A certificate for *.scaler.com of a test's own: the browser trusts its key's hash, the
// service its file (SSL_CERT_FILE).
import { execFileSync } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

export function certificate(dir) {
  const key = join(dir, "key.pem"), cert = join(dir, "cert.pem");
  execFileSync(
    "openssl",
    ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=scaler.test",
     "-addext", "subjectAltName=DNS:*.scaler.com,DNS:scaler.com,DNS:*.school.test",
     "-keyout", key, "-out", cert],
    { stdio: "ignore" },
  );
  const pem = readFileSync(cert);
  const spki = new X509Certificate(pem).publicKey.export({ type: "spki", format: "der" });
  return { key: readFileSync(key), cert: pem, file: cert, hash: createHash("sha256").update(spki).digest("base64") };
}
