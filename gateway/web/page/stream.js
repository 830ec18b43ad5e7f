import { cameOverTheWire, on } from "./events.js";
import { inspectRefusal } from "./refusal.js";

const FIRST_DELAY = 1000;
const LONGEST_DELAY = 30_000;
const ENDED = "The stream has ended";

/**
 * @typedef {"connecting" | "live" | "reconnecting" | "ended"} ConnectionState
 *
 * @typedef {object} Status
 * @property {ConnectionState} state
 * @property {string} problem What is wrong, for people; empty while nothing is.
 * @property {boolean} waiting Whether nothing happens until a timer fires or `retryNow` is called.
 *
 * @typedef {import("./types.js").OwnEvent} OwnEvent
 */

/**
 * What is to be done with the events of E, by their names.
 * @template {import("./events.js").Message} E
 * @typedef {{[N in E["event"]]: (event: import("./events.js").Named<E, N>) => void}} Handlers
 */

/**
 * @template {import("./events.js").Message} E
 * @typedef {object} Listeners
 * @property {Handlers<E>} events
 * @property {() => void} onFresh All state will be told anew: forget what is known.
 * @property {(gap: import("./types.js").StreamGap) => void} onGap
 * @property {(status: Status) => void} onStatus
 */

/**
 * Grows with each attempt. Half of it is random: clients thrown out together must not come back together.
 * @param {number} attempt
 */
function backoff(attempt) {
  const ceiling = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** attempt);
  return ceiling / 2 + (Math.random() * ceiling) / 2;
}

/**
 * An EventSource that comes back even where the browser gives up, and knows the gateway's own events.
 * @template {import("./events.js").Message} E What the contract says the stream sends.
 */
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
  /** @type {Handlers<OwnEvent>} */
  #own;
  /** @type {Status} */
  #status = { state: "connecting", problem: "", waiting: false };

  /** @param {Listeners<E>} listeners */
  constructor(listeners) {
    this.#listeners = listeners;
    this.#own = {
      "stream-gap": ({ data }) => listeners.onGap(data),
      "stream-error": ({ data }) => this.#failed(data),
      "stream-end": ({ data }) => this.#finish(`${ENDED}: ${data.reason}`),
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
    this.#source.addEventListener("error", (event) => cameOverTheWire(event) || this.#lost());
    this.#listen(this.#source, this.#own);
    this.#listen(this.#source, this.#listeners.events);
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

  /**
   * @template {import("./events.js").Message} M
   * @param {import("./events.js").Source<M>} source
   * @param {Handlers<M>} handlers
   */
  #listen(source, handlers) {
    for (const name of /** @type {M["event"][]} */ (Object.keys(handlers))) {
      on(source, name, (event) => {
        if (event.id) this.#cursor = event.id;
        if (this.#status.problem) this.#report({ problem: "" });
        handlers[name](event);
      });
    }
  }

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
    if (refusal.finished) this.#finish(ENDED);
    else this.#report({ problem: refusal.reason });
  }

  /** @param {import("./types.js").StreamError} error */
  #failed = ({ code, message, retry }) => {
    if (!retry) this.#finish(`${code}: ${message}`);
    else this.#report({ problem: `Backend trouble, ${code}: ${message}. The gateway keeps trying.` });
  };

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
