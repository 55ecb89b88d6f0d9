/** Attributes of a chosen IKEv1 transform beyond this are not kept for later records. */
export const MAX_CHOSEN_BYTES = 128;

/** What a flow remembers of IKE: what the responder chose. */
export class IkeState {
  messages = 0;
  /** IKEv1: attributes of the responder's first transform. */
  readonly chosen = new Uint8Array(MAX_CHOSEN_BYTES);
  chosenLength = 0;
  /** IKEv1: of the last security association; −1 before one. */
  domainOfInterpretation = -1;
  /** IKEv2: the responder's algorithms by transform type; −1 for none yet. */
  readonly algorithms = new Int32Array(6).fill(-1);
}
