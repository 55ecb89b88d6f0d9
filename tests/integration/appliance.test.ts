/** Installation, upgrade, way back and removal on a box with systemd: the real unit under its real restrictions. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Appliance, whyNoAppliance } from "../support/appliance.js";
import { Operator, part, rule } from "../support/rule-bundles.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const reason = whyNoAppliance();

/** Prints `key=value` lines; a step that fails does not end the script. */
const SCRIPT = `
fact() { printf '%s=%s\\n' "$1" "$2"; printf '# %s s\\n' $SECONDS; }
status() { sekisho status --check --config /etc/sekisho/sekisho.yaml >/dev/null 2>&1; echo $?; }
# What hinders for a moment (a link that comes up) is judged over a minute: the verdict is given time to settle.
settled() { for i in $(seq 240); do [ "$(status)" = 0 ] && break; sleep 1; done; status; }
proved() { grep -c '"state": "proved"' $1; }
export SEKISHO_INSTALL_HEALTH_S=300
# A box has no other tests to run; here the agent would wait for them.
mkdir -p /run/systemd/system/service.d
printf '[Service]\\nNice=0\\nCPUWeight=100\\n' >/run/systemd/system/service.d/test.conf
cd /pkg

scripts/install --dry-run --interface host0 >/probe/dry 2>&1; fact dry.exit $?
fact dry.changed "$(ls -d /usr/lib/sekisho /etc/sekisho /var/lib/sekisho 2>/dev/null | wc -l)"

scripts/install --interface host0 >/probe/first 2>&1; fact first.exit $?
fact first.status "$(settled)"
for i in $(seq 240); do [ "$(systemctl is-active sekisho)" = active ] && break; sleep 0.5; done
fact first.active "$(systemctl is-active sekisho)"
fact first.enabled "$(systemctl is-enabled sekisho)"
pid=$(systemctl show -p MainPID --value sekisho)
fact first.user "$(stat -c %U /proc/$pid)"
fact first.capabilities "$(sed -n 's/^CapEff:\\t//p' /proc/$pid/status)"
fact first.bounding "$(sed -n 's/^CapBnd:\\t//p' /proc/$pid/status)"
fact first.seccomp "$(sed -n 's/^Seccomp:\\t//p' /proc/$pid/status)"
fact first.no_new_privileges "$(sed -n 's/^NoNewPrivs:\\t//p' /proc/$pid/status)"
fact first.home_net "$(sed -n 's/^home_net: //p' /etc/sekisho/sekisho.yaml)"
fact first.socket "$(stat -c '%a %U' /run/sekisho/control.sock)"
# By a member of the group, who may not send: the agent does it within its sandbox.
setpriv --reuid=sekisho --regid=sekisho --clear-groups sekisho selftest --json --config /etc/sekisho/sekisho.yaml >/probe/selftest 2>&1
fact first.selftest "$? $(proved /probe/selftest)"
fact first.database "$(stat -c '%a %U' /var/lib/sekisho/sekisho.db)"

printf 'device: {id: my-box}\\npage: {port: 8080, interface: host0}\\n' >>/etc/sekisho/sekisho.yaml
printf 'alert icmp any any -> any any (msg:"site"; sid:9000001;)\\n' >/etc/sekisho/rules/site/site.rules
settings=$(sha256sum /etc/sekisho/sekisho.yaml)
scripts/install >/probe/second 2>&1; fact second.exit $?
fact second.settings_kept "$([ "$settings" = "$(sha256sum /etc/sekisho/sekisho.yaml)" ] && echo yes)"
page=http://$(ip -4 -o addr show host0 | sed 's/.*inet \\([0-9.]*\\).*/\\1/'):8080
fact second.page "$(node -e 'fetch(process.argv[1]).then((a) => console.log(a.status, new URL(a.url).pathname), (e) => console.log(String(e.cause)))' $page)"
fact second.rules "$(sekisho status --json --config /etc/sekisho/sekisho.yaml | grep -o '"loaded": [0-9]*')"

cp -R /pkg /broken; cd /broken
printf 'setInterval(() => 0, 1000);\\n' >dist/main.js; printf '{"version":"9.9.9","type":"module"}' >package.json; rm SHA256SUMS
SEKISHO_INSTALL_HEALTH_S=4 scripts/install >/probe/broken 2>&1; fact broken.exit $?
fact broken.version "$(sekisho --version)"
fact broken.status "$(settled)"
fact broken.said "$(grep -c 'taken back' /probe/broken)"
fact broken.settings_kept "$([ "$settings" = "$(sha256sum /etc/sekisho/sekisho.yaml)" ] && echo yes)"
fact broken.site_rules_kept "$(grep -c 9000001 /etc/sekisho/rules/site/site.rules)"

# The same upgrade, cut short: whoever would have taken it back is gone; the next start of the machine does.
systemctl set-environment SEKISHO_INSTALL_HEALTH_S=4
cd /broken; SEKISHO_INSTALL_HEALTH_S=300 setsid scripts/install >/probe/cut 2>&1 & cut=$!
for i in $(seq 600); do grep -q setInterval /usr/lib/sekisho/dist/main.js && systemctl show -p ExecMainPID sekisho | grep -qv =0 && break; sleep 0.2; done
sleep 1; kill -KILL -- -$cut; cd /pkg
fact cut.enabled "$(systemctl is-enabled sekisho-upgrade)"
systemctl start --wait sekisho-upgrade >/dev/null 2>&1; fact cut.judged "$(journalctl -u sekisho-upgrade --no-pager | grep -c 'taken back')"
systemctl unset-environment SEKISHO_INSTALL_HEALTH_S
fact cut.version "$(sekisho --version)"
fact cut.status "$(settled)"
fact cut.left "$(ls -d /etc/systemd/system/sekisho-upgrade.service /usr/lib/sekisho.upgrade 2>/dev/null | wc -l)"

mkdir -p /run/systemd/system/sekisho.service.d
printf '[Service]\\nWatchdogSec=6\\nRestartSec=1\\n' >/run/systemd/system/sekisho.service.d/test.conf
systemctl daemon-reload; systemctl restart sekisho
pid=$(systemctl show -p MainPID --value sekisho)
kill -STOP $pid
for i in $(seq 240); do [ "$(systemctl show -p NRestarts --value sekisho)" != 0 ] && break; sleep 0.5; done
fact watchdog.restarts "$(systemctl show -p NRestarts --value sekisho)"
fact watchdog.status "$(settled)"

rm -rf /run/systemd/system/sekisho.service.d; systemctl daemon-reload
sed -i 's/^capture:/capture:\\n  driver: tcpdump/' /etc/sekisho/sekisho.yaml; systemctl restart sekisho
fact pipe.status "$(settled)"
fact pipe.driver "$(sekisho status --json --config /etc/sekisho/sekisho.yaml | sed -n 's/.*"driver": "\\(.*\\)".*/\\1/p')"
sed -i '/driver: tcpdump/d' /etc/sekisho/sekisho.yaml
cd /pkg; scripts/install --capture-helper >/probe/unready 2>&1; fact helper.unready "$? $(ls /etc/systemd/system/sekisho.service.d 2>/dev/null | wc -l)"
sed -i 's/^capture:/capture:\\n  driver: helper/' /etc/sekisho/sekisho.yaml
scripts/install --capture-helper >/probe/helper 2>&1; fact helper.exit $?
fact helper.status "$(settled)"
pid=$(systemctl show -p MainPID --value sekisho)
fact helper.capabilities "$(sed -n 's/^CapEff:\\t//p' /proc/$pid/status)"
fact helper.driver "$(sekisho status --json --config /etc/sekisho/sekisho.yaml | sed -n 's/.*"driver": "\\(.*\\)".*/\\1/p')"
sekisho selftest --json --config /etc/sekisho/sekisho.yaml >/probe/selftest2 2>&1
fact helper.selftest "$? $(proved /probe/selftest2)"
pid=$(systemctl show -p MainPID --value sekisho-capture)
fact helper.rights "$(sed -n 's/^CapEff:\\t//p' /proc/$pid/status) $(pgrep -c -P $pid tcpdump)"

cd /pkg; scripts/install --rules-root /probe/office.roots >/probe/roots 2>&1; fact roots.exit $?
fact roots.file "$(stat -c '%a %U %G' /etc/sekisho/rules.roots)"
fact roots.said "$(grep -c 'add to sekisho.yaml: rule_sets' /probe/roots)"
printf 'rule_sets: {root_file: /etc/sekisho/rules.roots, shadow_min: 0, confirm_min: 0.1}\\n' >>/etc/sekisho/sekisho.yaml
systemctl restart sekisho; fact roots.again "$(settled)"
sekisho rules install /probe/office-1.bundle --config /etc/sekisho/sekisho.yaml >>/probe/roots 2>&1; fact roots.install $?
sekisho rules install /probe/stranger-1.bundle --config /etc/sekisho/sekisho.yaml >>/probe/roots 2>&1; fact roots.stranger $?

cd /pkg; printf 'x' >>dist/compose.js; scripts/install >/probe/damaged 2>&1; fact damaged.exit $?
fact damaged.said "$(grep -c 'is damaged' /probe/damaged)"

/usr/lib/sekisho/scripts/install --uninstall >/probe/gone 2>&1; fact gone.exit $?
fact gone.active "$(systemctl is-active sekisho)"
fact gone.left "$(ls -d /usr/lib/sekisho* /usr/bin/sekisho /usr/share/sekisho /etc/systemd/system/sekisho* 2>/dev/null | wc -l)"
fact gone.kept "$(ls -d /etc/sekisho/sekisho.yaml /var/lib/sekisho/sekisho.db 2>/dev/null | wc -l)"
/pkg/scripts/install --uninstall --purge >/dev/null 2>&1; fact purge.exit $?
fact purge.left "$(ls -d /etc/sekisho /var/lib/sekisho 2>/dev/null | wc -l)"
tail -n 60 /probe/selftest /probe/selftest2
tail -n 40 /probe/roots /probe/helper /probe/first /probe/second /probe/broken /probe/gone; journalctl -u sekisho --no-pager | tail -n 40
`;

