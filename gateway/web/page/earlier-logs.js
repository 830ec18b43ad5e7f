import { Refused, ask } from "./asking.js";
import { find, setText } from "./dom.js";

const AT_ONCE = 200;
const ENOUGH = 100;

/** @typedef {import("./types.js").LogEntry} LogEntry */

/**
 * @typedef {object} Shelf Where earlier entries are put.
 * @property {() => {shown: number, room: number}} space
 * @property {() => Set<string>} ids Of the entries that are there.
 * @property {() => void} takeFocus
 * @property {(change: () => void) => void} keepPlace Makes a change above the entries.
 * @property {(entries: LogEntry[]) => void} put Takes entries, oldest first, that are not there yet.
 * @property {(url: URLSearchParams) => void} filter Adds the filters to a query.
 */

/**
 * A button that loads what the backends still keep of the log before the entries shown.
 *
 * It walks back from the newest entry, through those that are shown already: with several backends, entries before the
 * first one shown may be newer than it.
 */
export class EarlierLogs {
  #button;
  #problem;
  #shelf;
  #able = false;
  #busy = false;
  #ended = false;
  #walk = 0;
  #until = "";

  /**
   * @param {HTMLElement} panel
   * @param {Shelf} shelf
   */
  constructor(panel, shelf) {
    this.#button = find(panel, ".load-earlier");
    this.#problem = find(panel, ".load-earlier-problem");
    this.#shelf = shelf;
    this.#button.addEventListener("click", () => this.#load());
  }

  /** Whether there is anybody to ask. @param {boolean} able */
  enable(able) {
    this.#able = able;
    this.show();
  }

  /** The table starts anew. */
  restart() {
    this.#walk += 1;
    this.#until = "";
    this.#ended = this.#busy = false;
    this.#tell("");
  }

  show() {
    const { shown, room } = this.#shelf.space();
    const hidden = !this.#able || this.#ended || shown === 0 || room <= 0;
    if (hidden !== this.#button.hidden) {
      const hadFocus = document.activeElement === this.#button;
      this.#shelf.keepPlace(() => {
        this.#button.hidden = hidden;
      });
      if (hadFocus) this.#shelf.takeFocus();
    }
    this.#button.setAttribute("aria-disabled", String(this.#busy));
    setText(this.#button, this.#busy ? "Loading earlier entries" : "Load earlier entries");
  }

  async #load() {
    if (this.#busy) return;
    this.#busy = true;
    this.#tell("");
    const walk = this.#walk;
    try {
      await this.#walkBack(walk);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (walk === this.#walk) this.#tell(`Nothing loaded: ${error.message}`);
    }
    if (walk !== this.#walk) return;
    this.#busy = false;
    this.show();
  }

  /** Asks until enough has come that was not shown yet, or all. @param {number} walk */
  async #walkBack(walk) {
    let put = 0;
    while (put < ENOUGH && !this.#ended && this.#shelf.space().room > 0) {
      const entries = await this.#ask();
      if (walk !== this.#walk) return;
      put += this.#put(entries);
      const until = entries.length ? atOrJustAfter(entries[0].timestamp) : this.#until;
      this.#ended = until === this.#until;
      this.#until = until;
    }
  }

  /** How many were new among them. @param {LogEntry[]} entries */
  #put(entries) {
    const known = this.#shelf.ids();
    const fresh = entries.filter(({ id }) => !known.has(id));
    if (fresh.length > 0) this.#shelf.put(fresh);
    return fresh.length;
  }

  /** The newest entries up to where the walk has come, oldest first. */
  async #ask() {
    const query = new URLSearchParams({ limit: String(AT_ONCE) });
    if (this.#until) query.set("until", this.#until);
    this.#shelf.filter(query);
    const { entries } = /** @type {import("./types.js").LogEntryList} */ (await ask(`api/v1/logs/recent?${query}`));
    // Each of several backends has its own list; only the newest of all of them are sure to be without a hole.
    return entries.sort((a, b) => Date.parse(a.timestamp) - Date.parse(b.timestamp)).slice(-AT_ONCE);
  }

  /** @param {string} problem */
  #tell(problem) {
    setText(this.#problem, problem);
    this.#problem.hidden = !problem;
    this.show();
  }
}

/** Dates count milliseconds, the log counts less: nothing of that millisecond may be left out. @param {string} time */
function atOrJustAfter(time) {
  return new Date(Date.parse(time) + 1).toISOString();
}
