-- A database of schema version 4, as an agent of that time left it. Never edited: see tests/unit/store/migrations.test.ts.
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL, checksum INTEGER NOT NULL) STRICT;
CREATE TABLE boot (
    boot INTEGER PRIMARY KEY,
    started_ms INTEGER NOT NULL,
    is_after_clean_stop INTEGER NOT NULL
  ) STRICT;
CREATE TABLE sequence (name TEXT PRIMARY KEY, value INTEGER NOT NULL, checksum INTEGER NOT NULL) STRICT;
CREATE TABLE usage (
    part TEXT NOT NULL,
    class INTEGER NOT NULL,
    records INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (part, class)
  ) STRICT, WITHOUT ROWID;
CREATE TABLE detections (
    id INTEGER PRIMARY KEY,
    class INTEGER NOT NULL,
    time_us INTEGER NOT NULL,
    signature_id INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    payload TEXT NOT NULL,
    checksum INTEGER NOT NULL
  ) STRICT;
CREATE INDEX detections_by_class ON detections (class);
CREATE TABLE incidents (
    version INTEGER PRIMARY KEY,
    class INTEGER NOT NULL,
    id TEXT NOT NULL UNIQUE,
    is_open INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    payload TEXT NOT NULL,
    checksum INTEGER NOT NULL
  ) STRICT;
CREATE INDEX incidents_by_class ON incidents (class);
CREATE INDEX incidents_open ON incidents (version) WHERE is_open = 1;
CREATE TABLE outbox (
    sequence INTEGER PRIMARY KEY,
    class INTEGER NOT NULL,
    topic TEXT NOT NULL,
    committed_ms INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    payload TEXT NOT NULL,
    checksum INTEGER NOT NULL
  ) STRICT;
CREATE INDEX outbox_by_class ON outbox (class);
CREATE TABLE tombstones (
    class INTEGER PRIMARY KEY,
    sequence INTEGER NOT NULL UNIQUE REFERENCES outbox (sequence) ON DELETE CASCADE,
    first_sequence INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    replaced INTEGER NOT NULL
  ) STRICT;
CREATE TABLE tally (
    period TEXT NOT NULL,
    key TEXT NOT NULL,
    value INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (period, key)
  ) STRICT;
CREATE TABLE logs (
    id INTEGER PRIMARY KEY,
    class INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    source TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    payload TEXT NOT NULL,
    checksum INTEGER NOT NULL
  ) STRICT;
CREATE INDEX logs_by_class ON logs (class);
CREATE TABLE timeline (
    mark INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    boot INTEGER NOT NULL,
    operating_ms INTEGER NOT NULL,
    wall_ms INTEGER NOT NULL,
    quality INTEGER NOT NULL,
    outbox INTEGER NOT NULL,
    incidents INTEGER NOT NULL,
    detections INTEGER NOT NULL,
    logs INTEGER NOT NULL,
    checksum INTEGER NOT NULL
  ) STRICT;
CREATE TABLE departures (
    part TEXT NOT NULL,
    class INTEGER NOT NULL,
    first_number INTEGER NOT NULL,
    last_number INTEGER NOT NULL,
    records INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (part, class)
  ) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES ('ledger', '8f14e45f-ceea-467f-8bca-3b1c3c0c5f0e', 2740538253);
