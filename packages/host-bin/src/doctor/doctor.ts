/** `dispatch doctor`: looks at everything that a server needs, each line right or wrong, the wrong ones with the fix. */
import { printable, type ServerTarget, type Terminal } from "@dispatch/cli/ports";
import { loadConfig } from "../config/load.ts";
import type { ResolvedConfig } from "../config/types.ts";
import { satisfies } from "../node-services/satisfies.ts";
import { bundledExtensions } from "../packages.ts";
import { tilde } from "../paths.ts";
import { serverPreset } from "../presets.ts";
import { pathsOf, type ServersContext } from "../servers/context.ts";
import { findServer } from "../servers/find.ts";
import { messageOf } from "../start-error.ts";
import { type Finding, type Patient, right, wrong } from "./check.ts";
import { checkDisk, checkHolder, checkLogs, checkModes } from "./data-folder.ts";
import { checkCredentials, checkProviders } from "./models.ts";
import { checkPort, checkServer } from "./server.ts";
import { checkServerConfig, checkServerProviders, toldBy } from "./server-config.ts";

/** The oldest Node that Dispatch runs on. */
const nodeRange = ">=20.19";

const checks: readonly ((patient: Patient) => Finding[] | Promise<Finding[]>)[] = [
  checkModes,
  checkHolder,
  checkDisk,
  checkLogs,
  checkServer,
  checkServerConfig,
  checkServerProviders,
  checkPort,
  checkCredentials,
  checkProviders,
];

/** Every finding, in a fixed order. A check that fails is a finding too. */
export async function examine(context: ServersContext, target: ServerTarget): Promise<Finding[]> {
  const { env, cwd, version } = context;
  const bundled = await bundledExtensions(serverPreset);
  const manifests = bundled.map(({ manifest }) => manifest);
  const findings: Finding[] = [checkNode(process.versions.node)];
  const paths = pathsOf(context, target);
  const server = await findServer(context, target);
  let config: ResolvedConfig | undefined;
  try {
    const openList = server?.args?.includes("--ext") ?? false;
    config = loadConfig({ env, cwd, manifests, openList });
    const files = config.files.map(tilde).join(", ") || "no file; built-in values and the environment";
    findings.push(right("config", files));
    for (const warning of config.warnings)
      findings.push(wrong("config", warning, "Unset it, or add what uses it."));
  } catch (error) {
    findings.push(
      wrong(
        "config",
        messageOf(error),
        "Correct it; `dispatch doctor --schema` prints what may stand there.",
      ),
    );
  }
  const serverConfig = await toldBy(server);
  const patient = { env, cwd, version, paths, server, serverConfig, bundled, config };
  const found = await Promise.all(checks.map((check) => oneCheck(check, patient)));
  return [...findings, ...found.flat()];
}

async function oneCheck(check: (typeof checks)[number], patient: Patient): Promise<Finding[]> {
  try {
    return await check(patient);
  } catch (error) {
    return [wrong(check.name, messageOf(error), "This check could not look; see to what it says.")];
  }
}

function checkNode(running: string): Finding {
  return satisfies(running, nodeRange)
    ? right("node", running)
    : wrong("node", `${running} is too old`, `Install Node ${nodeRange.slice(2)} or newer.`);
}

/** Prints the findings; 1 when something is wrong. */
export async function doctor(
  context: ServersContext,
  target: ServerTarget,
  { stdout }: Pick<Terminal, "stdout">,
  { json }: { json: boolean },
): Promise<number> {
  const findings = await examine(context, target);
  const ok = findings.every((finding) => finding.ok);
  if (json) {
    stdout.write(`${JSON.stringify({ ok, checks: findings })}\n`);
    return ok ? 0 : 1;
  }
  const width = Math.max(...findings.map(({ name }) => name.length));
  for (const { ok: fine, name, message, fix } of findings) {
    const indent = " ".repeat(width + 4);
    const lines = printable([message, ...(fix === undefined ? [] : [fix])].join("\n")).replaceAll(
      "\n",
      `\n${indent}`,
    );
    stdout.write(`${fine ? "✓" : "✗"} ${name.padEnd(width)}  ${lines}\n`);
  }
  return ok ? 0 : 1;
}
