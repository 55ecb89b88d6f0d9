import { Protocol } from "../../sensor/proto/protocols.js";
import { refuseValue, requireValue } from "./arguments.js";
import type { Keyword } from "./keyword.js";
import { ofProtocol } from "./protocol.js";

/** Keywords that say what to do behind a match, which a passive agent does not do: they change nothing about matching. */
export const passedOverKeywords: readonly Keyword[] = [
  {
    names: ["replace"],
    apply(rule, value) {
      requireValue(value, "replace");
      rule.lastContent("replace");
      rule.notes.push("replace is passed over: packets are not changed");
    },
  },
  {
    names: ["nfq_set_mark"],
    apply(rule, value) {
      requireValue(value, "nfq_set_mark");
      rule.notes.push("nfq_set_mark is passed over: there is no queue of the kernel");
    },
  },
  {
    names: ["tls.store", "tls_store"],
    apply(rule, value, _context, name) {
      refuseValue(value, name);
      rule.packetTests.push(ofProtocol(Protocol.TLS));
      rule.notes.push(`${name} is passed over: certificates are not kept`);
    },
  },
  {
    names: ["config"],
    apply(rule, value) {
      requireValue(value, "config");
      rule.notes.push("config is passed over: what is logged does not depend on rules");
    },
  },
  {
    names: ["bypass"],
    apply(rule, value) {
      refuseValue(value, "bypass");
      rule.isBypassing = true;
    },
  },
];
