/**
 * @typedef {Record<string, any>} Schema A JSON Schema, as OpenAPI 3.1 has them.
 *
 * @typedef {object} Parameter
 * @property {string} name
 * @property {"path" | "query" | "header"} in
 * @property {boolean} [required]
 * @property {string} [description]
 * @property {boolean} [x-multi-segment] Slashes in it stand as they are.
 * @property {Schema} schema
 *
 * @typedef {object} EventType One kind of event.
 * @property {string} name As EventSource fires it: `message` where the wire has no name.
 * @property {string} description
 * @property {Schema} payload
 * @property {{id: string, data: unknown} | undefined} example
 *
 * @typedef {object} Content A body, of a request or of an answer.
 * @property {string} type Its content type; `*` and `/` in it stand for any.
 * @property {Schema} schema
 * @property {boolean} required
 * @property {unknown} example
 *
 * @typedef {object} Operation What an HTTP method does at a path.
 * @property {string} id
 * @property {string} verb In capitals.
 * @property {string} path
 * @property {string} summary
 * @property {string} description
 * @property {Parameter[]} parameters
 * @property {Content | undefined} body
 * @property {[status: string, meaning: string][]} responses
 *
 * @typedef {object} Streaming
 * @property {string | undefined} delivery `shared` or `per-client`, where the document says so.
 * @property {EventType[]} events Those of the contract.
 * @property {EventType[]} ownEvents Those that the gateway sends on every stream.
 *
 * @typedef {Operation & Streaming} Stream
 * @typedef {Operation & {answer: Content | undefined}} Call What is answered once.
 */

/** What EventSource fires an event without a name under; no contract may use it. */
export const UNNAMED = "message";
const STREAM = "text/event-stream";
const VERBS = ["get", "post", "put", "patch", "delete", "head", "options", "trace"];
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
    return this.#operations(true).map(([operation, json]) => this.#stream(operation, json));
  }

  /** What is no stream. @returns {Call[]} */
  get calls() {
    return this.#operations(false).map(([operation, json]) => ({ ...operation, answer: content(json.responses["200"]) }));
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

  /** @param {boolean} streams @returns {[Operation, any][]} */
  #operations(streams) {
    const paths = Object.entries(this.#json.paths);
    const all = paths.flatMap(([path, item]) => VERBS.filter((verb) => verb in item).map((verb) => ({ path, verb, item })));
    return all
      .filter(({ verb, item }) => STREAM in (item[verb].responses["200"].content ?? {}) === streams)
      .map(({ path, verb, item }) => [this.#operation(path, verb.toUpperCase(), item[verb]), item[verb]]);
  }

  /** @param {string} path @param {string} verb @param {any} json @returns {Operation} */
  #operation(path, verb, json) {
    return {
      id: json.operationId,
      verb,
      path,
      summary: json.summary,
      description: json.description,
      parameters: json.parameters ?? [],
      body: json.requestBody && content(json.requestBody),
      responses: this.#responses(json),
    };
  }

  /** @param {Operation} operation @param {any} json @returns {Stream} */
  #stream(operation, json) {
    const events = this.#events(json.responses["200"].content[STREAM]);
    return {
      ...operation,
      delivery: json["x-delivery"],
      events: events.filter(({ name }) => !OWN_EVENTS.has(name)),
      ownEvents: events.filter(({ name }) => OWN_EVENTS.has(name)),
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

/** @param {any} holder a request body or a response @returns {Content | undefined} */
function content({ content: types = {}, required = false }) {
  const [found] = Object.entries(types);
  return found && { type: found[0], schema: found[1].schema ?? {}, required, example: found[1].example };
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
