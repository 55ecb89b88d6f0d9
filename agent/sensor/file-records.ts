/**
 * Owns the EVE records `fileinfo`: the files of a message with name, size and state, beside what the message says of itself.
 * The cold path. Of a file that is longer than what is inspected the size is known where its message counts its octets
 * (`http.length`); otherwise it is what was seen of it, and the state TRUNCATED, where Suricata counts on.
 */
import { isObject } from "../base/json-schema.js";
import { eveText } from "./proto/eve-text.js";
import { FILE_SIZE_KIND_BYTES, Field, FileSize } from "./proto/fields.js";
import { type MessageView, STAGE_BODY } from "./proto/message-view.js";
import { Protocol } from "./proto/protocols.js";
import { readUint32 } from "./wire/big-endian.js";

type Eve = Readonly<Record<string, unknown>>;

/** One file of a message. */
export interface FileFacts {
  readonly name: string;
  readonly size: number;
  /** All of it was looked at. */
  readonly isWhole: boolean;
  readonly isFromServer: boolean;
  /** Octets of it were missing. */
  readonly hasGap: boolean;
}

/** Longer than one entry where the size of the file is known. */
const AT_LEAST_BYTES = 5;
/** What `fileinfo` leaves out of the object of HTTP. */
const RECORD_ONLY: ReadonlySet<string> = new Set(["request_headers", "response_headers", "xff"]);

/** The files that `message` tells of. */
export function filesOf(message: MessageView, isFromServer: boolean): FileFacts[] {
  const files: FileFacts[] = [];
  if (message.stage !== STAGE_BODY) return files;
  let name = message.first(Field.FILE_NAME);
  let size = message.first(Field.FILE_SIZE);
  while (size >= 0) {
    const bytes = message.entryBytes[size]!;
    const at = message.entryOffset[size]!;
    if (bytes[at] !== FileSize.AT_LEAST) break;
    files.push({
      name:
        name < 0
          ? ""
          : eveText(message.entryBytes[name]!, message.entryOffset[name]!, message.entryLength[name]!),
      size: readUint32(bytes, at + FILE_SIZE_KIND_BYTES),
      isWhole: message.entryLength[size]! > AT_LEAST_BYTES,
      isFromServer,
      hasGap: message.hasHole,
    });
    if (name >= 0) name = message.next(name);
    size = message.next(size);
  }
  return files;
}

/** The objects of a `fileinfo` record: those of its message, then the file. */
export function describeFile(file: FileFacts, protocol: number, transaction: number, metadata: Eve): Eve {
  const { http } = metadata;
  const isHttp = protocol === Protocol.HTTP1 && isObject(http);
  // A body that is not coded has as many octets as the file.
  const isCounted = isHttp && file.isFromServer && !isCoded(http);
  const length = isCounted && typeof http.length === "number" ? http.length : 0;
  const isWhole = file.isWhole || length >= file.size;
  const range = isHttp && isObject(http.content_range) ? http.content_range : {};
  const { start, end } = range;
  return {
    ...(isHttp ? { http: withoutHeaders(http) } : protocol === Protocol.FTP_DATA ? {} : metadata),
    fileinfo: {
      ...(file.name === "" ? {} : { filename: file.name }),
      gaps: file.hasGap,
      state: isWhole && !file.hasGap ? "CLOSED" : "TRUNCATED",
      stored: false,
      size: Math.max(file.size, length),
      ...(start === undefined ? {} : { start, end }),
      tx_id: transaction,
    },
  };
}

function withoutHeaders(http: Eve): Eve {
  return Object.fromEntries(Object.entries(http).filter(([key]) => !RECORD_ONLY.has(key)));
}

function isCoded(http: Eve): boolean {
  const headers = Array.isArray(http.response_headers) ? http.response_headers : [];
  return headers.some(
    (header: unknown) =>
      isObject(header) &&
      typeof header.name === "string" &&
      /^(content|transfer)-encoding$/i.test(header.name) &&
      header.value !== "identity",
  );
}
