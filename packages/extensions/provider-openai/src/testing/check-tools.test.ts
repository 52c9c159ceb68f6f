import { expect, it } from "vitest";
import { checkRequest } from "./check-request.ts";
import { body, type PlantedFault, tool } from "./planted-fault.ts";

const planted: PlantedFault[] = [
  ["no tools in a list", "empty-tools", "tools", body({ tools: [] }), body({ tools: [tool("a")] })],
  [
    "two tools with one name",
    "duplicate-tool-name",
    "tools[1].function.name",
    body({ tools: [tool("a"), tool("a")] }),
    body({ tools: [tool("a"), tool("b")] }),
  ],
  [
    "a tool name with a slash",
    "function-name",
    "tools[0].function.name",
    body({ tools: [tool("owner/name")] }),
    body({ tools: [tool("owner-name")] }),
  ],
  [
    "parameters that are no object schema",
    "tool-parameters",
    "tools[0].function.parameters",
    body({ tools: [tool("a", { type: "string" })] }),
    body({ tools: [tool("a", { type: "object", properties: { p: { type: "string" } } })] }),
  ],
  [
    "parameters that are a union",
    "tool-parameters",
    "tools[0].function.parameters",
    body({ tools: [tool("a", { type: "object", anyOf: [{}, {}] })] }),
    body({ tools: [tool("a", { type: "object", properties: { p: { anyOf: [{}, {}] } } })] }),
  ],
  [
    "an array of nothing in particular",
    "tool-parameters",
    "tools[0].function.parameters",
    body({ tools: [tool("a", { type: "object", properties: { p: { type: "array" } } })] }),
    body({ tools: [tool("a", { type: "object", properties: { p: { type: "array", items: {} } } })] }),
  ],
  ["129 tools", "too-many-tools", "tools", body({ tools: many(129) }), body({ tools: many(128) })],
  [
    "a choice without tools",
    "tool-choice",
    "tool_choice",
    body({ tool_choice: "auto" }),
    body({ tools: [tool("a")], tool_choice: "auto" }),
  ],
  [
    "a choice that is not there",
    "tool-choice",
    "tool_choice",
    body({ tools: [tool("a")], tool_choice: tool("b") }),
    body({ tools: [tool("b")], tool_choice: { type: "function", function: { name: "b" } } }),
  ],
];

function many(count: number): unknown[] {
  return Array.from({ length: count }, (_, index) => tool(`t${index}`));
}

it.each(planted)("refuses %s (%s)", (_, reason, param, broken, repaired) => {
  expect(checkRequest(broken)).toContainEqual(expect.objectContaining({ reason, param }));
  expect(checkRequest(repaired)).toEqual([]);
});
