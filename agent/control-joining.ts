/** Joins what the parts of the agent answer on the control socket. */
import type { Config } from "./config/schema.js";
import { ControlPoint } from "./onsite/control-point.js";
import type { Commands, Routes } from "./onsite/control-server.js";
import type { Status } from "./onsite/status.js";

/** A part that is asked, or asked for something. */
export interface AnsweringPart {
  readonly routes?: Routes;
  readonly commands?: Commands;
}

export function controlPoint(
  { control, metrics }: Config,
  parts: readonly AnsweringPart[],
  status: () => Status,
): ControlPoint {
  const routes = Object.assign({}, ...parts.map((part) => part.routes)) as Routes;
  const commands = Object.assign({}, ...parts.map((part) => part.commands)) as Commands;
  return new ControlPoint({ ...control, metricsPort: metrics.port, routes, commands }, status);
}
