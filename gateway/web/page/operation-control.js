import { ask, order } from "./asking.js";
import { endOf } from "./format.js";

const REASON = "asked for on the gateway's page";
const ENDED = new URLSearchParams([["state", "completed"], ["state", "error"], ["state", "cancelled"]]);
const PATH = "api/v1/progress/operations";

/** @typedef {import("./types.js").Operation} Operation */

/**
 * The operations that ended last, the latest first.
 * @param {number} limit
 * @returns {Promise<Operation[]>}
 * @throws {import("./asking.js").Refused}
 */
export async function listEnded(limit) {
  const query = new URLSearchParams([...ENDED, ["limit", String(limit)]]);
  const { operations } = /** @type {import("./types.js").OperationList} */ (await ask(`${PATH}?${query}`));
  // Each of several backends has its own list.
  return operations.sort((a, b) => endOf(b) - endOf(a)).slice(0, limit);
}

/**
 * Asks an operation to stop. That it has stopped is told by the stream.
 * @param {string} id
 * @throws {import("./asking.js").Refused}
 */
export async function cancel(id) {
  await order(`${PATH}/${encodeURIComponent(id)}:cancel`, { reason: REASON });
}
