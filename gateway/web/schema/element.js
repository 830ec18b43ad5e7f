/** @typedef {Node | string | null | undefined | false} Child What is null or false is left out. */

/**
 * Makes an element. Children that are strings become text and never markup.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number | boolean | undefined>} [attributes] true: there, without a value;
 *   undefined and false: not there
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...present(children));
  return made;
}

/**
 * The children that are there.
 * @param {Child[]} children
 * @returns {(Node | string)[]}
 */
function present(children) {
  const there = children.filter((each) => each !== null && each !== undefined && each !== false);
  return /** @type {(Node | string)[]} */ (there);
}

/** @param {string} text */
export function code(text) {
  return element("code", {}, text);
}

/**
 * A name that may break after each underscore or dot.
 * @param {string} name
 */
export function keyName(name) {
  return element("code", { class: "key" }, ...name.split(/(?<=[_.])/).flatMap((part) => [part, element("wbr")]));
}

/**
 * A button, which does nothing but what it is told.
 * @param {string} label
 * @param {() => void} onClick
 * @param {Record<string, string | boolean>} [attributes]
 */
export function button(label, onClick, attributes = {}) {
  const made = element("button", { type: "button", ...attributes }, label);
  made.addEventListener("click", onClick);
  return made;
}

const COPIED_FOR = 1500;

/**
 * Copies a text as it is at the time. Null where the browser has no clipboard, as on a page without TLS.
 * @param {string} what for people who hear the button only
 * @param {() => string} text
 */
export function copyButton(what, text) {
  if (!navigator.clipboard) return null;
  const made = button("Copy", copy, { class: "copy", "aria-label": `Copy ${what}` });
  async function copy() {
    await navigator.clipboard.writeText(text());
    made.textContent = "Copied";
    setTimeout(() => (made.textContent = "Copy"), COPIED_FOR);
  }
  return made;
}

/**
 * A table whose roles are written out, as its layout is not a table's on narrow screens.
 * @param {string[]} columns
 * @param {HTMLTableRowElement[]} rows
 * @param {Record<string, string>} attributes
 */
export function table(columns, rows, attributes) {
  const headings = columns.map((name) => element("th", { role: "columnheader", scope: "col" }, name));
  return element(
    "table",
    { role: "table", ...attributes },
    element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...headings)),
    element("tbody", { role: "rowgroup" }, ...rows),
  );
}

/**
 * A row whose first cell names the thing.
 * @param {Child[]} heading
 * @param {...Child[]} cells
 */
export function row(heading, ...cells) {
  return element(
    "tr",
    { role: "row" },
    element("th", { role: "rowheader", scope: "row" }, ...heading),
    ...cells.map((children) => element("td", { role: "cell" }, ...children)),
  );
}
