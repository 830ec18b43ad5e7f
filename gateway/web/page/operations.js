import { Refused } from "./asking.js";
import { ConnectionView } from "./connection.js";
import { find, oncePerFrame, setText } from "./dom.js";
import { describeGap } from "./format.js";
import { OperationCard } from "./operation-card.js";
import { listEnded } from "./operation-control.js";
import { ENDED_KEPT, OperationStore } from "./operation-store.js";
import { unhurried } from "./pacing.js";
import { LiveStream } from "./stream.js";

/** @typedef {import("./types.js").Operation} Operation */

const PAUSE_BETWEEN_LISTS = 5000;
const ENDINGS = { completed: "completed", error: "failed", cancelled: "was cancelled" };

/** The panel of operations: what the progress stream says, card by card. */
export class OperationsPanel {
  #store = new OperationStore();
  /** @type {Map<string, OperationCard>} */
  #cards = new Map();
  #rearrange = false;
  #unanswered = false;
  #panel;
  #announce;
  #connection;
  /** @type {LiveStream<import("./types.js").OperationEvent>} */
  #stream;
  #render = oncePerFrame(() => this.#paint());
  /** The stream tells what runs and what happens; what ended before has to be asked for. */
  #learn = unhurried(PAUSE_BETWEEN_LISTS, () => this.#listEnded());

  /**
   * @param {HTMLElement} panel
   * @param {(text: string) => void} announce
   */
  constructor(panel, announce) {
    this.#panel = panel;
    this.#announce = announce;
    this.#connection = new ConnectionView(panel, () => this.#stream.retryNow());
    const receive = this.#receive;
    this.#stream = new LiveStream({
      events: { progress: receive, completed: receive, error: receive, cancelled: receive },
      onFresh: () => this.#forget(),
      onGap: (gap) => this.#missed(gap),
      onStatus: (status) => this.#connected(status),
    });
    setInterval(() => this.#cards.forEach((card) => card.tick()), 1000);
  }

  start() {
    this.#stream.open(new URL("api/v1/progress/events", document.baseURI));
  }

  retryNow() {
    this.#stream.retryNow();
  }

  /** @param {import("./types.js").OperationEvent} event */
  #receive = (event) => {
    const { operation, justEnded, moved } = this.#store.apply(event);
    this.#rearrange ||= moved;
    // Whoever was away when asked is there now.
    if (this.#unanswered) this.#learn();
    if (justEnded) this.#announce(describeEnding(operation));
    this.#render();
  };

  /** @param {import("./stream.js").Status} status */
  #connected(status) {
    if (this.#connection.showStatus(status) && status.state === "live") this.#learn();
  }

  async #listEnded() {
    this.#unanswered = false;
    try {
      this.#store.remember(await listEnded(ENDED_KEPT));
      this.#panel.dataset.control = "on";
      this.#rearrange = true;
      this.#render();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#unanswered = !error.absent;
      if (error.absent) delete this.#panel.dataset.control;
    }
  }

  /** A gap's snapshot tells every running operation anew. @param {import("./types.js").StreamGap} gap */
  #missed(gap) {
    this.#connection.showGap(gap);
    this.#announce(`Operations: ${describeGap(gap)}`);
    this.#forget();
    this.#learn();
  }

  #forget() {
    this.#store.forget();
    this.#rearrange = true;
    this.#render();
  }

  #paint() {
    for (const operation of this.#store.all()) this.#updateCard(operation);
    if (this.#rearrange) this.#arrange();
    this.#rearrange = false;
    this.#summarise();
  }

  /** @param {Operation} operation */
  #updateCard(operation) {
    const card = this.#cards.get(operation.id) ?? new OperationCard(this.#announce);
    this.#cards.set(operation.id, card);
    card.show(operation);
  }

  #arrange() {
    for (const [id, card] of this.#cards) {
      if (this.#store.has(id)) continue;
      card.element.remove();
      this.#cards.delete(id);
    }
    // The ended first: it takes its cards from among the running, whose others then need not move.
    this.#fill(".ended", this.#store.ended());
    this.#fill(".running", this.#store.running());
    find(this.#panel, ".empty").hidden = this.#cards.size > 0;
  }

  /** @param {string} selector @param {Operation[]} operations */
  #fill(selector, operations) {
    const group = find(this.#panel, selector);
    group.hidden = operations.length === 0;
    placeInOrder(find(group, ".cards"), operations.flatMap(({ id }) => this.#cards.get(id)?.element ?? []));
  }

  #summarise() {
    for (const [state, count] of Object.entries(this.#store.counts())) {
      const item = find(document, `#summary [data-state="${state}"]`);
      item.classList.toggle("none", count === 0);
      setText(find(item, ".count"), String(count));
    }
  }
}

/** @param {Operation} operation */
function describeEnding({ operation_name, state, error }) {
  const ending = `Operation ${operation_name} ${ENDINGS[/** @type {keyof ENDINGS} */ (state)]}`;
  return error ? `${ending}: ${error}` : ending;
}

/**
 * Puts elements in order and moves only those out of place, so that nothing else is laid out or loses focus.
 * @param {HTMLElement} container
 * @param {HTMLElement[]} elements
 */
function placeInOrder(container, elements) {
  let next = container.firstElementChild;
  for (const element of elements) {
    if (element === next) next = element.nextElementSibling;
    else container.insertBefore(element, next);
  }
}
