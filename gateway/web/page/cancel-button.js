import { Refused } from "./asking.js";
import { find, setText } from "./dom.js";
import { cancel } from "./operation-control.js";

/** Asks for the end of one card's operation. */
export class CancelButton {
  #card;
  #button;
  #problem;
  #announce;
  #asked = false;

  /**
   * @param {HTMLElement} card
   * @param {(text: string) => void} announce
   */
  constructor(card, announce) {
    this.#card = card;
    this.#button = find(card, ".cancel");
    this.#problem = find(card, ".cancel-problem");
    this.#announce = announce;
    this.#button.addEventListener("click", () => this.#ask());
  }

  /** @param {import("./types.js").Operation} operation */
  show({ operation_name, state }) {
    const ended = state !== "starting" && state !== "running";
    if (ended && document.activeElement === this.#button) this.#giveFocusAway();
    this.#button.hidden = ended;
    if (ended) this.#tell("");
    // Should its id be used again, nobody has asked yet.
    this.#setAsked(this.#asked && !ended, operation_name);
  }

  /** Whether it has worked is told by the operation's end, on the stream. */
  async #ask() {
    if (this.#asked) return;
    const name = find(this.#card, ".name").textContent ?? "";
    this.#setAsked(true, name);
    this.#tell("");
    try {
      await cancel(this.#card.dataset.id ?? "");
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#setAsked(false, name);
      if (this.#button.hidden) return;
      this.#tell(`Not cancelled: ${error.message}`);
      this.#announce(`Operation ${name} could not be cancelled: ${error.message}`);
    }
  }

  /** Not `disabled`, which would take the focus from whoever has just pressed it. @param {boolean} asked @param {string} name */
  #setAsked(asked, name) {
    this.#asked = asked;
    this.#button.setAttribute("aria-disabled", String(asked));
    this.#label(name);
  }

  /** @param {string} name */
  #label(name) {
    const label = this.#asked ? "Cancelling" : "Cancel";
    setText(find(this.#button, ".cancel-label"), label);
    const whole = `${label} ${name}`;
    if (this.#button.getAttribute("aria-label") !== whole) this.#button.setAttribute("aria-label", whole);
  }

  /** @param {string} problem */
  #tell(problem) {
    setText(this.#problem, problem);
    this.#problem.hidden = !problem;
  }

  /** The button is about to disappear. */
  #giveFocusAway() {
    /** @type {HTMLElement | null} */ (this.#card.closest("[tabindex]"))?.focus({ preventScroll: true });
  }
}
