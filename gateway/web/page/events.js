/**
 * One event, as the gateway's OpenAPI 3.1 document describes it.
 * @typedef {{id: string, event: string, data: unknown}} Message
 */

/**
 * An EventSource that is known to send the events of E.
 * @template {Message} E
 * @typedef {EventSource & {readonly sends?: E}} Source
 */

/**
 * The event of one name among those of E.
 * @template {Message} E
 * @template {E["event"]} N
 * @typedef {Extract<E, {event: N}>} Named
 */

/**
 * Calls a handler with each event of one name.
 * @template {Message} E
 * @template {E["event"]} N
 * @param {Source<E>} source
 * @param {N} name
 * @param {(event: Named<E, N>) => void} handler
 */
export function on(source, name, handler) {
  source.addEventListener(name, (event) => {
    if (!cameOverTheWire(event)) return;
    const message = { id: event.lastEventId, event: name, data: JSON.parse(event.data) };
    handler(/** @type {Named<E, N>} */ (/** @type {unknown} */ (message)));
  });
}

/**
 * Tells the two meanings of an `error` event apart. The contract has an event called `error` (an operation
 * failed), and EventSource fires `error` of its own when the connection is lost. Both arrive at the same
 * listeners; only the one that came over the wire has `data`.
 * @param {Event} event
 * @returns {event is MessageEvent<string>}
 */
export function cameOverTheWire(event) {
  return typeof (/** @type {Partial<MessageEvent>} */ (event).data) === "string";
}
