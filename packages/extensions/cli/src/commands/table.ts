/** The commands that come with the command line, one file each. */
import type { manifest } from "../manifest.ts";
import type { Command } from "../ports.ts";
import { compact, open, reset, warm } from "../upkeep/context.ts";
import { deleteCommand, exportCommand, importCommand } from "../upkeep/documents.ts";
import { approve } from "./approve.ts";
import { chat } from "./chat.ts";
import { close } from "./close.ts";
import { complete, completion } from "./completion.ts";
import { down } from "./down.ts";
import { extensions } from "./extensions.ts";
import { last } from "./last.ts";
import { list } from "./list.ts";
import { models } from "./models.ts";
import { restart } from "./restart.ts";
import { set } from "./set.ts";
import { show } from "./show.ts";
import { status } from "./status.ts";
import { stop } from "./stop.ts";
import { title } from "./title.ts";
import { watch } from "./watch.ts";

type CommandName = (typeof manifest.contributes.points)["cli/commands"][number];

export const builtInCommands: Readonly<Record<CommandName, Command>> = {
  approve,
  warm,
  reset,
  open,
  import: importCommand,
  export: exportCommand,
  delete: deleteCommand,
  compact,
  chat,
  close,
  complete,
  completion,
  down,
  extensions,
  last,
  list,
  models,
  restart,
  set,
  show,
  status,
  stop,
  title,
  watch,
};
export const commandNames = Object.keys(builtInCommands) as CommandName[];
