/** Files in requests as Suricata 7.0.10 finds them. */

import { describe, expect, it } from "vitest";
import { bytesOf, request, withLength } from "./exchange.js";

/** Names and contents of the files in a multipart upload. */
function upload(body: string, type = "multipart/form-data; boundary=xx", method = "POST") {
  const head = `${method} /up HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\n`;
  const { fields, events } = request(withLength(head, bytesOf(body)));
  return { names: fields.FILE_NAME, contents: fields.FILE_DATA, body: fields.HTTP_REQUEST_BODY, events };
}

const part = (disposition: string, data: string) =>
  `--xx\r\nContent-Disposition: ${disposition}\r\nContent-Type: text/plain\r\n\r\n${data}\r\n`;

describe("HTTP: uploads", () => {
  it("are the parts of a form that have a file name", () => {
    const body =
      part('form-data; name="f"; filename="a.txt"', "one") +
      part('form-data; name="g"', "two") +
      part("form-data; name=h; filename=b c.bin", "three\r\nlines") +
      "--xx--\r\n";
    const { names, contents, body: whole } = upload(body);
    expect(names).toEqual(["a.txt", "b c.bin"]);
    expect(contents).toEqual(["one", "three\r\nlines"]);
    expect(whole).toEqual([body]);
  });

  it.each([
    ['form-data; filename="x"; name="f"', "x"],
    ["Form-Data; FileName=x", "x"],
    ['attachment;filename="a;b"', "a;b"],
    ["form-data; filename='x'", "'x'"],
  ])("are named by %j", (disposition, name) => {
    expect(upload(`${part(disposition, "d")}--xx--\r\n`).names).toEqual([name]);
  });

  it.each([
    'multipart/form-data; boundary="xx"',
    "Multipart/Form-Data; Boundary=xx; charset=x",
    "multipart/mixed;boundary=xx",
  ])("have the boundary of %j", (type) => {
    expect(upload(`${part('form-data; filename="a"', "d")}--xx--\r\n`, type).contents).toEqual(["d"]);
  });

  it("end where the body ends if no boundary follows", () => {
    expect(upload('--xx\r\nContent-Disposition: form-data; filename="a"\r\n\r\nrest').contents).toEqual([
      "rest",
    ]);
  });

  it("do not end at what only begins like the boundary", () => {
    const data = "-\r\n--\r\n--x\r\n---xx is not it?";
    expect(upload(`${part('form-data; filename="a"', data)}--xx--\r\n`).contents?.[0]).toBe(
      data.slice(0, data.indexOf("--xx") - 2),
    );
  });

  it("are the whole body of PUT, and of POST without parts", () => {
    expect(upload("data", "text/plain", "PUT")).toMatchObject({ names: ["/up"], contents: ["data"] });
    expect(upload("data", "text/plain")).toMatchObject({ names: ["/up"], contents: ["data"] });
    expect(upload("data", "text/plain", "GET").names).toBeUndefined();
  });

  it("are looked at up to 32 in a message", () => {
    const body = part('form-data; filename="a"', "d").repeat(100);
    expect(upload(body).contents).toHaveLength(32);
  });

  it("note headers of parts without a name", () => {
    const { events } = upload(
      '--xx\r\nnothing\r\nContent-Disposition: x; filename="a"\r\n\r\nd\r\n--xx--\r\n',
    );
    expect(events).toEqual(["http.multipart_invalid_header"]);
  });
});
