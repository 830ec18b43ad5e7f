import { oncePerFrame, setText } from "../page/dom.js";
import { formatPreciseTime } from "../page/format.js";
import { button, element } from "./element.js";
import { highlighted, pretty } from "./frame.js";

/** @typedef {import("./listener.js").Arrival} Arrival */

const KEPT = 100;

/** The newest events of a stream, the last one on top, and the data of one of them. */
export class Feed {
  #tone;
  /** @type {Arrival[]} */
  #waiting = [];
  /** @type {Map<string, HTMLElement>} */
  #counts = new Map();
  /** @type {Map<string, number>} */
  #seen = new Map();
  /** @type {HTMLElement | undefined} */
  #chosen;
  #paused = false;
  #summary = element("ul", { class: "counts", "aria-label": "Events by name" });
  #list = element("ol", { class: "arrivals", tabindex: 0, "aria-label": "Events, the newest first" });
  #data = element("pre", { class: "arrival-data", tabindex: 0, "aria-label": "Data of the event" });
  #render = oncePerFrame(() => this.#paint());

  /** @param {(name: string) => string} tone the colour of an event's name */
  constructor(tone) {
    this.#tone = tone;
    const panes = element("div", { class: "feed-panes" }, this.#list, this.#data);
    this.element = element("div", { class: "feed" }, this.#summary, panes);
    this.clear();
  }

  set paused(/** @type {boolean} */ paused) {
    this.#paused = paused;
    this.#render();
  }

  /** @param {Arrival} arrival */
  add(arrival) {
    this.#seen.set(arrival.name, (this.#seen.get(arrival.name) ?? 0) + 1);
    this.#waiting.push(arrival);
    // Neither a pause nor a hidden tab may hoard.
    if (this.#waiting.length > KEPT) this.#waiting.shift();
    this.#render();
  }

  clear() {
    this.#waiting = [];
    this.#seen.clear();
    this.#counts.clear();
    this.#chosen = undefined;
    for (const part of [this.#summary, this.#list, this.#data]) part.replaceChildren();
    this.element.hidden = true;
  }

  #paint() {
    for (const [name, count] of this.#seen) this.#count(name, count);
    this.element.hidden = this.#seen.size === 0;
    if (this.#paused || this.#waiting.length === 0) return;
    const newest = this.#waiting[this.#waiting.length - 1];
    this.#list.prepend(...this.#waiting.splice(0).reverse().map((each) => this.#item(each)));
    while (this.#list.children.length > KEPT) this.#list.lastElementChild?.remove();
    if (!this.#chosen?.isConnected) this.#show(newest, undefined);
  }

  /** @param {string} name @param {number} count */
  #count(name, count) {
    const made = this.#counts.get(name) ?? element("span", { class: "count" });
    if (!this.#counts.has(name)) this.#summary.append(element("li", {}, this.#tag(name), made));
    this.#counts.set(name, made);
    setText(made, count.toLocaleString("en"));
  }

  /** @param {Arrival} arrival */
  #item(arrival) {
    const time = element("time", { datetime: arrival.at.toISOString() }, formatPreciseTime(arrival.at));
    const choose = button("", () => this.#choose(arrival, choose), { class: "arrival", "aria-pressed": "false" });
    choose.append(this.#tag(arrival.name), element("span", { class: "arrival-id" }, arrival.id), time);
    return element("li", {}, choose);
  }

  /** Holds on to one event, or goes back to following the newest. @param {Arrival} arrival @param {HTMLElement} item */
  #choose(arrival, item) {
    this.#show(arrival, this.#chosen === item ? undefined : item);
  }

  /** @param {Arrival} arrival @param {HTMLElement | undefined} item */
  #show({ data }, item) {
    this.#chosen?.setAttribute("aria-pressed", "false");
    this.#chosen = item;
    item?.setAttribute("aria-pressed", "true");
    this.#data.replaceChildren(...highlighted(prettyText(data)));
  }

  /** @param {string} name */
  #tag(name) {
    return element("span", { class: "event-name", "data-tone": this.#tone(name) }, name);
  }
}

/** @param {string} data */
function prettyText(data) {
  try {
    return pretty(JSON.parse(data));
  } catch {
    return data;
  }
}
