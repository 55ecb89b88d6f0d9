import type { Clock } from "./base/clock.js";
import type { ClockQuality } from "./base/clock-quality.js";
import type { Config } from "./config/schema.js";
import { retentionOf } from "./store/retention.js";
import { Store } from "./store/store.js";

/**
 * The store as the configuration wants it.
 *
 * @throws AgentError as `Store.open`
 */
export function openStore({ store }: Config, clock: Clock, clockQuality: () => ClockQuality): Promise<Store> {
  return Store.open({
    path: store.path,
    budgetBytes: store.budget_mib * 1024 * 1024,
    shares: store.shares_percent,
    retention: retentionOf(store.retention_days),
    clock,
    clockQuality,
  });
}
