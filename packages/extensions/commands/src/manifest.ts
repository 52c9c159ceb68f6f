/** What commands is: two routes, and a table file for command lines. */
import { defineManifest } from "@dispatch/kernel";

export const manifest = defineManifest({
  id: "commands",
  version: "0.1.0",
  apiVersion: "^1.0.0",
  description: "Commands of extensions: run over HTTP and from the command line.",
  capabilities: ["routes", "fs"],
  contributes: { points: { "transport-http/routes": ["commands.list", "commands.run"] } },
  listens: { events: ["host/started"] },
  settings: {
    type: "object",
    additionalProperties: false,
    properties: {
      tableFile: {
        type: "string",
        minLength: 1,
        description: "Where command lines find the table of commands; without it none is written.",
      },
    },
  },
});

export interface CommandsSettings {
  readonly tableFile?: string;
}
