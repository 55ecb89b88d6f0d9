/** A TLS session over a TCP connection: handshake, a few exchanges, end. */

import { join } from "./bytes.js";
import type { TcpConversation } from "./tcp-conversation.js";
import {
  applicationData,
  changeCipherSpec,
  clientHello,
  clientKeyExchange,
  encryptedFinished12,
  serverFlight12,
  serverHello13,
  TLS_1_3,
  type TlsClient,
} from "./tls-messages.js";

/** Request and answer inside the encryption, by their lengths. */
export interface TlsExchange {
  readonly requestBytes: number;
  readonly answerBytes: number;
}

export interface TlsSession {
  readonly client: TlsClient;
  readonly serverName: string;
  /** What a TLS 1.2 server shows; under TLS 1.3 nobody sees it. */
  readonly certificate: Uint8Array;
  readonly exchanges: readonly TlsExchange[];
}

/** Encrypted extensions, certificate, its proof and Finished of a TLS 1.3 server. */
const SERVER_HANDSHAKE_13_BYTES = 2_730;
const CLIENT_FINISHED_13_BYTES = 53;
const READING_US = 400_000;

export function talkTls(conversation: TcpConversation, session: TlsSession): void {
  conversation.open();
  if (session.client.version === TLS_1_3) handshake13(conversation, session);
  else handshake12(conversation, session);
  const { random } = conversation;
  for (const { requestBytes, answerBytes } of session.exchanges) {
    conversation
      .clientSends(applicationData(random, requestBytes))
      .serverSends(applicationData(random, answerBytes))
      .pause(random.between(READING_US / 4, READING_US));
  }
  conversation.close();
}

function handshake13(conversation: TcpConversation, { client, serverName }: TlsSession): void {
  const { random } = conversation;
  const sessionId = random.bytes(32);
  conversation
    .clientSends(clientHello(client, serverName, random, sessionId))
    .serverSends(
      join(
        serverHello13(random, sessionId),
        changeCipherSpec(),
        applicationData(random, SERVER_HANDSHAKE_13_BYTES),
      ),
    )
    .clientSends(join(changeCipherSpec(), applicationData(random, CLIENT_FINISHED_13_BYTES)));
}

function handshake12(conversation: TcpConversation, session: TlsSession): void {
  const { random } = conversation;
  const { client, serverName, certificate } = session;
  conversation
    .clientSends(clientHello(client, serverName, random, new Uint8Array(0)))
    .serverSends(serverFlight12(random, certificate, client.alpn[0]))
    .clientSends(join(clientKeyExchange(random), changeCipherSpec(), encryptedFinished12(random)))
    .serverSends(join(changeCipherSpec(), encryptedFinished12(random)));
}
