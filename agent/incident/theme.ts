/**
 * Owns what a rule's class means to a reader: the forty classes of `classification.config` become a dozen themes.
 *
 * A detection carries the class's short name and its description. Classes nobody has heard of are `unclassified` and judged
 * by severity alone.
 */
export type Theme =
  | "command-and-control"
  | "malware"
  | "phishing"
  | "coin-mining"
  | "unwanted-program"
  | "intrusion"
  | "attack"
  | "scan"
  | "denial-of-service"
  | "policy"
  | "suspicious"
  | "information"
  | "unclassified";

/** Short name, description (as Suricata's and Emerging Threats' `classification.config` have them), theme. */
const CLASSES: readonly (readonly [string, string, Theme])[] = [
  ["command-and-control", "Malware Command and Control Activity Detected", "command-and-control"],
  ["domain-c2", "Domain Observed Used for C2 Detected", "command-and-control"],
  ["targeted-activity", "Targeted Malicious Activity was Detected", "command-and-control"],
  ["trojan-activity", "A Network Trojan was detected", "malware"],
  ["exploit-kit", "Exploit Kit Activity Detected", "malware"],
  ["shellcode-detect", "Executable code was detected", "malware"],
  ["social-engineering", "Possible Social Engineering Attempted", "phishing"],
  ["credential-theft", "Successful Credential Theft Detected", "phishing"],
  ["coin-mining", "Crypto Currency Mining Activity Detected", "coin-mining"],
  ["pup-activity", "Possibly Unwanted Program Detected", "unwanted-program"],
  ["successful-user", "Successful User Privilege Gain", "intrusion"],
  ["successful-admin", "Successful Administrator Privilege Gain", "intrusion"],
  ["successful-recon-limited", "Information Leak", "intrusion"],
  ["successful-recon-largescale", "Large Scale Information Leak", "intrusion"],
  ["attempted-user", "Attempted User Privilege Gain", "attack"],
  ["unsuccessful-user", "Unsuccessful User Privilege Gain", "attack"],
  ["attempted-admin", "Attempted Administrator Privilege Gain", "attack"],
  ["web-application-attack", "Web Application Attack", "attack"],
  ["misc-attack", "Misc Attack", "attack"],
  ["suspicious-login", "An attempted login using a suspicious username was detected", "attack"],
  ["default-login-attempt", "Attempt to login by a default username and password", "attack"],
  ["network-scan", "Detection of a Network Scan", "scan"],
  ["attempted-recon", "Attempted Information Leak", "scan"],
  ["rpc-portmap-decode", "Decode of an RPC Query", "scan"],
  ["attempted-dos", "Attempted Denial of Service", "denial-of-service"],
  ["successful-dos", "Denial of Service", "denial-of-service"],
  ["denial-of-service", "Detection of a Denial of Service Attack", "denial-of-service"],
  ["policy-violation", "Potential Corporate Privacy Violation", "policy"],
  ["external-ip-check", "Device Retrieving External IP Address Detected", "policy"],
  ["bad-unknown", "Potentially Bad Traffic", "suspicious"],
  ["suspicious-filename-detect", "A suspicious filename was detected", "suspicious"],
  ["string-detect", "A suspicious string was detected", "suspicious"],
  ["system-call-detect", "A system call was detected", "suspicious"],
  ["unusual-client-port-connection", "A client was using an unusual port", "suspicious"],
  ["non-standard-protocol", "Detection of a non-standard protocol or event", "suspicious"],
  ["web-application-activity", "access to a potentially vulnerable web application", "suspicious"],
  ["not-suspicious", "Not Suspicious Traffic", "information"],
  ["unknown", "Unknown Traffic", "information"],
  ["misc-activity", "Misc activity", "information"],
  ["protocol-command-decode", "Generic Protocol Command Decode", "information"],
  ["icmp-event", "Generic ICMP event", "information"],
  ["tcp-connection", "A TCP connection was detected", "information"],
];

const THEME_OF: ReadonlyMap<string, Theme> = new Map(
  CLASSES.flatMap(([name, description, theme]): (readonly [string, Theme])[] => [
    [name, theme],
    [description.toLowerCase(), theme],
  ]),
);

/**
 * The theme of the first of several ways to name a class (short name, description, in any case) that is known: rule sets
 * bring short names of their own, and `classification.config` may describe the known ones in other words.
 */
export function themeOf(...names: readonly string[]): Theme {
  for (const name of names) {
    const theme = THEME_OF.get(name.trim().toLowerCase());
    if (theme !== undefined) return theme;
  }
  return "unclassified";
}
