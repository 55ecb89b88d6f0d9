/**
 * Which folders of rules count, in their order, where rule sets have been installed: a set of the vendor layer stands in place of
 * the rules that came with the agent, one of the site layer behind it; what the configuration names besides is the box's own and
 * stays.
 */
import { resolve } from "node:path";
import { shippedRulesFolder } from "./rule-files.js";

/** Where the installer puts the rules of the package. */
const PACKAGED_RULES = "/usr/share/sekisho/rules";

/** Folders of installed rule sets. */
export interface RuleLayers {
  readonly vendor: string | undefined;
  readonly site: string | undefined;
}

export const NO_LAYERS: RuleLayers = { vendor: undefined, site: undefined };

/**
 * @param configured paths of the configuration; empty: the shipped rules
 */
export function rulePaths(configured: readonly string[], { vendor, site }: RuleLayers): readonly string[] {
  const shipped = [shippedRulesFolder(), PACKAGED_RULES];
  const named = configured.length > 0 ? configured : [shippedRulesFolder()];
  const own = vendor === undefined ? named : named.filter((path) => !shipped.includes(resolve(path)));
  const first = vendor === undefined ? named.filter((path) => shipped.includes(resolve(path))) : [vendor];
  const rest = own.filter((path) => !first.includes(path));
  return [...first, ...(site === undefined ? [] : [site]), ...rest];
}
