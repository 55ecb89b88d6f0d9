/** What parsers make depends on what rules look at. */
import { expect, it } from "vitest";
import { askFor, wantedFields } from "../../../../agent/sensor/match/wanted-fields.js";
import { AppLayer } from "../../../../agent/sensor/proto/app-layer.js";
import { Field } from "../../../../agent/sensor/proto/fields.js";
import { FrameReader } from "../../../../agent/sensor/proto/frames/frame-reader.js";
import { imageOf } from "../../../support/rules.js";

const rule = (options: string) => `alert http any any -> any any (${options} sid:1;)`;

function asked(options: string | undefined, hasRecords = false): AppLayer {
  const appLayer = new AppLayer([], 4, () => undefined);
  if (hasRecords) appLayer.input.recordSink = () => undefined;
  const image = imageOf(options === undefined ? "" : rule(options));
  askFor(wantedFields(image), appLayer, new FrameReader(() => undefined));
  return appLayer;
}

it("bodies are read where a rule asks for one, for a file, or for what is odd in one", () => {
  expect(asked(undefined).input.readsBodies).toBe(false);
  expect(asked('http.uri; content:"/a";').input.readsBodies).toBe(false);
  expect(asked('http.response_body; content:"a";').input.readsBodies).toBe(true);
  expect(asked('http.uri; content:"/a"; http.request_body; content:!"a";').input.readsBodies).toBe(true);
  expect(asked("filesize:>10;").input.readsBodies).toBe(true);
  expect(asked("app-layer-event:http.gzip_decompression_failed;").input.readsBodies).toBe(true);
});

it("records tell of files and of all headers, whatever rules look at", () => {
  const { input, message } = asked('http.uri; content:"/a";', true);
  expect(input.readsBodies).toBe(true);
  expect(message.wants(Field.HTTP_RESPONSE_HEADER)).toBe(true);
  expect(asked('http.uri; content:"/a";').message.wants(Field.HTTP_RESPONSE_HEADER)).toBe(false);
});
