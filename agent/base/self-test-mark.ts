/**
 * What the self-test is known by wherever it passes: its rule, which no rule file may take away, and the addresses and the name
 * of its flow. They are reserved for documentation and for tests (RFC 5737, RFC 2606), so real traffic has none of them.
 */

/** Above every number that shipped rules use. Sensors do not count what it hits. */
export const SELF_TEST_SID = 9_009_999;

const DOMAIN = "selftest.sekisho.invalid";

/** Compiled into every image of a running agent, and not counted among its rules. */
export const SELF_TEST_RULE = `alert dns any any -> any any (msg:"SEKISHO self-test: the marked look-up, no attack"; dns.query; content:".${DOMAIN}"; nocase; endswith; classtype:domain-c2; sid:${SELF_TEST_SID}; rev:1;)`;

/** Both ends of the flow. */
export const SELF_TEST_CLIENT = "192.0.2.77";
export const SELF_TEST_SERVER = "198.51.100.53";

/** The name that the flow of the test `token` looks up. */
export function selfTestName(token: string): string {
  return `${token}.${DOMAIN}`;
}

/** The token in a name that was looked up; undefined where it is not of a self-test. */
export function selfTestToken(name: string): string | undefined {
  return new RegExp(`^([0-9a-f]{1,32})\\.${DOMAIN.replaceAll(".", "\\.")}$`).exec(name.toLowerCase())?.[1];
}
