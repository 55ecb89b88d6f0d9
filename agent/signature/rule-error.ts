/**
 * Why one rule cannot be loaded. It never leaves the loader: the rule becomes a line of the report and the other
 * rules load. The message is what an operator reads behind `file:line`.
 */
export class RuleError extends Error {
  override readonly name = "RuleError";
}
