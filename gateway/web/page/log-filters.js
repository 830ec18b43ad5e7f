import { find } from "./dom.js";

const LEVELS = ["debug", "info", "warn", "error"];
const MODULES_KEPT = 200;

/** @typedef {{minLevel: string, module: string}} Filters Empty where everything is wanted. */

/** The filters of the log: what its controls and the page's own address say, kept the same. */
export class LogFilters {
  #level;
  #module;
  #suggestions;
  /** @type {Set<string>} */
  #modules = new Set();
  /** @type {Filters} */
  #applied;
  #onChange;

  /**
   * @param {HTMLElement} panel
   * @param {() => void} onChange
   */
  constructor(panel, onChange) {
    this.#level = /** @type {HTMLSelectElement} */ (find(panel, "#log-level"));
    this.#module = /** @type {HTMLInputElement} */ (find(panel, "#log-module"));
    this.#suggestions = find(panel, "datalist");
    this.#onChange = onChange;
    this.#applied = this.#readAddress();
    this.#level.addEventListener("change", () => this.#apply());
    this.#module.addEventListener("change", () => this.#apply());
    this.#module.addEventListener("input", () => this.#typed());
    find(panel, "form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#apply();
    });
  }

  get active() {
    return Boolean(this.#applied.minLevel || this.#applied.module);
  }

  /** The filters as the gateway's query parameters. @param {URLSearchParams} query */
  addTo(query) {
    setParameter(query, "min_level", this.#applied.minLevel);
    setParameter(query, "module", this.#applied.module);
  }

  reset() {
    this.#level.value = this.#module.value = "";
    this.#apply();
  }

  /** Offers a module that has been seen. @param {string | undefined} module */
  suggest(module) {
    if (!module || this.#modules.has(module) || this.#modules.size >= MODULES_KEPT) return;
    this.#modules.add(module);
    const option = document.createElement("option");
    option.value = module;
    const after = [...this.#modules].sort().indexOf(module);
    this.#suggestions.insertBefore(option, this.#suggestions.children[after] ?? null);
  }

  #readAddress() {
    const query = new URLSearchParams(location.search);
    const level = query.get("min_level") ?? "";
    this.#level.value = LEVELS.includes(level) ? level : "";
    this.#module.value = query.get("module") ?? "";
    return this.#read();
  }

  /** @returns {Filters} */
  #read() {
    return { minLevel: this.#level.value, module: this.#module.value.trim() };
  }

  /** Half a word matches nothing: while one types, only an emptied or a suggested name takes effect. */
  #typed() {
    const { module } = this.#read();
    if (module === "" || this.#modules.has(module)) this.#apply();
  }

  #apply() {
    const wanted = this.#read();
    if (wanted.minLevel === this.#applied.minLevel && wanted.module === this.#applied.module) return;
    this.#applied = wanted;
    const address = new URL(location.href);
    this.addTo(address.searchParams);
    history.replaceState(history.state, "", address);
    this.#onChange();
  }
}

/** @param {URLSearchParams} query @param {string} name @param {string} value */
function setParameter(query, name, value) {
  if (value) query.set(name, value);
  else query.delete(name);
}
