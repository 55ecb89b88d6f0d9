/** Cisco ASA and FTD: `%ASA-6-302013: …`. Form: the ASA syslog message guide. */
import {
  actionOf,
  address,
  byteCount,
  eventOf,
  type LogEvent,
  portNumber,
  protocolName,
} from "../log-event.js";
import type { SyslogMessage } from "../syslog-message.js";

const MESSAGE = /%(?:ASA|FTD|PIX)-(?:\w{1,16}-)?([0-7])-(\d{6}): /;
const HOST = "(?:[^\\s:()/]{1,48}[:/])?([0-9a-fA-F.:]{2,45})";
/** outside:ADDRESS/PORT */
const SIDE = new RegExp(`^${HOST}/(\\d{1,5})`);
const BUILT =
  /\b(Built|Teardown) (?:(inbound|outbound) )?(TCP|UDP|ICMP|GRE) connection \d+ for (\S{3,96})(?: \([^)]{0,96}\))?(?:\([^)]{0,64}\))? to (\S{3,96})/;
const DENIED = new RegExp(
  `\\b[Dd]en\\w{1,3} (?:protocol )?(\\w{1,8}) src ${HOST}(?:/(\\d{1,5}))? dst ${HOST}(?:/(\\d{1,5}))?`,
);
const REFUSED = new RegExp(
  `\\b(TCP|UDP) (?:connection|access) denied .{0,40}?\\b(?:from )?${HOST}/(\\d{1,5}) to ${HOST}/(\\d{1,5})`,
  "i",
);
const LISTED =
  /access-list \S{1,64} (\w{4,9}) (\w{1,8}) [^\s/]{1,48}\/([0-9a-fA-F.:]{2,45})\((\d{1,5})\).{0,48}? -> [^\s/]{1,48}\/([0-9a-fA-F.:]{2,45})\((\d{1,5})\)/;
const URL = /([0-9a-fA-F.:]{2,45}) Accessed URL ([0-9a-fA-F.]{2,45}):(\S{1,512})/;
const IDS = /IDS:(\d{4}) (.{1,64}?) from ([0-9a-fA-F.:]{2,45}) to ([0-9a-fA-F.:]{2,45})/;

export function parseCiscoAsa({ line }: SyslogMessage): LogEvent | undefined {
  const message = MESSAGE.exec(line);
  if (message === null) return undefined;
  const text = line.slice(message.index + message[0].length);
  const built = BUILT.exec(text);
  if (built) {
    // `for` names the outer side of an outbound connection, and who began an inbound one.
    const [near, far] = built[2] === "inbound" ? [built[4], built[5]] : [built[5], built[4]];
    const [source, destination] = [SIDE.exec(near!), SIDE.exec(far!)];
    const bytes = byteCount(/ bytes (\d{1,15})/.exec(text)?.[1]);
    return flow(
      ["allow", built[3], source?.[1], source?.[2], destination?.[1], destination?.[2]],
      built[1] === "Teardown" ? bytes : undefined,
    );
  }
  const denied = DENIED.exec(text) ?? REFUSED.exec(text);
  if (denied) return flow(["deny", denied[1], denied[2], denied[3], denied[4], denied[5]]);
  const listed = LISTED.exec(text);
  if (listed) return flow([actionOf(listed[1]), listed[2], listed[3], listed[4], listed[5], listed[6]]);
  const url = URL.exec(text);
  if (url)
    return eventOf({
      kind: "http",
      action: "allow",
      protocol: "TCP",
      sourceAddress: address(url[1]),
      destinationAddress: address(url[2]),
      url: url[3],
    });
  const ids = IDS.exec(text);
  if (ids)
    return eventOf({
      kind: "ips",
      sourceAddress: address(ids[3]),
      destinationAddress: address(ids[4]),
      signatureId: ids[1],
      signature: ids[2],
    });
  return { kind: "other", topic: message[2]! };
}

function flow(
  [action, protocol, source, sourcePort, destination, destinationPort]: readonly [
    "allow" | "deny" | undefined,
    ...(string | undefined)[],
  ],
  bytesToClient?: number,
): LogEvent {
  return eventOf({
    kind: "flow",
    action,
    protocol: protocolName(protocol),
    sourceAddress: address(source),
    sourcePort: portNumber(sourcePort),
    destinationAddress: address(destination),
    destinationPort: portNumber(destinationPort),
    bytesToClient,
  });
}
