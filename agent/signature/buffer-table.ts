/** All buffers of the rule language, joined from the files of their families. */
import { STAGE_HEAD } from "../sensor/proto/message-view.js";
import type { BufferSpec } from "./buffers/buffer-spec.js";
import { FILE_BUFFERS } from "./buffers/file-buffers.js";
import { HTTP_BUFFERS } from "./buffers/http-buffers.js";
import { PACKET_BUFFERS } from "./buffers/packet-buffers.js";
import { SECURE_BUFFERS } from "./buffers/secure-buffers.js";
import { SERVICE_BUFFERS } from "./buffers/service-buffers.js";

export const BUFFERS: readonly BufferSpec[] = [
  ...PACKET_BUFFERS,
  ...HTTP_BUFFERS,
  ...FILE_BUFFERS,
  ...SECURE_BUFFERS,
  ...SERVICE_BUFFERS,
];

/** The stage at which a buffer is complete. */
export function stageOf(buffer: BufferSpec): number {
  return buffer.stage ?? STAGE_HEAD;
}

/** The buffer whose sticky keyword is `name`. */
export function bufferNamed(name: string): BufferSpec {
  const spec = BUFFERS.find((buffer) => buffer.names.includes(name));
  if (!spec) throw new Error(`no buffer is called ${name}`);
  return spec;
}