describe.skipIf(reason !== undefined)(
  `on a box with systemd${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), "sekisho-package-"));
    let printed = "";
    const fact = (name: string): string | undefined =>
      printed
        .split("\n")
        .find((line) => line.startsWith(`${name}=`))
        ?.slice(name.length + 1);

    beforeAll(() => {
      const archive = execFileSync(join(ROOT, "scripts/package"), [folder], { encoding: "utf8" }).trim();
      const box = new Appliance();
      try {
        mkdirSync(join(box.root, "pkg"));
        execFileSync("tar", ["-C", join(box.root, "pkg"), "--strip-components=1", "-xzf", archive]);
        const [office, stranger] = [new Operator(), new Operator()];
        const created = new Date().toISOString();
        const expires = new Date(Date.now() + 86_400_000).toISOString();
        const bundle = (operator: Operator): Uint8Array =>
          operator.bytes({ version: 1, created, expires }, [part("office.rules", rule(7100))]);
        writeFileSync(join(box.root, "probe/office.roots"), office.rootFile());
        writeFileSync(join(box.root, "probe/office-1.bundle"), bundle(office));
        writeFileSync(join(box.root, "probe/stranger-1.bundle"), bundle(stranger));
        printed = box.run(SCRIPT, 1_200_000);
      } finally {
        box.remove();
      }
    }, 1_500_000);
    afterAll(() => rmSync(folder, { recursive: true }));

    /** The facts whose names begin with `step`, against what they should be; on a difference all that was printed is shown. */
    function expectFacts(step: string, facts: Readonly<Record<string, string>>): void {
      const found = Object.fromEntries(Object.keys(facts).map((name) => [name, fact(`${step}.${name}`)]));
      expect(found, printed).toEqual(facts);
    }

    test("a dry run changes nothing", () => expectFacts("dry", { exit: "0", changed: "0" }));

    test("the installed agent is enabled, listens, and is healthy", () =>
      expectFacts("first", {
        exit: "0",
        active: "active",
        enabled: "enabled",
        status: "0",
        home_net: "[192.168.77.0/24]",
      }));

    test("it runs as a user of its own with nothing but CAP_NET_RAW, filtered system calls and no way to more", () =>
      expectFacts("first", {
        user: "sekisho",
        capabilities: "0000000000002000",
        bounding: "0000000000002000",
        seccomp: "2",
        no_new_privileges: "1",
        socket: "660 sekisho",
        database: "600 sekisho",
      }));

    test("a self-test proves its detection within that sandbox, all but the monitor it does not have", () =>
      expectFacts("first", { selftest: "3 5" }));

    test("a second installation keeps configuration and rules of the site", () => {
      // The page asks which address its interface has, which the sandbox makes hard.
      expectFacts("second", { exit: "0", settings_kept: "yes", page: "200 /setup" });
      expect(Number(/\d+/.exec(fact("second.rules") ?? "")?.[0])).toBeGreaterThan(1);
    });

    test("a version that does not get healthy is taken back, with everything it found in place", () =>
      expectFacts("broken", {
        exit: "1",
        version: "0.1.0",
        status: "0",
        said: "1",
        settings_kept: "yes",
        site_rules_kept: "1",
      }));

    test("an upgrade that was cut short is judged at the next start of the machine, and taken back", () =>
      expectFacts("cut", { enabled: "enabled", judged: "1", version: "0.1.0", status: "0", left: "0" }));

    test("an agent that hangs is started again by the watchdog", () => {
      expect(Number(fact("watchdog.restarts")), printed).toBeGreaterThan(0);
      expectFacts("watchdog", { status: "0" });
    });

    test("where tcpdump captures (every interface after the first), it may within that sandbox", () =>
      expectFacts("pipe", { status: "0", driver: "tcpdump" }));

    test("with the capture helper the agent listens without any capability, which only its helper holds", () =>
      expectFacts("helper", {
        unready: "1 0",
        exit: "0",
        status: "0",
        capabilities: "0000000000000000",
        driver: "helper",
        // The agent may send nothing there: the command of root does.
        selftest: "3 5",
        rights: "0000000000002000 1",
      }));

    test("the operator's roots are the agent's to read and nobody's to write, and decide whose rule sets are taken", () =>
      expectFacts("roots", {
        exit: "0",
        file: "640 root sekisho",
        said: "1",
        again: "0",
        install: "0",
        stranger: "1",
      }));

    test("a damaged package is refused before anything is changed", () =>
      expectFacts("damaged", { exit: "1", said: "1" }));

    test("removal keeps configuration and data until they are purged", () => {
      expectFacts("gone", { exit: "0", active: "inactive", left: "0", kept: "2" });
      expectFacts("purge", { exit: "0", left: "0" });
    });
  },
);
