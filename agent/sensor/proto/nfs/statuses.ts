/** Results of NFS 2, 3 and 4 (RFC 1094 2.3.1, RFC 1813 2.6, RFC 7530 13) as Suricata names them. */

const NAMES: Readonly<Record<number, string>> = {
  0: "OK",
  1: "ERR_PERM",
  2: "ERR_NOENT",
  5: "ERR_IO",
  6: "ERR_NXIO",
  13: "ERR_ACCES",
  17: "ERR_EXIST",
  18: "ERR_XDEV",
  19: "ERR_NODEV",
  20: "ERR_NOTDIR",
  21: "ERR_ISDIR",
  22: "ERR_INVAL",
  27: "ERR_FBIG",
  28: "ERR_NOSPC",
  30: "ERR_ROFS",
  31: "ERR_MLINK",
  63: "ERR_NAMETOOLONG",
  66: "ERR_NOTEMPTY",
  69: "ERR_DQUOT",
  70: "ERR_STALE",
  71: "ERR_REMOTE",
  10001: "ERR_BADHANDLE",
  10002: "ERR_NOT_SYNC",
  10003: "ERR_BAD_COOKIE",
  10004: "ERR_NOTSUPP",
  10005: "ERR_TOOSMALL",
  10006: "ERR_SERVERFAULT",
  10007: "ERR_BADTYPE",
  10008: "ERR_JUKEBOX",
};

export function nfsStatusName(status: number): string {
  return NAMES[status] ?? String(status);
}
