import { inspectRefusal } from "./refusal.js";

const FIRST_DELAY = 1000;
const LONGEST_DELAY = 30_000;

/**
 * @typedef {"connecting" | "live" | "reconnecting" | "ended"} ConnectionState
 *
 * @typedef {object} Status
 * @property {ConnectionState} state
 * @property {string} problem What is wrong, for people; empty while nothing is.
 * @property {boolean} waiting Whether nothing happens until a timer fires or `retryNow` is called.
 *
 * @typedef {object} Listeners
 * @property {Record<string, (payload: any, eventName: string) => void>} events By event name.
 * @property {() => void} onFresh All state will be told anew: forget what is known.
 * @property {(gap: import("./types.js").StreamGap) => void} onGap
 * @property {(status: Status) => void} onStatus
 */

/**
 * Tells the two meanings of an `error` event apart. The contract has an event called `error` (an operation
 * failed), and EventSource fires `error` of its own when the connection is lost. Both arrive at the same
 * listeners; only the one that came over the wire has `data`.
 * @param {Event} event
 * @returns {event is MessageEvent<string>}
 */
export function cameOverTheWire(event) {
  return typeof (/** @type {Partial<MessageEvent>} */ (event).data) === "string";
}

/**
 * Grows with each attempt. Half of it is random: clients thrown out together must not come back together.
 * @param {number} attempt
 */
function backoff(attempt) {
  const ceiling = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** attempt);
  return ceiling / 2 + (Math.random() * ceiling) / 2;
}

/** An EventSource that comes back even where the browser gives up, and knows the gateway's own events. */
export class LiveStream {
  #url = "";
  #cursor = "";
  #attempt = 0;
  /** @type {EventSource | undefined} */
  #source;
  /** @type {number | undefined} */
  #timer;
  #inspection = new AbortController();
  #listeners;
  /** @type {Record<string, (payload: any, eventName: string) => void>} */
  #handlers;
  /** @type {Status} */
  #status = { state: "connecting", problem: "", waiting: false };

  /** @param {Listeners} listeners */
  constructor(listeners) {
    this.#listeners = listeners;
    this.#handlers = {
      ...listeners.events,
      "stream-gap": listeners.onGap,
      "stream-error": this.#failed,
      "stream-end": this.#ended,
    };
  }

  /**
   * Starts anew, from no cursor.
   * @param {URL} [url]
   */
  open(url) {
    if (url) this.#url = url.href;
    this.#cursor = "";
    this.#attempt = 0;
    this.#listeners.onFresh();
    this.#report({ state: "connecting", problem: "", waiting: false });
    this.#connect();
  }

  /** Ends a wait, or an end. While connected it does nothing. */
  retryNow() {
    if (this.#status.state === "ended") this.open();
    else if (this.#status.waiting) this.#connect();
  }

  #connect() {
    this.#disconnect();
    this.#source = new EventSource(this.#address());
    this.#source.addEventListener("open", this.#opened);
    for (const name of new Set([...Object.keys(this.#handlers), "error"])) {
      this.#source.addEventListener(name, this.#receive);
    }
  }

  #disconnect() {
    this.#source?.close();
    clearTimeout(this.#timer);
    this.#inspection.abort();
  }

  /** A new EventSource cannot send Last-Event-ID; the gateway takes the cursor as a parameter instead. */
  #address() {
    const url = new URL(this.#url);
    if (this.#cursor) url.searchParams.set("last_event_id", this.#cursor);
    return url.href;
  }

  #opened = () => {
    this.#attempt = 0;
    this.#report({ state: "live", problem: "", waiting: false });
  };

  /** @param {Event} event */
  #receive = (event) => {
    if (!cameOverTheWire(event)) return this.#lost();
    if (event.lastEventId) this.#cursor = event.lastEventId;
    if (this.#status.problem) this.#report({ problem: "" });
    this.#handlers[event.type]?.(JSON.parse(event.data), event.type);
  };

  #lost() {
    const browserGaveUp = this.#source?.readyState === EventSource.CLOSED;
    if (browserGaveUp) this.#comeBackLater();
    else this.#report({ state: "reconnecting", problem: "Connection lost" });
  }

  async #comeBackLater() {
    const delay = backoff(this.#attempt++);
    this.#timer = setTimeout(() => this.#connect(), delay);
    this.#report({ state: "reconnecting", problem: "Connection refused", waiting: true });
    this.#inspection = new AbortController();
    const { signal } = this.#inspection;
    const refusal = await inspectRefusal(this.#address(), signal);
    if (signal.aborted) return;
    if (refusal.finished) this.#ended({});
    else this.#report({ problem: refusal.reason });
  }

  /** @param {import("./types.js").StreamError} error */
  #failed = ({ code, message, retry }) => {
    if (!retry) this.#finish(`${code}: ${message}`);
    else this.#report({ problem: `Backend trouble, ${code}: ${message}. The gateway keeps trying.` });
  };

  /** @param {import("./types.js").StreamEnd} end */
  #ended = ({ reason }) => this.#finish(reason ? `The stream has ended: ${reason}` : "The stream has ended");

  /** Closes for good: left open, EventSource would come back for ever. @param {string} reason */
  #finish(reason) {
    this.#disconnect();
    this.#report({ state: "ended", problem: reason, waiting: false });
  }

  /** @param {Partial<Status>} change */
  #report(change) {
    this.#status = { ...this.#status, ...change };
    this.#listeners.onStatus(this.#status);
  }
}
