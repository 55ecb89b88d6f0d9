import { spawnSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connectAsync, type MqttClient } from "mqtt";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Config } from "../../agent/config/schema.js";
import {
  CertificateAuthority,
  hasOpenssl,
  type IssuedCertificate,
  readCertificate,
} from "../support/certificates.js";
import { hasMosquitto, Mosquitto } from "../support/mosquitto.js";
import { poll } from "../support/poll.js";
import { startDevice, startMonitor, type TestDevice, temporaryFolder } from "../support/uplink-bench.js";

const ACL = readFileSync(
  fileURLToPath(new URL("../../scripts/broker/mosquitto-acl.example", import.meta.url)),
  "utf8",
);

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function device(...parameters: Parameters<typeof startDevice>): TestDevice {
  const started = startDevice(...parameters);
  cleanups.push(() => started.uplink.stop(0));
  return started;
}

describe.skipIf(!hasMosquitto || !hasOpenssl)("uplink with TLS", () => {
  let authority: CertificateAuthority;
  let server: IssuedCertificate;
  beforeAll(() => {
    authority = new CertificateAuthority();
    server = authority.issue("broker", "IP:127.0.0.1");
  });
  afterAll(() => authority.remove());

  async function startBroker(certificate = server): Promise<Mosquitto> {
    const broker = await Mosquitto.start(
      [
        `cafile ${authority.certFile}`,
        `certfile ${certificate.certFile}`,
        `keyfile ${certificate.keyFile}`,
        "require_certificate true",
        "use_identity_as_username true",
        "allow_anonymous false",
        "acl_file {folder}/sekisho.acl",
      ],
      { "sekisho.acl": ACL },
    );
    cleanups.push(() => broker.stop());
    return broker;
  }

  const tlsUrl = (broker: Mosquitto, host = "127.0.0.1"): string => `mqtts://${host}:${broker.port}`;
  const identity = (name: string, ca = authority.certFile): Partial<Config["uplink"]> => {
    const { certFile, keyFile } = authority.issue(name);
    return { ca_file: ca, cert_file: certFile, key_file: keyFile };
  };

  async function startOwnMonitor(broker: Mosquitto): Promise<number[]> {
    const folder = temporaryFolder();
    const arrived: number[] = [];
    const monitor = await startMonitor(
      tlsUrl(broker),
      folder.file,
      { onMessage: ({ seq }) => void arrived.push(seq) },
      {
        tls: { ca: readFileSync(authority.certFile), ...readCertificate(authority.issue("monitor")) },
      },
    );
    cleanups.push(folder.remove, () => monitor.stop());
    await poll("the monitor", () => monitor.isConnected);
    return arrived;
  }

  it("delivers with a client certificate under the access rules that are shipped", async () => {
    const broker = await startBroker();
    const arrived = await startOwnMonitor(broker);
    const { outbox, uplink } = device(tlsUrl(broker), { config: identity("box-1") });
    for (let i = 0; i < 50; i++) outbox.append();
    await poll("an empty outbox", () => outbox.size === 0);
    expect(arrived).toHaveLength(50);
    expect(uplink.state().protocol).toBe(5);
  });

  it("does not use another device's certificate, and says whose it is", async () => {
    const broker = await startBroker();
    const { outbox, uplink } = device(tlsUrl(broker), { config: identity("box-2") });
    outbox.append();
    await poll("an attempt", () => uplink.state().reason !== undefined);
    expect(uplink.state().reason).toMatch(/is for “box-2”, but this device is “box-1”/);
    expect(outbox.size).toBe(1);
  });

  it("a stranger's certificate writes only its own up and hears only its own down", async () => {
    const broker = await startBroker();
    const connect = async (name: string, received: string[] = []): Promise<MqttClient> => {
      const { cert, key } = readCertificate(authority.issue(name));
      const ca = readFileSync(authority.certFile);
      const client = await connectAsync(tlsUrl(broker), {
        protocolVersion: 5,
        clientId: name,
        ca,
        cert,
        key,
      });
      client.on("message", (topic) => void received.push(topic));
      cleanups.push(() => client.endAsync(true));
      return client;
    };
    const heardByMonitor: string[] = [];
    const monitor = await connect("monitor", heardByMonitor);
    await monitor.subscribeAsync("sekisho/v1/#", { qos: 1 });
    const heardByStranger: string[] = [];
    const stranger = await connect("box-2", heardByStranger);
    await stranger.subscribeAsync(["sekisho/v1/box-1/#", "sekisho/v1/+/down/#"], { qos: 1 }).catch(() => []);

    const forbidden = [
      "sekisho/v1/box-1/up/state",
      "sekisho/v1/box-1/up/incident",
      "sekisho/v1/box-1/down/ack",
      "sekisho/v1/box-2/down/ack",
      "sekisho/v1/box-2",
      "sekisho/v1/box-22/up/incident",
      "elsewhere",
    ];
    for (const topic of forbidden) await stranger.publishAsync(topic, "x", { qos: 1 }).catch(() => undefined);
    await stranger.publishAsync("sekisho/v1/box-2/up/incident", "x", { qos: 1 });
    await monitor.publishAsync("sekisho/v1/box-1/down/ack", "x", { qos: 1 });
    await monitor.publishAsync("sekisho/v1/box-2/down/ack", "x", { qos: 1 });
    await poll("what is allowed", () => heardByStranger.length > 0 && heardByMonitor.length > 0);
    // Everything was sent in this order: what was let through would be here by now.
    expect(heardByMonitor).toEqual(["sekisho/v1/box-2/up/incident"]);
    expect(new Set(heardByStranger)).toEqual(new Set(["sekisho/v1/box-2/down/ack"]));
  });

  it.each([
    [
      "of an authority it does not know",
      () => ({ ca: undefined, host: "127.0.0.1" }),
      /self.signed|unable to/i,
    ],
    ["for another host", () => ({ ca: authority.certFile, host: "localhost" }), /altnames|does not match/i],
  ])("does not talk to a broker with a certificate %s", async (_what, choose, reason) => {
    const { ca, host } = choose();
    const broker = await startBroker();
    const { outbox, uplink, lines } = device(tlsUrl(broker, host), {
      config: { ...identity("box-1"), ca_file: ca ?? null },
    });
    outbox.append();
    await poll("a few attempts", () => uplink.state().session > 3);
    expect(uplink.state()).toMatchObject({ isConnected: false });
    expect(uplink.state().reason).toMatch(reason);
    expect(lines.filter((line) => line.includes("uplink is down"))).toHaveLength(1);
    expect(outbox.size).toBe(1);
  });

  it("uses a certificate that was exchanged, without a restart of the agent", async () => {
    const broker = await startBroker();
    await startOwnMonitor(broker);
    const other = new CertificateAuthority();
    cleanups.push(() => other.remove());
    const folder = temporaryFolder();
    cleanups.push(folder.remove);
    const ca = join(folder.path, "ca.crt");
    writeFileSync(ca, readFileSync(other.certFile));
    const { outbox, uplink } = device(tlsUrl(broker), { config: identity("box-1", ca) });
    outbox.append();
    await poll("a refusal", () => uplink.state().session > 2);
    writeFileSync(ca, readFileSync(authority.certFile));
    await poll("an empty outbox", () => outbox.size === 0);
  });
});

