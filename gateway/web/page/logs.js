import { ConnectionView } from "./connection.js";
import { find, setText } from "./dom.js";
import { EarlierLogs } from "./earlier-logs.js";
import { counted, describeGap } from "./format.js";
import { LogFilters } from "./log-filters.js";
import { createGapRow, createLogRow } from "./log-row.js";
import { LogStatsView } from "./log-stats.js";
import { LogTable } from "./log-table.js";
import { LiveStream } from "./stream.js";

const INITIAL_ENTRIES = "100";
const STATS_INTERVAL = 5000;

/** The panel of logs: filters, the stream that they ask for, and the table it fills. */
export class LogsPanel {
  #panel;
  #announce;
  #table;
  #filters;
  #connection;
  #stats;
  #earlier;
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
    this.#earlier = new EarlierLogs(panel, {
      space: () => ({ shown: this.#table.counts.shown, room: this.#table.room }),
      ids: () => this.#table.ids,
      takeFocus: () => find(panel, ".log-scroller").focus({ preventScroll: true }),
      keepPlace: (change) => this.#table.keepPlace(change),
      put: (entries) => this.#table.addAbove(entries.map((entry) => () => createLogRow(entry))),
      filter: (query) => this.#filters.addTo(query),
    });
    this.#stats = new LogStatsView(panel, (known) => this.#earlier.enable(known));
    setInterval(() => this.#stats.refresh(), STATS_INTERVAL);
    this.#stream = new LiveStream({
      events: { log: ({ data }) => this.#receive(data) },
      onFresh: () => this.#restart(),
      onGap: (gap) => this.#missed(gap),
      onStatus: (status) => this.#connected(status),
    });
    find(panel, ".pause").addEventListener("click", () => this.#pause(!this.#table.paused));
    find(panel, ".clear").addEventListener("click", () => this.#clear());
    find(panel, ".reset-filters").addEventListener("click", () => this.#resetFilters());
  }

  /** Opens the stream that the filters ask for. */
  start() {
    const url = new URL("api/v1/logs/stream", document.baseURI);
    url.searchParams.set("initial", INITIAL_ENTRIES);
    this.#filters.addTo(url.searchParams);
    this.#stream.open(url);
  }

  retryNow() {
    this.#stream.retryNow();
  }

  /** @param {import("./types.js").LogEntry} entry */
  #receive(entry) {
    this.#filters.suggest(entry.module);
    this.#table.add(() => createLogRow(entry), entry.id);
  }

  /** @param {import("./stream.js").Status} status */
  #connected(status) {
    if (this.#connection.showStatus(status) && status.state === "live") this.#stats.askAnew();
  }

  /** @param {import("./types.js").StreamGap} gap */
  #missed(gap) {
    this.#connection.showGap(gap);
    this.#announce(`Logs: ${describeGap(gap)}`);
    this.#table.add(() => createGapRow(gap));
  }

  #restart() {
    this.#pause(false);
    this.#clear();
  }

  #clear() {
    this.#table.clear();
    this.#earlier.restart();
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
    this.#earlier.show();
    find(this.#panel, ".empty").hidden = shown > 0;
    find(this.#panel, ".empty-unfiltered").hidden = this.#filters.active;
    find(this.#panel, ".empty-filtered").hidden = !this.#filters.active;
  }
}
