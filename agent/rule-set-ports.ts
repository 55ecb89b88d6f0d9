/** How a rule set is tried on this box: compiled and tested in threads that are thrown away. */
import { ActiveRules } from "./active-rules.js";
import type { Config } from "./config/schema.js";
import type { LoadedRules } from "./rule-loading.js";
import { tryOutApart, unpackApart } from "./rule-set-work.js";
import type { DeskPorts, LayerFolders } from "./update/rule-set-desk.js";

/**
 * @param adopt puts layers in force; gets the rules that were compiled for them, if it was these
 * @param shadow runs compiled rules beside those in force
 */
export function ruleSetPorts(
  config: Config,
  adopt: (folders: LayerFolders, prepared: LoadedRules | undefined) => Promise<void>,
  shadow?: (rules: LoadedRules) => Promise<void>,
): DeskPorts {
  let prepared: { folders: LayerFolders; rules: LoadedRules } | undefined;
  return {
    unpack: unpackApart,
    compile: async (folders) => {
      prepared = { folders, rules: await ActiveRules.prepare(config, folders) };
    },
    tryOut: tryOutApart,
    ...(shadow && {
      shadow: async () => {
        if (prepared) await shadow(prepared.rules);
      },
    }),
    adopt: async (folders) => {
      const isSame = prepared?.folders.vendor === folders.vendor && prepared?.folders.site === folders.site;
      const rules = isSame ? prepared?.rules : undefined;
      prepared = undefined;
      await adopt(folders, rules);
    },
  };
}
