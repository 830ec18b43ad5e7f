const MINUTE = 60;
const HOUR = 60 * MINUTE;

/**
 * @param {number} value
 * @param {number} [width]
 */
function pad(value, width = 2) {
  return String(value).padStart(width, "0");
}

/**
 * The time of day in the reader's zone, to the second.
 * @param {Date} date
 */
export function formatTime(date) {
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

/**
 * The time of day in the reader's zone, to the millisecond.
 * @param {Date} date
 */
export function formatPreciseTime(date) {
  return `${formatTime(date)}.${pad(date.getMilliseconds(), 3)}`;
}

/**
 * The time of day in the reader's zone, with the day where that is not today.
 * @param {Date} date
 */
export function formatMoment(date) {
  const today = date.toDateString() === new Date().toDateString();
  return today ? formatTime(date) : `${date.toLocaleDateString("en", { dateStyle: "medium" })}, ${formatTime(date)}`;
}

/**
 * A duration as its two largest units: `7s`, `4m 05s`, `2h 09m`.
 * @param {number} milliseconds
 */
export function formatElapsed(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < MINUTE) return `${seconds}s`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)}m ${pad(seconds % MINUTE)}s`;
  return `${Math.floor(seconds / HOUR)}h ${pad(Math.floor((seconds % HOUR) / MINUTE))}m`;
}

/**
 * When an operation that has ended did so, in milliseconds since 1970.
 * @param {import("./types.js").Operation} operation
 */
export function endOf({ completed_at, last_update }) {
  return Date.parse(completed_at ?? last_update);
}

/**
 * A number within 0 to 100.
 * @param {number} value
 */
export function percentage(value) {
  return Math.min(100, Math.max(0, value));
}

/**
 * @param {number} count
 * @param {string} singular
 * @param {string} plural
 */
export function counted(count, singular, plural) {
  return `${count.toLocaleString("en")} ${count === 1 ? singular : plural}`;
}

/**
 * One value of a log entry's fields, for people.
 * @param {unknown} value
 */
export function formatValue(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/**
 * What a gap says: `12 events missed (history evicted)`.
 * @param {import("./types.js").StreamGap} gap
 */
export function describeGap({ reason, missed }) {
  const events = missed === undefined ? "some events" : counted(missed, "event", "events");
  const what = `${events} missed`;
  return reason ? `${what} (${reason.replaceAll(/[_-]/g, " ")})` : what;
}
