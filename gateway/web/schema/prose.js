import { code, element } from "./element.js";

const LIST_ITEM = /^(?:[-*]|\d+[.)])\s+/;

/**
 * The little markdown that comments have: paragraphs, lists and `code`. Everything else stays text.
 * @param {string | undefined} text
 * @returns {HTMLElement[]}
 */
export function prose(text = "") {
  return blocks(text).map((lines) => {
    if (!LIST_ITEM.test(lines[0])) return element("p", {}, ...inline(lines.join(" ")));
    return element("ul", {}, ...items(lines).map((item) => element("li", {}, ...inline(item))));
  });
}

/**
 * One line of text with `code` in it.
 * @param {string | undefined} text
 * @returns {(Node | string)[]}
 */
export function inline(text = "") {
  const parts = text.split(/(`[^`]+`)/).filter(Boolean);
  return parts.map((part) => (/^`[^`]+`$/.test(part) ? code(part.slice(1, -1)) : part));
}

/** Lines that belong together. A list begins a block of its own, also right below a paragraph. @param {string} text */
function blocks(text) {
  /** @type {string[][]} */
  const found = [];
  let open = false;
  for (const line of text.split("\n").map((each) => each.trim())) {
    const beginsList = open && LIST_ITEM.test(line) && !LIST_ITEM.test(found[found.length - 1][0]);
    if (line && open && !beginsList) found[found.length - 1].push(line);
    else if (line) found.push([line]);
    open = Boolean(line);
  }
  return found;
}

/** The items of a list; a line that begins none goes on with the one before. @param {string[]} lines */
function items(lines) {
  /** @type {string[]} */
  const found = [];
  for (const line of lines) {
    if (LIST_ITEM.test(line)) found.push(line.replace(LIST_ITEM, ""));
    else found[found.length - 1] += ` ${line}`;
  }
  return found;
}
