/**
 * @typedef {Record<string, any>} Schema A JSON Schema, as OpenAPI 3.1 has them.
 *
 * @typedef {object} Parameter
 * @property {string} name
 * @property {"path" | "query" | "header"} in
 * @property {boolean} [required]
 * @property {string} [description]
 * @property {Schema} schema
 *
 * @typedef {object} EventType One kind of event.
 * @property {string} name As EventSource fires it: `message` where the wire has no name.
 * @property {string} description
 * @property {Schema} payload
 * @property {{id: string, data: unknown} | undefined} example
 *
 * @typedef {object} Stream
 * @property {string} id
 * @property {string} path
 * @property {string} summary
 * @property {string} description
 * @property {string | undefined} delivery `shared` or `per-client`, where the document says so.
 * @property {Parameter[]} parameters
 * @property {EventType[]} events Those of the contract.
 * @property {EventType[]} ownEvents Those that the gateway sends on every stream.
 * @property {[status: string, meaning: string][]} responses
 */

/** What EventSource fires an event without a name under; no contract may use it. */
export const UNNAMED = "message";
const OWN_EVENTS = new Set(["stream-gap", "stream-error", "stream-end"]);

/** The gateway's OpenAPI 3.1 document: a stream is an array of events whose `data` is parsed already. */
export class ApiDocument {
  #json;

  /** @param {Record<string, any>} json */
  constructor(json) {
    this.#json = json;
  }

  get info() {
    return this.#json.info;
  }

  /** @returns {Stream[]} */
  get streams() {
    return Object.entries(this.#json.paths).map(([path, item]) => this.#stream(path, item.get));
  }

  /** The body of every error response. @returns {Schema | undefined} */
  get problem() {
    return this.#json.components.schemas.Problem;
  }

  /**
   * A schema without a reference on top; what stands beside the reference goes before what it refers to.
   * @param {Schema} schema
   * @returns {Schema}
   */
  resolve(schema) {
    if (!schema.$ref) return schema;
    const { $ref, ...beside } = schema;
    return { ...this.resolve(this.#at($ref)), ...beside };
  }

  /** @param {string} reference a JSON pointer into this document */
  #at(reference) {
    const keys = reference.slice(2).split("/").map(decodeURIComponent);
    return keys.reduce((node, key) => node[key.replaceAll("~1", "/").replaceAll("~0", "~")], this.#json);
  }

  /** @param {string} path @param {any} operation @returns {Stream} */
  #stream(path, operation) {
    const media = operation.responses["200"].content["text/event-stream"];
    const events = this.#events(media);
    return {
      id: operation.operationId,
      path,
      summary: operation.summary,
      description: operation.description,
      delivery: operation["x-delivery"],
      parameters: operation.parameters ?? [],
      events: events.filter(({ name }) => !OWN_EVENTS.has(name)),
      ownEvents: events.filter(({ name }) => OWN_EVENTS.has(name)),
      responses: this.#responses(operation),
    };
  }

  /** @param {any} operation @returns {[status: string, meaning: string][]} */
  #responses({ responses }) {
    return Object.entries(responses).map(([status, response]) => [status, this.resolve(response).description]);
  }

  /** @param {any} media @returns {EventType[]} */
  #events(media) {
    return this.resolve(media.schema.items).oneOf.map((/** @type {Schema} */ each) => {
      const { description = "", properties } = this.resolve(each);
      const name = properties.event.const;
      return { name, description, payload: properties.data, example: media.examples?.[name]?.value[0] };
    });
  }
}

/** The name of a component that a schema refers to. @param {Schema} schema @returns {string | undefined} */
export function componentName({ $ref }) {
  return $ref?.split("/").at(-1);
}

/**
 * Events whose payloads have the same fields, together.
 * @param {EventType[]} events
 * @param {ApiDocument} api
 * @returns {EventType[][]}
 */
export function alike(events, api) {
  /** @type {Map<string, EventType[]>} */
  const groups = new Map();
  for (const event of events) {
    const { description, ...shape } = api.resolve(event.payload);
    const key = JSON.stringify(shape);
    groups.set(key, [...(groups.get(key) ?? []), event]);
  }
  return [...groups.values()];
}
