/**
 * The payloads on the wire, as the gateway's schemas publish them. Types only: nothing loads this module.
 *
 * @typedef {"starting" | "running" | "completed" | "error" | "cancelled"} OperationState
 * @typedef {"pending" | "in_progress" | "completed" | "skipped" | "error"} StageState
 * @typedef {"trace" | "debug" | "info" | "warn" | "error"} LogLevel
 *
 * @typedef {object} StageResponse
 * @property {string} id
 * @property {string} name
 * @property {StageState} state
 * @property {number} percentage
 * @property {string} [stage_step]
 *
 * @typedef {object} ProgressResponse
 * @property {string} id
 * @property {string} operation_name
 * @property {string} operation_type
 * @property {string} owner_id
 * @property {string} owner_type
 * @property {string} [owner_name]
 * @property {string} [resource_id]
 * @property {OperationState} state
 * @property {number} overall_percentage
 * @property {string} [error]
 * @property {StageResponse[]} [stages]
 * @property {string} current_stage
 * @property {string} started_at
 * @property {string} last_update
 * @property {string} [completed_at]
 * @property {Record<string, unknown>} [metadata]
 *
 * @typedef {object} LogEntryResponse
 * @property {string} id
 * @property {string} timestamp
 * @property {LogLevel} level
 * @property {string} message
 * @property {string} [module]
 * @property {string} [target]
 * @property {string} [file]
 * @property {number} [line]
 * @property {Record<string, unknown>} [fields]
 * @property {Record<string, unknown>} [context]
 *
 * @typedef {object} StreamGap Some events were missed.
 * @property {string} reason
 * @property {number | string} [missed]
 *
 * @typedef {object} StreamError The gateway's own trouble, usually with its backend.
 * @property {string} code
 * @property {string} message
 * @property {boolean} retry Whether the gateway goes on trying by itself.
 *
 * @typedef {object} StreamEnd The stream is finished.
 * @property {string} [reason]
 */

export {};
