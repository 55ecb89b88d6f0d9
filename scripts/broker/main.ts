/**
 * A small MQTT broker for the demo and for trying things out: aedes, MQTT 3.1.1, on the loopback interface, without
 * accounts, with nothing kept on disk. Not for production: use mosquitto with the access rules beside this file.
 */
import { createServer, type Socket } from "node:net";
import { Aedes } from "aedes";
import yargs from "yargs";
import { AgentError, reasonOf } from "#agent/base/errors.js";

const options = await yargs(process.argv.slice(2))
  .scriptName("broker")
  .option("port", { type: "number", default: 1883, describe: "TCP port on 127.0.0.1; 0 takes a free one" })
  .strict()
  .parseAsync();

const aedes = await Aedes.createBroker();
const sockets = new Set<Socket>();
const server = createServer((socket) => {
  sockets.add(socket);
  socket.once("close", () => sockets.delete(socket));
  aedes.handle(socket);
});

server.on("error", (error) => {
  const failure = new AgentError("error.broker.listen", { port: options.port, reason: reasonOf(error) });
  process.stderr.write(`${failure.message}\n`);
  process.exit(1);
});

server.listen(options.port, "127.0.0.1", () => {
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : options.port;
  process.stdout.write(`listening on 127.0.0.1:${port}\n`);
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    server.close();
    aedes.close(() => {
      for (const socket of sockets) socket.destroy();
    });
  });
}
