import { UNNAMED } from "./document.js";
import { element } from "./element.js";

const TOKENS = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;
const FIELD = /^(id|event|data)(?=:)/gm;
const FIELD_OR_TOKEN = new RegExp(`${FIELD.source}|${TOKENS.source}`, "gm");

/**
 * One event as it stands on the wire, but for its JSON: on the wire that is one line.
 * @param {import("./document.js").EventType} event one that has an example
 */
export function frameText({ name, example }) {
  const named = name === UNNAMED ? [] : [`event: ${name}`];
  return [`id: ${example?.id}`, ...named, `data: ${pretty(example?.data)}`].join("\n");
}

/** @param {unknown} value */
export function pretty(value) {
  return JSON.stringify(value, null, 2);
}

/**
 * JSON, or a frame around it, with its keys, words and numbers told apart.
 * @param {string} text
 * @returns {(Node | string)[]}
 */
export function highlighted(text) {
  const start = text.startsWith("id:") ? text.indexOf("\ndata: ") + 1 : 0;
  return [...marked(text.slice(0, start), FIELD, () => "field"), ...marked(text.slice(start), FIELD_OR_TOKEN, kindOf)];
}

/** @param {RegExpMatchArray} match */
function kindOf([, field, text, colon, word]) {
  if (field) return "field";
  if (text) return colon ? "json-key" : "json-text";
  return word ? "json-word" : "json-number";
}

/** @param {string} text @param {RegExp} pattern @param {(match: RegExpMatchArray) => string} className */
function marked(text, pattern, className) {
  /** @type {(Node | string)[]} */
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    const token = match[0];
    parts.push(text.slice(end, match.index), element("span", { class: className(match) }, token));
    end = match.index + token.length;
  }
  return [...parts, text.slice(end)];
}
