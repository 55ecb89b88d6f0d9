/**
 * Owns the name of the file that a response is: the one of its Content-Disposition, or the path of the request.
 */

import { Field } from "../fields.js";
import type { MessageView } from "../message-view.js";
import type { BestFit } from "./best-fit.js";
import { ByteScratch } from "./byte-scratch.js";
import { isRangeInvalid } from "./content-range.js";
import { Header, type HeaderTable } from "./header-table.js";
import { Method } from "./methods.js";
import { findFileName, Parameter } from "./multipart.js";
import { Fact, type RequestFacts, TEXT_BYTES } from "./request-facts.js";
import { Uri } from "./uri.js";

export class ResponseFile {
  readonly #uri: Uri;
  readonly #scratch = new ByteScratch(2 * TEXT_BYTES);
  readonly #parameter = new Parameter();

  constructor(bestFit: BestFit) {
    this.#uri = new Uri(this.#scratch, bestFit);
  }

  /**
   * Add the name of the current response to `message`; false if it is no file. `headers`: null without a head.
   */
  addName(message: MessageView, facts: RequestFacts, headers: HeaderTable | null): boolean {
    const parameter = this.#parameter;
    const index = headers === null ? -1 : headers.find(Header.CONTENT_DISPOSITION);
    if (headers !== null && index >= 0) {
      const bytes = headers.valueBytes[index]!;
      if (findFileName(parameter, bytes, headers.valueStart[index]!, headers.valueEnd[index]!)) {
        message.add(Field.FILE_NAME, bytes, parameter.start, parameter.end - parameter.start);
        return true;
      }
    }
    const request = facts.responses - 1;
    if (!facts.hasText(request, Fact.URI) || facts.method(request) === Method.CONNECT) return false;
    this.#scratch.clear();
    const uri = this.#uri;
    uri.parse(facts.bytes, facts.textStart(request, Fact.URI), facts.textEnd(request, Fact.URI));
    if (!uri.hasPath) return false;
    message.add(Field.FILE_NAME, uri.bytes, uri.start, uri.pathEnd - uri.start);
    return true;
  }
}

/** Whether a Content-Range among `headers` names no part of a file. */
export function hasInvalidRange(headers: HeaderTable): boolean {
  const index = headers.find(Header.CONTENT_RANGE);
  return (
    index >= 0 &&
    isRangeInvalid(headers.valueBytes[index]!, headers.valueStart[index]!, headers.valueEnd[index]!)
  );
}
