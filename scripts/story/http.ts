/** HTTP/1.1 messages (RFC 9112) over a TCP connection. */

import { ascii, join } from "./bytes.js";
import type { TcpConversation } from "./tcp-conversation.js";

export interface HttpExchange {
  readonly method: string;
  readonly host: string;
  readonly uri: string;
  readonly userAgent: string;
  readonly status: string;
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** One request and its answer in a connection of their own. */
export function talkHttp(conversation: TcpConversation, exchange: HttpExchange): void {
  const request = [
    `${exchange.method} ${exchange.uri} HTTP/1.1`,
    `Host: ${exchange.host}`,
    `User-Agent: ${exchange.userAgent}`,
    "Accept: */*",
    "Connection: close",
  ];
  const answer = [
    `HTTP/1.1 ${exchange.status}`,
    "Server: httpd",
    `Content-Type: ${exchange.contentType}`,
    `Content-Length: ${exchange.body.length}`,
    "Connection: close",
  ];
  conversation
    .open()
    .clientSends(head(request))
    .serverSends(join(head(answer), exchange.body))
    .close();
}

function head(lines: readonly string[]): Uint8Array {
  return ascii(`${lines.join("\r\n")}\r\n\r\n`);
}
