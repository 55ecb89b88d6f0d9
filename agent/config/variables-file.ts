/** Variables of rules as they are given: by the configuration, or by a file, JSON `{"address-groups": {…}, "port-groups": {…}}` with Suricata's syntax. */

import { readFileSync } from "node:fs";
import { AgentError, reasonOf } from "../base/errors.js";
import { isObject } from "../base/json-schema.js";
import type { Config } from "./schema.js";

export interface VariableGroups {
  readonly addressGroups: Readonly<Record<string, string>>;
  readonly portGroups: Readonly<Record<string, string>>;
}

/** The same from the configuration, where ports may be written as numbers. */
export function configuredGroups({ address_groups, port_groups }: Config["variables"]): VariableGroups {
  const ports = Object.entries(port_groups).map(([name, value]) => [name, String(value)]);
  return { addressGroups: address_groups, portGroups: Object.fromEntries(ports) };
}

/** @throws AgentError where the file is missing or is not of that form */
export function readVariablesFile(path: string): VariableGroups {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new AgentError("error.variables.unreadable", { path, reason: reasonOf(error) }, { cause: error });
  }
  const groups = isObject(value) ? value : {};
  const addressGroups = textsOf(groups["address-groups"] ?? {});
  const portGroups = textsOf(groups["port-groups"] ?? {});
  if (!addressGroups || !portGroups || !isObject(value))
    throw new AgentError("error.variables.form", { path });
  return { addressGroups, portGroups };
}

function textsOf(value: unknown): Record<string, string> | undefined {
  if (!isObject(value)) return undefined;
  const texts: Record<string, string> = {};
  for (const [name, text] of Object.entries(value)) {
    if (typeof text !== "string" && typeof text !== "number") return undefined;
    texts[name] = String(text);
  }
  return texts;
}