INSERT INTO meta VALUES ('is_clean', '1', 3293234667);
INSERT INTO boot VALUES (1, 1790000000000, 1);
INSERT INTO boot VALUES (2, 1790000000001, 0);
INSERT INTO boot VALUES (3, 1790000000002, 1);
INSERT INTO sequence VALUES ('outbox', 9, 3800920373);
INSERT INTO sequence VALUES ('acknowledged', 5, 773318462);
INSERT INTO sequence VALUES ('version', 5, 186757871);
INSERT INTO sequence VALUES ('detection', 2, 910040819);
INSERT INTO sequence VALUES ('log', 1, 1672955040);
INSERT INTO sequence VALUES ('mark', 2, 1561609147);
INSERT INTO sequence VALUES ('commit', 17, 972977919);
INSERT INTO sequence VALUES ('boot', 3, 3514569878);
INSERT INTO sequence VALUES ('operating', 3600500, 3343398647);
INSERT INTO usage VALUES ('detections', 1, 1, 635);
INSERT INTO usage VALUES ('detections', 3, 1, 635);
INSERT INTO usage VALUES ('incidents', 1, 1, 74);
INSERT INTO usage VALUES ('incidents', 2, 1, 74);
INSERT INTO usage VALUES ('logs', 3, 1, 74);
INSERT INTO usage VALUES ('outbox', 0, 1, 88);
INSERT INTO usage VALUES ('outbox', 1, 1, 181);
INSERT INTO usage VALUES ('outbox', 3, 1, 72);
INSERT INTO detections VALUES (1, 3, 1790000000000000, 11, 635, '{"kind":"detection","timeUs":1790000000000000,"observedMs":1790000000100,"interfaceName":"eth0","signatureId":11,"generatorId":1,"revision":3,"signature":"TEST something bad","classtype":"","category":"A Network Trojan was detected","severity":1,"action":"alert","protocol":"TCP","sourceAddress":"192.168.1.20","sourcePort":50000,"destinationAddress":"203.0.113.9","destinationPort":443,"direction":"to_server","clientAddress":"192.168.1.20","clientPort":50000,"serverAddress":"203.0.113.9","serverPort":443,"isAnswered":true,"flowId":"1","metadata":{},"ruleMetadata":{}}', 1320746421);
INSERT INTO detections VALUES (2, 1, 1790000000000000, 12, 635, '{"kind":"detection","timeUs":1790000000000000,"observedMs":1790000000100,"interfaceName":"eth0","signatureId":12,"generatorId":1,"revision":3,"signature":"TEST something bad","classtype":"","category":"A Network Trojan was detected","severity":1,"action":"alert","protocol":"TCP","sourceAddress":"192.168.1.20","sourcePort":50000,"destinationAddress":"203.0.113.9","destinationPort":443,"direction":"to_server","clientAddress":"192.168.1.20","clientPort":50000,"serverAddress":"203.0.113.9","serverPort":443,"isAnswered":true,"flowId":"1","metadata":{},"ruleMetadata":{}}', 2554769634);
INSERT INTO incidents VALUES (4, 2, 'A', 0, 1790000000000, 74, '{"id":"A"}', 2261298681);
INSERT INTO incidents VALUES (5, 1, 'B', 1, 1790000000000, 74, '{"id":"B"}', 1613255978);
INSERT INTO outbox VALUES (6, 3, 'incident', 1790000000000, 72, '{"id":6}', 831223965);
INSERT INTO outbox VALUES (8, 1, 'info', 1790000000000, 181, '{"event":"store.tombstone","priority":"low","firstSequence":1,"lastSequence":5,"messages":4,"bytes":400,"replaced":1}', 4112632761);
INSERT INTO outbox VALUES (9, 0, 'incident', 1790000000005, 88, '{"id":9,"text":"関所"}', 2838506166);
INSERT INTO tombstones VALUES (3, 8, 1, 5, 4, 400, 1);
INSERT INTO tally VALUES ('hour', 'sid:11', 7, 2852004293);
INSERT INTO logs VALUES (1, 3, 1790000000000, '192.168.1.1', 74, '{"line":1}', 1133290191);
INSERT INTO timeline VALUES (1, 0, 1, 0, 1790000000000, 1, 0, 0, 0, 0, 3040768589);
INSERT INTO timeline VALUES (2, 1, 2, 3600000, 1790003600000, 1, 6, 4, 1, 0, 1301508167);
INSERT INTO departures VALUES ('logs', 3, 1, 1, 1, 100);
CREATE TABLE devices (
    id TEXT PRIMARY KEY,
    updated_ms INTEGER NOT NULL,
    payload TEXT NOT NULL,
    checksum INTEGER NOT NULL
  ) STRICT;
INSERT INTO devices VALUES ('d-1', 1790000000000, '{"device":1}', 608106974);
PRAGMA user_version = 4;
