import { cloneTemplate, find } from "./dom.js";
import { describeGap, formatPreciseTime, formatTime, formatValue } from "./format.js";

/** @typedef {import("./types.js").LogEntry} LogEntry */

const PREVIEW_LENGTH = 160;

/**
 * @param {LogEntry} entry
 * @returns {HTMLElement}
 */
export function createLogRow(entry) {
  const row = cloneTemplate("log-template");
  row.dataset.id = entry.id;
  row.dataset.level = entry.level;
  const time = /** @type {HTMLTimeElement} */ (find(row, "time"));
  time.dateTime = time.title = entry.timestamp;
  time.textContent = formatPreciseTime(new Date(entry.timestamp));
  find(row, ".level-label").textContent = entry.level;
  find(row, ".module").textContent = entry.module ?? "";
  find(row, ".message").append(createMessage(entry));
  return row;
}

/**
 * @param {import("./types.js").StreamGap} gap
 * @returns {HTMLElement}
 */
export function createGapRow(gap) {
  const row = cloneTemplate("gap-template");
  find(row, ".gap-text").textContent = `${describeGap(gap)} · ${formatTime(new Date())}`;
  return row;
}

/** @param {LogEntry} entry */
function createMessage(entry) {
  const groups = detailGroups(entry);
  if (groups.length === 0) return textElement("span", "plain", entry.message);
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  summary.append(textElement("span", "text", entry.message), textElement("span", "preview", preview(entry)));
  details.append(summary);
  // Most are never opened: what is inside is made when it is first asked for.
  details.addEventListener("toggle", () => details.append(createDetails(groups)), { once: true });
  return details;
}

/**
 * @param {LogEntry} entry
 * @returns {[string, [string, unknown][]][]}
 */
function detailGroups({ fields = {}, context = {}, target, file, line }) {
  /** @type {[string, unknown][]} */
  const origin = [];
  if (target) origin.push(["target", target]);
  if (file) origin.push(["file", line === undefined ? file : `${file}:${line}`]);
  /** @type {[string, [string, unknown][]][]} */
  const groups = [
    ["Fields", Object.entries(fields)],
    ["Context", Object.entries(context)],
    ["Origin", origin],
  ];
  return groups.filter(([, pairs]) => pairs.length > 0);
}

/** @param {[string, [string, unknown][]][]} groups */
function createDetails(groups) {
  const list = document.createElement("dl");
  for (const [title, pairs] of groups) {
    list.append(textElement("dt", "detail-title", title));
    const values = document.createElement("dd");
    for (const [key, value] of pairs) {
      const pair = document.createElement("div");
      pair.append(textElement("span", "key", key), " ", textElement("span", "value", formatValue(value)));
      values.append(pair);
    }
    list.append(values);
  }
  return list;
}

/** @param {LogEntry} entry */
function preview({ fields = {} }) {
  const text = Object.entries(fields).map(([key, value]) => `${key}=${lastLine(formatValue(value))}`).join(" ");
  return text.length > PREVIEW_LENGTH ? `${text.slice(0, PREVIEW_LENGTH)}…` : text;
}

/**
 * A traceback says what happened in its last line.
 * @param {string} text
 */
function lastLine(text) {
  return text.trimEnd().split("\n").at(-1) ?? "";
}

/** @param {string} tag @param {string} className @param {string} text */
function textElement(tag, className, text) {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}
