/** Entry of the sensor's worker thread: nothing but the sensor lives here. */
import { type MessagePort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { keepHeapSmall } from "../base/heap-keeper.js";
import { imageIn } from "../signature/image-file.js";
import { WARM_BYTES, warmExpressions } from "./match/expression-warmth.js";
import { failureMessage, SensorLoop } from "./sensor-loop.js";
import type { SensorCommand, ThreadData } from "./thread-messages.js";

const { port, data } = workerData as { port: MessagePort; data: ThreadData };
const heapTimer = keepHeapSmall();
// Frames come in buffers of Node's, reassembled bytes in plain arrays.
warmExpressions([Buffer.alloc(WARM_BYTES), new Uint8Array(WARM_BYTES)]);
try {
  const loop = new SensorLoop(
    { ...data, image: imageIn(data.image) },
    {
      send: (message) => port.postMessage(message),
      receive: () => receiveMessageOnPort(port)?.message as SensorCommand | undefined,
    },
  );
  await loop.run();
} catch (error) {
  port.postMessage(failureMessage(error));
} finally {
  clearInterval(heapTimer);
  port.close();
}
