/** Buffers of protocols that protect others: TLS, QUIC, SSH, IKE and Kerberos. */
import { Field } from "../../sensor/proto/fields.js";
import { STAGE_BODY } from "../../sensor/proto/message-view.js";
import { Protocol, type ProtocolId } from "../../sensor/proto/protocols.js";
import { BOTH_DIRECTIONS, TO_CLIENT_BIT, TO_SERVER_BIT } from "../signature.js";
import type { BufferSpec } from "./buffer-spec.js";

const TS = TO_SERVER_BIT;
const TC = TO_CLIENT_BIT;
const BOTH = BOTH_DIRECTIONS;
const tls: readonly ProtocolId[] = [Protocol.TLS];
const tlsOrQuic: readonly ProtocolId[] = [Protocol.TLS, Protocol.QUIC];
const ssh: readonly ProtocolId[] = [Protocol.SSH];
const ike: readonly ProtocolId[] = [Protocol.IKE];

export const SECURE_BUFFERS: readonly BufferSpec[] = [
  { names: ["tls.sni", "tls_sni"], field: Field.TLS_SNI, protocols: tls, directions: TS },
  {
    names: ["tls.cert_subject", "tls_cert_subject"],
    field: Field.TLS_CERT_SUBJECT,
    protocols: tls,
    directions: BOTH,
  },
  {
    names: ["tls.cert_issuer", "tls_cert_issuer"],
    field: Field.TLS_CERT_ISSUER,
    protocols: tls,
    directions: BOTH,
  },
  {
    names: ["tls.cert_serial", "tls_cert_serial"],
    field: Field.TLS_CERT_SERIAL,
    letterCase: "upper",
    protocols: tls,
    directions: BOTH,
  },
  {
    names: ["tls.cert_fingerprint", "tls_cert_fingerprint"],
    field: Field.TLS_CERT_FINGERPRINT,
    letterCase: "lower",
    protocols: tls,
    directions: BOTH,
  },
  { names: ["tls.certs"], field: Field.TLS_CERTS, protocols: tls, directions: BOTH, isMultiple: true },
  { names: ["tls.random"], field: Field.TLS_RANDOM, protocols: tls, directions: BOTH },
  { names: ["tls.random_time"], field: Field.TLS_RANDOM_TIME, protocols: tls, directions: BOTH },
  { names: ["tls.random_bytes"], field: Field.TLS_RANDOM_BYTES, protocols: tls, directions: BOTH },
  {
    names: ["ja3.hash", "ja3_hash"],
    field: Field.JA3_HASH,
    letterCase: "lower",
    protocols: tlsOrQuic,
    directions: TS,
  },
  { names: ["ja3.string", "ja3_string"], field: Field.JA3_STRING, protocols: tlsOrQuic, directions: TS },
  { names: ["ja4.hash", "ja4_hash"], field: Field.JA4_HASH, protocols: tlsOrQuic, directions: TS },
  { names: ["ja3s.hash"], field: Field.JA3S_HASH, letterCase: "lower", protocols: tlsOrQuic, directions: TC },
  { names: ["ja3s.string"], field: Field.JA3S_STRING, protocols: tlsOrQuic, directions: TC },
  { names: ["ssh.proto", "ssh_proto"], field: Field.SSH_PROTO, protocols: ssh, directions: BOTH },
  { names: ["ssh.software", "ssh_software"], field: Field.SSH_SOFTWARE, protocols: ssh, directions: BOTH },
  {
    names: ["ssh.hassh", "ssh-hassh"],
    field: Field.SSH_HASSH,
    protocols: ssh,
    directions: TS,
    stage: STAGE_BODY,
  },
  {
    names: ["ssh.hassh.string", "ssh-hassh-string"],
    field: Field.SSH_HASSH_STRING,
    protocols: ssh,
    directions: TS,
    stage: STAGE_BODY,
  },
  {
    names: ["ssh.hassh.server", "ssh-hassh-server"],
    field: Field.SSH_HASSH_SERVER,
    protocols: ssh,
    directions: TC,
    stage: STAGE_BODY,
  },
  {
    names: ["ssh.hassh.server.string", "ssh-hassh-server-string"],
    field: Field.SSH_HASSH_SERVER_STRING,
    protocols: ssh,
    directions: TC,
    stage: STAGE_BODY,
  },
  { names: ["quic.sni"], field: Field.QUIC_SNI, protocols: [Protocol.QUIC], directions: TS },
  { names: ["quic.ua"], field: Field.QUIC_UA, protocols: [Protocol.QUIC], directions: TS },
  {
    names: ["quic.cyu.hash"],
    field: Field.QUIC_CYU_HASH,
    protocols: [Protocol.QUIC],
    directions: TS,
    isMultiple: true,
  },
  {
    names: ["quic.cyu.string"],
    field: Field.QUIC_CYU_STRING,
    protocols: [Protocol.QUIC],
    directions: TS,
    isMultiple: true,
  },
  { names: ["quic.version"], field: Field.QUIC_VERSION, protocols: [Protocol.QUIC], directions: BOTH },
  {
    names: ["krb5.cname", "krb5_cname"],
    field: Field.KRB5_CNAME,
    protocols: [Protocol.KRB5],
    directions: TC,
    isMultiple: true,
  },
  {
    names: ["krb5.sname", "krb5_sname"],
    field: Field.KRB5_SNAME,
    protocols: [Protocol.KRB5],
    directions: TC,
    isMultiple: true,
  },
  { names: ["ike.init_spi"], field: Field.IKE_INIT_SPI, protocols: ike, directions: TS },
  { names: ["ike.resp_spi"], field: Field.IKE_RESP_SPI, protocols: ike, directions: TC },
  { names: ["ike.vendor"], field: Field.IKE_VENDOR, protocols: ike, directions: TS, isMultiple: true },
  {
    names: ["ike.key_exchange_payload"],
    field: Field.IKE_KEY_EXCHANGE_PAYLOAD,
    protocols: ike,
    directions: BOTH,
  },
  { names: ["ike.nonce_payload"], field: Field.IKE_NONCE_PAYLOAD, protocols: ike, directions: BOTH },
];
