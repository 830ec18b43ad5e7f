import { ConnectionView } from "./connection.js";
import { find, setText } from "./dom.js";
import { counted, describeGap } from "./format.js";
import { LogFilters } from "./log-filters.js";
import { createGapRow, createLogRow } from "./log-row.js";
import { LogTable } from "./log-table.js";
import { LiveStream } from "./stream.js";

const INITIAL_ENTRIES = "100";

/** The panel of logs: filters, the stream that they ask for, and the table it fills. */
export class LogsPanel {
  #panel;
  #announce;
  #table;
  #filters;
  #connection;
  /** @type {LiveStream<import("./types.js").LogEvent>} */
  #stream;

  /**
   * @param {HTMLElement} panel
   * @param {(text: string) => void} announce
   */
  constructor(panel, announce) {
    this.#panel = panel;
    this.#announce = announce;
    this.#table = new LogTable(panel, () => this.#showCounts());
    this.#filters = new LogFilters(panel, () => this.start());
    this.#connection = new ConnectionView(panel, () => this.#stream.retryNow());
    this.#stream = new LiveStream({
      events: { log: ({ data }) => this.#receive(data) },
      onFresh: () => this.#restart(),
      onGap: (gap) => this.#missed(gap),
      onStatus: (status) => this.#connection.showStatus(status),
    });
    find(panel, ".pause").addEventListener("click", () => this.#pause(!this.#table.paused));
    find(panel, ".clear").addEventListener("click", () => this.#table.clear());
    find(panel, ".reset-filters").addEventListener("click", () => this.#resetFilters());
  }

  /** Opens the stream that the filters ask for. */
  start() {
    const url = new URL("api/v1/logs/stream", document.baseURI);
    url.searchParams.set("initial", INITIAL_ENTRIES);
    this.#filters.addTo(url);
    this.#stream.open(url);
  }

  retryNow() {
    this.#stream.retryNow();
  }

  /** @param {import("./types.js").LogEntry} entry */
  #receive(entry) {
    this.#filters.suggest(entry.module);
    this.#table.add(() => createLogRow(entry));
  }

  /** @param {import("./types.js").StreamGap} gap */
  #missed(gap) {
    this.#connection.showGap(gap);
    this.#announce(`Logs: ${describeGap(gap)}`);
    this.#table.add(() => createGapRow(gap));
  }

  #restart() {
    this.#pause(false);
    this.#table.clear();
  }

  /** @param {boolean} paused */
  #pause(paused) {
    this.#table.paused = paused;
    const button = find(this.#panel, ".pause");
    button.setAttribute("aria-pressed", String(paused));
    this.#showCounts();
  }

  #resetFilters() {
    this.#filters.reset();
    // The button is about to disappear, and the focus with it.
    find(this.#panel, "#log-level").focus();
  }

  #showCounts() {
    const { shown, seen, waiting } = this.#table.counts;
    const dropped = seen - shown - waiting;
    const all = counted(seen - waiting, "entry", "entries");
    const shownText = dropped > 0 ? `last ${shown.toLocaleString("en")} of ${all}` : all;
    const pausedText = this.#table.paused ? ` · paused, ${waiting} waiting` : "";
    setText(find(this.#panel, ".log-count"), shownText + pausedText);
    find(this.#panel, ".empty").hidden = shown > 0;
    find(this.#panel, ".empty-unfiltered").hidden = this.#filters.active;
    find(this.#panel, ".empty-filtered").hidden = !this.#filters.active;
  }
}
