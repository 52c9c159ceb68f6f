import { describe, expect, it } from "vitest";
import { commandError } from "./command-error.ts";
import type { Command } from "./ports.ts";
import { runCli } from "./testing/run-cli.ts";

const probe: Command = {
  summary: "prints what it was given",
  arguments: "<id> [text...]",
  options: [
    { flags: "-m, --model <id>", description: "a model" },
    { flags: "--limit <n>", description: "a number", integer: true },
    { flags: "--file <path>", description: "a file", repeatable: true },
    { flags: "--level <level>", description: "a level", choices: ["low", "high"] },
  ],
  async run({ args, options, globals, terminal }) {
    terminal.stdout.write(JSON.stringify({ args, options, globals }));
    return args[0] === "fail" ? 1 : undefined;
  },
};
const commands = { probe };

describe("help", () => {
  it("is made from the table of commands", async () => {
    const { code, out, err } = await runCli(["--help"], { commands });
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatchInlineSnapshot(`
      "Usage: dispatch [options] [command]

      Conversations with agents that keep running when you leave.

      Options:
        -V, --version                   output the version number
        --server <url>                  address of the server (default: the one of this data folder)
        --data-dir <path>               data folder (default: the platform's, or DISPATCH_DATA_DIR)
        --no-start                      do not start a server when there is none
        --json                          print JSON (NDJSON when streaming)
        --no-color                      print without colours; NO_COLOR does the same
        -h, --help                      display help for command

      Commands:
        approve [options] [id]          list the calls that wait for an approval, or answer one
        warm <id>                       keep the provider's cache of a conversation warm
        reset <id>                      stop the running turn and start with an empty context; the old
                                        text stays readable
        open <id>                       ask every client to show a conversation
        import [options] <file>         make a conversation of a document that \`export\` wrote; - reads it
                                        from stdin
        export [options] <id>           write a conversation as one document, JSON lines
        delete [options] <id>           delete a conversation; its document goes to the server's archive
                                        folder first
        compact [options] <id>          make the context start at a summary of what came before
        chat [options] [text...]        send a message and watch the answer; without text, talk
        close <id>                      close a conversation
        completion <shell>              print a completion script for bash, zsh, fish or powershell
        down [options]                  stop the server once its running turns have ended (at most 60 s, a
                                        setting)
        extensions [options]            show the extensions of the server: state, time, trust
        last [options] <id>             print the last answer of a conversation, waiting for a running
                                        turn
        list [options] [prefix]         list conversations, newest activity first
        models                          list the models that can be used
        restart [options]               restart the server with the present configuration and environment
        set <id> [key=value...]         show the settings of a conversation and their sources, or change
                                        them
        show [options] <id>             print the messages of a conversation
        status                          show the server, its folders and the effective configuration
        stop <id>                       abort the running turn of a conversation
        title <id> [text...]            show or set the title of a conversation
        watch [options] [id]            follow a conversation, or the list; Ctrl-C leaves
        probe [options] <id> [text...]  prints what it was given
        help [command]                  show the help of a command
      "
    `);
  });

  it("of a command shows its options and the global ones", async () => {
    const { code, out } = await runCli(["chat", "--help"]);
    expect(code).toBe(0);
    for (const flag of [
      "--conversation <id>",
      "--continue",
      "--effort <level>",
      "--show-reasoning",
      "--data-dir <path>",
    ]) {
      expect(out).toContain(flag);
    }
    expect(out).toContain("git diff | dispatch chat review this");
  });

  it("goes to stderr, as wrong usage, when no command is named", async () => {
    const { code, out, err } = await runCli([]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("Usage: dispatch");
  });

  it("--version prints the version", async () => {
    expect(await runCli(["--version"])).toEqual({ code: 0, out: "1.2.3\n", err: "" });
  });
});

describe("arguments", () => {
  it("reach the command, global flags before or after its name", async () => {
    const args = [
      "--json",
      "probe",
      "a",
      "b",
      "c",
      "-m",
      "x/y",
      "--limit",
      "7",
      "--file",
      "1",
      "--file",
      "2",
    ];
    const { code, out } = await runCli([...args, "--data-dir", "/d", "--no-start", "--level", "low"], {
      commands,
    });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      args: ["a", "b", "c"],
      options: { model: "x/y", limit: 7, file: ["1", "2"], level: "low" },
      globals: { dataDir: "/d", start: false, json: true, color: true },
    });
  });

  it.each([
    [["nothing"], "unknown command 'nothing'"],
    [["lst"], "Did you mean one of last, list?"],
    [["probe"], "missing required argument 'id'"],
    [["probe", "a", "--modle", "x"], "Did you mean --model?"],
    [["probe", "a", "--limit", "many"], "It must be a whole number."],
    [["probe", "a", "--level", "middle"], "Allowed choices are low, high."],
    [["close", "a", "b"], "too many arguments"],
    [["last"], "missing required argument 'id'"],
  ])("%j is wrong usage: exit 2 and a sentence", async (args, sentence) => {
    const { code, out, err } = await runCli(args, { commands });
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(sentence);
    expect(err).toMatch(/^dispatch: /);
  });
});

describe("exit codes and errors", () => {
  it("are the command's own", async () => {
    expect((await runCli(["probe", "fail"], { commands })).code).toBe(1);
  });

  it("come with the sentence and the fix, or as JSON", async () => {
    const failing: Command = {
      summary: "fails",
      run: () =>
        Promise.reject<undefined>(
          commandError("It broke.", { exitCode: 3, code: "broken", fix: "Mend it." }),
        ),
    };
    const options = { commands: { failing } };
    expect(await runCli(["failing"], options)).toEqual({
      code: 3,
      out: "",
      err: "dispatch: It broke.\n  Mend it.\n",
    });
    const json = await runCli(["failing", "--json"], options);
    expect(json.code).toBe(3);
    expect(JSON.parse(json.err)).toEqual({
      error: { code: "broken", message: "It broke.", fix: "Mend it.", details: [] },
    });
  });

  it("without a server and with --no-start: 3", async () => {
    const { code, err } = await runCli(["list", "--no-start"]);
    expect(code).toBe(3);
    expect(err).toContain("No server is running.");
  });
});
