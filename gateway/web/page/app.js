import { createAnnouncer } from "./announcer.js";
import { find } from "./dom.js";
import { LogsPanel } from "./logs.js";
import { OperationsPanel } from "./operations.js";

const announce = createAnnouncer(find(document, "#announcements"));
const panels = [
  new OperationsPanel(find(document, "#operations-panel"), announce),
  new LogsPanel(find(document, "#logs-panel"), announce),
];

for (const panel of panels) panel.start();
window.addEventListener("online", () => panels.forEach((panel) => panel.retryNow()));
