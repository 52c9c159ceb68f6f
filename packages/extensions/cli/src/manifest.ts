/** What the command line contributes: its own commands, at its own point, where other extensions add theirs. */
import { defineManifest } from "@dispatch/kernel";

export const manifest = defineManifest({
  id: "cli",
  version: "0.1.0",
  apiVersion: "^1.0.0",
  description: "The command line of Dispatch.",
  optional: { "cli/servers": "^1.0.0" },
  contributes: {
    points: {
      "cli/commands": [
        "approve",
        "chat",
        "close",
        "compact",
        "delete",
        "export",
        "import",
        "open",
        "reset",
        "warm",
        "complete",
        "completion",
        "down",
        "extensions",
        "last",
        "list",
        "models",
        "restart",
        "set",
        "show",
        "status",
        "stop",
        "title",
        "watch",
      ],
    },
    services: ["cli/program"],
  },
});
