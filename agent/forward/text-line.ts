/** Owns the form of records as a line for people and for collectors that know `key=value`: bounded, without control characters. */
import { endText } from "../base/address.js";
import type { ForwardMessage } from "./forward-record.js";

const MAX_VALUE = 512;

export function textLine(message: ForwardMessage): string {
  switch (message.kind) {
    case "detections": {
      const { detection: one } = message;
      return pairs({
        signature: one.signature,
        rule: `${one.generatorId}:${one.signatureId}:${one.revision}`,
        severity: one.severity,
        class: one.category,
        proto: one.protocol,
        src: endText(one.sourceAddress, one.sourcePort),
        dst: endText(one.destinationAddress, one.destinationPort),
        action: one.action,
        interface: one.interfaceName,
      });
    }
    case "incidents": {
      const { id, state, verdict, direction, count, rule, insideHost, remotes } = message.incident as {
        rule?: { signature?: string };
        insideHost?: { address?: string; hostname?: string };
        remotes?: { named?: readonly { name?: string; address?: string }[]; count?: number };
      } & Readonly<Record<string, unknown>>;
      const [remote] = remotes?.named ?? [];
      return pairs({
        ...{ incident: id, state, verdict, direction, signature: rule?.signature },
        ...{ device: insideHost?.address, name: insideHost?.hostname },
        ...{ remote: remote?.name ?? remote?.address, remotes: remotes?.count, count },
      });
    }
    case "agent":
      return pairs({ topic: message.topic, ...message.data });
    case "logs":
      return plain(message.line);
  }
}

function pairs(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined && value !== "")
    .map(
      ([key, value]) => `${key}=${quoted(typeof value === "object" ? JSON.stringify(value) : String(value))}`,
    )
    .join(" ");
}

function quoted(text: string): string {
  const value = plain(text.slice(0, MAX_VALUE));
  return /^[!#-<>-~]+$/.test(value) ? value : `"${value.replace(/["\\]/g, "\\$&")}"`;
}

/** One line: what could end it, or steer a terminal, is shown. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, (letter) =>
    letter === "\t" ? " " : `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
