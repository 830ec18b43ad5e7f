import { inspectRefusal } from "../page/refusal.js";

/**
 * @typedef {"connecting" | "live" | "reconnecting" | "ended"} ListenerState
 *
 * @typedef {object} Arrival One event that has come.
 * @property {string} name
 * @property {string} id
 * @property {string} data
 * @property {Date} at
 */

/** HTTP/1.1 browsers hold six connections to a host, and a document or a refusal has to be fetched as well. */
const MOST_AT_ONCE = 4;
/** @type {Set<Listener>} */
const listening = new Set();

/** One EventSource and how it fares. */
export class Listener {
  #source;
  #url;
  #onState;
  #inspection = new AbortController();

  /**
   * @param {URL} url
   * @param {string[]} names of the events to listen for
   * @param {(arrival: Arrival) => void} onArrival
   * @param {(state: ListenerState, problem: string) => void} onState
   */
  constructor(url, names, onArrival, onState) {
    this.#url = url.href;
    this.#onState = onState;
    this.#source = new EventSource(this.#url);
    this.#source.addEventListener("open", () => this.#onState("live", ""));
    for (const name of new Set([...names, "error"])) {
      this.#source.addEventListener(name, (event) => this.#receive(event, onArrival));
    }
    listening.add(this);
    this.#onState("connecting", "");
  }

  static get available() {
    return listening.size < MOST_AT_ONCE;
  }

  /** @param {string} reason */
  close(reason) {
    this.#source.close();
    this.#inspection.abort();
    listening.delete(this);
    this.#onState("ended", reason);
  }

  /**
   * EventSource fires `error` of its own when the connection is lost, and a contract may call an event so; only
   * what came over the wire has data.
   * @param {Event} event
   * @param {(arrival: Arrival) => void} onArrival
   */
  #receive(event, onArrival) {
    if (!("data" in event)) return this.#lost();
    const { type, data, lastEventId } = /** @type {MessageEvent<string>} */ (event);
    onArrival({ name: type, id: lastEventId, data, at: new Date() });
    if (type === "stream-end") this.close("The stream has ended");
    if (type === "stream-error" && !JSON.parse(data).retry) this.close("The stream cannot go on");
  }

  async #lost() {
    const gaveUp = this.#source.readyState === EventSource.CLOSED;
    if (!gaveUp) return this.#onState("reconnecting", "Connection lost; the browser tries again");
    const { finished, reason } = await inspectRefusal(this.#url, this.#inspection.signal);
    if (!this.#inspection.signal.aborted) this.close(finished ? "The stream is finished (204)" : reason);
  }
}
