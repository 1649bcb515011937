// Where a fake site stands: one port of this machine behind TLS for all its hosts, and a proxy
// by which the service reaches them.
import { createServer as createHttp } from "node:http";
import { createServer as createHttps } from "node:https";
import { connect } from "node:net";
import { certificate } from "./tls.mjs";

export class Front {
  /** Serves with this.answer(req, res); files of its own go to `dir`. */
  async listen(dir) {
    this.tls = certificate(dir);
    this.server = createHttps({ key: this.tls.key, cert: this.tls.cert }, (req, res) => this.answer(req, res));
    await new Promise((done) => this.server.listen(0, "127.0.0.1", done));
    this.port = this.server.address().port;
    this.proxy = createHttp((_, res) => res.writeHead(502).end());
    this.proxy.on("connect", (_, client) => {
      const up = connect(this.port, "127.0.0.1", () => client.write("HTTP/1.1 200 OK\r\n\r\n"));
      up.pipe(client).pipe(up);
      up.on("error", () => client.destroy());
      client.on("error", () => up.destroy());
    });
    await new Promise((done) => this.proxy.listen(0, "127.0.0.1", done));
  }

  close() {
    for (const s of [this.server, this.proxy]) {
      s.closeAllConnections();
      s.close();
    }
  }

  /** Settings by which `scaler serve` finds this site. */
  get env() {
    return { https_proxy: `http://127.0.0.1:${this.proxy.address().port}`, no_proxy: "localhost,127.0.0.1", SSL_CERT_FILE: this.tls.file };
  }

  /** Arguments by which Chromium finds it. */
  get args() {
    return [
      `--host-resolver-rules=MAP *.scaler.com 127.0.0.1:${this.port}, MAP *.school.test 127.0.0.1:${this.port}`,
      `--ignore-certificate-errors-spki-list=${this.tls.hash}`,
    ];
  }

  send(res, type, body, headers = {}) {
    res.writeHead(200, { "Content-Type": type, "Content-Length": Buffer.byteLength(body), "Cache-Control": "no-store", ...headers });
    res.end(body);
  }
}
