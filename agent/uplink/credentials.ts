/** Owns what a connection needs from files. Read anew for every attempt, so that a renewed file takes effect. */

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
 * @throws AgentError where a file cannot be read, or a secret one is open to every user.
 */
export async function readCredentials(config: Config["uplink"]): Promise<Credentials> {
  const { username, password_file, ca_file, cert_file, key_file } = config;
  return {
    username: username ?? undefined,
    password: password_file === null ? undefined : await readPasswordFile(password_file),
    tls: {
      ...(ca_file !== null && { ca: await readPublicFile(ca_file) }),
      ...(cert_file !== null && { cert: await readPublicFile(cert_file) }),
      ...(key_file !== null && { key: await readSecretFile(key_file) }),
    },
  };
}
