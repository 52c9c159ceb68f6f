/** Ids of the operations this extension brings: the manifest declares them, `createRoutes` has one route for each. */
import { settingRoutes } from "@dispatch/wire";

/** Segments of `/conversations/:id/<segment>` which hold one value each. */
export type FieldSegment = "title" | keyof typeof settingRoutes;
export const fieldSegments: readonly FieldSegment[] = [
  "title",
  ...(Object.keys(settingRoutes) as (keyof typeof settingRoutes)[]),
];

export type FieldOperation = `conversations.${FieldSegment}.${"get" | "set" | "clear"}`;
const fieldOperations = fieldSegments.flatMap((segment): FieldOperation[] => [
  `conversations.${segment}.get`,
  `conversations.${segment}.set`,
  `conversations.${segment}.clear`,
]);

export const operations = [
  "chat",
  "chat.warm",
  "conversations.list",
  "conversations.create",
  "conversations.resolve",
  "conversations.preview",
  "conversations.get",
  "conversations.patch",
  "conversations.delete",
  "conversations.export",
  "conversations.import",
  "conversations.open",
  "conversations.messages",
  "conversations.context",
  "conversations.events",
  "conversations.last",
  "conversations.status",
  "conversations.metrics",
  "conversations.children",
  "conversations.stop",
  "conversations.close",
  "conversations.reset",
  "conversations.compact",
  "conversations.compact.undo",
  "models.list",
  "defaults",
  "extensions.list",
  "config",
  "health",
  "openapi",
  "docs",
  "docs.script",
  "docs.viewer",
  ...fieldOperations,
] as const;
export type Operation = (typeof operations)[number];
