/** Puts the flow of a self-test on an interface, for the agent and for the command that does it in the agent's place. */
import { AgentError } from "./base/errors.js";
import { probePackets } from "./onsite/self-test/probe-packets.js";
import type { Injected } from "./onsite/self-test/self-test.js";
import { inject } from "./sensor/capture/frame-injection.js";

export async function putOnWire(name: string, token: string, port: number): Promise<Injected> {
  try {
    return await inject({ interface: name, ...probePackets(token, port) });
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    return { trouble: { key: error.code, params: error.params } };
  }
}
