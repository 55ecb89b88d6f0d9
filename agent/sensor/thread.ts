/** Entry of the sensor's worker thread: nothing but the sensor lives here. */
import { type MessagePort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { failureMessage, SensorLoop } from "./sensor-loop.js";
import type { SensorCommand, ThreadOptions } from "./thread-messages.js";

const { port, options } = workerData as { port: MessagePort; options: ThreadOptions };
try {
  const loop = new SensorLoop(options, {
    send: (message) => port.postMessage(message),
    receive: () => receiveMessageOnPort(port)?.message as SensorCommand | undefined,
  });
  await loop.run();
} catch (error) {
  port.postMessage(failureMessage(error));
} finally {
  port.close();
}
