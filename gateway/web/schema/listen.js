import { setText } from "../page/dom.js";
import { button, copyButton, element } from "./element.js";
import { Feed } from "./feed.js";
import { composedUrl, parameterForm } from "./listen-form.js";
import { Listener } from "./listener.js";
import { curlLine, eventSourceCode } from "./snippets.js";

const LABELS = { connecting: "Connecting", live: "Live", reconnecting: "Reconnecting", ended: "Ended" };

/** A form for one stream's parameters, what to copy, and the stream itself, live. */
export class ListenPanel {
  #stream;
  #form;
  #feed;
  /** @type {Listener | undefined} */
  #listener;
  #start = element("button", { type: "submit", class: "primary" }, "Start");
  #stop = button("Stop", () => this.#listener?.close("Stopped"), { hidden: true });
  #pause = button("Pause", () => this.#togglePause(), { "aria-pressed": "false" });
  #clear = button("Clear", () => this.#feed.clear());
  #pill = element("p", { class: "pill", role: "status", hidden: true });
  #problem = element("p", { class: "note connection-problem", role: "alert", hidden: true });

  /**
   * @param {import("./document.js").Stream} stream
   * @param {(name: string) => string} tone
   */
  constructor(stream, tone) {
    this.#stream = stream;
    this.#feed = new Feed(tone);
    this.#form = parameterForm(stream.parameters);
    const buttons = [this.#start, this.#stop, this.#pause, this.#clear, this.#pill];
    this.#form.append(element("div", { class: "listen-buttons" }, ...buttons));
    this.#form.addEventListener("submit", (event) => this.#submitted(event));
    const parts = [this.#form, this.#problem, this.#feed.element, this.#snippets()];
    this.element = element("div", { class: "listen-panel" }, ...parts);
  }

  get #url() {
    return composedUrl(this.#stream.path, this.#stream.parameters, this.#form);
  }

  #snippets() {
    const names = this.#stream.events.map(({ name }) => name);
    const snippets = [
      this.#snippet("URL", () => this.#url.href),
      this.#snippet("curl", () => curlLine(this.#url, { verb: "GET", streams: true })),
      this.#snippet("JavaScript", () => eventSourceCode(this.#url, names)),
    ];
    return element("div", { class: "snippets" }, ...snippets);
  }

  /** A text that follows the form. @param {string} label @param {() => string} text */
  #snippet(label, text) {
    const shown = element("pre", { tabindex: 0, "aria-label": label }, text());
    this.#form.addEventListener("input", () => setText(shown, text()));
    return element("figure", {}, element("figcaption", {}, element("span", {}, label), copyButton(label, text)), shown);
  }

  /** @param {SubmitEvent} event */
  #submitted(event) {
    event.preventDefault();
    this.#listener?.close("");
    if (!Listener.available) return this.#say("Stop another stream first: browsers hold few connections to one host.");
    this.#feed.clear();
    const names = [...this.#stream.events, ...this.#stream.ownEvents].map(({ name }) => name);
    const add = (/** @type {import("./listener.js").Arrival} */ arrival) => this.#feed.add(arrival);
    this.#listener = new Listener(this.#url, names, add, this.#report);
  }

  #togglePause() {
    const paused = this.#pause.getAttribute("aria-pressed") === "false";
    this.#pause.setAttribute("aria-pressed", String(paused));
    this.#feed.paused = paused;
  }

  /** @param {import("./listener.js").ListenerState} state @param {string} problem */
  #report = (state, problem) => {
    this.#pill.dataset.state = state;
    this.#pill.hidden = false;
    setText(this.#pill, LABELS[state]);
    setText(this.#start, state === "ended" ? "Start" : "Restart");
    this.#stop.hidden = state === "ended";
    this.#say(problem);
  };

  /** @param {string} problem */
  #say(problem) {
    setText(this.#problem, problem);
    this.#problem.hidden = !problem;
  }
}
