import { find, setText } from "./dom.js";
import { describeGap, formatTime } from "./format.js";

const LABELS = { connecting: "Connecting", live: "Live", reconnecting: "Reconnecting", ended: "Ended" };

/** Shows how one stream's connection is: a pill, what is wrong, the last gap, and a way to reconnect. */
export class ConnectionView {
  #panel;
  #pill;

  /**
   * @param {HTMLElement} panel
   * @param {() => void} onReconnect
   */
  constructor(panel, onReconnect) {
    this.#panel = panel;
    this.#pill = find(panel, ".pill");
    find(panel, ".reconnect").addEventListener("click", onReconnect);
  }

  /**
   * @param {import("./stream.js").Status} status
   * @returns {boolean} Whether the state is another than before.
   */
  showStatus({ state, problem, waiting }) {
    const changed = this.#pill.dataset.state !== state;
    this.#pill.dataset.state = state;
    setText(find(this.#pill, ".pill-label"), LABELS[state]);
    this.#note(".connection-problem", problem);
    find(this.#panel, ".reconnect").hidden = !(waiting || state === "ended");
    return changed;
  }

  /** @param {import("./types.js").StreamGap} gap */
  showGap(gap) {
    this.#note(".connection-gap", `Last gap at ${formatTime(new Date())}: ${describeGap(gap)}`);
  }

  /**
   * @param {string} selector
   * @param {string} text
   */
  #note(selector, text) {
    const note = find(this.#panel, selector);
    setText(note, text);
    note.hidden = !text;
  }
}
