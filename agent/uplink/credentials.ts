/** Owns what a connection needs from files. Read anew for every attempt, so that a renewed file takes effect. */
import { X509Certificate } from "node:crypto";
import { AgentError, reasonOf } from "../base/errors.js";
import type { Config } from "../config/schema.js";
import { readPasswordFile, readPublicFile, readSecretFile } from "../config/secret-file.js";
import type { TlsFiles } from "./guarded-socket.js";

export interface Credentials {
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls: TlsFiles;
}

/**
 * Read password, certificates and key as configured.
 *
 * @param device whose certificate it must be: client id, CN and topic are one name
 * @throws AgentError where a file cannot be read, a secret one is open to every user, or the certificate is another
 * device's.
 */
export async function readCredentials(config: Config["uplink"], device: string): Promise<Credentials> {
  const { username, password_file, ca_file, cert_file, key_file } = config;
  const cert = cert_file === null ? undefined : await readPublicFile(cert_file);
  if (cert && cert_file !== null) checkName(cert, cert_file, device);
  return {
    username: username ?? undefined,
    password: password_file === null ? undefined : await readPasswordFile(password_file),
    tls: {
      ...(ca_file !== null && { ca: await readPublicFile(ca_file) }),
      ...(cert && { cert }),
      ...(key_file !== null && { key: await readSecretFile(key_file) }),
    },
  };
}

function checkName(pem: Buffer, file: string, device: string): void {
  let subject: string;
  try {
    ({ subject } = new X509Certificate(pem));
  } catch (error) {
    throw new AgentError("error.secret.unreadable", { file, reason: reasonOf(error) }, { cause: error });
  }
  const name = /^CN=(.*)$/m.exec(subject)?.[1] ?? "";
  if (name !== device) throw new AgentError("error.uplink.other_device", { file, name, device });
}