describe.skipIf(!hasMosquitto)("uplink with a password", () => {
  async function startBroker(password: string): Promise<Mosquitto> {
    const folder = temporaryFolder();
    cleanups.push(folder.remove);
    const file = join(folder.path, "passwd");
    writeFileSync(file, `box-1:${password}\n`, { mode: 0o600 });
    spawnSync("mosquitto_passwd", ["-U", file]);
    const broker = await Mosquitto.start(["allow_anonymous false", `password_file ${file}`]);
    cleanups.push(() => broker.stop());
    return broker;
  }

  function passwordFile(password: string): string {
    const folder = temporaryFolder();
    cleanups.push(folder.remove);
    const file = join(folder.path, "password");
    writeFileSync(file, `${password}\n`, { mode: 0o600 });
    return file;
  }

  it("connects with what the file holds, and never logs it", async () => {
    const broker = await startBroker("Very-secret-7");
    const { uplink, lines } = device(broker.url, {
      config: { username: "box-1", password_file: passwordFile("Very-secret-7") },
    });
    await poll("a connection", () => uplink.state().isConnected);
    expect(lines.join("")).not.toContain("Very-secret");
  });

  it("says that the password is wrong, once, and keeps trying", async () => {
    const broker = await startBroker("right");
    const file = passwordFile("wrong");
    const { uplink, lines } = device(broker.url, { config: { username: "box-1", password_file: file } });
    await poll("a few attempts", () => uplink.state().session > 3);
    expect(uplink.state().reason).toMatch(/not authorized|user ?name or password/i);
    expect(lines.filter((line) => line.includes("uplink is down"))).toHaveLength(1);
    writeFileSync(file, "right\n");
    await poll("a connection", () => uplink.state().isConnected);
  });

  it("does not use a password that everyone on the machine can read", async () => {
    const broker = await startBroker("right");
    const file = passwordFile("right");
    chmodSync(file, 0o644);
    const { uplink } = device(broker.url, { config: { username: "box-1", password_file: file } });
    await poll("an attempt", () => uplink.state().reason !== undefined);
    expect(uplink.state().reason).toContain(`chmod o-rwx ${file}`);
    chmodSync(file, 0o600);
    await poll("a connection", () => uplink.state().isConnected);
  });
});
