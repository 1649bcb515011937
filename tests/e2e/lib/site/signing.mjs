// CloudFront's signatures as far as a client meets them: policy in URL-safe base64, a
// signature over it, an end that is checked.
import { createHmac, randomBytes } from "node:crypto";

const urlSafe = (b) => b.toString("base64").replace(/\+/g, "-").replace(/=/g, "_").replace(/\//g, "~");
const plain = (s) => Buffer.from(s.replace(/-/g, "+").replace(/_/g, "=").replace(/~/g, "/"), "base64");

export class Signer {
  constructor() {
    this.secret = randomBytes(16);
    this.serial = 0;
    this.revoked = 0; // signatures up to this serial number are no longer good
  }

  /** The three values, good for `seconds`. */
  make(resource = "https://media.scaler.com/*", seconds = 3600) {
    const ends = Math.floor(Date.now() / 1000) + seconds;
    const policy = urlSafe(
      Buffer.from(
        JSON.stringify({
          Statement: [{ Resource: resource, Condition: { DateLessThan: { "AWS:EpochTime": ends } } }],
          Serial: ++this.serial,
        }),
      ),
    );
    return { "Policy": policy, "Signature": this.sign(policy), "Key-Pair-Id": "KTESTPAIR" };
  }

  sign(policy) {
    return urlSafe(createHmac("sha256", this.secret).update(policy).digest());
  }

  /** What a policy is for. */
  resource(policy) {
    return JSON.parse(plain(policy)).Statement[0].Resource;
  }

  /** Everything signed so far ends now, whatever its policy says. */
  revoke() {
    this.revoked = this.serial;
  }

  good(values) {
    if (!values.Policy || values["Key-Pair-Id"] !== "KTESTPAIR") return false;
    if (values.Signature !== this.sign(values.Policy)) return false;
    const policy = JSON.parse(plain(values.Policy));
    const ends = policy.Statement[0].Condition.DateLessThan["AWS:EpochTime"];
    return ends > Date.now() / 1000 && policy.Serial > this.revoked;
  }
}
