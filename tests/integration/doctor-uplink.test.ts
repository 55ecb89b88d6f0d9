/** `sekisho doctor` and the way to the monitor: every fault is really made, and has to be named first. */
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { Aedes } from "aedes";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { CertificateAuthority, hasOpenssl } from "../support/certificates.js";
import { cleanUp, cleanups, DoctorBox } from "../support/doctor-box.js";
import { freePort } from "../support/free-port.js";
import { hasMosquitto, Mosquitto } from "../support/mosquitto.js";

afterEach(cleanUp);

describe.skipIf(!hasMosquitto || !hasOpenssl)("the doctor and the way to the monitor", () => {
  let authority: CertificateAuthority;
  beforeAll(() => {
    authority = new CertificateAuthority();
  });
  afterAll(() => authority.remove());

  async function boxWith(uplink: Record<string, unknown>): Promise<DoctorBox> {
    const box = await new DoctorBox().runAgent();
    box.set("device", { id: "box-1" });
    box.set("uplink", uplink);
    return box;
  }

  async function tlsBroker(
    serverName = "broker",
    subjectAltName = "IP:127.0.0.1",
    days = 2,
  ): Promise<Mosquitto> {
    const server = authority.issue(serverName, subjectAltName, days);
    const broker = await Mosquitto.start([
      `cafile ${authority.certFile}`,
      `certfile ${server.certFile}`,
      `keyfile ${server.keyFile}`,
      "allow_anonymous true",
    ]);
    cleanups.push(() => broker.stop());
    return broker;
  }

  const first = async (uplink: Record<string, unknown>): Promise<string | undefined> =>
    (await (await boxWith(uplink)).examine()).names[0];
  const tls = (port: number): Record<string, unknown> => ({
    url: `mqtts://127.0.0.1:${port}`,
    ca_file: authority.certFile,
  });

  it("finds nothing where the broker lets the box in", async () => {
    expect(await first(tls((await tlsBroker()).port))).toBeUndefined();
  });

  it("leaves a connection of the agent alone", async () => {
    const box = await boxWith({ url: `mqtt://127.0.0.1:${await freePort()}` });
    box.status = { ...box.status, uplink: { ...box.status.uplink, isConnected: true } };
    expect((await box.examine()).names).toEqual([]);
  });

  it("names a name that cannot be looked up", async () => {
    expect(await first({ url: "mqtts://broker.invalid:8883" })).toBe("uplink.name");
  });

  it("names a port on which nobody listens", async () => {
    expect(await first({ url: `mqtt://127.0.0.1:${await freePort()}` })).toBe("uplink.refused");
  });

  it("names a port without TLS", async () => {
    const broker = await Mosquitto.start();
    cleanups.push(() => broker.stop());
    expect(await first(tls(broker.port))).toBe("uplink.no_tls");
  });

  it("names what is no MQTT broker", async () => {
    const web: Server = createServer((_, response) => response.end()).listen(0, "127.0.0.1");
    await new Promise((resolve) => web.once("listening", resolve));
    cleanups.push(() => web.close());
    const { port } = web.address() as AddressInfo;
    expect(await first({ url: `mqtt://127.0.0.1:${port}` })).toBe("uplink.no_mqtt");
  });

  it("names a broker whose certificate is of another authority, of another name, or over", async () => {
    const other = new CertificateAuthority();
    cleanups.push(() => other.remove());
    expect(await first({ ...tls((await tlsBroker()).port), ca_file: other.certFile })).toBe(
      "uplink.untrusted",
    );
    expect(await first(tls((await tlsBroker("elsewhere", "DNS:broker.example")).port))).toBe(
      "uplink.other_name",
    );
    expect(await first(tls((await tlsBroker("old", "IP:127.0.0.1", -1)).port))).toBe("uplink.server_expired");
  });

  it("names a certificate of the box that is over, ends soon, is another device's, or has another key", async () => {
    const { port } = await tlsBroker();
    const files = (issued: { certFile: string; keyFile: string }): Record<string, unknown> => ({
      ...tls(port),
      cert_file: issued.certFile,
      key_file: issued.keyFile,
    });
    expect(await first(files(authority.issue("box-2")))).toBe("uplink.files");
    const box = authority.issue("box-1");
    expect(await first(files(box))).toBe("uplink.expires");
    const stranger = authority.issue("stranger");
    expect(await first(files({ ...box, keyFile: stranger.keyFile }))).toBe("uplink.key_mismatch");
    expect(await first(files(authority.issue("box-1", undefined, -1)))).toBe("uplink.expired");
  });

  it("names a password file that everybody may read", async () => {
    const box = await boxWith({});
    writeFileSync(box.path("password"), "hunter2\n", { mode: 0o644 });
    box.set("uplink", { ...tls(await freePort()), username: "box-1", password_file: box.path("password") });
    const told = await box.examine();
    expect(told.names[0]).toBe("uplink.files");
    expect(told.texts.join()).not.toContain("hunter2");
  });

  it("names a broker that refuses the password, and topics that it does not allow", async () => {
    const denying = await Mosquitto.start(["allow_anonymous false"]);
    cleanups.push(() => denying.stop());
    expect(await first({ url: denying.url })).toBe("uplink.denied");
    const withRules = async (acl: string): Promise<Mosquitto> => {
      const broker = await Mosquitto.start(["allow_anonymous true", "acl_file {folder}/acl"], { acl });
      cleanups.push(() => broker.stop());
      return broker;
    };
    // Mosquitto grants every subscription and delivers nothing; this one says no.
    const strict = await Aedes.createBroker({
      authorizeSubscribe: (_client, _topic, done) => done(null, null),
    });
    const door = createTcpServer(strict.handle).listen(0, "127.0.0.1");
    await new Promise((resolve) => door.once("listening", resolve));
    cleanups.push(
      () => strict.close(),
      () => door.close(),
    );
    const { port } = door.address() as AddressInfo;
    expect(await first({ url: `mqtt://127.0.0.1:${port}` })).toBe("uplink.may_not_read");
    const reader = await withRules("pattern read sekisho/v1/%c/down/#\n");
    expect(await first({ url: reader.url })).toBe("uplink.may_not_write");
  });
});
