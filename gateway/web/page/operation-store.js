import { endOf } from "./format.js";

export const ENDED_KEPT = 30;

/** @typedef {import("./types.js").Operation} Operation */

/** What is known of the operations: those that run, and the last ones that ended. */
export class OperationStore {
  /** @type {Map<string, Operation>} */
  #running = new Map();
  /** In the order of their ending. @type {Map<string, Operation>} */
  #ended = new Map();
  /** @type {Record<string, number>} */
  #tally = { completed: 0, error: 0, cancelled: 0 };

  /**
   * Takes in one event. The names of those that end an operation are the names of the states it then is in.
   * @param {import("./types.js").OperationEvent} event
   * @returns {{operation: Operation, justEnded: boolean, moved: boolean}} moved: its place may be another
   */
  apply({ event, data }) {
    const ends = event !== "progress";
    const operation = ends ? { ...data, state: event } : data;
    const wasEnded = this.#ended.delete(operation.id);
    const wasRunning = this.#running.has(operation.id);
    if (!ends) this.#running.set(operation.id, operation);
    else this.#end(operation, wasEnded);
    return { operation, justEnded: ends && !wasEnded, moved: ends || !wasRunning };
  }

  /**
   * Takes in operations that ended before this page could see it; of those known already, nothing is changed.
   * @param {Operation[]} ended The latest ended first.
   */
  remember(ended) {
    const unknown = ended.filter(({ id }) => !this.has(id)).slice(0, ENDED_KEPT - this.#ended.size);
    for (const { state } of unknown) this.#tally[state] += 1;
    const all = [...unknown, ...this.ended()].sort((a, b) => endOf(b) - endOf(a));
    this.#ended = new Map(all.reverse().map((operation) => [operation.id, operation]));
  }

  /** Some of what is known may be wrong now: start over. */
  forget() {
    this.#running.clear();
    this.#ended.clear();
    this.#tally = { completed: 0, error: 0, cancelled: 0 };
  }

  /** @param {string} id */
  has(id) {
    return this.#running.has(id) || this.#ended.has(id);
  }

  /** In no particular order. */
  *all() {
    yield* this.#running.values();
    yield* this.#ended.values();
  }

  /** The latest started first. */
  running() {
    return [...this.#running.values()].sort((a, b) => Date.parse(b.started_at) - Date.parse(a.started_at));
  }

  /** The latest ended first. */
  ended() {
    return [...this.#ended.values()].reverse();
  }

  /** How many run, and how many have been seen to end, whether or not they are still kept. */
  counts() {
    return { running: this.#running.size, ...this.#tally };
  }

  /**
   * @param {Operation} operation
   * @param {boolean} again
   */
  #end(operation, again) {
    this.#running.delete(operation.id);
    this.#ended.set(operation.id, operation);
    if (!again) this.#tally[operation.state] += 1;
    for (const oldest of this.#ended.keys()) {
      if (this.#ended.size <= ENDED_KEPT) break;
      this.#ended.delete(oldest);
    }
  }
}
