/** Opens the box's own page where one is wanted; its code is loaded only then. */
import { AgentError } from "./base/errors.js";
import type { BoxPage, BoxPageParts } from "./box-page.js";

/** The page, if it is wanted and can be served, and what is wrong with it. */
export async function openPage(
  parts: BoxPageParts,
): Promise<{ readonly page?: BoxPage; readonly troubles: readonly AgentError[] }> {
  const { port } = parts.config.page;
  if (port === null) return { troubles: [] };
  try {
    const { BoxPage } = await import("./box-page.js");
    return { page: await BoxPage.open(parts, port), troubles: [] };
  } catch (error) {
    if (error instanceof AgentError) return { troubles: [error] };
    throw error;
  }
}
