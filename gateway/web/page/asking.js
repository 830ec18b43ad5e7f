import { detail } from "./refusal.js";

const PATIENCE = 15_000;
const ABSENT = [404, 405, 501];

/** Why a question was not answered, in words. */
export class Refused extends Error {
  /**
   * @param {string} reason
   * @param {number} [status] Absent where there was no answer at all.
   */
  constructor(reason, status) {
    super(reason);
    this.status = status;
  }

  /** Whether it looks as if this gateway, or its backend, is of a version that knows no such question. */
  get absent() {
    return this.status !== undefined && ABSENT.includes(this.status);
  }
}

/**
 * Asks the gateway something beside its streams.
 * @param {string} path Relative to the page, with its query.
 * @param {RequestInit} [request]
 * @returns {Promise<unknown>} The JSON of the answer.
 * @throws {Refused}
 */
export async function ask(path, request) {
  let refused;
  try {
    const response = await fetch(new URL(path, document.baseURI), { signal: AbortSignal.timeout(PATIENCE), ...request });
    if (response.ok) return await response.json();
    refused = new Refused((await detail(response)) || `HTTP ${response.status}`, response.status);
  } catch {
    refused = new Refused("The gateway cannot be reached");
  }
  throw refused;
}

/**
 * Asks for something to be done.
 * @param {string} path
 * @param {unknown} body
 * @returns {Promise<unknown>}
 * @throws {Refused}
 */
export function order(path, body) {
  return ask(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
}
