/**
 * The page's names for what the gateway's OpenAPI document describes. Types only: nothing loads this module.
 *
 * @typedef {import("./generated/contract.js").paths} Paths
 * @typedef {import("./generated/contract.js").components["schemas"]} Schemas
 *
 * @typedef {Paths["/api/v1/progress/events"]["get"]["responses"]["200"]["content"]["text/event-stream"][number]} ProgressStreamEvent
 * @typedef {Paths["/api/v1/logs/stream"]["get"]["responses"]["200"]["content"]["text/event-stream"][number]} LogStreamEvent
 * @typedef {Schemas["StreamGapMessage"] | Schemas["StreamErrorMessage"] | Schemas["StreamEndMessage"]} OwnEvent
 *   What the gateway itself may say on every stream.
 *
 * @typedef {Exclude<ProgressStreamEvent, OwnEvent>} OperationEvent
 * @typedef {OperationEvent["data"]} Operation
 * @typedef {Schemas["StageResponse"]} Stage
 * @typedef {Exclude<LogStreamEvent, OwnEvent>} LogEvent
 * @typedef {LogEvent["data"]} LogEntry
 *
 * @typedef {Schemas["ListOperationsResponse"]} OperationList
 * @typedef {Schemas["ListRecentLogsResponse"]} LogEntryList
 * @typedef {Schemas["GetLogStatsResponse"]} LogStatsList
 * @typedef {Schemas["LogStats"]} LogStats
 *
 * @typedef {Schemas["StreamGap"]} StreamGap
 * @typedef {Schemas["StreamError"]} StreamError
 */

export {};
