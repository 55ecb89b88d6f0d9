/**
 * Procedures of NFS by version (RFC 1094, RFC 1813, RFC 7530), with the names Suricata gives them in EVE; only that it
 * names those of version 2 as if they were of version 3.
 */

const VERSION_2: readonly string[] = [
  "NULL",
  "GETATTR",
  "SETATTR",
  "ROOT",
  "LOOKUP",
  "READLINK",
  "READ",
  "WRITECACHE",
  "WRITE",
  "CREATE",
  "REMOVE",
  "RENAME",
  "LINK",
  "SYMLINK",
  "MKDIR",
  "RMDIR",
  "READDIR",
  "STATFS",
];

const VERSION_3: readonly string[] = [
  "NULL",
  "GETATTR",
  "SETATTR",
  "LOOKUP",
  "ACCESS",
  "READLINK",
  "READ",
  "WRITE",
  "CREATE",
  "MKDIR",
  "SYMLINK",
  "MKNOD",
  "REMOVE",
  "RMDIR",
  "RENAME",
  "LINK",
  "READDIR",
  "READDIRPLUS",
  "FSSTAT",
  "FSINFO",
  "PATHCONF",
  "COMMIT",
];

/** Operations of a COMPOUND, from 3 on. */
const VERSION_4: readonly string[] = [
  "ACCESS",
  "CLOSE",
  "COMMIT",
  "CREATE",
  "DELEGPURGE",
  "DELEGRETURN",
  "GETATTR",
  "GETFH",
  "LINK",
  "LOCK",
  "LOCKT",
  "LOCKU",
  "LOOKUP",
  "LOOKUPP",
  "NVERIFY",
  "OPEN",
  "OPENATTR",
  "OPEN_CONFIRM",
  "OPEN_DOWNGRADE",
  "PUTFH",
  "PUTPUBFH",
  "PUTROOTFH",
  "READ",
  "READDIR",
  "READLINK",
  "REMOVE",
  "RENAME",
  "RENEW",
  "RESTOREFH",
  "SAVEFH",
  "SECINFO",
  "SETATTR",
  "SETCLIENTID",
  "SETCLIENTID_CONFIRM",
  "VERIFY",
  "WRITE",
];
const FIRST_OPERATION = 3;

export function nfsProcedureName(version: number, procedure: number): string {
  const name =
    version === 4
      ? VERSION_4[procedure - FIRST_OPERATION]
      : version === 2
        ? VERSION_2[procedure]
        : VERSION_3[procedure];
  return name ?? String(procedure);
}
