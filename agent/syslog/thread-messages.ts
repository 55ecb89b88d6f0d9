/** What crosses between the main thread and the one that takes logs in. */
import type { MessageKey, MessageParams } from "../base/language.js";
import type { LogRow } from "./log-block.js";
import type { LogEvent } from "./log-event.js";
import type { SourceCounts, SourceOptions } from "./log-source.js";
import type { ReceiverCounts } from "./receiver.js";

export interface SyslogOptions {
  readonly address: string;
  readonly udp_port: number | null;
  readonly tcp_port: number | null;
  readonly tls_port: number | null;
  readonly cert_file: string | null;
  readonly key_file: string | null;
  readonly client_ca_file: string | null;
  readonly sources: readonly SourceOptions[];
}

export interface SourceStatus extends Readonly<SourceCounts> {
  readonly name: string;
  /** Since its last line, or since the start. */
  readonly silentMs: number;
  /** After which it counts as silent; 0: never. */
  readonly silenceMs: number;
}

/** How the receiver does: sent once a second. */
export interface SyslogStatus {
  readonly sources: readonly SourceStatus[];
  readonly receiver: Readonly<ReceiverCounts>;
  /** Messages of addresses that no source names. */
  readonly refused: number;
  /** Datagrams that the kernel threw away; null where that cannot be told. */
  readonly kernelDrops: number | null;
  /** Lines of known formats, by what they say. */
  readonly events: Readonly<Partial<Record<LogEvent["kind"] | "shed", number>>>;
}

/** What a line said, and who sent it when. */
export interface SourcedEvent {
  readonly source: string;
  readonly format: string;
  /** By the device where its clock can be believed, else when it came; milliseconds since the Unix epoch. */
  readonly timeMs: number;
  readonly event: LogEvent;
}

/** Main → thread. */
export type SyslogCommand = { readonly command: "acknowledge" } | { readonly command: "stop" };

/** Thread → main. */
export type SyslogEvent =
  | { readonly event: "listening" }
  /** Each answered by `acknowledge`. */
  | { readonly event: "rows"; readonly rows: readonly LogRow[] }
  | { readonly event: "events"; readonly events: readonly SourcedEvent[] }
  | { readonly event: "stranger"; readonly address: string }
  | { readonly event: "status"; readonly status: SyslogStatus }
  | { readonly event: "failed"; readonly code: MessageKey; readonly params: MessageParams };
