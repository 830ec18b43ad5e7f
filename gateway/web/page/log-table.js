import { find, oncePerFrame, setText } from "./dom.js";
import { counted } from "./format.js";

const ROWS_KEPT = 1000;
const BOTTOM_TOLERANCE = 24;

/** @typedef {() => HTMLElement} RowMaker Makes a row when it is about to be shown; many never are. */
/** @typedef {{makeRow: RowMaker, id: string}} Waiting The id is the entry's; empty where the row is no entry's. */

/** The newest rows of an endless table. Stays at the bottom unless its reader has scrolled up. */
export class LogTable {
  #scroller;
  #body;
  #jump;
  #onChange;
  /** @type {Waiting[]} */
  #waiting = [];
  #seen = 0;
  #unread = 0;
  #atBottom = true;
  #paused = false;
  #render = oncePerFrame(() => this.#paint());

  /**
   * @param {HTMLElement} panel
   * @param {() => void} onChange
   */
  constructor(panel, onChange) {
    this.#scroller = find(panel, ".log-scroller");
    this.#body = /** @type {HTMLTableSectionElement} */ (find(panel, "tbody"));
    this.#jump = find(panel, ".jump");
    this.#onChange = onChange;
    this.#scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#jump.addEventListener("click", () => this.#jumpToBottom());
  }

  get paused() {
    return this.#paused;
  }

  set paused(paused) {
    this.#paused = paused;
    this.#render();
  }

  /** How many rows are shown, how many have come in all, how many wait for the end of a pause. */
  get counts() {
    return { shown: this.#body.rows.length, seen: this.#seen, waiting: this.#waiting.length };
  }

  /** How many more rows could be shown. */
  get room() {
    return ROWS_KEPT - this.#body.rows.length;
  }

  /** The ids of the entries that are shown or wait. */
  get ids() {
    const shown = [...this.#body.rows].map((row) => row.dataset.id ?? "");
    return new Set([...shown, ...this.#waiting.map(({ id }) => id)]);
  }

  /** Puts rows above all others, as many of the last ones as there is room for. @param {RowMaker[]} makers */
  addAbove(makers) {
    const rows = makers.slice(-Math.max(1, this.room)).map((makeRow) => makeRow());
    this.#seen += rows.length;
    this.keepPlace(() => this.#body.prepend(...rows));
    this.#render();
  }

  /** @param {RowMaker} makeRow @param {string} [id] The entry's. */
  add(makeRow, id = "") {
    this.#waiting.push({ makeRow, id });
    this.#seen += 1;
    // Neither a pause nor a hidden tab may hoard: cut back now and then to what could be shown at all.
    if (this.#waiting.length > 2 * ROWS_KEPT) this.#waiting.splice(0, this.#waiting.length - ROWS_KEPT);
    this.#render();
  }

  /** Changes something above the rows; their reader goes on looking at what is shown. @param {() => void} change */
  keepPlace(change) {
    const { scrollHeight } = this.#scroller;
    change();
    if (this.#atBottom) this.#scroller.scrollTop = this.#scroller.scrollHeight;
    else this.#scroller.scrollTop += this.#scroller.scrollHeight - scrollHeight;
  }

  clear() {
    this.#waiting = [];
    this.#seen = this.#unread = 0;
    this.#atBottom = true;
    this.#body.replaceChildren();
    this.#render();
  }

  #paint() {
    if (!this.#paused && this.#waiting.length > 0) this.#showWaiting();
    this.#showUnread();
    this.#onChange();
  }

  #showWaiting() {
    const rows = this.#waiting.slice(-ROWS_KEPT).map(({ makeRow }) => makeRow());
    this.#unread = this.#atBottom ? 0 : this.#unread + this.#waiting.length;
    this.#waiting = [];
    this.#trim(this.#body.rows.length + rows.length - ROWS_KEPT);
    this.#body.append(...rows);
    if (this.#atBottom) this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  /** Drops the oldest rows, and keeps in its place what the reader is looking at. @param {number} surplus */
  #trim(surplus) {
    if (surplus <= 0) return;
    const height = this.#atBottom ? 0 : this.#body.offsetHeight;
    const oldest = [...this.#body.rows].slice(0, surplus);
    const hadFocus = oldest.some((row) => row.contains(document.activeElement));
    for (const row of oldest) row.remove();
    if (hadFocus) this.#scroller.focus({ preventScroll: true });
    if (!this.#atBottom) this.#scroller.scrollTop -= height - this.#body.offsetHeight;
  }

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    this.#atBottom = scrollHeight - scrollTop - clientHeight < BOTTOM_TOLERANCE;
    if (this.#atBottom) this.#unread = 0;
    this.#showUnread();
  }

  #jumpToBottom() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#scroller.focus({ preventScroll: true });
  }

  #showUnread() {
    this.#jump.hidden = this.#unread === 0;
    setText(find(this.#jump, ".jump-label"), counted(this.#unread, "new entry", "new entries"));
  }
}
