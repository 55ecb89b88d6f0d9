/** Buffers of files in transfer, whatever protocol carries them. */
import { Field } from "../../sensor/proto/fields.js";
import { STAGE_BODY } from "../../sensor/proto/message-view.js";
import { Protocol, type ProtocolId } from "../../sensor/proto/protocols.js";
import { BOTH_DIRECTIONS } from "../signature.js";
import { FILE_MAGIC_TRANSFORM } from "../transform-names.js";
import type { BufferSpec } from "./buffer-spec.js";

const BOTH = BOTH_DIRECTIONS;
const withFiles: readonly ProtocolId[] = [
  Protocol.HTTP1,
  Protocol.HTTP2,
  Protocol.SMTP,
  Protocol.SMB,
  Protocol.FTP_DATA,
  Protocol.NFS,
];

export const FILE_BUFFERS: readonly BufferSpec[] = [
  {
    names: ["file.data", "file_data"],
    field: Field.FILE_DATA,
    protocols: withFiles,
    directions: BOTH,
    stage: STAGE_BODY,
    isMultiple: true,
  },
  {
    names: ["file.magic"],
    field: Field.FILE_DATA,
    transforms: [{ name: FILE_MAGIC_TRANSFORM, argument: "" }],
    protocols: withFiles,
    directions: BOTH,
    stage: STAGE_BODY,
    isMultiple: true,
  },
  {
    names: ["file.name"],
    field: Field.FILE_NAME,
    protocols: withFiles,
    directions: BOTH,
    stage: STAGE_BODY,
    isMultiple: true,
  },
];
