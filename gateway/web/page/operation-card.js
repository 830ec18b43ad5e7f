import { CancelButton } from "./cancel-button.js";
import { cloneTemplate, find, setIcon, setText } from "./dom.js";
import { endOf, formatElapsed, percentage } from "./format.js";

/** @typedef {import("./types.js").Operation} Operation */
/** @typedef {import("./types.js").Stage} Stage */

const STATE_LABELS = {
  starting: "Starting",
  running: "Running",
  completed: "Completed",
  error: "Failed",
  cancelled: "Cancelled",
};

const STAGE_LABELS = {
  pending: "pending",
  in_progress: "in progress",
  completed: "completed",
  skipped: "skipped",
  error: "failed",
};

let cardsMade = 0;

/** One operation on the page, updated in place. */
export class OperationCard {
  element = cloneTemplate("operation-template");
  #bar = find(this.element, ".bar");
  #stages = find(this.element, ".stages");
  /** @type {Operation | undefined} */
  #operation;
  #cancel;

  /** @param {(text: string) => void} announce */
  constructor(announce) {
    this.#cancel = new CancelButton(this.element, announce);
    const heading = find(this.element, ".name");
    heading.id = `operation-name-${(cardsMade += 1)}`;
    this.element.setAttribute("aria-labelledby", heading.id);
  }

  /** Free where nothing is new: each event brings an object of its own. @param {Operation} operation */
  show(operation) {
    if (operation === this.#operation) return;
    this.#operation = operation;
    const { dataset } = this.element;
    dataset.id = operation.id;
    dataset.state = operation.state;
    this.#write(".name", operation.operation_name);
    this.#write(".badge-label", STATE_LABELS[operation.state] ?? operation.state);
    setIcon(find(this.element, ".badge use"), operation.state);
    this.#write(".type", operation.operation_type);
    this.#write(".owner", operation.owner_name || operation.owner_id);
    this.#write(".resource", operation.resource_id ?? "");
    this.#write(".error-message", operation.error ?? "");
    this.#write(".step", currentStep(operation));
    this.#updateBar(operation);
    this.#updateStages(operation.stages ?? []);
    this.#cancel.show(operation);
    this.tick();
  }

  /** Shows the time that has passed. */
  tick() {
    if (this.#operation) this.#write(".elapsed", formatElapsed(elapsed(this.#operation)));
  }

  /**
   * @param {string} selector
   * @param {string} text
   */
  #write(selector, text) {
    setText(find(this.element, selector), text);
  }

  /** @param {Operation} operation */
  #updateBar({ operation_name, overall_percentage }) {
    // Rounded down: only what is done is 100.
    const whole = Math.floor(percentage(overall_percentage));
    this.#bar.setAttribute("aria-label", `Progress of ${operation_name}`);
    this.#bar.setAttribute("aria-valuenow", String(whole));
    this.#bar.style.setProperty("--done", `${percentage(overall_percentage)}%`);
    this.#write(".percentage", `${whole}%`);
  }

  /** @param {Stage[]} stages */
  #updateStages(stages) {
    while (this.#stages.children.length > stages.length) this.#stages.lastElementChild?.remove();
    while (this.#stages.children.length < stages.length) this.#stages.append(cloneTemplate("stage-template"));
    [...this.#stages.children].forEach((element, index) => {
      updateStage(/** @type {HTMLElement} */ (element), stages[index]);
    });
  }
}

/**
 * @param {HTMLElement} element
 * @param {Stage} stage
 */
function updateStage(element, stage) {
  element.dataset.state = stage.state;
  setIcon(find(element, "use"), stage.state);
  setText(find(element, ".stage-name"), stage.name);
  setText(find(element, ".stage-state"), STAGE_LABELS[stage.state] ?? stage.state);
  const done = stage.state === "in_progress" ? `${Math.floor(percentage(stage.percentage))}%` : "";
  setText(find(element, ".stage-percentage"), done);
}

/** @param {Operation} operation */
function currentStep({ stages = [], current_stage }) {
  return stages.find((stage) => stage.id === current_stage)?.stage_step ?? "";
}

/** @param {Operation} operation */
function elapsed(operation) {
  const { state, started_at } = operation;
  const goesOn = state === "starting" || state === "running";
  return (goesOn ? Date.now() : endOf(operation)) - Date.parse(started_at);
}
