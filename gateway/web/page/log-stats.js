import { Refused, ask } from "./asking.js";
import { find, setText } from "./dom.js";
import { counted, formatMoment } from "./format.js";
import { unhurried } from "./pacing.js";

const LEAST_PAUSE = 2000;

/** @typedef {import("./types.js").LogStats} Stats */

/** How many entries of each level the backends have written, filters or not. */
export class LogStatsView {
  #list;
  #summary;
  #onKnown;
  #absent = false;
  #askSoon = unhurried(LEAST_PAUSE, () => this.#ask());

  /**
   * @param {HTMLElement} panel
   * @param {(known: boolean) => void} onKnown Told whether the backends can be asked about their logs.
   */
  constructor(panel, onKnown) {
    this.#list = find(panel, ".log-stats");
    this.#summary = find(panel, ".log-stats-summary");
    this.#onKnown = onKnown;
  }

  /** Asks for the numbers again, unless nobody has them. */
  refresh() {
    if (!this.#absent) this.#askSoon();
  }

  /** Whoever is there now may be another than before. */
  askAnew() {
    this.#absent = false;
    this.#askSoon();
  }

  async #ask() {
    try {
      const { backends } = /** @type {import("./types.js").LogStatsList} */ (await ask("api/v1/logs/stats"));
      this.#show(backends);
      this.#onKnown(true);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      // What is merely away comes back; the last numbers are still true of their time.
      if (error.absent) this.#forget();
    }
  }

  #forget() {
    this.#absent = true;
    this.#list.hidden = true;
    this.#onKnown(false);
  }

  /** @param {Stats[]} backends */
  #show(backends) {
    this.#list.hidden = backends.length === 0;
    for (const item of /** @type {NodeListOf<HTMLElement>} */ (this.#list.querySelectorAll("[data-level]"))) {
      const count = sum(backends.flatMap(({ levels }) => levels), item.dataset.level ?? "");
      item.classList.toggle("none", count === 0);
      setText(find(item, ".count"), count.toLocaleString("en"));
    }
    setText(this.#summary, describe(backends));
  }
}

/** @param {Stats["levels"]} levels @param {string} wanted */
function sum(levels, wanted) {
  // 64-bit numbers are text in ProtoJSON.
  return levels.reduce((total, { level, written }) => (level === wanted ? total + Number(written) : total), 0);
}

/** @param {Stats[]} backends */
function describe(backends) {
  const kept = backends.reduce((total, backend) => total + backend.kept, 0);
  const since = Math.min(...backends.map((backend) => Date.parse(backend.since)));
  return backends.length ? `since ${formatMoment(new Date(since))} · ${counted(kept, "entry", "entries")} kept` : "";
}
