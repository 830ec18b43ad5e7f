import { setText } from "../page/dom.js";
import { code, copyButton, element } from "./element.js";
import { highlighted, pretty } from "./frame.js";
import { composedUrl, parameterForm } from "./listen-form.js";
import { sampleOf } from "./sample.js";
import { curlLine, fetchCode } from "./snippets.js";

/** @typedef {import("./document.js").Operation} Operation */

const BODY = "request body";

/** A form for what one operation is asked with, what to copy, and its answer. */
export class AskPanel {
  #operation;
  #form;
  #body;
  #kind;
  #asked = new AbortController();
  #status = element("p", { class: "pill", role: "status", hidden: true });
  #answer = element("pre", { class: "answer", tabindex: 0, "aria-label": "Answer", hidden: true });

  /**
   * @param {Operation} operation
   * @param {import("./document.js").ApiDocument} api
   * @param {"once" | "stream"} kind a stream is not read here
   */
  constructor(operation, api, kind) {
    this.#operation = operation;
    this.#kind = kind;
    this.#form = parameterForm(operation.parameters);
    this.#body = bodyField(operation, api);
    if (this.#body) this.#form.append(element("label", { class: "body-field" }, code("body"), this.#body));
    if (kind === "once") this.#form.append(this.#buttons());
    this.#form.addEventListener("submit", (event) => this.#submitted(event));
    this.element = element("div", { class: "listen-panel" }, this.#form, this.#answer, this.#snippets());
  }

  #buttons() {
    const send = element("button", { type: "submit", class: "primary" }, "Send");
    return element("div", { class: "listen-buttons" }, send, this.#status);
  }

  get #url() {
    return composedUrl(this.#operation.path, this.#operation.parameters, this.#form);
  }

  get #text() {
    return this.#body?.value.trim() ? this.#body.value : undefined;
  }

  #snippets() {
    const { verb } = this.#operation;
    const curl = () => curlLine(this.#url, { verb, body: this.#text, streams: this.#kind === "stream" });
    const snippets = [
      this.#snippet("URL", () => this.#url.href),
      this.#snippet("curl", curl),
      this.#snippet("JavaScript", () => fetchCode(this.#url, verb, this.#text)),
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
  async #submitted(event) {
    event.preventDefault();
    if (this.#kind === "stream") return;
    this.#asked.abort();
    const { signal } = (this.#asked = new AbortController());
    this.#say("Asking", "connecting");
    try {
      const response = await fetch(this.#url, { ...this.#request(), signal });
      const text = await response.text();
      this.#say(`HTTP ${response.status}`, response.ok ? "live" : "ended");
      this.#answer.replaceChildren(...highlighted(readable(text, response)));
      this.#answer.hidden = !text;
    } catch {
      if (!signal.aborted) this.#say("The gateway cannot be reached", "ended");
    }
  }

  /** @returns {RequestInit} */
  #request() {
    const { verb, body } = this.#operation;
    const headers = /** @type {Record<string, string>} */ (body?.type === "application/json" ? { "content-type": body.type } : {});
    return { method: verb, headers, body: this.#text };
  }

  /** @param {string} text @param {string} state */
  #say(text, state) {
    this.#status.dataset.state = state;
    this.#status.hidden = false;
    setText(this.#status, text);
  }
}

/** @param {Operation} operation @param {import("./document.js").ApiDocument} api */
function bodyField({ body }, api) {
  if (!body) return null;
  const text = body.type === "application/json" ? pretty(sampleOf(body.schema, api)) : "";
  const rows = Math.min(12, Math.max(3, text.split("\n").length));
  const field = element("textarea", { "aria-label": BODY, rows, spellcheck: "false" });
  field.value = text;
  return field;
}

/** @param {string} text @param {Response} response */
function readable(text, response) {
  if (!response.headers.get("content-type")?.includes("json")) return text;
  try {
    return pretty(JSON.parse(text));
  } catch {
    return text;
  }
}
