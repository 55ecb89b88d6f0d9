/** Something an operator has to put right, as one sentence; no stack trace belongs to it. */
export class OperatorError extends Error {
  override readonly name = "OperatorError";
}
