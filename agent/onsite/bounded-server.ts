/** What every HTTP server of the box has in common: bounds on who asks, and beginning and ending to listen. */
import type { Server } from "node:http";

const MAX_CONNECTIONS = 16;
export const MAX_HEADER_BYTES = 4096;
const REQUEST_TIMEOUT_MS = 5000;

/** Bound the connections of a server, and how long each may take. */
export function boundServer(server: Server): void {
  server.maxConnections = MAX_CONNECTIONS;
  server.headersTimeout = REQUEST_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.timeout = REQUEST_TIMEOUT_MS;
}

/** Resolves when the server listens, rejects where it cannot. */
export function listening(server: Server, where: string | { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(where, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** End a server with all its connections. */
export async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
