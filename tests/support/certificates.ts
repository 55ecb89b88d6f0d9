/** Certificates for tests, made with openssl: an authority, and what it signs. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Whether openssl is installed here. */
export const hasOpenssl = spawnSync("openssl", ["version"]).error === undefined;

export interface IssuedCertificate {
  readonly certFile: string;
  readonly keyFile: string;
}

export class CertificateAuthority {
  readonly folder = mkdtempSync(join(tmpdir(), "sekisho-ca-"));
  readonly certFile = join(this.folder, "ca.crt");
  readonly #keyFile = join(this.folder, "ca.key");

  constructor() {
    const key = [
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-keyout",
      this.#keyFile,
    ];
    run(["req", "-x509", ...key, "-out", this.certFile, "-days", "2", "-subj", "/CN=test authority"]);
  }

  /**
   * @param subjectAltName for example `IP:127.0.0.1`; a client's certificate needs none
   * @param days how long it is valid; less than 0 has ended
   */
  issue(commonName: string, subjectAltName?: string, days = 2): IssuedCertificate {
    const file = (suffix: string): string => join(this.folder, `${commonName}.${suffix}`);
    const [keyFile, request, certFile, extensions] = [file("key"), file("csr"), file("crt"), file("ext")];
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", keyFile];
    run(["req", ...key, "-out", request, "-subj", `/CN=${commonName}`]);
    writeFileSync(extensions, subjectAltName === undefined ? "" : `subjectAltName=${subjectAltName}\n`);
    const signer = ["-CA", this.certFile, "-CAkey", this.#keyFile, "-CAcreateserial"];
    run([
      "x509",
      "-req",
      "-in",
      request,
      ...signer,
      "-out",
      certFile,
      "-days",
      String(days),
      "-extfile",
      extensions,
    ]);
    return { certFile, keyFile };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function run(parameters: readonly string[]): void {
  const { status, stderr } = spawnSync("openssl", parameters, { encoding: "utf8" });
  if (status !== 0) throw new Error(`openssl ${parameters[0]}: ${stderr}`);
}

/** Files of a certificate, read. */
export function readCertificate({ certFile, keyFile }: IssuedCertificate): { cert: Buffer; key: Buffer } {
  return { cert: readFileSync(certFile), key: readFileSync(keyFile) };
}
